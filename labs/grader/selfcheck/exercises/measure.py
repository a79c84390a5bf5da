"""Are the measure exercises in order? A model answer made by a run, and answers that cheat."""
import os
import re
import subprocess
import tempfile
from pathlib import Path
from unittest import mock

from ... import checks
from ...base import exercise
from ...base.errors import LabError
from ...base.verdict import NOT_JUDGED, PASS
from ...texts import predictions, samples
from ..report import graded

TABLE, FACTS = (f'results/{name}' for name in samples.FILES)


def _verdict(one, files):
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
        return graded(one, folder, 1)


def _starter(one):
    return {path.name: path.read_text(encoding='utf-8')
            for path in (one.folder / 'starter').iterdir()}


def data(one):
    """Points add up, the starter asks for each prediction, all that is predicted is measured."""
    plan = one.measure
    points = [*plan['points_of'].values(), *(part['points'] for part in one.document['sections'])]
    figures = {plan['figure'], *(p.get('figure', plan['figure']) for p in plan['predictions'])}
    if sum(points) != one.full_points or not figures <= samples.FIGURES.keys():
        return 'the points of the lines are not those of the exercise, or there is no such figure'
    form = _starter(one)[one.file]
    missing = [p['name'] for p in plan['predictions'] if f'{p["name"]}:' not in form]
    if missing or one.document['file'] not in _starter(one):
        return f'the starter does not ask for {missing}, or has no {one.document["file"]}'
    servers = {model[3:] for model in plan['models']}
    for prediction in plan['predictions']:
        named = prediction.get('order') or prediction.get('servers') or \
            [point[0] for point in prediction['ratio']]
        if not set(named) <= servers:
            return f'{prediction["name"]}: a server that is not measured'
    if not {*plan['live']['models']} <= {*plan['models']}:
        return 'the run of the grader has other servers'
    if _verdict(one, _starter(one)).points:
        return 'the starter has points'
    return _orders(one) or _again(one)


class _Medians:
    """Results of the one figure, {point: value}."""

    def __init__(self, medians):
        self.points = self.medians = medians

    def values(self, point, _figure):
        """As in samples.Results."""
        return [self.medians[point]]

    def median(self, point, _figure):
        """As in samples.Results."""
        return self.medians[point]

    def by_round(self, point, _figure):
        """As in samples.Results."""
        return {1: self.medians[point]}

    def ratio(self, above, below, _figure):
        """As in samples.Results."""
        return self.medians[above] / self.medians[below]


def _orders(one):
    """Results contradict a run that shows another order clearly, not if they show hardly any."""
    prediction = next(p for p in one.measure['predictions'] if 'ratio' in p)
    above, below = predictions.points_of(prediction)
    only = exercise.Exercise(one.folder)
    only.measure['predictions'] = [prediction]
    for clear, right in ((3.0, [True, False, False]), (1.9, [True, False, False]),
                         (1.2, [False, False, False])):
        own = _Medians({above: clear, below: 1.0})
        found = [bool(checks.measure.contradiction(only, _Medians({above: value, below: 1.0}), own))
                 for value in (0.3, 0.97, 1.03)]
        if found != right:
            return f'0.3, 0.97 and 1.03 contradict {clear}: {found}'
    return ''


BENCH = '''#!/bin/sh
echo "$@" >words
while [ "$1" != -o ]; do shift; done
mkdir "$2" && touch "$2/${3#--}"
'''


