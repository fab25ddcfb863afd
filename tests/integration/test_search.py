"""The search without log-in: contractors on file, for everybody."""

import re

import pytest
from stories import PASSWORD
from web import Browser, Page

SEARCH = '/account/contractors'
RESULT = re.compile(r'<h3><a href="/account/contractors/([^"]+)">([^<]*)</a></h3>')


def look(browser, query, page=None):
    """The results' license numbers, in order, and the page's text."""
    answer = browser.get(SEARCH, params={'q': query} | ({'page': page} if page else {}))
    assert answer.status_code == 200
    return [number for number, _ in RESULT.findall(answer.text)], answer.text


def find(browser, query):
    return look(browser, query)[0]


@pytest.mark.parametrize('query, numbers', [
    # By number, with or without the zeros in front.
    ('1012345', ['1012345']),
    ('041877', ['41877']),
    ('41877', ['41877']),
    # By the beginning of any word, in any case, blanks trimmed.
    ('ORCHARD', ['1012345']),
    (' orch ', ['1012345']),
    ('plumbing', ['1012345']),
    ('mesa verde b', ['765432']),
    ('verde', ['765432']),
    ('pine hollow', ['881450', '881451']),
    # Punctuation counts as a blank, or for nothing.
    ('halvorsen sons', ['41877']),
    ('halvorsen & sons', ['41877']),
    ('brooks a the tile', ['998102']),
    ('hart, lin', ['998101']),
    # Accents either way, also of the typed word.
    ('nunez', ['1100321']),
    ('NÚÑEZ', ['1100321']),
    ('nuñez & peña', ['1100321']),
    ('café', ['1100322']),
    ('cafe creme', ['1100322']),
    ('muller', ['1100323']),
    # Two letters are enough.
    ('mü', ['1100323']),
    # The end and the middle of a word are not its beginning.
    ('chard', []),
    ('umbing', []),
    ('no such business', []),
    # What means something to a directory means nothing here.
    ('*', []), ('or*', ['1012345']), ('o*d', []), ('(uid=*)', []), ('o)(uid=*', []), ('\\2a', []),
])
def test_find(browser, query, numbers):
    assert find(browser, query) == numbers


@pytest.mark.parametrize('query', ['o', 'é', ' x ', '&&', '-'])
def test_one_letter_is_too_few(browser, query):
    numbers, text = look(browser, query)

    assert numbers == []
    page = Page(text)
    assert page.fields['q']['aria-invalid'] == 'true'
    assert page.text('q-error') == 'Type at least two letters, or a license number.'


def test_too_much_asked(browser):
    numbers, text = look(browser, 'sierra ' * 40)

    assert numbers == []
    page = Page(text)
    assert page.fields['q']['aria-invalid'] == 'true'
    assert page.text('q-error').startswith('That is too long.')


def test_nothing_asked(browser):
    for path in (SEARCH, SEARCH + '?q=', SEARCH + '?q=%20'):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert 'No contractor on file' not in answer.text
        assert Page(answer.text).in_error() == set()


def test_nobody_found(browser):
    _, text = look(browser, '<b>zeppelin</b>')
    assert 'No contractor on file matches <strong>&lt;b&gt;zeppelin&lt;/b&gt;</strong>' in text


def test_query_stays_in_its_field(browser):
    _, text = look(browser, 'Café "crème" & co')
    assert Page(text).value('q') == 'Café "crème" & co'


@pytest.mark.parametrize('raw', ['%ff%fe', '%00', 'a%00b', '%', '%zz', 'x' * 5000, '%0d%0aX:y'])
def test_queries_that_are_no_text(browser, raw):
    answer = browser.get(f'{SEARCH}?q={raw}')
    assert answer.status_code in (200, 400, 414)
    assert RESULT.findall(answer.text) == []
    assert 'X' not in answer.headers


@pytest.fixture(name='guild', scope='module')
def fixture_guild(portal, unique):
    """Forty-five businesses with one beginning: their license numbers, by name."""
    connection = portal.slapd.connect_as('import')
    numbers = []
    for place in range(45):
        number = str(90000000 + unique())
        name = f'ZWIRNER GUILD {place:02}'
        portal.people.put_on_file(number, name)
        connection.modify_s(portal.people.dn('contractor', number), [
            (2, 'gatehouseSearchKey', [name.lower().encode(), name.lower()[8:].encode()])])
        numbers.append(number)
    return numbers


