"""Identity: headers to the upstream, variables, and the cutting of our cookies."""

import pytest

from stack.process import wait_until
from web import IDENTITY_HEADERS, MARIA, identity, received, send, unseal

PAGE = [('Host', 'city.example'), ('Accept', 'text/html')]

# Headers of a client's that some application or other would read as an identity.
SPELLINGS = ['Remote-User', 'remote-user', 'REMOTE-USER', 'Remote_User', 'remote_user',
             'Remote.User', 'Remote~User', 'Remote!User', 'Remote*User', 'rEMOTE|uSER',
             'Remote-Realm', 'Remote_Realm', 'Remote-Name', 'remote_name', 'Remote-Email',
             'REMOTE_EMAIL', 'Remote-Subject', 'Remote.Subject']


def cookie_of(browser):
    return ('Cookie', f'gatehouse={browser.cookie()}')


def folded(name):
    """The name as the most forgiving application would read it."""
    return ''.join(c if c.isalnum() else '-' for c in name.lower())


def forged(headers):
    """What reached the upstream of the headers that were sent as `evil`."""
    return [name for name, values in headers.items() if 'evil' in values]


# What the upstream is told.

def test_headers_for_a_public_user(portal, maria):
    subject = unseal(portal.keys, maria.cookie())['uuid']

    assert identity(received(maria.get('/echo-any/'))) == {
        'remote-user': ['maria.lopez'],
        'remote-realm': ['public'],
        'remote-name': ['Maria Lopez'],
        'remote-email': ['maria.lopez@example.org'],
        'remote-subject': [subject],
    }
    _, entry = portal.slapd.connect_as_admin().search_s(
        portal.people.dn('public', 'maria.lopez'), 0, attrlist=['entryUUID'])[0]
    assert entry['entryUUID'] == [subject.encode()]


def test_headers_are_spelled_as_promised(maria):
    names = [name for name, _ in maria.get('/echo-any/').json()['headers']]

    assert [name for name in names if name.startswith('Remote')] == [
        'Remote-User', 'Remote-Realm', 'Remote-Name', 'Remote-Email', 'Remote-Subject']


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'POST'])
def test_every_method_is_handed_on(portal, maria, method):
    length = [('Content-Length', '0')] if method == 'POST' else []
    answer = send(portal.url, method, '/echo-any/', [*PAGE, *length, cookie_of(maria)])

    assert answer.status == 200
    if method == 'HEAD':
        assert answer.body == b''
    else:
        assert received(answer)['remote-user'] == ['maria.lopez']


def test_who_has_no_mail_has_no_mail_header(portal, browser, unique):
    number = f'44{unique():05}'
    portal.people.put_on_file(number, 'Almond Roofers')
    portal.slapd.connect_as('gatehouse').modify_s(
        portal.people.dn('contractor', number),
        [(2, 'userPassword', [MARIA[1].encode()]),
         (2, 'gatehousePasswordSet', [b'20260101000000Z'])])
    browser.sign_in(number, MARIA[1], realm='contractor')

    headers = received(browser.get('/echo-any/', headers={'Remote-Email': 'evil@example.org'}))

    assert headers['remote-name'] == ['Almond Roofers']
    assert 'remote-email' not in headers


def test_a_name_in_another_script(portal, browser, unique):
    uid = f'person.{unique():04}'
    portal.people.add_public(uid, 'Zoë', 'Łukasz-Пётр', f'{uid}@example.org', MARIA[1])
    browser.sign_in(uid, MARIA[1])

    name = received(browser.get('/echo-any/'))['remote-name'][0]

    # The test's server reads headers as Latin-1.
    assert name.encode('latin-1').decode('utf-8') == 'Zoë Łukasz-Пётр'


@pytest.mark.parametrize('path', ['/echo-off/', '/echo-unsaid/'])
def test_off_says_nothing_about_anybody(maria, path):
    headers = received(maria.get(path))

    assert identity(headers) == {}
    assert 'cookie' not in headers


def test_nobody_is_nobody(browser):
    assert identity(received(browser.get('/echo/'))) == {}


# What a client says is taken away.

@pytest.mark.parametrize('path', ['/echo/', '/echo-off/', '/echo-unsaid/'])
@pytest.mark.parametrize('name', SPELLINGS)
def test_forged_by_a_stranger(portal, path, name):
    headers = received(send(portal.url, 'GET', path, [*PAGE, (name, 'evil'), ('X-Kept', 'yes')]))

    assert forged(headers) == []
    assert headers['x-kept'] == ['yes']


@pytest.mark.parametrize('path', ['/echo/', '/echo-any/', '/echo-off/', '/echo-pass/',
                                  '/either/'])
def test_forged_by_somebody_signed_in(portal, maria, path):
    sent = [*PAGE, *[(name, 'evil') for name in SPELLINGS], cookie_of(maria)]
    headers = received(send(portal.url, 'GET', path, sent))

    assert forged(headers) == []
    assert len([name for name in headers if folded(name) in IDENTITY_HEADERS]) == (
        0 if path == '/echo-off/' else 5)


