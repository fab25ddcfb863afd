"""The guide's first story: setting up an account, as a member of the public and as a contractor."""

import threading
from concurrent.futures import ThreadPoolExecutor

import ldap
import pytest
from stack import ber
from stories import (CONTRACTOR, FIRST, PASSWORD, PUBLIC, SETUP, WELCOME, contractor_form,
                     faults, is_nowhere, links, public_form, send_form, signs_in, where)
from web import CHECK, DASHBOARD, LOGIN, Browser, Page, signed_in

ON_FILE = ('That license is on file already. Use Forgot password, or call us for a temporary '
           'password.')
LIKE_A_LICENSE = ('That looks like a license number. Choose another name, or set up a contractor '
                  'account.')
INSURED = 'Fill this in: you are insured.'


@pytest.fixture(name='uid')
def fixture_uid(unique):
    """A public user name that is free."""
    return f'ana.nunez{unique()}'


@pytest.fixture(name='number')
def fixture_number(unique):
    """A license number that is not on file."""
    return str(50000000 + unique())


def entry_of(stack, dn):
    """The entry as the admin sees it, as texts; None: there is none."""
    try:
        _, values = stack.slapd.connect_as_admin().search_s(dn, ldap.SCOPE_BASE)[0]
    except ldap.NO_SUCH_OBJECT:
        return None
    return {name: [value.decode('utf-8', 'replace') for value in found]
            for name, found in values.items()}


def question_of(stack, dn):
    return entry_of(stack, f'cn=recovery,{dn}')


# Step 1 of both kinds.

@pytest.mark.parametrize('path', [LOGIN, SETUP, PUBLIC, CONTRACTOR, '/account/forgot',
                                  '/account/contractors', '/account/none'])
def test_link_at_the_upper_left(browser, path):
    text = browser.get(path).text

    assert links(text)['Set up an account'] == SETUP
    # The first of the page's landmarks, before the city's name and the page itself.
    assert (text.index('<nav class="places"') < text.index('>Set up an account</a>')
            < text.index('class="masthead"') < text.index('id="content"'))


def test_choice_of_kind(browser):
    answer = browser.get(SETUP)

    assert answer.status_code == 200
    found = links(answer.text)
    assert found['Create a New Public User Account'] == PUBLIC
    assert found['Create New Contractor Account'] == CONTRACTOR
    assert 'Already on file?' in answer.text


@pytest.mark.parametrize('path', [SETUP + '/staff', SETUP + '/', SETUP + '/public/x'])
def test_no_other_kind(browser, path):
    assert browser.get(path).status_code == 404


# The forms.

@pytest.mark.parametrize('path, title, required, optional', [
    (PUBLIC, 'Create a New Public User Account',
     {'username', 'givenName', 'sn', 'mail', 'password', 'password_confirm', 'question',
      'answer'},
     {'telephoneNumber'}),
    (CONTRACTOR, 'Create New Contractor Account',
     {'username', 'o', 'gatehouseClaimedClass', 'gatehouseClaimedComp', 'givenName', 'sn', 'mail',
      'telephoneNumber', 'street', 'l', 'st', 'postalCode', 'password', 'password_confirm',
      'question', 'answer'},
     {'gatehouseClaimedCompCarrier', 'gatehouseClaimedCompPolicy',
      'gatehouseClaimedCompExpiry'}),
])
def test_form(browser, path, title, required, optional):
    answer = browser.get(path)
    page = Page(answer.text)

    assert answer.status_code == 200
    assert f'<h1>{title}</h1>' in answer.text
    assert f'<title>{title} – City of Almond Grove</title>' in answer.text
    assert {name for name, field in page.fields.items() if 'required' in field} == required
    assert set(page.fields) - required - {'csrf', 'viewport', 'color-scheme'} == optional
    # The star is for the eye, `required` for a screen reader.
    assert answer.text.count('<span class="star" aria-hidden="true">*</span>') == len(required)
    assert page.fields['password']['autocomplete'] == 'new-password'
    assert page.fields['password']['type'] == 'password'
    assert page.fields['username']['autocomplete'] == 'username'
    assert page.fields['mail']['autocomplete'] == 'email'
    assert page.in_error() == set()


def test_license_number_is_the_user_name(browser):
    text = browser.get(CONTRACTOR).text
    assert '<label for="username">State license number ' in text
    assert Page(text).text('username-hint') == 'Your license number is your user name.'


# Steps 2 to 4.

