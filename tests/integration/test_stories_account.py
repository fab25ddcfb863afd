"""An account's own pages: change password, profile, log out everywhere."""

from urllib.parse import quote

import ldap
import pytest
from stack.process import wait_until
from stories import (CONTRACTOR, OTHER, PASSWORD, contractor_form, faults, is_nowhere,
                     send_form, signs_in, where)
from web import CHECK, DASHBOARD, LOGIN, Browser, Page, signed_in

CHANGE = '/account/password'
PROFILE = '/account/profile'
SESSIONS = '/account/sessions'


@pytest.fixture(name='person')
def fixture_person(portal, unique):
    """The user name of a new member of the public, whose password is PASSWORD."""
    uid = f'rita.{unique():04}'
    portal.people.add_public(uid, 'Rita', 'Okafor', f'{uid}@example.org', PASSWORD)
    return uid


@pytest.fixture(name='rita')
def fixture_rita(portal, person):
    """Her browser."""
    return signed_in(portal.url, person, PASSWORD)


def change_form(**changes):
    return {'current_password': PASSWORD, 'password': OTHER, 'password_confirm': OTHER} | changes


def profile_form(uid, **changes):
    return {'givenName': 'Rita', 'sn': 'Okafor', 'mail': f'{uid}@example.org',
            'telephoneNumber': ''} | changes


def entry_of(stack, dn):
    return stack.slapd.connect_as_admin().search_s(dn, ldap.SCOPE_BASE)[0][1]


def letters(stack, address):
    """The mails to that address, as texts."""
    return [text for path in stack.mailsink.mails.iterdir() if path.suffix != '.tmp'
            for text in [path.read_text(encoding='utf-8', errors='replace')]
            if f'To: {address}' in text or f'To: <{address}>' in text]


@pytest.mark.parametrize('path', [CHANGE, PROFILE])
def test_only_for_whoever_is_signed_in(browser, path):
    answer = browser.get(path)
    assert where(answer) == (303, f'{LOGIN}?next={quote(path, safe="")}')
    answer = browser.post(path, change_form() | {'csrf': browser.csrf()})
    assert where(answer) == (303, LOGIN)


def test_portal_at_another_path(make_gateway):
    gateway = make_gateway(
        lambda text: text.replace('/account"', '/city/people"'),
        lambda text: text.replace('location /account/', 'location /city/people/'))
    gateway.start()

    answer = Browser(gateway.url).get('/city/people/password')
    assert where(answer) == (303, '/city/people/login?next=%2Fcity%2Fpeople%2Fpassword')


# Change password.

def test_change_password_form(rita):
    page = Page(rita.get(CHANGE).text)
    assert page.fields['current_password']['autocomplete'] == 'current-password'
    assert page.fields['password']['autocomplete'] == 'new-password'
    assert {name for name, field in page.fields.items() if 'required' in field} == {
        'current_password', 'password', 'password_confirm'}


def test_change_password(portal, rita, person):
    others = [signed_in(portal.url, person, PASSWORD) for _ in range(2)]
    earlier = rita.copy()

    answer = send_form(rita, CHANGE, change_form())
    assert where(answer) == (303, DASHBOARD + '?notice=password')
    page = Page(rita.get(answer.headers['Location']).text)
    assert page.text('message') == 'Your password is changed.'
    assert page.text('signed-in-as') == f'Logged in as Rita Okafor {person}'

    # This browser goes on; others, and the cookie it had before, have ended at once.
    assert rita.get(CHECK).status_code == 200
    for browser in (*others, earlier):
        assert is_nowhere(browser)
    assert not signs_in(portal.url, person, PASSWORD)
    assert signs_in(portal.url, person, OTHER)
    wait_until(lambda: letters(portal, f'{person}@example.org'), 'a letter about it')


@pytest.mark.parametrize('current, words', [
    (OTHER, 'That is not your password.'), ('', 'Enter the password you log in with.')])
def test_wrong_current_password(portal, rita, person, current, words):
    other = signed_in(portal.url, person, PASSWORD)
    answer = send_form(rita, CHANGE, change_form(current_password=current))

    assert faults(answer) == {'current_password': words}
    page = Page(answer.text)
    for field in ('current_password', 'password', 'password_confirm'):
        assert page.value(field) in (None, '')
    assert rita.get(CHECK).status_code == 200
    assert other.get(CHECK).status_code == 200
    assert signs_in(portal.url, person, PASSWORD)


