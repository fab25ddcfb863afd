"""Two providers that keep each other's changes: who is asked what, and what one's death costs."""

import threading
import time

import ldap
import pytest

from reading import Reading
from stack.ber import BIND_REQUEST, SEARCH_REQUEST
from stack.names import NameServer
from stack.process import wait_until
from stack.proxy import Proxy
from stack.stack import Stack
from strain import (GRAVE, PASSWORD, Form, Log, has_cookie, is_page_of_outage, sign_in_all,
                    with_settings)
from web import Browser, signed_in

PEOPLE_AT_ONCE = 100
OTHER = 'amber lamps along the quay'
CHANGE = '/account/password'
SEARCH = '/account/contractors?q=Orchard'

# Root DSE, and what a connection that rests is asked.
NOWHERE = ''

# What a busy machine may add, s: this tells a hang from an answer, and measures nothing.
SLACK = 2


@pytest.fixture(name='mirrored', scope='module')
def fixture_mirrored(tmp_path_factory):
    """A stack with two providers; both run and know the same when a test begins."""
    whole = Stack(tmp_path_factory.mktemp('mirrored'), has_mirror=True)
    whole.create()
    yield whole
    whole.close()


@pytest.fixture(name='providers')
def fixture_providers(mirrored):
    yield mirrored.providers
    for provider in mirrored.providers:
        if not provider.is_up():
            provider.start()
    wait_until(lambda: mirrored.slapd.is_in_sync(mirrored.mirror), 'both know the same')


@pytest.fixture(name='crowd', scope='module')
def fixture_crowd(mirrored):
    names = [f'crowd.{number:02}' for number in range(40)]
    for name in names:
        mirrored.people.add_public(name, 'One', 'Of-Many', f'{name}@example.org', PASSWORD)
    wait_until(lambda: mirrored.slapd.is_in_sync(mirrored.mirror), 'both know the same')
    return names


@pytest.fixture(name='somebody')
def fixture_somebody(mirrored, providers, unique):  # pylint: disable=unused-argument
    """Somebody whom both providers know."""
    uid = f'somebody.{unique():04}'
    mirrored.people.add_public(uid, 'Some', 'Body', f'{uid}@example.org', PASSWORD)
    wait_until(lambda: mirrored.slapd.is_in_sync(mirrored.mirror), 'both know the same')
    return uid


@pytest.fixture(name='proxies')
def fixture_proxies(providers):
    """A proxy in front of each provider."""
    made = [Proxy(provider.ldap_port.number, provider.dn('gatehouse'))
            for provider in providers]
    yield made
    for proxy in made:
        proxy.close()


@pytest.fixture(name='start')
def fixture_start(make_gateway, mirrored, crowd):  # pylint: disable=unused-argument
    """A function that starts a gateway of both providers; returns it with its log-in form."""
    def make(uris=None, workers=1, server='', **settings):
        uris = uris or [provider.ldapi_uri for provider in mirrored.providers]
        gateway = make_gateway(stack=mirrored, uris=uris, workers=workers, server=server,
                               edit_config=with_settings(**settings))
        gateway.start()
        return gateway, Form(gateway.url)
    return make


def uri_list(*uris):
    return '{ ' + ', '.join(f'"{uri}"' for uri in uris) + ' }'


def people(proxy):
    """The DNs of people whom the proxy's provider was asked to bind."""
    return [dn for _, dn in proxy.requests(BIND_REQUEST) if dn.startswith('uid=')]


# One of two dies.

@pytest.mark.parametrize('way', ['kill', 'stop'])
def test_one_of_two_goes_under_a_hundred_sign_ins(start, providers, crowd, way):
    # Patient enough for a hundred hashes on a machine that others use too.
    gateway, form = start(workers=2, timeout=60000)
    workers = gateway.worker_pids()
    log = Log(gateway)
    answers = []
    enough = threading.Event()

    def insist(name):
        while not enough.is_set():
            answers.append(form.sign_in(name))

    threads = [threading.Thread(target=insist, args=(crowd[number % len(crowd)],))
               for number in range(PEOPLE_AT_ONCE)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: len(answers) > PEOPLE_AT_ONCE, 'first sign-ins')
        getattr(providers[0], way)()
        before = len(answers)
        # Everybody who was on the way, and everybody once more.
        wait_until(lambda: len(answers) > before + 2 * PEOPLE_AT_ONCE, 'sign-ins without it',
                   seconds=60)
        providers[0].start()
        wait_until(lambda: log.has('is back'), 'its return')
        before = len(answers)
        wait_until(lambda: len(answers) > before + PEOPLE_AT_ONCE, 'sign-ins with it')
    finally:
        enough.set()
        for thread in threads:
            thread.join()

    assert [answer.status for answer in answers if answer.status != 303] == []
    assert all(has_cookie(answer) for answer in answers)
    assert gateway.worker_pids() == workers
    # A socket that is gone is critical to nginx, which says so once.
    assert log.lines('alert', 'emerg') == []


