"""A directory that sends what no directory should: nobody gets in, and nothing breaks."""

import os
import random

import pytest

from false_directory import (CLOSE, HALF_CLOSE, NOTICE, RUINOUS, SILENT, FalseDirectory, Reply,
                             done, found, honest)
from stack import ber
from stack.ber import BIND_REQUEST, SEARCH_REQUEST
from stack.process import wait_until
from strain import (GRAVE, PASSWORD, Form, Log, has_cookie, is_page_of_outage,
                    with_settings)
from web import Gateway

PERSON = 'crowd.00'
CHANGE_AFTER_RESET = 2
BUSY = 51
# s: how long a directory may be silent, and what a busy machine may add to it.
TIMEOUT = 2.0
SLACK = 10
# s: a deadline that nobody has to meet.
NEVER = 60

@pytest.fixture(scope='module')
def false(shaken):
    directory = FalseDirectory(shaken.slapd.dn('gatehouse'))
    yield directory
    directory.close()


@pytest.fixture(scope='module')
def start(shaken, crowd, tmp_path_factory):
    """A function that starts a gateway for the whole module."""
    made = []

    def make(*uris, timeout=NEVER):
        gateway = Gateway(shaken, tmp_path_factory.mktemp('gateway'))
        made.append(gateway)
        gateway.write(with_settings(timeout=int(timeout * 1000), connect_timeout=500,
                                    bind_connections=2), uris=uris)
        gateway.start()
        gateway.form = Form(gateway.url)
        return gateway

    yield make
    for gateway in made:
        gateway.close()


@pytest.fixture(scope='module')
def only_gateway(start, false):
    return start(false.uri)


@pytest.fixture(scope='module')
def backed_gateway(start, false, shaken):
    return start(false.uri, shaken.slapd.ldapi_uri)


@pytest.fixture(scope='module')
def brief_gateway(start, false, shaken):
    return start(false.uri, shaken.slapd.ldapi_uri, timeout=TIMEOUT)


def settle(gateway, false):
    """Returns when the false directory is the one in use, and answers."""
    false.behave()

    def is_in_use():
        asked = false.people
        return gateway.form.sign_in(PERSON).status == 303 and false.people > asked

    wait_until(is_in_use, 'the first server in use')


@pytest.fixture
def only(only_gateway, false):
    """A gateway that knows no other directory; the same worker must be there at the end."""
    yield from unharmed(only_gateway, false)


@pytest.fixture
def backed(backed_gateway, false):
    """A gateway with a true directory behind the false one."""
    yield from unharmed(backed_gateway, false)


@pytest.fixture
def brief(brief_gateway, false):
    """The same, and it waits for a short time only."""
    yield from unharmed(brief_gateway, false)


def unharmed(gateway, false):
    settle(gateway, false)
    workers = gateway.worker_pids()
    log = Log(gateway)
    yield gateway
    assert gateway.worker_pids() == workers
    assert log.lines(*GRAVE) == []


KINDS = pytest.mark.parametrize('operation', [SEARCH_REQUEST, BIND_REQUEST],
                                ids=['search', 'bind'])


def assert_outage(answer):
    assert is_page_of_outage(answer)
    assert not has_cookie(answer)


def test_honest(only, false):
    answer = only.form.sign_in(PERSON)

    assert answer.status == 303
    assert has_cookie(answer)


@KINDS
@pytest.mark.parametrize('name', RUINOUS)
def test_ruinous(only, false, operation, name):
    false.misbehave(operation, RUINOUS[name])

    answer = only.form.sign_in(PERSON)

    assert_outage(answer)
    assert answer.seconds < NEVER


@KINDS
@pytest.mark.parametrize('name', ['garbage', 'message that is larger than any', 'half an end',
                                  'notice without disconnection', 'thousands of entries',
                                  'answer to another kind of request'])
def test_ruinous_with_another_server(backed, false, operation, name):
    false.misbehave(operation, RUINOUS[name])

    answer = backed.form.sign_in(PERSON)

    assert answer.status == 303
    assert backed.form.sign_in('no.such.person').status == 422


@KINDS
@pytest.mark.parametrize('code, words', [(BUSY, 'it says that it is busy'),
                                         (ber.UNAVAILABLE, 'it says that it is unavailable')])
