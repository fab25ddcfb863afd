"""TLS ends: what a gateway may find behind ldaps://, and what it must make of it."""

import socket
import ssl
from typing import NamedTuple

from stack.certificates import Certificates

LOCAL = f'DNS:localhost, DNS:{socket.gethostname()}, DNS:{socket.getfqdn()}'


class End(NamedTuple):
    """A TLS end: its certificate, the name it is reached by, and its highest version."""

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

# With these nothing may be said, least of all a password.  What nginx says of them.
BAD = {
    'other authority': (End('other', '127.0.0.1'), 'unable to get local issuer certificate'),
    'wrong name': (End('elsewhere', 'localhost'), 'hostname mismatch'),
    'wrong address': (End('neighbour', '127.0.0.1'), 'IP address mismatch'),
    'name where an address is wanted': (End('name', '127.0.0.1'), 'IP address mismatch'),
    'address where a name is wanted': (End('address', 'localhost'), 'hostname mismatch'),
    'only a common name': (End('subject', 'localhost'), 'hostname mismatch'),
    'expired': (End('expired', '127.0.0.1'), 'certificate has expired'),
    'self-signed': (End('itself', '127.0.0.1'), 'self-signed certificate'),
    'of a client': (End('client', '127.0.0.1'), 'unsuitable certificate purpose'),
    'TLS 1.1': (End('address', '127.0.0.1', ssl.TLSVersion.TLSv1_1),
                'the TLS handshake failed'),
}


class Shelf:
    """The certificates of the ends, by name; `authority` is the one to trust."""

    def __init__(self, folder):
        trusted = Certificates(folder / 'trusted')
        trusted.create()
        other = Certificates(folder / 'other')
        other.create()
        self.trusted = trusted
        self.authority = trusted.authority
        self.other_authority = other.authority
        self.certificates = {
            'name': trusted.issue('name', LOCAL),
            'address': trusted.issue('address', 'IP:127.0.0.1'),
            'other': other.issue('other', f'{LOCAL}, IP:127.0.0.1'),
            'elsewhere': trusted.issue('elsewhere', 'DNS:directory.city.example'),
            'neighbour': trusted.issue('neighbour', 'IP:127.0.0.2'),
            'subject': trusted.issue('subject', subject='/CN=localhost'),
            'expired': trusted.issue('expired', 'IP:127.0.0.1', days=-1),
            'itself': trusted.sign_itself('itself', f'{LOCAL}, IP:127.0.0.1'),
            'client': trusted.issue('client', 'IP:127.0.0.1', usage='clientAuth',
                                    subject='/O=City/CN=gateway'),
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
