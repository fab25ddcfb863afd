"""Crowds: accounts by the ten thousand, put into a directory that does not run.

The entries are what a set-up makes, the security question below each included.
slapadd writes them past the password policy, which is the only way to have
{SSHA} passwords: they cost the directory next to nothing, so that what is
measured is everything else.
"""

import base64
import hashlib
import os
import subprocess
import time

from stack.people import PERSON, generalized_time

PASSWORD = 'granite steps by the lake'

SLAPADD = ('/usr/sbin/slapadd', '-q')

ARGON2 = ('/usr/sbin/slappasswd', '-n', '-h', '{ARGON2}', '-o', 'module-path=/usr/lib/ldap',
          '-o', 'module-load=argon2 m=19456 t=2 p=1')

# Sessions have ended one after the other over the last hours, s.
ENDED_OVER = 4 * 3600

QUESTION = 'What was the name of your first teacher?'


def ssha(password=PASSWORD):
    salt = os.urandom(8)
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return '{SSHA}' + base64.b64encode(digest + salt).decode()


def argon2(folder, password=PASSWORD):
    """What slapd itself makes of a password."""
    secret = folder / 'password'
    secret.write_text(password, encoding='ascii')
    done = subprocess.run([*ARGON2, '-T', secret], check=True, capture_output=True, text=True)
    return done.stdout


class Crowd:
    """`count` members of the public, PREFIX.0000000 and so on.

    hash_of   a function that gives each a hashed password
    ended     a function that gives sessions each has ended: ids, in hexadecimal
    """

    def __init__(self, prefix, count, hash_of=ssha, ended=None):
        self.prefix = prefix
        self.count = count
        self.hash_of = hash_of
        self.ended = ended

    def name(self, number):
        return f'{self.prefix}.{number:07}'

    def write(self, file, base):
        """The entries as LDIF."""
        now = generalized_time()
        later = generalized_time(time.time() + 86400)
        classes = ''.join(f'objectClass: {name.decode()}\n' for name in PERSON)
        for number in range(self.count):
            name = self.name(number)
            dn = f'uid={name},ou=public,{base}'
            file.write(
                f'dn: {dn}\n{classes}uid: {name}\ncn: Crowd Member {number}\ngivenName: Crowd\n'
                f'sn: Member {number}\nmail: {name}@example.org\ngatehousePasswordSet: {now}\n'
                f'gatehouseLastSignIn: {now}\nuserPassword: {self.hash_of()}\n')
            if self.ended is not None:
                marked = generalized_time(time.time() - ENDED_OVER * number / self.count)
                file.write(f'gatehouseMarked: {marked}\n' + ''.join(
                    f'gatehouseEndedSession: {later}#{session}\n'
                    for session in self.ended(number)))
            file.write(
                f'\ndn: cn=recovery,{dn}\nobjectClass: top\nobjectClass: gatehouseRecovery\n'
                f'cn: recovery\ngatehouseQuestion: {QUESTION}\nuserPassword: {self.hash_of()}\n'
                f'pwdPolicySubentry: cn=recovery,ou=policies,{base}\n\n')


def load(slapd, *crowds):
    """Stops the directory, puts the crowds into it, and starts it; returns the seconds taken."""
    begin = time.monotonic()
    slapd.stop()
    with subprocess.Popen([*SLAPADD, '-F', slapd.config, '-b', slapd.base],
                          stdin=subprocess.PIPE, text=True) as slapadd:
        for crowd in crowds:
            crowd.write(slapadd.stdin, slapd.base)
    if slapadd.returncode != 0:
        raise subprocess.CalledProcessError(slapadd.returncode, SLAPADD[0])
    slapd.start()
    return time.monotonic() - begin
