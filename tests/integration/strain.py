"""What tests under failure and load share: many sign-ins at once, and what is left behind."""

import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from stack.process import wait_until
from stack.stack import PATIENCE, directory_head
from web import LOGIN, Browser, Page, send

PASSWORD = 'granite steps by the lake'
WRONG = 'gravel path by the lake'

# Levels that nobody wants to find in a log, and those that an outage may use.
GRAVE = ('alert', 'emerg', 'crit')
LINE = re.compile(r'\[(?P<level>[a-z]+)\] (?P<pid>\d+)#\d+: (?P<text>.*)')


class Form:
    """The log-in form of a gateway: fetched once, sent as often as wanted."""

    def __init__(self, url):
        browser = Browser(url)
        page = Page(browser.get(LOGIN).text)
        self.url = url
        self.csrf = page.value('csrf')
        self.cookies = '; '.join(f'{name}={value}'
                                 for name, value in browser.session.cookies.items())

    def body(self, username, password=PASSWORD, realm='public'):
        return urlencode({'csrf': self.csrf, 'realm': realm, 'username': username,
                          'password': password, 'next': ''})

    def headers(self, body):
        return [('Host', self.url.partition('//')[2]), ('Cookie', self.cookies),
                ('Content-Type', 'application/x-www-form-urlencoded'),
                ('Content-Length', str(len(body))), ('Connection', 'close')]

    def sign_in(self, username, password=PASSWORD, realm='public'):
        """The answer, and in `seconds` how long it took."""
        body = self.body(username, password, realm)
        begin = time.monotonic()
        answer = send(self.url, 'POST', LOGIN, self.headers(body), body.encode())
        answer.seconds = time.monotonic() - begin
        return answer


def sign_in_all(form, attempts):
    """The answers to these sign-ins, all made at once; each is a user name and a password."""
    with ThreadPoolExecutor(len(attempts)) as executor:
        return list(executor.map(lambda attempt: form.sign_in(*attempt), attempts))


def with_settings(**settings):
    """An edit of gatehouse.conf that adds settings to its directory section.

    With a `timeout` among them, the connect timeout is the default too.

    What a test counts is what it asked for: the gateway looks for ended sessions
    once, when it starts.
    """
    head = directory_head(**settings if 'timeout' in settings else PATIENCE | settings)
    return lambda text: text.replace(directory_head(**PATIENCE), head, 1).replace(
        'marks_interval = 2\n', 'marks_interval = 3600\n')


def hang_up(url, requests, seen):
    """Sends these requests and hangs up on them once seen() says that the gateway has them."""
    address = urlsplit(url)
    clients = []
    for request in requests:
        client = socket.create_connection((address.hostname, address.port))
        client.sendall(request.encode())
        clients.append(client)
    wait_until(seen, 'the gateway has the requests')
    for client in clients:
        client.close()


def leave(form, names, seen):
    """Hangs up on sign-ins of these people."""
    requests = []
    for name in names:
        body = form.body(name)
        head = ''.join(f'{key}: {value}\r\n' for key, value in form.headers(body))
        requests.append(f'POST {LOGIN} HTTP/1.1\r\n{head}\r\n{body}')
    hang_up(form.url, requests, seen)


def left(gateway):
    """How many clients hung up, by nginx's count."""
    return gateway.access_log.read_text(encoding='utf-8').count('" 499 ')


def is_page_of_outage(answer):
    """Whether it is the portal's own page for a directory that does not answer."""
    text = answer.body.decode()
    return (answer.status == 503 and answer.all('Retry-After') == ['5']
            and 'Signing in is not possible right now' in text
            and 'City of Almond Grove' in text and '(555) 010-0142' in text)


def has_cookie(answer):
    """Whether somebody was signed in."""
    return any(value.startswith('gatehouse=') for value in answer.all('Set-Cookie'))


class Log:
    """What nginx has written since this object was made, or since it was started."""

    def __init__(self, nginx, since_start=False):
        self.path = nginx.error_log
        self.start = 0 if since_start else self.path.stat().st_size

    def lines(self, *levels):
        """Its lines of these levels, as (level, text)."""
        with open(self.path, encoding='utf-8', errors='replace') as file:
            file.seek(self.start)
            found = [LINE.search(line) for line in file]
        return [(line['level'], line['text']) for line in found
                if line is not None and line['level'] in levels]

    def has(self, text):
        with open(self.path, encoding='utf-8', errors='replace') as file:
            file.seek(self.start)
            return text in file.read()


def descriptors(pid):
    """How many files and sockets a process has open."""
    return len(os.listdir(f'/proc/{pid}/fd'))


def private_dirty(pid):
    """Private_Dirty of a process, kB."""
    for line in Path(f'/proc/{pid}/smaps_rollup').read_text(encoding='ascii').splitlines():
        if line.startswith('Private_Dirty:'):
            return int(line.split()[1])
    raise ValueError(f'/proc/{pid}/smaps_rollup has no Private_Dirty')


def workers_settle(nginx, count):
    """Returns the workers when there are `count` of them, the last of a reload."""
    wait_until(lambda: len(nginx.worker_pids()) == count, 'end of old workers')
    return nginx.worker_pids()
