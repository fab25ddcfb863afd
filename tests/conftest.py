"""What all tests with servers share: which of them run, and what the sanitizers say."""

import pytest

from stack import sanitizers


def pytest_configure(config):
    config.addinivalue_line(
        'markers', 'no_sanitizers: not for a build with sanitizers, and left out there')
    config.addinivalue_line(
        'markers', 'only_sanitizers: for a build with sanitizers, and left out elsewhere')
    config.addinivalue_line(
        'markers', 'as_shipped: ./check.sh runs it on the build without sanitizers too')


def pytest_collection_modifyitems(config, items):
    """Leaves out what is not for this build."""
    unfit = 'no_sanitizers' if sanitizers.is_on() else 'only_sanitizers'
    out = [item for item in items if item.get_closest_marker(unfit)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture(scope='session', autouse=True)
def reports(tmp_path_factory):
    """What the sanitizers found; the last to be asked, when every server has ended."""
    found = sanitizers.Reports(tmp_path_factory.mktemp('sanitizers'))
    yield found
    expect_none(found)


@pytest.fixture(autouse=True)
def no_reports(reports):
    """Nothing was found while a test ran, or between it and the one before."""
    yield
    expect_none(reports)


def expect_none(reports):
    """Fails with what the sanitizers say."""
    found = reports.take()
    if found:
        pytest.fail('\n'.join(found), pytrace=False)
