"""gatehouse_basic: programs that send user name and password with each request."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import ldap
import pytest
from ldap.modlist import addModlist

from reading import Reading
from stack.ber import BIND_REQUEST
from stack.people import attributes, generalized_time
from stack.process import wait_until
from stories import OTHER, send_form
from strain import GRAVE, PASSWORD, WRONG, Log, hang_up, left, with_settings
from web import (MARIA, ORCHARD, PREFIX, Browser, Gateway, identity, received, replace, send,
                 signed_in)

CHALLENGE = 'Basic realm="City of Almond Grove", charset="UTF-8"'

# What is believed for how long, s; longer than a test takes.
LONG = 600

LOCATIONS = """\
location /dav/          { gatehouse_access any; gatehouse_basic on; proxy_pass @UPSTREAM@; }
location /dav-public/   { gatehouse_access public; gatehouse_basic on; proxy_pass @UPSTREAM@; }
location /dav-trade/    { gatehouse_access contractor; gatehouse_basic on;
                          proxy_pass @UPSTREAM@; }
location /dav-both/     { gatehouse_access contractor public; gatehouse_basic on;
                          proxy_pass @UPSTREAM@; }
location /dav-optional/ { gatehouse_access optional; gatehouse_basic on;
                          proxy_pass @UPSTREAM@; }
location /dav-off/      { gatehouse_access off; gatehouse_basic on; proxy_pass @UPSTREAM@; }
location /page/         { gatehouse_access any; proxy_pass @UPSTREAM@; }
location /dav-variables/ {
    gatehouse_access any;
    gatehouse_basic on;
    add_header X-User $gatehouse_user;
    add_header X-Session "[$gatehouse_session]";
    proxy_set_header X-Remote-User "[$remote_user]";
    proxy_set_header X-Authorization "[$http_authorization]";
    proxy_pass @UPSTREAM@;
}

# Beside nginx's own access control.
location /dav-denied/  { deny all; gatehouse_access any; gatehouse_basic on;
                         proxy_pass @UPSTREAM@; }
location /dav-either/  { satisfy any; allow 127.0.0.1; deny all; gatehouse_access any;
                         gatehouse_basic on; proxy_pass @UPSTREAM@; }
location /dav-neither/ { satisfy any; deny all; gatehouse_access any; gatehouse_basic on;
                         proxy_pass @UPSTREAM@; }

# Internal redirects.
location /dav-then-dav/   { gatehouse_access any; gatehouse_basic on;
                            proxy_intercept_errors on; error_page 404 = /dav-both/instead;
                            proxy_pass @UPSTREAM@; }
location /dav-then-trade/ { gatehouse_access any; gatehouse_basic on;
                            proxy_intercept_errors on; error_page 404 = /dav-trade/instead;
                            proxy_pass @UPSTREAM@; }
location /dav-then-page/  { gatehouse_access any; gatehouse_basic on;
                            proxy_intercept_errors on; error_page 404 = /page/instead;
                            proxy_pass @UPSTREAM@; }
"""


def basic(username, password):
    """The header of a program that has these."""
    pair = f'{username}:{password}'.encode()
    return ('Authorization', 'Basic ' + base64.b64encode(pair).decode())


def ask(gateway, path, *headers, method='GET', body=None):
    return send(gateway.url, method, path, [('Host', 'city.example'), *headers], body)


def call(gateway, path, username, password, *headers):
    """A request of a program with these credentials."""
    return ask(gateway, path, basic(username, password), *headers)


def status(gateway, username, password, path='/dav/'):
    return call(gateway, path, username, password).status


def caching(seconds):
    """An edit of nginx.conf: how long credentials are believed."""
    return lambda text: text.replace('gatehouse_zone 16m;\n',
                                     f'gatehouse_zone 16m; gatehouse_basic_cache {seconds}s;\n')


@pytest.fixture(scope='module')
def locations(upstream):
    return replace(LOCATIONS, {'UPSTREAM': upstream.url})


@pytest.fixture(scope='module')
def files(portal, tmp_path_factory, locations):
    """A gateway of the portal's directory that takes credentials; shared."""
    gateway = Gateway(portal, tmp_path_factory.mktemp('files'), server=locations, workers=2)
    gateway.write(edit_nginx=caching(LONG))
    gateway.start()
    yield gateway
    gateway.close()