def test_metrics_count_who_was_left_for_another(start, providers, crowd):
    gateway, form = start(server='location = /metrics { gatehouse_metrics; }')
    first, other = [provider.ldapi_uri for provider in providers]

    def left():
        reading = Reading(gateway.url)
        return [reading('gatehouse_directory_failovers_total', server=uri)
                for uri in (first, other)]

    assert form.sign_in(crowd[0]).status == 303
    assert left() == [0, 0]
    providers[0].stop()
    assert form.sign_in(crowd[0]).status == 303
    wait_until(lambda: left() == [1, 0], 'the other in use')
    providers[0].start()
    wait_until(lambda: left() == [1, 1], 'the first in use again')
    assert form.sign_in(crowd[0]).status == 303


def test_return_waits_for_what_was_missed(start, providers, somebody, mirrored):
    """A provider that lacks a new password is not asked whether it is the right one."""
    first, second = providers
    gateway, form = start()
    log = Log(gateway)
    assert form.sign_in(somebody).status == 303
    first.stop_following()
    first.kill()
    assert form.sign_in(somebody).status == 303
    second.connect_as('gatehouse').modify_s(
        mirrored.people.dn('public', somebody),
        [(ldap.MOD_REPLACE, 'userPassword', [OTHER.encode()])])

    first.start()
    wait_until(lambda: log.has('has to catch up first'), 'the first provider, behind')
    answers = [(form.sign_in(somebody, OTHER).status, form.sign_in(somebody).status)
               for _ in range(5)]
    assert answers == [(303, 422)] * 5
    assert not log.has('is back')

    first.follow(second, 1)
    wait_until(lambda: log.has('is back'), 'the return of the first provider')
    assert form.sign_in(somebody, OTHER).status == 303
    assert form.sign_in(somebody).status == 422


def test_one_that_is_behind_is_better_than_none(start, providers, somebody, mirrored):
    first, second = providers
    gateway, form = start()
    log = Log(gateway)
    assert form.sign_in(somebody).status == 303
    first.stop_following()
    first.kill()
    assert form.sign_in(somebody).status == 303
    second.connect_as('gatehouse').modify_s(
        mirrored.people.dn('public', somebody),
        [(ldap.MOD_REPLACE, 'givenName', [b'Anybody'])])
    first.start()
    wait_until(lambda: log.has('has to catch up first'), 'the first provider, behind')

    second.kill()

    wait_until(lambda: form.sign_in(somebody).status == 303, 'sign-ins at the first provider')
    second.start()
    first.follow(second, 1)


def test_one_that_was_killed_passes_on_what_it_took(start, providers, somebody, mirrored):
    """A change that nobody else had heard of, and no write after it."""
    first, second = providers
    _, form = start()
    second.kill()
    mirrored.people.slapd.connect_as('gatehouse').modify_s(
        mirrored.people.dn('public', somebody),
        [(ldap.MOD_REPLACE, 'userPassword', [OTHER.encode()])])
    first.kill()

    second.start()
    first.start()
    wait_until(lambda: mirrored.slapd.is_in_sync(mirrored.mirror), 'both know the same')
    second.connect(mirrored.people.dn('public', somebody), OTHER)
    wait_until(lambda: form.sign_in(somebody, OTHER).status == 303, 'a sign-in')


# Who is asked what.

def test_all_go_to_the_first_in_order(start, proxies, crowd):
    first, second = proxies
    _, form = start([first.uri, second.uri])

    answers = sign_in_all(form, [(name,) for name in crowd[:20]])

    assert {answer.status for answer in answers} == {303}
    assert len(people(first)) == 20
    assert second.requests() == []


