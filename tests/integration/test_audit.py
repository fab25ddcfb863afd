"""The audit trail: a line of JSON for each event, with who, whence and how, and no secret."""

import json
import os
import re
import signal
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from stack.paths import CTL
from stack.process import wait_until
from strain import Form
from web import CHECK, DASHBOARD, LOGIN, MARIA, PREFIX, Browser

NEW = 'granite steps by the lake'
OTHER = 'seven lanterns over the ferry'
ANSWER = 'a very cold soup'
TIME = re.compile(r'20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}Z')
MEMBERS = {'time', 'event', 'outcome', 'realm', 'uid', 'address', 'request', 'by', 'reason'}


class Trail:
    """The audit file of a gateway."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        """All events; each is a line of JSON that ends."""
        text = self.path.read_text(encoding='utf-8')
        assert text == '' or text.endswith('\n')
        return [json.loads(line) for line in text.splitlines()]

    def told(self):
        """What each event is about."""
        return [(line['event'], line['outcome'], line.get('realm'), line.get('uid'))
                for line in self.lines()]


@pytest.fixture
def gateway(make_gateway):
    """A gateway with an audit file of its own."""
    made = make_gateway(workers=2)
    made.start()
    return made


@pytest.fixture
def trail(gateway):
    return Trail(gateway.audit_log)


def post(browser, path, form_at=None, **fields):
    return browser.post(PREFIX + path,
                        {'csrf': browser.csrf(PREFIX + (form_at or path))} | fields)


def ctl(gateway, *words):
    """Runs gatehousectl with the gateway's configuration."""
    return subprocess.run([CTL, '-c', gateway.gatehouse_conf, *words], check=True,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


# What stands in a line.

def test_a_line(gateway, trail, person):
    Browser(gateway.url, address='127.0.9.7').sign_in(person, MARIA[1])

    line, = trail.lines()
    assert set(line) == {'time', 'event', 'outcome', 'realm', 'uid', 'address', 'request'}
    assert TIME.fullmatch(line['time'])
    assert (line['event'], line['outcome']) == ('sign-in', 'signed-in')
    assert (line['realm'], line['uid']) == ('public', person)
    assert line['address'] == '127.0.9.7'
    assert re.fullmatch('[0-9a-f]{32}', line['request'])


def test_the_request_is_the_one_of_the_access_log(make_gateway, person):
    gateway = make_gateway(http="log_format ids '$request_id';",
                           server='access_log ids.log ids;')
    gateway.start()
    Browser(gateway.url).sign_in(person, MARIA[1])

    line, = Trail(gateway.audit_log).lines()
    # nginx writes it when the answer has left.
    ids = gateway.folder / 'ids.log'
    wait_until(lambda: ids.read_text(encoding='ascii').split().count(line['request']) == 1,
               'the request in the access log')


def test_the_file(gateway, trail, person):
    Browser(gateway.url).sign_in(person, MARIA[1])

    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o640


# Events.

def test_sign_in_and_out(gateway, trail, person):
    browser = Browser(gateway.url)
    browser.sign_in(person, 'not the password')
    browser.sign_in(f' {person.upper()} ', MARIA[1])
    browser.sign_out()

    assert trail.told() == [('sign-in', 'wrong-password', 'public', person),
                            ('sign-in', 'signed-in', 'public', person),
                            ('sign-out', 'done', 'public', person)]


def test_refusals_say_what_the_page_does_not(gateway, trail, portal, unique):
    number = f'74{unique():05}'
    portal.people.put_on_file(number, 'ORCHARD LADDERS')
    Browser(gateway.url).sign_in(number, 'a guess', 'contractor')
    Browser(gateway.url).sign_in('nobody.at.all', 'a guess')
    ctl(gateway, 'disable', number, '--reason', 'moved away')
    Browser(gateway.url).sign_in(number, 'a guess', 'contractor')

    told = [line for line in trail.told() if line[0] == 'sign-in']
    assert told == [('sign-in', 'no-password', 'contractor', number),
                    ('sign-in', 'unknown', 'public', None),
                    ('sign-in', 'disabled', 'contractor', number)]


def test_whoever_has_the_wrong_kind_of_account(gateway, trail, person):
    browser = Browser(gateway.url)
    browser.sign_in(person, MARIA[1])
    for _ in range(30):
        assert browser.get('/inspections/').status_code == 403
    assert browser.get(CHECK + '?realm=contractor').status_code == 403
    # Who is not signed in at all is no event.
    assert Browser(gateway.url).get('/inspections/').status_code == 302

    assert trail.told()[1:] == [('access-refused', 'wrong-realm', 'public', person)]


def test_forms_from_elsewhere(gateway, trail, person):
    browser = Browser(gateway.url)
    form = {'csrf': browser.csrf(), 'realm': 'public', 'username': person, 'password': MARIA[1]}
    for _ in range(30):
        assert browser.post(LOGIN, form, headers={
            'Origin': 'https://elsewhere.example'}).status_code == 403
        assert browser.post(LOGIN, form | {'csrf': 'x'}).status_code == 403
    assert Browser(gateway.url, address='127.0.9.9').post(LOGIN, form).status_code == 403

    told = [(line['outcome'], line['address'], line.get('uid')) for line in trail.lines()]
    # A line a minute for an address, however many it sent.
    assert told == [('other-site', '127.0.0.1', None), ('no-token', '127.0.9.9', None)]
    assert {line['event'] for line in trail.lines()} == {'form-refused'}


def test_who_has_to_wait(make_gateway, person):
    gateway = make_gateway(is_throttled=True, edit_config=lambda text: (
        text + '\nthrottle {\n    free_attempts = 1\n    base_delay = 60\n}\n'))
    gateway.start()
    browsers = [Browser(gateway.url, address='127.0.9.8') for _ in range(12)]
    statuses = [each.sign_in(person, 'not it').status_code for each in browsers]
    assert statuses == [422, 422] + 10 * [429]

    told = Trail(gateway.audit_log).told()
    assert told[2:] == [('throttled', 'stranger', 'public', None)]


def test_nobody_fills_the_trail(gateway, trail):
    """More addresses than there are lines in a minute; whatever came later has its line."""
    addresses = [f'127.0.{one}.{two}' for one in range(20, 24) for two in range(1, 201)]

    def send_from(address):
        browser = Browser(gateway.url, address=address)
        return browser.post(LOGIN, {'csrf': 'x'}).status_code

    with ThreadPoolExecutor(8) as executor:
        assert set(executor.map(send_from, addresses)) == {403}
    times = [datetime.fromisoformat(line['time'][:-1]) for line in trail.lines()]
    assert len(times) >= 600
    assert sum((time - times[0]).total_seconds() < 59 for time in times) <= 600


def test_a_directory_that_is_down(make_gateway):
    gateway = make_gateway(uris=['ldap://127.0.0.1:1'])
    gateway.start()
    Browser(gateway.url).sign_in(*MARIA)

    assert Trail(gateway.audit_log).told() == [('sign-in', 'unavailable', 'public', None)]


def test_an_account_from_set_up_to_its_new_password(gateway, trail, unique):
    uid = f'audited.{unique():04}'
    browser = Browser(gateway.url)
    fields = {'username': uid, 'givenName': 'Web', 'sn': 'Person', 'mail': f'{uid}@example.org',
              'password': MARIA[1], 'password_confirm': MARIA[1],
              'question': 'What was your first dish?', 'answer': ANSWER}
    assert post(browser, '/setup/public', **fields).status_code == 303
    assert post(Browser(gateway.url), '/setup/public', **fields).status_code == 422
    assert post(browser, '/password', current_password='not it', password=NEW,
                password_confirm=NEW).status_code == 422
    assert post(browser, '/password', current_password=MARIA[1], password=NEW,
                password_confirm=NEW).status_code == 303
    assert post(browser, '/profile', givenName='Webber', sn='Person',
                mail=f'{uid}@example.org').status_code == 303
    assert post(browser, '/sessions', '/dashboard', all='1').status_code == 303

    told = [line for line in trail.told() if line[0] != 'mail']
    assert told == [('set-up', 'done', 'public', uid),
                    ('set-up', 'taken', 'public', None),
                    ('password-change', 'wrong-password', 'public', uid),
                    ('password-change', 'done', 'public', uid),
                    ('profile-change', 'done', 'public', uid),
                    ('sign-out-everywhere', 'done', 'public', uid)]
    assert ANSWER not in trail.path.read_text(encoding='utf-8')


def test_a_temporary_password_to_a_real_one(gateway, trail, portal, unique):
    number = f'75{unique():05}'
    portal.people.put_on_file(number, 'ORCHARD LADDERS')
    said = ctl(gateway, 'temp-password', number, '--reason', 'rang, knows the bond number')
    temporary = re.search(r'\b(?:[a-z]{5}-){4}[a-z]{5}\b', said).group()
    browser = Browser(gateway.url)
    assert browser.sign_in(number, temporary, 'contractor').status_code == 303

    assert trail.told() == [('temporary-password', 'done', 'contractor', number),
                            ('sign-in', 'must-change', 'contractor', number)]
    issued, used = trail.lines()
    # Who at the counter, and why; where from, at the web.
    assert issued['by']
    assert issued['reason'] == 'rang, knows the bond number'
    assert 'address' not in issued and 'by' not in used
    assert temporary not in trail.path.read_text(encoding='utf-8')


def test_a_forgotten_password(gateway, trail, person, portal):
    post(Browser(gateway.url), '/forgot', realm='public', username=person)
    post(Browser(gateway.url), '/forgot', realm='public', username='nobody.at.all')
    wait_until(lambda: len(trail.lines()) == 3, 'three events')

    assert sorted(trail.told(), key=str) == [
        ('mail', 'sent', 'public', person),
        ('reset-asked', 'done', 'public', person),
        ('reset-asked', 'gone', 'public', None)]


# What never stands there.

def test_no_secret(gateway, trail, person):
    browser = Browser(gateway.url)
    browser.sign_in(person, OTHER)
    browser.sign_in(person, MARIA[1])
    token = browser.csrf(DASHBOARD)
    cookies = dict(browser.session.cookies.items())
    post(browser, '/password', current_password=MARIA[1], password=NEW, password_confirm=NEW)
    # A password in the wrong field, as happens.
    Browser(gateway.url).sign_in('granite steps, a lake', person)

    text = trail.path.read_text(encoding='utf-8')
    assert [line[:2] for line in trail.told() if line[0] != 'mail'] == [
        ('sign-in', 'wrong-password'), ('sign-in', 'signed-in'), ('password-change', 'done'),
        ('sign-in', 'unknown')]
    for secret in (MARIA[1], NEW, OTHER, 'granite', token, *cookies.values()):
        assert secret not in text


@pytest.mark.parametrize('name', ['x\n{"event":"sign-in"}', 'x\r\n', '"', '\\', '\x00', 'é' * 300,
                                  '<script>', 'x' * 5000])
def test_a_name_makes_one_line(gateway, trail, name):
    Browser(gateway.url).sign_in(name, 'a guess')

    line, = trail.lines()
    assert set(line) <= MEMBERS
    assert (line['event'], line['outcome']) == ('sign-in', 'unknown')


# One file for all.

def test_many_at_once_from_all_workers_and_gatehousectl(gateway, trail, person, portal, unique):
    number = f'76{unique():05}'
    portal.people.put_on_file(number, 'ORCHARD LADDERS')
    form = Form(gateway.url)
    with ThreadPoolExecutor(20) as executor:
        signed_in = [executor.submit(form.sign_in, person, MARIA[1]) for _ in range(60)]
        for command in ('disable', 'enable') * 5:
            ctl(gateway, command, number)
        statuses = [answer.result().status for answer in signed_in]

    assert statuses == [303] * 60
    told = trail.told()
    assert len(told) == 70
    assert told.count(('sign-in', 'signed-in', 'public', person)) == 60
    assert told.count(('disable', 'done', 'contractor', number)) == 5
    assert told.count(('enable', 'done', 'contractor', number)) == 5


def test_rotation(gateway, trail, person, portal, unique):
    number = f'77{unique():05}'
    portal.people.put_on_file(number, 'ORCHARD LADDERS')
    form = Form(gateway.url)
    form.sign_in(person, MARIA[1])
    rotated = Trail(trail.path.with_suffix('.1'))
    trail.path.rename(rotated.path)
    # What logrotate's `create 0640` does.
    trail.path.touch(mode=0o640)
    # Until nginx is told, events go where the file went.
    form.sign_in(person, MARIA[1])
    os.kill(gateway.pidfile.pid(), signal.SIGUSR1)

    def has_moved():
        form.sign_in(person, MARIA[1])
        return is_open_in_all(gateway, trail.path)

    wait_until(has_moved, 'workers that write to the new file')
    before = len(trail.lines())
    for _ in range(10):
        form.sign_in(person, MARIA[1])
    ctl(gateway, 'disable', number)

    assert len(trail.lines()) == before + 11
    assert trail.told()[-1] == ('disable', 'done', 'contractor', number)
    assert len(rotated.lines()) >= 2
    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o640


def is_open_in_all(gateway, path):
    """Whether each worker has the file open."""
    number = path.stat().st_ino

    def has(pid):
        return any(os.stat(f'/proc/{pid}/fd/{name}').st_ino == number
                   for name in os.listdir(f'/proc/{pid}/fd')
                   if os.path.exists(f'/proc/{pid}/fd/{name}'))

    return all(has(pid) for pid in gateway.worker_pids())


def test_a_file_that_can_not_be_opened(make_gateway):
    gateway = make_gateway(edit_config=lambda text: re.sub(
        r'file = ".*/audit.log"', 'file = "/nowhere/audit.log"', text))
    done = gateway.run('-t')

    assert done.returncode == 1
    assert '/nowhere/audit.log' in done.stderr


def test_without_an_audit_file_all_works(make_gateway, person):
    gateway = make_gateway(edit_config=lambda text: re.sub(r'\naudit \{.*?\n\}\n', '\n', text,
                                                           flags=re.DOTALL))
    gateway.start()
    browser = Browser(gateway.url)

    assert browser.sign_in(person, MARIA[1]).status_code == 303
    assert browser.sign_out().status_code == 303
    assert not gateway.audit_log.exists()