def test_public_account(portal, browser, uid):
    dn = portal.people.dn('public', uid)
    # Capitals and blanks are what people type.
    answer = send_form(browser, PUBLIC, public_form(f' {uid.upper()} ', mail=f'{uid}@example.org'))
    assert where(answer) == (303, WELCOME)

    answer = browser.get(WELCOME)
    assert answer.status_code == 200
    assert '<h1>Your account is ready</h1>' in answer.text
    assert links(answer.text)['Continue'] == DASHBOARD
    assert 'not verified' not in answer.text

    answer = browser.get(DASHBOARD)
    assert answer.status_code == 200
    assert Page(answer.text).text('signed-in-as') == f'Logged in as Ana Núñez {uid}'
    assert browser.get(CHECK).headers['Remote-User'] == uid

    entry = entry_of(portal, dn)
    assert entry.pop('userPassword')[0].startswith('{ARGON2}')
    assert len(entry.pop('gatehousePasswordSet')) == 1
    assert len(entry.pop('gatehouseLastSignIn')) == 1
    assert entry == {
        'objectClass': ['top', 'person', 'organizationalPerson', 'inetOrgPerson',
                        'gatehouseAccount'],
        'uid': [uid], 'cn': ['Ana Núñez'], 'givenName': ['Ana'], 'sn': ['Núñez'],
        'mail': [f'{uid}@example.org']}
    question = question_of(portal, dn)
    assert question['gatehouseQuestion'] == ['What was your first street?']
    assert question['userPassword'][0].startswith('{ARGON2}')
    # The answer is folded before it is stored.
    portal.slapd.connect(f'cn=recovery,{dn}', 'elm street')
    assert signs_in(portal.url, uid, PASSWORD)


def test_contractor_account(portal, browser, number):
    dn = portal.people.dn('contractor', number)
    answer = send_form(browser, CONTRACTOR, contractor_form('00' + number[:6]))
    assert where(answer) == (303, WELCOME)
    # Leading zeros are not part of a number.
    assert entry_of(portal, portal.people.dn('contractor', number[:6])) is not None

    browser = Browser(portal.url)
    assert where(send_form(browser, CONTRACTOR, contractor_form(number))) == (303, WELCOME)
    answer = browser.get(WELCOME)
    assert 'Your license number is your user name' in answer.text
    assert 'Your license is not verified yet.' in answer.text
    assert links(answer.text)['Continue'] == DASHBOARD
    page = Page(browser.get(DASHBOARD).text)
    assert page.text('signed-in-as') == f'Logged in as Peña & Sons Tile {number}'
    assert browser.get(CHECK).headers['Remote-Realm'] == 'contractor'

    entry = entry_of(portal, dn)
    assert entry['o'] == ['Peña & Sons Tile']
    assert entry['gatehouseSearchKey'] == ['pena sons tile', 'sons tile', 'tile']
    assert entry['gatehouseClaimedClass'] == ['C-54, B']
    assert entry['gatehouseClaimedComp'] == ["Workers' Compensation Insurance"]
    assert entry['gatehouseClaimedCompExpiry'] == ['20281019000000Z']
    assert entry['postalCode'] == ['90069']
    # What a license board says is nobody's to claim.
    assert not [name for name in entry
                if name.startswith(('gatehouseLicense', 'gatehouseWorkersComp'))]
    assert question_of(portal, dn)['gatehouseQuestion'] == ['Who taught you the trade?']
    assert signs_in(portal.url, number, PASSWORD, 'contractor')


def test_unverified_until_the_board_says_otherwise(portal, browser, number):
    send_form(browser, CONTRACTOR, contractor_form(number))
    path = f'/account/contractors/{number}'
    assert 'Not verified' in browser.get(path).text

    portal.slapd.connect_as('import').modify_s(
        portal.people.dn('contractor', number),
        [(ldap.MOD_REPLACE, 'gatehouseLicenseStatus', b'CLEAR')])
    assert 'Not verified' not in browser.get(path).text


def test_official_values_are_not_taken_from_a_form(portal, browser, number):
    form = contractor_form(number, gatehouseLicenseStatus='CLEAR', gatehouseLicenseClass='A',
                           gatehouseDisabled='FALSE', uid='1', objectClass='top')
    assert where(send_form(browser, CONTRACTOR, form)) == (303, WELCOME)

    entry = entry_of(portal, portal.people.dn('contractor', number))
    assert entry['uid'] == [number]
    assert 'gatehouseLicenseStatus' not in entry
    assert 'gatehouseLicenseClass' not in entry
    assert 'gatehouseDisabled' not in entry


# What is refused.

