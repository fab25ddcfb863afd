"""The PAM module under pam_wrapper, against a directory of its own: signing in."""

import socket
import subprocess
import time

import pam_wrapper
import pytest
from pam import (ACCT_EXPIRED, AUTH_ERR, AUTHINFO_UNAVAIL, BRIEF, DEADLINE, NEW_AUTHTOK_REQD,
                 PASSWORD, PERM_DENIED, PORTAL, SERVICE_ERR, SIGN_IN, SILENT, SLACK, SUCCESS,
                 TEMPORARY, USER_UNKNOWN, add_policy, change, crowd, directory, make_service,
                 person, service, set_policy, wait_for_age, write_conf)
from stack.paths import PAM_MODULE
from stack.people import generalized_time
from stack.process import Port, stopped

pytestmark = pytest.mark.as_shipped


# Who gets in.


def test_right_password(service, person):
    outcome = service.call(person)

    assert outcome['codes'] == [SUCCESS, SUCCESS]
    assert outcome['messages'] == []
    assert outcome['user'] == person
    assert outcome['delay'] == 0
    assert service.log == ''


def test_wrong_password(service, person):
    outcome = service.call(person, 'not the right one')

    assert outcome['codes'] == [AUTH_ERR, AUTH_ERR]
    # libpam varies the second that was asked for by half of it.
    assert 500000 <= outcome['delay'] <= 1500000
    assert service.log == f'user {person}, realm public: refused, wrong-password'


def test_unknown_user(service):
    outcome = service.call('nobody.here')

    assert outcome['codes'] == [USER_UNKNOWN, USER_UNKNOWN]
    assert 500000 <= outcome['delay'] <= 1500000
    assert service.log == 'user nobody.here, realm public: refused, unknown'


def test_the_directorys_own_spelling_is_passed_on(service, person):
    outcome = service.call(f' {person.upper()} ')

    assert outcome['codes'] == [SUCCESS, SUCCESS]
    assert outcome['user'] == person


def test_leading_zeros_of_a_license(service, crowd, unique):
    number = str(700000 + unique())
    crowd.put_on_file(number, 'Orchard Roofing')
    crowd.sign_up(number, 'roofing@example.org', PASSWORD)
    outcome = service.call('00' + number)

    assert outcome['codes'] == [SUCCESS, SUCCESS]
    assert outcome['user'] == number


@pytest.mark.parametrize('user, code', [
    ('*)(uid=*', USER_UNKNOWN),
    ('*', USER_UNKNOWN),
    ('uid=x,dc=y', USER_UNKNOWN),
    ('pam.user1\x1b[31m', USER_UNKNOWN),
    ('\udcff\udcfe', USER_UNKNOWN),
    ('a' * 300, USER_UNKNOWN)])
def test_strange_names(service, user, code):
    assert service.codes(user) == [code, code]
    assert '\x1b' not in service.log


def test_an_unprintable_name_is_not_logged(service):
    service.call('pam.user1\x1b[31m')

    assert service.log == 'user (not printable): refused, no realm has such names'


def test_a_strange_name_is_no_filter_in_a_named_realm(make_service):
    assert make_service('realm=public').codes('*)(uid=*') == [USER_UNKNOWN, USER_UNKNOWN]


def test_empty_password(service, person):
    assert service.codes(person, '') == [AUTH_ERR, AUTH_ERR]


def test_overlong_password(service, person):
    """PAM itself cuts answers at 512 bytes, the module refuses above 1024."""
    assert service.codes(person, 'x' * 4000)[0] == AUTH_ERR


def test_the_password_is_in_no_log(service, person):
    service.call(person, 'hunter2 hunter2 hunter2')

    assert 'hunter2' not in service.log


def test_root_is_never_signed_in_here(service, crowd):
    """Somebody who registers as `root` on the portal is not root on this machine."""
    crowd.add_public('root', 'Not', 'Root', 'not.root@example.org', PASSWORD)

    for name in ('root', 'ROOT', ' root'):
        outcome = service.call(name)
        assert outcome['codes'][0] in (USER_UNKNOWN, AUTH_ERR)
        assert outcome['codes'][1] in (USER_UNKNOWN, AUTH_ERR)
    assert service.call('root')['codes'] == [USER_UNKNOWN, USER_UNKNOWN]
    assert service.log == 'user root: an account of this system, not ours'


