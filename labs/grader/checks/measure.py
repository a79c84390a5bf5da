"""Measure exercises: a prediction, the results of lab-bench, and what explains the difference.

Only ranks and ratios count. Before anything else is judged, the results have to be complete and
plausible, and their order has to be that of a short run that the grader makes itself.
"""
import itertools
import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from ..base import paths, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict
from ..servers import build
from ..texts import predictions, samples
from . import document

MEASUREMENT, DIFFERENCE = 'the measurement', 'prediction and measurement'
EXPLANATION = {'least': 25, 'most': 400}  # words about a prediction that was wrong
RUN_SECONDS = 60         # of the grader's own run
MODEL_SECONDS = 300      # of the run of a model answer
CLEAR = 2.0              # the least of one over the most of the other
APART = 3.0              # a ratio in each round over that of the results


def words_of_run(one, plan):
    """The arguments of lab-bench for a plan: {models, points, rounds, seconds}."""
    words = ['run', one.measure['experiment']]
    if paths.is_handout():  # there, the servers' own folders have functions that are empty
        words += ['-m', 'none']
        for model in plan['models']:
            words += ['--server', f'{model[3:]}={build.reference(model)} -p {{port}} -d {{dir}}']
    else:
        words += ['-m', ','.join(model[:2] for model in plan['models'])]
    return words + ['--points', ','.join(map(str, plan['points'])), '-r', str(plan['rounds']),
                    '-t', str(plan['seconds']), '--no-baseline']


def targets(plan):
    """What make has to build before that."""
    return ['bench-programs', *([] if paths.is_handout() else plan['models'])]


def own_processors(one):
    """The arguments by which all servers share one processor, and the load has another: where
    there are more, a server of several processes would have one for each, and other results."""
    usable = sorted(os.sched_getaffinity(0))
    if not one.measure.get('one_processor') or len(usable) < 2:
        return []
    return ['--server-cpus', str(usable[0]), '--client-cpus', str(usable[-1])]


OWN_PROCESSORS = """\
# All servers share the first processor, the load has the last one.
usable=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
first=${usable%%[-,]*} last=${usable##*[-,]} processors=
[ "$first" = "$last" ] || processors="--server-cpus $first --client-cpus $last"
"""


def hand_out(one, folder):
    """The command that measures, as a script beside the prediction."""
    plan, pinned = one.measure, one.measure.get('one_processor', False)
    words = ' '.join(f"'{word}'" if ' ' in word else word for word in words_of_run(one, plan))
    text = ('#!/bin/sh\n'
            '# Measures, and writes the folder results; one that is there already is put aside.\n'
            '# Words behind it are options of `lab-bench run`, such as --steal 100 on a busy\n'
            '# machine.\n'
            'set -e\n'
            'folder=$(cd "$(dirname "$0")" && pwd)\n'
            'cd "$folder/../../.."\n'
            f'make -s {" ".join(targets(plan))}\n'
            'if [ -e "$folder/results" ]; then\n'
            '    n=1\n'
            '    while [ -e "$folder/results.$n" ]; do n=$((n + 1)); done\n'
            '    mv "$folder/results" "$folder/results.$n"\n'
            '    echo "The results that were there are in results.$n now."\n'
            f'fi\n{OWN_PROCESSORS * pinned}'
            f'exec bench/lab-bench {words}{" $processors" * pinned} -o "$folder/results" "$@"\n')
    script = Path(folder) / 'measure'
    script.write_text(text, encoding='utf-8')
    script.chmod(0o755)


