"""gatehousectl import contractors: license files into the directory."""

import csv
import io
import json
import os
import subprocess

import ldap
import pytest
from stack import sanitizers
from stack.paths import CTL, DEMO, PAGES
from stack.people import People
from stack.process import wait_until
from stack.slapd import Slapd
from stack.stack import eased
from stack.template import fill

with open(DEMO / 'contractors.csv', encoding='cp1252', newline='') as demo_file:
    HEADER = next(csv.reader(demo_file))

ROOFER = {
    'LastUpdate': '04/04/2026', 'BusinessName': 'SIERRA ROOFING',
    'MailingAddress': '564 VISTA BLVD #28', 'City': 'ALMOND GROVE', 'State': 'CA',
    'ZIPCode': '90069', 'BusinessPhone': '(555) 010 0189', 'BusinessType': 'Sole Owner',
    'IssueDate': '05/24/1999', 'ExpirationDate': '10/04/2027', 'PrimaryStatus': 'CLEAR',
    'Classifications(s)': 'C-53| C61/D12', 'WorkersCompCoverageType': 'Exempt'}


def row(number, **changes):
    """A row of a license file; what isn't said is the roofer's."""
    return {'LicenseNo': number, **ROOFER, **changes}


def table(rows, header=tuple(HEADER), encoding='utf-8'):
    """The bytes of a license file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval='', lineterminator='\r\n')
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def write_config(slapd, folder, uri=None):
    """gatehouse.conf for that directory, or for one at `uri`."""
    path = folder / 'gatehouse.conf'
    path.write_text(eased(fill(DEMO / 'gatehouse.conf.in', {
        'URIS': f'"{uri or slapd.ldapi_uri}"', 'BASE': slapd.base, 'SECRETS': slapd.secrets,
        'KEYS': folder / 'keys', 'URL': 'http://127.0.0.1:8080/account', 'PAGES': PAGES,
        'MAIL_URL': 'smtp://127.0.0.1', 'AUDIT_LOG': folder / 'audit.log',
    })), encoding='utf-8')
    return path


class Import:
    """Runs the command on files of bytes, with one configuration."""

    def __init__(self, config, folder):
        self.config = config
        self.file = folder / 'licenses.csv'

    def command(self, content, *options, before=('--json',)):
        self.file.write_bytes(content)
        return [CTL, '-c', self.config, *before, 'import', 'contractors', self.file, *options]

    def run(self, content, *options, before=('--json',), code=0):
        """What it printed, after the exit code was held against `code`."""
        done = subprocess.run(self.command(content, *options, before=before), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def report(self, content, *options, **how):
        """The refused rows and the totals."""
        lines = [json.loads(line)
                 for line in self.run(content, *options, **how).stdout.splitlines()]
        return lines[:-1], lines[-1]['totals']


def totals(**counts):
    """Totals with these counts, all others 0, that add up."""
    every = {'created': 0, 'updated': 0, 'unchanged': 0, 'not_on_file': 0, 'refused': 0, **counts}
    return {'rows': sum(every.values()), **every}


@pytest.fixture(name='importer')
def fixture_importer(slapd, tmp_path):
    return Import(write_config(slapd, tmp_path), tmp_path)


@pytest.fixture(name='number')
def fixture_number(unique):
    """A function that gives a license number of this test alone."""
    return lambda: str(30000000 + unique())


@pytest.fixture(name='entry')
def fixture_entry(slapd, people):
    """A function that reads an entry, as texts; None: nobody there."""
    def read(number):
        try:
            _, values = slapd.connect_as_root().search_s(
                people.dn('contractor', number), ldap.SCOPE_BASE)[0]
        except ldap.NO_SUCH_OBJECT:
            return None
        return {name: [value.decode() for value in found] for name, found in values.items()}

    return read


def test_creates_entries(importer, entry, number):
    uid = number()
    assert importer.report(table([row(uid)])) == ([], totals(created=1))
    assert entry(uid) == {
        'objectClass': ['top', 'person', 'organizationalPerson', 'inetOrgPerson',
                        'gatehouseAccount', 'gatehouseContractor'],
        'uid': [uid], 'o': ['SIERRA ROOFING'], 'cn': ['SIERRA ROOFING'],
        'sn': ['SIERRA ROOFING'], 'gatehouseSearchKey': ['sierra roofing', 'roofing'],
        'gatehouseLicenseStatus': ['CLEAR'],
        'gatehouseLicenseClass': ['C53', 'C61/D12'],
        'gatehouseLicenseIssued': ['19990524000000Z'],
        'gatehouseLicenseExpiry': ['20271004000000Z'],
        'gatehouseLicenseUpdated': ['20260404000000Z'],
        'gatehouseWorkersComp': ['Exempt'], 'gatehouseBusinessType': ['Sole Owner'],
        'street': ['564 VISTA BLVD #28'], 'l': ['ALMOND GROVE'], 'st': ['CA'],
        'postalCode': ['90069'], 'telephoneNumber': ['(555) 010 0189']}


def test_second_run_changes_nothing(importer, slapd):
    content = (DEMO / 'contractors.csv').read_bytes()
    rows = content.count(b'\n') - 1
    importer.run(content)

    def stamps():
        found = slapd.connect_as_root().search_s(
            f'ou=contractors,{slapd.base}', ldap.SCOPE_ONELEVEL, attrlist=['entryCSN'])
        return {dn: values['entryCSN'] for dn, values in found}

    before = stamps()
    assert importer.report(content) == ([], totals(unchanged=rows))
    assert 'Nothing changed.' in importer.run(content, before=()).stdout
    assert stamps() == before


def test_changes_what_differs(importer, entry, number):
    uid, other = number(), number()
    importer.run(table([row(uid), row(other)]))
    changed = row(uid, PrimaryStatus='Work Comp Susp', **{'Classifications(s)': 'B'},
                  MailingAddress='9 NEW RD', BusinessType='')
    assert importer.report(table([changed, row(other)])) == ([], totals(updated=1, unchanged=1))
    found = entry(uid)
    assert found['gatehouseLicenseStatus'] == ['Work Comp Susp']
    assert found['gatehouseLicenseClass'] == ['B']
    assert found['street'] == ['9 NEW RD']
    assert 'gatehouseBusinessType' not in found


def test_dry_run_writes_nothing(importer, entry, number):
    uid, new = number(), number()
    importer.run(table([row(uid)]))
    content = table([row(uid, PrimaryStatus='SOS Suspension'), row(new)])
    assert importer.report(content, '--dry-run') == ([], totals(created=1, updated=1))
    assert entry(uid)['gatehouseLicenseStatus'] == ['CLEAR']
    assert entry(new) is None


def test_update_only_creates_nobody(importer, entry, number):
    uid, new = number(), number()
    importer.run(table([row(uid)]))
    content = table([row(uid, PrimaryStatus='SOS Suspension'), row(new)])
    assert importer.report(content, '--update-only') == ([], totals(updated=1, not_on_file=1))
    assert entry(uid)['gatehouseLicenseStatus'] == ['SOS Suspension']
    assert entry(new) is None


def test_keeps_what_a_person_typed(importer, entry, number, slapd, people):
    uid = number()
    importer.run(table([row(uid)]))
    people.sign_up(uid, 'joe@example.org', 'level plumb and square')
    slapd.connect_as('gatehouse').modify_s(people.dn('contractor', uid), [
        (ldap.MOD_REPLACE, 'street', b'1 My Own Way'), (ldap.MOD_REPLACE, 'sn', b'Marsh'),
        (ldap.MOD_REPLACE, 'telephoneNumber', b'555 010 0001')])
    content = table([row(uid, MailingAddress='2 BOARD ST', BusinessPhone='',
                         PrimaryStatus='Contr Bond Susp')])

    assert importer.report(content) == ([], totals(updated=1))
    assert importer.report(content) == ([], totals(unchanged=1))
    found = entry(uid)
    assert found['gatehouseLicenseStatus'] == ['Contr Bond Susp']
    assert found['street'] == ['1 My Own Way']
    assert found['sn'] == ['Marsh']
    assert found['telephoneNumber'] == ['555 010 0001']
    assert found['mail'] == ['joe@example.org']
    slapd.connect(people.dn('contractor', uid), 'level plumb and square')


@pytest.mark.parametrize('encoding', ['utf-8', 'cp1252', 'utf-8-sig'])
def test_names_become_utf8(importer, entry, number, encoding):
    uid = number()
    importer.run(table([row(uid, BusinessName='NÚÑEZ & SONS')], encoding=encoding))
    assert entry(uid)['o'] == ['NÚÑEZ & SONS']


def test_columns_may_stand_anywhere(importer, entry, number):
    uid = number()
    content = table([row(uid)], header=[*reversed(HEADER), 'SomethingNew'])
    assert importer.report(content) == ([], totals(created=1))
    assert entry(uid)['l'] == ['ALMOND GROVE']


def test_names_refused_rows(importer, entry, number):
    good, last = number(), number()
    lines = table([
        row(good), row(number(), ExpirationDate='02/30/2027'), row(number(), BusinessName=''),
        row('0' + good), row('12AB'), row(number(), City='A\x07B'),
        row(number(), City='A\r\nB')]).splitlines(keepends=True)
    lines += [b'1,2,3\r\n', table([row(last)]).splitlines(keepends=True)[1]]
    refused, counts = importer.report(b''.join(lines))
    assert refused == [
        {'row': 2, 'line': 3, 'column': 'ExpirationDate',
         'reason': 'names a day that no calendar has: 02/30/2027'},
        {'row': 3, 'line': 4, 'column': 'BusinessName', 'reason': 'is empty'},
        {'row': 4, 'line': 5, 'column': 'LicenseNo', 'reason': 'is a duplicate of row 1'},
        {'row': 5, 'line': 6, 'column': 'LicenseNo', 'reason': 'is not a license number'},
        {'row': 6, 'line': 7, 'column': 'City',
         'reason': 'holds control characters or is not text'},
        {'row': 7, 'line': 8, 'column': None,
         'reason': 'goes on over more than one line: a quote in it may not be closed'},
        {'row': 8, 'line': 10, 'column': None, 'reason': 'has fewer columns than the header'}]
    assert counts == totals(created=2, refused=7)
    assert entry(good)['o'] == ['SIERRA ROOFING']
    assert entry(last)['o'] == ['SIERRA ROOFING']


def test_speaks_to_people(importer, number):
    done = importer.run(table([row(number()), row('12AB')]), before=())
    assert done.stdout == ('row 2 (line 3): LicenseNo is not a license number\n'
                           'rows                2\n'
                           'created             1\n'
                           'updated             0\n'
                           'unchanged           0\n'
                           'not on file         0\n'
                           'refused             1\n')
    assert done.stderr == ''


def as_identity(slapd, name):
    return ['--json', '--bind-dn', slapd.dn(name), '--password-file', slapd.secrets / name]


def test_the_import_identity_is_enough(importer, slapd, entry, number):
    uid = number()
    identity = as_identity(slapd, 'import')
    assert importer.report(table([row(uid)]), before=identity) == ([], totals(created=1))
    content = table([row(uid, MailingAddress='9 NEW RD', PrimaryStatus='SOS Suspension')])
    assert importer.report(content, before=identity) == ([], totals(updated=1))
    assert importer.report(content, before=identity) == ([], totals(unchanged=1))
    assert entry(uid)['street'] == ['9 NEW RD']


def test_reports_the_directorys_refusals(importer, slapd, entry, number):
    uid = number()
    refused, counts = importer.report(table([row(uid), row(number())]), code=1,
                                      before=as_identity(slapd, 'pam'))
    assert counts == totals(refused=2)
    assert sorted(line['row'] for line in refused) == [1, 2]
    assert {line['reason'] for line in refused} == {
        'the directory refused it: no write access to parent (50)'}
    assert entry(uid) is None


def test_refuses_a_file_without_a_column(importer, entry, number):
    uid = number()
    content = table([row(uid)]).replace(b'WCPolicyNumber', b'Policy', 1)
    assert importer.run(content, code=1).stderr.endswith('name once each: WCPolicyNumber\n')
    assert entry(uid) is None
    assert 'is empty' in importer.run(b'', code=1).stderr


def test_usage(importer):
    for arguments in ([], ['contractors'], ['people', 'x.csv'], ['contractors', 'x.csv', 'y.csv'],
                      ['contractors', 'x.csv', '--force']):
        done = subprocess.run([CTL, '-c', importer.config, 'import', *arguments], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 2
        assert 'usage: gatehousectl' in done.stderr
    done = subprocess.run([CTL, '-c', importer.config, 'import', 'contractors', '/nowhere.csv'],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "/nowhere.csv can't be opened: No such file or directory" in done.stderr


def test_directory_down(slapd, tmp_path, number):
    importer = Import(write_config(slapd, tmp_path, 'ldapi://%2Fnowhere%2Fldapi'), tmp_path)
    done = importer.run(table([row(number())]), code=3)
    assert done.stdout == ''
    assert "the directory can't be reached" in done.stderr


def test_directory_goes_away(tmp_path):
    """It stops, says where, and a second run finishes the work."""
    rows = 3000
    content = table([row(str(n)) for n in range(1, rows + 1)])
    server = Slapd(tmp_path / 'slapd')
    server.folder.mkdir(mode=0o700)
    try:
        server.create()
        server.start()
        server.install()
        importer = Import(write_config(server, tmp_path), tmp_path)
        admin = server.connect_as_root()
        dn = People(server).dn('contractor', '100')

        def has_begun():
            try:
                return bool(admin.search_s(dn, ldap.SCOPE_BASE))
            except ldap.NO_SUCH_OBJECT:
                return False

        with subprocess.Popen(importer.command(content), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            wait_until(has_begun, 'the 100th row')
            server.kill()
            out, err = running.communicate(timeout=60)

        assert running.returncode == 3
        last = json.loads(out.splitlines()[-1])
        stop = last['stopped']['row']
        assert stop > 1
        assert last['stopped']['line'] == stop + 1
        assert last['totals']['created'] >= stop - 1
        assert f'stopped at row {stop} (line {stop + 1})' in err

        server.start()
        _, counts = importer.report(content)
        assert counts == totals(created=counts['created'], unchanged=counts['unchanged'])
        assert counts['rows'] == rows
        assert counts['unchanged'] >= last['totals']['created']
    finally:
        server.close()


@pytest.mark.as_shipped
def test_memory_does_not_grow_with_the_file(importer):
    def peak(rows):
        content = table([row(str(n)) for n in range(1, rows + 1)])
        # Where the sanitizers are built in, they are not to hoard what was freed.
        environment = {**os.environ, 'ASAN_OPTIONS': sanitizers.with_options(
            os.environ, quarantine_size_mb=1)}
        with subprocess.Popen(importer.command(content, '--dry-run'), env=environment,
                              stdout=subprocess.DEVNULL) as running:
            _, status, usage = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        assert running.returncode == 0
        return usage.ru_maxrss

    # KiB; twenty times the rows, 7 MB more of file.
    assert peak(40000) - peak(2000) < 2048