# States of accounts.


def test_locked(directory, service, crowd, person):
    change(directory, crowd.dn('public', person), pwdAccountLockedTime=generalized_time())

    assert service.codes(person) == [AUTH_ERR, AUTH_ERR]
    assert service.log == f'user {person}, realm public: refused, locked'


def test_disabled(directory, service, crowd, person):
    change(directory, crowd.dn('public', person), gatehouseDisabled='TRUE')

    assert service.codes(person) == [AUTH_ERR, ACCT_EXPIRED]
    assert service.codes(person, 'not the right one') == [AUTH_ERR, ACCT_EXPIRED], service.log


def test_no_password_yet(service, crowd, unique):
    number = str(700000 + unique())
    crowd.put_on_file(number, 'Almond Glass')

    assert service.codes(number) == [AUTH_ERR, AUTH_ERR]
    assert service.log == f'user {number}, realm contractor: refused, no-password'


def test_temporary_password(service, crowd, person):
    crowd.give_temporary_password('public', person, 'for the first time only',
                                  time.time() + 3600)
    outcome = service.call(person, 'for the first time only')

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD]
    assert outcome['messages'] == [
        f'Your password is temporary.  Choose your own now, or at {PORTAL}']


@pytest.mark.parametrize('options, flags', [('', SILENT), ('no_warn', 0), ('', 0)])
def test_who_hears_of_a_temporary_password(make_service, crowd, person, options, flags):
    crowd.give_temporary_password('public', person, TEMPORARY, time.time() + 3600)
    outcome = make_service(options).call(person, TEMPORARY,
                                         (('authenticate', flags), ('acct_mgmt', flags)))

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD]
    assert len(outcome['messages']) == (0 if options or flags else 1)


def test_temporary_password_past_its_end(service, crowd, person):
    crowd.give_temporary_password('public', person, 'for the first time only',
                                  time.time() - 60)

    assert service.codes(person, 'for the first time only') == [AUTH_ERR, AUTH_ERR]


def test_expiring(directory, make_service, service, crowd, person, add_policy):
    policy = add_policy('expiring', pwdMaxAge='885600', pwdExpireWarning='885600')
    dn = set_policy(directory, crowd, person, policy)
    # slapd warns from the second after the change on.
    wait_for_age(directory, dn, 0)
    outcome = service.call(person)
    silent = service.call(person, calls=(('authenticate', 0), ('acct_mgmt', SILENT)))
    quiet = make_service('no_warn').call(person)

    assert outcome['codes'] == [SUCCESS, SUCCESS]
    assert outcome['messages'] == ['Your password expires in 10 days.']
    assert (silent['codes'], silent['messages']) == ([SUCCESS, SUCCESS], [])
    assert (quiet['codes'], quiet['messages']) == ([SUCCESS, SUCCESS], [])


def test_expired_with_grace(directory, make_service, service, crowd, person, add_policy):
    policy = add_policy('grace', pwdMaxAge='1', pwdGraceAuthNLimit='2')
    dn = set_policy(directory, crowd, person, policy)
    wait_for_age(directory, dn, 1)
    first = service.call(person)
    second = make_service('no_warn').call(person)
    third = service.call(person, calls=(('authenticate', SILENT), ('acct_mgmt', SILENT)))

    assert first['codes'] == [SUCCESS, NEW_AUTHTOK_REQD]
    assert first['messages'] == ['Your password has expired; 1 more sign-in is possible.  '
                                 f'Change it now, or at {PORTAL}']
    assert (second['codes'], second['messages']) == ([SUCCESS, NEW_AUTHTOK_REQD], [])
    assert (third['codes'], third['messages']) == ([SUCCESS, ACCT_EXPIRED], [])


