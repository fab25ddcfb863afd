"""The Debian packages: built, looked over, installed, signed in through, and purged."""

import os
import re
import shutil
import subprocess
import time

import pytest

from stack.paths import CHECKOUT, DEMO
from stack.people import People
from stack.process import PidFile, Port, port_answers, wait_until
from stack.scratch_root import ScratchRoot
from stack.template import fill
from web import CHECK, MARIA, Page, signed_in

PACKAGES = ('gatehouse', 'libnginx-mod-http-gatehouse', 'libpam-gatehouse')

pytestmark = [pytest.mark.as_shipped, pytest.mark.no_sanitizers]

# A site of the installed nginx: Debian's nginx.conf includes it.
SITE = """
gatehouse_config /etc/gatehouse/gatehouse.conf;

server {{
    listen 127.0.0.1:{port};

    location /account/ {{
        gatehouse_portal;
    }}
}}
"""

# A PAM service as Debian's own are.
SERVICE = '@include common-auth\n@include common-account\n@include common-password\n'

LOCAL = 'a password of this machine alone'
TEMPORARY = 'for the first time only'
NEW = 'lantern orbit velvet quarry'
GOOD = 'successfully authenticated'
DONE = 'account management done'

# In place of an init system: its word, as the papers have it.
SYSTEMCTL = r"""#!/bin/sh
set -e
pid=$(cat /run/slapd/slapd.pid 2> /dev/null || true)
case $1 in
start)
    slapd -h ldapi:/// -u openldap -g openldap -F /etc/ldap/slapd.d;;
stop)
    [ -z "$pid" ] || { kill "$pid"; tail --pid="$pid" -f /dev/null; };;
esac
"""

# slapd's package makes its configuration once more.
STOCK = """
rm -rf /etc/ldap/slapd.d /var/lib/ldap/* /run/slapd
DEBIAN_FRONTEND=noninteractive dpkg-reconfigure slapd
install -d -o openldap -g openldap /run/slapd
"""

# It ends with the command.
BEGIN = """
systemctl start slapd
trap 'systemctl stop slapd' EXIT
cd /root
"""

# What a paper has a person type.
COMMANDS = re.compile(r'```sh\n(.*?)```', re.DOTALL)

# Somebody of the portal with an account of the machine, and one of the machine alone.
ACCOUNTS = """
groupadd gatehouse-people
useradd --badname -G gatehouse-people {person}
useradd {own}
echo '{own}:{password}' | chpasswd
"""


def copy_source(folder):
    """The files of the project, without what was built from them."""
    if not (CHECKOUT / '.git').exists():
        shutil.copytree(CHECKOUT, folder)
        return
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others',
                             '--exclude-standard'],
                            cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split('\0')):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)


