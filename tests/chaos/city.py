"""What is shaken: a gateway, two providers in mirror mode, and a proxy before each."""

import re
import shutil
import threading
import time

import ldap
import ldap.sasl

from stack import namespace
from stack.process import wait_until
from stack.proxy import Proxy
from stack.slapd import BASE
from stack.stack import EXEMPT, Stack
from strain import PASSWORD

from ledger import Account

# Of each provider, MB: room for a day of this, with what is left over for a fault.
DISK = 96

# Of each kind.
PEOPLE = 10

# For an answer of a provider that does not hang, on a machine that is busy, s.
MOMENT = 5

TOKEN = re.compile(rb'/reset\?token=([0-9a-f]{64})')
TO = re.compile(rb'^Delivered-To: (\S+)', re.MULTILINE)


class Side:
    """One of the two providers, with the way to it."""

    def __init__(self, name, provider):
        self.name = name
        self.provider = provider
        self.data = provider.folder / 'data'
        self.has_small_disk = False
        self.proxy = Proxy(provider.ldap_port.number, f'cn=gatehouse,ou=services,{BASE}')

    def put_on_small_disk(self):
        """Moves its data to a disk that a fault can fill."""
        elsewhere = self.provider.folder / 'moved'
        self.provider.stop()
        shutil.copytree(self.data, elsewhere)
        namespace.mount('-t', 'tmpfs', '-o', f'size={DISK}m,mode=0700', 'tmpfs', self.data)
        self.has_small_disk = True
        shutil.copytree(elsewhere, self.data, dirs_exist_ok=True)
        shutil.rmtree(elsewhere)
        self.provider.start()

    @property
    def ballast(self):
        """The file that fills its disk."""
        return self.data / 'ballast'

    def state(self):
        """How far it has come; None when it does not say within a moment."""
        try:
            connection = ldap.initialize(self.provider.ldapi_uri)
            connection.set_option(ldap.OPT_NETWORK_TIMEOUT, MOMENT)
            connection.set_option(ldap.OPT_TIMEOUT, MOMENT)
            connection.sasl_interactive_bind_s('', ldap.sasl.external())
            (_, entry), = connection.search_s(BASE, ldap.SCOPE_BASE, attrlist=['contextCSN'])
            connection.unbind_s()
        except ldap.LDAPError:
            return None
        return sorted(entry['contextCSN'])


class Mailbox:
    """The links that were mailed, newest last, by address."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = set()
        self.tokens = {}

    def links(self, address):
        """The tokens of all links to that address."""
        for path in sorted(set(self.folder.glob('*.eml')) - self.seen):
            self.seen.add(path)
            text = path.read_bytes()
            token = TOKEN.search(text)
            if token is not None:
                to = TO.search(text).group(1).decode()
                self.tokens.setdefault(to, []).append(token.group(1).decode())
        return self.tokens.get(address, [])


class City:
    """The whole, in `folder`; as a city would run it, but that nobody is throttled."""

    def __init__(self, folder):
        self.stack = Stack(folder, edit_config=lambda text: text + EXEMPT, is_for_tests=False,
                           has_mirror=True)
        self.sides = [Side(name, provider)
                      for name, provider in zip(('first', 'second'), self.stack.providers)]
        self.stack.uris = [side.proxy.uri for side in self.sides]
        self.mailbox = None
        self.lock = threading.Lock()
        self.residents = []
        self.victims = []
        self.nobody = []
        try:
            self.stack.create()
            if namespace.is_inside():
                for side in self.sides:
                    side.put_on_small_disk()
        except BaseException:
            self.close()
            raise

    def settle(self, ledger):
        """Gives it people whose passwords never change, and some who are not there."""
        for kind, accounts in (('resident', self.residents), ('victim', self.victims)):
            for number in range(PEOPLE):
                uid = f'{kind}.{number:02}'
                self.stack.people.add_public(uid, 'Some', 'Body', f'{uid}@example.org', PASSWORD)
                accounts.append(ledger.open_settled('public', uid, PASSWORD))
        self.nobody = [Account('public', f'nobody.{number:02}') for number in range(PEOPLE)]
        self.mailbox = Mailbox(self.stack.mailsink.mails)
        self.wait_for_peace()

    def links(self, address):
        """The tokens of the links that were mailed to that address, oldest first."""
        with self.lock:
            return list(self.mailbox.links(address))

    @property
    def nginx(self):
        return self.stack.nginx

    @property
    def url(self):
        return self.stack.url

    def look(self):
        """When all providers knew the same, in time.monotonic()'s seconds; None: they don't."""
        moment = time.monotonic()
        first, second = (side.state() for side in self.sides)
        return moment if first is not None and first == second else None

    def wait_for_peace(self):
        """Returns when both providers run and know the same."""
        wait_until(lambda: self.look() is not None, 'both providers know the same', 120)

    def close(self):
        """Stops every server; the folder stays, but for the small disks."""
        for side in self.sides:
            side.proxy.close()
        self.stack.close()
        for side in self.sides:
            if side.has_small_disk:
                namespace.unmount(side.data)