def test_server_that_can_not_just_now(backed, false, operation, code, words):
    """It is passed over at once, by this sign-in and by those who come after."""
    log = Log(backed)
    false.misbehave(operation, lambda message: Reply(done(message, code)))

    assert backed.form.sign_in(PERSON).status == 303
    asked = false.people
    assert backed.form.sign_in(PERSON).status == 303
    assert backed.form.sign_in('no.such.person').status == 422

    assert false.people == asked
    assert log.has(f'gatehouse: directory {false.uri} is down: {words}')


@KINDS
def test_answer_where_nothing_was_asked(backed, false, operation):
    """It ends the connection that it came on, and nothing else."""
    log = Log(backed)
    false.misbehave(operation, lambda message: Reply(
        honest(message).data + ber.message(message.number, ber.result(done(message)[5], 0))))

    assert backed.form.sign_in(PERSON).status == 303
    false.behave()
    assert backed.form.sign_in(PERSON).status == 303
    assert log.lines('error', *GRAVE) == []


@KINDS
@pytest.mark.parametrize('name', SILENT)
def test_silent(brief, false, operation, name):
    false.misbehave(operation, SILENT[name])

    answer = brief.form.sign_in(PERSON)

    assert_outage(answer)
    assert answer.seconds < TIMEOUT + SLACK
    # Those who come after need not wait: it is the other server that is asked.
    wait_until(lambda: brief.form.sign_in(PERSON).status == 303, 'the other server', 120)


# Well formed, and wrong.

def policy(*parts):
    return ber.control(ber.PASSWORD_POLICY, ber.encode(ber.SEQUENCE, *parts))


@pytest.mark.parametrize('value', [
    b'', b'\xff' * 30, b'\x30', b'\x30\x84\xff\xff\xff\xff', b'\x30\x02\x81\x01\x00',
    b'\x30\x03\x81\x01\x63', b'\x30\x05\xa0\x03\x80\x01\xfe', b'\x04\x00',
], ids=['empty', 'garbage', 'cut', 'length', 'too short', 'error 99', 'negative', 'no sequence'])
@pytest.mark.parametrize('code', [ber.SUCCESS, ber.INVALID_CREDENTIALS])
def test_policy_control_that_can_not_be_read(only, false, value, code):
    control = ber.control(ber.PASSWORD_POLICY, value)
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, code, control)))

    answer = only.form.sign_in(PERSON)

    assert answer.status in (422, 503)
    assert not has_cookie(answer)


def test_success_that_has_to_change_its_password(only, false):
    """The one error that goes with success: to the page for it, and signed in nowhere."""
    control = policy(ber.encode(0x81, bytes([CHANGE_AFTER_RESET])))
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, ber.SUCCESS, control)))

    answer = only.form.sign_in(PERSON)

    assert answer.status == 303
    assert answer.all('Location') == ['/account/first-login']
    assert not has_cookie(answer)


@pytest.mark.parametrize('error', [each for each in range(9) if each != CHANGE_AFTER_RESET])
def test_success_with_a_policy_error(only, false, error):
    control = policy(ber.encode(0x81, bytes([error])))
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, ber.SUCCESS, control)))

    answer = only.form.sign_in(PERSON)

    # The second says that the password must be changed first.
    if error == 2:
        assert (answer.status, answer.all('Location')) == (303, ['/account/first-login'])
    else:
        assert answer.status in (422, 503)
    assert not has_cookie(answer)


def test_control_that_nobody_asked_for(only, false):
    control = ber.control(b'1.2.3.4', b'\xff' * 40)
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, ber.SUCCESS, control)))

    assert only.form.sign_in(PERSON).status == 303


ENTRIES = {
    'entry of somebody else': lambda message: found(
        message, 'uid=maria.lopez,ou=public,dc=city,dc=example'),
    'entry from elsewhere': lambda message: found(message, 'uid=crowd.00,dc=elsewhere'),
    'entry without a name': lambda message: found(message, uid=''),
    'entry with a name that is no text': lambda message: found(message, uid='crowd\0.00'),
    'entry with a line end in its name': lambda message: found(message, uid='a\r\nb: c'),
    'entry without an id': lambda message: found(message, entryUUID=''),
    'no entry': done,
    'two entries': lambda message: found(message)[:-len(done(message))] + found(message),
}


