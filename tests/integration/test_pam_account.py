"""The PAM module's account management, rules of services, several realms, and the throttle."""

import fcntl
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from pam import (ACCOUNT, ACCT_EXPIRED, AUTH_ERR, AUTHINFO_UNAVAIL, NEW_AUTHTOK_REQD, PASSWORD,
                 PERM_DENIED, SERVICE_ERR, SIGN_IN, SILENT, SUCCESS, TEMPORARY, USER_UNKNOWN,
                 Service, change, crowd, directory, make_service, person, service, write_conf)
from stack.paths import PAM_MODULE
from stack.people import generalized_time

WRONG = 'not the right one'
DAY = 24 * 3600

# Numbers of nobody: a user, and a group that may read a secret.
NOBODY = 65534
GROUP = 64999

CONF = """
directory {{
    uri     = {{ "{uri}" }}
    base    = "{base}"
    bind_dn = "cn=gatehouse,ou=services,{base}"
    bind_password_file = "/nowhere"
}}

realm public {{
    label              = "Public user"
    base               = "ou=public,{base}"
    username_pattern   = "[a-z][a-z0-9.]+"
}}

session {{
    keys = "/nowhere"
}}

portal {{
    url   = "https://permits.city.example/account"
    title = "City of Almond Grove"
    pages = "/nowhere"
}}

throttle {{
    free_attempts = 1
    base_delay    = 3600
    max_delay     = 3600
}}

pam {{
    bind_dn            = "cn=pam,ou=services,{base}"
    bind_password_file = "{secret}"
    throttle_file      = "{run}/refusals"
}}
"""


@pytest.fixture
def contractor(crowd, unique):
    """The license number of a contractor who has signed up, with PASSWORD."""
    number = str(800000 + unique())
    crowd.put_on_file(number, 'ORCHARD ROOFING')
    crowd.sign_up(number, 'office@roofing.example', PASSWORD)
    return number


# Without a sign-in before it: keys, cron jobs.


def test_open(service, person):
    outcome = service.call(person, calls=ACCOUNT)

    assert outcome['codes'] == [SUCCESS]
    assert outcome['questions'] == []
    assert service.log == ''


def test_unknown(service):
    assert service.codes('nobody.here', calls=ACCOUNT) == [USER_UNKNOWN]


@pytest.mark.parametrize('user', ['*)(uid=*', 'uid=x,dc=y', 'pam.user1\x1b[31m'])
def test_strange_names(service, user):
    assert service.codes(user, calls=ACCOUNT) == [USER_UNKNOWN]


def test_realms_in_order(make_service, person):
    """Unknown in one, known in the next."""
    assert make_service('realm=contractor,public').codes(person, calls=ACCOUNT) == [SUCCESS]
    assert make_service('realm=contractor').codes(person, calls=ACCOUNT) == [USER_UNKNOWN]


def test_an_account_of_the_system(service):
    assert service.codes('root', calls=ACCOUNT) == [USER_UNKNOWN]
    assert service.log == 'user root: an account of this system, not ours'


def test_disabled(directory, service, crowd, person):
    change(directory, crowd.dn('public', person), gatehouseDisabled='TRUE')

    assert service.codes(person, calls=ACCOUNT) == [ACCT_EXPIRED]
    assert service.log == f'user {person}, realm public: refused, disabled'


def test_locked_by_wrong_guesses(directory, service, crowd, person):
    """Whoever has a key did not guess."""
    change(directory, crowd.dn('public', person), pwdAccountLockedTime=generalized_time())

    assert service.codes(person, calls=ACCOUNT) == [SUCCESS]


def test_temporary_password(service, crowd, person):
    crowd.give_temporary_password('public', person, TEMPORARY, time.time() + 3600)

    assert service.codes(person, calls=ACCOUNT) == [NEW_AUTHTOK_REQD]


def test_temporary_password_past_its_end(service, crowd, person):
    crowd.give_temporary_password('public', person, TEMPORARY, time.time() - 60)

    assert service.codes(person, calls=ACCOUNT) == [AUTH_ERR]


