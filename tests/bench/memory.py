"""Line 8: the memory that a worker has to itself."""

from pathlib import Path
from urllib.request import urlopen

from stack.ber import SEARCH_REQUEST
from stack.process import wait_until
from strain import Form, private_dirty
from web import LOGIN

import figures
import servers
from tools import Background, wrk_command
from world import CHEAP, form_arguments, sign_ins

# Sign-ins after which memory has to be flat, and up to which that is looked at.
FEW, MANY = 10000, 100000

WAITING = 1000

# Connections for binds, as long as nobody says otherwise.
BINDS = 4


def worker(master):
    """Private_Dirty of the one worker of that nginx, kB."""
    children = Path(f'/proc/{master}/task/{master}/children')
    wait_until(lambda: children.read_text(encoding='ascii'), 'a worker of nginx')
    (pid,) = children.read_text(encoding='ascii').split()
    return private_dirty(int(pid))


def plain(world):
    """A worker of nginx without the module, kB."""
    server = world.keep(servers.nginx(world.new_folder('plain'), world.page_folder()))
    with urlopen(f'{server.url}/page.txt') as answer:
        answer.read()
    kilobytes = worker(server.pid)
    world.end(server)
    return kilobytes


def over(what, kilobytes, bare, goal, note=''):
    """A row: MB over what a plain worker has."""
    value = (kilobytes - bare) / 1024
    return figures.Figure('8', f'worker memory, {what}, MB over plain nginx', f'{kilobytes} kB',
                          f'{bare} kB', value, None, goal, note)


def sign_in_until(world, gateway, count, done):
    """Goes on until so many sign-ins are done in all; returns how many it were."""
    while done < count:
        done += sign_ins(gateway, world.seconds)['done']
    return done


def figures_of(world):
    """Line 8."""
    bare = plain(world)
    gateway = world.gateway(world.main, bind_connections=BINDS)
    master = gateway.pidfile.pid()
    Form(gateway.url)
    yield over('idle, one form sent', worker(master), bare, figures.most(2))
    done = sign_in_until(world, gateway, FEW, 0)
    few = worker(master)
    yield over(f'after {done} sign-ins', few, bare, figures.most(2))
    done = sign_in_until(world, gateway, MANY, done)
    many = worker(master)
    yield over(f'after {done} sign-ins', many, bare, figures.most(2))
    yield figures.Figure('8', 'the last two', f'{many} kB', f'{few} kB', many / few, None,
                         figures.most(1.02))
    world.end(gateway)
    yield waiting(world, bare)


def waiting(world, bare):
    """A row: what a worker has while many sign-ins wait for the directory."""
    proxy = world.proxy(world.main)
    gateway = world.gateway(world.main, uris=[proxy.uri])
    master = gateway.pidfile.pid()
    form = Form(gateway.url)
    proxy.hold()
    crowd = Background(wrk_command(
        gateway.url + LOGIN, WAITING, 3600, script='form.lua',
        arguments=form_arguments(form, 'sign_in', CHEAP.prefix, CHEAP.count)))
    wait_until(lambda: len(proxy.requests(SEARCH_REQUEST)) >= WAITING, 'sign-ins that wait')
    kilobytes = worker(master)
    crowd.close()
    proxy.drop()
    proxy.cut()
    world.end(gateway)
    world.end(proxy)
    each = (kilobytes - bare) / WAITING
    return over(f'while {WAITING} sign-ins wait', kilobytes, bare, None,
                f'{each:.1f} kB for each that waits, what nginx keeps of its request included')
