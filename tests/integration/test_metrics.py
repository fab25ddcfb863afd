"""gatehouse_metrics: what all workers count, in the text format that Prometheus reads."""

import base64
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from reading import HISTOGRAM, Reading
from stack.process import wait_until
from stories import send_form
from strain import GRAVE, PASSWORD, WRONG, Form, Log, leave, left, with_settings, workers_settle
from web import MARIA, PREFIX, Browser, send, signed_in

LOCATIONS = """\
location = /metrics { gatehouse_metrics; }
location = /metrics-denied { deny all; gatehouse_metrics; }
location /api/ { gatehouse_access any; gatehouse_basic on; proxy_pass @UPSTREAM@; }
"""


@pytest.fixture
def start(make_gateway, shaken, crowd, proxy, upstream):
    """A function that starts a gateway behind `proxy` and signs one person in."""
    def make(workers=1, **settings):
        gateway = make_gateway(stack=shaken, uris=[proxy.uri], workers=workers,
                               server=LOCATIONS.replace('@UPSTREAM@', upstream.url),
                               edit_config=with_settings(**settings))
        gateway.start()
        form = Form(gateway.url)
        # A short deadline may be missed on a busy machine.
        wait_until(lambda: form.sign_in('crowd.00').status == 303, 'a first sign-in')
        return gateway, form
    return make


def call(gateway, username, password):
    pair = base64.b64encode(f'{username}:{password}'.encode()).decode()
    return send(gateway.url, 'GET', '/api/', [('Host', 'city.example'),
                                              ('Authorization', f'Basic {pair}')]).status


def comes_to(gateway, value, name, **labels):
    """Waits until a metric has that value."""
    wait_until(lambda: Reading(gateway.url)(name, **labels) == value, f'{name} {labels} {value}')


# The format.

def test_format_of_a_gateway_that_has_done_nothing(make_gateway):
    gateway = make_gateway(server='location = /metrics { gatehouse_metrics; }', workers=2)
    gateway.start()
    reading = Reading(gateway.url)

    assert reading('gatehouse_signins_total', via='form', verdict='signed-in') == 0
    assert reading('gatehouse_signins_total', via='basic', verdict='wrong-password') == 0
    assert reading('gatehouse_directory_operations_total', operation='add',
                   outcome='answered') == 0
    comes_to(gateway, 2, 'gatehouse_workers')


def test_who_may_read(portal, make_gateway, upstream):
    gateway = make_gateway(server=LOCATIONS.replace('@UPSTREAM@', upstream.url))
    gateway.start()

    host = [('Host', 'city.example')]
    assert send(gateway.url, 'GET', '/metrics-denied', host).status == 403
    assert send(gateway.url, 'POST', '/metrics', host).status == 405
    head = send(gateway.url, 'HEAD', '/metrics', host)
    assert (head.status, head.body) == (200, b'')
    assert send(portal.url, 'GET', PREFIX + '/metrics', host).status == 404


def test_a_location_that_is_another_ones(make_gateway):
    gateway = make_gateway(server='location /account/m/ { proxy_pass http://127.0.0.1:1; '
                                  'gatehouse_metrics; }')

    done = gateway.run('-t')
    assert done.returncode == 1
    assert 'is in a location that something else answers already' in done.stderr


def test_nobody_is_named(start):
    gateway, form = start()
    assert form.sign_in('crowd.01', WRONG).status == 422
    assert call(gateway, 'crowd.02', PASSWORD) == 200

    assert 'crowd' not in Reading(gateway.url).text


def test_a_server_name_with_a_quotation_mark(make_gateway, portal, tmp_path):
    odd = tmp_path / 'so"called'
    odd.symlink_to(portal.slapd.folder)
    uri = portal.slapd.ldapi_uri.replace(
        str(portal.slapd.folder).replace('/', '%2F'), str(odd).replace('/', '%2F'))
    gateway = make_gateway(server='location = /metrics { gatehouse_metrics; }',
                           edit_config=lambda text: text.replace(
                               f'"{portal.slapd.ldapi_uri}"', f"'{uri}'"))
    gateway.start()
    signed_in(gateway.url, *MARIA)

    assert Reading(gateway.url)(f'{HISTOGRAM}_count', server=uri, operation='bind') == 1


