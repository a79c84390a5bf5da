"""Are the exercises in order? Starters, solutions, names in texts, the grader itself."""
import functools
import re
import subprocess
import tempfile
from pathlib import Path

from . import build, check_build, check_observe, check_own, cli, exercise
from . import formats, hostile, paths, selfcheck_answers, selfcheck_design
from . import selfcheck_ends, selfcheck_formats, selfcheck_grade, selfcheck_handout
from . import selfcheck_limits, selfcheck_measure, selfcheck_races, selfcheck_safety
from . import selfcheck_solutions, selfcheck_texts, selfcheck_traces, selfcheck_trouble, talk
from . import variants
from .conversation import Conversation
from .observe import live
from .errors import LabError
from .selfcheck_run import Report, graded, graded_again
from .verdict import FAIL, PASS, Verdict

RUNS_ON_MISTAKE = 5
# of commands that are pasted as a block: the next one needs what this one begins in the background
NO_PAUSE = re.compile(r'^ {4}.* &\n(?= {4})(?! +(?:\w+=\$!\n +)?sleep )', re.M)
STUDENTS = 20  # whose pages of an observe exercise are looked at


# ---- quick ----

def conformance_cases():
    """The cases of the suite: {name: models}."""
    run = subprocess.run([str(build.conformance()), '--list'], capture_output=True, text=True,
                         check=False)
    return {line.split()[0]: line for line in run.stdout.splitlines() if line}


def check_build_data(one):
    """Its functions and its cases exist, the starter compiles without a warning."""
    starter, cases, missing = cli.starter(one), conformance_cases(), []
    for case in one.cases:
        if 'unit' in case:
            missing += {case['name']} - selfcheck_texts.unit_tests(case['unit'])
        elif 'observer' in case:
            missing += {case['name']} - selfcheck_texts.observations(case['observer'])
        elif 'conversation' in case:
            path = one.folder / 'cases' / case['conversation']
            Conversation(path.read_text(encoding='utf-8'))
        elif one.model_of(case).split('_')[1] not in cases.get(case['name'], ''):
            missing.append(case['name'])
    if missing:
        return f'no cases of this server: {missing}'
    for model in sorted({one.model_of(case) for case in one.cases
                         if not check_build.is_unit(case)}):
        if wrong := starter_compiles(one, model, starter):
            return wrong
    return ''


