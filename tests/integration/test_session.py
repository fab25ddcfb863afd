"""Session cookies: how they are set, which are believed, when they are set anew."""

import time

import pytest

from web import CHECK, LOGIN, MARIA, Browser, received, seal, send, signed_in, unseal

PAGE = [('Host', 'city.example'), ('Accept', 'text/html')]

# µs, of the demo's configuration.
SECOND = 1000000
LIFETIME = 43200 * SECOND
IDLE = 3600 * SECOND


def now():
    return time.time_ns() // 1000


@pytest.fixture
def session(portal, maria):
    """What Maria's cookie says."""
    return unseal(portal.keys, maria.cookie())


def status_with(portal, *cookies):
    """What /check says to these Cookie headers."""
    headers = [('Host', 'city.example'), *[('Cookie', cookie) for cookie in cookies]]
    return send(portal.url, 'GET', CHECK, headers).status


# How they are set.

def set_by(answer):
    """The cookies that an answer sets: name to (value, flags)."""
    cookies = {}
    for header in answer.raw.headers.getlist('Set-Cookie'):
        name, _, rest = header.partition('=')
        value, _, flags = rest.partition('; ')
        cookies[name] = (value, flags)
    return cookies


def test_cookies_over_plain_http(browser):
    form = browser.get('/account/login')
    name, _, rest = form.headers['Set-Cookie'].partition('=')
    assert (name, rest[32:]) == ('gatehouse-browser', '; Path=/; HttpOnly; SameSite=Lax')

    cookies = set_by(browser.sign_in(*MARIA))
    assert set(cookies) == {'gatehouse', 'gatehouse-known'}
    value, flags = cookies['gatehouse']
    assert flags == 'Path=/; HttpOnly; SameSite=Lax'
    # A browser is known for four hundred days, signed in or not.
    assert cookies['gatehouse-known'][1] == f'{flags}; Max-Age=34560000'
    assert value.replace('-', '').replace('_', '').isalnum()


def over_tls(portal):
    """A function that has an nginx.conf listen with TLS."""
    tls = portal.slapd.tls

    def edit(text):
        listen, rest = text.split('# The gateway.')[1].split(';', 1)
        return text.replace(
            f'{listen};{rest}',
            f'{listen} ssl;\n ssl_certificate {tls.certificate};\n'
            f' ssl_certificate_key {tls.key};{rest}')
    return edit


def test_cookies_over_https(portal, make_gateway):
    gateway = make_gateway(
        edit_config=lambda text: text.replace('plain_http = yes', '').replace('http://',
                                                                              'https://'),
        edit_nginx=over_tls(portal))
    gateway.start()
    browser = Browser(gateway.url.replace('http:', 'https:'), portal.slapd.tls.authority)

    answer = browser.sign_in(*MARIA)

    assert answer.status_code == 303
    cookies = set_by(answer)
    assert set(cookies) == {'__Host-gatehouse', '__Host-gatehouse-known'}
    assert cookies['__Host-gatehouse'][1] == 'Path=/; HttpOnly; SameSite=Lax; Secure'
    assert browser.get(CHECK).status_code == 200
    assert browser.get('/dashboard/').status_code == 200
    # From now on over https only, the portal says on all that it sends.
    for path in ('/account/', LOGIN, CHECK, '/account/style.css', '/account/none'):
        assert browser.get(path).headers['Strict-Transport-Security'] == 'max-age=31536000'
    # The names of plain HTTP mean nothing here.
    cookie = browser.cookie('__Host-gatehouse')
    browser.set_cookie(cookie)
    assert browser.get(CHECK).status_code == 401
    browser.set_cookie(cookie, '__Secure-gatehouse')
    assert browser.get(CHECK).status_code == 401


