"""Signing in and out at the portal: forms, verdicts, and what a stranger may see."""

import re
import time
from urllib.parse import quote

import ldap
import pytest
from ldap.modlist import addModlist

from stack.people import attributes, generalized_time
from stack.process import wait_until
from web import (CHECK, DASHBOARD, LOGIN, LOGOUT, MARIA, ORCHARD, Browser, Page, signed_in,
                 unseal)

pytestmark = pytest.mark.as_shipped

REFUSED = ('The user name or the password is not right. Check who you are in the list, and'
           ' whether Caps Lock is on.')

# s: refusals leave at multiples of it; nginx reads its clock a little before it
# reads a request.
GRID = 0.25
CLOCK = 0.01


def change(portal, dn, **values):
    """Changes operational attributes, as the rootdn."""
    portal.slapd.connect_as_admin().modify_s(
        dn, [(ldap.MOD_REPLACE, name, [value.encode()]) for name, value in values.items()])


def without_tokens(text):
    """A page without what differs from one to the next by design."""
    return re.sub(r'(name="csrf" value=")[^"]*', r'\1', text)


# Who gets in.

def test_public_user(portal, browser):
    answer = browser.sign_in('maria.lopez', 'blue heron over the pier')

    assert answer.status_code == 303
    assert answer.headers['Location'] == '/account/dashboard'
    assert answer.content == b''
    page = Page(browser.get(DASHBOARD).text)
    assert page.text('signed-in-as') == 'Logged in as Maria Lopez maria.lopez'
    session = unseal(portal.keys, browser.cookie())
    assert (session['realm'], session['uid'], session['name'], session['mail']) == (
        'public', 'maria.lopez', 'Maria Lopez', 'maria.lopez@example.org')


def test_contractor(portal, browser):
    answer = browser.sign_in('1012345', 'level plumb and square', realm='contractor')

    assert answer.status_code == 303
    assert browser.get('/inspections/').status_code == 200
    session = unseal(portal.keys, browser.cookie())
    assert (session['realm'], session['uid'], session['mail']) == (
        'contractor', '1012345', 'office@orchardplumbing.example')


@pytest.mark.parametrize('typed', ['MARIA.LOPEZ', 'Maria.Lopez', '  maria.lopez', 'maria.lopez  '])
def test_user_name_as_people_type_it(browser, typed):
    assert browser.sign_in(typed, MARIA[1]).status_code == 303
    assert browser.get(CHECK).headers['Remote-User'] == 'maria.lopez'


@pytest.mark.parametrize('typed', ['01012345', '0001012345', ' 1012345 '])
def test_license_number_as_people_type_it(browser, typed):
    assert browser.sign_in(typed, ORCHARD[1], realm='contractor').status_code == 303
    assert browser.get(CHECK).headers['Remote-User'] == '1012345'


def test_the_name_passed_on_is_the_directorys_own_spelling(portal, browser, unique):
    spelling = f'Mixed.Case{unique()}'
    portal.people.add_public(spelling, 'Mixed', 'Case', f'{spelling}@example.org', MARIA[1])

    assert browser.sign_in(spelling.lower(), MARIA[1]).status_code == 303
    assert browser.get(CHECK).headers['Remote-User'] == spelling


def test_realms_do_not_mix(browser):
    assert browser.sign_in(*MARIA, realm='contractor').status_code == 422
    assert browser.sign_in(*ORCHARD, realm='public').status_code == 422
    assert browser.cookie() is None


def test_each_sign_in_has_a_session_of_its_own(portal, browser):
    browser.sign_in(*MARIA)
    first = unseal(portal.keys, browser.cookie())['id']
    form = {'csrf': browser.csrf(DASHBOARD), 'realm': 'public', 'username': MARIA[0],
            'password': MARIA[1], 'next': ''}
    assert browser.post(LOGIN, form).status_code == 303

    assert unseal(portal.keys, browser.cookie())['id'] != first


