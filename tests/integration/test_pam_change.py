"""The PAM module's password management: own choice, forced change, what is refused."""

import time

import ldap
import pytest
from pam import (ACCT_EXPIRED, AUTH_ERR, AUTHTOK_ERR, CHANGE, CHANGE_EXPIRED, NEW,
                 NEW_AUTHTOK_REQD, PASSWORD, PERM_DENIED, PORTAL, SIGN_IN, SILENT, SUCCESS,
                 TEMPORARY, TRY_AGAIN, USER_UNKNOWN, add_policy, change, crowd, directory,
                 make_service, person, service, set_policy, wait_for_age, write_conf)
from stack.paths import PAM_MODULE
from stack.people import generalized_time

FORCED = (*SIGN_IN, ('chauthtok', CHANGE_EXPIRED), ('acct_mgmt', 0))
ASKS_ALL = ['Current password: ', 'New password: ', 'Retype new password: ']
ASKS_NEW = ['New password: ', 'Retype new password: ']
SET_ITEMS = '/usr/lib/x86_64-linux-gnu/pam_wrapper/pam_set_items.so'


@pytest.fixture
def newcomer(crowd, person):
    """A user with a temporary password."""
    crowd.give_temporary_password('public', person, TEMPORARY, time.time() + 3600)
    return person


def entry(directory, crowd, user, *names):
    return directory.connect_as_root().search_s(
        crowd.dn('public', user), ldap.SCOPE_BASE, attrlist=list(names))[0][1]


# By choice.


def test_change(directory, service, crowd, person):
    outcome = service.call(person, [PASSWORD, NEW], CHANGE)

    assert outcome['codes'] == [SUCCESS]
    assert outcome['questions'] == ASKS_ALL
    assert outcome['messages'] == []
    assert service.log == f'user {person}, realm public: password changed'
    assert service.codes(person, NEW) == [SUCCESS, SUCCESS]
    assert service.codes(person, PASSWORD) == [AUTH_ERR, AUTH_ERR]


def test_sessions_on_the_web_end(directory, service, crowd, person):
    """By the mark that every gateway looks for; now, give or take a slow machine."""
    before = generalized_time(time.time() - 1)
    service.call(person, [PASSWORD, NEW], CHANGE)
    marks = entry(directory, crowd, person, 'gatehouseSessionsNotBefore', 'gatehouseMarked')

    assert marks['gatehouseMarked'] == marks['gatehouseSessionsNotBefore']
    assert before < marks['gatehouseMarked'][0].decode() < generalized_time(time.time() + 1)


def test_wrong_current_password(service, person):
    outcome = service.call(person, ['not the right one', NEW], CHANGE)

    assert outcome['codes'] == [AUTH_ERR]
    assert outcome['questions'] == ASKS_ALL[:1]
    assert service.codes(person, PASSWORD) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize('user, code', [('nobody.here', USER_UNKNOWN), ('root', USER_UNKNOWN)])
def test_unknown_users(service, user, code):
    assert service.codes(user, [PASSWORD, NEW], CHANGE) == [code]


def test_an_account_of_the_system_is_asked_nothing(service):
    """So that pam_unix, which comes next, asks first."""
    assert service.call('root', PASSWORD, CHANGE)['questions'] == []


def test_disabled(directory, service, crowd, person):
    change(directory, crowd.dn('public', person), gatehouseDisabled='TRUE')

    assert service.codes(person, [PASSWORD, NEW], CHANGE) == [AUTH_ERR]


def test_the_entered_name_in_another_spelling(service, person):
    outcome = service.call(f' {person.upper()}', [PASSWORD, NEW], CHANGE)

    assert outcome['codes'] == [SUCCESS]
    assert outcome['user'] == person


# What is chosen.


@pytest.mark.parametrize('password, reason', [
    ('short', 'at least 15'),
    ('aaaaaaaaaaaaaaaaaaaaaa', 'easy to guess'),
    ('pam user almond grove', 'easy to guess'),
    ('{CLEARTEXT}lantern orbit velvet', 'a word in braces'),
    (PASSWORD, 'You have used this password before.')])
