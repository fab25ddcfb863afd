"""Forgot password: from the question to the new password, and everything a link must not do."""

import email
import email.policy
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import ldap
import pytest

from stack.people import ANSWER as FOLDED
from stack.people import generalized_time
from stack.process import wait_until
from web import CHECK, LOGIN, MARIA, ORCHARD, PREFIX, Browser, Page, send, signed_in

FORGOT = PREFIX + '/forgot'
RESET = PREFIX + '/reset'
SETUP = PREFIX + '/setup/public'

NEW = 'granite steps by the lake'
OTHER = 'seven lanterns over the ferry'
QUESTION = 'Which dessert do you like best?'
ANSWER = 'Crème  Brûlée'
SENTENCE = ('If there is such an account, and it has a mail address, a mail with a link is on its'
            ' way there.')
OVER = 'This link no longer works'
CHANGED = 'Your password is changed'

LINK = re.compile(r'^(http\S+)/reset\?token=([0-9a-f]{64})$', re.MULTILINE)


@pytest.fixture
def person(portal, unique):
    """The user name of a new member of the public who has no security question."""
    uid = f'forgetful.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', MARIA[1], answer=None)
    return uid


class Mail:
    """One mail of the sink's."""

    def __init__(self, path):
        self.message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        self.to = self.message['Delivered-To']
        self.subject = self.message['Subject']
        self.text = self.message.get_content().replace('\r\n', '\n')

    @property
    def base(self):
        return LINK.search(self.text).group(1)

    @property
    def token(self):
        return LINK.search(self.text).group(2)


def mails_to(stack, address):
    """All mails to that address, oldest first."""
    mails = [Mail(path) for path in sorted(stack.mailsink.mails.glob('*.eml'))]
    return [mail for mail in mails if mail.to == address]


def wait_for_mail(stack, address, count=1):
    """The last of `count` mails to that address."""
    wait_until(lambda: len(mails_to(stack, address)) >= count, f'mail {count} to {address}', 120)
    mails = mails_to(stack, address)
    assert len(mails) == count
    return mails[-1]


def ask(url, typed, realm='public'):
    browser = Browser(url)
    answer = browser.post(FORGOT, {'csrf': browser.csrf(FORGOT), 'realm': realm,
                                   'username': typed})
    assert answer.status_code == 200, answer.text
    return answer


def token_of(stack, person, count=1):
    """The token of the link that `person` is mailed."""
    ask(stack.url, person)
    return wait_for_mail(stack, f'{person}@example.org', count).token


def open_link(url, token):
    """A browser in which the link was opened."""
    browser = Browser(url)
    answer = browser.get(f'{RESET}?token={token}')
    assert (answer.status_code, answer.headers['Location']) == (303, RESET)
    return browser


def submit(browser, password=NEW, **fields):
    """Sends the form that the link led to."""
    return browser.post(RESET, {'csrf': browser.csrf(RESET), 'password': password,
                                'password_confirm': password} | fields)


def is_over(answer):
    return OVER in Page(answer.text).text('content')


def is_changed(answer):
    return answer.status_code == 200 and CHANGED in Page(answer.text).text('content')


def can_sign_in(url, username, password, realm='public'):
    return Browser(url).sign_in(username, password, realm).status_code == 303


def change(stack, person, **values):
    stack.slapd.connect_as_root().modify_s(
        stack.people.dn('public', person),
        [(ldap.MOD_REPLACE, name, [value.encode()]) for name, value in values.items()])


@pytest.fixture
def asked(portal, unique):
    """The user name of somebody who has a security question."""
    uid = f'asked.{unique():04}'
    browser = Browser(portal.url)
    answer = browser.post(SETUP, {
        'csrf': browser.csrf(SETUP), 'username': uid, 'givenName': 'Web', 'sn': 'Person',
        'mail': f'{uid}@example.org', 'password': MARIA[1], 'password_confirm': MARIA[1],
        'question': QUESTION, 'answer': ANSWER})
    assert answer.status_code == 303, answer.text
    return uid