def _again(one):
    """The script can measure a second time: what is there then is put aside."""
    with tempfile.TemporaryDirectory(prefix='labs a blank ') as tree:
        folder, bench = Path(tree) / 'labs' / 'answers' / one.name, Path(tree) / 'bench'
        for path in (folder, bench):
            path.mkdir(parents=True)
        (bench / 'lab-bench').write_text(BENCH, encoding='utf-8')
        (bench / 'lab-bench').chmod(0o755)
        targets = ' '.join(checks.measure.targets(one.measure))
        (Path(tree) / 'Makefile').write_text(f'{targets}: ;\n', encoding='utf-8')
        checks.measure.hand_out(one, folder)
        for word in ('--first', '--second', '--third'):
            subprocess.run([str(folder / 'measure'), word], capture_output=True, check=False)
        found = {name: [path.name for path in (folder / name).glob('*')]
                 for name in ('results', 'results.1', 'results.2')}
        words = (Path(tree) / 'words').read_text(encoding='utf-8')
    if one.measure.get('one_processor') and len(os.sched_getaffinity(0)) > 1 and \
            not re.search(r' --server-cpus \d+ --client-cpus \d+ ', words):
        return f'servers are not kept on one processor: {words}'
    right = {'results': ['third'], 'results.1': ['first'], 'results.2': ['second']}
    return '' if found == right else f'measuring three times leaves {found}'


def _rows(table):
    head, *rows = table.splitlines()
    return head.split('\t'), [row.split('\t') for row in rows]


def _table(head, rows):
    return ''.join('\t'.join(row) + '\n' for row in [head, *rows])


def _copied(head, rows):
    """One round, copied under other numbers."""
    place, kept = head.index('round'), {}
    for row in rows:
        key = row[head.index('server')], row[head.index('x')]
        row[:] = [*kept.setdefault(key, row)[:place], row[place], *kept[key][place + 1:]]
    return rows


def _renamed(one):
    """The servers' names, the other way round."""
    names = [model[3:] for model in one.measure['models']]
    other = dict(zip(names, reversed(names)))

    def change(head, rows):
        place = head.index('server')
        for row in rows:
            row[place] = other.get(row[place], row[place])
        return rows
    return change


def _changed(column, value):
    def change(head, rows):
        for row in rows:
            row[head.index(column)] = value
        return rows
    return change


def cheats(one, files):
    """{name: files} of answers that earn nothing; files: an answer with full marks."""
    def with_table(change):
        head, rows = _rows(files[TABLE])
        return {**files, TABLE: _table(head, change(head, rows))}
    experiment = one.measure['experiment']
    return {
        'no results': {name: text for name, text in files.items() if name != TABLE},
        'one round, copied': with_table(_copied),
        'names of servers changed': with_table(_renamed(one)),
        'half of the rows': with_table(lambda head, rows: rows[::2]),
        'another experiment': with_table(_changed('experiment', 'ping')),
        'more time than there is': with_table(_changed('user_s', '1000')),
        'no requests': with_table(_changed('requests', '0')),
        'infinite latencies': with_table(_changed('p50_us', 'nan')),
        'not run so': {**files, FACTS: files[FACTS].replace(f'lab-bench run {experiment}',
                                                             'lab-bench run ping')},
        'interrupted': {**files, FACTS: files[FACTS].replace('interrupted=no', 'interrupted=yes')},
    }


def _wrong_predictions(one, files):
    """The right ones, each turned into its opposite."""
    lines = []
    for prediction, line in zip(one.measure['predictions'], files[one.file].splitlines()):
        name, _, value = line.partition(':')
        if 'ratio' in prediction:
            value = f' {float(value) * 10}'
        elif 'order' in prediction:
            value = ' ' + ', '.join(reversed(value.replace(' ', '').split(',')))
        else:
            value = ' epoll'
        lines.append(f'{name}:{value}')
    return {**files, one.file: '\n'.join(lines) + '\n'}


def _unlike(verdict, outcome=PASS):
    return '\n'.join(f'{line.name}: {line.outcome}\n{line.message}' for line in verdict.lines
                     if line.outcome != outcome)


def _one_run(live, files):
    """What follows is about texts, and needs no more runs than the first that agrees with these
    results: on a busy machine one may lack a point, or have another order."""
    kept = []

    def once(one):
        if kept:
            return kept[0]
        results = live(one)
        mine = checks.measure.results_of(one, one.measure['least_rounds'], files[TABLE],
                                         files[FACTS])
        if not checks.measure.contradiction(one, mine, results):
            kept.append(results)
        return results
    return once


