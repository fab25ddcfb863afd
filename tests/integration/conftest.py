"""Fixtures: private servers, each in a folder and on ports of its own."""

import sys
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack.people import People
from stack.slapd import Slapd
from stack.stack import Stack


@pytest.fixture(scope='session')
def slapd(tmp_path_factory):
    """A directory with the project's schema and nobody in it."""
    server = Slapd(tmp_path_factory.mktemp('slapd'))
    try:
        server.create()
        server.start()
        server.install()
        yield server
    finally:
        server.close()


@pytest.fixture(scope='session')
def people(slapd):
    """The accounts of `slapd`."""
    return People(slapd)


@pytest.fixture(scope='session')
def stack(tmp_path_factory):
    """A gateway with directory, mail sink and the demo's people.

    Shared by all tests: whoever stops a server or changes an account makes a
    stack with make_stack.
    """
    whole = Stack(tmp_path_factory.mktemp('stack'))
    whole.create()
    yield whole
    whole.close()


@pytest.fixture
def make_stack(tmp_path_factory):
    """A function that makes a stack for this test alone, with Stack's knobs."""
    made = []

    def make(**knobs):
        whole = Stack(tmp_path_factory.mktemp('stack'), **knobs)
        made.append(whole)
        whole.create()
        return whole

    yield make
    for whole in made:
        whole.close()


@pytest.fixture(scope='session')
def unique():
    """A function that gives a number that no other test gets."""
    numbers = count(1)
    return lambda: next(numbers)