@pytest.fixture
def start(make_gateway, shaken, crowd, proxy, locations):
    """A function that starts a gateway behind `proxy`; its connections are up."""
    def make(cache=LONG, workers=1, **knobs):
        settings = knobs.pop('settings', {})
        gateway = make_gateway(stack=shaken, uris=[proxy.uri], workers=workers, server=locations,
                               edit_config=with_settings(**settings), edit_nginx=caching(cache),
                               **knobs)
        gateway.start()
        # A short deadline may be missed on a busy machine.
        wait_until(lambda: status(gateway, 'crowd.00', PASSWORD) == 200, 'a first sign-in')
        proxy.forget()
        return gateway
    return make


def bound(proxy):
    """Whom the directory was asked to bind, the gateway itself left out."""
    return [dn.partition(',')[0] for _, dn in proxy.requests(BIND_REQUEST)
            if dn != proxy.service_dn]


def entry_uuid(stack, uid):
    (_, entry), = stack.slapd.connect_as_root().search_s(
        stack.people.dn('public', uid), ldap.SCOPE_BASE, attrlist=['entryUUID'])
    return entry['entryUUID'][0].decode()


# Who gets in.

def test_public_user(portal, files):
    got = received(call(files, '/dav/', *MARIA))

    assert identity(got) == {
        'remote-user': ['maria.lopez'], 'remote-realm': ['public'],
        'remote-name': ['Maria Lopez'], 'remote-email': ['maria.lopez@example.org'],
        'remote-subject': [entry_uuid(portal, MARIA[0])]}
    assert 'authorization' not in got


def test_contractor(files):
    got = received(call(files, '/dav/', *ORCHARD))

    assert (got['remote-user'], got['remote-realm']) == (['1012345'], ['contractor'])


@pytest.mark.parametrize('typed', ['maria.lopez', 'MARIA.Lopez', ' maria.lopez ',
                                   'public/maria.lopez', 'public/Maria.Lopez'])
def test_user_name_as_people_write_it(files, typed):
    # Found by the directory, by the other workers, and at hand.
    for _ in range(4):
        assert received(call(files, '/dav/', typed, MARIA[1]))['remote-user'] == ['maria.lopez']


def test_what_is_known_already_says_the_same(files, person):
    answers = [received(call(files, '/dav/', person, MARIA[1])) for _ in range(12)]

    assert [identity(answer) for answer in answers] == [identity(answers[0])] * 12
    assert answers[0]['remote-name'] == ['Web Person']
    assert all('authorization' not in answer for answer in answers)


def test_variables(files):
    answer = call(files, '/dav-variables/', *MARIA)

    assert answer.all('X-User') == ['maria.lopez']
    # There is none that could be ended.
    assert answer.all('X-Session') == ['[]']
    got = received(answer)
    assert (got['x-remote-user'], got['x-authorization']) == (['[]'], ['[]'])


@pytest.mark.parametrize('path, username, password, wanted', [
    ('/dav-public/', *MARIA, 200),
    ('/dav-public/', *ORCHARD, 401),
    ('/dav-trade/', *MARIA, 401),
    ('/dav-trade/', *ORCHARD, 200),
    ('/dav-both/', *MARIA, 200),
    ('/dav-both/', *ORCHARD, 200),
    ('/dav-both/', 'contractor/1012345', ORCHARD[1], 200),
    ('/dav-both/', 'public/1012345', ORCHARD[1], 401),
    # A realm that the location does not have is no realm there.
    ('/dav-trade/', 'public/maria.lopez', MARIA[1], 401),
    ('/dav/', 'nowhere/maria.lopez', MARIA[1], 401),
    ('/dav/', 'public/', MARIA[1], 401),
    ('/dav/', '/maria.lopez', MARIA[1], 401),
])
def test_realms(files, path, username, password, wanted):
    assert status(files, username, password, path) == wanted