@pytest.mark.parametrize('realm, field', [
    ('public', name) for name in public_form('x') if name not in ('telephoneNumber',
                                                                  'password_confirm')
] + [
    ('contractor', name) for name in contractor_form('1') if name != 'password_confirm'
])
def test_required_field_left_empty(portal, browser, uid, number, realm, field):
    name, path, form = {'public': (uid, PUBLIC, public_form(uid)),
                        'contractor': (number, CONTRACTOR, contractor_form(number))}[realm]
    for left_out in (form | {field: ' '}, {key: form[key] for key in form if key != field}):
        answer = send_form(browser, path, left_out)
        assert set(faults(answer)) == {field}

    # Nothing typed is lost but secrets; nothing is stored.
    page = Page(answer.text)
    kept = set(form) - {field, 'password', 'password_confirm', 'answer', 'gatehouseClaimedComp'}
    assert {key: page.value(key) or '' for key in kept} == {key: form[key] for key in kept}
    for secret in ('password', 'password_confirm', 'answer'):
        assert page.value(secret) in (None, '')
    assert entry_of(portal, portal.people.dn(realm, name)) is None
    assert is_nowhere(browser)


@pytest.mark.parametrize('password, reason', [
    ('short and sour', 'at least 15 characters'),
    ('passwordpasswordpassword', 'guess'),
    ('aaaaaaaaaaaaaaaaaaaaaaaa', 'guess'),
    ('{SSHA}n0tAHashButLooksLikeOne', 'in braces'),
])
def test_weak_password(portal, browser, uid, password, reason):
    form = public_form(uid, password=password, password_confirm=password)
    found = faults(send_form(browser, PUBLIC, form))

    assert set(found) == {'password'}
    assert reason in found['password']
    assert entry_of(portal, portal.people.dn('public', uid)) is None


@pytest.mark.parametrize('password', ['peña & sons tile', 'Almond Grove Peña',
                                      'office.5000000@example.org'])
def test_password_of_the_persons_own_words(browser, password):
    number = '5000000'  # never set up
    form = contractor_form(number, password=password, password_confirm=password)
    assert set(faults(send_form(browser, CONTRACTOR, form))) == {'password'}


def test_passwords_differ(browser, uid):
    form = public_form(uid, password_confirm=PASSWORD + '.')
    assert faults(send_form(browser, PUBLIC, form)) == {
        'password_confirm': 'The two passwords are not the same.'}


def test_user_name_taken(portal, browser, uid):
    assert where(send_form(browser, PUBLIC, public_form(uid))) == (303, WELCOME)

    other = Browser(portal.url)
    form = public_form(uid.upper(), givenName='Eve', mail=f'eve.{uid}@example.org')
    assert faults(send_form(other, PUBLIC, form)) == {
        'username': 'Somebody has that user name already. Choose another.'}
    assert is_nowhere(other)
    assert entry_of(portal, portal.people.dn('public', uid))['givenName'] == ['Ana']


def test_license_on_file_is_never_taken_over(portal, browser, number):
    portal.people.put_on_file(number, 'SIERRA ROOFING')
    dn = portal.people.dn('contractor', number)
    before = entry_of(portal, dn)

    # With zeros in front it is the same license.
    for typed in (number, number.zfill(8)):
        assert faults(send_form(browser, CONTRACTOR, contractor_form(typed))) == {
            'username': ON_FILE}
    assert entry_of(portal, dn) == before
    assert question_of(portal, dn) is None
    assert is_nowhere(browser)


def test_mail_taken(portal, browser, uid):
    assert where(send_form(browser, PUBLIC, public_form(uid))) == (303, WELCOME)

    other = Browser(portal.url)
    form = public_form(uid + 'x', mail=f'{uid.upper()}@example.org')
    assert faults(send_form(other, PUBLIC, form)) == {
        'mail': 'An account with that address exists. Use Forgot password.'}
    assert entry_of(portal, portal.people.dn('public', uid + 'x')) is None


def test_two_licenses_may_share_an_address(portal, browser, number, unique):
    other = str(60000000 + unique())
    for one in (number, other):
        form = contractor_form(one, mail=f'shared.{number}@example.org')
        assert where(send_form(Browser(portal.url), CONTRACTOR, form)) == (303, WELCOME)


@pytest.mark.parametrize('username', ['1012345', ' 007 ', '99999999'])
def test_public_user_name_like_a_license_number(portal, browser, username):
    found = faults(send_form(browser, PUBLIC, public_form(username, mail='like@example.org')))
    assert found == {'username': LIKE_A_LICENSE}
    assert entry_of(portal, portal.people.dn('public', username.strip())) is None


