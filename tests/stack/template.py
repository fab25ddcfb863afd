"""Configuration files from templates with @NAME@ in them."""

import re

from .process import StackError


def fill(path, values):
    """The text of the template, every @NAME@ replaced by values['NAME']."""
    text = path.read_text(encoding='utf-8')

    def value(match):
        name = match.group(1)
        if name not in values:
            raise StackError(f'{path}: no value for @{name}@')
        return str(values[name])

    return re.sub(r'@([A-Z_]+)@', value, text)
