"""The table of PAM's return codes: each situation made real, and what each call returns.

    situation            auth                  account               password
"""

import os
import signal
import socket
import time

import pytest
from false_directory import FalseDirectory, Reply
from pam import (ACCT_EXPIRED, AUTH_ERR, AUTHINFO_UNAVAIL, BRIEF, CHANGE, NEW,
                 NEW_AUTHTOK_REQD, PASSWORD, PERM_DENIED, SERVICE_ERR, SIGN_IN, SUCCESS,
                 TEMPORARY, TRY_AGAIN, USER_UNKNOWN, add_policy, change, crowd, directory,
                 make_service, person, service, set_policy, wait_for_age, write_conf)
from stack.ber import BIND_REQUEST
from stack.people import generalized_time

WRONG = 'not the right one'


class Situation:
    """What a row of the table is set up with."""

    def __init__(self, directory, crowd, person, make_service, write_conf, add_policy):
        self.directory = directory
        self.crowd = crowd
        self.user = person
        self.typed = PASSWORD
        self.make_service = make_service
        self.write_conf = write_conf
        self.add_policy = add_policy
        self.service = make_service()
        self.undo = []

    @property
    def dn(self):
        return self.crowd.dn('public', self.user)

    def policy(self, **values):
        """Puts the user under a policy of their own, with a password that is old already."""
        policy = self.add_policy(f'of-{self.user}', pwdMaxAge='1', **values)
        set_policy(self.directory, self.crowd, self.user, policy)
        wait_for_age(self.directory, self.dn, 1)

    def temporary(self, seconds):
        self.typed = TEMPORARY
        self.crowd.give_temporary_password('public', self.user, TEMPORARY,
                                           time.time() + seconds)


@pytest.fixture
def situation(directory, crowd, person, make_service, write_conf, add_policy):
    made = Situation(directory, crowd, person, make_service, write_conf, add_policy)
    yield made
    for step in made.undo:
        step()


def right(_):
    pass


def wrong(it):
    it.typed = WRONG


def unknown(it):
    it.user = 'nobody.here'


def system(it):
    it.user = 'daemon'


def no_password_yet(it):
    it.user = '7654321'
    it.crowd.put_on_file(it.user, 'ALMOND GLASS')


def locked(it):
    change(it.directory, it.dn, pwdAccountLockedTime=generalized_time())


def disabled(it):
    change(it.directory, it.dn, gatehouseDisabled='TRUE')


def temporary(it):
    it.temporary(3600)


def ended(it):
    it.temporary(-60)


def grace(it):
    it.policy(pwdGraceAuthNLimit='5')


def expired(it):
    it.policy(pwdGraceAuthNLimit='0')


def forbidden(it):
    it.service = it.make_service(conf=it.write_conf(
        pam='service portal { filter = "(sn=Somebody Else)" }'))


def away(it):
    it.directory.stop()
    it.undo.append(it.directory.start)


def slow(it):
    """It has the connection and says nothing: slower than any deadline."""
    it.service = it.make_service(conf=it.write_conf(**BRIEF))
    pid = it.directory.pidfile.pid()
    os.kill(pid, signal.SIGSTOP)
    it.undo.append(lambda: os.kill(pid, signal.SIGCONT))


def silent(it):
    listener = socket.create_server(('127.0.0.1', 0))
    it.undo.append(listener.close)
    it.service = it.make_service(
        conf=it.write_conf(f'ldap://127.0.0.1:{listener.getsockname()[1]}', **BRIEF))


def garbage(it):
    """It answers every bind of a person with bytes that are no LDAP."""
    server = FalseDirectory(it.directory.dn('pam'))
    it.undo.append(server.close)
    server.misbehave(BIND_REQUEST, lambda _: Reply(b'HTTP/1.1 400 Bad Request\r\n\r\n'))
    it.service = it.make_service(conf=it.write_conf(server.uri, **BRIEF))


def misconfigured(it):
    it.service = it.make_service('use_frist_pass')


UNAVAILABLE = (AUTHINFO_UNAVAIL, AUTHINFO_UNAVAIL, TRY_AGAIN)

TABLE = {
    right: (SUCCESS, SUCCESS, SUCCESS),
    wrong: (AUTH_ERR, AUTH_ERR, AUTH_ERR),
    unknown: (USER_UNKNOWN, USER_UNKNOWN, USER_UNKNOWN),
    system: (USER_UNKNOWN, USER_UNKNOWN, USER_UNKNOWN),
    no_password_yet: (AUTH_ERR, AUTH_ERR, AUTH_ERR),
    locked: (AUTH_ERR, AUTH_ERR, AUTH_ERR),
    disabled: (AUTH_ERR, ACCT_EXPIRED, AUTH_ERR),
    temporary: (SUCCESS, NEW_AUTHTOK_REQD, SUCCESS),
    ended: (AUTH_ERR, AUTH_ERR, AUTH_ERR),
    grace: (SUCCESS, NEW_AUTHTOK_REQD, SUCCESS),
    expired: (SUCCESS, ACCT_EXPIRED, ACCT_EXPIRED),
    forbidden: (PERM_DENIED, PERM_DENIED, PERM_DENIED),
    away: UNAVAILABLE,
    slow: UNAVAILABLE,
    silent: UNAVAILABLE,
    garbage: UNAVAILABLE,
    misconfigured: (SERVICE_ERR, SERVICE_ERR, SERVICE_ERR),
}


@pytest.mark.parametrize('prepare', TABLE, ids=lambda prepare: prepare.__name__)
def test_codes(situation, prepare):
    prepare(situation)
    signed_in = situation.service.codes(situation.user, situation.typed, SIGN_IN)
    changed = situation.service.codes(situation.user, [situation.typed, NEW], CHANGE)

    assert (*signed_in, *changed) == TABLE[prepare]