@pytest.fixture
def give_policy(portal):
    """A function that puts a person under a policy of their own, with a password.

    It returns when the password is older than `age` seconds.
    """
    def give(person, age, **settings):
        root = portal.slapd.connect_as_root()
        policy = f'cn={person},ou=policies,{portal.slapd.base}'
        root.add_s(policy, addModlist(attributes(
            objectClass=['namedPolicy', 'pwdPolicy'], cn=person, pwdAttribute='userPassword',
            **settings)))
        dn = portal.people.dn('public', person)
        change(portal, dn, pwdPolicySubentry=policy)
        portal.slapd.connect_as('gatehouse').modify_s(
            dn, [(ldap.MOD_REPLACE, 'userPassword', [MARIA[1].encode()])])
        _, entry = root.search_s(dn, ldap.SCOPE_BASE, attrlist=['pwdChangedTime'])[0]
        changed = entry['pwdChangedTime'][0].decode()
        wait_until(lambda: generalized_time(time.time() - age - 1) > changed,
                   'age of the password')
    return give


def test_password_that_expires_soon(browser, person, give_policy):
    give_policy(person, 0, pwdMaxAge='885600', pwdExpireWarning='885600')

    answer = browser.sign_in(person, MARIA[1], next='/inspections/')

    assert (answer.status_code, answer.headers['Location']) == (
        303, '/account/dashboard?notice=expiring')
    assert Page(browser.get(answer.headers['Location']).text).text('warning') == (
        'Your password will stop working soon. Choose a new one in time.')


def test_password_that_has_expired(portal, browser, person, give_policy):
    give_policy(person, 1, pwdMaxAge='1', pwdGraceAuthNLimit='1')

    answer = browser.sign_in(person, MARIA[1])
    assert (answer.status_code, answer.headers['Location']) == (
        303, '/account/dashboard?notice=expired')
    assert Page(browser.get(answer.headers['Location']).text).text('warning') == (
        'Your password has expired and works only a few times more. Choose a new one now.')

    answer = Browser(portal.url).sign_in(person, MARIA[1])
    assert answer.status_code == 422
    assert Page(answer.text).text('message') == (
        'Your password has expired. Use Forgot password, or call us.')
    answer = Browser(portal.url).sign_in(person, 'not the password')
    assert (answer.status_code, Page(answer.text).text('message')) == (422, REFUSED)


# Who does not.

def refuse_unknown(_portal, _dn):
    pass


def refuse_no_password(portal, dn):
    portal.slapd.connect_as_admin().modify_s(
        dn, [(ldap.MOD_DELETE, 'userPassword', None),
             (ldap.MOD_DELETE, 'gatehousePasswordSet', None)])


def refuse_locked(portal, dn):
    change(portal, dn, pwdAccountLockedTime=generalized_time())


def refuse_disabled(portal, dn):
    change(portal, dn, gatehouseDisabled='TRUE', pwdEndTime=generalized_time(time.time() - 60))


def refuse_ended(portal, dn):
    change(portal, dn, pwdEndTime=generalized_time(time.time() - 60))


@pytest.fixture(scope='module')
def wrong_password(portal):
    """The answer to a wrong password, and what was typed."""
    portal.people.add_public('person.wrong', 'Web', 'Person', 'wrong@example.org', MARIA[1])
    return Browser(portal.url).sign_in('person.wrong', 'not her password')


@pytest.mark.parametrize('state', [refuse_unknown, refuse_no_password, refuse_locked,
                                   refuse_disabled, refuse_ended])