@pytest.mark.parametrize('name', ENTRIES)
def test_entry_that_is_not_the_one(only, false, name):
    false.misbehave(SEARCH_REQUEST, lambda message: Reply(ENTRIES[name](message)))

    answer = only.form.sign_in(PERSON)

    assert answer.status in (422, 503)
    assert not has_cookie(answer)


@pytest.mark.parametrize('code', [1, 2, 3, 4, 7, 8, 10, 11, 14, 32, 48, 49, 50, 51, 52, 53, 80,
                                  122, 2 ** 31 - 1])
def test_refusals_of_all_kinds(only, false, code):
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, code)))

    answer = only.form.sign_in(PERSON)

    assert answer.status in (422, 503)
    assert not has_cookie(answer)


# To the gateway itself.

@pytest.mark.parametrize('name', ['garbage', 'message that is larger than any', 'the end',
                                  'notice of disconnection', 'thousands of entries',
                                  'answer to another kind of request'])
def test_ruinous_to_the_gateways_own_bind(start, false, shaken, name):
    false.behave()
    false.misbehave(BIND_REQUEST, RUINOUS[name], to_gateway=True)
    gateway = start(false.uri, shaken.slapd.ldapi_uri)
    log = Log(gateway)

    answer = gateway.form.sign_in(PERSON)

    assert answer.status == 303
    assert log.lines(*GRAVE) == []


@pytest.mark.parametrize('code', [14, 49, 52])
def test_gateways_own_bind_refused(start, false, code):
    false.behave()
    false.misbehave(BIND_REQUEST, lambda message: Reply(done(message, code)), to_gateway=True)
    gateway = start(false.uri)
    log = Log(gateway, since_start=True)

    for _ in range(5):
        assert_outage(gateway.form.sign_in(PERSON))

    assert [text for _, text in log.lines('error', *GRAVE)] == [
        f'gatehouse: directory {false.uri} is down: it refused to bind the gateway; check'
        ' directory.bind_dn and bind_password_file']
    assert log.has(f'refused to bind the gateway: result {code}')


@pytest.mark.parametrize('greeting', [b'\xff' * 40, NOTICE], ids=['garbage', 'notice'])
def test_greeting(start, false, shaken, greeting):
    false.behave()
    false.greeting = greeting
    gateway = start(false.uri, shaken.slapd.ldapi_uri)
    log = Log(gateway)

    answers = [gateway.form.sign_in(PERSON, password) for password in (PASSWORD, 'wrong one')]

    assert [answer.status for answer in answers] == [303, 422]
    assert log.lines(*GRAVE) == []


# Of any kind.

# Each has a seed of its own, the number of its round.
ROUNDS = int(os.environ.get('GATEHOUSE_FUZZ_ROUNDS', 24))


def spoiled(data, chance):
    """The bytes with some of them changed, lost, doubled or followed by others."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data)) if data else 0
        match chance.randrange(5):
            case 0:
                data[place:place + 1] = bytes([chance.randrange(256)])
            case 1:
                data[place:place + 1] = bytes([data[place] ^ 1 << chance.randrange(8)]
                                              if data else b'')
            case 2:
                del data[place:place + chance.randint(1, 8)]
            case 3:
                data[place:place] = data[place:place + chance.randint(1, 16)]
            case 4:
                data += chance.randbytes(chance.randint(1, 64))
    return bytes(data)


def test_answers_of_any_kind(brief, false):
    """Whatever comes back: an answer that the contract knows, from the same worker."""
    for number in range(ROUNDS):
        chance = random.Random(number)
        end = chance.choice([None, None, CLOSE, HALF_CLOSE])
        false.misbehave(chance.choice([SEARCH_REQUEST, BIND_REQUEST]),
                        lambda message: Reply(spoiled(honest(message).data, chance), end),
                        to_gateway=chance.random() < 0.25)

        assert brief.form.sign_in(PERSON).status in (303, 422, 503), f'round {number}'
        settle(brief, false)
