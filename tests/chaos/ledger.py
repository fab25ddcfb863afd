"""What is owed to people, what they were answered, and what went wrong."""

import threading
import time
from collections import Counter


class Account:
    """Somebody's account, as its owner knows it.

    password     the last one that the gateway said it has set; None: not set up yet
    perhaps      further passwords that may be right, until all providers know
    former       those that were right before, or were refused
    is_in_doubt  nobody said what became of a change, or a provider may have taken it back:
                 one of `password` and `perhaps` is right in the end
    is_settled   every provider has the password
    """

    def __init__(self, realm, uid):
        self.realm = realm
        self.uid = uid
        self.password = None
        self.perhaps = set()
        self.former = set()
        self.is_in_doubt = False
        self.is_settled = False
        self.is_changing = False
        self.changed = None

    def passwords(self):
        """All that may be right."""
        return self.perhaps | ({self.password} - {None})


class Ledger:
    """The accounts of all actors; each actor changes only its own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.accounts = []
        self.answers = Counter()
        self.complaints = []
        self.hanging = 0
        self.begin = time.monotonic()

    # What people do.

    def open(self, realm, uid):
        """An account that is about to be set up."""
        account = Account(realm, uid)
        with self.lock:
            self.accounts.append(account)
        return account

    def open_settled(self, realm, uid, password):
        """An account that every provider has."""
        account = self.open(realm, uid)
        account.password = password
        account.is_settled = True
        return account

    def begin_change(self, account, new):
        with self.lock:
            account.perhaps.add(new)
            account.is_changing = True
            account.is_settled = False

    def acknowledge(self, account, new):
        """The gateway said that `new` is the password."""
        with self.lock:
            # A provider that hangs may write what came before when it wakes.
            account.is_in_doubt |= self.hanging > 0 and account.password is not None
            account.perhaps = account.passwords() - {new}
            account.password = new
            account.is_changing = False
            account.changed = time.monotonic()

    def deny(self, account, new):
        """The gateway said that nothing was changed."""
        with self.lock:
            account.perhaps.discard(new)
            account.former.add(new)
            account.is_changing = False

    def leave_open(self, account):
        """Nobody said what became of the change, or of a log-in before all providers knew of it.

        Who does not know the new password yet notes a failure, and entries are settled
        whole between providers.
        """
        with self.lock:
            account.is_changing = False
            account.is_in_doubt = True

    def may_open(self, account, password):
        with self.lock:
            return password in account.passwords()

    def must_open(self, account, password):
        with self.lock:
            return account.is_settled and password == account.password

    # What becomes of providers.

    def hang(self, count):
        """So many more providers hang: 1, or -1."""
        with self.lock:
            self.hanging += count

    def settle(self, moment):
        """All providers knew the same after `moment`, in time.monotonic()'s seconds."""
        with self.lock:
            for account in self.accounts:
                if (account.changed is not None and account.changed < moment
                        and not account.is_changing and not account.is_in_doubt):
                    account.former |= account.perhaps
                    account.perhaps.clear()
                    account.is_settled = True

    # What is told.

    def answered(self, action, status):
        with self.lock:
            self.answers[action, status] += 1

    def seconds(self):
        """Since the beginning."""
        return time.monotonic() - self.begin

    def complain(self, text):
        """Something that must not be."""
        with self.lock:
            self.complaints.append(f'{self.seconds():7.1f} s  {text}')

    def count(self, action, status):
        with self.lock:
            return self.answers[action, status]
