"""A throw-away certificate authority and one server certificate."""

import subprocess

SERVER = """\
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


def openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, capture_output=True)


class Certificates:
    """An authority and a certificate for localhost and 127.0.0.1 in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = folder / 'ca.pem'
        self.certificate = folder / 'server.pem'
        self.key = folder / 'server.key'

    def create(self):
        self.folder.mkdir(mode=0o700, parents=True)
        authority_key = self.folder / 'ca.key'
        request = self.folder / 'server.csr'
        extensions = self.folder / 'server.ext'
        extensions.write_text(SERVER, encoding='ascii')
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                '-nodes', '-days', '30', '-subj', '/CN=Gatehouse throw-away CA',
                '-keyout', authority_key, '-out', self.authority)
        openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                '-nodes', '-subj', '/CN=localhost', '-keyout', self.key, '-out', request)
        openssl('x509', '-req', '-in', request, '-days', '30', '-extfile', extensions,
                '-CA', self.authority, '-CAkey', authority_key, '-CAcreateserial',
                '-out', self.certificate)
