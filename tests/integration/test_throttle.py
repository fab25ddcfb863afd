"""The throttle: who was refused often waits, strangers don't slow the owner, nobody is shut out."""

import re
from itertools import count

import pytest

from stack.process import wait_until
from stories import PASSWORD as PHRASE
from stories import public_form
from web import DASHBOARD, MARIA, PREFIX, Browser, Page

FORGOT = PREFIX + '/forgot'
SETUP = PREFIX + '/setup/public'
PASSWORD = PREFIX + '/password'
RESET = PREFIX + '/reset'

# Of `slow`: refusals that cost nothing, then s.
FREE = 3
DELAY = 60


@pytest.fixture
def address():
    """A function that gives an address of the loopback that nobody used in this test."""
    numbers = count(1)
    return lambda: f'127.0.9.{next(numbers)}'


@pytest.fixture
def start(make_gateway):
    """A function that starts a gateway with these settings of the throttle."""
    def make(*lines, workers=1, **knobs):
        text = ''.join(f'    {line}\n' for line in lines)
        gateway = make_gateway(edit_config=lambda config: f'{config}\nthrottle {{\n{text}}}\n',
                               is_throttled=True, workers=workers, **knobs)
        gateway.start()
        return gateway
    return make


@pytest.fixture
def slow(start):
    """A gateway where the fourth refusal costs a minute."""
    return start(f'free_attempts = {FREE}', f'base_delay = {DELAY}', f'max_delay = {DELAY}',
                 workers=2)


def guess(gateway, username, **where):
    """The status of a wrong guess, from a browser of its own."""
    return Browser(gateway.url, **where).sign_in(username, 'not the password').status_code


def exhaust(gateway, username, **where):
    """Wrong guesses until the next one has to wait."""
    assert [guess(gateway, username, **where) for _ in range(FREE + 1)] == [422] * (FREE + 1)


def test_who_was_refused_often_waits(slow, person):
    exhaust(slow, person)
    answer = Browser(slow.url).sign_in(person, MARIA[1])

    assert answer.status_code == 429
    assert DELAY - 10 <= int(answer.headers['Retry-After']) <= DELAY
    assert answer.headers['Cache-Control'] == 'no-store'
    text = Page(answer.text).text('content')
    assert 'Please wait a moment' in text
    assert f'Seconds to wait: {answer.headers["Retry-After"]}' in text
    assert '(555) 010-0142' in answer.text
    assert 'gatehouse=' not in answer.headers.get('Set-Cookie', '')


def test_a_reload_forgets_nothing(slow, person):
    exhaust(slow, person)
    slow.reload()

    assert guess(slow, person) == 429


def test_delays_grow_and_end(start, person):
    gateway = start('free_attempts = 1', 'base_delay = 1', 'max_delay = 2')
    browser = Browser(gateway.url)
    waits = []
    assert browser.sign_in(person, 'wrong').status_code == 422
    for _ in range(4):
        wait_until(lambda: browser.sign_in(person, 'wrong').status_code == 422, 'another try')
        answer = browser.sign_in(person, 'wrong')
        waits.append((answer.status_code, answer.headers['Retry-After']))

    assert waits == [(429, '1'), (429, '2'), (429, '2'), (429, '2')]
    # However many guesses there were, the password lets its owner in.
    wait_until(lambda: browser.sign_in(person, MARIA[1]).status_code == 303, 'a way in')


def test_guesses_from_many_addresses_count_for_the_account(slow, portal, person, unique, address):
    other = f'other.{unique():04}'
    portal.people.add_public(other, 'Web', 'Person', f'{other}@example.org', MARIA[1])
    for _ in range(FREE + 1):
        assert guess(slow, person, address=address()) == 422

    fresh = address()
    assert guess(slow, person, address=fresh) == 429
    # However the name is written.
    assert guess(slow, f' {person.upper()} ', address=fresh) == 429
    assert guess(slow, other, address=fresh) == 422
    assert Browser(slow.url, address=fresh).sign_in(other, MARIA[1]).status_code == 303


def test_guesses_at_names_that_nobody_has_count_as_well(slow, address):
    for _ in range(FREE + 1):
        assert guess(slow, 'nobody.at.all', address=address()) == 422

    assert guess(slow, 'nobody.at.all', address=address()) == 429


def test_guesses_at_many_accounts_count_for_the_address(slow, person, address):
    here, there = address(), address()
    for number in range(FREE + 1):
        assert guess(slow, f'nobody.{number}', address=here) == 422

    assert Browser(slow.url, address=here).sign_in(person, MARIA[1]).status_code == 429
    assert Browser(slow.url, address=there).sign_in(person, MARIA[1]).status_code == 303


