"""The example of docs/portal.md, run as it stands: nginx, TLS, an application behind it."""

import re
import subprocess

import pytest
from stack.nginx import Nginx
from stack.paths import CHECKOUT, CTL, NGINX_MODULE, PAGES
from web import LOGIN, MARIA, ORCHARD, Browser

pytestmark = pytest.mark.as_shipped

# An example: the file's name in backquotes at the end of a paragraph, then its text.
EXAMPLE = re.compile(r'`(/etc/[\w./-]+)`:\n\n```\w*\n(.*?)```', re.DOTALL)

# What Debian's nginx.conf has around it.
AROUND = """
load_module {module};
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


def swap(text, places):
    """The text with the example's places moved to the test's."""
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, str(new))
    return text


class Example(Nginx):
    """An nginx by the two files, which begin the paper."""

    def write(self, stack, upstream):
        paper = (CHECKOUT / 'docs' / 'portal.md').read_text(encoding='utf-8')
        texts = dict(EXAMPLE.findall(paper))
        conf = self.folder / 'gatehouse.conf'
        secret = self.folder / 'secret'
        secret.touch(mode=0o600)
        secret.write_text(stack.slapd.password('gatehouse'), encoding='ascii')
        self.url = f'https://localhost:{self.port.number}'
        conf.write_text(swap(texts['/etc/gatehouse/gatehouse.conf'], {
            'ldaps://ldap.city.example': stack.slapd.ldaps_uri,
            '/etc/gatehouse/directory-ca.pem': stack.slapd.tls.authority,
            '/etc/gatehouse/secrets/gatehouse': secret,
            '/etc/gatehouse/keys': self.folder / 'keys',
            'https://permits.city.example': self.url,
            '/usr/share/gatehouse/pages/en': PAGES,
            'smtp://mail.city.example': 'smtp://127.0.0.1',
            '/var/log/gatehouse/audit.log': self.folder / 'audit.log'}), encoding='utf-8')
        site = self.folder / 'site.conf'
        site.write_text(swap(texts['/etc/nginx/conf.d/gatehouse.conf'], {
            '/etc/gatehouse/gatehouse.conf': conf,
            'listen 443 ssl;': f'listen 127.0.0.1:{self.port.number} ssl;',
            '/etc/ssl/permits.pem': stack.slapd.tls.certificate,
            '/etc/ssl/private/permits.key': stack.slapd.tls.key,
            'http://127.0.0.1:8000': upstream.url}), encoding='utf-8')
        self.conf.write_text(AROUND.format(module=NGINX_MODULE, folder=self.folder, site=site),
                             encoding='utf-8')
        return conf


@pytest.fixture(name='example', scope='module')
def fixture_example(stack, upstream, tmp_path_factory):
    nginx = Example(tmp_path_factory.mktemp('example'))
    conf = nginx.write(stack, upstream)
    # The commands that follow in the paper.
    for words in (('keys', 'new'), ('check',)):
        done = subprocess.run([CTL, '-c', conf, *words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    try:
        nginx.start()
        yield nginx
    finally:
        nginx.close()


def reached(answer):
    """Who the application was told that it is."""
    assert answer.status_code == 200
    told = {name.lower(): value for name, value in answer.json()['headers']}
    return [told.get(name) for name in ('remote-user', 'remote-realm', 'remote-name')]


def test_who_comes_where(example, stack):
    browser = Browser(example.url, stack.slapd.tls.authority)
    assert reached(browser.get('/', headers={'Remote-User': 'forged'})) == [None] * 3
    for path in ('/dashboard/', '/inspections/'):
        answer = browser.get(path)
        assert answer.status_code == 302
        assert answer.headers['Location'].startswith(f'{LOGIN}?next=')

    assert browser.sign_in(*MARIA).status_code == 303
    assert reached(browser.get('/dashboard/')) == ['maria.lopez', 'public', 'Maria Lopez']
    assert reached(browser.get('/'))[0] == 'maria.lopez'
    assert browser.get('/inspections/').status_code == 403

    browser = Browser(example.url, stack.slapd.tls.authority)
    assert browser.sign_in(*ORCHARD, realm='contractor').status_code == 303
    assert reached(browser.get('/inspections/'))[:2] == ['1012345', 'contractor']
    assert browser.cookie('__Host-gatehouse')


def test_what_is_asked_of_it(example, stack):
    browser = Browser(example.url, stack.slapd.tls.authority)

    assert browser.get('/account/healthz').status_code == 200
    assert browser.get('/account/setup/public').status_code == 200
    assert browser.get('/account/forgot').status_code == 200
