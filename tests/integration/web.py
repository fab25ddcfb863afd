"""The web side for tests: browsers, an upstream that tells what reached it, gateways.

A test reads: a person's Browser asks a gateway, which hands the request on to
the Upstream, which answers with the headers it got.
"""

import base64
import http.client
import json
import os
import threading
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from requests.adapters import HTTPAdapter

from stack.nginx import Nginx
from stack.paths import DEMO, PAGES
from stack.stack import eased
from stack.template import fill

PREFIX = '/account'
LOGIN = PREFIX + '/login'
LOGOUT = PREFIX + '/logout'
CHECK = PREFIX + '/check'
DASHBOARD = PREFIX + '/dashboard'

# The demo's people.
MARIA = ('maria.lopez', 'blue heron over the pier')
ORCHARD = ('1012345', 'level plumb and square')

IDENTITY_HEADERS = ('remote-user', 'remote-realm', 'remote-name', 'remote-email',
                    'remote-subject')

VOID_ELEMENTS = {'br', 'hr', 'img', 'input', 'link', 'meta'}

# Further locations of the gateway; @UPSTREAM@ is the address of an Upstream.
LOCATIONS = """\
location /echo/        { gatehouse_access optional;          proxy_pass @UPSTREAM@; }
location /echo-any/    { gatehouse_access any;               proxy_pass @UPSTREAM@; }
location /echo-off/    { gatehouse_access off;               proxy_pass @UPSTREAM@; }
location /echo-unsaid/ {                                     proxy_pass @UPSTREAM@; }
location /echo-public/ { gatehouse_access public;            proxy_pass @UPSTREAM@; }
location /echo-trade/  { gatehouse_access contractor;        proxy_pass @UPSTREAM@; }
location /echo-both/   { gatehouse_access public contractor; proxy_pass @UPSTREAM@; }
location /echo-pass/   {
    gatehouse_access any;
    gatehouse_pass_cookie on;
    proxy_pass @UPSTREAM@;
}
location /variables/ {
    gatehouse_access optional;
    access_log people.log people;
    add_header X-User $gatehouse_user always;
    add_header X-Realm $gatehouse_realm always;
    add_header X-Name $gatehouse_name always;
    add_header X-Mail $gatehouse_mail always;
    add_header X-Subject $gatehouse_subject always;
    add_header X-Session $gatehouse_session always;
    proxy_set_header X-Cookies "[$http_cookie]";
    proxy_set_header X-Own "[$cookie_gatehouse]";
    proxy_pass @UPSTREAM@;
}
location /variables-off/ {
    gatehouse_access off;
    add_header X-User "[$gatehouse_user]" always;
    proxy_pass @UPSTREAM@;
}

# Beside nginx's own access control.
location /denied/  { deny all; gatehouse_access any; proxy_pass @UPSTREAM@; }
location /either/  { satisfy any; allow 127.0.0.1; deny all; gatehouse_access any;
                     proxy_pass @UPSTREAM@; }
location /neither/ { satisfy any; deny all; gatehouse_access contractor;
                     proxy_pass @UPSTREAM@; }

# Internal redirects.
location /off-then-any/ { gatehouse_access off; proxy_intercept_errors on;
                          error_page 404 = /echo-any/instead; proxy_pass @UPSTREAM@; }
location /any-then-off/ { gatehouse_access any; proxy_intercept_errors on;
                          error_page 404 = /echo-off/instead; proxy_pass @UPSTREAM@; }
location /any-then-any/ { gatehouse_access any; proxy_intercept_errors on;
                          error_page 404 = /echo-any/instead; proxy_pass @UPSTREAM@; }
location /any-then-named/ { gatehouse_access any; proxy_intercept_errors on;
                            error_page 404 = @named; proxy_pass @UPSTREAM@; }
location @named         { gatehouse_access any; proxy_pass @UPSTREAM@; }
location /refused/      { gatehouse_access contractor; error_page 403 = /echo/refused;
                          proxy_pass @UPSTREAM@; }
location /tried/        { gatehouse_access optional; root nowhere; try_files $uri @named; }
location /rewritten/    { gatehouse_access off; rewrite ^ /echo-any/rewritten last; }
location = /signin      { rewrite ^ /account/login last; }

# Subrequests.
location /asked/ {
    auth_request /account/check;
    auth_request_set $who $sent_http_remote_user;
    proxy_set_header X-Who $who;
    proxy_pass @UPSTREAM@;
}
location /asked-trade/  { auth_request /check-trade; proxy_pass @UPSTREAM@; }
location = /check-trade { internal; rewrite ^ /account/check?realm=contractor last; }
location /asked-afar/ {
    auth_request /check-afar;
    auth_request_set $who $upstream_http_remote_user;
    proxy_set_header X-Who $who;
    proxy_pass @UPSTREAM@;
}
location = /check-afar {
    internal;
    gatehouse_pass_cookie on;
    proxy_pass_request_body off;
    proxy_pass $scheme://$server_addr:$server_port/account/check;
}
location /included/ { gatehouse_access optional; ssi on; ssi_types application/json;
                      proxy_pass @UPSTREAM@; }
"""

