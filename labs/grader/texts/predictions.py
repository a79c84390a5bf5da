"""The predictions of a measure exercise: read, and compared with results."""
import itertools
import re

from ..base.errors import LabError
from . import copied, samples

NO_DIFFERENCE = 1.25     # medians that are nearer to each other have no order
ROUGHLY = 3.0            # a predicted ratio may be wrong by this factor


def parse(one, text):
    """{name: value} of prediction.txt, each in the form that the name wants."""
    wanted = {p['name']: p for p in one.measure['predictions']}
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        name, colon, value = line.partition(':')
        name = ' '.join(name.split())
        if not colon or name not in wanted:
            raise LabError(f'line {number} predicts nothing of this exercise: {line[:80]}')
        if name in found:
            raise LabError(f'line {number} predicts `{name}` a second time')
        found[name] = _value(wanted[name], value)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise LabError(f'nothing is predicted for `{missing[0]}`')
    return found


def _value(prediction, text):
    name, words = prediction['name'], re.findall(r'[\w.]+', text.lower())
    if not words:
        raise LabError(f'nothing is predicted for `{name}`')
    if 'ratio' in prediction:
        try:
            value = float(words[0])
        except ValueError:
            value = 0.0
        if len(words) != 1 or not 0 < value < 1e9:
            raise LabError(f'`{name}` wants one positive number, not {text.strip()[:80]}')
        return value
    known = prediction.get('order') or prediction['servers']
    if prediction.get('order') and sorted(words) != sorted(known):
        raise LabError(f'`{name}` wants each of {", ".join(known)} once')
    if 'still' in prediction:
        words = [] if words == ['none'] else words
        if not set(words) <= set(known):
            raise LabError(f'`{name}` wants none, or some of {", ".join(known)}')
    return words


def shown(prediction, value):
    """A value of a prediction, or of a measurement, as text."""
    if 'ratio' in prediction:
        return f'{value:.3g}'
    return ', '.join(value) or 'none'


def seen(prediction, results):
    """What the results show for a prediction."""
    if 'ratio' in prediction:
        return results.ratio(*map(tuple, prediction['ratio']), prediction.get('figure'))
    if 'order' in prediction:
        return sorted(prediction['order'], reverse=True,
                      key=lambda server: results.median((server, prediction['x'])))
    return [server for server in prediction['servers']
            if results.stands_still((server, prediction['still']))]


def agrees(prediction, value, results):
    """Is a prediction roughly what was measured?"""
    if 'ratio' in prediction:
        return 1 / ROUGHLY <= value / seen(prediction, results) <= ROUGHLY
    if 'still' in prediction:
        return set(value) == set(seen(prediction, results))
    medians = [results.median((server, prediction['x'])) for server in value]
    return all(later <= NO_DIFFERENCE * earlier
               for earlier, later in itertools.combinations(medians, 2))


def points_of(prediction):
    """The points that are compared, each (server, x)."""
    if 'ratio' in prediction:
        return [tuple(point) for point in prediction['ratio']]
    return [(server, prediction['x']) for server in prediction.get('order', [])]


def few(prediction, results):
    """Why a prediction can't be compared with the results; nothing: it can."""
    points = points_of(prediction)
    found = results.fit_rounds(points, prediction.get('figure')) if points else results.enough
    if found >= results.enough:
        return ''
    states = [row['state'] for point in points for row in results.usable(point)]
    counted = ', '.join(f'{states.count(state)} {state}' for state in samples.USABLE)
    return (f'{found} rounds have an undisturbed sample of '
            f'{" and ".join(f"{server} at {x:g}" for server, x in points)}; {results.enough} are '
            f'wanted (samples by their state: {counted})')


def has_number(prediction, results, text):
    """Has a text a number that was measured for this prediction?"""
    figure, points = prediction.get('figure'), points_of(prediction)
    if 'still' in prediction:
        least = min(x for _, x in results.points)
        pairs = [((server, prediction['still']), (server, least))
                 for server in prediction['servers']]
    else:
        pairs = list(itertools.permutations(points, 2))
    return copied.is_copied(text, figure or results.figure, pairs, results)