# What the asker sees.

def test_the_same_answer_whoever_it_is(portal, person, unique):
    without_mail = str(60000000 + unique())
    portal.people.put_on_file(without_mail, 'NO MAIL ROOFING')
    browser = Browser(portal.url)
    token = browser.csrf(FORGOT)
    answers = [browser.post(FORGOT, {'csrf': token, 'realm': realm, 'username': typed})
               for realm, typed in (
                   ('public', person), ('public', f'{person}@example.org'),
                   ('public', 'nobody.at.all'), ('public', 'nobody@example.org'),
                   ('public', '*'), ('public', 'no name at all'), ('public', 'x' * 5000),
                   ('contractor', ORCHARD[0]), ('contractor', without_mail),
                   ('contractor', '99999999'), ('contractor', 'no license'))]

    first = answers[0]
    assert first.status_code == 200
    assert SENTENCE in Page(first.text).text('content')
    assert person not in first.text
    for answer in answers[1:]:
        assert answer.status_code == 200
        assert answer.content == first.content
        assert ({name: value for name, value in answer.headers.items() if name != 'Date'}
                == {name: value for name, value in first.headers.items() if name != 'Date'})


def test_the_answer_leaves_on_the_grid(browser, person):
    """At a quarter of a second, less what nginx's clock may lag."""
    token = browser.csrf(FORGOT)
    for typed in (person, 'nobody.at.all', '*'):
        answer = browser.post(FORGOT, {'csrf': token, 'realm': 'public', 'username': typed})
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() >= 0.24


def test_nothing_was_typed(browser):
    answer = browser.post(FORGOT, {'csrf': browser.csrf(FORGOT), 'realm': 'public',
                                   'username': '  '})

    assert (answer.status_code, Page(answer.text).in_error()) == (422, {'username'})


# To whom a mail goes.

@pytest.mark.parametrize('spelling', ['{}', ' {} ', '{}@example.org', '{}@EXAMPLE.org'])
def test_by_user_name_and_by_address(portal, person, spelling):
    ask(portal.url, spelling.format(person))

    mail = wait_for_mail(portal, f'{person}@example.org')
    assert mail.subject == 'Set a new password'
    assert f'Account: {person} (Public user)\n' in mail.text


@pytest.mark.parametrize('spelling', ['{}', '000{}'])
def test_by_license_number(portal, unique, spelling):
    number = f'71{unique():05}'
    portal.people.put_on_file(number, 'ORCHARD LADDERS')
    portal.people.sign_up(number, f'{number}@example.org', MARIA[1], answer=None)
    ask(portal.url, spelling.format(number), 'contractor')

    mail = wait_for_mail(portal, f'{number}@example.org')
    assert f'Account: {number} (Contractor)\n' in mail.text
    browser = open_link(portal.url, mail.token)
    assert is_changed(submit(browser))
    assert can_sign_in(portal.url, number, NEW, 'contractor')


def test_the_link_is_on_the_configured_host(portal, person):
    browser = Browser(portal.url)
    body = urlencode({'csrf': browser.csrf(FORGOT), 'realm': 'public', 'username': person})
    cookies = '; '.join(f'{name}={value}' for name, value in browser.session.cookies.items())
    answer = send(portal.url, 'POST', FORGOT, [
        ('Host', 'elsewhere.example'), ('X-Forwarded-Host', 'elsewhere.example'),
        ('Forwarded', 'host=elsewhere.example'), ('Cookie', cookies),
        ('Content-Type', 'application/x-www-form-urlencoded'),
        ('Content-Length', str(len(body)))], body.encode())
    assert answer.status == 200

    mail = wait_for_mail(portal, f'{person}@example.org')
    assert mail.base == f'{portal.url}/account'
    assert 'elsewhere.example' not in mail.text