HTTP = """\
ignore_invalid_headers off;
underscores_in_headers on;
log_format people '$uri user=$gatehouse_user realm=$gatehouse_realm';

# A server that has the module off.
server {
    listen 127.0.0.1:@PLAIN@;
    location / { proxy_pass @UPSTREAM@; }
}
"""


def replace(text, values):
    for name, value in values.items():
        text = text.replace(f'@{name}@', str(value))
    return text


class Page(HTMLParser):
    """A page: its elements by id, its form fields by name."""

    def __init__(self, text):
        super().__init__()
        self.attributes = {}
        self.fields = {}
        self.texts = {}
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        name = attributes.get('id')
        if name is not None:
            self.attributes[name] = attributes
            self.texts[name] = ''
        if 'name' in attributes:
            self.fields[attributes['name']] = attributes
        if tag not in VOID_ELEMENTS:
            self.open.append(name)

    def handle_startendtag(self, tag, attrs):
        """An element of SVG that has no end of its own."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.open.pop()

    def handle_endtag(self, _tag):
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        for name in filter(None, self.open):
            self.texts[name] += data

    def text(self, name):
        """What stands in the element of that id, blanks folded; None without one."""
        return ' '.join(self.texts[name].split()) if name in self.texts else None

    def value(self, field):
        return self.fields[field].get('value')

    def in_error(self):
        """The fields that are marked as being in error."""
        return {name for name, attributes in self.fields.items()
                if attributes.get('aria-invalid') == 'true'}


class FromAddress(HTTPAdapter):
    """Connections that come from that address of the loopback."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Browser:
    """Somebody's browser: it keeps cookies, and follows no redirect by itself.

    authority  whose certificates it trusts
    address    where its connections come from, such as 127.0.0.9
    """

    def __init__(self, url, authority=None, address=None):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers = {'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8'}
        if authority is not None:
            self.session.verify = str(authority)
        if address is not None:
            self.session.mount('http://', FromAddress(address))

    def get(self, path, **options):
        return self.session.get(self.url + path, allow_redirects=False, **options)

    def head(self, path, **options):
        return self.session.head(self.url + path, allow_redirects=False, **options)

    def post(self, path, fields, **options):
        return self.session.post(self.url + path, data=fields, allow_redirects=False, **options)

    def csrf(self, path=LOGIN):
        """The token that stands in the form of that page."""
        return Page(self.get(path).text).value('csrf')

    def sign_in(self, username, password, realm='public', **fields):
        form = {'csrf': self.csrf(), 'realm': realm, 'username': username,
                'password': password, 'next': ''}
        return self.post(LOGIN, form | fields)

    def sign_out(self):
        return self.post(LOGOUT, {'csrf': self.csrf(DASHBOARD)})

    def cookie(self, name='gatehouse'):
        return self.session.cookies.get(name)

    def set_cookie(self, value, name='gatehouse'):
        self.session.cookies.clear()
        self.session.cookies.set(name, value)

    def copy(self):
        """Another browser with the same cookies, and a connection of its own."""
        other = Browser(self.url)
        other.session.cookies.update(self.session.cookies)
        return other


def signed_in(url, username, password, realm='public'):
    """A browser that has signed in."""
    browser = Browser(url)
    answer = browser.sign_in(username, password, realm)
    assert answer.status_code == 303, answer.text
    return browser


