"""Bad input: a clear page or status each time, and a gateway that goes on."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_from_bytes

import pytest

from web import CHECK, DASHBOARD, LOGIN, LOGOUT, MARIA, Browser, Page, send, signed_in

FORM = 'application/x-www-form-urlencoded'

# Faults of ours that nginx writes down; what a client does wrong is `info`.
FAULTS = ('[emerg]', '[alert]', '[crit]', '[error]', 'exited on signal', 'gatehouse: page')


@pytest.fixture(scope='module', autouse=True)
def no_fault(portal):
    """The same workers are there in the end, and the log holds no fault."""
    log = portal.nginx.error_log
    workers = portal.nginx.worker_pids()
    begin = log.stat().st_size
    yield
    assert portal.nginx.worker_pids() == workers
    lines = log.read_bytes()[begin:].decode('utf-8', 'replace').splitlines()
    assert [line for line in lines if any(fault in line for fault in FAULTS)
            and 'client intended to send too large' not in line] == []


def post_body(browser, body, content_type=FORM, path=LOGIN):
    return browser.post(path, body, headers={'Content-Type': content_type})


def form_body(browser, **fields):
    """A sign-in form with raw bytes as values."""
    values = {'csrf': browser.csrf().encode(), 'realm': b'public', 'username': b'maria.lopez',
              'password': MARIA[1].encode()} | fields
    return '&'.join(f'{name}={quote_from_bytes(value)}' for name, value in values.items())


# User names and passwords.

@pytest.mark.parametrize('username', [
    '*', '*)(uid=*', 'maria.lopez)(cn=*', 'm*', 'uid=x,dc=y', 'maria.lopez,ou=public',
    'maria.lopez+cn=x', '\\6daria.lopez', 'maria. lopez', 'cn=admin', '"maria.lopez"',
    '#maria.lopez', 'x' * 257, 'x' * 2048, '../maria.lopez', 'maria.lopez@example.org', 'märia',
    '\u202emaria.lopez', '<b>'])
def test_user_names(browser, username):
    answer = browser.sign_in(username, MARIA[1])

    assert answer.status_code == 422
    assert browser.cookie() is None
    page = Page(answer.content.decode('utf-8'))
    assert page.attributes['message']['role'] == 'alert'
    assert page.value('username') == username


@pytest.mark.parametrize('username', [
    b'maria.lopez\0', b'maria.lopez\0x', b'\0', b'\xff\xfe', b'maria.lopez\xff', b'mari\xc1\xa1',
    b'maria\nlopez', b'\x1b[31m', b'x' * 2049, b'x' * 50000])
def test_user_names_that_are_no_text(browser, username):
    answer = post_body(browser, form_body(browser, username=username))

    assert answer.status_code == 422
    assert browser.cookie() is None
    page = Page(answer.content.decode('utf-8'))
    assert page.attributes['message']['role'] == 'alert'
    assert page.value('username') == ''


@pytest.mark.parametrize('password', [
    b' ', b'blue heron over the pier ', b' blue heron over the pier', b'BLUE HERON OVER THE PIER',
    b'blue heron over the pier\0', b'blue heron over the pier\0x', b'\0', b'\xff\xfe',
    b'{CLEARTEXT}blue heron over the pier', b'*', b'x' * 1024, b'x' * 1025, b'x' * 60000])
def test_passwords(browser, password):
    answer = post_body(browser, form_body(browser, password=password))

    assert answer.status_code == 422
    assert browser.cookie() is None
    assert Page(answer.text).value('password') is None
    assert Page(answer.text).value('username') == 'maria.lopez'


def test_password_of_a_mebibyte(browser):
    answer = browser.sign_in('maria.lopez', 'x' * 1048576)

    assert answer.status_code == 413
    assert browser.cookie() is None


def test_password_of_every_byte_that_is_text(portal, browser, unique):
    password = 'ä ß € 😀 +%&=;"\'<>\\ ' + ''.join(map(chr, range(0x21, 0x7f)))
    uid = f'person.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', password)

    assert browser.sign_in(uid, password).status_code == 303


# Bodies.

@pytest.mark.parametrize('content_type, status', [
    ('application/x-www-form-urlencoded; charset=UTF-8', 303),
    ('APPLICATION/X-WWW-FORM-URLENCODED', 303),
    ('application/x-www-form-urlencodedx', 415),
    ('multipart/form-data; boundary=x', 415),
    ('application/json', 415),
    ('text/plain', 415),
    ('', 415),
])
def test_content_types(browser, content_type, status):
    assert post_body(browser, form_body(browser), content_type).status_code == status


def test_no_content_type(portal):
    answer = send(portal.url, 'POST', LOGIN,
                  [('Host', 'city.example'), ('Content-Length', '3')], b'a=b')

    assert answer.status == 415


def test_chunked_body(browser):
    body = form_body(browser).encode()
    chunks = (body[i:i + 7] for i in range(0, len(body), 7))

    answer = browser.post(LOGIN, chunks, headers={'Content-Type': FORM})

    assert answer.request.headers['Transfer-Encoding'] == 'chunked'
    assert answer.status_code == 303


def test_chunked_body_too_large(portal):
    def chunks():
        for _ in range(70):
            yield b'x' * 1024

    connection = http.client.HTTPConnection('127.0.0.1', portal.nginx.port.number, timeout=30)
    connection.request('POST', LOGIN, chunks(), {'Content-Type': FORM}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize('body, status', [
    ('', 403),
    ('&', 403),
    ('&&&&', 403),
    ('=', 403),
    ('csrf', 403),
    ('csrf=%', 400),
    ('csrf=%4', 400),
    ('csrf=%zz', 400),
    ('csrf=a&csrf=b', 400),
    ('username=a&realm=b&username=c', 400),
    ('&'.join(f'f{i}=x' for i in range(64)), 403),
    ('&'.join(f'f{i}=x' for i in range(65)), 400),
    ('&'.join(f'{i:x}=' for i in range(10000)), 400),
    ('x' * 65536, 403),
    ('x' * 65537, 413),
])
def test_forms_that_are_none(browser, body, status):
    browser.csrf()

    assert post_body(browser, body).status_code == status
    assert post_body(browser, body, path=LOGOUT).status_code == status


@pytest.mark.parametrize('path', [LOGIN, CHECK, DASHBOARD, '/account/none', '/account/style.css'])
def test_get_with_a_body(portal, path):
    """The body is not taken for the next request on the connection."""
    connection = http.client.HTTPConnection('127.0.0.1', portal.nginx.port.number, timeout=30)
    before = send(portal.url, 'GET', path, [('Host', 'city.example')]).status
    for _ in range(2):
        connection.request('GET', path, b'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n')
        answer = connection.getresponse()
        answer.read()
        assert answer.status == before
    connection.close()


def test_body_that_never_ends(portal, browser):
    """Whoever leaves in the middle of a form leaves nothing behind."""
    body = form_body(browser).encode()
    for part in (0, 1, len(body) - 1):
        with socket.create_connection(('127.0.0.1', portal.nginx.port.number)) as client:
            client.sendall(f'POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n'
                           f'Content-Length: {len(body)}\r\n\r\n'.encode() + body[:part])
    assert browser.get(LOGIN).status_code == 200


def test_client_that_leaves_while_it_waits(portal, browser):
    """The answer to a sign-in that nobody waits for any more."""
    body = form_body(browser, password=b'wrong').encode()
    cookie = browser.cookie('gatehouse-browser')
    for _ in range(8):
        with socket.create_connection(('127.0.0.1', portal.nginx.port.number)) as client:
            client.sendall(f'POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n'
                           f'Cookie: gatehouse-browser={cookie}\r\n'
                           f'Content-Length: {len(body)}\r\n\r\n'.encode() + body)
    assert signed_in(portal.url, *MARIA).get(CHECK).status_code == 200


# Headers.

@pytest.mark.parametrize('cookie', [
    'gatehouse', '=', ';', ';;;;', 'gatehouse=a,b', 'gatehouse="', '\xff\xfe=\xff', 'a',
    'gatehouse=' + 'A' * 8000, '; '.join(f'c{i}=x' for i in range(1000))])
def test_cookies_of_garbage(portal, cookie):
    headers = [('Host', 'city.example'), ('Cookie', cookie.encode('latin-1'))]

    assert send(portal.url, 'GET', CHECK, headers).status == 401
    assert send(portal.url, 'GET', '/echo/', headers).status == 200
    assert send(portal.url, 'GET', LOGIN, headers).status == 200


@pytest.mark.parametrize('token', ['', 'x', 'A' * 32, 'g' * 32, '0' * 31, '0' * 33, '0' * 4000])
def test_browser_cookies_that_are_not_ours(browser, token):
    """A browser that comes with such a one gets a new one."""
    browser.set_cookie(token, 'gatehouse-browser')
    page = browser.get(LOGIN)

    assert page.headers['Set-Cookie'].startswith('gatehouse-browser=')
    answer = browser.post(LOGIN, {'csrf': Page(page.text).value('csrf'), 'realm': 'public',
                                  'username': MARIA[0], 'password': MARIA[1]},
                          cookies={'gatehouse-browser': token})
    assert answer.status_code == 403


@pytest.mark.parametrize('path', ['/account/%00', '/account/login%00', '/account/login/',
                                  '/account/LOGIN', '/account/login;x', '/account/login%2f',
                                  '/account/' + 'x' * 4000])
def test_addresses(portal, path):
    assert send(portal.url, 'GET', path, [('Host', 'city.example')]).status in (400, 404)


def test_nobody_is_worse_off_afterwards(portal):
    """All the above done at once, in threads, beside good sign-ins."""
    def good(_):
        return Browser(portal.url).sign_in(*MARIA).status_code

    def bad(i):
        browser = Browser(portal.url)
        browser.csrf()
        bodies = ['csrf=%', 'a=b&a=c', 'x' * 70000, '\0' * 100, json.dumps({'a': i})]
        return post_body(browser, bodies[i % len(bodies)]).status_code

    with ThreadPoolExecutor(8) as threads:
        goods, bads = threads.map(good, range(16)), threads.map(bad, range(40))
        assert set(goods) == {303}
        assert set(bads) == {400, 403, 413}