@pytest.fixture(name='built', scope='module')
def fixture_built(tmp_path_factory):
    """The folder with the packages, as dpkg-buildpackage leaves them."""
    folder = tmp_path_factory.mktemp('packages')
    copy_source(folder / 'source')
    done = subprocess.run(['dpkg-buildpackage', '-us', '-uc', '-b'], cwd=folder / 'source',
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=os.environ | {'DEB_BUILD_OPTIONS': 'nocheck noautodbgsym'},
                          check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder


def installed(built, folder, *packages):
    """A root in which the packages are installed, by their own scripts."""
    root = ScratchRoot(folder)
    shutil.copytree(built, root.path('/packages'), ignore=shutil.ignore_patterns('source'))
    names = ' '.join(f'/packages/{package}_*.deb' for package in packages)
    root.run('sh', '-c', f'DEBIAN_FRONTEND=noninteractive dpkg -i {names}')
    return root


@pytest.fixture(name='root', scope='module')
def fixture_root(tmp_path_factory, built):
    return installed(built, tmp_path_factory.mktemp('root'), *PACKAGES)


@pytest.fixture(name='host')
def fixture_host(tmp_path, built):
    """A root with `gatehouse`, and with slapd as its package leaves it."""
    host = installed(built, tmp_path, 'gatehouse')
    host.write('/usr/local/bin/systemctl', SYSTEMCTL, mode=0o755)
    host.run('sh', '-ec', STOCK)
    host.write('/etc/gatehouse/gatehouse.conf',
               (CHECKOUT / 'docs' / 'gatehouse.conf.example').read_text(encoding='utf-8'))
    return host


@pytest.fixture(name='site', scope='module')
def fixture_site(root, stack):
    """The URL of the installed nginx, configured as an operator would."""
    port = Port()
    root.run('rm', '-f', '/etc/nginx/sites-enabled/default')
    root.write('/etc/gatehouse/gatehouse.conf', fill(DEMO / 'gatehouse.conf.in', {
        'URIS': f'"{stack.slapd.ldap_uri}"', 'BASE': stack.slapd.base,
        'SECRETS': '/etc/gatehouse/secrets', 'KEYS': '/etc/gatehouse/keys',
        'URL': f'http://127.0.0.1:{port.number}/account',
        'PAGES': '/usr/share/gatehouse/pages/en',
        'MAIL_URL': f'smtp://127.0.0.1:{stack.mailsink.port.number}',
        'AUDIT_LOG': '/var/log/gatehouse/audit.log',
    }), mode=0o600)
    for name in ('gatehouse', 'pam'):
        root.write(f'/etc/gatehouse/secrets/{name}', stack.slapd.password(name), mode=0o600)
    root.write('/etc/nginx/conf.d/gatehouse.conf', SITE.format(port=port.number))
    root.run('gatehousectl', 'keys', 'new')
    root.run('nginx')
    pidfile = PidFile(root.path('/run/nginx.pid'), 'nginx: master')
    wait_until(lambda: port_answers(port.number), 'the installed nginx')
    yield f'http://127.0.0.1:{port.number}'
    pidfile.end()
    port.release()


def test_lintian_finds_no_error(built):
    done = subprocess.run(['lintian', '--allow-root', '--fail-on', 'error',
                           next(built.glob('*.changes'))],
                          capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.name.split('_')[0] for path in built.glob('*.deb')) == sorted(PACKAGES)


def test_the_module_is_switched_on_and_pam_is_not(root):
    enabled = root.run('cat', '/etc/nginx/modules-enabled/50-mod-http-gatehouse.conf').stdout
    assert enabled == 'load_module modules/ngx_http_gatehouse_module.so;\n'
    assert 'pam_gatehouse' not in root.run('cat', '/etc/pam.d/common-auth').stdout
    root.run('nginx', '-t')


def test_sign_in_through_the_installed_nginx(root, site):
    browser = signed_in(site, *MARIA)

    assert Page(browser.get('/account/dashboard').text).text('signed-in-as') == (
        'Logged in as Maria Lopez maria.lopez')
    assert browser.get(CHECK).headers['Remote-User'] == 'maria.lopez'
    assert '"event":"sign-in"' in root.run('cat', '/var/log/gatehouse/audit.log').stdout


def all_but(text, *lines):
    """The text without those lines, which are there."""
    for line in lines:
        assert f'{line}\n' in text
        text = text.replace(f'{line}\n', '', 1)
    return text


def typed(host, *commands):
    """What the last of the commands says, typed while slapd runs."""
    # All in one: what listens in a root is reached from within the same command alone.
    host.run('bash', '-ec', f'{BEGIN}{"".join(commands[:-1])}{{\n{commands[-1]}}} > /root/said\n')
    return host.path('/root/said').read_text(encoding='utf-8')


@pytest.fixture(name='paper', scope='module')
def fixture_paper():
    """The commands of docs/schema.md: by script, check, by hand, undo, restore."""
    return COMMANDS.findall((CHECKOUT / 'docs' / 'schema.md').read_text(encoding='utf-8'))[:5]


def test_the_directory_by_its_paper(host, paper):
    script, check, *_ = paper
    said = typed(host, all_but(script, 'apt-get install slapd gatehouse'), check)

    assert said.splitlines()[-1].endswith('faults: 0')


def test_the_directory_by_hand(host, paper):
    _, check, hand, *_ = paper
    said = typed(host, all_but(hand, 'less gatehouse.ldif'), check)

    assert said.splitlines()[-1].endswith('faults: 0')


def test_the_directory_taken_back(host, paper):
    """And made again with what is left, and all as it was before."""
    script, _, hand, undo, restore = paper
    again = all_but(hand, 'slapcat -n 0 -l /root/slapd-config-before.ldif', 'less gatehouse.ldif',
                    'ldapadd -Q -Y EXTERNAL -H ldapi:/// -f /etc/ldap/schema/namedobject.ldif')
    said = typed(
        host, all_but(script, 'apt-get install slapd gatehouse'), undo,
        'slapcat -n 0 > /root/undone\nrm -r /var/lib/ldap/gatehouse\n',
        again.replace('schema --base', 'schema --again --base', 1),
        'slapcat -n 0 > /root/again\n', restore, 'slapcat -n 0\n')

    assert 'dc=city' not in host.path('/root/undone').read_text(encoding='utf-8')
    assert 'dc=city' in host.path('/root/again').read_text(encoding='utf-8')
    before = host.path('/root/slapd-config-before.ldif').read_text(encoding='utf-8')
    assert said == before


@pytest.fixture(name='pamtester', scope='module')
def fixture_pamtester(root, site):
    """A function that calls PAM in the root, by its profile, and says what came of it."""
    assert site
    root.run('pam-auth-update', '--package', '--enable', 'gatehouse')
    root.write('/etc/pam.d/portal', SERVICE)

    def pamtester(user, *calls, typed):
        done = root.run('pamtester', 'portal', user, *calls, check=False,
                        input=''.join(f'{each}\n' for each in typed))
        return done.stdout + done.stderr
    return pamtester


def test_pam_once_somebody_switches_it_on(root, stack, pamtester, unique):
    """For members of a group, and nobody takes a name of the machine on the portal."""
    people = People(stack.slapd)
    person, own = (f'{name}{unique()}' for name in ('portal', 'own'))
    for name in (person, own):
        people.add_public(name, 'Pam', 'User', f'{name}@example.org', MARIA[1])
    whole = ('authenticate', 'acct_mgmt')
    assert GOOD not in pamtester(person, *whole, typed=[MARIA[1]])
    root.run('sh', '-ec', ACCOUNTS.format(person=person, own=own, password=LOCAL))

    assert DONE in pamtester(person, *whole, typed=[MARIA[1]])
    assert GOOD not in pamtester(person, *whole, typed=[LOCAL])
    assert DONE in pamtester(own, *whole, typed=[LOCAL])
    assert GOOD not in pamtester(own, *whole, typed=[MARIA[1]])

    people.give_temporary_password('public', person, TEMPORARY, time.time() + 3600)
    said = pamtester(person, 'authenticate', 'chauthtok(PAM_CHANGE_EXPIRED_AUTHTOK)',
                     'acct_mgmt', typed=[TEMPORARY, TEMPORARY, NEW, NEW])
    assert DONE in said, said
    assert DONE in pamtester(person, *whole, typed=[NEW])


def test_purged_without_a_trace(root):
    root.run('dpkg', '--purge', *PACKAGES)

    assert root.run('ls', '/etc/nginx/modules-enabled').stdout == ''
    assert 'pam_gatehouse' not in root.run('cat', '/etc/pam.d/common-auth').stdout
    left = root.run('sh', '-c', 'dpkg -l | grep gatehouse', check=False).stdout
    assert left == ''
