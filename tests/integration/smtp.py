"""Mail servers for tests, with the habits that a test wants.

    server = MailServer()
    server.start()
    ...
    server.wait_for_mail().text
"""

import asyncio
import email
import email.policy
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from stack.process import Port, wait_until

LOGIN = ('gatehouse', 'six bells at low tide')


class Mail:
    """A mail that was taken: how it came and what is in it."""

    def __init__(self, session, envelope):
        self.sender = envelope.mail_from
        self.recipients = envelope.rcpt_tos
        self.is_encrypted = session.ssl is not None
        self.is_logged_in = session.authenticated
        self.raw = envelope.original_content
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    def header(self, name):
        """The header, decoded; AssertionError unless there is exactly one."""
        values = self.message.get_all(name)
        assert len(values) == 1, f'{name}: {values}'
        return values[0]

    @property
    def text(self):
        return self.message.get_content().replace('\r\n', '\n')


class Habits:
    """aiosmtpd's handler; it calls these methods by their names."""

    def __init__(self, server):
        self.server = server

    async def obey(self, command):
        """What the test has set for the command; None: nothing."""
        reply = self.server.replies.get(command)
        if reply is MailServer.STALL:
            self.server.stalled += 1
            await asyncio.Event().wait()
        return reply

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        reply = await self.obey('RCPT')
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or '250 OK'

    async def handle_DATA(self, _server, session, envelope):
        reply = await self.obey('DATA')
        if reply is None:
            self.server.mails.append(Mail(session, envelope))
        return reply or '250 OK'

    async def handle_QUIT(self, _server, _session, _envelope):
        self.server.quits += 1
        return await self.obey('QUIT') or '221 Bye'


class MailServer:
    """A mail server on a port of its own.

    certificates  stack.certificates.Certificates: STARTTLS is offered
    is_smtps      TLS from the first byte instead
    has_login     mail is taken from LOGIN alone
    """

    STALL = object()

    def __init__(self, certificates=None, is_smtps=False, has_login=False):
        self.port = Port()
        self.certificates = certificates
        self.is_smtps = is_smtps
        self.has_login = has_login
        self.replies = {}  # 'RCPT', 'DATA', 'QUIT': a reply, or STALL
        self.mails = []
        self.quits = 0
        self.stalled = 0
        self.refused_logins = 0
        self.controller = None

    @property
    def url(self):
        scheme = 'smtps' if self.is_smtps else 'smtp'
        return f'{scheme}://localhost:{self.port.number}'

    def check_login(self, _server, _session, _envelope, _mechanism, data):
        is_right = (data.login, data.password) == tuple(word.encode() for word in LOGIN)
        self.refused_logins += not is_right
        # Not handled: the server itself says so to the client.
        return AuthResult(success=is_right, handled=False)

    def start(self):
        options = {'hostname': '127.0.0.1', 'port': self.port.number}
        if self.certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificates.certificate, self.certificates.key)
            # aiosmtpd's own probe of an smtps port would not trust the certificate.
            options['ssl_context' if self.is_smtps else 'tls_context'] = context
        if self.has_login:
            options |= {'authenticator': self.check_login, 'auth_required': True}
        self.controller = Controller(Habits(self), **options)
        self.controller.start()

    def stop(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def close(self):
        self.stop()
        self.port.release()

    def wait_for_mail(self, count=1):
        """The last of `count` mails."""
        wait_until(lambda: len(self.mails) >= count, f'mail {count}', 60)
        assert len(self.mails) == count
        return self.mails[-1]