class Answer:
    """What came back for a request that was sent as it is."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.body = response.read()

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)


def send(url, method, path, headers=(), body=None):
    """Sends these headers and no others, in this order and spelling."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def received(answer, path=None):
    """The headers that reached the upstream: lower-case name to values, in order.

    `path`, when given, is what the upstream must have been asked for.
    """
    seen = answer.json()
    assert path is None or seen['path'] == path
    headers = {}
    for name, value in seen['headers']:
        headers.setdefault(name.lower(), []).append(value)
    return headers


def identity(headers):
    """The identity headers among those that reached the upstream."""
    return {name: headers[name] for name in IDENTITY_HEADERS if name in headers}


class Upstream:
    """A server behind the gateway that answers with what reached it, in JSON.

    A path with `missing` in it is answered with 404, `/included/` with server-side
    includes of two other answers.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            text = json.dumps({'path': self.path, 'headers': self.headers.items()})
            if self.path.startswith('/included/'):
                text = (f'[{text}, <!--#include virtual="/echo-any/first" -->,'
                        ' <!--#include virtual="/echo-off/second" -->]')
            body = text.encode()
            self.send_response(404 if 'missing' in self.path else 200)
            self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            if self.command != 'HEAD':
                self.wfile.write(body)

        def do_HEAD(self):
            self.do_GET()

        def do_POST(self):
            self.rfile.read(int(self.headers['Content-Length'] or 0))
            self.do_GET()

        def log_message(self, format, *args):  # pylint: disable=redefined-builtin
            """Nothing to say."""

    def __init__(self):
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), self.Handler)
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Gateway(Nginx):
    """A further gateway of a stack's directory and key ring, with settings of its own.

    edit_config and edit_nginx are functions from the text of gatehouse.conf, of
    nginx.conf to another text; is_throttled says whether who comes from loopback is
    throttled as others are.
    """

    def __init__(self, stack, folder, http='', server='', workers=1,
                 is_throttled=False):
        super().__init__(folder, workers=workers, http=http, server=server)
        self.stack = stack
        self.is_throttled = is_throttled
        self.gatehouse_conf = folder / 'gatehouse.conf'
        self.keys = folder / 'keys'
        self.audit_log = folder / 'audit.log'

    def write(self, edit_config=None, edit_nginx=None, uris=None):
        slapd = self.stack.slapd
        self.keys.write_bytes(self.stack.keys.read_bytes())
        self.keys.chmod(0o600)
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': ', '.join(f'"{uri}"' for uri in uris or [slapd.ldapi_uri]),
            'BASE': slapd.base,
            'SECRETS': slapd.secrets,
            'KEYS': self.keys,
            'URL': self.url + PREFIX,
            'PAGES': PAGES,
            'MAIL_URL': f'smtp://127.0.0.1:{self.stack.mailsink.port.number}',
            'AUDIT_LOG': self.audit_log,
        })
        text = eased(text, self.is_throttled)
        self.gatehouse_conf.write_text(edit_config(text) if edit_config else text,
                                       encoding='utf-8')
        self.create(self.gatehouse_conf)
        if edit_nginx is not None:
            self.conf.write_text(edit_nginx(self.conf.read_text(encoding='utf-8')),
                                 encoding='utf-8')


# Sealed cookies, made and read without the gateway.

def newest_key(keys):
    """Id and bytes of the key that seals."""
    number, _created, key = keys.read_text(encoding='ascii').split()[-3:]
    return bytes.fromhex(number), base64.b64decode(key)


def seal(keys, session, purpose=b's'):
    """A cookie that says `session`, sealed with the key ring in the file `keys`."""
    number, key = newest_key(keys)
    head = b'\x01' + number
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(session).encode(), head + purpose)
    return base64.urlsafe_b64encode(head + nonce + sealed).decode().rstrip('=')


def unseal(keys, cookie):
    """What a session cookie says."""
    raw = base64.urlsafe_b64decode(cookie + '=' * (-len(cookie) % 4))
    _number, key = newest_key(keys)
    return json.loads(AESGCM(key).decrypt(raw[5:17], raw[17:], raw[:5] + b's'))
