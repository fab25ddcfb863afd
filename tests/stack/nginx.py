"""A private nginx with the Gatehouse module: gateway and demo site in one."""

import os
import signal
import subprocess

from . import sanitizers
from .paths import DEMO, NGINX_MODULE
from .process import PidFile, Port, StackError, port_answers, wait_until
from .template import fill

NGINX = '/usr/sbin/nginx'


def pidfile(folder):
    """The pid file of an nginx that lives in `folder`."""
    return PidFile(folder / 'nginx.pid', str(folder / 'nginx.conf'))


class Nginx:
    """An nginx in `folder` on `port` (0: a free one).

    `http` and `server` are further text for the http block and for the
    gateway's server block.  `wrapper` is a command that runs nginx, such as
    valgrind's.
    """

    def __init__(self, folder, port=0, workers=2, http='', server='', wrapper=()):
        self.folder = folder
        self.conf = folder / 'nginx.conf'
        self.error_log = folder / 'error.log'
        self.access_log = folder / 'access.log'
        self.port = Port(port)
        self.site_port = Port()
        self.url = f'http://127.0.0.1:{self.port.number}'
        self.pidfile = pidfile(folder)
        self.workers = workers
        self.http = http
        self.server = server
        self.wrapper = wrapper

    def create(self, gatehouse_conf):
        """Writes its configuration."""
        if not NGINX_MODULE.exists():
            raise StackError(f'{NGINX_MODULE} is not built')
        (self.folder / 'temp').mkdir(exist_ok=True)
        self.conf.write_text(fill(DEMO / 'nginx.conf.in', {
            'MODULE': NGINX_MODULE,
            'USER': 'user root;' if os.getuid() == 0 else '',
            'WORKERS': self.workers,
            'FOLDER': self.folder,
            'GATEHOUSE_CONF': gatehouse_conf,
            'HTTP': self.http,
            'SERVER': self.server,
            'PORT': self.port.number,
            'SITE_PORT': self.site_port.number,
            'SITE': DEMO / 'site',
        }), encoding='utf-8')

    def run(self, *options):
        """Runs nginx with its configuration, for example with `-t`."""
        return subprocess.run(
            [*self.wrapper, NGINX, '-p', self.folder, '-e', self.error_log, '-c', self.conf,
             *options],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=sanitizers.preloading(os.environ), check=False)

    def start(self):
        done = self.run()
        if done.returncode != 0:
            raise StackError(f'nginx does not start:\n{done.stderr}')
        wait_until(self.is_up, 'nginx')

    def stop(self):
        self.pidfile.end()

    def kill(self):
        """Ends master and workers at once, as a power cut would."""
        workers = self.worker_pids()
        self.pidfile.end(signal.SIGKILL)
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: not port_answers(self.port.number), 'end of nginx')

    def restart(self):
        self.stop()
        self.start()

    def reload(self):
        """Reads the configuration again; returns when new workers are there."""
        before = set(self.worker_pids())
        os.kill(self.pidfile.pid(), signal.SIGHUP)
        wait_until(lambda: set(self.worker_pids()) - before, 'new workers after a reload')

    def worker_pids(self):
        """Its workers, those that are on their way out included."""
        master = self.pidfile.pid()
        if master is None:
            return []
        with open(f'/proc/{master}/task/{master}/children', encoding='ascii') as file:
            return [int(pid) for pid in file.read().split()]

    def close(self):
        """Stops it and gives its ports back."""
        self.stop()
        self.port.release()
        self.site_port.release()

    def is_up(self):
        return self.pidfile.pid() is not None and port_answers(self.port.number)