def test_expired_without_grace(directory, make_service, crowd, person, add_policy):
    policy = add_policy('ended', pwdMaxAge='1', pwdGraceAuthNLimit='0')
    dn = set_policy(directory, crowd, person, policy)
    wait_for_age(directory, dn, 1)
    service = make_service('no_warn')
    right = service.call(person)
    wrong = service.call(person, 'not the right one')

    assert right['codes'] == [SUCCESS, ACCT_EXPIRED]
    assert right['messages'] == [f'Your password has expired.  Change it at {PORTAL}']
    assert wrong['codes'] == [AUTH_ERR, AUTH_ERR]
    assert wrong['messages'] == []


# Realms.


def test_the_wrong_realm(make_service, person):
    assert make_service('realm=contractor').codes(person) == [USER_UNKNOWN, USER_UNKNOWN]


def test_realms_in_order(make_service, person):
    assert make_service('realm=contractor,public').codes(person) == [SUCCESS, SUCCESS]
    assert make_service('realm=public').codes(person) == [SUCCESS, SUCCESS]


def test_a_realm_that_is_not_configured(make_service, person):
    service = make_service('realm=public,staff')

    assert service.codes(person) == [SERVICE_ERR, AUTH_ERR]
    assert 'option realm=: "staff" is no realm of' in service.log


# The directory away.


def test_slapd_stopped(directory, service, make_service, person):
    directory.stop()
    try:
        begin = time.monotonic()
        codes = service.codes(person)
        elapsed = (time.monotonic() - begin) * 1000
        log = service.log
        ignored = make_service('ignore_authinfo_unavail').codes(person)
    finally:
        directory.start()

    assert codes == [AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL]
    assert elapsed < DEADLINE + SLACK
    assert log.startswith(f"user {person}, realm public: the directory can't say (-1): ldapi://")
    # Ignored by every module of the stack is still no success.
    assert ignored == [PERM_DENIED, PERM_DENIED]


def test_slapd_frozen(directory, make_service, write_conf, person):
    service = make_service(conf=write_conf(**BRIEF))
    with stopped(directory.pidfile.pid()):
        begin = time.monotonic()
        codes = service.codes(person)
        elapsed = (time.monotonic() - begin) * 1000

    assert codes == [AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL]
    assert elapsed < DEADLINE + SLACK


def test_first_server_dead(directory, make_service, write_conf, person):
    port = Port()
    conf = write_conf(f'ldap://127.0.0.1:{port.number}', directory.ldapi_uri)

    assert make_service(conf=conf).codes(person) == [SUCCESS, SUCCESS]
    port.release()


def test_first_server_silent(directory, make_service, write_conf, person):
    with socket.create_server(('127.0.0.1', 0)) as listener:
        conf = write_conf(f'ldap://127.0.0.1:{listener.getsockname()[1]}', directory.ldapi_uri,
                          connect_timeout=DEADLINE)
        codes = make_service(conf=conf).codes(person)

    assert codes == [SUCCESS, SUCCESS]


@pytest.mark.parametrize('scheme, starttls', [('ldaps', 'no'), ('ldap', 'yes')])
def test_tls(directory, make_service, write_conf, person, scheme, starttls):
    uri = directory.ldaps_uri if scheme == 'ldaps' else directory.ldap_uri
    trusted = write_conf(uri, starttls=starttls, tls_ca=f'"{directory.tls.authority}"')
    assert make_service(conf=trusted).codes(person) == [SUCCESS, SUCCESS]

    # Written over the first: the same server, without its authority.
    untrusted = write_conf(uri, starttls=starttls)
    assert make_service(conf=untrusted).codes(person) == [AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL]


def test_no_password_goes_out_in_clear(make_service, write_conf, person):
    service = make_service(conf=write_conf('ldap://192.0.2.1'))

    assert service.codes(person) == [AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL]
    assert 'passwords would cross the network in clear: use ldaps://' in service.log


def test_what_only_a_test_should_is_a_warning(directory, make_service, write_conf, person):
    service = make_service(
        conf=write_conf(directory.ldaps_uri, tls_verify='no', allow_plaintext='yes'))

    assert service.codes(person) == [SUCCESS, SUCCESS]
    assert service.log.count('directory: tls_verify = no: anybody on the way') == 1
    assert service.log.count('directory: allow_plaintext = yes: ') == 1