@pytest.mark.parametrize('changes, field', [
    ({'password': 'short', 'password_confirm': 'short'}, 'password'),
    ({'password': '', 'password_confirm': ''}, 'password'),
    ({'password': PASSWORD, 'password_confirm': PASSWORD}, 'password'),
    ({'password_confirm': 'slow tram past the melon market'}, 'password_confirm'),
])
def test_new_password_refused(portal, rita, person, changes, field):
    assert set(faults(send_form(rita, CHANGE, change_form(**changes)))) == {field}
    assert rita.get(CHECK).status_code == 200
    assert signs_in(portal.url, person, PASSWORD)


# Profile.

def test_profile_form(rita, person):
    page = Page(rita.get(PROFILE).text)
    assert {name: page.value(name) or '' for name in profile_form(person)} == profile_form(person)
    assert page.fields['mail']['autocomplete'] == 'email'


def test_profile(portal, rita, person):
    form = profile_form(person, sn='Núñez', mail=f'new.{person}@example.org',
                        telephoneNumber='(555) 010 3000', current_password=PASSWORD)
    answer = send_form(rita, PROFILE, form)

    assert where(answer) == (303, DASHBOARD + '?notice=profile')
    page = Page(rita.get(answer.headers['Location']).text)
    assert page.text('message') == 'Your profile is saved.'
    # The session knows at once.
    assert page.text('signed-in-as') == f'Logged in as Rita Núñez {person}'
    assert rita.get(CHECK).headers['Remote-Email'] == f'new.{person}@example.org'
    entry = entry_of(portal, portal.people.dn('public', person))
    assert entry['cn'] == ['Rita Núñez'.encode()]
    assert entry['mail'] == [f'new.{person}@example.org'.encode()]
    assert entry['telephoneNumber'] == [b'(555) 010 3000']
    # The old address is told.
    wait_until(lambda: letters(portal, f'{person}@example.org'), 'a letter to the old address')

    # What may be empty can be emptied; no password is asked for while the address stays.
    assert send_form(rita, PROFILE, form | {'telephoneNumber': '', 'current_password': ''}).status_code == 303
    assert 'telephoneNumber' not in entry_of(portal, portal.people.dn('public', person))


@pytest.mark.parametrize('changes, field', [
    ({'sn': ' '}, 'sn'), ({'mail': 'rita'}, 'mail'), ({'telephoneNumber': 'ring me'},
                                                      'telephoneNumber'),
    ({'mail': 'maria.lopez@example.org', 'current_password': PASSWORD}, 'mail'),
    # Where links to a new password go is not for whoever finds a browser open.
    ({'mail': 'rita.else@example.org'}, 'current_password'),
    ({'mail': 'rita.else@example.org', 'current_password': OTHER}, 'current_password')])
def test_profile_refused(portal, rita, person, changes, field):
    dn = portal.people.dn('public', person)
    before = entry_of(portal, dn)
    answer = send_form(rita, PROFILE, profile_form(person, givenName='Ruth', **changes))

    assert set(faults(answer)) == {field}
    assert Page(answer.text).value('givenName') == 'Ruth'
    assert entry_of(portal, dn) == before
    assert rita.get(CHECK).status_code == 200


def test_what_is_not_the_persons_to_change(portal, rita, person):
    form = profile_form(person) | {
        'uid': 'root', 'gatehouseDisabled': 'FALSE', 'userPassword': OTHER,
        'objectClass': 'top', 'cn': 'Mayor', 'o': 'City'}
    assert send_form(rita, PROFILE, form).status_code == 303
    entry = entry_of(portal, portal.people.dn('public', person))
    assert (entry['uid'], entry['cn']) == ([person.encode()], [b'Rita Okafor'])
    assert 'o' not in entry
    assert signs_in(portal.url, person, PASSWORD)


