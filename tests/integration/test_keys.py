"""gatehousectl keys: a key ring begun, rotated and looked at, and what gateways make of it."""

import json
import subprocess

import pytest
from stack.paths import CTL
from web import MARIA, newest_key, signed_in

COUNTED = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
SEVENS = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc='

# The oldest was followed by another long ago, the second seals to this day.
OLD = (f'00c0ffee 2001-01-01T00:00:00Z {COUNTED}\n'
       f'deadbeef 2002-01-01T00:00:00Z {SEVENS}\n')


def keys(*words, code=0):
    done = subprocess.run([CTL, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(name='gateway')
def fixture_gateway(make_gateway):
    """A gateway of its own, whose ring a test may rotate."""
    gateway = make_gateway()
    gateway.start()
    return gateway


def test_sessions_live_through_a_rotation(gateway):
    before = newest_key(gateway.keys)[0]
    early = signed_in(gateway.url, *MARIA)
    said = keys('-c', gateway.gatehouse_conf, 'keys', 'rotate').stdout
    number = newest_key(gateway.keys)[0]
    assert number != before
    assert said == (f'{gateway.keys}: key {number.hex()} added, 0 dropped, 2 in all; now put the '
                    'file on every gateway, then reload each\n')
    assert gateway.keys.stat().st_mode & 0o7777 == 0o600

    gateway.reload()
    late = signed_in(gateway.url, *MARIA)
    assert early.get('/account/dashboard').status_code == 200
    assert late.get('/account/dashboard').status_code == 200


def test_rotate_drops_what_no_session_needs(gateway):
    gateway.keys.write_text(OLD, encoding='ascii')
    said = json.loads(keys('-c', gateway.gatehouse_conf, '--json', 'keys', 'rotate').stdout)
    kept, newest = gateway.keys.read_text(encoding='ascii').splitlines()
    assert kept == f'deadbeef 2002-01-01T00:00:00Z {SEVENS}'
    assert said == {'file': str(gateway.keys), 'id': newest[:8], 'keys': 2, 'dropped': 1}


def test_list_shows_no_key(tmp_path):
    ring = tmp_path / 'keys'
    ring.touch(mode=0o600)
    ring.write_text(OLD, encoding='ascii')
    said = keys('keys', 'list', ring).stdout
    lines = [line.split('  ') for line in said.splitlines()]
    assert [(line[0], line[1], line[3]) for line in lines] == [
        ('00c0ffee', '2001-01-01 00:00 UTC', 'opens only'),
        ('deadbeef', '2002-01-01 00:00 UTC', 'seals')]
    assert COUNTED not in said and SEVENS not in said

    found = [json.loads(line) for line in
             keys('--json', 'keys', 'list', ring).stdout.splitlines()]
    assert [(key['id'], key['created'], key['seals']) for key in found] == [
        ('00c0ffee', '2001-01-01T00:00:00Z', False), ('deadbeef', '2002-01-01T00:00:00Z', True)]
    assert found[0]['age'] - found[1]['age'] == 365 * 86400
    assert all(set(key) == {'id', 'created', 'age', 'seals'} for key in found)


def test_new_never_overwrites(tmp_path):
    ring = tmp_path / 'keys'
    keys('keys', 'new', ring)
    before = ring.read_bytes()
    assert 'is there already' in keys('keys', 'new', ring, code=1).stderr
    assert ring.read_bytes() == before


@pytest.mark.parametrize('words', [
    (), ('turn',), ('list', 'one', 'another'), ('list', '--quick')])
def test_usage(words):
    done = keys('keys', *words, code=2)
    assert done.stdout == ''
    assert 'usage: gatehousectl' in done.stderr


@pytest.mark.parametrize('words', [('list',), ('rotate',)])
def test_refuses_a_ring_that_others_read(gateway, words):
    gateway.keys.chmod(0o644)
    before = gateway.keys.read_bytes()
    done = keys('-c', gateway.gatehouse_conf, 'keys', *words, code=1)
    assert done.stdout == ''
    assert done.stderr == (f'gatehousectl: {gateway.keys}: has mode 0644, which lets others use '
                           'it; chmod it to 0600\n')
    assert gateway.keys.read_bytes() == before