# What is counted.

def test_signins(start):
    gateway, form = start()
    for name, password, status in (('crowd.01', PASSWORD, 303), ('crowd.01', WRONG, 422),
                                   ('crowd.02', WRONG, 422), ('no.such.person', WRONG, 422)):
        assert form.sign_in(name, password).status == status
    assert [call(gateway, 'crowd.03', PASSWORD) for _ in range(3)] == [200] * 3
    assert call(gateway, 'crowd.03', WRONG) == 401
    reading = Reading(gateway.url)

    def signins(via, verdict):
        return reading('gatehouse_signins_total', via=via, verdict=verdict)

    assert [signins('form', verdict) for verdict in (
        'signed-in', 'wrong-password', 'unknown', 'locked')] == [2, 2, 1, 0]
    assert [signins('basic', verdict) for verdict in ('signed-in', 'wrong-password')] == [1, 1]
    assert [reading('gatehouse_credentials_checked_total', result=result)
            for result in ('at-hand', 'found', 'asked')] == [2, 0, 2]


def test_operations_of_a_server(start, proxy):
    gateway, form = start()
    before = Reading(gateway.url)
    proxy.delay = 0.03
    assert form.sign_in('crowd.01').status == 303
    assert form.sign_in('crowd.01', WRONG).status == 422
    proxy.delay = 0
    reading = Reading(gateway.url)

    def grown(name, **labels):
        return reading(name, **labels) - before(name, **labels)

    # A good sign-in is a search and a bind, a bad one has a bind more.
    assert [grown('gatehouse_directory_operations_total', operation=operation,
                  outcome='answered') for operation in ('search', 'bind')] == [2, 3]
    bind = {'server': proxy.uri, 'operation': 'bind'}
    assert grown(f'{HISTOGRAM}_count', **bind) == 3
    assert grown(f'{HISTOGRAM}_bucket', **bind, le='+Inf') == 3
    # The proxy held each back.
    assert grown(f'{HISTOGRAM}_bucket', **bind, le='0.025') == 0
    assert grown(f'{HISTOGRAM}_sum', **bind) >= 3 * 0.03
    assert reading('gatehouse_directory_connections', lane='service') == 1
    assert reading('gatehouse_directory_connections', lane='bind') >= 1
    assert reading('gatehouse_directory_connections_opened_total', server=proxy.uri) == (
        len(proxy.connections))


def test_histograms_are_cumulative(start):
    gateway, form = start()
    for number in range(5):
        assert form.sign_in(f'crowd.0{number}').status == 303
    reading = Reading(gateway.url)

    series = {}
    for (name, labels), value in reading.values.items():
        if name == f'{HISTOGRAM}_bucket':
            labels = dict(labels)
            bound = float(labels.pop('le'))
            series.setdefault(frozenset(labels.items()), []).append((bound, value))
    # Six kinds of operations for one server.
    assert len(series) == 6
    for labels, buckets in series.items():
        bounds, counts = zip(*buckets)
        assert bounds == (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
                          float('inf'))
        assert list(counts) == sorted(counts)
        assert counts[-1] == reading.values[f'{HISTOGRAM}_count', labels]


def test_sessions_that_were_checked(start):
    gateway, _ = start()
    browser = signed_in(gateway.url, 'crowd.01', PASSWORD)
    before = Reading(gateway.url)
    for _ in range(5):
        assert browser.get('/api/').status_code == 200
    browser.set_cookie('not a session')
    assert browser.get('/api/').status_code == 302
    browser.session.cookies.clear()
    assert browser.get('/api/').status_code == 302
    reading = Reading(gateway.url)

    grown = [reading('gatehouse_sessions_checked_total', result=result)
             - before('gatehouse_sessions_checked_total', result=result)
             for result in ('good', 'refused')]
    assert grown == [5, 1]


