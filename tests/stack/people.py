"""Accounts: put into the directory by whoever does it in a real city.

The gateway adds people and sets their passwords, in clear, so that slapd
applies its policy and hashes; license files put contractors on file; staff
issue temporary passwords.
"""

import time

import ldap
from ldap.modlist import addModlist

PERSON = [b'top', b'person', b'organizationalPerson', b'inetOrgPerson', b'gatehouseAccount']
CONTRACTOR = [*PERSON, b'gatehouseContractor']

# What people choose who don't say otherwise; the answer as it is folded.
QUESTION = 'What was your first street?'
ANSWER = 'elm street'


def generalized_time(seconds=None):
    """A time (now, when None) as LDAP writes it."""
    return time.strftime('%Y%m%d%H%M%SZ', time.gmtime(seconds))


def attributes(**values):
    """Attributes as python-ldap takes them, from texts and lists of texts."""
    return {name: [text.encode() for text in ([value] if isinstance(value, str) else value)]
            for name, value in values.items()}


class People:
    """The accounts of a directory."""

    def __init__(self, slapd):
        self.slapd = slapd

    def dn(self, realm, uid):
        """The DN of somebody of the realm `public` or `contractor`."""
        folder = {'public': 'public', 'contractor': 'contractors'}[realm]
        return f'uid={uid},ou={folder},{self.slapd.base}'

    def add_public(self, uid, first, last, mail, password, answer=ANSWER):
        """A member of the public who has set up an account.

        answer  to the security question, folded; None: there is none
        """
        entry = attributes(uid=uid, cn=f'{first} {last}', givenName=first, sn=last, mail=mail,
                           userPassword=password, gatehousePasswordSet=generalized_time(),
                           gatehouseLastSignIn=generalized_time())
        entry['objectClass'] = PERSON
        gateway = self.slapd.connect_as('gatehouse')
        gateway.add_s(self.dn('public', uid), addModlist(entry))
        self._add_question(gateway, self.dn('public', uid), answer)

    def _add_question(self, gateway, dn, answer):
        if answer is None:
            return
        entry = attributes(objectClass=['top', 'gatehouseRecovery'], cn='recovery',
                           pwdPolicySubentry=f'cn=recovery,ou=policies,{self.slapd.base}',
                           gatehouseQuestion=QUESTION, userPassword=answer)
        gateway.add_s(f'cn=recovery,{dn}', addModlist(entry))

    def put_on_file(self, license_number, business, status='CLEAR'):
        """A contractor who came with a license file: no password, no mail."""
        entry = attributes(uid=license_number, cn=business, sn=business, o=business,
                           gatehouseLicenseStatus=status)
        entry['objectClass'] = CONTRACTOR
        self.slapd.connect_as('import').add_s(
            self.dn('contractor', license_number), addModlist(entry))

    def sign_up(self, license_number, mail, password, answer=ANSWER):
        """A contractor on file who has chosen a password; `answer` as above."""
        change = attributes(mail=mail, userPassword=password,
                            gatehousePasswordSet=generalized_time(),
                            gatehouseLastSignIn=generalized_time())
        gateway = self.slapd.connect_as('gatehouse')
        gateway.modify_s(self.dn('contractor', license_number),
                         [(ldap.MOD_REPLACE, name, values) for name, values in change.items()])
        self._add_question(gateway, self.dn('contractor', license_number), answer)

    def add_staff(self, uid, name, password):
        """Somebody at the counter."""
        entry = attributes(objectClass='inetOrgPerson', uid=uid, cn=name, sn=name,
                           userPassword=password,
                           pwdPolicySubentry=f'cn=service,ou=policies,{self.slapd.base}')
        self.slapd.connect_as_root().add_s(f'uid={uid},ou=staff,{self.slapd.base}',
                                           addModlist(entry))

    def give_temporary_password(self, realm, uid, password, until):
        """What staff do when somebody rings: a password that ends at `until` (s)."""
        change = attributes(userPassword=password, pwdEndTime=generalized_time(until),
                            pwdPolicySubentry=f'cn=temporary,ou=policies,{self.slapd.base}',
                            gatehousePasswordSet=generalized_time())
        self.slapd.connect_as_root().modify_s(
            self.dn(realm, uid),
            [(ldap.MOD_REPLACE, name, values) for name, values in change.items()])