def whole(one):
    """The model answer has full marks, cheats have nothing, a wrong prediction has to be
    explained."""
    try:
        files = checks.measure.solution_files(one)
        wrong = _unlike(_verdict(one, files))
        if 'on a busy machine' in wrong.lower():
            yield one.name, f'SKIPPED: {wrong.splitlines()[1]}'
            return
        yield f'{one.name}: a run of now', wrong
        head, rows = _rows(files[TABLE])
        few = {**files, TABLE: _table(head, _changed('p999_us', '')(head, rows))}
        with mock.patch.object(checks.measure, 'live', _one_run(checks.measure.live, files)):
            yield f'{one.name}: too few requests for p999', _unlike(_verdict(one, few))
            yield from _texts(one, files)
    except LabError as error:
        yield one.name, str(error)


def _texts(one, files):
    for name, cheat in cheats(one, files).items():
        points = _verdict(one, cheat).points
        yield f'{one.name}: cheat: {name}', f'it has {points} points' if points else ''
    wrong = _wrong_predictions(one, files)
    lost = one.measure['points_of'][checks.measure.DIFFERENCE]
    points = _verdict(one, wrong).points
    yield f'{one.name}: wrong predictions', \
        '' if points == one.full_points - lost else f'they have {points} points'
    document = one.document['file']
    yield f'{one.name}: wrong predictions, explained', _unlike(
        _verdict(one, {**wrong, document: files[document] + _why(one, files, 1)}))
    points = _verdict(one, {**wrong, document: files[document] + _why(one, files, FACTOR)}).points
    yield f'{one.name}: explained by other numbers', \
        '' if points == one.full_points - lost else f'they have {points} points'
    yield f'{one.name}: too few undisturbed samples', _not_judged(one, files, wrong)


FACTOR = 54321  # of a number that nobody has measured


def _numbers(one, files):
    """{name of a prediction: a number that was measured for it}, a time in microseconds"""
    results = checks.measure.results_of(one, one.measure['least_rounds'], files[TABLE],
                                        files[FACTS])
    unit = 1e6 if one.measure['figure'] == 'cost' else 1
    found = {}
    for prediction in one.measure['predictions']:
        points = predictions.points_of(prediction) or [(prediction['servers'][0], 0.0)]
        found[prediction['name']] = unit * results.median(points[0], prediction.get('figure'))
    return found


def _why(one, files, factor):
    """Sections for all predictions, with such a number, changed by a factor."""
    return ''.join(
        f'\n# {name}\n\nI had predicted another value than {factor * value:.3f}, '
        f'because {name} depends on what the kernel has to keep for each of the '
        'connections, on how many are looked at, and on which process runs meanwhile.\n'
        for name, value in _numbers(one, files).items())


def _disturbed(files, state):
    """All samples that were measured are in this state, but those of one round."""
    head, rows = _rows(files[TABLE])
    place, number = head.index('state'), head.index('round')
    for row in rows:
        if row[place] in samples.USABLE and row[number] != rows[0][number]:
            row[place] = state
    facts = files[FACTS]
    for name in samples.COUNTED:
        count = sum(row[place] == name for row in rows)
        facts = re.sub(rf'^samples_{name}=.*$', f'samples_{name}={count}', facts, flags=re.M)
    return {**files, TABLE: _table(head, rows), FACTS: facts}


def _not_judged(one, files, wrong):
    """Ratios and orders are not judged by disturbed samples; which servers stand still is."""
    states = {'p50': ('generator', 'others'), 'cost': ('steal', 'others')}
    lines = zip(one.measure['predictions'], files[one.file].splitlines(),
                wrong[one.file].splitlines())
    text = '\n'.join(right if 'still' in prediction else other
                     for prediction, right, other in lines)
    for state in states.get(one.measure['figure'], ()):  # memory is the same on a busy machine
        verdict = _verdict(one, {**_disturbed(files, state), one.file: text})
        line = next(line for line in verdict.lines if line.name == checks.measure.DIFFERENCE)
        if line.outcome != NOT_JUDGED:
            return f'{state}: {line.outcome}: {line.message}'
    return ''