def test_refused_with_the_reason_and_asked_again(service, person, password, reason):
    outcome = service.call(person, [PASSWORD, password, password, NEW], CHANGE)

    assert outcome['codes'] == [SUCCESS]
    assert outcome['questions'] == ASKS_ALL + ASKS_NEW
    assert len(outcome['messages']) == 1
    assert reason in outcome['messages'][0]
    assert service.codes(person, NEW) == [SUCCESS, SUCCESS]


def test_three_times_and_no_more(service, person):
    outcome = service.call(person, [PASSWORD, 'short'], CHANGE)

    assert outcome['codes'] == [AUTHTOK_ERR]
    assert outcome['questions'] == ASKS_ALL + ASKS_NEW * 2
    assert len(outcome['messages']) == 3
    assert service.codes(person, PASSWORD) == [SUCCESS, SUCCESS]


def test_not_the_same_twice(service, person):
    outcome = service.call(person, [PASSWORD, NEW, NEW + 'x', NEW], CHANGE)

    assert outcome['codes'] == [SUCCESS]
    assert outcome['messages'] == ['Sorry, passwords do not match.']


def test_silent(service, person):
    outcome = service.call(person, [PASSWORD, 'short'], (('chauthtok', SILENT),))

    assert outcome['codes'] == [AUTHTOK_ERR]
    assert outcome['messages'] == []


# A temporary password.


def test_forced_change(directory, service, crowd, newcomer):
    outcome = service.call(newcomer, [TEMPORARY, NEW], FORCED)

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD, SUCCESS, SUCCESS]
    # The temporary one is not asked for again.
    assert outcome['questions'] == ['Password: '] + ASKS_NEW
    assert entry(directory, crowd, newcomer, 'pwdEndTime', 'pwdPolicySubentry', 'pwdReset') == {}
    assert service.codes(newcomer, NEW) == [SUCCESS, SUCCESS]
    assert service.codes(newcomer, TEMPORARY) == [AUTH_ERR, AUTH_ERR]


def test_forced_change_without_a_sign_in(service, newcomer):
    """A key opened the door; the temporary password is asked for then."""
    outcome = service.call(newcomer, [TEMPORARY, NEW],
                           (('acct_mgmt', 0), ('chauthtok', CHANGE_EXPIRED), ('acct_mgmt', 0)))

    assert outcome['codes'] == [NEW_AUTHTOK_REQD, SUCCESS, SUCCESS]
    assert outcome['questions'] == ASKS_ALL


def test_the_temporary_password_again(service, newcomer):
    outcome = service.call(newcomer, [TEMPORARY, TEMPORARY], FORCED)

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD, AUTHTOK_ERR, NEW_AUTHTOK_REQD]
    assert outcome['messages'][1:4] == [
        'You have used this password before. Please choose one that is new.'] * 3


def test_only_what_has_to_be_changed(service, person):
    """An application that asks for a change where none is due changes nothing."""
    outcome = service.call(person, PASSWORD, (*SIGN_IN, ('chauthtok', CHANGE_EXPIRED)))

    assert outcome['codes'] == [SUCCESS, SUCCESS, SUCCESS]
    assert outcome['questions'] == ['Password: ']


def test_what_another_way_has_left_is_mended(directory, service, crowd, newcomer):
    """Whoever uses ldappasswd leaves the temporary password's end behind."""
    dn = crowd.dn('public', newcomer)
    directory.connect(dn, TEMPORARY).passwd_s(dn, None, NEW)
    assert set(entry(directory, crowd, newcomer, 'pwdEndTime', 'pwdPolicySubentry')) == {
        'pwdEndTime', 'pwdPolicySubentry'}

    assert service.codes(newcomer, NEW) == [SUCCESS, SUCCESS]
    assert entry(directory, crowd, newcomer, 'pwdEndTime', 'pwdPolicySubentry') == {}