def test_throttled(make_gateway, person, upstream):
    gateway = make_gateway(
        server=LOCATIONS.replace('@UPSTREAM@', upstream.url), is_throttled=True,
        edit_config=lambda text: text + '\nthrottle {\n    free_attempts = 1\n'
                                        '    base_delay = 600\n    max_delay = 600\n}\n')
    gateway.start()
    for status in (422, 422, 429):
        assert Browser(gateway.url).sign_in(person, WRONG).status_code == status
    assert [call(gateway, person, WRONG) for _ in range(2)] == [429] * 2
    reading = Reading(gateway.url)

    assert reading('gatehouse_throttled_total', via='form') == 1
    assert reading('gatehouse_throttled_total', via='basic') == 2
    assert reading('gatehouse_zone_records', kind='refusal') == 2


def test_zone(start):
    gateway, _ = start()
    browser = signed_in(gateway.url, 'crowd.01', PASSWORD)
    assert call(gateway, 'crowd.02', PASSWORD) == 200
    assert browser.sign_out().status_code == 303
    reading = Reading(gateway.url)

    assert reading('gatehouse_zone_records', kind='revocation') >= 1
    assert reading('gatehouse_zone_records', kind='credential') == 1
    assert 0 < reading('gatehouse_zone_free_bytes') < 16 * 1024 * 1024


def test_mails(make_gateway, portal, person):
    gateway = make_gateway(server='location = /metrics { gatehouse_metrics; }')
    gateway.start()
    browser = Browser(gateway.url)
    answer = send_form(browser, PREFIX + '/forgot', {'realm': 'public', 'username': person})
    assert answer.status_code == 200

    comes_to(gateway, 1, 'gatehouse_mails_total', outcome='sent')
    comes_to(gateway, 0, 'gatehouse_mails_waiting')
    assert portal.mailsink.mails.is_dir()


def test_marks(make_gateway):
    gateway = make_gateway(server='location = /metrics { gatehouse_metrics; }')
    gateway.start()
    name = 'gatehouse_marks_last_look_timestamp_seconds'

    wait_until(lambda: time.time() - 5 <= Reading(gateway.url)(name) <= time.time() + 1,
               'a look at the marks')


# Trouble.

def test_directory_down_and_back(start, proxy):
    gateway, form = start()
    proxy.refuse()
    assert [form.sign_in('crowd.01').status for _ in range(3)] == [503] * 3
    reading = Reading(gateway.url)

    assert reading('gatehouse_signins_total', via='form', verdict='unavailable') == 3
    assert reading('gatehouse_directory_server_down_workers', server=proxy.uri) == 1
    # There is no other to go to.
    assert reading('gatehouse_directory_failovers_total', server=proxy.uri) == 0
    assert reading('gatehouse_directory_connections_lost_total', server=proxy.uri) >= 1
    assert reading('gatehouse_directory_operations_total', operation='search',
                   outcome='unreachable') == 3
    # What was answered stays so.
    assert reading('gatehouse_signins_total', via='form', verdict='signed-in') == 1

    proxy.accept()
    wait_until(lambda: form.sign_in('crowd.01').status == 303, 'a way in')
    comes_to(gateway, 0, 'gatehouse_directory_server_down_workers', server=proxy.uri)
    assert Reading(gateway.url)('gatehouse_directory_failovers_total', server=proxy.uri) == 0


