"""TLS ends: what a gateway may find behind ldaps:// and StartTLS, and what it must make of it."""

import socket
import socketserver
import ssl
import threading
from typing import NamedTuple

from stack import ber
from stack.certificates import Certificates

LOCAL = f'DNS:localhost, DNS:{socket.gethostname()}, DNS:{socket.getfqdn()}'


class End(NamedTuple):
    """A TLS end: its certificate, the name it is reached by, and the one version it speaks."""

    certificate: str
    host: str
    version: ssl.TLSVersion = None


# With these everything is as it should be.
GOOD = {
    'name': End('name', 'localhost'),
    'address': End('address', '127.0.0.1'),
    'TLS 1.2': End('address', '127.0.0.1', ssl.TLSVersion.TLSv1_2),
    'TLS 1.3': End('address', '127.0.0.1', ssl.TLSVersion.TLSv1_3),
}

# With these nothing may be said, least of all a password; and what OpenSSL says of them.
BAD = {
    'other authority': (End('other', '127.0.0.1'), 'unable to get local issuer certificate'),
    'self-signed': (End('itself', '127.0.0.1'), 'self-signed certificate'),
    'expired': (End('expired', '127.0.0.1'), 'certificate has expired'),
    'wrong name': (End('elsewhere', 'localhost'), 'hostname mismatch'),
    'wrong address': (End('neighbour', '127.0.0.1'), 'IP address mismatch'),
    'name for an address': (End('name', '127.0.0.1'), 'IP address mismatch'),
    'address for a name': (End('address', 'localhost'), 'hostname mismatch'),
    'only a common name': (End('subject', 'localhost'), 'hostname mismatch'),
}

# A certificate with which a gateway might pose as the directory.
CLIENTS = End('client', '127.0.0.1')
OLD = End('address', '127.0.0.1', ssl.TLSVersion.TLSv1_1)


class Shelf:
    """The certificates of the ends, by name; `authority` is the one to trust."""

    def __init__(self, folder):
        trusted = Certificates(folder / 'trusted')
        trusted.create()
        other = Certificates(folder / 'other')
        other.create()
        self.authority = trusted.authority
        self.other_authority = other.authority
        self.certificates = {
            'name': trusted.issue('name', LOCAL),
            'address': trusted.issue('address', 'IP:127.0.0.1'),
            'other': other.issue('other', f'{LOCAL}, IP:127.0.0.1'),
            'itself': trusted.sign_itself('itself', f'{LOCAL}, IP:127.0.0.1'),
            'expired': trusted.issue('expired', 'IP:127.0.0.1', days=-1),
            'elsewhere': trusted.issue('elsewhere', 'DNS:directory.city.example'),
            'neighbour': trusted.issue('neighbour', 'IP:127.0.0.2'),
            'subject': trusted.issue('subject', subject='/CN=localhost'),
            'client': trusted.issue('client', 'IP:127.0.0.1', usage='clientAuth'),
        }

    def context(self, end):
        """What makes a server that TLS end."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if end.version is not None:
            if end.version < ssl.TLSVersion.TLSv1_2:
                context.set_ciphers('ALL:@SECLEVEL=0')
            context.minimum_version = context.maximum_version = end.version
        made = self.certificates[end.certificate]
        context.load_cert_chain(made.certificate, made.key)
        return context


def granted(message):
    return ber.message(message.number, ber.result(ber.EXTENDED_RESPONSE, ber.SUCCESS))


def refused(message):
    return ber.message(message.number, ber.result(ber.EXTENDED_RESPONSE, ber.PROTOCOL_ERROR))


def garbled(message):
    return ber.message(message.number, ber.result(ber.BIND_RESPONSE, ber.SUCCESS))


def of_another(message):
    return ber.message(message.number + 7, ber.result(ber.EXTENDED_RESPONSE, ber.SUCCESS))


def nothing(_message):
    return b''


def bind_granted(_message):
    """What would let anybody in, were it believed: an answer to the bind that comes next."""
    return ber.message(2, ber.result(ber.BIND_RESPONSE, ber.SUCCESS))


class StartTlsEnd(socketserver.ThreadingTCPServer):
    """A server that is asked for StartTLS, and somebody on the way to it.

    answer   from the message that asks to what comes back
    behind   from the same message to what comes right behind that, in the same packet
    late     and to what comes when the handshake has begun
    heard    all that was said to it after it was asked
    """

    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            server = self.server
            buffer = bytearray()
            try:
                while not (messages := ber.split(buffer)):
                    data = self.request.recv(65536)
                    if not data:
                        return
                    buffer += data
                message = ber.read(messages[0])
                server.asked.append(message.operation)
                self.request.sendall(server.answer(message) + server.behind(message))
                while data := self.request.recv(65536):
                    server.heard += data
                    self.request.sendall(server.late(message))
            except OSError:
                pass

    def __init__(self, answer, behind=nothing, late=nothing):
        super().__init__(('127.0.0.1', 0), self.Handler)
        self.answer, self.behind, self.late = answer, behind, late
        self.asked = []
        self.heard = bytearray()
        self.port = self.server_address[1]
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self.thread.join()