def test_a_location_says_which_realms_for_itself(files):
    """What is at hand for one list of realms is not for another."""
    for _ in range(3):
        assert status(files, *MARIA, '/dav/') == 200
        assert status(files, *MARIA, '/dav-trade/') == 401


def test_optional(files):
    assert 'remote-user' not in received(ask(files, '/dav-optional/'))
    assert received(call(files, '/dav-optional/', *MARIA))['remote-user'] == ['maria.lopez']
    assert status(files, MARIA[0], 'wrong', '/dav-optional/') == 401


@pytest.mark.parametrize('path', ['/dav-off/', '/open/'])
def test_where_they_are_not_the_gateways_business(files, path, person):
    answer = call(files, path, person, 'wrong')

    assert answer.status == 200
    if path == '/dav-off/':
        assert received(answer)['authorization'] == [basic(person, 'wrong')[1]]


def test_where_they_are_not_taken(files):
    answer = call(files, '/page/', *MARIA)

    assert (answer.status, answer.all('WWW-Authenticate')) == (401, [])


def test_body_behind_the_check(files, person):
    body = b'x' * 300_000
    answer = ask(files, '/dav/', basic(person, MARIA[1]), ('Content-Length', str(len(body))),
                 method='POST', body=body)

    assert received(answer)['content-length'] == ['300000']


# The challenge.

@pytest.mark.parametrize('method, headers, wanted', [
    ('GET', [], 401),
    ('GET', [('Accept', '*/*')], 401),
    ('HEAD', [('Accept', '*/*')], 401),
    ('PROPFIND', [('Accept', 'text/html')], 401),
    ('GET', [('Accept', 'text/html'), ('X-Requested-With', 'x')], 401),
    ('GET', [('Accept', 'text/html'), ('Authorization', 'Bearer x')], 401),
    ('GET', [('Accept', 'text/html')], 302),
    ('GET', [('Sec-Fetch-Mode', 'navigate'), ('Accept', '*/*')], 302),
])
def test_without_credentials(files, method, headers, wanted):
    answer = ask(files, '/dav/', *headers, method=method)

    assert answer.status == wanted
    assert answer.all('WWW-Authenticate') == ([CHALLENGE] if wanted == 401 else [])


def test_challenge_of_a_title_with_quotation_marks(make_gateway, locations):
    gateway = make_gateway(server=locations, edit_config=lambda text: text.replace(
        '"City of Almond Grove"', r'"The \"Grove\" \\ Växjö"'))
    gateway.start()

    challenge, = ask(gateway, '/dav/').all('WWW-Authenticate')
    assert challenge.encode('latin-1').decode() == (
        r'Basic realm="The \"Grove\" \\ Växjö", charset="UTF-8"')


# Who does not.

def is_refused(answer):
    return (answer.status == 401 and answer.all('WWW-Authenticate') == [CHALLENGE]
            and answer.all('Set-Cookie') == [] and answer.all('Location') == [])


def test_wrong_password(files, person):
    assert is_refused(call(files, '/dav/', person, 'not the password'))
    assert status(files, person, MARIA[1]) == 200
    # What is known of the right one helps no other.
    for wrong in ('not the password', MARIA[1] + 'x', MARIA[1][:-1], MARIA[1].upper(), ''):
        assert is_refused(call(files, '/dav/', person, wrong))
    assert status(files, person, MARIA[1]) == 200


def test_unknown_name(files):
    assert is_refused(call(files, '/dav/', 'nobody.at.all', MARIA[1]))
    assert is_refused(call(files, '/dav/', 'no name at all!', MARIA[1]))


def raw(value):
    return ('Authorization', value)


