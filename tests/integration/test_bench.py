"""The programs of the bench, and a line of it, each for a moment: what they do is done, and
nothing fails.

How much they do in their time is not looked at.
"""

import http.client
import sys

import pytest

import pam_wrapper
from stack.paths import CHECKOUT, PAM_MODULE
from stack.stack import Stack
from web import Browser

sys.path.append(str(CHECKOUT / 'tests' / 'bench'))

import basic
import bench
import figures
import tools
from crowd import PASSWORD, Crowd, load
from world import World

# s.  What is under way when it is over comes to its end and counts as late.
MOMENT = 0.5


@pytest.fixture(scope='module')
def stack(tmp_path_factory):
    """A stack with a few people as the bench makes them."""
    whole = Stack(tmp_path_factory.mktemp('bench'))
    whole.create()
    load(whole.slapd, Crowd('crowd', 3))
    yield whole
    whole.close()


@pytest.fixture
def listener():
    """A function that starts a program of the bench that listens."""
    made = []

    def start(*arguments):
        made.append(tools.Listener(*arguments))
        return made[-1]

    yield start
    for program in made:
        program.close()


def test_people_of_the_bench_are_like_others(stack):
    browser = Browser(stack.url)
    assert browser.sign_in('crowd.0000002', PASSWORD).headers['Location'].endswith('/dashboard')
    assert 'Crowd Member 2' in browser.get('/account/dashboard').text
    assert Browser(stack.url).sign_in('crowd.0000002', 'no such password').status_code == 422


@pytest.mark.parametrize('kind', ['sign-in', 'bind', 'set-up'])
def test_a_directory_under_load(stack, kind):
    prefix = 'raw' if kind == 'set-up' else 'crowd'
    measured = tools.directory_load(kind, stack.slapd, prefix, 3, 2, MOMENT)
    assert measured['done'] + measured['late'] > 0
    assert measured['failed'] == 0


def test_what_is_set_up_under_load_can_sign_in(stack):
    tools.directory_load('set-up', stack.slapd, 'made', 5, 1, MOMENT)
    answer = Browser(stack.url).sign_in('made.0000005', PASSWORD)
    assert answer.headers['Location'].endswith('/dashboard')


def test_a_bare_sign_in(stack):
    measured = tools.program('bare_sign_in', stack.slapd.ldapi_uri, stack.slapd.base, 'crowd', 3,
                             MOMENT)
    assert measured['failed'] == 0


def test_failures_are_not_measured(stack):
    with pytest.raises(tools.StackError, match='not as they should be, 0 were'):
        tools.program('bare_sign_in', stack.slapd.ldapi_uri, stack.slapd.base, 'nobody', 3, 0.1)


@pytest.fixture
def world(stack):
    """What a line measures on, twice and for a second; the directory is the stack's."""
    made = World(rounds=2, seconds=1, is_long=False)
    made.main_stack = stack
    yield made
    made.close()


def test_credentials_that_are_known(world):
    rates, work = basic.cached(world)
    assert rates.value is not None and work.value is not None, rates.note


@pytest.mark.parametrize('believed, is_measured', [(0, True), (basic.LONG, False)])
def test_credentials_that_are_not(world, believed, is_measured):
    (figure,) = basic.uncached(world, Crowd('crowd', 3), believed)
    assert (figure.value is not None) == is_measured, figure.note


def test_turns(tmp_path):
    crowd = Crowd('crowd', 5)
    turns = basic.Turns(tmp_path, crowd)
    assert sorted(turns.names) == [crowd.name(number) for number in range(5)]
    assert turns.file.read_text(encoding='ascii').split() == list(map(basic.token, turns.names))


def test_sign_ins_through_pam(stack, tmp_path):
    (tmp_path / 'bench').write_text(
        ''.join(f'{kind} required {PAM_MODULE} config={stack.conf}\n'
                for kind in ('auth', 'account')), encoding='ascii')
    with pam_wrapper.alone():
        measured = tools.program('pam_load', 'bench', 'crowd', 3, MOMENT,
                                 **pam_wrapper.environment(tmp_path))
    assert measured['failed'] == 0


def test_a_daemon_that_says_yes(listener):
    connection = http.client.HTTPConnection('127.0.0.1', listener('yes_daemon').port, timeout=30)
    for _ in range(2):
        connection.request('GET', '/whatever')
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b'')
    connection.close()


def test_a_slow_line(stack, listener):
    line = listener('slow_line', stack.slapd.ldap_port.number, 200)
    measured = tools.program('bare_sign_in', f'ldap://127.0.0.1:{line.port}', stack.slapd.base,
                             'crowd', 3, MOMENT)
    # A bind and a search, each answered no sooner than after 200 ms.
    assert measured['p50'] >= 400000


def test_every_line_is_there():
    assert list(bench.LINES) == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize('value, goal, judgement', [
    (0.97, figures.least(0.97), 'reached'),
    (0.96, figures.least(0.97), 'MISSED'),
    (0.10, figures.most(0.1), 'reached'),
    (0.11, figures.most(0.1), 'MISSED'),
    (0.50, None, ''),
    (None, None, 'not measured'),
])
def test_goals(value, goal, judgement):
    figure = figures.Figure('1', 'what', '', '', value, None, goal)
    assert figures.judgement(figure) == judgement


def test_pairs_alternate_and_come_to_the_median_of_their_ratios():
    order = []
    ours, others = iter([10, 30, 90]), iter([10, 10, 10])

    def one(name, values):
        def measure():
            order.append(name)
            return next(values)
        return measure

    both = figures.pairs(3, one('a', ours), one('b', others))
    figure = figures.ratio('1', 'what', both, figures.least(2))
    assert order == ['a', 'b', 'b', 'a', 'a', 'b']
    assert (figure.value, figure.ours, figure.other) == (3, '30.0/s', '10.0/s')
    assert figure.spread == (2, 6)
