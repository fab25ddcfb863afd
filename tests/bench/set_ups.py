"""Line 5: set-ups a second, against an LDAP program that adds the same entries."""

import itertools

import figures
from tools import directory_load, wrk
from world import SET_UP, SetUpForm, form_arguments

# Set-ups under way; each is two hashes of the directory's.
CLIENTS = 16

# Everyone who is set up gets a number of their own, in ranges that are never used up.
RANGE = 100000


def rates(world):
    """Line 5."""
    stack, gateway = world.main, world.gateway(world.main)
    form = SetUpForm(gateway.url)
    seconds = 2 * world.seconds
    first = itertools.count(RANGE, RANGE)

    def ours():
        return wrk(gateway.url + SET_UP, CLIENTS, seconds, script='form.lua',
                   arguments=form_arguments(form, 'set_up', 'new', next(first)))['rate']

    def other():
        return directory_load('set-up', stack.slapd, 'raw', next(first), CLIENTS,
                              seconds)['rate']

    both = figures.pairs(world.rounds, ours, other)
    yield figures.ratio('5', 'set-ups / ldap_add of the same entries', both,
                        figures.least(0.80))
    world.end(gateway)