@pytest.mark.parametrize('header', [
    raw('Basic'), raw('Basic '), raw('Basic !!!'), raw('Basic YWI='), raw('Basic OmI='),
    raw('basic ' + 'A' * 3000),
    raw('Basic ' + base64.b64encode(b'maria.lopez:blue\0heron').decode()),
    raw('Basic ' + base64.b64encode(b'maria.lopez\0:blue heron over the pier').decode()),
    raw('Basic ' + base64.b64encode(b'maria.lopez:\xff').decode()),
    basic('maria.lopez', ''), basic('maria.lopez', 'x' * 1025), basic('x' * 400, 'x'),
])
def test_what_can_not_be_credentials(files, header):
    before = files.audit_log.read_bytes()

    assert is_refused(ask(files, '/dav/', header))
    # Nothing was tried.
    assert files.audit_log.read_bytes() == before


def test_two_headers(files):
    assert ask(files, '/dav/', basic(*MARIA), basic(*ORCHARD)).status == 400


def refuse_must_change(portal, uid):
    portal.people.give_temporary_password('public', uid, PASSWORD, time.time() + 3600)


def refuse_ended(portal, uid):
    portal.people.give_temporary_password('public', uid, PASSWORD, time.time() - 60)


def refuse_locked(portal, uid):
    set_state(portal, uid, pwdAccountLockedTime='000001010000Z')


def refuse_disabled(portal, uid):
    set_state(portal, uid, gatehouseDisabled='TRUE',
              pwdEndTime=generalized_time(time.time() - 60))


def refuse_expired(portal, uid):
    policy = f'cn=basic-{uid},ou=policies,{portal.slapd.base}'
    root = portal.slapd.connect_as_root()
    root.add_s(policy, addModlist(attributes(
        objectClass=['namedPolicy', 'pwdPolicy'], cn=f'basic-{uid}',
        pwdAttribute='userPassword', pwdMaxAge='1')))
    set_state(portal, uid, pwdPolicySubentry=policy)
    portal.slapd.connect_as('gatehouse').modify_s(
        portal.people.dn('public', uid),
        [(ldap.MOD_REPLACE, 'userPassword', [PASSWORD.encode()])])
    changed = time.time()
    wait_until(lambda: time.time() > changed + 3, 'the age of a password')


def set_state(portal, uid, **values):
    portal.slapd.connect_as_root().modify_s(
        portal.people.dn('public', uid), [(ldap.MOD_REPLACE, name, [value.encode()])
                                          for name, value in values.items()])


@pytest.mark.parametrize('state, word', [
    (refuse_must_change, 'must-change'), (refuse_ended, 'ended'), (refuse_locked, 'locked'),
    (refuse_disabled, 'disabled'), (refuse_expired, 'expired')])
def test_states_that_let_nobody_in(portal, files, unique, state, word):
    uid = f'state.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', PASSWORD)
    state(portal, uid)

    assert is_refused(call(files, '/dav/', uid, PASSWORD))
    assert json.loads(files.audit_log.read_text().splitlines()[-1])['outcome'] == word


def test_the_audit_trail(files, person):
    assert status(files, person, MARIA[1]) == 200
    assert status(files, person, MARIA[1]) == 200
    assert status(files, person, 'not the password') == 401

    told = [json.loads(line) for line in files.audit_log.read_text().splitlines()]
    assert [(line['event'], line['outcome'], line['realm']) for line in told
            if line.get('uid') == person] == [('basic', 'signed-in', 'public'),
                                              ('basic', 'wrong-password', 'public')]


def test_no_secret_in_a_log(files, person):
    assert status(files, person, MARIA[1]) == 200
    assert status(files, person, 'a distinctive wrong one') == 401

    logs = ''.join(path.read_text(errors='replace')
                   for path in (files.error_log, files.access_log, files.audit_log))
    for secret in (MARIA[1], 'a distinctive wrong one'):
        assert secret not in logs
        assert basic(person, secret)[1][6:] not in logs


# Beside a session.

def test_credentials_come_before_a_session(files, maria):
    cookie = ('Cookie', f'gatehouse={maria.cookie()}')

    assert received(call(files, '/dav/', *ORCHARD, cookie))['remote-user'] == ['1012345']
    assert is_refused(call(files, '/dav/', ORCHARD[0], 'wrong', cookie))
    got = received(ask(files, '/dav/', cookie))
    assert got['remote-user'] == ['maria.lopez']


