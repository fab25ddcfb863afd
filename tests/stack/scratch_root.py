"""A root folder to install packages into: this machine's, with changes kept apart.

What is read comes from the machine; what is written stays in `folder` and
is gone with it.  Each command has a mount namespace of its own, so that
nothing stays mounted, and shares the network.
"""

import subprocess

# Mounts the root over the machine's and goes on in there.  Services are not started,
# whatever a package wants.
ENTER = """
set -e
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
root=$1
shift
exec chroot "$root/root" "$@"
"""

POLICY = '#!/bin/sh\nexit 101\n'


class ScratchRoot:
    """A root folder in `folder`, which has to be on a file system that overlays can use."""

    def __init__(self, folder):
        self.folder = folder
        for name in ('upper', 'work', 'root'):
            (folder / name).mkdir(parents=True)
        self.write('/usr/sbin/policy-rc.d', POLICY, mode=0o755)

    def path(self, path):
        """Where a file that was written in the root is found from outside."""
        return self.folder / 'upper' / path.lstrip('/')

    def write(self, path, text, mode=0o644):
        """Writes a file of the root."""
        there = self.path(path)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, encoding='utf-8')
        there.chmod(mode)

    def run(self, *command, check=True, **options):
        """Runs a command in the root and returns it, completed."""
        return subprocess.run(
            ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh',
             str(self.folder), *map(str, command)],
            check=check, capture_output=True, text=True, **options)
