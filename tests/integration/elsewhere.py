"""elsewhere.py SOCKET COMMAND...: runs a command where a directory is on another machine.

For `unshare --net`: in a network of its own, in which nothing leaves the machine, 192.0.2.1
(RFC 5737) is no loopback address, and what comes to its port 389 goes on to the directory
at the unix socket.  Ends as the command does.
"""

import socket
import subprocess
import sys
import threading

ADDRESS = ('192.0.2.1', 389)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for each in (source, sink):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(listener, path):
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        for pair in ((near, far), (far, near)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def main(path, *command):
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    subprocess.run(['ip', 'address', 'add', f'{ADDRESS[0]}/32', 'dev', 'lo'], check=True)
    with socket.create_server(ADDRESS) as listener:
        threading.Thread(target=relay, args=(listener, path), daemon=True).start()
        return subprocess.run(command, check=False).returncode


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
