"""People go about their business while their directory, its network and the gateway are shaken.

    make chaos                                  ten minutes
    make chaos CHAOS_SECONDS=60 CHAOS_SEED=7    a minute, of these faults

Two providers in mirror mode are killed, stopped, restarted, slowed, cut off and
filled up, nginx is reloaded, clients hang up.  All the time people set up
accounts, sign in, change and forget passwords, look around; others guess.  Each
answer is held against what they were told before, and in the end, when both
providers know the same, everything that was acknowledged has to be there.

The exit code is 1 when something was that must not be.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / 'integration'), str(HERE)]

from stack import namespace
from stack.process import StackError

from actors import Impostor, Person, Resident, Visitor
from city import City
from faults import Trouble, hang_up, reload
from judge import Holdings, Judge
from ledger import Ledger

# Between two looks at how far the providers have come, s.
LOOK = 0.3


def options():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--seconds', type=float, default=600,
                        help='at least; every kind of fault comes up once, too')
    parser.add_argument('--seed', type=int, default=time.time_ns() % 1000000,
                        help='of the dice')
    parser.add_argument('--longest', type=float, default=6, help='fault, s')
    return parser.parse_args()


class Watch(threading.Thread):
    """Tells the ledger when all providers know the same."""

    def __init__(self, city, ledger):
        super().__init__(daemon=True)
        self.city = city
        self.ledger = ledger
        self.enough = threading.Event()

    def run(self):
        while not self.enough.wait(LOOK):
            moment = self.city.look()
            if moment is not None:
                self.ledger.settle(moment)

    def end(self):
        self.enough.set()
        self.join()


class Run:
    """A run of `seconds`, in two acts: with reloads, and with the same workers throughout."""

    def __init__(self, city, wanted):
        self.city = city
        self.wanted = wanted
        self.ledger = Ledger()
        self.dice = random.Random(wanted.seed)
        self.faults = Counter()
        self.judge = Judge(city, self.ledger)

    def roll(self):
        """Dice of one's own."""
        return random.Random(self.dice.getrandbits(64))

    def crowd(self, act):
        """Everybody who is about."""
        def knobs(name):
            return name, self.city, self.ledger, self.roll()

        return [*(Person('public', *knobs(f'p{act}{number}')) for number in range(4)),
                *(Person('contractor', *knobs(f'8{act}{number}')) for number in range(2)),
                *(Resident(*knobs(f'r{act}{number}')) for number in range(2)),
                Impostor(*knobs(f'i{act}')), Visitor(*knobs(f'v{act}'))]

    def act(self, number, seconds, more):
        """Trouble on both sides, for so long; `more` are faults that are no provider's."""
        crowd = self.crowd(number)
        troubles = [Trouble(self.city, self.ledger, side, [kind] if kind else [],
                            self.wanted.longest, self.roll())
                    for side, kind in zip(self.city.sides, more)]
        for thread in (*crowd, *troubles):
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end or not all(trouble.has_made_all for trouble in troubles):
            if self.ledger.complaints:
                break
            time.sleep(LOOK)
        for trouble in troubles:
            trouble.end()
            self.faults.update(trouble.made)
        for actor in crowd:
            actor.end()
        self.city.wait_for_peace()

    def play(self):
        """All of it, to the verdict."""
        self.city.settle(self.ledger)
        watch = Watch(self.city, self.ledger)
        watch.start()
        self.act(1, self.wanted.seconds * 2 / 3, [reload, hang_up])
        holdings = Holdings(self.city, self.ledger)
        self.act(2, self.wanted.seconds / 3, [None, hang_up])
        watch.end()
        holdings.compare()
        self.judge.hear_all()
        self.judge.hear_logs()

    def tell(self):
        """The tally; what must not be comes last."""
        print(f'\nseed {self.wanted.seed}, {self.ledger.seconds():.0f} s,'
              f' {self.faults.total()} faults:')
        for kind, count in sorted(self.faults.items()):
            print(f'  {count:5}  {kind}')
        print('\nanswers:')
        for (action, status), count in sorted(self.ledger.answers.items(), key=str):
            print(f'  {count:5}  {action}: {status}')
        judge, accounts = self.judge, self.ledger.accounts
        certain = sum(not account.is_in_doubt for account in accounts)
        print(f'\n{len(accounts)} accounts: {certain} as they were told; of the others'
              f' {judge.kept} have the password that was acknowledged last, {judge.lost} the one'
              f' before or after, {judge.unknown} were set up without an answer')
        for complaint in self.ledger.complaints:
            print(f'FAIL: {complaint}')


def main():
    wanted = options()
    namespace.enter()
    folder = Path(tempfile.mkdtemp(prefix='chaos-'))
    city = City(folder / 'city')
    run = Run(city, wanted)
    try:
        run.play()
    except StackError as error:
        run.ledger.complain(str(error))
    finally:
        run.tell()
        city.close()
    if run.ledger.complaints:
        print(f'the servers and their logs: {folder}')
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == '__main__':
    sys.exit(main())
