"""A mail sink: takes every mail over SMTP and writes it to a file of its own.

    python3 -m stack.mailsink PORT FOLDER PIDFILE
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller

from .process import PidFile, Port, port_answers, wait_until


class Keeper:
    """Writes mails with the envelope on top; names sort by time of arrival."""

    def __init__(self, folder):
        self.folder = folder

    # aiosmtpd calls it by this name.
    async def handle_DATA(self, _server, _session, envelope):
        lines = [f'Return-Path: <{envelope.mail_from or ""}>']
        lines += [f'Delivered-To: {address}' for address in envelope.rcpt_tos]
        head = ''.join(line + '\r\n' for line in lines).encode()
        name = f'{time.time_ns()}.eml'
        # Whoever watches the folder sees whole mails only.
        part = self.folder.parent / name
        part.write_bytes(head + envelope.original_content)
        part.rename(self.folder / name)
        return '250 OK'


def pidfile(folder):
    """The pid file of a mail sink that lives in `folder`."""
    return PidFile(folder / 'mailsink.pid', str(folder / 'mailsink.pid'))


class MailSink:
    """A mail sink in a process of its own; mails are in `mails`."""

    def __init__(self, folder):
        self.folder = folder
        self.mails = folder / 'mails'
        self.port = Port()
        self.pidfile = pidfile(folder)
        self.process = None

    def start(self):
        self.mails.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, '-m', 'stack.mailsink', str(self.port.number),
                   str(self.mails), str(self.pidfile.path)]
        tests = Path(__file__).resolve().parents[1]
        with open(self.folder / 'mailsink.log', 'ab') as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env={**os.environ, 'PYTHONPATH': str(tests)})
        wait_until(self.is_up, 'mail sink')

    def stop(self):
        self.pidfile.end()
        self._reap()

    def kill(self):
        self.pidfile.end(signal.SIGKILL)
        self._reap()

    def restart(self):
        self.stop()
        self.start()

    def _reap(self):
        if self.process is not None:
            self.process.wait()
            self.process = None

    def close(self):
        """Stops it and gives its port back."""
        self.stop()
        self.port.release()

    def is_up(self):
        return self.pidfile.pid() is not None and port_answers(self.port.number)


def main(port, folder, pid_path):
    ends = {signal.SIGTERM, signal.SIGINT}
    # Before any thread begins, so that none of them takes the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    controller = Controller(Keeper(Path(folder)), hostname='127.0.0.1', port=int(port))
    controller.start()
    Path(pid_path).write_text(f'{os.getpid()}\n', encoding='ascii')
    signal.sigwait(ends)
    controller.stop()


if __name__ == '__main__':
    main(*sys.argv[1:])
