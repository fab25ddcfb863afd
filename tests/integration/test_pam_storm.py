"""The PAM module in many threads of one process: nothing is lost, and nobody gets in the way.

More rounds a thread are for a quiet hour: GATEHOUSE_STORM_ROUNDS=625.
"""

import os
import subprocess

import pytest
from pam import PASSWORD, crowd, directory, make_service, person, service, write_conf
from stack.paths import BUILD

pytestmark = [pytest.mark.as_shipped, pytest.mark.no_sanitizers]

STORM = BUILD / 'tests' / 'integration' / 'pam_storm'
VALGRIND = ('valgrind', '-q', '--error-exitcode=99', '--leak-check=full',
            '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite')
THREADS = 8
ROUNDS = int(os.environ.get('GATEHOUSE_STORM_ROUNDS', 10))


@pytest.fixture(name='guessed')
def fixture_guessed(crowd, unique):
    """Somebody else, at whose password is guessed: whoever is guessed at has to wait."""
    uid = f'pam.guessed{unique()}'
    crowd.add_public(uid, 'Pam', 'Guessed', f'{uid}@example.org', PASSWORD)
    return uid


def test_many_threads(service, person, guessed):
    done = subprocess.run(
        [*VALGRIND, STORM, service.folder, str(THREADS), str(ROUNDS), person, guessed],
        env=os.environ | {'PROBE_PASSWORD': PASSWORD}, capture_output=True, text=True,
        check=False)

    assert done.returncode == 0, done.stdout + done.stderr[-6000:]
    account = ROUNDS // 5
    wrong = ROUNDS // 4 - ROUNDS // 20
    right = ROUNDS - account - wrong
    assert done.stdout == (f'right {THREADS * right} wrong {THREADS * wrong}'
                           f' account {THREADS * account} other 0\n')