# Options and configuration.


def test_an_unknown_option(make_service, person):
    service = make_service('use_frist_pass')

    assert service.codes(person) == [SERVICE_ERR, SERVICE_ERR]
    assert 'option "use_frist_pass" is unknown or empty' in service.log


def test_a_missing_configuration(make_service, person, tmp_path):
    assert make_service(conf=tmp_path / 'absent.conf').codes(person) == [SERVICE_ERR, AUTH_ERR]


def test_without_an_identity_of_its_own(make_service, write_conf, person):
    """The gateway's identity, and the caller's own, are never used in its place."""
    conf = write_conf()
    text = conf.read_text(encoding='utf-8')
    conf.write_text(text[:text.index('pam {')], encoding='utf-8')
    service = make_service(conf=conf)

    assert service.codes(person) == [SERVICE_ERR, AUTH_ERR]
    assert 'section pam is missing' in service.log


def test_ignore_unknown_user(make_service):
    """Ignored by every module of the stack is still no success."""
    service = make_service('ignore_unknown_user')

    assert service.codes('nobody.here') == [PERM_DENIED, PERM_DENIED]


def test_use_first_pass_never_asks(make_service, person):
    assert make_service('use_first_pass').codes(person)[0] == AUTH_ERR
    assert make_service('use_authtok').codes(person)[0] == AUTH_ERR
    assert make_service('try_first_pass').codes(person) == [SUCCESS, SUCCESS]


def test_use_first_pass_takes_what_an_earlier_module_asked_for(make_service, write_conf, person):
    """The first module, of the wrong realm, asks; the second one must not."""
    conf = write_conf()
    service = make_service(text=(
        f'auth [default=ignore] {PAM_MODULE} config={conf} realm=contractor\n'
        f'auth required {PAM_MODULE} config={conf} realm=public use_first_pass\n'
        f'account required {PAM_MODULE} config={conf}\n'))

    assert service.codes(person) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize('option, codes, asked', [
    ('use_first_pass', [AUTH_ERR, AUTH_ERR], 1), ('try_first_pass', [SUCCESS, SUCCESS], 2),
    ('', [AUTH_ERR, AUTH_ERR], 1)])
def test_an_earlier_module_asked_for_another_password(make_service, write_conf, person, unique,
                                                      option, codes, asked):
    """One of the options asks once more, and for a name that nobody has as well."""
    conf = write_conf()
    service = make_service(text=(
        f'auth [default=ignore] {PAM_MODULE} config={conf} realm=contractor\n'
        f'auth required {PAM_MODULE} config={conf} realm=public {option}\n'
        f'account required {PAM_MODULE} config={conf}\n'))
    outcome = service.call(person, ['the other password', PASSWORD])

    assert outcome['codes'] == codes
    assert outcome['questions'] == ['Password: '] * asked
    nobody = service.call(f'nobody.{unique()}', ['the other password', PASSWORD])
    assert nobody['codes'] == [USER_UNKNOWN, USER_UNKNOWN]
    assert nobody['questions'] == ['Password: '] * asked


def test_debug_tells_of_success(make_service, person):
    service = make_service('debug')
    service.call(person)

    assert service.log == f'user {person}, realm public: signed-in'


# The other calls.


def test_a_failed_attempt_ends_the_one_before(service, person):
    """The conversation's password is right once; PAM keeps no earlier success."""
    codes = service.codes(person, 'not the right one',
                          calls=(*SIGN_IN, ('authenticate', 0), ('acct_mgmt', 0)))

    assert codes == [AUTH_ERR, AUTH_ERR, AUTH_ERR, AUTH_ERR]


def test_setcred(service, person):
    calls = (('authenticate', 0), ('setcred', 2))

    assert service.codes(person, calls=calls) == [SUCCESS, SUCCESS]
    assert service.codes(person, calls=(('setcred', 2),)) == [SUCCESS]
    assert service.codes(person, 'not the right one', calls=calls) == [AUTH_ERR, PERM_DENIED]