def starter_compiles(one, model, starter):
    """Without a warning, as a part of this server."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        Path(folder, 'stage').mkdir()
        Path(folder, 'out').mkdir()
        Path(folder).chmod(0o755)
        Path(folder, 'out').chmod(0o777)
        result = build.student(Path(folder, 'stage'), model, one.source, starter.encode(),
                               Path(folder, 'out'))
    return '' if result.status == 0 and not result.output.strip() else \
        f'the starter compiles with {result.status}:\n{result.output}'


def check_find_data(one):
    """Its mutants fit, their names are not handed out, its conversations can be read."""
    for variant in one.variants:
        Conversation((one.folder / 'solution' / variant['solution']).read_text(encoding='utf-8'))
        with tempfile.TemporaryDirectory(prefix='labs-') as folder:
            variants.write_sources(variant, folder)
            for path in Path(folder).rglob('*.[ch]'):
                if '[mutant' in path.read_text(encoding='utf-8') or variant['mutant'] in path.name:
                    return f'{path.name} names mutants'
            changed = variants.changed(variant)
            if not set(changed) <= set(build.sources(variant['model'])) | \
                    {name for name in changed if name.endswith('.h')}:
                return f'{variant["mutant"]} is no mutant of {variant["model"]}'
    return ''


def check_own_data(one):
    """Its stages exist, its model solution is a program."""
    source = (paths.ROOT / 'tests/conformance/ladder_stages.c').read_text(encoding='utf-8')
    stages = re.findall(r'^    \{"([^"]+)",\s*((?:"[^"]*"\s*)+)\}', source, re.M)
    for case in one.cases:
        title, cases = stages[case['stage'] - 1]
        known = set(re.findall(r'\w+', cases))
        parts = [other['cases'] for other in one.cases
                 if other['stage'] == case['stage'] and 'cases' in other]
        name = case['name'].partition(', ')[0] if 'cases' in case else case['name']
        if name != f'stage {case["stage"]} {title}':
            return f'there is no {case["name"]}'
        if parts and (sorted(sum(parts, [])) != sorted(known) or one.greets):
            return f'the parts of stage {case["stage"]} do not have each of its cases once'
    if one.continues and check_own.before(one) is None:
        return f'there is no exercise {one.continues}'
    check_own.command(check_own.solution_files(one)['run'].decode('utf-8'))
    return what_is_taken(one)


def what_is_taken(one):
    """A large file to try the server with, where the page says, costs nothing."""
    files = check_own.solution_files(one)
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name, text in {**files, 'files/big': bytes(10 ** 7), 'files/ok': b'1'}.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_bytes(text)
        taken = check_own.program(folder)
    return '' if taken == files else f'{sorted(taken)} are taken, not {sorted(files)}'


def check_observe_data(one):
    """It has a scene, and a page for each student; a starter may need a run, see whole_observe."""
    if not one.answer_file:
        return 'exercise.json names no file'
    pages = {check_observe.scene(one).task(one, student) for student in range(STUDENTS)}
    if len(pages) != STUDENTS:
        return f'{STUDENTS} students get {len(pages)} pages'
    return '\n'.join(sorted({line for page in pages for line in NO_PAUSE.findall(page)}))


DATA = {'build': check_build_data, 'find': check_find_data, 'observe': check_observe_data,
        'own': check_own_data, 'design': selfcheck_design.data,
        'repair': selfcheck_design.repair_data, 'measure': selfcheck_measure.data}


def exercise_data(one):
    """What needs no server to be run, of an exercise."""
    yield f'{one.name}: names', selfcheck_texts.pages(one)
    yield f'{one.name}: can be read in a handout', selfcheck_texts.readable(one)
    yield f'{one.name}: what is named is there', selfcheck_texts.gone(one) or \
        selfcheck_texts.says_where(one)
    if selfcheck_solutions.is_changed_server(one):
        yield f'{one.name}: as new as its server', selfcheck_solutions.wrong(one)
    if one.document:
        yield f'{one.name}: lengths', selfcheck_texts.lengths(one)
    try:
        yield f'{one.name}: data', DATA[one.kind](one)
    except LabError as error:
        yield f'{one.name}: data', str(error)


def rest_of_data():
    """What needs no server to be run, of no exercise."""
    for name in ('README.md', 'conversations.md'):
        text = (paths.LABS / name).read_text(encoding='utf-8')
        yield f'labs/{name}: names', ', '.join(selfcheck_texts.wrong_names(text, paths.LABS))
    yield 'solutions that change a server', \
        selfcheck_solutions.listed() or selfcheck_solutions.notices()
    yield 'the language of pages', selfcheck_texts.locales()
    yield 'words of a sentence', selfcheck_texts.words()
    yield 'headings of a document', selfcheck_texts.headings()
    yield 'escapes of a conversation', selfcheck_texts.typed()
    yield from selfcheck_formats.run(check_find_data)
    yield from selfcheck_grade.run()
    yield from selfcheck_handout.quick()
    yield from selfcheck_traces.run()
    yield from selfcheck_trouble.run()
    yield from selfcheck_limits.run()
    yield from selfcheck_safety.run()


# ---- whole ----

def submitted(one, text, student=1):
    """The verdict on a text, handed in."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return graded(one, folder, student)


def unlike(verdict: Verdict, outcome):
    """The lines that came out otherwise."""
    return '\n'.join(f'{line.name}: {line.outcome}\n{line.message}' for line in verdict.lines
                     if line.outcome != outcome)


def whole_build(one):
    """Every case fails on the starter, and passes on the reference."""
    text = one.solution.read_text(encoding='utf-8')
    yield f'{one.name}: starter fails', unlike(submitted(one, cli.starter(one)), FAIL)
    yield f'{one.name}: reference passes', unlike(submitted(one, text), PASS)
    message = submitted(one, text + '\n}').lines[0].message
    yield f'{one.name}: a syntax error', '' if 'error:' in message else f'it is shown so: {message}'
    for mutant, text in variants.of_functions(one).items():
        verdict = submitted(one, text)
        missed = verdict.points == verdict.of or not verdict.judged
        yield f'{one.name}: {mutant} fails', formats.lines(verdict) if missed else ''


def student_of(one, index):
    """A student number that draws this variant."""
    return (index - one.number) % len(one.variants)


