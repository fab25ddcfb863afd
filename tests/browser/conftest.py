"""Fixtures: a stack of its own, and a Chromium in front of it."""

import os
import sys
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack.stack import Stack

FLAGS = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
         '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--no-first-run', '--window-size=1280,900')

# What Chromium notes down without anything being wrong: a form that a test means
# to be refused, an icon that it asks every site for, a log-out that it obeys.
FORESEEN = ('status of 422', '/favicon.ico', 'Cleared data types: "cache"')


@pytest.fixture(scope='module')
def stack(tmp_path_factory):
    """A gateway with the demo's people."""
    whole = Stack(tmp_path_factory.mktemp('stack'))
    whole.create()
    yield whole
    whole.close()


@pytest.fixture(scope='module')
def chromium(tmp_path_factory):
    """One Chromium for all tests; it calls nobody but us."""
    home = tmp_path_factory.mktemp('chromium')
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    for flag in (*FLAGS, f'--user-data-dir={home / "profile"}'):
        options.add_argument(flag)
    service = Service('/usr/bin/chromedriver', env={**os.environ, 'HOME': str(home)})
    driver = webdriver.Chrome(service=service, options=options)
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def driver(chromium, stack):
    """The Chromium without cookies; no page may have made it complain."""
    chromium.get(stack.url)
    chromium.delete_all_cookies()
    chromium.get_log('browser')
    yield chromium
    complaints = [entry['message'] for entry in chromium.get_log('browser')]
    assert [text for text in complaints if not any(part in text for part in FORESEEN)] == []