def test_cookies_for_a_domain(portal, make_gateway):
    def edit(text):
        return text.replace('plain_http = yes', 'cookie_domain = "city.example"').replace(
            'http://127.0.0.1', 'https://gate.city.example')

    gateway = make_gateway(edit_config=edit, edit_nginx=over_tls(portal))
    gateway.start()
    browser = Browser(gateway.url.replace('http:', 'https:'), portal.slapd.tls.authority)
    form = browser.get('/account/login')
    assert form.headers['Set-Cookie'].startswith('__Host-gatehouse-browser=')
    assert 'Domain' not in form.headers['Set-Cookie']

    answer = browser.sign_in(*MARIA)

    cookies = set_by(answer)
    assert set(cookies) == {'__Secure-gatehouse', '__Host-gatehouse-known'}
    value, flags = cookies['__Secure-gatehouse']
    assert flags == 'Path=/; HttpOnly; SameSite=Lax; Secure; Domain=city.example'
    browser.set_cookie(value, '__Secure-gatehouse')
    assert browser.get(CHECK).headers['Remote-User'] == 'maria.lopez'


# Which are believed.

def test_a_cookie_that_another_program_sealed(portal, session):
    assert status_with(portal, f'gatehouse={seal(portal.keys, session)}') == 200


@pytest.mark.parametrize('change', [
    {'begun': -LIFETIME - 10 * SECOND, 'seen': -SECOND},
    {'begun': -LIFETIME + 60 * SECOND, 'seen': -IDLE - 10 * SECOND},
    {'begun': 0, 'seen': 60 * SECOND},
    {'begun': 60 * SECOND, 'seen': 60 * SECOND},
    {'begun': 0, 'seen': -SECOND},
], ids=['lifetime', 'idle', 'seen in the future', 'begun in the future', 'seen before begun'])
def test_times_that_are_not_good(portal, session, change):
    session |= {name: now() + offset for name, offset in change.items()}

    assert status_with(portal, f'gatehouse={seal(portal.keys, session)}') == 401


@pytest.mark.parametrize('change', [
    {'begun': -LIFETIME + 60 * SECOND, 'seen': -SECOND},
    {'begun': -LIFETIME + 60 * SECOND, 'seen': -IDLE + 60 * SECOND},
    {'begun': 0, 'seen': 10 * SECOND},
], ids=['lifetime', 'idle', 'clocks apart'])
def test_times_that_are_just_good(portal, session, change):
    session |= {name: now() + offset for name, offset in change.items()}

    assert status_with(portal, f'gatehouse={seal(portal.keys, session)}') == 200


@pytest.mark.parametrize('change', [
    {'realm': 'staff'}, {'realm': ''}, {'uid': ''}, {'uid': 'maria\nlopez'}, {'uid': 'x' * 300},
    {'id': '00'}, {'id': 7}, {'begun': '1'}, {'seen': None}, {'name': ['x']}, {'admin': True},
    {'begun': 2 ** 70}])
def test_sessions_that_are_none(portal, session, change):
    assert status_with(portal, f'gatehouse={seal(portal.keys, session | change)}') == 401


def test_seals_that_are_not_ours(portal, session, tmp_path, maria):
    cookie = maria.cookie()
    foreign = tmp_path / 'keys'
    ring = portal.keys.read_text(encoding='ascii').split()
    foreign.write_text(' '.join([ring[0], ring[1], 'A' * 43 + '=']), encoding='ascii')
    # A character in the middle of each part: version, key, nonce, text, tag.
    tampered = [cookie[:i] + ('A' if cookie[i] != 'A' else 'B') + cookie[i + 1:]
                for i in (0, 3, 12, 100, len(cookie) - 10)]

    for wrong in (*tampered, cookie[:-1], cookie + 'A', cookie + '=', '"' + cookie + '"',
                  cookie[1:], cookie * 2, seal(foreign, session),
                  seal(portal.keys, session, b'f'), seal(portal.keys, session, b'\0'),
                  'garbage', 'A', '%00', '=' * 100, 'A' * 2800, 'A' * 2801, 'A' * 8000):
        assert status_with(portal, f'gatehouse={wrong}') == 401
    assert status_with(portal, f'gatehouse={cookie}') == 200


def test_a_form_token_is_no_session(portal, maria):
    assert status_with(portal, f'gatehouse={maria.csrf("/account/dashboard")}') == 401


