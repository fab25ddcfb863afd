"""The guide's second story: a contractor on file, a temporary password, the dashboard."""

import json
import time

import ldap
import pytest
from stack.people import generalized_time
from stack.process import wait_until
from stories import (FIRST, OTHER, PASSWORD, faults, is_nowhere, send_form, signs_in, where)
from web import CHECK, DASHBOARD, LOGIN, Browser, Page

CARRIED = {'mail': 'office@sierra.example', 'givenName': 'Rosa', 'sn': 'Quispe',
           'telephoneNumber': '(555) 010 0189', 'street': '564 Vista Blvd',
           'l': 'Almond Grove', 'st': 'CA', 'postalCode': '90069'}
WRONG = 'The user name or the password is not right.'
USED = ('This temporary password is used or has ended. Log in with your own password, or call us '
        'for another.')


@pytest.fixture(name='number')
def fixture_number(portal, unique):
    """The license of a returning contractor: on file, no password, no mail."""
    number = str(70000000 + unique())
    portal.people.put_on_file(number, 'SIERRA ROOFING')
    return number


@pytest.fixture(name='issue')
def fixture_issue(portal, number):
    """A function that does what staff do on the phone and returns the password."""
    return lambda: json.loads(portal.ctl('--json', 'temp-password', number, '--reason',
                                         'rang'))['password']


@pytest.fixture(name='temporary')
def fixture_temporary(issue):
    """A temporary password of that license."""
    return issue()


def first_form(**changes):
    """The form of the first log-in, all fields filled in."""
    return CARRIED | {'password': PASSWORD, 'password_confirm': PASSWORD,
                      'question': 'What did your first truck cost?',
                      'answer': '900 Dollars'} | changes


def refused(answer):
    """What the whole page of a refused form says."""
    assert answer.status_code == 422
    return Page(answer.text).text('message')


def test_from_temporary_password_to_dashboard(portal, browser, number, temporary):
    dn = portal.people.dn('contractor', number)
    assert where(browser.sign_in(number.zfill(8), temporary, 'contractor')) == (303, FIRST)

    # Signed in nowhere until there is a password of one's own.
    assert is_nowhere(browser)
    answer = browser.get('/echo/')
    assert [name for name in answer.json()['headers'] if name[0].startswith('Remote-')] == []
    for path in ('/account/welcome', '/account/profile', '/account/password'):
        assert browser.get(path).status_code == 303
        assert browser.get(path).headers['Location'].startswith(LOGIN)

    answer = browser.get(FIRST)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert '<h1>Choose your password</h1>' in answer.text
    assert page.text('signed-in-as') is None
    # What the entry lacks is asked for, and not what the license board has said.
    asked = {name for name, field in page.fields.items() if 'required' in field}
    assert asked == {'password', 'password_confirm', 'question', 'answer', *CARRIED}
    assert answer.text.count('<span class="star" aria-hidden="true">*</span>') == len(asked)

    assert where(send_form(browser, FIRST, first_form())) == (303, DASHBOARD)
    page = Page(browser.get(DASHBOARD).text)
    assert page.text('signed-in-as') == f'Logged in as SIERRA ROOFING {number}'
    answer = browser.get(CHECK)
    assert (answer.headers['Remote-User'], answer.headers['Remote-Email']) == (
        number, 'office@sierra.example')

    _, entry = portal.slapd.connect_as_admin().search_s(dn, ldap.SCOPE_BASE,
                                                        attrlist=['*', '+'])[0]
    assert {name: entry[name] for name in CARRIED} == {
        name: [value.encode()] for name, value in CARRIED.items()}
    assert entry['o'] == [b'SIERRA ROOFING']
    assert entry['gatehouseLicenseStatus'] == [b'CLEAR']
    for gone in ('pwdReset', 'pwdEndTime', 'pwdPolicySubentry'):
        assert gone not in entry
    portal.slapd.connect(f'cn=recovery,{dn}', '900 dollars')
    assert signs_in(portal.url, number, PASSWORD, 'contractor')


def test_the_owner_is_told(portal, browser, number, issue, unique):
    """Whoever had a mail address on file learns that somebody has come in by the counter."""
    mail = f'told.{unique()}@sierra.example'
    portal.slapd.connect_as('gatehouse').modify_s(
        portal.people.dn('contractor', number), [(ldap.MOD_REPLACE, 'mail', [mail.encode()])])
    browser.sign_in(number, issue(), 'contractor')
    assert where(send_form(browser, FIRST, first_form())) == (303, DASHBOARD)

    def letters():
        return [text for text in (path.read_text() for path in portal.mailsink.mails.glob('*.eml'))
                if mail in text]

    wait_until(letters, 'a letter')
    text, = letters()
    assert 'Subject: Your password was changed' in text


def test_a_password_changed_elsewhere_outlives_the_temporary_one(portal, browser, number,
                                                                temporary):
    """Whoever uses ldappasswd leaves the temporary one's end behind; signing in clears it."""
    dn = portal.people.dn('contractor', number)
    user = portal.slapd.connect(dn, temporary)
    user.passwd_s(dn, None, PASSWORD)
    root = portal.slapd.connect_as_root()

    def left_over():
        return root.search_s(dn, ldap.SCOPE_BASE,
                             attrlist=['pwdEndTime', 'pwdPolicySubentry'])[0][1]

    assert set(left_over()) == {'pwdEndTime', 'pwdPolicySubentry'}
    assert where(browser.sign_in(number, PASSWORD, 'contractor')) == (303, FIRST)
    wait_until(lambda: left_over() == {}, 'end of the temporary password')
    assert browser.get(CHECK).status_code == 200


