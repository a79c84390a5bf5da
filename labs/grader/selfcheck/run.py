"""What labs-check checks, and in which order: the exercises, and the grader itself."""
import functools

from ..base import exercise, paths
from ..base.errors import LabError
from .exercises import answers, design, handout, kinds, measure, races, solutions, texts
from .grading import ends, formats, grade, hostile, limits, safety, traces, trouble
from .report import Report, graded_again

DATA = {'build': kinds.build_data, 'find': kinds.find_data, 'observe': kinds.observe_data,
        'own': kinds.own_data, 'design': design.data, 'repair': design.repair_data,
        'measure': measure.data}


def exercise_data(one):
    """What needs no server to be run, of an exercise."""
    yield f'{one.name}: names', texts.pages(one)
    yield f'{one.name}: can be read in a handout', texts.readable(one)
    yield f'{one.name}: what is named is there', texts.gone(one) or texts.says_where(one)
    if solutions.is_changed_server(one):
        yield f'{one.name}: as new as its server', solutions.wrong(one)
    if one.document:
        yield f'{one.name}: lengths', texts.lengths(one)
    try:
        yield f'{one.name}: data', DATA[one.kind](one)
    except LabError as error:
        yield f'{one.name}: data', str(error)


def rest_of_data():
    """What needs no server to be run, of no exercise."""
    for name in ('README.md', 'conversations.md'):
        text = (paths.LABS / name).read_text(encoding='utf-8')
        yield f'labs/{name}: names', ', '.join(texts.wrong_names(text, paths.LABS))
    yield 'solutions that change a server', solutions.listed() or solutions.notices()
    yield 'the language of pages', texts.locales()
    yield 'words of a sentence', texts.words()
    yield 'headings of a document', texts.headings()
    yield 'escapes of a conversation', texts.typed()
    yield from formats.run(kinds.find_data)
    yield from grade.run()
    yield from handout.quick()
    yield from traces.run()
    yield from trouble.run()
    yield from limits.run()
    yield from safety.run()


WHOLE = {'build': kinds.build_whole, 'find': kinds.find_whole, 'observe': kinds.observe_whole,
         'own': kinds.own_whole, 'design': design.whole, 'repair': design.repair_whole,
         'measure': measure.whole}


def whole(report, chosen, is_all):
    """What needs servers. What measures the machine, and cheats that use it up, run alone."""
    jobs = [(one.name, functools.partial(WHOLE[one.kind], one)) for one in chosen]
    numbers = {one.number for one in chosen}
    measures = [job for job, one in zip(jobs, chosen) if one.kind == 'measure']
    report.side_by_side([job for job in jobs if job not in measures] +
                        races.jobs(numbers) + answers.jobs(numbers) +
                        ([('handout', handout.run), ('cheats', hostile.others),
                          ('signals', ends.run)] if is_all else []))
    report.alone(measures + ([('cheats', hostile.programs)] if is_all else []))


def run(is_quick, only=''):
    """Checks all exercises, or some by their numbers; the status of the command."""
    if paths.is_handout():
        raise LabError('labs-check needs the whole project, and this is a handout')
    chosen = [exercise.numbered(number) for number in only.split()] or \
        list(exercise.all_exercises().values())
    report = Report(is_quick)
    report.alone([(one.name, functools.partial(exercise_data, one)) for one in chosen])
    if not only:
        report.alone([('texts and formats', rest_of_data)])
    if is_quick and not only:
        report.side_by_side(hostile.quick())
    if not is_quick:
        whole(report, chosen, not only)
    if graded_again:
        print(f'labs-check: the machine was busy, graded again: {", ".join(graded_again)}')
    print(f'labs-check: {report.count} checks, {report.failed} failed')
    return 1 if report.failed else 0