def whole_find(one):
    """The model conversation tells every mutant from the reference, again and again."""
    for index, variant in enumerate(one.variants):
        path = one.folder / 'solution' / variant['solution']
        text = path.read_text(encoding='utf-8')
        name = f'{one.name}: {variant["mutant"]} {variant["model"]}'
        yield name, unlike(submitted(one, text, student_of(one, index)), PASS)
        program = variants.program(one, variant)
        missed = sum(talk.Run(Conversation(text), program, 2.0).run()
                     for _ in range(RUNS_ON_MISTAKE))
        yield f'{name}, {RUNS_ON_MISTAKE} times more', f'missed {missed} times' if missed else ''
    points = submitted(one, cli.STARTER_OF_FIND).points
    yield f'{one.name}: starter fails', f'it has {points} points' if points else ''


def submitted_files(one, files):
    """The verdict on a program of several files."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name, text in files.items():
            (Path(folder) / name).write_bytes(text)
        return graded(one, folder, 1)


NO_COMMANDS = ['', './server {port}', './server {port} {dir}\n./server {port} {dir}',
               "./server '{port} {dir}", './server {port} {dir} {options}', '/no/such {port} {dir}']


# the exercise, and what makes of its solution a server that writes under the file's own name
IN_PLACE = (5, b'".upload-%ld", (long)getpid()', b'"%s", name')


def whole_own(one):
    """The starter and the solution of the exercise before earn nothing, the model solution all."""
    earlier = check_own.before(one)
    starter = {path.name: path.read_bytes() for path in check_own.STARTER.iterdir()}
    yield f'{one.name}: starter fails', unlike(submitted_files(one, starter), FAIL)
    if earlier:
        verdict = submitted_files(one, check_own.solution_files(earlier))
        yield f'{one.name}: the exercise before is not enough', \
            f'it has {verdict.points} points' if verdict.points else ''
    files = check_own.solution_files(one)
    yield f'{one.name}: solution passes', unlike(submitted_files(one, files), PASS)
    if one.number == IN_PLACE[0]:
        files['upload.c'] = files['upload.c'].replace(*IN_PLACE[1:3])
        outcomes = [line.outcome for line in submitted_files(one, files).lines]
        yield f'{one.name}: in place', '' if outcomes == [PASS, FAIL] else f'it has {outcomes}'
    if not earlier:
        points = [line for line in NO_COMMANDS
                  if submitted_files(one, {**files, 'run': line.encode()}).points]
        yield f'{one.name}: no command', f'points for {points}' if points else ''


def whole_observe(one):
    """The model answer has full marks, the starter none, a neighbour's answer not all of them."""
    if one.needs_strace and live.no_strace():
        yield one.name, f'SKIPPED: {live.no_strace()}'
        return
    answers = {student: check_observe.solution(one, student) for student in (1, 2)}
    for student, text in answers.items():
        verdict = submitted(one, text, student)
        yield f'{one.name}: the answer of student {student}', unlike(verdict, PASS) or \
            ('' if verdict.points == verdict.of else f'it has {verdict.points} points')
    points = submitted(one, check_observe.starter(one, 1)).points
    yield f'{one.name}: starter fails', f'it has {points} points' if points else ''
    if answers[1] != answers[2]:
        points = submitted(one, answers[2], 1).points
        yield f'{one.name}: an answer of another student', \
            'it has full marks' if points == one.full_points else ''


WHOLE = {'build': whole_build, 'find': whole_find, 'observe': whole_observe, 'own': whole_own,
         'design': selfcheck_design.whole, 'repair': selfcheck_design.repair_whole,
         'measure': selfcheck_measure.whole}


def whole(report, chosen, is_all):
    """What needs servers. What measures the machine, and cheats that use it up, run alone."""
    jobs = [(one.name, functools.partial(WHOLE[one.kind], one)) for one in chosen]
    numbers = {one.number for one in chosen}
    measure = [job for job, one in zip(jobs, chosen) if one.kind == 'measure']
    report.side_by_side([job for job in jobs if job not in measure] +
                        selfcheck_races.jobs(numbers) + selfcheck_answers.jobs(numbers) +
                        ([('handout', selfcheck_handout.run), ('cheats', hostile.others),
                          ('signals', selfcheck_ends.run)] if is_all else []))
    report.alone(measure + ([('cheats', hostile.programs)] if is_all else []))


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