def test_public_search_takes_turns_and_nothing_else_does(start, proxies, providers, crowd):
    first, second = proxies
    gateway, form = start([providers[0].ldapi_uri], read_uri=uri_list(first.uri, second.uri))

    assert [form.sign_in(name).status for name in crowd[:4]] == [303] * 4
    assert (people(first), people(second)) == ([], [])
    browser = Browser(gateway.url)
    searches = (SEARCH_REQUEST, f'ou=contractors,{providers[0].base}')

    def counts():
        return [proxy.requests(SEARCH_REQUEST).count(searches) for proxy in proxies]

    # Whoever comes while a connection is being opened is sent where there is one.
    wait_until(lambda: browser.get(SEARCH).status_code == 200 and min(counts()) > 0,
               'connections to both')
    first.forget()
    second.forget()
    for _ in range(6):
        assert 'Orchard' in browser.get(SEARCH).text

    assert counts() == [3, 3]


def test_public_search_goes_on_when_its_servers_are_gone(start, proxies, providers):
    first, second = proxies
    gateway, _ = start([providers[0].ldapi_uri], read_uri=uri_list(first.uri, second.uri))
    browser = Browser(gateway.url)
    assert 'Orchard' in browser.get(SEARCH).text

    first.refuse()
    assert [browser.get(SEARCH).status_code for _ in range(4)] == [200] * 4
    second.refuse()
    assert [browser.get(SEARCH).status_code for _ in range(4)] == [200] * 4
    assert 'Orchard' in browser.get(SEARCH).text


def test_binds_and_writes_go_to_write_uri(start, proxies, somebody):
    reader, writer = proxies
    gateway, _ = start([reader.uri], write_uri=uri_list(writer.uri))

    browser = signed_in(gateway.url, somebody, PASSWORD)
    change_password(browser)

    assert browser.get(SEARCH).status_code == 200
    assert people(reader) == []
    assert people(writer) != []
    assert len(reader.requests(SEARCH_REQUEST)) == 1


def change_password(browser):
    answer = browser.post(CHANGE, {
        'csrf': browser.csrf(CHANGE), 'current_password': PASSWORD, 'password': OTHER,
        'password_confirm': OTHER})
    assert (answer.status_code, answer.headers.get('Location')) == (
        303, '/account/dashboard?notice=password')


@pytest.mark.parametrize('has_referral', [True, False], ids=['referral', 'unwilling'])
def test_write_refused_by_a_consumer_goes_to_a_provider(start, providers, somebody,
                                                        has_referral):
    """The second provider becomes a consumer, which stands first in the list."""
    provider, consumer = providers
    root = consumer.connect_as_root()
    (database, _), = root.search_s('cn=config', ldap.SCOPE_ONELEVEL,
                                   f'(olcSuffix={consumer.base})', ['1.1'])
    root.modify_s(database, [(ldap.MOD_REPLACE, 'olcMultiProvider', [b'FALSE'])])
    if has_referral:
        root.modify_s(database, [(ldap.MOD_ADD, 'olcUpdateRef', [provider.ldap_uri.encode()])])
    try:
        gateway, form = start([consumer.ldapi_uri, provider.ldapi_uri])
        log = Log(gateway, since_start=True)

        change_password(signed_in(gateway.url, somebody, PASSWORD))

        # Where writes go binds go: nobody waits for replication.
        assert form.sign_in(somebody, OTHER).status == 303
        assert form.sign_in(somebody).status == 422
        told = [text for _, text in log.lines('warn') if 'takes no writes' in text]
        assert len(told) == 1
        assert 'name the providers in directory.write_uri' in told[0]
    finally:
        root = consumer.connect_as_root()
        if has_referral:
            root.modify_s(database, [(ldap.MOD_DELETE, 'olcUpdateRef', None)])
        root.modify_s(database, [(ldap.MOD_REPLACE, 'olcMultiProvider', [b'TRUE'])])


# Ways that are cut.

def test_connections_that_rest_are_dropped_without_a_word(start, proxies, crowd):
    """As by a firewall that forgot them: nobody fails, and nobody waits for a deadline."""
    first, second = proxies
    gateway, form = start([first.uri, second.uri], timeout=20000, patience=500)
    log = Log(gateway)
    assert {answer.status for answer in sign_in_all(form, [(name,) for name in crowd[:8]])
            } == {303}

    for _ in range(3):
        first.forget_connections()
        answers = sign_in_all(form, [(name,) for name in crowd[:20]])
        assert {answer.status for answer in answers} == {303}
        assert max(answer.seconds for answer in answers) < 20 / 2

    # Only the connections were dead: the server never was.
    assert people(second) == []
    assert log.lines('error', *GRAVE) == []