def test_a_second_step_that_is_refused_is_left_to_the_next_sign_in(directory, service, crowd,
                                                                 newcomer):
    """The directory's rules of an older version: the password is changed all the same."""
    root = directory.connect_as_root()
    database, found = root.search_s('cn=config', ldap.SCOPE_ONELEVEL,
                                    f'(olcSuffix={directory.base})', ['olcAccess'])[0]
    rules = found['olcAccess']
    bare = [rule.split(b'}', 1)[1] for rule in rules if b'by self =z' not in rule]
    root.modify_s(database, [(ldap.MOD_REPLACE, 'olcAccess', bare)])
    try:
        outcome = service.call(newcomer, [TEMPORARY, NEW], FORCED)
    finally:
        root.modify_s(database, [(ldap.MOD_REPLACE, 'olcAccess', rules)])

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD, SUCCESS, SUCCESS]
    assert 'the password is changed, sessions could not be ended (50)' in service.log
    assert service.codes(newcomer, NEW) == [SUCCESS, SUCCESS], service.log
    assert entry(directory, crowd, newcomer, 'pwdEndTime', 'pwdPolicySubentry') == {}


# An expired one.


def test_expired_with_grace(directory, service, crowd, person, add_policy):
    """Two sign-ins are spent: one to come in, one to change it."""
    policy = add_policy('change-in-grace', pwdMaxAge='1', pwdGraceAuthNLimit='2')
    dn = set_policy(directory, crowd, person, policy)
    wait_for_age(directory, dn, 1)
    outcome = service.call(person, [PASSWORD, NEW], FORCED)

    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD, SUCCESS, SUCCESS]
    assert service.codes(person, NEW) == [SUCCESS, SUCCESS]


def test_expired_without_grace(directory, service, crowd, person, add_policy):
    policy = add_policy('change-without-grace', pwdMaxAge='1', pwdGraceAuthNLimit='0')
    dn = set_policy(directory, crowd, person, policy)
    wait_for_age(directory, dn, 1)
    outcome = service.call(person, [PASSWORD, NEW], CHANGE)

    assert outcome['codes'] == [ACCT_EXPIRED]
    assert outcome['messages'] == [f'Your password has expired.  Change it at {PORTAL}']


def test_users_who_may_not_change_it(directory, service, crowd, person, add_policy):
    policy = add_policy('fixed', pwdAllowUserChange='FALSE')
    change(directory, crowd.dn('public', person), pwdPolicySubentry=policy)
    outcome = service.call(person, [PASSWORD, NEW], CHANGE)

    assert outcome['codes'] == [AUTHTOK_ERR]
    assert outcome['messages'][0] == (
        "This password can't be changed here. Please call us for help.")


# The directory away.


def test_away(directory, service, person):
    directory.stop()
    try:
        codes = service.codes(person, [PASSWORD, NEW], CHANGE)
    finally:
        directory.start()

    assert codes == [TRY_AGAIN]
    assert service.codes(person, PASSWORD) == [SUCCESS, SUCCESS]


# Options.


def test_use_first_pass_and_use_authtok(make_service, write_conf, person):
    """Without them from a module in front nobody is asked, and nothing changes."""
    conf = write_conf()
    alone = make_service('use_first_pass').call(person, [PASSWORD, NEW], CHANGE)
    assert (alone['codes'], alone['questions']) == ([AUTH_ERR], [])

    alone = make_service('use_authtok').call(person, [PASSWORD, NEW], CHANGE)
    assert (alone['codes'], alone['questions']) == ([AUTHTOK_ERR], ASKS_ALL[:1])

    # pam_wrapper's own module sets what the application gives it.
    stacked = make_service(text=(
        f'password required {SET_ITEMS}\n'
        f'password required {PAM_MODULE} config={conf} use_first_pass use_authtok\n'))
    items = {'PAM_OLDAUTHTOK': PASSWORD, 'PAM_AUTHTOK': NEW}
    outcome = stacked.call(person, 'nobody asks', CHANGE, items=items)
    assert (outcome['codes'], outcome['questions']) == ([SUCCESS], [])
    assert stacked.call(person, NEW, CHANGE, items=items)['codes'] == [AUTH_ERR]


def test_by_the_rule_of_the_service(make_service, write_conf, person):
    conf = write_conf(pam='service portal { filter = "(sn=Somebody Else)" }')
    outcome = make_service(conf=conf).call(person, [PASSWORD, NEW], CHANGE)

    assert outcome['codes'] == [PERM_DENIED]
    assert outcome['messages'] == ['Your account is not for this service.']
