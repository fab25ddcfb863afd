"""A mount namespace of our own: what is mounted in it is gone with its last program."""

import os
import subprocess
import sys

INSIDE = 'GATEHOUSE_TEST_NAMESPACE'


def enter():
    """Starts this program again in a mount namespace of its own, where that is possible."""
    if is_inside() or os.getuid() != 0:
        return
    probe = subprocess.run(['unshare', '--mount', 'true'], capture_output=True, check=False)
    if probe.returncode == 0:
        os.environ[INSIDE] = '1'
        os.execvp('unshare', ['unshare', '--mount', '--propagation', 'private',
                              sys.executable, '-B', *sys.argv])


def is_inside():
    """Whether it has one."""
    return INSIDE in os.environ


def mount(*arguments):
    """Mounts something, as mount(8) takes it."""
    if not is_inside():
        raise ValueError('everybody would see what is mounted')
    subprocess.run(['mount', *map(str, arguments)], check=True)


def unmount(folder):
    """Unmounts what is mounted there, as soon as nobody uses it any more."""
    subprocess.run(['umount', '--lazy', folder], check=True)