def test_nobody_else_gets_a_mail(portal, person, unique):
    """Somebody disabled, somebody without an address, and an address that two licenses share."""
    disabled = f'disabled.{unique():04}'
    portal.people.add_public(disabled, 'Web', 'Person', f'{disabled}@example.org', MARIA[1])
    change(portal, disabled, gatehouseDisabled='TRUE')
    shared = f'shared.{unique():04}@example.org'
    for number in (f'72{unique():05}', f'73{unique():05}'):
        portal.people.put_on_file(number, 'ORCHARD LADDERS')
        portal.people.sign_up(number, shared, MARIA[1])
    ask(portal.url, disabled)
    ask(portal.url, f'{disabled}@example.org')
    ask(portal.url, shared, 'contractor')

    # A mail that was asked for after them is there, and none of theirs.
    ask(portal.url, person)
    wait_for_mail(portal, f'{person}@example.org')
    assert mails_to(portal, f'{disabled}@example.org') == []
    assert mails_to(portal, shared) == []


# What a link does.

def test_a_look_spends_nothing(portal, person):
    token = token_of(portal, person)
    for _ in range(3):
        browser = open_link(portal.url, token)
        assert browser.head(f'{RESET}?token={token}').status_code == 303
        page = browser.get(RESET)
        assert page.status_code == 200
        assert page.headers['Cache-Control'] == 'no-store'
        assert set(Page(page.text).fields) >= {'csrf', 'password', 'password_confirm'}

    assert is_changed(submit(open_link(portal.url, token)))


def test_the_cookie_of_a_link(portal, person):
    token = token_of(portal, person)
    answer = Browser(portal.url).get(f'{RESET}?token={token}')

    name, _, rest = answer.headers['Set-Cookie'].partition('=')
    assert name == 'gatehouse-reset'
    assert rest.partition('; ')[2] == 'Path=/; HttpOnly; SameSite=Lax'
    assert token not in answer.headers['Set-Cookie']
    assert answer.headers['Cache-Control'] == 'no-store'
    assert token not in answer.text


def test_the_token_is_in_no_log_and_no_entry(portal, asked):
    token = token_of(portal, asked)
    browser = open_link(portal.url, token)
    browser.get(f'{RESET}?x=1&token={token}&y=2')
    browser.head(f'{RESET}?token={token}')
    submit(browser, answer='wrong')
    assert is_changed(submit(browser, answer=ANSWER))
    wait_for_mail(portal, f'{asked}@example.org', 2)

    logs = [path for path in portal.folder.rglob('*.log') if path.is_file()]
    assert {'access.log', 'error.log', 'audit.log'} <= {path.name for path in logs}
    for path in logs:
        text = path.read_text(encoding='utf-8', errors='replace')
        assert token not in text, path
        for secret in (MARIA[1], NEW, ANSWER, 'creme brulee'):
            assert secret not in text, path
    assert f'GET {RESET}?' in portal.nginx.access_log.read_text(encoding='utf-8')
    (_, entry), = portal.slapd.connect_as_root().search_s(
        portal.people.dn('public', asked), ldap.SCOPE_BASE, attrlist=['*', '+'])
    assert token.encode() not in b' '.join(value for values in entry.values()
                                           for value in values)


def test_without_a_question_the_link_is_enough(portal, person):
    browser = open_link(portal.url, token_of(portal, person))
    assert 'answer' not in Page(browser.get(RESET).text).fields

    assert is_changed(submit(browser))
    assert can_sign_in(portal.url, person, NEW)
    assert not can_sign_in(portal.url, person, MARIA[1])


def test_a_question_is_asked(portal, asked):
    browser = open_link(portal.url, token_of(portal, asked))
    assert QUESTION in browser.get(RESET).text

    # A wrong answer, or none, spends nothing.
    for wrong in ('tiramisu', '', '   ', '*', 'Crème'):
        answer = submit(browser, answer=wrong)
        assert (answer.status_code, Page(answer.text).in_error()) == (422, {'answer'})
    assert can_sign_in(portal.url, asked, MARIA[1])
    # Case, accents and blanks don't matter.
    assert is_changed(submit(browser, answer='  creme BRULEE '))
    assert can_sign_in(portal.url, asked, NEW)