def test_refusals_read_the_same(portal, browser, wrong_password, unique, state):
    # As long as the other one's, so that nothing at all differs.
    uid = f'person.{unique():05}'
    if state is not refuse_unknown:
        portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', MARIA[1])
    state(portal, portal.people.dn('public', uid))

    begin = time.monotonic()
    answer = browser.sign_in(uid, MARIA[1])
    elapsed = time.monotonic() - begin

    assert answer.status_code == 422
    assert without_tokens(answer.text).replace(uid, 'person.wrong') == without_tokens(
        wrong_password.text)
    assert dict(answer.headers) | {'Date': ''} == dict(wrong_password.headers) | {'Date': ''}
    assert elapsed >= GRID - CLOCK
    assert browser.cookie() is None


def test_page_of_a_refusal(wrong_password):
    page = Page(wrong_password.text)

    assert wrong_password.status_code == 422
    assert wrong_password.reason == 'Unprocessable Content'
    assert page.text('message') == REFUSED
    assert page.attributes['message']['role'] == 'alert'
    assert page.value('username') == 'person.wrong'
    assert page.value('password') is None
    assert 'not her password' not in wrong_password.text
    assert page.in_error() == set()


def test_refusals_leave_on_the_grid(browser, person):
    token = browser.csrf()
    for username, password in ((person, 'wrong'), ('nobody.at.all', 'wrong'), ('*', 'wrong')):
        form = {'csrf': token, 'realm': 'public', 'username': username, 'password': password}
        begin = time.monotonic()
        answer = browser.post(LOGIN, form)
        elapsed = time.monotonic() - begin

        assert answer.status_code == 422
        assert elapsed >= GRID - CLOCK


def test_temporary_password_signs_nobody_in(portal, browser, unique):
    number = f'55{unique():05}'
    portal.people.put_on_file(number, 'Orchard Ladders')
    portal.people.give_temporary_password('contractor', number, 'until you come back',
                                          time.time() + 3600)

    answer = browser.sign_in(number, 'until you come back', realm='contractor')

    assert (answer.status_code, answer.headers['Location']) == (303, '/account/first-login')
    assert browser.cookie() is None
    assert browser.cookie('gatehouse-known') is None
    assert browser.get('/dashboard/').status_code == 302
    assert browser.get(CHECK).status_code == 401


# The form.

def test_fields_left_empty(browser):
    answer = browser.sign_in('', 'a password')
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.in_error() == {'username'}
    assert page.text('username-error') == 'Enter your user name.'
    assert page.attributes['username']['aria-describedby'] == 'username-error'

    answer = browser.sign_in('  ', 'a password')
    assert (answer.status_code, Page(answer.text).in_error()) == (422, {'username'})

    answer = browser.sign_in('maria.lopez', '')
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.in_error() == {'password'}
    assert page.text('password-error') == 'Enter your password.'
    assert page.value('username') == 'maria.lopez'


@pytest.mark.parametrize('realm', ['', 'staff', 'PUBLIC', 'public '])
def test_realm_that_is_none(browser, realm):
    answer = browser.sign_in(*MARIA, realm=realm)

    assert answer.status_code == 422
    assert Page(answer.text).text('message') == 'Choose who you are and log in again.'


def test_choice_is_kept(browser):
    answer = browser.sign_in('1012345', 'not the password', realm='contractor',
                             next='/inspections/')

    assert '<option value="contractor" selected>Contractor</option>' in answer.text
    assert '<option value="public">Public user</option>' in answer.text
    assert Page(answer.text).value('next') == '/inspections/'
    assert Page(answer.text).value('username') == '1012345'


def test_what_was_typed_is_escaped(browser):
    answer = browser.sign_in('"><script>alert(1)</script>', 'not the password')

    assert '<script>' not in answer.text
    assert Page(answer.text).value('username') == '"><script>alert(1)</script>'


def test_who_is_signed_in_needs_no_form(browser):
    browser.sign_in(*MARIA)

    answer = browser.get(LOGIN)
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/dashboard')
    answer = browser.get(LOGIN + '?next=%2Finspections%2F')
    assert (answer.status_code, answer.headers['Location']) == (303, '/inspections/')


# Where to after signing in.