def test_threads(make_service, crowd, unique):
    """Sixteen handles at a time in one process, each with an outcome of its own."""
    names = [f'thread.user{unique()}' for _ in range(8)]
    for name in names:
        crowd.add_public(name, 'Thread', 'User', f'{name}@example.org', PASSWORD)
    service = make_service()
    outcomes = service.many([(name, PASSWORD, None) for name in names]
                            + [(name, 'not the right one', None) for name in names])

    assert [each['codes'] for each in outcomes] == ([[SUCCESS, SUCCESS]] * 8
                                                    + [[AUTH_ERR, AUTH_ERR]] * 8)
    assert [each['user'] for each in outcomes] == names + names


def test_sessions_are_for_others(make_service, write_conf, person):
    """Opened and closed, it says nothing, and another module's word counts."""
    line = f'session required {PAM_MODULE} config={write_conf()}\n'
    calls = (('open_session', 0), ('close_session', 0))
    alone = make_service(text=line)
    assert alone.codes(person, calls=calls) == [PERM_DENIED, PERM_DENIED]

    beside = make_service(text=f'{line}session required pam_permit.so\n')
    assert beside.codes(person, calls=calls) == [SUCCESS, SUCCESS]


def test_after_fork(service, person):
    """A child goes on with its parent's handle, and both sign in once more."""
    calls = (('authenticate', 0), ('fork', 0), ('acct_mgmt', 0), ('setcred', 2),
             ('authenticate', 0), ('acct_mgmt', 0))
    outcome = service.call(person, calls=calls)

    assert outcome['child'] == [SUCCESS] * 4
    assert outcome['codes'] == [SUCCESS] * 5
    refused = service.call(person, 'not the right one', calls)
    assert refused['child'] == [AUTH_ERR, PERM_DENIED, AUTH_ERR, AUTH_ERR]
    assert refused['codes'] == [AUTH_ERR, AUTH_ERR, PERM_DENIED, AUTH_ERR, AUTH_ERR]


# From a shell.


def pamtester(service, user, password, *calls):
    """What pamtester says; with the sanitizers, of leaks too."""
    done = pam_wrapper.run(['pamtester', 'portal', user, *calls], service.folder,
                           password + '\n', finds_leaks=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize('user, password, said', [
    ('', PASSWORD, 'pamtester: successfully authenticated'),
    ('', 'not the right one', 'pamtester: Authentication failure'),
    ('nobody.here', PASSWORD,
     'pamtester: User not known to the underlying authentication module')])
def test_pamtester(service, person, user, password, said):
    assert said in pamtester(service, user or person, password, 'authenticate')


def test_pamtester_signs_in_and_asks_for_the_account(service, person):
    said = pamtester(service, person, PASSWORD, 'authenticate', 'acct_mgmt')

    assert 'pamtester: successfully authenticated' in said
    assert 'pamtester: account management done' in said


def test_pamtester_with_a_temporary_password(service, crowd, person):
    crowd.give_temporary_password('public', person, PASSWORD, time.time() + 3600)
    said = pamtester(service, person, PASSWORD, 'authenticate', 'acct_mgmt')

    assert 'pamtester: successfully authenticated' in said
    assert 'pamtester: Authentication token is no longer valid; new one required' in said


def test_pamtester_without_a_directory(make_service, write_conf, person):
    service = make_service(conf=write_conf('ldap://127.0.0.1:1', 'ldaps://127.0.0.1:1'))
    said = pamtester(service, person, PASSWORD, 'authenticate')

    assert ('pamtester: Authentication service cannot retrieve authentication info' in said)


def test_exports_and_flags():
    """pam_sm_* and nothing else, and it stays loaded."""
    symbols = subprocess.run(['nm', '-D', '--defined-only', PAM_MODULE], check=True,
                             capture_output=True, text=True).stdout
    flags = subprocess.run(['readelf', '-d', PAM_MODULE], check=True, capture_output=True,
                           text=True).stdout

    assert sorted(line.split()[2] for line in symbols.splitlines()) == [
        'pam_sm_acct_mgmt', 'pam_sm_authenticate', 'pam_sm_chauthtok', 'pam_sm_close_session',
        'pam_sm_open_session', 'pam_sm_setcred']
    assert 'NODELETE' in flags
