"""Mail: it reaches the mail server, whatever that does meanwhile, and nobody waits for it."""

import json
import os
import re
import signal
import socket
import time
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

import pytest

from smtp import LOGIN, MailServer
from stack.certificates import Certificates
from stack.process import wait_until
from web import PREFIX, Browser

FORGOT = PREFIX + '/forgot'

# s: what a page may take on a busy machine while mail is stuck.
PROMPT = 10


# Servers.

@pytest.fixture(scope='module')
def certificates(tmp_path_factory):
    made = Certificates(tmp_path_factory.mktemp('certificates') / 'ca')
    made.create()
    return made


@pytest.fixture
def make_server():
    """A function that makes a mail server for this test; it is not started yet."""
    made = []

    def make(**knobs):
        made.append(MailServer(**knobs))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server):
    """A mail server without TLS."""
    plain = make_server()
    plain.start()
    return plain


class Post:
    """A gateway that sends mail."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.audit_log = gateway.folder / 'audit.log'

    def ask(self, uid):
        """Asks for a link to set a new password."""
        browser = Browser(self.gateway.url)
        answer = browser.post(FORGOT, {'csrf': browser.csrf(FORGOT), 'realm': 'public',
                                       'username': uid})
        assert answer.status_code in (200, 303), answer.text

    def events(self, event='mail', path=None):
        text = (path or self.audit_log).read_text(encoding='utf-8')
        lines = [json.loads(line) for line in text.splitlines()]
        return [line for line in lines if line['event'] == event]

    def wait_for_event(self):
        wait_until(self.events, 'event of a mail', 60)
        events = self.events()
        assert len(events) == 1, events
        return events[0]

    def log(self):
        return self.gateway.error_log.read_text(encoding='utf-8', errors='replace')

    def wait_for_log(self, text, count=1):
        wait_until(lambda: self.log().count(text) >= count, f'"{text}" in the log')

    def is_prompt(self):
        """Whether a page comes as if there were no mail."""
        start = time.monotonic()
        assert Browser(self.gateway.url).get(PREFIX + '/style.css').status_code == 200
        return time.monotonic() - start < PROMPT


@pytest.fixture
def make_post(make_gateway):
    """A function that starts a gateway with this mail server and these settings."""
    def make(server, title='City of Almond Grove', nginx='', **settings):
        settings = {'url': server.url, 'from': 'portal@almondgrove.example'} | settings
        lines = ''.join(f'    {name} = "{value}"\n' for name, value in settings.items())

        def edit(text):
            text = re.sub(r'\n(mail|audit|throttle) \{.*?\n\}\n', '\n', text, flags=re.DOTALL)
            text = text.replace('title      = "City of Almond Grove"', f'title = "{title}"')
            return (f'{text}\nmail {{\n{lines}}}\n'
                    f'\naudit {{\n    file = "{gateway_folder(text)}/audit.log"\n}}\n'
                    '\nthrottle {\n    exempt = { "127.0.0.1" }\n}\n')

        gateway = make_gateway(
            edit_config=edit,
            edit_nginx=lambda text: text.replace('events {', nginx + '\nevents {'))
        gateway.start()
        return Post(gateway)

    return make


def gateway_folder(config):
    """The folder of the gateway that a gatehouse.conf is for: its keys are there."""
    return re.search(r'keys *= "(.*)/keys"', config).group(1)


@pytest.fixture
def post(make_post, server):
    """A gateway that hands its mail to `server`."""
    return make_post(server, starttls='off')


def link(mail):
    return re.search(r'^http\S+$', mail.text, re.MULTILINE).group()


# What a mail is like.

def test_a_link_to_set_a_new_password(post, server, person):
    post.ask(person)

    mail = server.wait_for_mail()
    assert mail.sender == 'portal@almondgrove.example'
    assert mail.recipients == [f'{person}@example.org']
    assert mail.header('From') == 'City of Almond Grove <portal@almondgrove.example>'
    assert mail.header('To') == f'{person}@example.org'
    assert mail.header('Subject') == 'Set a new password'
    assert mail.header('Auto-Submitted') == 'auto-generated'
    assert mail.header('MIME-Version') == '1.0'
    assert re.fullmatch(r'<[0-9a-f]{32}@almondgrove\.example>', mail.header('Message-ID'))
    assert abs(parsedate_to_datetime(mail.header('Date')).timestamp() - time.time()) < 60
    assert mail.header('Content-Type') == 'text/plain; charset="utf-8"'
    assert mail.header('Content-Transfer-Encoding') == '7bit'
    assert re.fullmatch(re.escape(post.gateway.url) + r'/account/reset\?token=[0-9a-f]{64}',
                        link(mail))
    assert f'Account: {person} (Public user)\n' in mail.text
    assert 'Questions? Call (555) 010-0142.\n' in mail.text
    assert b'\n' not in mail.raw.replace(b'\r\n', b'')


def test_the_audit_trail_names_the_account_and_holds_no_link(post, server, person):
    post.ask(person)

    mail = server.wait_for_mail()
    event = post.wait_for_event()
    assert (event['outcome'], event['realm'], event['uid'], event['reason']) == (
        'sent', 'public', person, 'mail_reset')
    assert event['address'] == '127.0.0.1'
    assert re.fullmatch('[0-9a-f]{32}', event['request'])
    token = link(mail).split('=')[1]
    for path in (post.audit_log, post.gateway.error_log, post.gateway.access_log):
        assert token not in path.read_text(encoding='utf-8')


@pytest.mark.parametrize('title', [
    'City of Peñasco',
    'Stadt Mühlenhügel an der Großen Überflüssigkeit, Bürgerbüro für Öffentliche Ämter',
    '=?utf-8?B?eA==?=',
    'City (of) Almond, Grove <x@y.example>',
])
def test_the_citys_name_in_the_sender(make_post, server, person, title):
    make_post(server, title=title, starttls='off').ask(person)

    mail = server.wait_for_mail()
    # Python's own reader of addresses keeps the blank between two encoded words.
    sender = BytesParser(policy=compat32).parsebytes(mail.raw)['From']
    name, address = parseaddr(sender)
    assert str(make_header(decode_header(name))) == title
    assert address == 'portal@almondgrove.example'
    assert f'\n{title}\n' in mail.text


@pytest.mark.parametrize('address', [
    'one,two@almond.example', '<one@almond.example>', '"one"@almond.example', '-one@almond.example',
])
def test_what_is_no_plain_address_gets_no_mail(post, server, portal, unique, address):
    uid = f'oddly.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', address, 'blue heron over the pier')
    post.ask(uid)

    event = post.wait_for_event()
    assert (event['outcome'], event['uid'], event['reason']) == (
        'undelivered', uid, 'mail_reset: not an address that mail can be sent to')
    assert not server.mails


# A server that is not there.

def test_server_down_for_half_a_minute(post, server, person):
    server.stop()
    post.ask(person)

    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert post.is_prompt()
    server.start()

    server.wait_for_mail()
    post.wait_for_log('the mail server can be used again')
    assert post.log().count('the mail server can\'t be used') == 1
    assert post.wait_for_event()['outcome'] == 'sent'


def test_several_wait_for_the_server(post, server, portal, unique):
    names = [f'waiting.{unique():04}' for _ in range(8)]
    for name in names:
        portal.people.add_public(name, 'Web', 'Person', f'{name}@example.org',
                                 'blue heron over the pier')
    server.stop()
    for name in names:
        post.ask(name)
    post.wait_for_log('the mail server can\'t be used')
    server.start()

    server.wait_for_mail(len(names))
    assert sorted(mail.recipients for mail in server.mails) == [
        [f'{name}@example.org'] for name in names]


def test_a_server_that_never_speaks(make_post, make_server, person):
    silent = make_server()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1', silent.port.number))
        listener.listen()
        post = make_post(silent, starttls='off')
        post.ask(person)
        caller, _address = listener.accept()
        with caller:
            for _ in range(50):
                assert post.is_prompt()


# A worker that ends.

def test_reload_while_a_mail_waits(post, server, person):
    server.stop()
    post.ask(person)
    post.wait_for_log('the mail server can\'t be used')
    before = set(post.gateway.worker_pids())
    post.gateway.reload()
    assert before <= set(post.gateway.worker_pids())
    server.start()

    server.wait_for_mail()
    wait_until(lambda: not before & set(post.gateway.worker_pids()), 'end of the old worker')
    assert post.wait_for_event()['outcome'] == 'sent'
    assert 'open socket' not in post.log()


def test_worker_shutdown_timeout_ends_the_wait(make_post, server, person):
    post = make_post(server, nginx='worker_shutdown_timeout 2s;', starttls='off')
    server.stop()
    post.ask(person)
    post.wait_for_log('the mail server can\'t be used')
    before = set(post.gateway.worker_pids())
    post.gateway.reload()

    wait_until(lambda: not before & set(post.gateway.worker_pids()), 'end of the old worker')
    event = post.wait_for_event()
    assert (event['outcome'], event['reason']) == (
        'undelivered', 'mail_reset: the worker that had it ended')


def test_what_a_stopped_nginx_still_had_is_in_the_audit_trail(post, server, person):
    server.stop()
    post.ask(person)
    post.wait_for_log('the mail server can\'t be used')
    os.kill(post.gateway.pidfile.pid(), signal.SIGTERM)

    event = post.wait_for_event()
    assert (event['outcome'], event['uid'], event['reason']) == (
        'undelivered', person, 'mail_reset: the worker that had it ended')


# A server that is slow, or says no.

@pytest.mark.parametrize('command', ['RCPT', 'DATA'])
def test_a_server_that_stalls(post, server, person, command):
    server.replies[command] = MailServer.STALL
    post.ask(person)
    wait_until(lambda: server.stalled == 1, 'a stalled mail')

    for _ in range(50):
        assert post.is_prompt()


@pytest.mark.parametrize('refusal', [None, '550 5.1.1 nobody here'])
def test_nobody_waits_for_the_answer_to_quit(post, server, person, refusal):
    server.replies = {'QUIT': MailServer.STALL, 'RCPT': refusal}
    post.ask(person)
    wait_until(lambda: server.quits == 1, 'QUIT')

    assert post.is_prompt()
    assert post.wait_for_event()['outcome'] == ('sent' if refusal is None else 'undelivered')


@pytest.mark.parametrize('command, step', [('RCPT', 'RCPT'), ('DATA', 'the text')])
def test_refused_for_good(post, server, person, command, step):
    server.replies[command] = '554 5.7.1 not wanted'
    post.ask(person)

    event = post.wait_for_event()
    assert (event['outcome'], event['uid']) == ('undelivered', person)
    assert event['reason'] == f'mail_reset: {step}: reply 554'
    assert not server.mails


@pytest.mark.parametrize('command', ['RCPT', 'DATA'])
def test_refused_for_now(post, server, person, command):
    server.replies[command] = '451 4.7.1 come back later'
    post.ask(person)
    wait_until(lambda: server.quits >= 2, 'a second attempt')
    server.replies.clear()

    server.wait_for_mail()
    assert post.wait_for_event()['outcome'] == 'sent'


# TLS and log-in.

def test_starttls(make_post, make_server, certificates, person):
    server = make_server(certificates=certificates)
    server.start()
    make_post(server, tls_ca=certificates.authority).ask(person)

    assert server.wait_for_mail().is_encrypted


def test_smtps(make_post, make_server, certificates, person):
    server = make_server(certificates=certificates, is_smtps=True)
    server.start()
    make_post(server, tls_ca=certificates.authority).ask(person)

    server.wait_for_mail()


def test_without_starttls_nothing_is_sent_unless_told_so(make_post, server, person):
    post = make_post(server)
    post.ask(person)

    post.wait_for_log('the mail server can\'t be used: connecting: Requested SSL level failed')
    assert not server.mails


def test_starttls_where_the_server_has_it(make_post, make_server, server, certificates, person):
    encrypted = make_server(certificates=certificates)
    encrypted.start()
    make_post(encrypted, starttls='optional', tls_ca=certificates.authority).ask(person)
    make_post(server, starttls='optional').ask(person)

    assert encrypted.wait_for_mail().is_encrypted
    assert not server.wait_for_mail().is_encrypted


def test_a_certificate_of_somebody_else(make_post, make_server, certificates, tmp_path, person):
    strangers = Certificates(tmp_path / 'strangers')
    strangers.create()
    server = make_server(certificates=strangers)
    server.start()
    post = make_post(server, tls_ca=certificates.authority)
    post.ask(person)

    post.wait_for_log('the mail server can\'t be used: connecting: SSL peer certificate')
    assert not server.mails


@pytest.mark.parametrize('password', [LOGIN[1], 'seven bells'])
def test_login(make_post, make_server, certificates, tmp_path, person, password):
    server = make_server(certificates=certificates, has_login=True)
    server.start()
    secret = tmp_path / 'password'
    secret.touch(mode=0o600)
    secret.write_text(password + '\n', encoding='utf-8')
    post = make_post(server, tls_ca=certificates.authority, username=LOGIN[0],
                     password_file=secret)
    post.ask(person)

    if password == LOGIN[1]:
        assert server.wait_for_mail().is_logged_in
    else:
        wait_until(lambda: server.refused_logins >= 2, 'a second attempt')
        post.wait_for_log('the mail server can\'t be used: connecting: Login denied')
        assert not server.mails
    assert password not in post.log()


# The audit file.

def test_audit_file_is_opened_again_on_usr1(post, server, person, unique, portal):
    post.ask(person)
    server.wait_for_mail()
    post.wait_for_event()
    rotated = post.audit_log.with_suffix('.1')
    assert post.audit_log.stat().st_mode & 0o777 == 0o640
    post.audit_log.rename(rotated)
    os.kill(post.gateway.pidfile.pid(), signal.SIGUSR1)
    wait_until(post.audit_log.exists, 'new audit file')
    other = f'rotated.{unique():04}'
    portal.people.add_public(other, 'Web', 'Person', f'{other}@example.org',
                             'blue heron over the pier')
    post.ask(other)
    server.wait_for_mail(2)

    assert post.wait_for_event()['uid'] == other
    assert [event['uid'] for event in post.events(path=rotated)] == [person]
