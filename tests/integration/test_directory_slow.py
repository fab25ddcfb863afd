"""The directory slow or silent: round trips, deadlines, the line, and who does not wait."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import ldap
import pytest

from stack.ber import BIND_REQUEST, SEARCH_REQUEST
from stack.people import generalized_time
from stack.process import wait_until
from strain import (PASSWORD, WRONG, Form, descriptors, has_cookie, is_page_of_outage, leave,
                    left, sign_in_all, with_settings)
from web import MARIA, send, signed_in

# What a busy machine may add to a deadline, s.
# s that a busy machine may add: this tells a hang from an answer, and measures nothing.
SLACK = 10

# Of the proxy's answers, s.
DELAY = 0.2


@pytest.fixture
def start(make_gateway, shaken, crowd, proxy):
    """A function that starts a gateway behind `proxy`, its connections up.

    It never takes a held answer for a connection that is dead.
    """
    def make(**settings):
        settings = {'patience': 60000} | settings
        gateway = make_gateway(stack=shaken, uris=[proxy.uri], workers=1,
                               edit_config=with_settings(**settings))
        gateway.start()
        form = Form(gateway.url)
        assert form.sign_in('crowd.00').status == 303
        proxy.forget()
        return gateway, form
    return make


@pytest.fixture
def waiting():
    """A function that starts sign-ins and returns what they will come to."""
    with ThreadPoolExecutor(100) as executor:
        def make(form, names):
            return [executor.submit(form.sign_in, name) for name in names]
        yield make


def dn(shaken, uid):
    return shaken.people.dn('public', uid)


# One round trip.

def test_search_and_bind_go_out_together(start, shaken, proxy, waiting):
    _, form = start()
    person = dn(shaken, 'crowd.01')
    proxy.hold()

    future, = waiting(form, ['crowd.01'])
    wait_until(lambda: proxy.results() == 2, 'two answers held back')

    assert sorted(proxy.requests()) == [(BIND_REQUEST, person), (SEARCH_REQUEST, person)]
    assert not future.done()
    proxy.release()
    assert future.result().status == 303
    assert len(proxy.requests()) == 2


# Every refusal is two binds and one hash.

def set_state(shaken, uid, **values):
    shaken.slapd.connect_as_admin().modify_s(
        dn(shaken, uid), [(ldap.MOD_REPLACE, name, [value.encode()])
                          for name, value in values.items()])


def wrong_password(shaken, uid):
    """Hashed: followed by a bind that is not."""
    return WRONG, f'cn=nobody,{shaken.slapd.dn("decoy")}'


def locked(shaken, uid):
    set_state(shaken, uid, pwdAccountLockedTime='000001010000Z')
    return PASSWORD, shaken.slapd.dn('decoy')


def disabled(shaken, uid):
    set_state(shaken, uid, gatehouseDisabled='TRUE',
              pwdEndTime=generalized_time(time.time() - 60))
    return PASSWORD, shaken.slapd.dn('decoy')


def ended(shaken, uid):
    set_state(shaken, uid, pwdEndTime=generalized_time(time.time() - 60))
    return PASSWORD, shaken.slapd.dn('decoy')


@pytest.mark.parametrize('prepare', [wrong_password, locked, disabled, ended])
def test_refusal_of_a_person(start, shaken, proxy, unique, prepare):
    _, form = start()
    uid = f'refused.{unique()}'
    shaken.people.add_public(uid, 'Re', 'Fused', f'{uid}@example.org', PASSWORD)
    password, second = prepare(shaken, uid)

    assert form.sign_in(uid, password).status == 422

    assert proxy.requests(BIND_REQUEST) == [(BIND_REQUEST, dn(shaken, uid)),
                                            (BIND_REQUEST, second)]


def test_refusal_of_nobody(start, shaken, proxy):
    _, form = start()

    assert form.sign_in('no.such.person').status == 422

    assert proxy.requests(BIND_REQUEST) == [(BIND_REQUEST, dn(shaken, 'no.such.person')),
                                            (BIND_REQUEST, shaken.slapd.dn('decoy'))]


def test_refusal_of_who_has_no_password(start, shaken, proxy):
    _, form = start()

    assert form.sign_in('765432', realm='contractor').status == 422

    assert proxy.requests(BIND_REQUEST) == [
        (BIND_REQUEST, shaken.people.dn('contractor', '765432')),
        (BIND_REQUEST, shaken.slapd.dn('decoy'))]


def test_refusal_of_what_can_be_no_name(start, shaken, proxy):
    _, form = start()

    assert form.sign_in('*)(uid=*').status == 422

    assert proxy.requests() == [
        (BIND_REQUEST, f'cn=nobody,{shaken.slapd.dn("decoy")}'),
        (BIND_REQUEST, shaken.slapd.dn('decoy'))]


# The worker does not wait.

def static_times(url, cookie, count=200):
    """How long so many requests for a file took, one after another, s."""
    times = []
    for _ in range(count):
        begin = time.monotonic()
        answer = send(url, 'GET', '/static/page.txt',
                      [('Host', 'localhost'), ('Cookie', f'gatehouse={cookie}')])
        times.append(time.monotonic() - begin)
        assert answer.status == 200
    return times


def test_static_files_while_sign_ins_wait(start, proxy, crowd, waiting, capsys):
    gateway, form = start(bind_connections=64, timeout=20000)
    cookie = signed_in(gateway.url, *MARIA).cookie()
    alone = static_times(gateway.url, cookie)

    # Nothing comes back while the files are asked for, and then only after the delay.
    proxy.delay = DELAY
    proxy.hold()
    futures = waiting(form, (crowd * 2)[:64])
    wait_until(lambda: proxy.results() == 128, '64 sign-ins under way')
    beside = static_times(gateway.url, cookie)
    assert not any(future.done() for future in futures)
    proxy.release()

    assert [future.result().status for future in futures] == [303] * 64
    ratio = statistics.median(beside) / statistics.median(alone)
    with capsys.disabled():
        print(f'\nstatic requests while 64 sign-ins wait: median'
              f' {statistics.median(alone) * 1e3:.2f} -> {statistics.median(beside) * 1e3:.2f} ms,'
              f' ratio {ratio:.2f}')


def test_good_cookie_asks_no_directory(start, proxy):
    gateway, form = start()
    maria = signed_in(gateway.url, *MARIA)
    proxy.forget()
    proxy.refuse()

    for path in ('/account/dashboard', '/dashboard/', '/static/page.txt', '/', '/account/check'):
        assert maria.get(path).status_code == 200
    assert signed_out(maria)

    assert proxy.journal == []


def signed_out(browser):
    return browser.sign_out().status_code == 303 and browser.get('/dashboard/').status_code == 302


# Deadlines.

def test_no_answer_by_the_deadline(start, proxy):
    _, form = start(timeout=1000, connect_timeout=500)
    proxy.is_deaf = True

    answer = form.sign_in('crowd.01')

    assert is_page_of_outage(answer)
    assert answer.seconds < 1 + SLACK
    proxy.is_deaf = False
    proxy.cut()
    wait_until(lambda: form.sign_in('crowd.01').status == 303, 'sign-ins after the outage')


def test_no_answer_to_the_bind_alone(start, proxy):
    _, form = start(timeout=1000, connect_timeout=500)
    proxy.is_deaf_to = BIND_REQUEST

    answer = form.sign_in('crowd.01')

    assert is_page_of_outage(answer)
    assert not has_cookie(answer)
    assert answer.seconds < 1 + SLACK
    proxy.is_deaf_to = None
    wait_until(lambda: form.sign_in('crowd.01').status == 303, 'sign-ins after the outage')


def test_answer_after_the_deadline(start, proxy):
    _, form = start(timeout=1000, connect_timeout=500)
    proxy.hold()
    assert is_page_of_outage(form.sign_in('crowd.01'))

    proxy.release()

    assert form.sign_in('crowd.02', WRONG).status == 422
    assert form.sign_in('crowd.01').status == 303


# The line.

def test_line_is_bounded(start, proxy, crowd, waiting):
    _, form = start(bind_connections=1, queue=2, timeout=20000)
    proxy.hold()

    futures = waiting(form, crowd[:20])
    wait_until(lambda: sum(future.done() for future in futures) == 17, 'the surplus')
    turned_away = [future.result() for future in futures if future.done()]

    assert all(is_page_of_outage(answer) for answer in turned_away)
    assert len(proxy.requests(BIND_REQUEST)) == 1
    proxy.release()
    assert sorted(future.result().status for future in futures) == [303] * 3 + [503] * 17


def test_line_moves_on(start, crowd, proxy):
    _, form = start(bind_connections=1, timeout=30000)

    answers = sign_in_all(form, [(name, PASSWORD) for name in crowd])

    assert [answer.status for answer in answers] == [303] * len(crowd)
    # One to sign in with, one for the gateway itself.
    assert len(proxy.connections) == 2


# Clients that leave.

def test_client_leaves(start, proxy, crowd, waiting):
    gateway, form = start(bind_connections=1, queue=4, timeout=20000)
    proxy.hold()
    # One is bound, four stand in line.
    leave(form, crowd[:5], lambda: proxy.results() == 6)
    wait_until(lambda: left(gateway) == 5, 'nginx to notice')

    # The line is free again, the bind of who has left is still under way.
    futures = waiting(form, crowd[5:9])
    wait_until(lambda: proxy.results() == 10, 'searches of those who came later')
    assert not any(future.done() for future in futures)
    proxy.release()

    assert [future.result().status for future in futures] == [303] * 4
    # Nobody was bound who did not wait for it, but for the first.
    bound = [person for _, person in proxy.requests(BIND_REQUEST)]
    assert sorted(bound[1:]) == [f'uid={name},ou=public,dc=city,dc=example'
                                 for name in crowd[5:9]]


def test_clients_that_leave_cost_nothing(start, proxy, crowd):
    gateway, form = start(bind_connections=2, timeout=20000)
    pid, = gateway.worker_pids()
    open_files = []
    for number in range(1, 11):
        proxy.hold()
        leave(form, crowd[:10], lambda: proxy.results() == 12)
        wait_until(lambda: left(gateway) == 10 * number, 'nginx to notice')
        proxy.release()
        assert form.sign_in('crowd.00').status == 303
        open_files.append(descriptors(pid))

    # The gateway's own connection and two to bind on, all the time.
    assert len(proxy.connections) == 3
    assert max(open_files) <= open_files[0] + 1


def test_client_leaves_before_its_refusal(start, proxy):
    gateway, form = start()
    binds = len(proxy.requests(BIND_REQUEST))
    leave(form, ['no.such.person'],
          lambda: len(proxy.requests(BIND_REQUEST)) == binds + 2)
    wait_until(lambda: left(gateway) == 1, 'nginx to notice')

    assert form.sign_in('crowd.00').status == 303
