"""What the people of the log-in guide type into the portal's forms."""

import re

from web import Browser, Page

SETUP = '/account/setup'
PUBLIC = SETUP + '/public'
CONTRACTOR = SETUP + '/contractor'
WELCOME = '/account/welcome'
FIRST = '/account/first-login'

PASSWORD = 'copper kettle under seven moons'
OTHER = 'slow tram past the lemon market'

LINK = re.compile(r'<a (?:class="[^"]*" )?href="([^"]*)">([^<]*)</a>')


def public_form(uid, **changes):
    """The form of a member of the public, all required fields filled in."""
    return {'username': uid, 'givenName': 'Ana', 'sn': 'Núñez', 'mail': f'{uid}@example.org',
            'telephoneNumber': '', 'password': PASSWORD, 'password_confirm': PASSWORD,
            'question': 'What was your first street?', 'answer': ' Élm  Street'} | changes


def contractor_form(number, **changes):
    """The form of a contractor who is insured."""
    return {'username': number, 'o': 'Peña & Sons Tile', 'gatehouseClaimedClass': 'C-54, B',
            'gatehouseClaimedComp': "Workers' Compensation Insurance",
            'gatehouseClaimedCompCarrier': 'SIERRA CASUALTY',
            'gatehouseClaimedCompPolicy': '0496186-2026',
            'gatehouseClaimedCompExpiry': '2028-10-19',
            'givenName': 'José', 'sn': 'Peña', 'mail': f'office.{number}@example.org',
            'telephoneNumber': '(555) 010 2000', 'street': '9 Tile Yard',
            'l': 'Almond Grove', 'st': 'CA', 'postalCode': '90069',
            'password': PASSWORD, 'password_confirm': PASSWORD,
            'question': 'Who taught you the trade?', 'answer': 'Aunt Rosa'} | changes


def send_form(browser, path, form):
    """The answer to the form of that page, sent from the page."""
    return browser.post(path, {'csrf': browser.csrf(path)} | form)


def links(text):
    """The links of a page: their words to where they lead."""
    return {' '.join(words.split()): target for target, words in LINK.findall(text)}


def where(answer):
    """Status and, for a redirect, where it leads."""
    return answer.status_code, answer.headers.get('Location')


def faults(answer):
    """What a refused form says beside its fields."""
    assert answer.status_code == 422, (answer.status_code, answer.text)
    page = Page(answer.text)
    assert page.attributes['message']['role'] == 'alert'
    return {name: page.text(f'{name}-error') for name in page.in_error()}


def is_nowhere(browser):
    """Whether nobody is signed in to that browser: neither to pages nor to gateways."""
    return (where(browser.get('/account/dashboard')) == (303, '/account/login')
            and browser.get('/inspections/').status_code == 302
            and browser.get('/account/check').status_code == 401)


def signs_in(url, username, password, realm='public'):
    """Whether that name and password open the dashboard."""
    return where(Browser(url).sign_in(username, password, realm)) == (303, '/account/dashboard')
