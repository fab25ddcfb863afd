"""People of the city: each goes on with what people do, and holds the answers against the ledger."""

import threading
import time
from functools import partial

import requests

from stories import CONTRACTOR, FIRST, PUBLIC, contractor_form, public_form
from web import CHECK, DASHBOARD, LOGIN, LOGOUT, PREFIX, Browser, Page

CHANGE = PREFIX + '/password'
FORGOT = PREFIX + '/forgot'
RESET = PREFIX + '/reset'
SEARCH = PREFIX + '/contractors?q=Orchard'
HEALTH = PREFIX + '/healthz'

# Pages of the site behind the gateway: for everybody who is signed in, for contractors.
SITE = '/dashboard/'
TRADE = '/inspections/'

ANSWER = 'Aunt Rosa'

# The gateway's own deadline is five seconds; this is for machines that are busy, s.
ANSWER_WITHIN = 60

# How long somebody looks for a mail, s.
PATIENCE = 20

# How often somebody waits with the next log-in until every provider has the account: a
# refusal by one that has not puts it in doubt.
RESTRAINT = 0.95

WORDS = ('amber', 'barge', 'cedar', 'dune', 'ember', 'ferry', 'gravel', 'heron', 'ivory',
         'jetty', 'kettle', 'lantern', 'meadow', 'nickel', 'orchard', 'pebble', 'quarry',
         'ribbon', 'saddle', 'thimble', 'umber', 'velvet', 'willow', 'yarrow', 'zephyr')


class Actor(threading.Thread):
    """Somebody who does one thing after the other until it is enough."""

    def __init__(self, name, city, ledger, dice):
        super().__init__(name=name, daemon=True)
        self.city = city
        self.ledger = ledger
        self.dice = dice
        self.enough = threading.Event()

    def run(self):
        try:
            while not self.enough.wait(self.dice.uniform(0.02, 0.3)):
                self.step()
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.ledger.complain(f'{self.name}: {error!r}')

    def step(self):
        """One thing."""
        raise NotImplementedError

    def end(self):
        """Lets it finish what it is at."""
        self.enough.set()
        self.join()

    def new_browser(self):
        browser = Browser(self.city.url)
        # A connection that is kept may end under a request when workers change.
        browser.session.headers['Connection'] = 'close'
        browser.session.request = partial(browser.session.request, timeout=ANSWER_WITHIN)
        return browser

    def new_password(self):
        return ' '.join(self.dice.sample(WORDS, 6))

    def ask(self, action, request, *allowed):
        """The answer to a request; None when the gateway could not do it, which it may say.

        Any other answer than the allowed ones is complained of.
        """
        try:
            answer = request()
        except requests.RequestException as error:
            self.ledger.complain(f'{self.name}: {action}: {error!r}')
            return None
        self.ledger.answered(action, answer.status_code)
        if answer.status_code == 503:
            if 'Retry-After' not in answer.headers:
                self.ledger.complain(f'{self.name}: {action}: 503 without Retry-After')
            return None
        if answer.status_code not in allowed:
            self.ledger.complain(f'{self.name}: {action}: {answer.status_code},'
                                 f' {told(answer)}')
            return None
        return answer

    def send_form(self, action, browser, path, form, *allowed, to=None, before=None):
        """The answer to a form, sent from its page; None: there was none to rely on.

        to      where it is sent, in place of its page's own address
        before  is called when the page is there and nothing sent yet
        """
        answer = self.ask(f'{action}: page', lambda: browser.get(path), 200)
        if answer is None:
            return None
        page = Page(answer.text)
        if 'csrf' not in page.fields:
            self.ledger.answered(action, 'no form')
            return None
        if before is not None:
            before()
        return self.ask(action, lambda: browser.post(
            to or path, {'csrf': page.value('csrf')} | form), *allowed)

    def sign_in(self, action, account, password):
        """The browser in which somebody is signed in; None: nobody is."""
        may = self.ledger.may_open(account, password)
        must = self.ledger.must_open(account, password)
        browser = self.new_browser()
        answer = self.send_form(action, browser, LOGIN, {
            'realm': account.realm, 'username': account.uid, 'password': password,
            'next': ''}, 303, 422)
        is_in = answer is not None and answer.status_code == 303
        if not (is_in or account.is_settled):
            self.ledger.leave_open(account)
        if answer is None:
            return None
        if is_in and not may:
            self.ledger.complain(f'{self.name}: {account.uid} is in with a wrong password')
        if must and not is_in:
            self.ledger.complain(f'{self.name}: {account.uid} is refused with the right password:'
                                 f' {told(answer)}')
        if not is_in:
            return None
        if answer.headers['Location'] == FIRST:
            self.send_form('question', browser, FIRST, {
                'question': 'Who taught you the trade?', 'answer': ANSWER}, 303, 422)
        return browser


def told(answer):
    """What the page says."""
    page = Page(answer.text)
    return page.text('message') or page.text('content') or answer.text[:200]