def test_another_scheme_is_the_applications(files, maria):
    got = received(ask(files, '/dav/', ('Cookie', f'gatehouse={maria.cookie()}'),
                       ('Authorization', 'Bearer Basic')))

    assert got['remote-user'] == ['maria.lopez']
    assert got['authorization'] == ['Bearer Basic']


def test_they_begin_no_session(files):
    answer = call(files, '/dav/', *MARIA, ('Accept', 'text/html'))

    assert (answer.status, answer.all('Set-Cookie')) == (200, [])


# Beside other modules, and internal redirects.

def test_deny_comes_first(start, proxy):
    gateway = start()

    assert [status(gateway, 'crowd.01', password, '/dav-denied/')
            for password in (PASSWORD, WRONG)] == [403, 403]
    assert bound(proxy) == []


def test_satisfy_any(files, person):
    assert ask(files, '/dav-either/').status == 200
    # By its address, so nobody asked who it is; no upstream sees the password all the same.
    got = received(call(files, '/dav-either/', *MARIA))
    assert 'authorization' not in got and 'remote-user' not in got

    answer = call(files, '/dav-neither/', person, MARIA[1])
    assert received(answer)['remote-user'] == [person]
    assert answer.all('WWW-Authenticate') == []
    assert is_refused(call(files, '/dav-neither/', person, 'wrong'))
    assert is_refused(ask(files, '/dav-neither/'))


@pytest.mark.parametrize('path, target, wanted', [
    ('/dav-then-dav/missing', '/dav-both/instead', 200),
    ('/dav-then-trade/missing', None, 403),
    ('/dav-then-page/missing', None, 401),
])
def test_internal_redirect(files, path, target, wanted):
    answer = call(files, path, *MARIA)

    assert answer.status == wanted
    if wanted == 200:
        got = received(answer, target)
        assert got['remote-user'] == ['maria.lopez']
        assert 'authorization' not in got


# What is remembered.

def test_one_bind_for_many_requests(start, proxy):
    gateway = start(workers=2)

    assert [status(gateway, 'crowd.01', PASSWORD) for _ in range(40)] == [200] * 40
    assert bound(proxy) == ['uid=crowd.01']


def test_each_wrong_password_is_asked_about(start, proxy):
    gateway = start()
    assert status(gateway, 'crowd.01', PASSWORD) == 200
    proxy.forget()

    assert [status(gateway, 'crowd.01', WRONG) for _ in range(3)] == [401] * 3
    assert bound(proxy) == ['uid=crowd.01', 'cn=nobody'] * 3


def test_asked_again_when_the_time_is_up(start, proxy):
    gateway = start(cache=1)

    def is_asked_again():
        assert status(gateway, 'crowd.01', PASSWORD) == 200
        return len(bound(proxy)) > 1

    wait_until(is_asked_again, 'another bind')
    assert bound(proxy) == ['uid=crowd.01'] * 2


def test_asked_each_time_while_sessions_are_in_doubt(start, shaken, proxy, unique):
    uid = f'doubted.{unique():04}'
    shaken.people.add_public(uid, 'In', 'Doubt', f'{uid}@example.org', PASSWORD)
    # The look at the marks of those who have ended gets no answer, all else does.
    proxy.is_deaf_about = shaken.slapd.base
    gateway = start(settings={'timeout': 30000})
    assert not Log(gateway, since_start=True).has('all sessions that have ended are known here')

    assert [status(gateway, uid, PASSWORD) for _ in range(3)] == [200] * 3
    assert bound(proxy) == [f'uid={uid}'] * 3

    refuse_disabled(shaken, uid)
    assert status(gateway, uid, PASSWORD) == 401


def test_without_a_cache(start, proxy):
    gateway = start(cache=0)

    assert [status(gateway, 'crowd.01', PASSWORD) for _ in range(3)] == [200] * 3
    assert bound(proxy) == ['uid=crowd.01'] * 3


def test_too_long_a_cache(make_gateway):
    gateway = make_gateway(edit_nginx=caching(3601))
    done = gateway.run('-t')

    assert done.returncode == 1
    assert 'value must be between 0 and 3600' in done.stderr