def test_contractor_keeps_the_business_name(portal, unique):
    number = str(80000000 + unique())
    portal.people.put_on_file(number, 'SIERRA ROOFING')
    portal.people.sign_up(number, f'{number}@example.org', PASSWORD)
    browser = signed_in(portal.url, number, PASSWORD, 'contractor')

    page = Page(browser.get(PROFILE).text)
    assert 'o' not in page.fields
    assert 'gatehouseLicenseStatus' not in page.fields


CLAIMS = {'gatehouseClaimedClass', 'gatehouseClaimedComp', 'gatehouseClaimedCompCarrier',
          'gatehouseClaimedCompPolicy', 'gatehouseClaimedCompExpiry'}


def claims_form(**changes):
    return {name: value for name, value in contractor_form('0').items()
            if name in CLAIMS | {'givenName', 'sn', 'telephoneNumber', 'street', 'l', 'st',
                                 'postalCode'}} | changes


def test_what_the_board_says_is_not_asked_for(portal, unique):
    number = str(80000000 + unique())
    portal.people.put_on_file(number, 'SIERRA ROOFING')
    portal.people.sign_up(number, f'{number}@example.org', PASSWORD)
    browser = signed_in(portal.url, number, PASSWORD, 'contractor')
    assert not CLAIMS & set(Page(browser.get(PROFILE).text).fields)

    # Nor taken, whatever the form comes with.
    form = claims_form(mail=f'{number}@example.org', telephoneNumber='(555) 010 4000')
    assert where(send_form(browser, PROFILE, form)) == (303, DASHBOARD + '?notice=profile')
    entry = entry_of(portal, portal.people.dn('contractor', number))
    assert entry['telephoneNumber'] == [b'(555) 010 4000']
    assert not CLAIMS & set(entry)


@pytest.mark.parametrize('changes, fields', [
    ({'gatehouseClaimedClass': 'B, C-39', 'gatehouseClaimedComp': 'Exempt'},
     {'gatehouseClaimedComp'}),
    ({'gatehouseClaimedCompPolicy': ''}, {'gatehouseClaimedCompPolicy'})])
def test_claims_hold_together(portal, browser, unique, changes, fields):
    number = str(80000000 + unique())
    assert send_form(browser, CONTRACTOR, contractor_form(number)).status_code == 303
    dn = portal.people.dn('contractor', number)
    before = entry_of(portal, dn)
    mail = f'office.{number}@example.org'

    assert set(faults(send_form(browser, PROFILE, claims_form(mail=mail, **changes)))) == fields
    assert entry_of(portal, dn) == before
    form = claims_form(mail=mail, gatehouseClaimedComp='Exempt')
    assert where(send_form(browser, PROFILE, form)) == (303, DASHBOARD + '?notice=profile')
    assert entry_of(portal, dn)['gatehouseClaimedComp'] == [b'Exempt']


# Log out everywhere.

def test_log_out_everywhere(portal, rita, person, maria):
    others = [signed_in(portal.url, person, PASSWORD) for _ in range(3)]
    answer = rita.post(SESSIONS, {'csrf': rita.csrf(DASHBOARD), 'all': '1'})

    assert where(answer) == (303, LOGIN)
    for browser in (rita, *others):
        assert is_nowhere(browser)
    # Nobody else is.
    assert maria.get(CHECK).status_code == 200
    entry = entry_of(portal, portal.people.dn('public', person))
    assert len(entry['gatehouseSessionsNotBefore']) == 1
    # And in again.
    assert signs_in(portal.url, person, PASSWORD)


def test_log_out_everywhere_has_to_be_meant(rita):
    answer = rita.post(SESSIONS, {'csrf': rita.csrf(DASHBOARD)})
    assert answer.status_code == 400
    assert rita.post(SESSIONS, {'all': '1'}).status_code == 403
    assert rita.get(CHECK).status_code == 200


def test_log_out_ends_the_cookie_that_somebody_kept(portal, person):
    browser = signed_in(portal.url, person, PASSWORD)
    other = signed_in(portal.url, person, PASSWORD)
    kept = browser.copy()

    assert browser.sign_out().status_code == 303

    assert is_nowhere(kept)
    assert other.get(CHECK).status_code == 200


def test_another_browser_is_not_signed_in(portal, rita):
    assert rita.get(CHECK).status_code == 200
    assert is_nowhere(Browser(portal.url))