def test_look_alikes_are_kept(portal):
    names = ['Remote-Users', 'Remote-Use', 'X-Remote-User', 'RemoteUser', 'Remote--User',
             'Remote-Addr']
    headers = received(send(portal.url, 'GET', '/echo/',
                            [*PAGE, *[(name, 'kept') for name in names]]))

    assert [name for name in names if headers.get(name.lower()) == ['kept']] == names


@pytest.mark.parametrize('place', [0, 19, 20, 21, 40, 59])
def test_sixty_headers(portal, maria, place):
    """Lists of headers come in parts of twenty."""
    sent = [(f'X-Number-{i}', f'value {i}') for i in range(60)]
    sent.insert(place, ('Remote_User', 'evil'))
    headers = received(send(portal.url, 'GET', '/echo-any/', [*PAGE, *sent, cookie_of(maria)]))

    assert forged(headers) == []
    assert headers['remote-user'] == ['maria.lopez']
    assert [headers[f'x-number-{i}'] for i in range(60)] == [[f'value {i}'] for i in range(60)]


def test_sixty_forged_headers(portal):
    sent = [(SPELLINGS[i % len(SPELLINGS)], 'evil') for i in range(60)]
    headers = received(send(portal.url, 'GET', '/echo/', [*PAGE, *sent, ('X-Kept', 'yes')]))

    assert forged(headers) == []
    assert headers['x-kept'] == ['yes']


def test_a_server_without_the_module_is_left_alone(plain_port, maria):
    sent = [*PAGE, ('Remote-User', 'kept'), ('remote_name', 'kept'), cookie_of(maria)]
    headers = received(send(f'http://127.0.0.1:{plain_port}', 'GET', '/', sent))

    assert headers['remote-user'] == ['kept']
    assert headers['remote_name'] == ['kept']
    assert headers['cookie'] == [f'gatehouse={maria.cookie()}']


# Cookies.

@pytest.mark.parametrize('before, after', [
    ('a=1; {}; b=2', ['a=1; b=2']),
    ('{}; a=1', ['a=1']),
    ('a=1; {}', ['a=1']),
    ('a=1;{};b="x y"', ['a=1; b="x y"']),
    ('{}', None),
    ('a=1; gatehouse-browser=0123; {}', ['a=1']),
    ('gatehousex=1; xgatehouse=2; Gatehouse=3; {}', ['gatehousex=1; xgatehouse=2; Gatehouse=3']),
])
@pytest.mark.parametrize('path', ['/echo/', '/echo-any/', '/echo-off/', '/echo-unsaid/'])
def test_our_cookies_are_cut(portal, maria, path, before, after):
    cookie = before.format(f'gatehouse={maria.cookie()}')
    headers = received(send(portal.url, 'GET', path, [*PAGE, ('Cookie', cookie)]))

    assert headers.get('cookie') == after


def test_two_cookie_headers(portal, maria):
    sent = [*PAGE, ('Cookie', 'a=1'), ('COOKIE', f'b=2; gatehouse={maria.cookie()}'),
            ('cookie', 'c=3')]
    headers = received(send(portal.url, 'GET', '/echo-any/', sent))

    assert headers['cookie'] == ['a=1', 'b=2', 'c=3']
    assert headers['remote-user'] == ['maria.lopez']


def test_pass_cookie(portal, maria):
    cookie = f'a=1; gatehouse={maria.cookie()}'
    headers = received(send(portal.url, 'GET', '/echo-pass/', [*PAGE, ('Cookie', cookie)]))

    assert headers['cookie'] == [cookie]
    assert headers['remote-user'] == ['maria.lopez']


@pytest.mark.parametrize('cookie', ['gatehouse=garbage', 'gatehouse=; gatehouse=', 'gatehouse='])
def test_a_cookie_that_is_no_session_is_cut_too(portal, cookie):
    headers = received(send(portal.url, 'GET', '/echo/', [*PAGE, ('Cookie', cookie)]))

    assert 'cookie' not in headers
    assert identity(headers) == {}


# Variables.

def test_variables(portal, maria):
    session = unseal(portal.keys, maria.cookie())
    answer = maria.get('/variables/one')

    assert [answer.headers[f'X-{name}'] for name in ('User', 'Realm', 'Name', 'Mail', 'Subject',
                                                     'Session')] == [
        'maria.lopez', 'public', 'Maria Lopez', 'maria.lopez@example.org', session['uuid'],
        session['id']]


def test_variables_without_anybody(browser, maria):
    assert not [name for name in browser.get('/variables/two').headers if name.startswith('X-')]
    assert maria.get('/variables-off/').headers['X-User'] == '[]'


def test_variables_in_a_log(portal, browser, maria):
    log = portal.nginx.folder / 'people.log'
    maria.get('/variables/logged')
    browser.get('/variables/logged-too')

    # Each worker writes its own lines, in its own time.
    wanted = {'/variables/logged user=maria.lopez realm=public',
              '/variables/logged-too user=- realm=-'}
    wait_until(lambda: wanted <= set(log.read_text(encoding='ascii').splitlines()),
               'the log lines')


def test_nginx_variables_of_the_cookie_are_cut(portal, maria):
    sent = [*PAGE, ('Cookie', f'a=1; gatehouse={maria.cookie()}; b=2')]
    headers = received(send(portal.url, 'GET', '/variables/', sent))

    assert headers['x-cookies'] == ['[a=1; b=2]']
    assert headers['x-own'] == ['[]']
