"""A short run of chaos, with the same dice each time: every kind of fault comes up."""

import subprocess
import sys

import pytest

from stack.paths import CHECKOUT

CHAOS = CHECKOUT / 'tests' / 'chaos' / 'chaos.py'


@pytest.mark.as_shipped
def test_chaos():
    done = subprocess.run(
        [sys.executable, '-B', CHAOS, '--seconds', '0', '--longest', '1.5', '--seed', '1'],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    tally = done.stdout.partition('seed 1, ')[2]
    for kind in ('kill', 'hang', 'restart', 'slow', 'silence', 'forget', 'refuse', 'cut',
                 'half_close', 'reload', 'hang_up'):
        assert f'  {kind}\n' in tally
    for answer in ('sign-in: 303', 'set-up: 303', 'page: 200', 'sign-in, guessed: 422'):
        assert f'  {answer}\n' in tally
