"""A person signs in and out, in a browser that people use."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

pytestmark = pytest.mark.as_shipped

SECONDS = 30


@pytest.fixture
def visit(driver, stack):
    """A function that opens a page of the portal's."""
    return lambda path: driver.get(stack.url + path)


def element(driver, name):
    return driver.find_element(By.ID, name)


def log_in(driver, kind, username, password):
    """Fills in the form that is open and sends it."""
    Select(element(driver, 'realm')).select_by_visible_text(kind)
    element(driver, 'username').send_keys(username)
    element(driver, 'password').send_keys(password)
    click(driver, 'Log in')


def click(driver, text):
    """Presses the button with that text; returns when another page is there."""
    before = driver.find_element(By.TAG_NAME, 'html')
    button = driver.find_element(By.XPATH, f'//button[normalize-space()="{text}"]')
    button.click()
    WebDriverWait(driver, SECONDS).until(
        lambda _: driver.find_element(By.TAG_NAME, 'html') != before)


def test_contractor_signs_in_and_out(driver, stack, visit):
    visit('/')
    assert element(driver, 'greeting').text == 'Nobody is logged in. This page is for everyone.'

    driver.find_element(By.LINK_TEXT, 'Inspections').click()
    assert driver.current_url == f'{stack.url}/account/login?next=%2Finspections%2F'
    log_in(driver, 'Contractor', '1012345', 'level plumb and square')
    assert driver.current_url == f'{stack.url}/inspections/'
    assert element(driver, 'remote-user').text == '1012345'
    assert element(driver, 'remote-realm').text == 'contractor'
    assert element(driver, 'cookie').text == '(none)'

    visit('/account/dashboard')
    name = element(driver, 'signed-in-as')
    assert '1012345' in name.text
    # At the top right.
    width = driver.execute_script('return document.documentElement.clientWidth')
    assert name.rect['y'] < 100
    assert name.rect['x'] > width / 2

    click(driver, 'Log out')
    assert driver.current_url == f'{stack.url}/account/login'
    assert driver.find_elements(By.ID, 'signed-in-as') == []
    visit('/inspections/')
    assert driver.current_url == f'{stack.url}/account/login?next=%2Finspections%2F'
    visit('/')
    assert element(driver, 'greeting').text == 'Nobody is logged in. This page is for everyone.'


def test_public_user_signs_in(driver, stack, visit):
    visit('/account/')
    log_in(driver, 'Public user', ' Maria.Lopez', 'blue heron over the pier')

    assert driver.current_url == f'{stack.url}/account/dashboard'
    assert element(driver, 'signed-in-as').text.split('\n')[-1].endswith('maria.lopez')
    assert 'Maria Lopez' in element(driver, 'signed-in-as').text
    # What a script could read.
    assert driver.execute_script('return document.cookie') == ''


def test_refused(driver, stack, visit):
    visit('/account/login')
    log_in(driver, 'Contractor', '1012345', 'not the password')

    assert driver.current_url == f'{stack.url}/account/login'
    message = element(driver, 'message')
    assert message.get_attribute('role') == 'alert'
    assert message.text.startswith('The user name or the password is not right.')
    assert driver.switch_to.active_element == message
    assert Select(element(driver, 'realm')).first_selected_option.text == 'Contractor'
    assert element(driver, 'username').get_attribute('value') == '1012345'
    assert element(driver, 'password').get_attribute('value') == ''

    # And on with the form as it stands.
    element(driver, 'password').send_keys('level plumb and square')
    click(driver, 'Log in')
    assert driver.current_url == f'{stack.url}/account/dashboard'


def test_field_left_empty(driver, visit):
    visit('/account/login')
    log_in(driver, 'Public user', 'maria.lopez', '')

    field = element(driver, 'password')
    assert field.get_attribute('aria-invalid') == 'true'
    assert driver.switch_to.active_element == field
    assert element(driver, 'password-error').text == 'Enter your password.'
    assert element(driver, 'username').get_attribute('value') == 'maria.lopez'


def test_style_is_ours(driver, visit):
    """The policy lets the style sheet in: a skip link is out of sight until focused."""
    visit('/account/login')

    skip = driver.find_element(By.CLASS_NAME, 'skip')
    assert skip.rect['y'] + skip.rect['height'] <= 0


@pytest.fixture
def phone(driver):
    """The Chromium, 320 pixels wide."""
    driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
        'width': 320, 'height': 800, 'deviceScaleFactor': 1, 'mobile': False})
    yield driver
    driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


def test_a_word_without_end_stays_on_a_phone(phone, stack, visit):
    number, password = '5550001', 'blue heron over the pier'
    stack.people.put_on_file(number, 'EXTRAORDINARY' * 12)
    stack.people.sign_up(number, f'{"long" * 12}@{"long." * 12}example.org', password)

    def fits(path):
        visit(path)
        return phone.execute_script(
            'return document.documentElement.scrollWidth <= window.innerWidth')

    assert fits(f'/account/contractors?q={number}')
    assert fits(f'/account/contractors/{number}')
    visit('/account/login')
    log_in(phone, 'Contractor', number, password)
    for path in ('/', '/dashboard/', '/inspections/', '/account/dashboard', '/account/profile',
                 '/account/password', '/account/welcome'):
        assert fits(path), path