def test_two_cookies_of_our_name(portal, maria, orchard):
    first, second = f'gatehouse={maria.cookie()}', f'gatehouse={orchard.cookie()}'

    assert status_with(portal, f'{first}; {second}') == 401
    assert status_with(portal, first, second) == 401
    assert status_with(portal, first, 'gatehouse=') == 401
    assert status_with(portal, f'{first}; Gatehouse=x; a=gatehouse=y') == 200


def test_a_large_cookie_of_another(portal, maria):
    other = 'other=' + 'x' * 8000
    answer = send(portal.url, 'GET', '/echo-any/',
                  [*PAGE, ('Cookie', other), ('Cookie', f'gatehouse={maria.cookie()}')])

    assert received(answer)['cookie'] == [other]
    assert received(answer)['remote-user'] == ['maria.lopez']
    # More than a buffer of nginx's holds.
    assert status_with(portal, 'other=' + 'x' * 9000) == 400


def test_gateways_of_one_key_ring_share_sessions(maria, make_gateway):
    gateway = make_gateway()
    gateway.start()
    browser = Browser(gateway.url)
    browser.set_cookie(maria.cookie())

    assert browser.get(CHECK).headers['Remote-User'] == 'maria.lopez'


def test_an_old_key_opens_and_the_newest_seals(portal, make_gateway, maria):
    gateway = make_gateway()
    with open(gateway.keys, 'a', encoding='ascii') as file:
        file.write('00c0ffee 2026-01-01T00:00:00Z ' + 'B' * 42 + 'A=\n')
    gateway.start()

    old = Browser(gateway.url)
    old.set_cookie(maria.cookie())
    assert old.get(CHECK).status_code == 200
    new = signed_in(gateway.url, *MARIA)
    assert unseal(gateway.keys, new.cookie())['uid'] == 'maria.lopez'
    # The other gateway has not got that key yet.
    assert status_with(portal, f'gatehouse={new.cookie()}') == 401


# When they are set anew.

def ask(portal, path, session, *headers):
    cookie = seal(portal.keys, session)
    return send(portal.url, 'GET', path,
                [('Host', 'city.example'), ('Cookie', f'gatehouse={cookie}'), *headers])


@pytest.mark.parametrize('path', ['/echo/', '/echo-any/', '/static/page.txt',
                                  '/account/dashboard'])
def test_a_navigation_after_a_tenth_of_the_idle_time(portal, session, path):
    session['seen'] = now() - IDLE // 10 - SECOND
    session['begun'] = session['seen'] - SECOND
    before = now()

    answer = ask(portal, path, session, ('Accept', 'text/html'))

    assert answer.status == 200
    cookie, = [value for value in answer.all('Set-Cookie') if value.startswith('gatehouse=')]
    value, _, flags = cookie[len('gatehouse='):].partition('; ')
    assert flags == 'Path=/; HttpOnly; SameSite=Lax'
    again = unseal(portal.keys, value)
    assert before - SECOND <= again['seen'] <= now() + SECOND
    assert again | {'seen': 0} == session | {'seen': 0}
    assert status_with(portal, f'gatehouse={value}') == 200


def test_nothing_is_set_without_need(portal, session):
    def cookies(path, age, *headers):
        session['seen'] = now() - age
        session['begun'] = session['seen'] - SECOND
        answer = ask(portal, path, session, *headers)
        assert answer.status == 200
        return answer.all('Set-Cookie')

    html = ('Accept', 'text/html')
    assert cookies('/echo-any/', IDLE // 10 - 30 * SECOND, html) == []
    # Neither for what no person asked for.
    assert cookies('/echo-any/', IDLE // 2, ('Accept', 'image/png')) == []
    assert cookies('/echo-any/', IDLE // 2, html, ('X-Requested-With', 'x')) == []
    assert cookies('/echo-off/', IDLE // 2, html) == []
    assert cookies(CHECK, IDLE // 2, html) == []


def test_a_session_that_has_ended_is_not_prolonged(portal, session):
    session['seen'] = now() - IDLE - 10 * SECOND
    session['begun'] = session['seen']

    answer = ask(portal, '/echo-any/', session, ('Accept', 'text/html'))

    assert answer.status == 302
    assert answer.all('Set-Cookie') == []