def measured(one, plan, into, seconds):
    """Runs lab-bench; the results, as texts (samples.tsv, run.txt)."""
    build.make(*targets(plan))
    words = [str(paths.ROOT / 'bench' / 'lab-bench'), *words_of_run(one, plan),
             *own_processors(one), '--no-report', '--steal', '100', '--retries', '0',
             '-o', str(into)]
    try:
        run = subprocess.run(words, cwd=paths.ROOT, capture_output=True, text=True, check=False,
                             timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise LabError(f'the grader\'s own run takes more than {seconds} s') from error
    if run.returncode != 0:
        raise LabError(f'the grader can not measure now:\n{run.stdout}{run.stderr}')
    return [(Path(into) / name).read_text(encoding='utf-8') for name in samples.FILES]


def live(one):
    """The results of a short run of the grader's own."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        table, facts = measured(one, one.measure['live'], Path(folder) / 'results',
                                RUN_SECONDS)
    return results_of(one, one.measure['live']['rounds'], table, facts)


def results_of(one, enough, table, facts):
    """The two files, read."""
    return samples.Results(one.measure['experiment'], one.measure['figure'], enough, table, facts)


# ---- prediction and measurement ----

def _explained(prediction, sections, results):
    """What is missing of the explanation of a prediction that was wrong."""
    heading = prediction['name']
    text = sections.get(heading.lower())
    wrong = document.wrong_of({'heading': heading, **EXPLANATION}, text, '')
    if not wrong and sum(other == text for other in sections.values()) > 1:
        wrong = 'the same text stands below another heading'
    if not wrong and not predictions.has_number(prediction, results, text):
        wrong = 'none of its numbers is one that was measured for this prediction'
    return wrong


def difference(one, folder, results):
    """The line on the prediction: each agrees, or is explained."""
    points = one.measure['points_of'][DIFFERENCE]
    try:
        values = predictions.parse(one, submission.text(folder, one.file))
    except LabError as error:
        return Line(DIFFERENCE, FAIL, points, str(error))
    try:
        sections = document.sections(submission.text(folder, one.document['file']))
    except LabError:
        sections = {}
    wrong, unclear = [], []
    for prediction in one.measure['predictions']:
        name, value = prediction['name'], values[prediction['name']]
        missing = '' if predictions.agrees(prediction, value, results) else \
            _explained(prediction, sections, results)
        if not missing:
            continue
        text = (f'{name}: predicted {predictions.shown(prediction, value)}, measured '
                f'{predictions.shown(prediction, predictions.seen(prediction, results))}. ')
        if reason := predictions.few(prediction, results):
            unclear.append(f'{text}That is not judged: {reason}. Measure again when the machine '
                           'has less to do')
        else:
            wrong.append(f'{text}Say why below a heading `# {name}` in {one.document["file"]}: '
                         f'{missing}')
    outcome = FAIL if wrong else NOT_JUDGED if unclear else PASS
    return Line(DIFFERENCE, outcome, points, '\n'.join(wrong + unclear))


# ---- the measurement ----

def taken(one, folder):
    """The results that were handed in; LabError: they are incomplete, or can't be so."""
    if (Path(folder) / 'results').is_symlink():
        raise LabError(f'results in {folder} is a link')
    table, facts = (submission.text(folder, f'results/{name}') for name in samples.FILES)
    plan = one.measure
    results = results_of(one, plan['least_rounds'], table, facts)
    others = [(prediction['figure'], point) for prediction in plan['predictions']
              if 'figure' in prediction for point in predictions.points_of(prediction)]
    results.want([model[3:] for model in plan['models']], plan['points'], plan['least_rounds'],
                 others)
    return results


def _clearly_above(above, below, figure, results, own):
    """Is one clearly above the other in the grader's own run, and not in the results? In all its
    samples; or in each of its rounds, if the ratios there are far from the one in the results."""
    if predictions.NO_DIFFERENCE * results.median(above, figure) >= results.median(below, figure):
        return False
    if min(own.values(above, figure)) > CLEAR * max(own.values(below, figure)):
        return True
    first, second = own.by_round(above, figure), own.by_round(below, figure)
    ratios = [first[one] / second[one] for one in first if second.get(one, 0) > 0]
    return bool(ratios) and min(ratios) > max(predictions.NO_DIFFERENCE,
                                              APART * results.ratio(above, below, figure))


def contradiction(one, results, own):
    """Where the results have another order than the grader's own run clearly has."""
    for prediction in one.measure['predictions']:
        if 'still' in prediction:
            known = {server for server, x in own.points if x == prediction['still']}
            seen, live_seen = (set(predictions.seen(prediction, one)) for one in (results, own))
            if known & seen != live_seen:
                return f'{prediction["name"]}: a run just now shows other servers'
        for a, b in itertools.permutations(predictions.points_of(prediction), 2):
            figure = prediction.get('figure')
            if _clearly_above(a, b, figure, results, own):
                return (f'{prediction["name"]}: {a[0]} at {a[1]} is clearly below {b[0]} at {b[1]} '
                        'in results, and clearly above in a run just now')
    return ''


def measurement(one, folder):
    """The line on the results, and the results; None: they are of no use."""
    points = one.measure['points_of'][MEASUREMENT]
    try:
        results = taken(one, folder)
    except LabError as error:
        return Line(MEASUREMENT, FAIL, points, str(error)), None
    try:
        wrong = contradiction(one, results, live(one))
        again = contradiction(one, results, live(one)) if wrong else ''
    except (LabError, statistics.StatisticsError) as error:
        return Line(MEASUREMENT, NOT_JUDGED, points, str(error)), results
    if wrong and again == wrong:
        return Line(MEASUREMENT, FAIL, points, again), None
    if wrong:
        return Line(MEASUREMENT, NOT_JUDGED, points, 'two runs of the grader differ: '
                    f'{wrong}. Check again when the machine is less busy'), results
    return Line(MEASUREMENT, PASS, points), results


def check(one, folder, student=None):
    """The verdict on a folder with a prediction, results and an explanation."""
    del student
    first, results = measurement(one, folder)
    if results is None:
        why = 'without a measurement it is not looked at'
        rest = [Line(DIFFERENCE, FAIL, one.measure['points_of'][DIFFERENCE], why)]
        rest += [Line(section['heading'], FAIL, section['points'], why)
                 for section in one.document['sections']]
        return Verdict(one, [first, *rest])
    starter = one.folder / 'starter' / one.document['file']
    rest = document.lines_of(one, folder, one.document['file'], starter)
    return Verdict(one, [first, difference(one, folder, results), *rest])


# ---- a model answer ----

EXPLAINED = ('A model answer that was made from the results themselves: the servers {names} were '
             'measured in the same rounds, so what disturbs one disturbs all of them, and only '
             'their order and their ratios are kept: {values}. What each of the models holds for '
             'a client, or does for each request, is described at the top of its source, and the '
             'chapter of the manual that the page names tells which of it grows with the number '
             'of clients.')


def solution_files(one):
    """{name: text}: results of a run made now, and a prediction that agrees with them."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        table, facts = measured(one, {**one.measure, 'rounds': one.measure['least_rounds']},
                                Path(folder) / 'results', MODEL_SECONDS)
    results = results_of(one, one.measure['least_rounds'], table, facts)
    lines = [f'{p["name"]}: {predictions.shown(p, predictions.seen(p, results))}'
             for p in one.measure['predictions']]
    names = ', '.join(f'`{model}`' for model in one.measure['models'])
    why = EXPLAINED.format(names=names, values='; '.join(lines))
    return {one.file: '\n'.join(lines) + '\n', 'results/samples.tsv': table,
            'results/run.txt': facts, one.document['file']: f'# Why\n\n{why}\n'}


def solution(one):
    """What a run just now shows, in the form of a prediction; None: a handout has none."""
    if paths.is_handout():
        return None
    return solution_files(one)[one.file]
