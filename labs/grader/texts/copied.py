"""Numbers in an explanation: is one of them taken from the results?"""
import re
import statistics

from . import samples

NEAR = 0.02              # of a figure: medians may be taken of other samples
LEAST_DIGITS = 2         # of such a number, and of a field of samples.tsv one more: 1 is anywhere

# in which units a figure may be given, as parts of the unit of the table
MEMORY = (1, 1 / 1000, 1 / 1024, 1 / 1024 ** 2)
UNITS = {'memory': MEMORY, 'cost': (1e3, 1e6, 1e9), 'p50': (1, 1e-3), 'p99': (1, 1e-3)}
NO_FIGURES = ('x', 'round', 'attempt')


def written(text):
    """The numbers of a text: (value, half of the last digit's unit, how many digits)."""
    for match in re.finditer(r'(?<![\w.])(\d+)(?:\.(\d+))?(?![\d_])', text):
        whole, part = match.group(1), match.group(2) or ''
        yield float(match.group(0)), 0.5 * 10 ** -len(part), len((whole + part).lstrip('0'))


def figures(figure, pairs, results):
    """The figure of the points in each round and their medians, in all units; and ratios of it."""
    for pair in pairs:
        first, second = (results.by_round(point, figure) for point in pair)
        for of in (first, second):
            for value in [*of.values(), *([statistics.median(of.values())] if of else [])]:
                yield from (value * unit for unit in UNITS[figure])
        ratios = [first[one] / second[one] for one in first if second.get(one, 0) > 0]
        yield from ratios
        if ratios:
            yield statistics.median(ratios)
            yield statistics.median(first.values()) / statistics.median(second.values())


def cells(pairs, results):
    """What stands in samples.tsv for these points."""
    for row in results.all:
        if any((row['server'], row['x']) in pair for pair in pairs):
            yield from (row[name] for name in samples.COLUMNS
                        if name not in NO_FIGURES and isinstance(row[name], float))


def is_copied(text, figure, pairs, results):
    """Is a number of the text, as far as it was rounded, one of these: the figure (of
    samples.FIGURES) of points that are compared, in pairs, a ratio of the two, or a field of
    samples.tsv?"""
    known, raw = list(figures(figure, pairs, results)), list(cells(pairs, results))
    return any(digits >= LEAST_DIGITS and
               any(abs(value - one) <= half + NEAR * one for one in known) or
               digits > LEAST_DIGITS and any(abs(value - one) <= half for one in raw)
               for value, half, digits in set(written(text)))