def test_public_pattern_that_allows_digits(make_stack):
    """It is the licenses' own pattern that decides, not the one of public names."""
    stack = make_stack(edit_config=lambda text: text.replace(
        '"^[a-z][a-z0-9._-]{2,31}$"', '"^[a-z0-9._-]{3,32}$"'))
    browser = Browser(stack.url)
    form = public_form('5012345', mail='digits@example.org')

    assert faults(send_form(browser, PUBLIC, form)) == {'username': LIKE_A_LICENSE}
    form['username'] = '5012345x'
    assert where(send_form(browser, PUBLIC, form)) == (303, WELCOME)


@pytest.mark.parametrize('username', ['a', 'ana nunez', 'ana,ou=staff', 'ana*', 'añá', 'x' * 33])
def test_what_can_not_be_a_user_name(browser, username):
    found = faults(send_form(browser, PUBLIC, public_form(username, mail='none@example.org')))
    assert found == {'username': "That can't be a user name."}


@pytest.mark.parametrize('number', ['0', '000', '123456789', '12 345', 'B12345', '-1', '１２'])
def test_what_can_not_be_a_license_number(browser, number):
    found = faults(send_form(browser, CONTRACTOR, contractor_form(number, mail='none@example.org')))
    assert set(found) == {'username'}


# Workers' compensation.

@pytest.mark.parametrize('classes', ['C-39', 'B, c 8', 'C20/B', 'd-49', 'C-49', 'C22',
                                     'B C39', 'C-08'])
def test_classes_that_can_not_be_exempt(browser, number, classes):
    form = contractor_form(number, gatehouseClaimedClass=classes, gatehouseClaimedComp='Exempt')
    assert faults(send_form(browser, CONTRACTOR, form)) == {
        'gatehouseClaimedComp':
        "Contractors of this class can't be exempt from workers' compensation."}


NO_POLICY = {'gatehouseClaimedCompCarrier': '', 'gatehouseClaimedCompPolicy': '',
             'gatehouseClaimedCompExpiry': ''}


@pytest.mark.parametrize('comp', ['Exempt', 'Self-Insured', 'Family', 'Out of State'])
def test_without_an_insurance_there_is_no_policy(portal, browser, number, comp):
    form = contractor_form(number, gatehouseClaimedComp=comp, **NO_POLICY)
    assert where(send_form(browser, CONTRACTOR, form)) == (303, WELCOME)

    entry = entry_of(portal, portal.people.dn('contractor', number))
    assert entry['gatehouseClaimedComp'] == [comp]
    assert 'gatehouseClaimedCompCarrier' not in entry


def test_insurance_needs_its_policy(browser, number):
    assert faults(send_form(browser, CONTRACTOR, contractor_form(number, **NO_POLICY))) == {
        'gatehouseClaimedCompCarrier': INSURED, 'gatehouseClaimedCompPolicy': INSURED,
        'gatehouseClaimedCompExpiry': INSURED}


def test_values_of_the_wrong_shape(browser, number):
    form = contractor_form(number, gatehouseClaimedComp='Perhaps', postalCode='9006', st='Cal',
                           mail='office', gatehouseClaimedCompExpiry='2028-02-30')
    assert set(faults(send_form(browser, CONTRACTOR, form))) == {
        'gatehouseClaimedComp', 'postalCode', 'st', 'mail', 'gatehouseClaimedCompExpiry'}


# Many at once, and a directory that fails.

def test_fifty_set_ups_of_one_license(portal, make_gateway, number):
    gateway = make_gateway(workers=2)
    gateway.start()
    together = threading.Barrier(50)

    def set_up(one):
        browser = Browser(gateway.url)
        form = contractor_form(number, o=f'Number {one}', mail=f'{one}.{number}@example.org')
        form['csrf'] = browser.csrf(CONTRACTOR)
        together.wait(60)
        return browser, browser.post(CONTRACTOR, form)

    with ThreadPoolExecutor(50) as pool:
        tries = list(pool.map(set_up, range(50)))

    won = [one for one, (_, answer) in enumerate(tries) if where(answer) == (303, WELCOME)]
    assert len(won) == 1
    for one, (browser, answer) in enumerate(tries):
        if one not in won:
            assert faults(answer) == {'username': ON_FILE}
            assert browser.get(CHECK).status_code == 401
    winner = tries[won[0]][0]
    assert winner.get(CHECK).headers['Remote-User'] == number
    entry = entry_of(portal, portal.people.dn('contractor', number))
    assert entry['o'] == [f'Number {won[0]}']
    assert entry['mail'] == [f'{won[0]}.{number}@example.org']