def test_no_password_yet(service, crowd, unique):
    number = str(800000 + unique())
    crowd.put_on_file(number, 'ALMOND GLASS')

    assert service.codes(number, calls=ACCOUNT) == [AUTH_ERR]


def test_directory_away(directory, service, person):
    directory.stop()
    try:
        codes = service.codes(person, calls=ACCOUNT)
    finally:
        directory.start()

    assert codes == [AUTHINFO_UNAVAIL]


def test_after_a_refusal_nothing_is_looked_up(service, person):
    """A stack that goes on after a wrong password gets the sign-in's answer."""
    assert service.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]


def test_another_user_than_the_one_who_signed_in(directory, service, crowd, person, unique):
    """The record of a sign-in says nothing about anybody else."""
    other = f'other.user{unique()}'
    crowd.add_public(other, 'Other', 'User', f'{other}@example.org', PASSWORD)
    change(directory, crowd.dn('public', other), gatehouseDisabled='TRUE')
    calls = (('authenticate', 0), ('set_user', other), ('acct_mgmt', 0))

    assert service.codes(person, calls=calls) == [SUCCESS, SUCCESS, ACCT_EXPIRED]


# Rules of services.


def licensed(directory, crowd, number, status, days):
    """Gives the contractor a license that expires so many days from today."""
    midnight = time.time() // DAY * DAY + days * DAY
    change(directory, crowd.dn('contractor', number), gatehouseLicenseStatus=status,
           gatehouseLicenseExpiry=generalized_time(midnight))


@pytest.fixture
def licensed_only(make_service, write_conf):
    """A service for contractors whose license is clear and has not expired."""
    return make_service(conf=write_conf(pam=(
        'service portal { realms = { "contractor" } filter = "(&'
        '(gatehouseLicenseStatus=CLEAR)(gatehouseLicenseExpiry>=%{today}))" }')))


@pytest.mark.parametrize('status, days, is_good', [
    ('CLEAR', 1, True), ('CLEAR', 0, True), ('CLEAR', -1, False), ('SUSPENDED', 1, False)])
def test_license(directory, licensed_only, crowd, contractor, status, days, is_good):
    licensed(directory, crowd, contractor, status, days)
    signed_in = licensed_only.call(contractor)
    keyed = licensed_only.call(contractor, calls=ACCOUNT)
    forbidden = ['Your account is not for this service.']

    silent = licensed_only.call(contractor, calls=(('authenticate', SILENT),
                                                   ('acct_mgmt', SILENT)))
    assert silent['messages'] == []
    assert signed_in['codes'] == ([SUCCESS, SUCCESS] if is_good else [PERM_DENIED, PERM_DENIED])
    assert signed_in['messages'] == ([] if is_good else forbidden)
    assert keyed['codes'] == ([SUCCESS] if is_good else [PERM_DENIED])


def test_license_with_a_wrong_password(directory, licensed_only, crowd, contractor):
    """Nothing is told to who does not know the password."""
    licensed(directory, crowd, contractor, 'SUSPENDED', 1)
    outcome = licensed_only.call(contractor, WRONG)

    assert outcome['codes'] == [AUTH_ERR, AUTH_ERR]
    assert outcome['messages'] == []


def test_the_time_of_day(directory, make_service, write_conf, crowd, contractor):
    """A license that ended at midnight is over now, and good today."""
    service = make_service(conf=write_conf(
        pam='service portal { filter = "(gatehouseLicenseExpiry>=%{now})" }'))
    licensed(directory, crowd, contractor, 'CLEAR', 0)
    assert service.codes(contractor) == [PERM_DENIED, PERM_DENIED]
    licensed(directory, crowd, contractor, 'CLEAR', 1)
    assert service.codes(contractor) == [SUCCESS, SUCCESS]


def test_other_realms_are_unknown(licensed_only, person):
    assert licensed_only.codes(person) == [USER_UNKNOWN, USER_UNKNOWN]
    assert licensed_only.codes(person, calls=ACCOUNT) == [USER_UNKNOWN]


def test_other_services_have_no_rule(make_service, write_conf, person):
    conf = write_conf(pam='service sshd { realms = { "contractor" } }')

    assert make_service(conf=conf).codes(person) == [SUCCESS, SUCCESS]


