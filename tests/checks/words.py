"""Holds the words against the code, in both directions.

    python3 tests/checks/words.py        in the checkout

Each kind of name (directives, keys, options, ...) is read once from the code,
where it stands in a table, and once from its man page, where it stands as an
item of a list.  The two must be the same.  The papers for developers are held
to less: the files, functions and tests that they name have to be there.

It prints a PASS or FAIL line for each kind, and exits 1 after a FAIL.
"""

import re
import sys
from pathlib import Path

MODULE_PAGE = 'docs/ngx_http_gatehouse_module.7'
CONFIG_PAGE = 'docs/gatehouse.conf.5'
CTL_PAGE = 'docs/gatehousectl.8'
PAM_PAGE = 'docs/pam_gatehouse.8'
EXAMPLE = 'docs/gatehouse.conf.example'

CODE = ('lib', 'module', 'pam', 'ctl')
PAPERS = ('README.md', 'HACKING.md', *(str(path) for path in sorted(Path('docs').glob('*.md'))))

# What stands beside PAM's codes in its page, and is none.
PAM_FLAGS = {'PAM_CHANGE_EXPIRED_AUTHTOK', 'PAM_RHOST', 'PAM_SILENT', 'PAM_USER'}

# What only a build makes: by its own name, or by that of its source.
MADE = {'module/ngx_http_gatehouse_module.so', 'pam/.libs/pam_gatehouse.so', 'ctl/gatehousectl'}


def read(path):
    return Path(path).read_text(encoding='utf-8')


def sources(folder, pattern='*.c'):
    """The text of all files of a folder, one behind the other."""
    return '\n'.join(read(path) for path in sorted(Path(folder).rglob(pattern)))


def found(pattern, text):
    return set(re.findall(pattern, text, re.MULTILINE))


# mdoc pages.

def section(page, title):
    """The part of a page below the `.Sh` or `.Ss` of that title."""
    match = re.search(rf'^\.(S[hs]) {re.escape(title)}\n(.*?)(?=^\.S[hs] |\Z)', page,
                      re.MULTILINE | re.DOTALL)
    return match.group(2) if match else ''


def items(text, macro):
    """What stands behind `macro` in the heads of a text's list items."""
    heads = found(r'^\.It (.*)$', text)
    return {name for head in heads for name in re.findall(rf'\b{macro} (\S+)', head)}


# Names by kind: those of the code, those of the words.

def directives():
    code = found(r'\{ ngx_string\("(gatehouse_\w+)"\),\s+NGX_', sources('module'))
    return code, items(section(read(MODULE_PAGE), 'DIRECTIVES'), 'Ic')


def variables():
    code = found(r'ngx_string\("(gatehouse_\w+)"\),\s+offsetof', sources('module'))
    words = items(section(read(MODULE_PAGE), 'VARIABLES'), 'Va')
    return {f'${name}' for name in code}, words


def identity_headers():
    code = found(r'\{ ngx_string\("(Remote-\w+)"\)', sources('module'))
    return code, items(section(read(MODULE_PAGE), 'IDENTITY HEADERS'), 'Li')


def portal_pages():
    routes = found(r'\{ ngx_string\("([\w./-]*)"\), (?:ngx_http_gatehouse_|NULL)',
                   read('module/ngx_http_gatehouse_portal.c'))
    return {f'/{route}' for route in routes}, items(section(read(MODULE_PAGE), 'PORTAL'), 'Pa')


def cookies():
    code = found(r'"(gatehouse(?:-\w+)?)"', read('module/ngx_http_gatehouse_cookie.c'))
    return code, items(section(read(MODULE_PAGE), 'Cookies'), 'Li')


def metrics():
    code = found(r'"(gatehouse_\w+)"', read('module/ngx_http_gatehouse_exposition.c'))
    return code, items(section(read(MODULE_PAGE), 'METRICS'), 'Li')


def audit_events():
    code = (found(r'gatehouse_(?:audit(?:_origin)?|note)\([^";]*"([a-z-]+)"', sources('module'))
            | found(r'\.event = "([a-z-]+)"', sources('ctl')))
    heads = found(r'^\.It Li (.*)$', section(read(MODULE_PAGE), 'The audit trail'))
    return code, {word for head in heads for word in head.split(' , ')}


def sections_of_code():
    """The sections of gatehouse.conf, each with its keys."""
    text = sources('lib/config')
    tables = {}
    for name, body in re.findall(
            r'^static const gh_setting_t gh_section_(\w+)_keys\[\] = \{(.*?)\};$', text,
            re.MULTILINE | re.DOTALL):
        tables[name] = set(re.findall(r'(?:GH_\w+_KEY\(|\.name = )"(\w+)"', body))
    return tables


def sections_of_page():
    page = read(CONFIG_PAGE)
    return {name: items(section(page, title), 'Ic')
            for title, name in re.findall(r'^\.Ss (Section (\w+).*)$', page, re.MULTILINE)}


def flat(tables):
    return {f'{name}.{key}' for name, keys in tables.items() for key in keys}


def configuration_keys():
    return flat(sections_of_code()), flat(sections_of_page())


def example_keys():
    """Keys of the example, those in comments too: none that is not known."""
    tables = {}
    open_sections = []
    for line in read(EXAMPLE).splitlines():
        line = re.sub(r'^( *)# ?', r'\1', line)
        section_head = re.match(r' *(\w+)(?: +(?:\w+|"[^"]*"))? +\{$', line)
        key = re.match(r' +(\w+) +=', line)
        if section_head:
            open_sections.append(section_head.group(1))
        elif line.strip() == '}':
            open_sections.pop()
        elif key:
            tables.setdefault(open_sections[-1], set()).add(key.group(1))
    words = flat(tables)
    return flat(sections_of_code()) & words, words


