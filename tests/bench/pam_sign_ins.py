"""Line 7: sign-ins through PAM, against a bare LDAP program and against pam_ldap."""

from pathlib import Path

from stack import namespace
from stack.paths import PAM_MODULE

import figures
import peers
from tools import program
from world import ARGON_COUNT, CHEAP

SERVICE = 'gatehouse-bench'

CROWDS = (('{SSHA}', CHEAP.prefix, CHEAP.count), ('Argon2', 'argon', ARGON_COUNT))


def pace(*arguments):
    """How many a second, by the median of what one takes.

    One after the other they mostly wait; a moment in which the machine does something
    else hits few of them, and their mean.
    """
    return 1000000 / program(*arguments)['p50']


def rates(world):
    """Line 7."""
    if not namespace.is_inside():
        yield figures.missing('7', 'PAM / connect + bind + search', 'as root only')
        return
    stack = world.main
    peers.add_service(SERVICE, f'{PAM_MODULE} config={stack.conf}')
    for label, prefix, count in CROWDS:
        def ours(prefix=prefix, count=count):
            return pace('pam_load', SERVICE, prefix, count, world.seconds)

        def bare(prefix=prefix, count=count):
            return pace('bare_sign_in', stack.slapd.ldapi_uri, stack.slapd.base, prefix,
                        count, world.seconds)

        both = figures.pairs(world.rounds, ours, bare)
        yield figures.ratio('7', f'PAM, {label} / connect + bind + search', both,
                            figures.least(0.90))
        yield against_nslcd(world, label, prefix, count, ours)


def against_nslcd(world, label, prefix, count, ours):
    what = f'PAM, {label} / pam_ldap with nslcd'
    if not Path(peers.NSLCD).exists():
        return figures.missing('7', what, 'not unpacked')
    daemon = world.keep(peers.Nslcd(world.main.slapd))

    def other():
        return pace('pam_load', peers.SERVICE, prefix, count, world.seconds)

    both = figures.pairs(world.rounds, ours, other)
    world.end(daemon)
    return figures.ratio('7', what, both, figures.least(5.0))
