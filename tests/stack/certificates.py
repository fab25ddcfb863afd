"""A throw-away certificate authority and what it signs."""

import subprocess

SERVER = """\
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = {usage}
{names}
"""

NEW_KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')


def openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, capture_output=True)


class Certificate:
    """A certificate and its key, in PEM files."""

    def __init__(self, folder, name):
        self.certificate = folder / f'{name}.pem'
        self.key = folder / f'{name}.key'


class Certificates:
    """An authority and a certificate for localhost and 127.0.0.1 in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = folder / 'ca.pem'
        self.authority_key = folder / 'ca.key'
        server = Certificate(folder, 'server')
        self.certificate = server.certificate
        self.key = server.key

    def create(self):
        self.folder.mkdir(mode=0o700, parents=True)
        openssl('req', '-x509', *NEW_KEY, '-days', '30',
                '-subj', '/CN=Gatehouse throw-away CA',
                '-keyout', self.authority_key, '-out', self.authority)
        self.issue('server', 'DNS:localhost, IP:127.0.0.1')

    def issue(self, name, names=None, days=30, subject='/CN=localhost', usage='serverAuth'):
        """A further certificate, in files called `name`, for `names` as OpenSSL writes them.

        With `days` below zero it has ended.
        """
        made = Certificate(self.folder, name)
        request = self.folder / f'{name}.csr'
        extensions = self.folder / f'{name}.ext'
        extensions.write_text(SERVER.format(
            usage=usage, names=f'subjectAltName = {names}' if names else ''), encoding='ascii')
        openssl('req', '-new', *NEW_KEY, '-subj', subject, '-keyout', made.key, '-out', request)
        openssl('x509', '-req', '-in', request, '-days', str(days), '-extfile', extensions,
                '-CA', self.authority, '-CAkey', self.authority_key, '-CAcreateserial',
                '-out', made.certificate)
        return made

    def sign_itself(self, name, names):
        """A certificate that no authority has signed."""
        made = Certificate(self.folder, name)
        openssl('req', '-x509', *NEW_KEY, '-days', '30', '-subj', '/CN=localhost',
                '-addext', f'subjectAltName = {names}', '-keyout', made.key,
                '-out', made.certificate)
        return made
