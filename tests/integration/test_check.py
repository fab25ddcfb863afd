"""/check: who is it, for other gateways."""

import pytest

from web import CHECK, identity, send, unseal


def lower(headers):
    return {name.lower(): [value] for name, value in headers.items()}


def test_somebody(portal, maria):
    answer = maria.get(CHECK)

    assert (answer.status_code, answer.content) == (200, b'')
    assert identity(lower(answer.headers)) == {
        'remote-user': ['maria.lopez'],
        'remote-realm': ['public'],
        'remote-name': ['Maria Lopez'],
        'remote-email': ['maria.lopez@example.org'],
        'remote-subject': [unseal(portal.keys, maria.cookie())['uuid']],
    }
    assert answer.headers['Cache-Control'] == 'no-store'
    assert 'Set-Cookie' not in answer.headers


def test_nobody(browser):
    answer = browser.get(CHECK)

    assert answer.status_code == 401
    assert answer.headers['Cache-Control'] == 'no-store'
    assert identity(lower(answer.headers)) == {}
    assert 'Location' not in answer.headers
    assert 'Set-Cookie' not in answer.headers


@pytest.mark.parametrize('query, status', [
    ('?realm=contractor', 403), ('?realm=public', 200), ('?realm=none', 403), ('?realm=', 403),
    ('?realm=PUBLIC', 403), ('?other=contractor', 200)])
def test_realm(browser, maria, query, status):
    answer = maria.get(CHECK + query)

    assert answer.status_code == status
    assert ('Remote-User' in answer.headers) == (status == 200)
    assert browser.get(CHECK + query).status_code == 401


@pytest.mark.parametrize('method, status', [('HEAD', 200), ('POST', 405), ('PUT', 405),
                                            ('DELETE', 405), ('OPTIONS', 405)])
def test_methods(portal, maria, method, status):
    headers = [('Host', 'city.example'), ('Cookie', f'gatehouse={maria.cookie()}'),
               ('Content-Length', '0')]

    assert send(portal.url, method, CHECK, headers).status == status


def test_forged_headers_do_not_come_back(portal):
    headers = [('Host', 'city.example'), ('Remote-User', 'evil'), ('Remote_User', 'evil')]
    answer = send(portal.url, 'GET', CHECK, headers)

    assert answer.status == 401
    assert 'evil' not in str(answer.headers)