class Person(Actor):
    """Somebody who sets up an account and lives with it, until it is in doubt what it is."""

    count = 0

    def __init__(self, realm, *arguments):
        super().__init__(*arguments)
        self.realm = realm
        self.account = None
        self.browser = None

    def step(self):
        if self.account is None or self.account.is_in_doubt:
            self.set_up()
        elif not self.account.is_settled and self.dice.random() < RESTRAINT:
            self.look_around()
        elif self.browser is None:
            self.browser = self.sign_in('sign-in', self.account, self.account.password)
        elif self.account.is_settled:
            things = {self.look_around: 5, self.sign_in_elsewhere: 3, self.sign_out: 1,
                      self.mistype: 1, self.change: 2, self.forget: 2}
            self.dice.choices(list(things), things.values())[0]()
        else:
            self.sign_in_elsewhere()

    # An account, and what becomes of it.

    def set_up(self):
        self.count += 1
        password = self.new_password()
        if self.realm == 'contractor':
            uid = f'{self.name}{self.count:05}'
            path, form = CONTRACTOR, contractor_form(uid)
        else:
            uid = f'{self.name}.{self.count:05}'
            path, form = PUBLIC, public_form(uid)
        form |= {'password': password, 'password_confirm': password, 'answer': ANSWER}
        self.account = self.ledger.open(self.realm, uid)
        self.browser = None
        browser = self.new_browser()
        # 200: the account is there, and for the rest its owner is sent to the log-in page.
        answer = self.give('set-up', browser, path, form, password,
                           lambda answer: answer.status_code in (200, 303), 200, 303, 422)
        if answer is None:
            self.account = None
        elif answer.status_code == 303:
            self.browser = browser

    def give(self, action, browser, path, form, password, is_done, *allowed):
        """Sends a form that gives the account a password; the answer, when that is done.

        A directory that takes no writes is told of, and then nothing is stored.
        """
        account = self.account
        answer = self.send_form(action, browser, path, form, *allowed,
                                before=lambda: self.ledger.begin_change(account, password))
        if not account.is_changing:
            return None
        if answer is not None and is_done(answer):
            self.ledger.acknowledge(account, password)
            return answer
        if answer is not None and 'right now' in told(answer):
            self.ledger.deny(account, password)
            return None
        if answer is not None:
            self.ledger.complain(f'{self.name}: {action}: {answer.status_code}, {told(answer)}')
        self.ledger.leave_open(account)
        return None

    def change(self):
        """A new password, with the one of before; other browsers are out."""
        elsewhere = self.sign_in('sign-in', self.account, self.account.password)
        password = self.new_password()
        form = {'current_password': self.account.password, 'password': password,
                'password_confirm': password}
        done = self.give('change', self.browser, CHANGE, form, password,
                         lambda answer: answer.status_code == 303, 303, 422)
        if done is not None and elsewhere is not None:
            self.expect_out('after a change of password', elsewhere)

    def forget(self):
        """A new password, over a mailed link."""
        address = (f'office.{self.account.uid}@example.org' if self.realm == 'contractor'
                   else f'{self.account.uid}@example.org')
        before = self.city.links(address)
        answer = self.send_form('forgot', self.new_browser(), FORGOT, {
            'realm': self.realm, 'username': self.account.uid}, 200)
        if answer is None:
            return
        end = time.monotonic() + PATIENCE
        while self.city.links(address) == before:
            if time.monotonic() > end or self.enough.wait(0.2):
                self.ledger.answered('mail', 'late')
                return
        browser = self.new_browser()
        token = self.city.links(address)[-1]
        if self.ask('link', lambda: browser.get(f'{RESET}?token={token}'), 303) is not None:
            self.reset(browser)

    def reset(self, browser):
        password = self.new_password()
        form = {'password': password, 'password_confirm': password, 'answer': ANSWER}
        elsewhere, self.browser = self.browser, None
        done = self.give('reset', browser, RESET, form, password,
                         lambda answer: 'Your password is changed' in answer.text, 200, 422)
        if done is not None:
            self.expect_out('after a reset', elsewhere)

    # Without changing anything.

    def mistype(self):
        self.sign_in('sign-in, mistyped', self.account, self.new_password())

    def sign_in_elsewhere(self):
        self.sign_in('sign-in', self.account, self.account.password)

    def look_around(self):
        browser = self.browser
        if browser is None:
            return
        is_contractor = self.realm == 'contractor'
        self.ask('page', lambda: browser.get(SITE), 200)
        self.ask('page', lambda: browser.get(CHECK), 200)
        self.ask('page for contractors', lambda: browser.get(TRADE), 200 if is_contractor else 403)
        self.ask('dashboard', lambda: browser.get(DASHBOARD), 200)

    def sign_out(self):
        earlier = self.browser.copy()
        if self.send_form('sign-out', self.browser, DASHBOARD, {}, 303, to=LOGOUT) is None:
            return
        self.browser = None
        self.expect_out('after signing out', earlier)

    def expect_out(self, when, browser):
        """What that browser had ended at once, on the gateway that did it."""
        self.ask(f'page {when}', lambda: browser.get(CHECK), 401)


class Resident(Actor):
    """Signs people in whose passwords never change."""

    def step(self):
        account = self.dice.choice(self.city.residents)
        self.sign_in('sign-in', account, account.password)


class Impostor(Actor):
    """Guesses, and forges."""

    def step(self):
        account = self.dice.choice(self.city.victims + self.city.nobody)
        self.sign_in('sign-in, guessed', account, self.new_password())
        browser = self.new_browser()
        browser.set_cookie(self.dice.randbytes(90).hex())
        self.ask('page, forged', lambda: browser.get(CHECK), 401)


class Visitor(Actor):
    """Looks around without signing in."""

    def step(self):
        browser = self.new_browser()
        self.ask('visit', lambda: browser.get('/'), 200)
        self.ask('visit', lambda: browser.get(LOGIN), 200)
        self.ask('visit of a page for people', lambda: browser.get(SITE), 302)
        self.ask('search', lambda: browser.get(SEARCH), 200)
        self.ask('health', lambda: browser.get(HEALTH), 200)