def test_a_stranger_does_not_slow_the_owner(slow, person):
    owner = Browser(slow.url)
    assert owner.sign_in(person, MARIA[1]).status_code == 303
    owner.sign_out()
    # From the owner's own address, even.
    exhaust(slow, person)
    assert guess(slow, person) == 429

    assert owner.sign_in(person, MARIA[1]).status_code == 303
    # A browser that the owner never used has to wait.
    assert Browser(slow.url).sign_in(person, MARIA[1]).status_code == 429


def test_whoever_set_an_account_up_is_known(slow, unique):
    uid = f'newcomer.{unique():04}'
    owner = Browser(slow.url)
    answer = owner.post(SETUP, {'csrf': owner.csrf(SETUP)} | public_form(uid))
    assert answer.status_code == 303
    owner.sign_out()
    exhaust(slow, uid)

    assert owner.sign_in(uid, PHRASE).status_code == 303
    assert Browser(slow.url).sign_in(uid, PHRASE).status_code == 429


def tokens_of(portal, uid):
    """Those of the links that were mailed to that account."""
    mails = [path.read_text() for path in portal.mailsink.mails.glob('*.eml')]
    return [token for mail in mails if f'Account: {uid} ' in mail
            for token in re.findall(r'reset\?token=([0-9a-f]+)', mail)]


def test_a_mailed_link_is_a_way_in_whatever_others_guess(slow, portal, unique, address):
    uid = f'besieged.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', MARIA[1], answer=None)
    for _ in range(FREE + 1):
        assert guess(slow, uid, address=address()) == 422
    owner = Browser(slow.url, address=address())
    assert owner.sign_in(uid, MARIA[1]).status_code == 429

    assert ask(slow, uid, address=address()).status_code == 200
    wait_until(lambda: tokens_of(portal, uid), 'the link')
    owner.get(f'{RESET}?token={tokens_of(portal, uid)[0]}')
    answer = owner.post(RESET, {'csrf': owner.csrf(RESET), 'password': PHRASE,
                                'password_confirm': PHRASE})
    assert answer.status_code == 200
    assert owner.sign_in(uid, PHRASE).status_code == 303


def test_a_known_browser_is_throttled_by_itself(slow, person, address):
    owner = Browser(slow.url)
    owner.sign_in(person, MARIA[1])
    owner.sign_out()
    for _ in range(FREE + 1):
        assert owner.sign_in(person, 'not the password').status_code == 422

    assert owner.sign_in(person, MARIA[1]).status_code == 429
    # Elsewhere the account is as free as before.
    assert guess(slow, person, address=address()) == 422
    assert Browser(slow.url, address=address()).sign_in(person, MARIA[1]).status_code == 303


def test_the_mark_of_one_account_is_none_for_another(slow, person):
    browser = Browser(slow.url)
    assert browser.sign_in(*MARIA).status_code == 303
    browser.sign_out()
    exhaust(slow, person)

    assert browser.sign_in(person, MARIA[1]).status_code == 429


@pytest.mark.parametrize('mark', ['', 'garbage', 'A' * 200])
def test_a_mark_that_is_none(slow, person, mark):
    exhaust(slow, person)
    browser = Browser(slow.url)
    token = browser.csrf()
    browser.session.cookies.set('gatehouse-known', mark)

    assert browser.sign_in(person, MARIA[1], csrf=token).status_code == 429


# What counts.

def test_signing_in_does_not_count(slow, person):
    statuses = [Browser(slow.url).sign_in(person, MARIA[1]).status_code for _ in range(8)]

    assert statuses == [303] * 8


def test_a_form_that_is_not_filled_in_does_not_count(slow, person):
    statuses = [Browser(slow.url).sign_in(person, '').status_code for _ in range(8)]

    assert statuses == [422] * 8
    assert Browser(slow.url).sign_in(person, MARIA[1]).status_code == 303


def test_a_directory_that_is_down_does_not_count(start, person):
    gateway = start('free_attempts = 1', 'base_delay = 60', uris=['ldap://127.0.0.1:1'])

    assert [guess(gateway, person) for _ in range(8)] == [503] * 8


def test_tries_that_had_to_wait_do_not_count(start, person):
    gateway = start('free_attempts = 1', 'base_delay = 2', 'max_delay = 3600')
    browser = Browser(gateway.url)
    assert [browser.sign_in(person, 'wrong').status_code for _ in range(2)] == [422, 422]
    for _ in range(20):
        assert browser.sign_in(person, 'wrong').status_code == 429

    wait_until(lambda: browser.sign_in(person, MARIA[1]).status_code == 303, 'a way in', 5)


# Who is exempt, and where a client is.

def test_exempt_addresses(start, person):
    gateway = start('free_attempts = 1', 'base_delay = 60', 'exempt = { "127.0.9.128/25" }')
    assert [guess(gateway, person, address='127.0.9.200') for _ in range(6)] == [422] * 6

    # Nor do theirs count for the account.
    statuses = [guess(gateway, person, address='127.0.9.100') for _ in range(3)]
    assert statuses == [422, 422, 429]


