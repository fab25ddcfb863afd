"""A build with sanitizers: they are in whatever is ours, and no report is lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import sanitizers
from stack.paths import CTL, NGINX_MODULE, PAM_MODULE

pytestmark = pytest.mark.only_sanitizers

# Programs with a fault, and what its report has.
C = 'import ctypes; c = ctypes.CDLL(None); c.malloc.restype = ctypes.c_void_p; '
FAULTS = {
    'freed twice': (C + 'p = ctypes.c_void_p(c.malloc(8)); c.free(p); c.free(p)',
                    'attempting double-free'),
    'lost': (C + 'c.malloc(123457)', 'leak of 123457 byte(s) in 1 object(s)'),
    'undefined': (C + 'import os; os.kill(os.getpid(), 4)', 'AddressSanitizer: ILL'),
    'aborted': (C + 'c.abort()', 'AddressSanitizer: ABRT'),
}


@pytest.mark.parametrize('fault, text', FAULTS.values(), ids=FAULTS)
def test_a_report_is_found(reports, fault, text):
    done = subprocess.run(
        [sys.executable, '-c', fault], capture_output=True, check=False,
        env=sanitizers.preloading(os.environ, finds_leaks=True))

    report, = reports.take()
    assert done.returncode != 0
    assert text in report


@pytest.mark.parametrize('path', [CTL, NGINX_MODULE, PAM_MODULE], ids=['ctl', 'nginx', 'pam'])
def test_what_was_built_has_them(path):
    needed = subprocess.run(['readelf', '-d', path], check=True, capture_output=True,
                            text=True).stdout

    assert 'libasan.so' in needed


def test_workers_have_them(portal):
    for pid in portal.nginx.worker_pids():
        maps = Path(f'/proc/{pid}/maps').read_text(encoding='utf-8')
        for library in sanitizers.LIBRARIES:
            assert str(Path(library).resolve()) in maps
