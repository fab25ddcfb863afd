"""Figures: rounds of alternating pairs, what they come to, and the table of them."""

from statistics import median, quantiles
from typing import NamedTuple

HEAD = ('line', 'what', 'ours', 'other', 'ratio', 'quartiles', 'goal', '')
WIDTHS = (4, 52, 11, 11, 7, 15, 9)


class Goal(NamedTuple):
    """What a figure should be: at least, or at most, so much."""

    sign: str
    bound: float

    def is_reached(self, value):
        return value >= self.bound if self.sign == '>=' else value <= self.bound

    def __str__(self):
        return f'{self.sign} {self.bound:g}'


class Figure(NamedTuple):
    """A row of the table.

    ours, other  medians, as they are printed
    value        what the goal is about, a ratio mostly; None: it wasn't measured
    spread       its quartiles over the rounds; None: there were none
    note         what has to be known beside it
    """

    line: str
    what: str
    ours: str
    other: str
    value: float | None
    spread: tuple | None
    goal: Goal | None
    note: str = ''


def least(bound):
    return Goal('>=', bound)


def most(bound):
    return Goal('<=', bound)


def quarters(values):
    """The quartiles below and above the median."""
    cuts = quantiles(values, n=4, method='inclusive')
    return cuts[0], cuts[2]


def pairs(rounds, ours, other):
    """Both measured in turns, so often: a list of pairs.

    Who comes first changes from round to round.
    """
    both = []
    for number in range(rounds):
        if number % 2:
            second = other()
            both.append((ours(), second))
        else:
            both.append((ours(), other()))
    return both


def rate(value):
    return f'{value:.0f}/s' if value >= 100 else f'{value:.1f}/s'


def ratio(line, what, both, goal, show=rate, note=''):
    """The row of a list of pairs: the median of their ratios."""
    ratios = [first / second for first, second in both]
    return Figure(line, what, show(median(first for first, _ in both)),
                  show(median(second for _, second in both)), median(ratios),
                  quarters(ratios), goal, note)


def absolute(line, what, values, goal, unit, other='', note=''):
    """The row of a list of values that a goal is given for as such."""
    middle = median(values)
    return Figure(line, what, f'{middle:.3f} {unit}', other, middle,
                  quarters(values) if len(values) > 1 else None, goal, note)


def missing(line, what, why):
    """The row of what could not be measured here."""
    return Figure(line, what, '', '', None, None, None, why)


def judgement(figure):
    if figure.value is None:
        return 'not measured'
    if figure.goal is None:
        return ''
    return 'reached' if figure.goal.is_reached(figure.value) else 'MISSED'


def row(cells):
    return '  '.join(str(cell).ljust(width)
                     for cell, width in zip(cells, (*WIDTHS, 0))).rstrip()


def cells_of(figure):
    return (figure.line, figure.what, figure.ours, figure.other,
            '' if figure.value is None else f'{figure.value:.3f}',
            '' if figure.spread is None else f'{figure.spread[0]:.3f} - {figure.spread[1]:.3f}',
            figure.goal or '', judgement(figure))


def rows(figure):
    """Its line of the table, and below it what has to be known."""
    note = f'\n      {figure.note}' if figure.note else ''
    return row(cells_of(figure)) + note


def table(figures):
    """The table as text."""
    return '\n'.join([row(HEAD), *map(rows, figures)])