def forwarded(gateway, username, client):
    browser = Browser(gateway.url)
    browser.session.headers['X-Forwarded-For'] = client
    return browser.sign_in(username, 'not the password').status_code


def test_a_header_is_no_address(slow):
    statuses = [forwarded(slow, f'nobody.{number}', f'192.0.2.{number}') for number in range(6)]

    assert statuses == [422] * (FREE + 1) + [429] * 2


def test_the_address_that_nginx_was_told_to_believe(start):
    gateway = start('free_attempts = 1', 'base_delay = 60',
                    http='set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;')
    statuses = [forwarded(gateway, f'nobody.{number}', '192.0.2.1') for number in range(3)]
    assert statuses == [422, 422, 429]
    assert forwarded(gateway, 'nobody.9', '192.0.2.2') == 422
    # Of IPv6 addresses, a host has a whole network.
    statuses = [forwarded(gateway, f'none.{number}', f'2001:db8:0:1::{number}')
                for number in range(3)]
    assert statuses == [422, 422, 429]
    assert forwarded(gateway, 'none.9', '2001:db8:0:2::1') == 422


# Other forms.

def ask(gateway, username, **where):
    browser = Browser(gateway.url, **where)
    return browser.post(FORGOT, {'csrf': browser.csrf(FORGOT), 'realm': 'public',
                                 'username': username})


def test_mail_requests_count_each(slow, person, address):
    statuses = [ask(slow, person, address=address()).status_code for _ in range(FREE + 2)]

    assert statuses == [200] * (FREE + 1) + [429]
    answer = ask(slow, person, address=address())
    assert DELAY - 10 <= int(answer.headers['Retry-After']) <= DELAY
    # Nobody is kept from signing in by it, nor by guesses from a mail.
    assert Browser(slow.url, address=address()).sign_in(person, MARIA[1]).status_code == 303


@pytest.mark.parametrize('name', ['{}', '{}@example.org'])
def test_mail_requests_count_in_any_spelling(slow, person, address, name):
    name = name.format(person)
    spellings = [name, name.upper(), name.capitalize(), f' {name}', f'{name.title()} ']
    statuses = [ask(slow, spelling, address=address()).status_code for spelling in spellings]

    assert statuses == [200] * (FREE + 1) + [429]


def test_guesses_do_not_keep_the_owner_from_a_mail(slow, person, address):
    for _ in range(FREE + 1):
        guess(slow, person, address=address())

    assert ask(slow, person, address=address()).status_code == 200


def test_set_up_that_names_what_is_taken(slow, person, address):
    here = address()

    def set_up():
        browser = Browser(slow.url, address=here)
        return browser.post(SETUP, {
            'csrf': browser.csrf(SETUP), 'username': person, 'givenName': 'Web', 'sn': 'Person',
            'mail': 'somebody@example.org', 'password': 'granite steps by the lake',
            'password_confirm': 'granite steps by the lake',
            'question': 'What was the name of your first pet?', 'answer': 'Rex'})

    answers = [set_up() for _ in range(FREE + 2)]

    assert [answer.status_code for answer in answers] == [422] * (FREE + 1) + [429]
    assert Page(answers[0].text).in_error() == {'username'}
    assert 'Retry-After' in answers[-1].headers


def test_guesses_at_the_current_password(slow, person):
    browser = Browser(slow.url)
    browser.sign_in(person, MARIA[1])

    def change():
        return browser.post(PASSWORD, {
            'csrf': browser.csrf(PASSWORD), 'current_password': 'not the password',
            'password': 'granite steps by the lake',
            'password_confirm': 'granite steps by the lake'}).status_code

    assert [change() for _ in range(FREE + 2)] == [422] * (FREE + 1) + [429]
    assert browser.get(DASHBOARD).status_code == 200


# Accounts that one address sets up.

def set_up(gateway, uid, **where):
    """The status of setting up an account, from a browser of its own."""
    browser = Browser(gateway.url, **where)
    return browser.post(SETUP, {'csrf': browser.csrf(SETUP)} | public_form(uid))


def test_a_family_sets_up_its_accounts(slow, unique, address):
    home = address()
    names = [f'family.{unique():04}' for _ in range(2 * FREE + 2)]
    done = [set_up(slow, uid, address=home).status_code for uid in names[:-1]]
    assert done == [303] * (2 * FREE + 1)

    answer = set_up(slow, names[-1], address=home)
    assert answer.status_code == 429
    assert DELAY - 10 <= int(answer.headers['Retry-After']) <= DELAY
    assert 'Many accounts were set up from here just now.' in answer.text
    # Nobody else waits, nor does the family for anything else.
    assert set_up(slow, names[-1], address=address()).status_code == 303
    assert Browser(slow.url, address=home).sign_in(names[0], PHRASE).status_code == 303
    assert guess(slow, names[0], address=home) == 422