def test_realms_of_the_option_and_of_the_rule(make_service, write_conf, person):
    conf = write_conf(pam='service portal { realms = { "contractor", "public" } }')
    assert make_service('realm=public', conf=conf).codes(person) == [SUCCESS, SUCCESS]

    conf = write_conf(pam='service portal { realms = { "contractor" } }')
    assert make_service('realm=public', conf=conf).codes(person) == [USER_UNKNOWN, USER_UNKNOWN]


def test_a_filter_that_is_none_lets_nobody_in(make_service, write_conf, person):
    service = make_service(conf=write_conf(pam='service portal { filter = "(=)" }'))

    assert service.codes(person) == [AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL]


def test_an_attribute_that_is_not_shown_is_not_there(make_service, write_conf, person):
    service = make_service(conf=write_conf(pam='service portal { filter = "(pwdHistory=*)" }'))

    assert service.codes(person) == [PERM_DENIED, PERM_DENIED]


# The throttle of callers that are root.


def throttled(make_service, write_conf, tmp_path, **keys):
    """A service in which a refusal costs an hour, with a count of its own."""
    keys = {'free_attempts': 1, 'base_delay': 3600, 'max_delay': 3600} | keys
    lines = '\n'.join(f'{key} = {value}' for key, value in keys.items())
    return make_service(conf=write_conf(
        throttle_file=tmp_path / 'run' / 'refusals', more=f'throttle {{\n{lines}\n}}'))


@pytest.fixture
def slow(make_service, write_conf, tmp_path):
    return throttled(make_service, write_conf, tmp_path)


def assert_waits(outcome):
    """They are told for how long: an hour, less what has passed of it."""
    said, = outcome['messages']
    assert re.fullmatch(r'Too many attempts\.  Please try again in 3[56]\d\d seconds\.', said)


def test_who_was_refused_often_waits(slow, person, tmp_path):
    assert slow.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]
    assert slow.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]
    outcome = slow.call(person)

    assert outcome['codes'] == [AUTH_ERR, AUTH_ERR]
    assert_waits(outcome)
    assert slow.call(person, calls=(('authenticate', SILENT),))['messages'] == []
    assert re.fullmatch(f'user {re.escape(person)}: refused, was refused often:'
                        r' (3600|35\d\d) s to wait', slow.log)
    assert (tmp_path / 'run' / 'refusals').stat().st_mode & 0o777 == 0o600


def test_one_free_attempt(slow, person):
    assert slow.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]
    assert slow.codes(person) == [SUCCESS, SUCCESS]


def test_names_that_nobody_has_count_as_well(slow, unique):
    """Whoever waits learns nothing about who is known."""
    name = f'nobody.{unique()}'
    assert slow.codes(name, WRONG) == [USER_UNKNOWN, USER_UNKNOWN]
    assert slow.codes(name, WRONG) == [USER_UNKNOWN, USER_UNKNOWN]
    assert_waits(slow.call(name, WRONG))


def test_another_spelling_is_the_same_account(slow, contractor):
    for name in (contractor, f'0{contractor}'):
        assert slow.codes(name, WRONG) == [AUTH_ERR, AUTH_ERR]

    assert slow.codes(f'00{contractor}') == [AUTH_ERR, AUTH_ERR]


def test_by_host_and_nobody_else_waits(slow, person, contractor):
    """Guesses from elsewhere shut nobody out; whose network guesses waits."""
    for host in ('192.0.2.7', '2001:db8::7'):
        assert slow.codes(person, WRONG, host=host) == [AUTH_ERR, AUTH_ERR]
        assert slow.codes(contractor, WRONG, host=host) == [AUTH_ERR, AUTH_ERR]
        assert slow.codes(person, host=host) == [AUTH_ERR, AUTH_ERR]

    assert slow.codes(person, host='192.0.2.8') == [SUCCESS, SUCCESS]
    assert slow.codes(person, host='2001:db8::1:7') == [AUTH_ERR, AUTH_ERR]
    assert slow.codes(person, host='2001:db8:0:1::7') == [SUCCESS, SUCCESS]
    assert slow.codes(person, host='client.example') == [SUCCESS, SUCCESS]
    assert slow.codes(person) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize('host, is_exempt', [
    ('192.0.2.7', True), ('192.0.3.7', False), ('2001:db8:ffff::1', True), ('::1', False)])