def test_directory_slow(start, proxy):
    gateway, form = start(bind_connections=1, queue=2, timeout=20000)
    proxy.hold()
    with ThreadPoolExecutor(3) as executor:
        futures = [executor.submit(form.sign_in, f'crowd.0{number}') for number in (1, 2, 3)]
        # One bind is under way, two stand in line; searches go side by side.
        comes_to(gateway, 2, 'gatehouse_directory_queue_operations', lane='bind')
        comes_to(gateway, 0, 'gatehouse_directory_queue_operations', lane='service')
        comes_to(gateway, 6, 'gatehouse_directory_operations')
        # The line is full.
        assert form.sign_in('crowd.04').status == 503
        assert Reading(gateway.url)('gatehouse_directory_operations_total', operation='bind',
                                    outcome='overloaded') == 1
        proxy.release()
        assert [future.result().status for future in futures] == [303] * 3

    comes_to(gateway, 0, 'gatehouse_directory_queue_operations', lane='bind')
    comes_to(gateway, 0, 'gatehouse_directory_operations')


def test_directory_silent(start, proxy):
    gateway, form = start(timeout=1000, connect_timeout=900)
    proxy.hold()
    assert form.sign_in('crowd.01').status == 503

    assert Reading(gateway.url)('gatehouse_directory_operations_total', operation='bind',
                                outcome='timeout') >= 1
    proxy.release()


def test_clients_that_leave(start, proxy):
    gateway, form = start(bind_connections=1, queue=4, timeout=20000)
    proxy.hold()
    leave(form, [f'crowd.0{number}' for number in range(1, 5)], lambda: proxy.results() == 5)
    wait_until(lambda: left(gateway) == 4, 'nginx to notice')

    comes_to(gateway, 0, 'gatehouse_directory_queue_operations', lane='bind')
    proxy.release()
    comes_to(gateway, 0, 'gatehouse_directory_operations')


# Over a reload, and the end of a worker.

def test_a_reload_keeps_what_was_counted(start):
    gateway, form = start(workers=2)
    browser = signed_in(gateway.url, 'crowd.01', PASSWORD)
    for _ in range(20):
        assert browser.copy().get('/api/').status_code == 200
    assert form.sign_in('crowd.01', WRONG).status == 422
    before = Reading(gateway.url)
    gateway.reload()
    workers_settle(gateway, 2)
    reading = Reading(gateway.url)

    assert all(reading.values[key] >= value for key, value in before.counters().items())
    assert reading('gatehouse_sessions_checked_total', result='good') == (
        before('gatehouse_sessions_checked_total', result='good'))
    comes_to(gateway, 2, 'gatehouse_workers')
    assert form.sign_in('crowd.02').status == 303
    assert Reading(gateway.url)('gatehouse_signins_total', via='form', verdict='signed-in') == 3


def test_another_list_of_servers(start, proxy, shaken):
    gateway, form = start()
    gateway.gatehouse_conf.write_text(gateway.gatehouse_conf.read_text().replace(
        f'"{proxy.uri}"', f'"{shaken.slapd.ldapi_uri}"'))
    gateway.reload()
    workers_settle(gateway, 1)
    assert form.sign_in('crowd.01').status == 303
    reading = Reading(gateway.url)

    for uri in (proxy.uri, shaken.slapd.ldapi_uri):
        assert reading(f'{HISTOGRAM}_count', server=uri, operation='bind') == 1


def test_a_worker_that_dies(start):
    gateway, form = start()
    browser = signed_in(gateway.url, 'crowd.01', PASSWORD)
    for _ in range(5):
        assert browser.get('/api/').status_code == 200
    before = Reading(gateway.url)
    pid, = gateway.worker_pids()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: gateway.worker_pids() not in ([], [pid]) and gateway.is_up(),
               'another worker')
    reading = Reading(gateway.url)

    assert all(reading.values[key] >= value for key, value in before.counters().items())
    # Its connections went with it; the new one has asked for ended sessions, if anything.
    assert before('gatehouse_directory_connections', lane='bind') == 1
    assert reading('gatehouse_directory_connections', lane='bind') == 0
    assert reading('gatehouse_workers') == 1
    assert form.sign_in('crowd.02').status == 303
    assert Log(gateway, since_start=True).lines(*set(GRAVE) - {'alert'}) == []
