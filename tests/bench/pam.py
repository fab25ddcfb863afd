"""Line 7: sign-ins through PAM, against a bare LDAP program and against pam_ldap."""

from pathlib import Path

from stack.paths import PAM_MODULE

import figures
import peers
from tools import program
from world import ARGON_COUNT, CHEAP

SERVICE = 'gatehouse-bench'

CROWDS = (('{SSHA}', CHEAP.prefix, CHEAP.count), ('Argon2', 'argon', ARGON_COUNT))


def rates(world):
    """Line 7."""
    if not peers.is_inside():
        yield figures.missing('7', 'PAM / connect + bind + search', 'as root only')
        return
    stack = world.main
    peers.add_service(SERVICE, f'{PAM_MODULE} config={stack.conf}')
    for label, prefix, count in CROWDS:
        def ours(prefix=prefix, count=count):
            return program('pam_load', SERVICE, prefix, count, world.seconds)['rate']

        def bare(prefix=prefix, count=count):
            return program('bare_sign_in', stack.slapd.ldapi_uri, stack.slapd.base, prefix,
                           count, world.seconds)['rate']

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
        return program('pam_load', peers.SERVICE, prefix, count, world.seconds)['rate']

    both = figures.pairs(world.rounds, ours, other)
    world.end(daemon)
    return figures.ratio('7', what, both, figures.least(5.0))
