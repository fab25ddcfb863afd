"""Lines 3, 4 and 9: sign-ins a second, how long they take, and what growth does to them."""

import time
from statistics import median

from stack.process import StackError, wait_until
from strain import Form
from web import LOGIN, seal, send, signed_in

import figures
from crowd import PASSWORD, Crowd
from tools import Background, directory_load, wrk, wrk_command
from world import ARGON_BINDS, ARGON_COUNT, BINDS, CHEAP, CLIENTS, form_arguments, sign_ins

# What the slow directory takes to answer, ms, and how many sign-ins wait for it.
SLOW = 200
WAITING = 64

# When a refusal of two answers one after the other leaves, s: quarters of a second.
REFUSAL = 0.5

REVOKED = 100000

UNKNOWN = 'nobody.of.that.name'


def rates(world):
    """Line 3."""
    stack, gateway = world.main, world.gateway(world.main)
    slapd, seconds = stack.slapd, world.seconds
    both = figures.pairs(
        world.rounds,
        lambda: sign_ins(gateway, seconds)['rate'],
        lambda: directory_load('sign-in', slapd, CHEAP.prefix, CHEAP.count, BINDS,
                               seconds)['rate'])
    yield figures.ratio('3', 'sign-ins, {SSHA} / search + bind, epoll in C', both,
                        figures.least(0.90))

    world.end(gateway)
    gateway = world.gateway(world.main, bind_connections=ARGON_BINDS)
    both = figures.pairs(
        world.rounds,
        lambda: sign_ins(gateway, 3 * seconds, 'argon', ARGON_COUNT, 2 * ARGON_BINDS)['rate'],
        lambda: directory_load('bind', slapd, 'argon', ARGON_COUNT, ARGON_BINDS,
                               3 * seconds)['rate'])
    yield figures.ratio('3', 'sign-ins, Argon2 / raw Argon2 binds', both, figures.least(0.98))
    world.end(gateway)


# Line 4.

def took(form, name):
    answer = form.sign_in(name, PASSWORD)
    return answer.status, answer.seconds


def latency(world, gateway, label, floor, name, status, note=''):
    """A row: how much longer than its floor one sign-in takes, ms."""
    form = Form(gateway.url)
    if took(form, CHEAP.name(0))[0] != 303:
        raise StackError('signing in did not work')
    over = []
    for number in range(2 * world.rounds):
        answered, seconds = took(form, name(number))
        if answered != status:
            raise StackError(f'{name(number)} was answered with {answered}')
        over.append(1000 * (seconds - floor))
    return figures.absolute('4', label, over, figures.most(10), 'ms over', f'{floor:.1f} s floor',
                            note)


def by_search(text):
    """gatehouse.conf with a realm whose people may sign in by mail address as well."""
    return text.replace('    username_canonical = { "lower" }\n',
                        '    username_canonical = { "lower" }\n'
                        '    sign_in            = "search"\n'
                        '    login_attributes   = { "uid", "mail" }\n', 1)


def latencies(world):
    """Line 4."""
    stack = world.main
    slow = world.slow(stack, SLOW)
    uri = f'ldap://127.0.0.1:{slow.port}'
    one = SLOW / 1000
    gateway = world.gateway(stack, uris=[uri], server=PAGE.format(folder=world.page_folder()))
    yield latency(world, gateway, 'sign-in, directory takes 200 ms, by name', one, CHEAP.name, 303)
    yield latency(world, gateway, 'the same, nobody of that name', REFUSAL,
                  lambda number: UNKNOWN, 422,
                  '0.4 s, and then refusals wait for the next quarter of a second')
    searching = world.gateway(stack, uris=[uri], edit=by_search)
    yield latency(world, searching, 'the same, by search', 2 * one, CHEAP.name, 303)
    world.end(searching)
    yield waiting(world, gateway)
    world.end(gateway)


PAGE = 'location /plain/ {{ alias {folder}/; }}'


def waiting(world, gateway):
    """A row: what static requests notice of sign-ins that wait."""
    form = Form(gateway.url)
    url = gateway.url + '/plain/page.txt'
    # Each client begins anew a moment after its answer, so that they spread.
    command = wrk_command(gateway.url + LOGIN, WAITING, 3600, script='form.lua',
                          arguments=form_arguments(form, 'sign_in', CHEAP.prefix, CHEAP.count, 5))

    def idle():
        return wrk(url, 4, world.seconds)['p99']

    def busy():
        crowd = Background(command)
        try:
            time.sleep(3 * SLOW / 1000)
            return idle()
        finally:
            crowd.close()

    both = figures.pairs(world.rounds, busy, idle)
    return figures.ratio('4', f'static p99, {WAITING} sign-ins wait / idle', both,
                         figures.most(1.10), lambda value: f'{value:.0f} us')


# Line 9.

def growth(world):
    """Line 9."""
    sizes = [1000, 100000] + ([1000000] if world.is_long else [])
    stacks = {size: world.stack(Crowd('crowd', size // 2)) for size in sizes}
    gateways = {size: world.gateway(stack) for size, stack in stacks.items()}
    small = sizes[0]

    def rate_of(size):
        return lambda: sign_ins(gateways[size], world.seconds, count=size // 2)['rate']

    for size in sizes[1:]:
        rate_of(size)()
        both = figures.pairs(world.rounds, rate_of(size), rate_of(small))
        yield figures.ratio('9', f'sign-ins, {size} entries / {small}', both,
                            figures.least(0.90),
                            note=f'loaded in {stacks[size].load_seconds:.0f} s')
    for size in sizes:
        world.end(gateways[size])
        world.end(stacks[size])
    if not world.is_long:
        yield figures.missing('9', 'sign-ins, 1000000 entries / 1000', 'with --long')
    yield revoked(world)


def is_ended(gateway, number):
    """Whether the gateway knows that the session of that number has ended."""
    now = time.time_ns() // 1000
    cookie = seal(gateway.keys, {
        'id': f'{number:032x}', 'realm': 'public', 'uid': 'crowd.0000000',
        'uuid': '00000000-0000-0000-0000-000000000000', 'name': 'Crowd', 'mail': '',
        'begun': now, 'seen': now})
    answer = send(gateway.url, 'GET', '/any/page.txt',
                  [('Host', 'localhost'), ('Cookie', f'gatehouse={cookie}')])
    return answer.status == 401


def revoked(world):
    """A row: session checks while many sessions have been ended."""
    each = 100
    crowd = Crowd('crowd', REVOKED // each,
                  ended=lambda number: [f'{number * each + i:032x}' for i in range(each)])
    stacks = [world.stack(crowd), world.stack(Crowd('crowd', REVOKED // each))]
    server = f'location /any/ {{ gatehouse_access any; alias {world.page_folder()}/; }}'
    gateways = [world.gateway(stack, server=server) for stack in stacks]

    def check(gateway):
        cookie = signed_in(gateway.url, crowd.name(0), PASSWORD).cookie()
        return lambda: wrk(gateway.url + '/any/page.txt', 32, world.seconds,
                           [f'Cookie: gatehouse={cookie}'])['rate']

    # The first look for marks begins with the worker; that of number 0 is the newest.
    wait_until(lambda: is_ended(gateways[0], 0) and is_ended(gateways[0], REVOKED - 1),
               'the gateway to know of all marks')
    both = figures.pairs(world.rounds, *map(check, gateways))
    row = figures.ratio('9', f'session check, {REVOKED} revoked / none', both,
                        figures.least(0.90))
    for thing in gateways + stacks:
        world.end(thing)
    return row