def commands():
    """The words in front of a command's first argument."""
    table = re.search(r'command_t commands\[\] = \{(.*?)\};', sources('ctl'), re.DOTALL)
    code = set(re.findall(r'\{ "[\w-]+", "([a-z|-]+(?: [a-z|]+)*)', table.group(1)))
    heads = found(r'^\.It Cm (.*)$', section(read(CTL_PAGE), 'COMMANDS'))
    return code, {re.match(r'[a-z|-]+(?: [a-z|]+)*', head).group(0) for head in heads}


def command_options():
    code = found(r'\{ "([a-z-]+)", (?:no|required|optional)_argument', sources('ctl'))
    words = items(read(CTL_PAGE), 'Fl')
    return ({f'--{name}' for name in code},
            {f'-{name}' for name in words if name.startswith('-')})


def exit_statuses():
    code = found(r'^    GH_CTL_\w+ = (\d+)', read('ctl/ctl.h'))
    return code, found(r'^\.It (\d+)$', section(read(CTL_PAGE), 'EXIT STATUS'))


def pam_options_of_code():
    text = read('pam/options.c')
    return (found(r'\{ "(\w+=?)", offsetof\(gh_options_t', text)
            | found(r'strcmp\(word, "(\w+)"\)', text))


def pam_options():
    text = section(read(PAM_PAGE), 'DESCRIPTION')
    return pam_options_of_code(), items(text, 'Cm')


def pam_synopsis():
    text = section(read(PAM_PAGE), 'SYNOPSIS')
    return pam_options_of_code(), found(r'^\.Op Cm (\S+)', text)


def pam_codes():
    """Whatever PAM is returned, for whatever reason."""
    code = found(r'(?:return|[?:]|(?<![=!])=) (PAM_[A-Z_]+)\b', sources('pam'))
    text = ''.join(section(read(PAM_PAGE), title) for title in ('Codes', 'Module types'))
    return code, set(re.findall(r'\bDv (PAM_[A-Z_]+)', text)) - PAM_FLAGS


def installed_papers():
    """Papers in docs/ are there to be read where the packages are, too."""
    listed = re.search(r'^dist_doc_DATA = ((?:.*\\\n)*.*)', read('Makefile.am'), re.MULTILINE)
    words = {path for path in listed.group(1).split() if re.fullmatch(r'docs/.*\.md', path)}
    return {str(path) for path in Path('docs').glob('*.md')}, words


def placeholders_in_papers():
    return set(PAPERS), set(PAPERS) | found(r'(@[A-Z_]{3,}@)', papers())


def papers():
    return '\n'.join(read(path) for path in PAPERS)


def is_there(path):
    return path in MADE or Path(path).exists() or Path(f'{path}.c').exists()


def paths_in_papers():
    # One with a <placeholder> in it is a pattern, not a path.
    words = found(r'(?<![\w/.-])((?:lib|module|pam|ctl|pages|schema|demo|tests|docs)/'
                  r'[\w./-]*\w)(?![\w<])', papers())
    return {path for path in words if is_there(path)}, words


def links_in_papers():
    words = set()
    for paper in PAPERS:
        targets = found(r'\]\(([^)#:]+)\)', read(paper))
        words |= {str(Path(paper).parent / target) for target in targets}
    return {path for path in words if Path(path).exists()}, words


def tests_in_papers():
    """Tests named as `file::function`, in tests/integration/ where no folder is said."""
    known = set()
    for folder in ('integration', 'browser', 'unit'):
        for path in Path('tests', folder).glob('test_*.[cp]*'):
            if path.suffix not in ('.c', '.py'):
                continue
            name = path.name if folder == 'integration' else f'{folder}/{path.name}'
            known |= {f'{name}::{test}'
                      for test in found(r'^(?:def )?(test_\w+)\(', read(path))}
    words = found(r'`((?:\w+/)?test_\w+\.(?:c|py)::test_\w+)`', papers())
    return known & words, words


def functions_in_papers():
    code = '\n'.join(sources(folder, '*.[ch]') for folder in CODE)
    known = found(r'\b((?:gh|ngx_http_gatehouse|pam_sm)_\w+)', code)
    words = found(r'\b((?:gh|ngx_http_gatehouse|pam_sm)_\w*[a-z])\b', papers())
    return known & words, words


KINDS = (directives, variables, identity_headers, portal_pages, cookies, metrics, audit_events,
         configuration_keys, example_keys, commands, command_options, exit_statuses, pam_options, pam_synopsis,
         pam_codes, installed_papers, placeholders_in_papers,
         paths_in_papers, links_in_papers, tests_in_papers, functions_in_papers)


def main():
    failed = False
    for kind in KINDS:
        code, words = kind()
        name = kind.__name__.replace('_', ' ')
        faults = [f'{word} is not documented' for word in sorted(code - words)]
        faults += [f'{word} is documented and not there' for word in sorted(words - code)]
        if not code:
            faults.append('none was found in the code: has its table moved?')
        for fault in faults:
            print(f'FAIL: {name}: {fault}')
        if not faults:
            print(f'PASS: {name} ({len(code)})')
        failed = failed or bool(faults)
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
