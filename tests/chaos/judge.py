"""The end: what people were told, held against what every provider has."""

import ldap

from stack import sanitizers
from stack.process import StackError, wait_until
from strain import Log, descriptors, private_dirty, workers_settle

# Connections to the directory that a worker may keep: of each lane, to each server.
CONNECTIONS = 2 * (2 + 4)

# What a worker's memory may grow by while the directory is in trouble, kB.
GROWTH = 2048


def opens(provider, dn, password):
    """Whether that provider takes the password."""
    try:
        provider.connect(dn, password).unbind_s()
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


class Judge:
    """Complains of what is not as people were told; `kept` and `lost` count the doubtful."""

    def __init__(self, city, ledger):
        self.city = city
        self.ledger = ledger
        self.kept = 0
        self.lost = 0
        self.unknown = 0

    def hear_all(self):
        """Goes through all accounts; both providers run and know the same."""
        for account in self.ledger.accounts:
            self.hear(account)

    def hear(self, account):
        dn = self.city.stack.people.dn(account.realm, account.uid)
        first, second = ({password for password in account.passwords() | account.former
                          if opens(side.provider, dn, password)} for side in self.city.sides)
        if first != second:
            self.ledger.complain(f'{account.uid}: the providers take other passwords')
        elif not account.is_in_doubt:
            if first != {account.password} - {None}:
                self.ledger.complain(f'{account.uid}: an acknowledged password is lost'
                                     if account.password not in first else
                                     f'{account.uid}: a password of before is good still')
        elif len(first) > 1 or not first <= account.passwords():
            self.ledger.complain(f'{account.uid}: {len(first)} passwords, of which one is too much')
        elif account.password is None:
            self.unknown += 1
        elif account.password in first:
            self.kept += 1
        else:
            self.lost += 1

    def hear_logs(self):
        """No worker died, and no secret was told."""
        log = Log(self.city.nginx, since_start=True)
        for level, text in log.lines('alert', 'emerg'):
            self.ledger.complain(f'error.log: {level}: {text}')
        secrets = {password for account in self.ledger.accounts
                   for password in account.passwords() | account.former}
        for path in self.city.stack.folder.rglob('*.log'):
            text = path.read_text(encoding='utf-8', errors='replace')
            if any(secret in text for secret in secrets):
                self.ledger.complain(f'{path.name} has a password')


class Holdings:
    """What the workers hold from now on, until compare()."""

    def __init__(self, city, ledger):
        self.city = city
        self.ledger = ledger
        self.before = {pid: (descriptors(pid), private_dirty(pid))
                       for pid in workers_settle(city.nginx, city.nginx.workers)}

    def compare(self):
        """The workers are the same, and hold as much."""
        if set(self.city.nginx.worker_pids()) != set(self.before):
            self.ledger.complain('there are other workers')
            return
        for pid, (files, memory) in self.before.items():
            try:
                wait_until(lambda: descriptors(pid) <= files + CONNECTIONS, 'end of descriptors')
            except StackError:
                self.ledger.complain(f'a worker had {files} descriptors, has {descriptors(pid)}')
            grown = private_dirty(pid) - memory
            print(f'worker {pid}: {files} descriptors, then {descriptors(pid)};'
                  f' {memory} kB, then {grown:+} kB')
            # AddressSanitizer keeps what was freed.
            if grown > GROWTH and not sanitizers.is_on():
                self.ledger.complain(f'a worker had {memory} kB, and {grown} kB more in the end')
