"""How fast Gatehouse is, in ratios to what does the same with less or otherwise.

    make bench                     all lines
    make bench BENCH="3 7"         these
    make bench BENCH=timing        what the time of an answer tells, alone
    make bench BENCH_FLAGS=--long  with a million entries

docs/performance.md says what each line means.  Whether a goal is reached decides
nothing here: the exit code is 1 only when something could not be measured at all,
or when answers that must read the same do not.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / 'integration'), str(HERE)]

import basic
import figures
import memory
import pages
import pam_sign_ins
import peers
import recovery
import set_ups
import sign_ins
import timing
from stack import namespace
from world import World

LINES = {
    '1': pages.cost,
    '2': pages.against,
    '3': sign_ins.rates,
    '4': sign_ins.latencies,
    '5': set_ups.rates,
    '6': basic.rates,
    '7': pam_sign_ins.rates,
    '8': memory.figures_of,
    '9': sign_ins.growth,
    '10': recovery.seconds,
}

# What is no ratio: it prints tables of its own.
TIMING = 'timing'


def options():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('lines', nargs='*', metavar='LINE', help=', '.join([*LINES, TIMING]))
    parser.add_argument('--rounds', type=int, default=7, help='alternating pairs of each ratio')
    parser.add_argument('--seconds', type=int, default=3, help='of one measurement')
    parser.add_argument('--long', action='store_true', help='a million entries, too')
    wanted = parser.parse_args()
    wanted.lines = wanted.lines or [*LINES, TIMING]
    for line in wanted.lines:
        if line not in LINES and line != TIMING:
            parser.error(f'there is no line {line}')
    return wanted


def measure(wanted):
    """Prints each figure when it is there, and all of them at the end."""
    world = World(wanted.rounds, wanted.seconds, wanted.long)
    found = []
    begin = time.monotonic()
    try:
        if namespace.is_inside():
            peers.make_private(world.folder)
        for line in (line for line in wanted.lines if line in LINES):
            for figure in LINES[line](world):
                found.append(figure)
                print(figures.rows(figure), flush=True)
    finally:
        world.close()
    print(f'\n{figures.table(found)}\n\n{time.monotonic() - begin:.0f} s')


def main():
    wanted = options()
    namespace.enter()
    if any(line in LINES for line in wanted.lines):
        measure(wanted)
    return timing.main() if TIMING in wanted.lines else 0


if __name__ == '__main__':
    sys.exit(main())