def test_same_password_again(portal, browser, number, temporary):
    browser.sign_in(number, temporary, 'contractor')
    form = first_form(password=temporary, password_confirm=temporary)
    found = faults(send_form(browser, FIRST, form))

    assert set(found) == {'password'}
    assert is_nowhere(browser)
    # And on with another one.
    assert where(send_form(browser, FIRST, first_form())) == (303, DASHBOARD)
    assert not signs_in(portal.url, number, temporary, 'contractor')


@pytest.mark.parametrize('field', [*CARRIED, 'password', 'question', 'answer'])
def test_required_field_left_empty(browser, number, temporary, field):
    browser.sign_in(number, temporary, 'contractor')
    form = first_form()
    for left_out in (form | {field: ' '}, {name: form[name] for name in form if name != field}):
        answer = send_form(browser, FIRST, left_out)
        assert set(faults(answer)) == {field}
    page = Page(answer.text)
    for name in set(CARRIED) - {field}:
        assert page.value(name) == CARRIED[name]
    assert page.value('password') in (None, '')
    assert is_nowhere(browser)


def test_weak_password(browser, number, temporary):
    browser.sign_in(number, temporary, 'contractor')
    for password in ('short and sour', 'sierra roofing ' + number):
        form = first_form(password=password, password_confirm=password)
        assert set(faults(send_form(browser, FIRST, form))) == {'password'}
    form = first_form(password_confirm=OTHER)
    assert set(faults(send_form(browser, FIRST, form))) == {'password_confirm'}


def test_what_is_on_file_stays(portal, browser, number, temporary):
    """A form can't change what it didn't ask for."""
    browser.sign_in(number, temporary, 'contractor')
    form = first_form(o='Somebody Else', gatehouseLicenseStatus='BAD', cn='Else')
    assert where(send_form(browser, FIRST, form)) == (303, DASHBOARD)

    _, entry = portal.slapd.connect_as_admin().search_s(
        portal.people.dn('contractor', number), ldap.SCOPE_BASE)[0]
    assert entry['o'] == [b'SIERRA ROOFING']
    assert entry['cn'] == [b'SIERRA ROOFING']
    assert entry['gatehouseLicenseStatus'] == [b'CLEAR']


def test_used_twice(portal, number, temporary):
    first, second = Browser(portal.url), Browser(portal.url)
    for browser in (first, second):
        assert where(browser.sign_in(number, temporary, 'contractor')) == (303, FIRST)
    form = first_form() | {'csrf': second.csrf(FIRST)}

    assert where(send_form(first, FIRST, first_form())) == (303, DASHBOARD)
    answer = second.post(FIRST, form | {'password': OTHER, 'password_confirm': OTHER})

    assert refused(answer) == USED
    assert is_nowhere(second)
    assert first.get(CHECK).status_code == 200
    assert signs_in(portal.url, number, PASSWORD, 'contractor')
    # The password itself is gone, too.
    answer = Browser(portal.url).sign_in(number, temporary, 'contractor')
    assert refused(answer).startswith(WRONG)


def test_ticket_does_not_outlive_another_temporary_password(portal, browser, number, issue):
    """Who holds the page open has the new one in force, and may use it once."""
    old = issue()
    browser.sign_in(number, old, 'contractor')
    new = issue()

    answer = Browser(portal.url).sign_in(number, old, 'contractor')
    assert refused(answer).startswith(WRONG)
    other = Browser(portal.url)
    assert where(other.sign_in(number, new, 'contractor')) == (303, FIRST)
    assert where(send_form(other, FIRST, first_form())) == (303, DASHBOARD)
    assert refused(send_form(browser, FIRST, first_form(
        password=OTHER, password_confirm=OTHER))) == USED


def test_after_its_end(portal, browser, number, temporary):
    dn = portal.people.dn('contractor', number)
    # Opened in time, used too late.
    assert where(browser.sign_in(number, temporary, 'contractor')) == (303, FIRST)
    portal.slapd.connect_as_root().modify_s(dn, [
        (ldap.MOD_REPLACE, 'pwdEndTime', generalized_time(time.time() - 1).encode())])

    late = Browser(portal.url)
    assert refused(late.sign_in(number, temporary, 'contractor')).startswith(WRONG)
    assert is_nowhere(late)
    assert where(late.get(FIRST)) == (303, LOGIN)


def test_page_without_a_ticket(browser, number):
    assert where(browser.get(FIRST)) == (303, LOGIN)
    answer = browser.post(FIRST, first_form() | {'csrf': browser.csrf()})
    assert where(answer) == (303, LOGIN)
    assert is_nowhere(browser)


def test_ticket_is_no_session(portal, browser, number, temporary):
    """Each cookie is sealed for its purpose: in the session's place it opens nothing."""
    browser.sign_in(number, temporary, 'contractor')
    cookies = [cookie.value for cookie in browser.session.cookies]
    assert browser.cookie() is None
    assert len(cookies) >= 2
    for sealed in cookies:
        thief = Browser(portal.url)
        thief.set_cookie(sealed)
        assert is_nowhere(thief)


def test_disabled_meanwhile(portal, browser, number, temporary):
    browser.sign_in(number, temporary, 'contractor')
    portal.ctl('disable', f'contractor:{number}')

    answer = send_form(browser, FIRST, first_form())

    assert refused(answer) == USED
    assert is_nowhere(browser)
    assert not signs_in(portal.url, number, PASSWORD, 'contractor')