SAFE = ['/', '/dashboard/', '/dashboard/?a=b&c=d%20e', '/' + 'a' * 2047]
UNSAFE = ['//evil.example', '///evil.example', 'http:evil', 'http://evil.example/',
          'https:evil.example', 'javascript:alert(1)', 'evil.example', '@evil.example',
          '\\\\evil.example', '/\\evil.example', '/dashboard/\\evil', ' /dashboard/',
          '/dashboard /', '/\tevil', '/\t/evil.example', '/\n/evil.example',
          '/dashboard/\r\nSet-Cookie: a=b', '/\0', '/café', '/' + 'a' * 2048]


def form_for(wanted):
    return f'{LOGIN}?next={quote(wanted, safe="")}'


@pytest.mark.parametrize('wanted', SAFE)
def test_next_on_this_site(browser, maria, wanted):
    assert browser.sign_in(*MARIA, next=wanted).headers['Location'] == wanted
    assert maria.get(form_for(wanted)).headers['Location'] == wanted


@pytest.mark.parametrize('wanted', UNSAFE)
def test_next_elsewhere(browser, maria, wanted):
    # In the address of the form, in the form, and for who is signed in already.
    assert Page(browser.get(form_for(wanted)).text).value('next') == ''
    answer = browser.sign_in(*MARIA, next=wanted)
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/dashboard')
    assert 'a=b' not in answer.headers['Set-Cookie']
    answer = maria.get(form_for(wanted))
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/dashboard')


@pytest.mark.parametrize('query', ['next=/%5Cevil.example', 'next=%2F%2Fevil.example',
                                   'next=/%0d%0aLocation:%20//evil.example', 'next=%zz'])
def test_next_in_other_writing(maria, query):
    answer = maria.get(f'{LOGIN}?{query}')
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/dashboard')


def test_next_travels_through_the_form(browser):
    asked = browser.get('/inspections/?permit=7&page=2')
    form = Page(browser.get(asked.headers['Location']).text)
    assert form.value('next') == '/inspections/?permit=7&page=2'

    answer = browser.sign_in(*ORCHARD, realm='contractor', next=form.value('next'))
    assert answer.headers['Location'] == '/inspections/?permit=7&page=2'


# CSRF.

def is_forbidden(answer):
    page = Page(answer.text)
    return answer.status_code == 403 and 'This form is out of date' in page.text('content')


def test_sign_in_needs_the_token_of_the_form(browser, portal):
    token = browser.csrf()
    foreign = Browser(portal.url).csrf()
    tampered = token[:-1] + ('A' if token[-1] != 'A' else 'B')

    for wrong in ('', 'garbage', foreign, tampered, token + 'A', 'A' * 8000):
        assert is_forbidden(browser.sign_in(*MARIA, csrf=wrong))
    form = {'realm': 'public', 'username': MARIA[0], 'password': MARIA[1]}
    assert is_forbidden(browser.post(LOGIN, form))
    assert browser.cookie() is None
    assert browser.post(LOGIN, form | {'csrf': token}).status_code == 303


def test_token_is_worth_nothing_in_a_browser_without_cookies(browser, portal):
    token = browser.csrf()

    assert is_forbidden(Browser(portal.url).post(LOGIN, {
        'csrf': token, 'realm': 'public', 'username': MARIA[0], 'password': MARIA[1]}))


def test_token_belongs_to_one_session(browser):
    before = browser.csrf()
    browser.sign_in(*MARIA)
    first = browser.csrf(DASHBOARD)
    assert is_forbidden(browser.post(LOGOUT, {'csrf': before}))

    browser.post(LOGOUT, {'csrf': first})
    browser.sign_in(*MARIA)
    assert is_forbidden(browser.post(LOGOUT, {'csrf': first}))
    assert browser.get(CHECK).status_code == 200


def test_session_cookie_is_no_token(browser):
    browser.sign_in(*MARIA)

    assert is_forbidden(browser.post(LOGOUT, {'csrf': browser.cookie()}))