def test_paging(browser, guild):
    pages = [look(browser, 'zwirner guild', page) for page in (None, 2, 3)]

    assert [numbers for numbers, _ in pages] == [guild[:20], guild[20:40], guild[40:]]
    for place, (_, text) in enumerate(pages, 1):
        assert f'Page {place} of 3' in text
    following = '<a class="button-second" rel="next" href="'
    previous = '<a class="button-second" rel="prev" href="'
    address = '/account/contractors?q=zwirner%20guild&amp;page='
    assert f'{following}{address}2">' in pages[0][1] and previous not in pages[0][1]
    assert f'{following}{address}3">' in pages[1][1] and f'{previous}{address}1">' in pages[1][1]
    assert following not in pages[2][1] and f'{previous}{address}2">' in pages[2][1]


@pytest.mark.parametrize('page, count', [('0', 20), ('-1', 20), ('x', 20), ('4', 5),
                                         ('99999999999999999999', 20), ('1', 20)])
def test_page_that_is_none(browser, guild, page, count):
    numbers = look(browser, 'zwirner', page)[0]
    assert len(numbers) == count
    assert set(numbers) <= set(guild)


def test_page_of_a_contractor(browser):
    answer = browser.get(SEARCH + '/1012345')

    assert answer.status_code == 200
    assert '<h1>ORCHARD PLUMBING INC</h1>' in answer.text
    content = Page(answer.text).text('content')
    for public in ('1012345', 'CLEAR', '2028-08-25', "Workers' Compensation Insurance",
                   'PLANO VISTA'):
        assert public in content
    # What gatehouse.conf does not call public.
    for private in ('12 ALMOND ST', '010 1000', 'office@', 'orchardplumbing', '9184876', '90098',
                    'STATE COMPENSATION'):
        assert private not in answer.text


@pytest.mark.parametrize('number, status', [
    ('41877', 200), ('041877', 200), ('55555555', 404), ('ORCHARD', 404), ('*', 404),
    ('1012345)(uid=*', 404), ('maria.lopez', 404), ('%00', 400)])
def test_permanent_address(browser, number, status):
    assert browser.get(f'{SEARCH}/{number}').status_code == status


def test_all_facts_of_a_result_are_public(browser):
    _, text = look(browser, 'orchard')
    assert 'CLEAR' in text
    for private in ('ALMOND ST', '010 1000', 'orchardplumbing', '9184876'):
        assert private not in text


def test_never_says_who_has_an_account(portal, unique):
    """The pages of two like contractors differ by nothing once one has an account."""
    browser = Browser(portal.url)
    number = str(95000000 + unique())
    portal.people.put_on_file(number, 'QUIET ROOFING')
    portal.slapd.connect_as('import').modify_s(portal.people.dn('contractor', number), [
        (2, 'gatehouseSearchKey', [b'quiet roofing', b'roofing'])])

    def pages():
        texts = [browser.get(f'{SEARCH}/{number}').text, look(browser, 'quiet')[1]]
        return [re.sub(r'name="csrf" value="[^"]*"', '', text) for text in texts]

    before = pages()
    portal.people.sign_up(number, f'{number}@example.org', PASSWORD)
    assert pages() == before
    portal.ctl('disable', f'contractor:{number}')
    assert pages() == before


def test_signed_in_or_not(browser, maria):
    assert find(browser, 'orchard') == find(maria, 'orchard') == ['1012345']
    _, text = look(maria, 'orchard')
    assert Page(text).text('signed-in-as') == 'Logged in as Maria Lopez maria.lopez'


def test_directory_is_down(shaken):
    browser = Browser(shaken.url)
    assert find(browser, 'orchard') == ['1012345']
    shaken.slapd.kill()
    try:
        answers = [browser.get(SEARCH + '?q=orchard'), browser.get(SEARCH + '/1012345')]
    finally:
        shaken.slapd.start()
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers['Retry-After']) > 0
    assert find(browser, 'orchard') == ['1012345']