def test_a_reload_forgets_nothing(start, proxy):
    gateway = start()
    assert status(gateway, 'crowd.01', PASSWORD) == 200
    proxy.forget()
    gateway.reload()

    assert [status(gateway, 'crowd.01', PASSWORD) for _ in range(4)] == [200] * 4
    assert bound(proxy) == []


def test_another_password_ends_it_at_once(portal, files, person):
    assert [status(files, person, MARIA[1]) for _ in range(8)] == [200] * 8
    browser = signed_in(files.url, person, MARIA[1])

    assert send_form(browser, PREFIX + '/password', {
        'current_password': MARIA[1], 'password': OTHER, 'password_confirm': OTHER,
    }).status_code == 303

    assert [status(files, person, MARIA[1]) for _ in range(8)] == [401] * 8
    assert [status(files, person, OTHER) for _ in range(8)] == [200] * 8


@pytest.mark.parametrize('command', ['disable', 'temp-password'])
def test_what_staff_do_ends_it_soon(portal, files, person, command):
    assert [status(files, person, MARIA[1]) for _ in range(8)] == [200] * 8

    portal.ctl(command, person)

    wait_until(lambda: status(files, person, MARIA[1]) == 401, 'the end of the credentials', 5)
    assert [status(files, person, MARIA[1]) for _ in range(8)] == [401] * 8


def test_a_full_zone(make_gateway, shaken, crowd, locations):
    """Good credentials are not worth that guesses are forgotten for them."""
    gateway = make_gateway(
        stack=shaken, is_throttled=True,
        server=locations + 'location = /metrics { gatehouse_metrics; }',
        http='set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
        edit_nginx=lambda text: caching(LONG)(text).replace('16m', '64k'),
        edit_config=lambda text: text + '\nthrottle {\n    free_attempts = 1\n'
                                        '    base_delay = 600\n    max_delay = 600\n}\n')
    gateway.start()

    def come(number, username, password):
        client = ('X-Forwarded-For', f'10.0.{number // 250}.{number % 250}')
        return call(gateway, '/dav/', username, password, client).status

    def records():
        reading = Reading(gateway.url)
        return [reading('gatehouse_zone_records', kind=kind)
                for kind in ('refusal', 'credential')]

    with ThreadPoolExecutor(12) as executor:
        guesses = list(executor.map(
            lambda number: come(number, f'nobody.{number:03}', WRONG), range(350)))
    assert set(guesses) == {401}
    # For address and account each; some had to go.
    refusals, _ = records()
    assert 100 < refusals < 700

    for number, name in enumerate(crowd[:20]):
        assert [come(500 + number, name, PASSWORD) for _ in range(2)] == [200, 200]
    assert records() == [refusals, 0]


# The throttle.

FREE = 3


@pytest.fixture
def slow(make_gateway, locations):
    """A function that starts a gateway where the fourth refusal costs ten minutes."""
    def make(cache=LONG):
        gateway = make_gateway(
            server=locations, is_throttled=True, edit_nginx=caching(cache),
            edit_config=lambda text: text + f'\nthrottle {{\n    free_attempts = {FREE}\n'
                                            '    base_delay = 600\n    max_delay = 600\n'
                                            '    window = 3600\n}\n')
        gateway.start()
        return gateway
    return make


def test_who_was_refused_often_waits(slow, person):
    gateway = slow()
    statuses = [status(gateway, person, 'not the password') for _ in range(FREE + 1)]
    assert statuses == [401] * (FREE + 1)

    answer = call(gateway, '/dav/', person, MARIA[1])

    assert answer.status == 429
    assert 590 <= int(answer.all('Retry-After')[0]) <= 600
    assert answer.all('WWW-Authenticate') == []
    # Whoever guesses here waits at the log-in form, too.
    assert Browser(gateway.url).sign_in(person, MARIA[1]).status_code == 429


def test_what_can_not_be_credentials_is_no_guess(slow, person):
    gateway = slow()
    for _ in range(FREE + 2):
        assert ask(gateway, '/dav/', raw('Basic !!!')).status == 401
        assert status(gateway, person, '') == 401

    assert status(gateway, person, MARIA[1]) == 200