@pytest.mark.parametrize('password, confirm', [
    ('short', 'short'), ('', ''), (NEW, OTHER), ('passwordpassword', 'passwordpassword')])
def test_a_password_that_is_refused_spends_nothing(portal, person, password, confirm):
    browser = open_link(portal.url, token_of(portal, person))

    answer = submit(browser, password, password_confirm=confirm)
    assert answer.status_code == 422
    assert Page(answer.text).in_error() <= {'password', 'password_confirm'}
    assert Page(answer.text).in_error()
    if password:
        assert f'value="{password}"' not in answer.text
    assert is_changed(submit(browser))


def test_a_password_that_the_directory_refuses_spends_nothing(portal, person):
    """Its history has the password of before."""
    browser = open_link(portal.url, token_of(portal, person))

    answer = submit(browser, MARIA[1])
    assert (answer.status_code, Page(answer.text).in_error()) == (422, {'password'})
    assert is_changed(submit(browser))


def test_all_sessions_end_and_the_owner_is_told(portal, person):
    sessions = [signed_in(portal.url, person, MARIA[1]) for _ in range(2)]
    # Sessions that began in the same instant as the reset end, too.
    answer = submit(open_link(portal.url, token_of(portal, person)))

    assert is_changed(answer)
    assert 'gatehouse=' not in answer.headers.get('Set-Cookie', '').replace('gatehouse-reset=', '')
    assert [browser.get(CHECK).status_code for browser in sessions] == [401, 401]
    mail = wait_for_mail(portal, f'{person}@example.org', 2)
    assert mail.subject == 'Your password was changed'
    assert f'Account: {person} (Public user)\n' in mail.text
    assert f'{portal.url}/account/forgot\n' in mail.text
    # The person signs in with the new password, and that session lives.
    assert signed_in(portal.url, person, NEW).get(CHECK).status_code == 200


# When a link is over.

def test_a_second_use(portal, person):
    token = token_of(portal, person)
    first, second = open_link(portal.url, token), open_link(portal.url, token)
    form = {'csrf': second.csrf(RESET), 'password': OTHER, 'password_confirm': OTHER}
    assert is_changed(submit(first))

    assert is_over(second.post(RESET, form))
    assert is_over(second.get(RESET))
    assert is_over(open_link(portal.url, token).get(RESET))
    assert not can_sign_in(portal.url, person, OTHER)
    # The browser that used it has nothing left of it, either.
    assert first.cookie('gatehouse-reset') in (None, '')
    assert is_over(first.get(RESET))


def test_after_an_hour(portal, person):
    token = token_of(portal, person)
    browser = open_link(portal.url, token)
    csrf = browser.csrf(RESET)
    (_, entry), = portal.slapd.connect_as_root().search_s(
        portal.people.dn('public', person), ldap.SCOPE_BASE, attrlist=['gatehouseResetUntil'])
    until = entry['gatehouseResetUntil'][0].decode()
    assert generalized_time(time.time() + 3500) < until <= generalized_time(time.time() + 3601)
    change(portal, person, gatehouseResetUntil=generalized_time(time.time() - 1))

    assert is_over(browser.get(RESET))
    assert is_over(browser.post(RESET, {'csrf': csrf, 'password': NEW,
                                        'password_confirm': NEW}))
    assert not can_sign_in(portal.url, person, NEW)


def test_only_the_newest_works(portal, person):
    first = token_of(portal, person)
    second = token_of(portal, person, 2)
    assert first != second

    assert is_over(open_link(portal.url, first).get(RESET))
    assert is_changed(submit(open_link(portal.url, second)))


