"""The demo: a stack that stays up until it is told to stop.

    python3 -m stack.demo             until Ctrl-C
    python3 -m stack.demo --detach    returns when the portal answers
    python3 -m stack.demo stop

Every start begins anew: what the last run left in the folder goes.
"""

import argparse
import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

from .paths import CHECKOUT
from .process import StackError, wait_until
from .stack import Stack, end, is_running

# Its presence says that the folder is ours to empty.
MARKER = '.gatehouse-demo'

WORDS = """\
Portal       {url}/
Sign in      {url}{prefix}/login

             user name     password
Public user  maria.lopez   blue heron over the pier
Contractor   1012345       level plumb and square
Contractor   765432        none yet: on file, returning, staff issue a temporary one

Mail         {mails}
Settings     {env}
"""


def folder_of_demo():
    return Path(os.environ.get('GATEHOUSE_DEMO_DIR', CHECKOUT / 'demo-run')).absolute()


def port_of_demo():
    text = os.environ.get('GATEHOUSE_DEMO_PORT', '8080')
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise StackError(f'GATEHOUSE_DEMO_PORT: {text} is not a port')
    return int(text)


def empty(folder):
    """Clears away the last run; a folder of somebody else's is an error."""
    if (folder / MARKER).exists():
        end(folder)
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise StackError(f'{folder} holds other things; set GATEHOUSE_DEMO_DIR to another folder')
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (folder / MARKER).touch()


def answers(url):
    """Whether the portal gives any answer at all."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def start(folder):
    """A running stack in the folder, its addresses printed."""
    empty(folder)
    stack = Stack(folder, port_of_demo(), is_for_tests=False)
    stack.create()
    try:
        wait_until(lambda: answers(f'{stack.url}{stack.prefix}/login'), 'the portal')
    except BaseException:
        stack.close()
        raise
    print(WORDS.format(url=stack.url, prefix=stack.prefix, mails=stack.mailsink.mails,
                       env=stack.env), flush=True)
    return stack


def run(folder):
    """The demo in the foreground, until a signal says it is enough."""
    stack = start(folder)
    try:
        print('Ctrl-C stops all.', flush=True)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        stack.close()


def main():
    parser = argparse.ArgumentParser(prog='demo.sh', description='Runs the demo portal.')
    parser.add_argument('command', nargs='?', choices=['stop'], help='stop the demo')
    parser.add_argument('--detach', action='store_true',
                        help='return when the portal answers')
    options = parser.parse_args()
    folder = folder_of_demo()
    # A shell that starts us in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        if options.command == 'stop':
            end(folder)
        elif is_running(folder):
            raise StackError(f'the demo in {folder} is running; stop it with: ./demo.sh stop')
        elif options.detach:
            start(folder)
        else:
            run(folder)
    except StackError as error:
        sys.exit(f'demo.sh: {error}')
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == '__main__':
    main()