def test_exempt(make_service, write_conf, tmp_path, person, host, is_exempt):
    service = throttled(make_service, write_conf, tmp_path,
                        exempt='{ "192.0.2.0/24", "2001:db8::/32" }')
    for _ in range(2):
        service.codes(person, WRONG, host=host)

    assert service.codes(person, host=host) == ([SUCCESS, SUCCESS] if is_exempt
                                                else [AUTH_ERR, AUTH_ERR])


@pytest.mark.parametrize('spoil', [
    lambda path: path.chmod(0o644), lambda path: os.chown(path, 1, 1),
    lambda path: (path.unlink(), path.symlink_to('/dev/null')),
    lambda path: (path.unlink(), path.mkdir()), lambda path: path.parent.chmod(0o777),
    lambda path: os.chown(path.parent, 1, 1)])
def test_a_file_that_can_not_be_trusted(slow, person, tmp_path, spoil):
    """It is not used and the log says so; sign-ins go on."""
    slow.codes(person, WRONG)
    slow.codes(person, WRONG)
    spoil(tmp_path / 'run' / 'refusals')

    assert slow.codes(person) == [SUCCESS, SUCCESS]
    assert 'nobody waits after a refusal' in slow.log


def test_a_file_that_is_something_else_begins_anew(slow, person, tmp_path):
    slow.codes(person)
    path = tmp_path / 'run' / 'refusals'
    path.write_bytes(b'something else')
    path.chmod(0o600)
    slow.codes(person, WRONG)
    slow.codes(person, WRONG)

    assert slow.codes(person) == [AUTH_ERR, AUTH_ERR]


def test_whoever_holds_the_file_holds_nobody_up(slow, person, tmp_path):
    """A program that was stopped in the middle, for example: it counts all the same."""
    slow.codes(person)
    with open(tmp_path / 'run' / 'refusals', 'rb') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for _ in range(2):
            assert slow.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]
        assert_waits(slow.call(person))


def test_many_at_once_all_count(make_service, write_conf, tmp_path, person):
    """Threads in one process: none writes over what another has counted."""
    service = throttled(make_service, write_conf, tmp_path, free_attempts=15)
    service.many([(person, WRONG, None)] * 16)

    assert service.codes(person) == [AUTH_ERR, AUTH_ERR]


# A caller that is not root.


@pytest.fixture
def open_folder():
    """A folder that everybody can go through, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix='gatehouse-pam-'))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def unprivileged(open_folder, directory):
    """A function that makes the module's service for a caller without privileges.

    It is in the group that may read the configuration's secret; with `group` None it is
    not.
    """
    def make(group):
        secret = open_folder / 'pam.secret'
        secret.write_text(directory.password('pam'), encoding='ascii')
        secret.chmod(0o640)
        os.chown(secret, 0, GROUP)
        conf = open_folder / 'gatehouse.conf'
        conf.write_text(CONF.format(uri=directory.ldap_uri, base=directory.base, secret=secret,
                                    run=open_folder / 'run'), encoding='ascii')
        module = shutil.copy(PAM_MODULE, open_folder / 'pam_gatehouse.so')
        return Service(open_folder / 'pam.d', conf, module=module,
                       person=(NOBODY, group if group is not None else NOBODY))
    return make


def test_a_caller_without_privileges(unprivileged, open_folder, person):
    """It reads what its group may read, and keeps no counts."""
    service = unprivileged(GROUP)

    for _ in range(3):
        assert service.codes(person, WRONG) == [AUTH_ERR, AUTH_ERR]
    assert service.codes(person) == [SUCCESS, SUCCESS]
    assert not (open_folder / 'run').exists()


def test_a_caller_that_may_not_read_the_secret(unprivileged, person):
    service = unprivileged(None)

    assert service.codes(person) == [SERVICE_ERR, AUTH_ERR]
    assert "pam.secret: can't be opened: Permission denied" in service.log