# Signing out.

def test_sign_out(browser):
    browser.sign_in(*MARIA)
    kept = browser.copy()

    answer = browser.sign_out()
    assert answer.headers['Clear-Site-Data'] == '"cache"'

    assert (answer.status_code, answer.headers['Location']) == (303, '/account/login')
    assert answer.headers['Set-Cookie'] == (
        'gatehouse=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
    assert browser.get(DASHBOARD).headers['Location'] == '/account/login'
    # Whoever kept the cookie has nothing from it.
    assert kept.get(CHECK).status_code == 401
    assert kept.get('/dashboard/').status_code == 302


def test_sign_out_ends_the_session_in_every_worker(portal, make_gateway):
    gateway = make_gateway(server='add_header X-Worker $pid always;', workers=3)
    gateway.start()
    kept = signed_in(gateway.url, *MARIA)

    def ask_until_all_answered(status):
        """Each worker gives this answer, also those that remember the cookie."""
        workers = set(gateway.worker_pids())
        end = time.monotonic() + 30
        while workers and time.monotonic() < end:
            # A connection of its own, so that any worker may take it.
            answer = kept.copy().get('/static/page.txt')
            assert answer.status_code == status
            workers.discard(int(answer.headers['X-Worker']))
        assert not workers

    ask_until_all_answered(200)
    kept.copy().sign_out()
    ask_until_all_answered(302)


def test_sign_out_outlives_a_reload(make_gateway):
    gateway = make_gateway()
    gateway.start()
    browser = signed_in(gateway.url, *MARIA)
    kept = browser.copy()
    other = signed_in(gateway.url, *MARIA)
    browser.sign_out()

    old = set(gateway.worker_pids())
    gateway.reload()
    wait_until(lambda: not old & set(gateway.worker_pids()), 'end of the old worker')

    assert kept.copy().get('/static/page.txt').status_code == 302
    assert other.copy().get('/static/page.txt').status_code == 200


def test_other_sessions_of_that_person_live_on(portal, browser):
    other = signed_in(portal.url, *MARIA)
    browser.sign_in(*MARIA)

    browser.sign_out()

    assert other.get(CHECK).status_code == 200


def test_signing_out_twice_is_signing_out(browser):
    answer = browser.post(LOGOUT, {'csrf': browser.csrf()})

    assert (answer.status_code, answer.headers['Location']) == (303, '/account/login')


def test_a_link_signs_nobody_out(browser):
    browser.sign_in(*MARIA)

    answer = browser.get(LOGOUT)

    assert answer.status_code == 405
    assert browser.get(CHECK).status_code == 200


# What is written down.

def test_no_secret_in_a_log(portal, browser, unique):
    secrets = [f'a secret of number {unique()}' for _ in range(3)]
    portal.people.add_public('log.reader', 'Log', 'Reader', 'log@example.org', secrets[0])

    browser.sign_in('log.reader', secrets[1])
    browser.sign_in('nobody.at.all', secrets[1])
    browser.sign_in('*)(uid=*', secrets[1])
    browser.sign_in('log.reader', secrets[2], csrf='wrong')
    browser.sign_in('log.reader', secrets[2], realm='none')
    browser.sign_in('log.reader', secrets[0])
    browser.get('/static/page.txt')
    token = browser.csrf(DASHBOARD)
    secrets += [browser.cookie(), browser.cookie('gatehouse-browser'), token]
    browser.sign_out()
    secrets += [portal.slapd.password('gatehouse'), MARIA[1], ORCHARD[1]]

    logs = sorted(portal.folder.rglob('*.log'))
    assert {'access.log', 'error.log'} <= {log.name for log in logs}
    for log in logs:
        text = log.read_text(encoding='utf-8', errors='replace')
        for secret in secrets:
            assert secret not in text
            assert secret.replace(' ', '+') not in text
            assert secret.replace(' ', '%20') not in text