def test_connections_that_rest_are_looked_after(start, proxies):
    """A cut that nobody has run into yet is found and mended."""
    first, second = proxies
    gateway, form = start([first.uri, second.uri])
    log = Log(gateway)
    assert form.sign_in('crowd.00').status == 303

    wait_until(lambda: (SEARCH_REQUEST, NOWHERE) in first.requests(), 'a look at one that rests')
    first.forget_connections()
    wait_until(lambda: log.has('is silent: new connections'), 'the cut being noticed')

    first.forget()
    assert form.sign_in('crowd.00').status == 303
    assert log.lines('error', *GRAVE) == []


def test_server_that_hangs_costs_nobody_a_sign_in(start, proxies, crowd):
    first, second = proxies
    _, form = start([first.uri, second.uri], timeout=20000, connect_timeout=500, patience=300)
    assert form.sign_in('crowd.00').status == 303

    first.is_deaf = True

    answers = sign_in_all(form, [(name,) for name in crowd[:20]])
    assert {answer.status for answer in answers} == {303}
    assert len(people(second)) >= 20


# Names.

@pytest.fixture(name='names')
def fixture_names():
    server = NameServer('127.0.0.1')
    yield server
    server.close()


def test_name_that_leads_elsewhere(make_gateway, mirrored, providers, crowd, names):
    """The resolver's answer is good for a second; nobody reloads nginx."""
    old = Proxy(providers[0].ldap_port.number, providers[0].dn('gatehouse'))
    new = Proxy(providers[0].ldap_port.number, providers[0].dn('gatehouse'),
                address='127.0.0.2', port=old.port)
    try:
        gateway = make_gateway(
            stack=mirrored, uris=[f'ldap://localhost:{old.port.number}'],
            edit_config=with_settings(), edit_nginx=lambda text: text.replace(
                'http {\n', f'http {{\n    resolver {names.place} ipv6=off;\n', 1))
        gateway.start()
        form = Form(gateway.url)
        assert form.sign_in(crowd[0]).status == 303
        assert len(people(old)) == 1

        names.address = '127.0.0.2'
        wait_until(lambda: form.sign_in(crowd[0]).status == 303 and people(new),
                   'the new address')

        asked = len(people(old))
        assert [form.sign_in(name).status for name in crowd[:3]] == [303] * 3
        assert len(people(old)) == asked

        # In clear no password leaves this machine, whatever the name server says.
        names.address = '192.0.2.1'
        log = Log(gateway)
        wait_until(lambda: log.has('passwords would cross the network in clear'), 'a refusal')
        assert form.sign_in(crowd[0]).status == 303
    finally:
        old.close()
        new.close()


# All are down.

def test_all_down_is_told_at_once(start, proxies):
    _, form = start([proxy.uri for proxy in proxies], timeout=20000, connect_timeout=10000)
    assert form.sign_in('crowd.00').status == 303
    for proxy in proxies:
        proxy.refuse()
    assert is_page_of_outage(form.sign_in('crowd.00'))

    answers = [form.sign_in('crowd.00') for _ in range(10)]

    assert all(is_page_of_outage(answer) for answer in answers)
    assert max(answer.seconds for answer in answers) < SLACK
    proxies[1].accept()
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'sign-ins after the outage')


def test_all_hang_is_told_at_once(start, proxies):
    """Nobody waits for the deadline of a server that is known to hang."""
    _, form = start([proxy.uri for proxy in proxies], timeout=20000, connect_timeout=500,
                    patience=100)
    assert form.sign_in('crowd.00').status == 303
    for proxy in proxies:
        proxy.is_deaf = True
    begin = time.monotonic()
    assert is_page_of_outage(form.sign_in('crowd.00'))
    assert time.monotonic() - begin < 20 + SLACK

    answers = [form.sign_in('crowd.00') for _ in range(10)]

    assert all(is_page_of_outage(answer) for answer in answers)
    assert max(answer.seconds for answer in answers) < SLACK