def test_who_was_disabled_since(portal, person):
    browser = open_link(portal.url, token_of(portal, person))
    csrf = browser.csrf(RESET)
    change(portal, person, gatehouseDisabled='TRUE')

    assert is_over(browser.get(RESET))
    assert is_over(browser.post(RESET, {'csrf': csrf, 'password': NEW,
                                        'password_confirm': NEW}))
    change(portal, person, gatehouseDisabled='FALSE')
    assert not can_sign_in(portal.url, person, NEW)


@pytest.mark.parametrize('token', ['', 'x', '0' * 63, '0' * 64, '0' * 65, 'G' * 64, '*',
                                   '%00' + '0' * 63, 'A' * 64])
def test_tokens_that_are_none(portal, token):
    assert is_over(open_link(portal.url, token).get(RESET))


def test_no_link_at_all(browser):
    assert is_over(browser.get(RESET))
    answer = browser.post(RESET, {'csrf': browser.csrf(FORGOT), 'password': NEW,
                                  'password_confirm': NEW})
    assert is_over(answer)


def test_a_cookie_that_says_something_else(portal, person):
    """The token itself, and a cookie of another purpose."""
    token = token_of(portal, person)
    for value in (token, signed_in(portal.url, *MARIA).cookie(), 'garbage'):
        browser = Browser(portal.url)
        browser.session.cookies.set('gatehouse-reset', value)
        assert is_over(browser.get(RESET))


# Many at once, on two gateways.

def test_fifty_uses_of_one_link_on_two_gateways(make_gateway, portal, person):
    gateways = [make_gateway(workers=2), make_gateway(workers=2)]
    token = token_of(portal, person)
    forms = []
    for gateway in gateways:
        gateway.start()
        browser = open_link(gateway.url, token)
        forms.append((gateway.url, browser.csrf(RESET), '; '.join(
            f'{name}={value}' for name, value in browser.session.cookies.items())))

    def use(number):
        url, csrf, cookies = forms[number % 2]
        password = f'granite steps by lake {number:02}'
        body = urlencode({'csrf': csrf, 'password': password, 'password_confirm': password})
        return send(url, 'POST', RESET, [
            ('Host', url.partition('//')[2]), ('Cookie', cookies),
            ('Content-Type', 'application/x-www-form-urlencoded'),
            ('Content-Length', str(len(body)))], body.encode())

    with ThreadPoolExecutor(50) as executor:
        answers = list(executor.map(use, range(50)))

    texts = [answer.body.decode() for answer in answers]
    winners = [number for number, text in enumerate(texts) if CHANGED in text]
    assert len(winners) == 1
    assert all(OVER in text for number, text in enumerate(texts) if number not in winners)
    assert can_sign_in(portal.url, person, f'granite steps by lake {winners[0]:02}')
    assert not can_sign_in(portal.url, person, MARIA[1])
    loser = (winners[0] + 1) % 50
    assert not can_sign_in(portal.url, person, f'granite steps by lake {loser:02}')


# Servers that are down.

def test_the_mail_server_is_down_for_a_while(make_stack):
    stack = make_stack()
    stack.mailsink.stop()
    ask(stack.url, 'maria.lopez')
    for _ in range(20):
        assert Browser(stack.url).get(LOGIN).status_code == 200
    stack.mailsink.start()

    token = wait_for_mail(stack, 'maria.lopez@example.org').token
    assert is_changed(submit(open_link(stack.url, token), answer=FOLDED))


def test_the_directory_is_down(make_gateway):
    gateway = make_gateway(uris=['ldap://127.0.0.1:1'])
    gateway.start()
    browser = Browser(gateway.url)
    answer = browser.post(FORGOT, {'csrf': browser.csrf(FORGOT), 'realm': 'public',
                                   'username': 'maria.lopez'})

    assert answer.status_code == 503
    assert answer.headers['Retry-After'] == '5'
    browser = open_link(gateway.url, '0' * 64)
    assert browser.get(RESET).status_code == 503