def test_guesses_do_not_slow_who_is_known(slow, person):
    gateway = slow(cache=1)
    assert status(gateway, person, MARIA[1]) == 200
    for _ in range(FREE + 1):
        assert status(gateway, person, 'not the password') == 401
    assert status(gateway, person, 'not the password') == 429

    # Nor when the directory has to be asked again.
    asked = gateway.audit_log.read_text().count('signed-in')

    def is_asked_again():
        assert status(gateway, person, MARIA[1]) == 200
        return gateway.audit_log.read_text().count('signed-in') > asked

    wait_until(is_asked_again, 'another question to the directory')


# The directory down, slow, and clients that leave.

def test_directory_down(start, proxy):
    gateway = start(is_throttled=True)
    assert status(gateway, 'crowd.01', PASSWORD) == 200
    proxy.refuse()

    assert [status(gateway, 'crowd.01', PASSWORD) for _ in range(5)] == [200] * 5
    answers = [call(gateway, '/dav/', 'crowd.02', PASSWORD) for _ in range(12)]
    assert [answer.status for answer in answers] == [503] * 12
    assert all(answer.all('Retry-After') == ['5'] for answer in answers)
    assert all(answer.all('WWW-Authenticate') == [] for answer in answers)

    proxy.accept()
    wait_until(lambda: status(gateway, 'crowd.02', PASSWORD) == 200, 'a way in')
    assert Log(gateway, since_start=True).lines(*GRAVE) == []


def test_directory_silent(start, proxy):
    gateway = start(settings={'timeout': 1000, 'connect_timeout': 900})
    proxy.hold()

    answer = call(gateway, '/dav/', 'crowd.01', PASSWORD)

    assert (answer.status, answer.all('Retry-After')) == (503, ['5'])
    proxy.release()


def test_directory_slow(start, proxy, waiting):
    gateway = start()
    proxy.hold()
    future = waiting(gateway, 'crowd.01', PASSWORD)
    wait_until(lambda: proxy.results() == 2, 'two answers held back')

    # Nobody else waits.
    assert status(gateway, 'crowd.00', PASSWORD) == 200
    assert not future.done()
    proxy.release()
    assert future.result().status == 200


@pytest.fixture
def waiting():
    """A function that sends a request and returns what it will come to."""
    with ThreadPoolExecutor(4) as executor:
        yield lambda gateway, *credentials: executor.submit(call, gateway, '/dav/', *credentials)


def leave(gateway, count, username, password, seen):
    """Sends that many requests and hangs up on them once seen() says so."""
    name, value = basic(username, password)
    text = f'GET /dav/ HTTP/1.1\r\nHost: city.example\r\n{name}: {value}\r\n\r\n'
    hang_up(gateway.url, [text] * count, seen)


def test_client_leaves(start, proxy):
    gateway = start()
    pid, = gateway.worker_pids()
    proxy.hold()
    leave(gateway, 3, 'crowd.01', PASSWORD, lambda: proxy.results() == 6)
    wait_until(lambda: left(gateway) == 3, 'nginx to notice')
    proxy.release()

    assert status(gateway, 'crowd.02', PASSWORD) == 200
    assert gateway.worker_pids() == [pid]


def test_client_leaves_before_its_refusal(start, proxy):
    gateway = start()
    leave(gateway, 1, 'crowd.01', WRONG, lambda: len(bound(proxy)) == 2)
    wait_until(lambda: left(gateway) == 1, 'nginx to notice')

    assert status(gateway, 'crowd.01', PASSWORD) == 200


def test_reload_while_one_waits(start, proxy, waiting):
    gateway = start()
    proxy.hold()
    future = waiting(gateway, 'crowd.01', PASSWORD)
    wait_until(lambda: proxy.results() == 2, 'two answers held back')
    gateway.reload()
    proxy.release()

    assert future.result().status == 200
    # What the old worker found the new one knows.
    proxy.forget()
    assert status(gateway, 'crowd.01', PASSWORD) == 200
    assert bound(proxy) == []
