"""The guide's three stories, step by step, in a browser that people use."""

import json

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

SECONDS = 30
PASSWORD = 'copper kettle under seven moons'


@pytest.fixture
def visit(driver, stack):
    """A function that opens a page of the portal's."""
    return lambda path: driver.get(stack.url + path)


def element(driver, name):
    return driver.find_element(By.ID, name)


def go_on(driver, way, text):
    """Presses the button or follows the link with that text, to another page."""
    before = driver.find_element(By.TAG_NAME, 'html')
    driver.find_element(By.XPATH, f'//{way}[normalize-space()="{text}"]').click()
    WebDriverWait(driver, SECONDS).until(
        lambda _: driver.find_element(By.TAG_NAME, 'html') != before)


def fill_in(driver, **values):
    """Types into the fields of a form, and picks where there is a list."""
    for name, value in values.items():
        field = element(driver, name)
        if field.tag_name == 'select':
            Select(field).select_by_visible_text(value)
        elif field.get_attribute('type') == 'date':
            driver.execute_script('arguments[0].value = arguments[1]', field, value)
        else:
            field.clear()
            field.send_keys(value)


def heading(driver):
    return driver.find_element(By.TAG_NAME, 'h1').text


def starred(driver):
    """The fields whose labels begin or end with a star that can be seen."""
    return {label.get_attribute('for') for label in driver.find_elements(By.TAG_NAME, 'label')
            if '*' in label.text}


def assert_upper_left(driver, link):
    width = driver.execute_script('return document.documentElement.clientWidth')
    place = driver.find_element(By.LINK_TEXT, link).rect
    assert place['y'] < 100
    assert place['x'] + place['width'] < width / 2


def assert_dashboard(driver, stack, name, uid):
    """The dashboard, with name and user name at the top right."""
    assert driver.current_url == f'{stack.url}/account/dashboard'
    assert heading(driver) == 'Dashboard'
    width = driver.execute_script('return document.documentElement.clientWidth')
    shown = element(driver, 'signed-in-as')
    assert name in shown.text
    assert uid in shown.text
    assert shown.rect['y'] < 100
    assert shown.rect['x'] > width / 2


def test_public_user_sets_up_an_account(driver, stack, visit):
    visit('/account/')
    assert_upper_left(driver, 'Set up an account')
    go_on(driver, 'a', 'Set up an account')
    assert heading(driver) == 'Set up an account'
    go_on(driver, 'a', 'Create a New Public User Account')
    assert heading(driver) == 'Create a New Public User Account'
    assert starred(driver) == {'username', 'givenName', 'sn', 'mail', 'password',
                               'password_confirm', 'question', 'answer'}

    # A form that lacks something comes back with all else in it.
    fill_in(driver, username='ana.nunez', givenName='Ana', sn='Núñez', password=PASSWORD,
            password_confirm=PASSWORD, question='What was your first street?',
            answer='Elm Street')
    go_on(driver, 'button', 'Create account')
    assert element(driver, 'mail').get_attribute('aria-invalid') == 'true'
    assert element(driver, 'mail-error').text == 'Please fill this in.'
    assert driver.switch_to.active_element == element(driver, 'message')
    assert element(driver, 'sn').get_attribute('value') == 'Núñez'
    assert element(driver, 'password').get_attribute('value') == ''

    fill_in(driver, mail='ana@example.org', password=PASSWORD, password_confirm=PASSWORD,
            answer='Elm Street')
    go_on(driver, 'button', 'Create account')
    assert driver.current_url == f'{stack.url}/account/welcome'
    assert heading(driver) == 'Your account is ready'
    go_on(driver, 'a', 'Continue')
    assert_dashboard(driver, stack, 'Ana Núñez', 'ana.nunez')


def test_contractor_sets_up_an_account(driver, stack, visit):
    visit('/account/contractors')
    assert_upper_left(driver, 'Set up an account')
    go_on(driver, 'a', 'Set up an account')
    go_on(driver, 'a', 'Create New Contractor Account')
    assert heading(driver) == 'Create New Contractor Account'
    assert element(driver, 'username-hint').text == 'Your license number is your user name.'

    fill_in(driver, username='0880011', o='Peña & Sons Tile', gatehouseClaimedClass='C-8, B',
            gatehouseClaimedComp='Exempt', givenName='José', sn='Peña',
            mail='office@tile.example', telephoneNumber='(555) 010 2000', street='9 Tile Yard',
            l='Almond Grove', st='CA', postalCode='90069', password=PASSWORD,
            password_confirm=PASSWORD, question='Who taught you the trade?', answer='Aunt Rosa')
    go_on(driver, 'button', 'Create account')
    assert element(driver, 'gatehouseClaimedComp-error').text == (
        "Contractors of this class can't be exempt from workers' compensation.")

    fill_in(driver, gatehouseClaimedComp="Workers' Compensation Insurance",
            gatehouseClaimedCompCarrier='SIERRA CASUALTY',
            gatehouseClaimedCompPolicy='0496186-2026',
            gatehouseClaimedCompExpiry='2028-10-19', password=PASSWORD,
            password_confirm=PASSWORD, answer='Aunt Rosa')
    go_on(driver, 'button', 'Create account')
    assert driver.current_url == f'{stack.url}/account/welcome'
    assert 'Your license number is your user name' in element(driver, 'content').text
    assert 'not verified yet' in element(driver, 'content').text
    go_on(driver, 'a', 'Continue')
    assert_dashboard(driver, stack, 'Peña & Sons Tile', '880011')


def test_returning_contractor(driver, stack, visit):
    temporary = json.loads(stack.ctl('--json', 'temp-password', '765432'))['password']
    visit('/account/login')
    fill_in(driver, realm='Contractor', username='765432', password=temporary)
    go_on(driver, 'button', 'Log in')

    assert driver.current_url == f'{stack.url}/account/first-login'
    assert heading(driver) == 'Choose your password'
    assert driver.find_elements(By.ID, 'signed-in-as') == []
    visit('/inspections/')
    assert driver.current_url.startswith(f'{stack.url}/account/login?next=')

    # What is on file, such as the address, is not asked again.
    visit('/account/first-login')
    assert starred(driver) == {'password', 'password_confirm', 'question', 'answer', 'givenName',
                               'sn', 'mail'}
    fill_in(driver, password=temporary, password_confirm=temporary,
            question='What did your first truck cost?', answer='900 dollars', givenName='Vera',
            sn='Marsh', mail='vera@mesaverde.example')
    go_on(driver, 'button', 'Save and continue')
    assert element(driver, 'password').get_attribute('aria-invalid') == 'true'

    fill_in(driver, password=PASSWORD, password_confirm=PASSWORD, answer='900 dollars')
    go_on(driver, 'button', 'Save and continue')
    assert_dashboard(driver, stack, 'MESA VERDE BUILDERS', '765432')

    # From now on with the password of one's own.
    go_on(driver, 'button', 'Log out')
    fill_in(driver, realm='Contractor', username='765432', password=PASSWORD)
    go_on(driver, 'button', 'Log in')
    assert_dashboard(driver, stack, 'MESA VERDE BUILDERS', '765432')
