"""What the lines of the bench measure on: a directory with a crowd, and gateways."""

import itertools
import tempfile
from pathlib import Path

from stack.proxy import Proxy
from stack.stack import PATIENCE, Stack, directory_head
from strain import Form
from web import LOGIN, PREFIX, Browser, Gateway, Page

import crowd
from tools import Listener, wrk

SET_UP = PREFIX + '/setup/public'

# People with {SSHA} passwords, and with Argon2 ones as a set-up makes them.
CHEAP = crowd.Crowd('crowd', 20000)
ARGON_COUNT = 64

# Argon2 binds under way: enough to keep two processors busy all of the time, and few enough
# that most of those that are begun come to their end in it.
ARGON_BINDS = 8

# Operations that a gateway of the bench has under way, as the program it is held against.
BINDS = 32

# Sign-ins under way in the gateway: enough that its bind connections never want for work.
CLIENTS = 64


def with_settings(text, **settings):
    """gatehouse.conf with further settings of its directory section.

    Nobody is to be sent away while what waits in front of Argon2 is measured; with a
    `timeout` among the settings, the connect timeout is the default too.
    """
    head = directory_head(**settings if 'timeout' in settings else PATIENCE | settings)
    return text.replace(directory_head(**PATIENCE), head, 1)


def quiet(text):
    """nginx.conf without what a log costs, which is the same for all that is compared."""
    lines = [line for line in text.splitlines() if 'access_log' not in line]
    return '\n'.join(lines).replace('http {\n', 'http {\n    access_log off;\n', 1).replace(
        'error.log info;', 'error.log warn;').replace(
        'worker_connections 1024;', 'worker_connections 4096;') + '\n'


class World:
    """Makes what is asked for when it is first asked for, and clears all of it away."""

    def __init__(self, rounds, seconds, is_long):
        self.rounds = rounds
        self.seconds = seconds
        self.is_long = is_long
        self.scratch = tempfile.TemporaryDirectory(prefix='gatehouse-')
        self.folder = Path(self.scratch.name)
        self.made = []
        self.main_stack = None
        self.numbers = itertools.count()

    def keep(self, thing):
        """Closes it with the world."""
        self.made.append(thing)
        return thing

    def new_folder(self, name):
        folder = self.folder / f'{name}.{next(self.numbers)}'
        folder.mkdir(mode=0o700)
        return folder

    def stack(self, *crowds):
        """A directory of its own with those crowds; its own gateway is at rest."""
        stack = Stack(self.new_folder('stack'))
        stack.create()
        self.keep(stack)
        stack.nginx.stop()
        stack.load_seconds = crowd.load(stack.slapd, *crowds)
        return stack

    @property
    def main(self):
        """The directory that most lines share."""
        if self.main_stack is None:
            hashed = crowd.argon2(self.folder)
            self.main_stack = self.stack(
                CHEAP, crowd.Crowd('argon', ARGON_COUNT, hash_of=lambda: hashed))
        return self.main_stack

    def gateway(self, stack, http='', server='', edit=lambda text: text, edit_nginx=quiet,
                uris=None, **settings):
        """A gateway with one worker, started."""
        settings = {'bind_connections': BINDS, 'queue': 4096, **settings}
        gateway = Gateway(stack, self.new_folder('gateway'), http=http, server=server)
        self.keep(gateway)
        gateway.write(lambda text: edit(with_settings(text, **settings)), edit_nginx, uris)
        gateway.start()
        return gateway

    def page_folder(self):
        """A folder with `page.txt`, 1 KB, in it."""
        folder = self.new_folder('pages')
        # Apache does not read as root.
        for each in (self.folder, folder):
            each.chmod(0o755)
        (folder / 'page.txt').write_text('x' * 1024, encoding='ascii')
        return folder

    def slow(self, stack, milliseconds):
        """The port of a way to the stack's directory that takes so long an answer."""
        return self.keep(Listener('slow_line', stack.slapd.ldap_port.number, milliseconds))

    def proxy(self, stack):
        return self.keep(Proxy(stack.slapd.ldap_port.number, stack.slapd.dn('gatehouse')))

    def end(self, thing):
        """Clears away one thing that isn't needed any more."""
        self.made.remove(thing)
        thing.close()

    def close(self):
        for thing in reversed(self.made):
            thing.close()
        self.made.clear()
        self.scratch.cleanup()


class SetUpForm(Form):
    """The form that sets up an account of a member of the public."""

    def __init__(self, url):  # pylint: disable=super-init-not-called
        browser = Browser(url)
        self.url = url
        self.csrf = Page(browser.get(SET_UP).text).value('csrf')
        self.cookies = '; '.join(f'{name}={value}'
                                 for name, value in browser.session.cookies.items())


def form_arguments(form, script, prefix, count, pause=0):
    return script, form.cookies, form.csrf, prefix, count, pause


def sign_ins(gateway, seconds, prefix=CHEAP.prefix, count=CHEAP.count, clients=CLIENTS):
    """Sign-ins through the portal: what wrk measured."""
    form = Form(gateway.url)
    return wrk(gateway.url + LOGIN, clients, seconds, script='form.lua',
               arguments=form_arguments(form, 'sign_in', prefix, count))