def test_directory_dies_between_account_and_question(shaken, make_gateway, make_proxy, uid):
    proxy = make_proxy()
    gateway = make_gateway(uris=[proxy.uri], stack=shaken)
    gateway.start()
    dn = shaken.people.dn('public', uid)
    record = proxy.note

    def note(event):
        record(event)
        if (event.message.operation == ber.ADD_REQUEST
                and event.message.dn.startswith('cn=recovery,')):
            shaken.slapd.kill()

    browser = Browser(gateway.url)
    form = public_form(uid) | {'csrf': browser.csrf(PUBLIC)}
    proxy.note = note
    try:
        answer = browser.post(PUBLIC, form)
    finally:
        proxy.note = record
        if shaken.slapd.pidfile.pid() is None:
            shaken.slapd.start()

    # The account is whole, and its owner is sent to the log-in page.
    assert answer.status_code == 200
    assert '<h1>Your account is set up</h1>' in answer.text
    assert links(answer.text)['Log in'] == LOGIN
    assert question_of(shaken, dn) is None

    # The account works, and the next sign-in asks for the question.
    browser = Browser(gateway.url)
    asking = FIRST + '?next=%2Fopen%2F%3Fa%3Db%26c'
    assert where(browser.sign_in(uid, PASSWORD, next='/open/?a=b&c')) == (303, asking)
    assert browser.get(CHECK).headers['Remote-User'] == uid
    assert where(Browser(gateway.url).sign_in(uid, PASSWORD)) == (303, FIRST)
    text = browser.get(DASHBOARD).text
    assert Page(text).text('needs-question').startswith(
        'Your account has no security question yet.')
    assert links(text)['Choose a security question'] == FIRST
    page = Page(browser.get(asking).text)
    assert {name for name, field in page.fields.items() if 'required' in field} == {
        'question', 'answer'}
    assert page.value('next') == '/open/?a=b&c'
    form = {'csrf': page.value('csrf'), 'next': page.value('next')}
    answer = browser.post(FIRST, form | {'question': '', 'answer': ' '})
    assert set(faults(answer)) == {'question', 'answer'}
    assert Page(answer.text).value('next') == '/open/?a=b&c'
    form |= {'question': 'What was your first street?', 'answer': 'Elm  STREET'}
    assert where(browser.post(FIRST, form)) == (303, '/open/?a=b&c')
    shaken.slapd.connect(f'cn=recovery,{dn}', 'elm street')

    # Asked once; and what is there stays, whatever a browser sends.
    assert Page(browser.get(DASHBOARD).text).text('needs-question') is None
    other = Browser(gateway.url)
    assert where(other.sign_in(uid, PASSWORD)) == (303, DASHBOARD)
    assert Page(other.get(DASHBOARD).text).text('needs-question') is None
    send_form(other, FIRST, {'question': 'Which?', 'answer': 'none'})
    assert question_of(shaken, dn)['gatehouseQuestion'] == ['What was your first street?']


@pytest.mark.parametrize('setting', ['optional', 'off'])
def test_a_question_that_is_not_required_is_not_asked_for(portal, make_gateway, uid, setting):
    portal.people.add_public(uid, 'Ana', 'Núñez', f'{uid}@example.org', PASSWORD, answer=None)
    gateway = make_gateway(edit_config=lambda text: text.replace(
        'realm public {\n', f'realm public {{\n    security_question = "{setting}"\n'))
    gateway.start()
    browser = Browser(gateway.url)

    assert where(browser.sign_in(uid, PASSWORD, next='/open/')) == (303, '/open/')
    assert Page(browser.get(DASHBOARD).text).text('needs-question') is None


def test_a_question_leads_nowhere_else(portal, uid):
    portal.people.add_public(uid, 'Ana', 'Núñez', f'{uid}@example.org', PASSWORD, answer=None)
    browser = Browser(portal.url)
    assert where(browser.sign_in(uid, PASSWORD, next='//evil.example/')) == (303, FIRST)
    for path in (FIRST, FIRST + '?next=//evil.example/'):
        assert Page(browser.get(path).text).value('next') == ''
    form = {'csrf': browser.csrf(FIRST), 'question': 'Which?', 'answer': 'that',
            'next': 'https://evil.example/'}
    assert where(browser.post(FIRST, form)) == (303, DASHBOARD)


def test_directory_is_down(shaken, make_gateway, uid):
    gateway = make_gateway(stack=shaken)
    gateway.start()
    browser = Browser(gateway.url)
    form = public_form(uid) | {'csrf': browser.csrf(PUBLIC)}

    shaken.slapd.kill()
    try:
        answer = browser.post(PUBLIC, form)
    finally:
        shaken.slapd.start()

    assert answer.status_code == 503
    assert int(answer.headers['Retry-After']) > 0
    assert where(send_form(browser, PUBLIC, form)) == (303, WELCOME)
