"""Are the exercises of these kinds in order: build, find, own, observe? Their data, and whether
starters earn nothing and solutions all."""
import re
import subprocess
import tempfile
from pathlib import Path

from ... import checks, formats, given
from ...base import paths
from ...base.verdict import FAIL, PASS, Verdict
from ...conversations import talk
from ...conversations.conversation import Conversation
from ...observe import live
from ...servers import build, variants
from ..report import graded
from . import texts

RUNS_ON_MISTAKE = 5
# of commands that are pasted as a block: the next one needs what this one begins in the background
NO_PAUSE = re.compile(r'^ {4}.* &\n(?= {4})(?! +(?:\w+=\$!\n +)?sleep )', re.M)
STUDENTS = 20  # whose pages of an observe exercise are looked at


# ---- data ----

def conformance_cases():
    """The cases of the suite: {name: models}."""
    run = subprocess.run([str(build.conformance()), '--list'], capture_output=True, text=True,
                         check=False)
    return {line.split()[0]: line for line in run.stdout.splitlines() if line}


def build_data(one):
    """Its functions and its cases exist, the starter compiles without a warning."""
    starter, cases, missing = given.starter(one), conformance_cases(), []
    for case in one.cases:
        if 'unit' in case:
            missing += {case['name']} - texts.unit_tests(case['unit'])
        elif 'observer' in case:
            missing += {case['name']} - texts.observations(case['observer'])
        elif 'conversation' in case:
            path = one.folder / 'cases' / case['conversation']
            Conversation(path.read_text(encoding='utf-8'))
        elif one.model_of(case).split('_')[1] not in cases.get(case['name'], ''):
            missing.append(case['name'])
    if missing:
        return f'no cases of this server: {missing}'
    for model in sorted({one.model_of(case) for case in one.cases
                         if not checks.build.is_unit(case)}):
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


def find_data(one):
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


def own_data(one):
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
    if one.continues and checks.own.before(one) is None:
        return f'there is no exercise {one.continues}'
    checks.own.command(checks.own.solution_files(one)['run'].decode('utf-8'))
    return what_is_taken(one)


def what_is_taken(one):
    """A large file to try the server with, where the page says, costs nothing."""
    files = checks.own.solution_files(one)
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name, text in {**files, 'files/big': bytes(10 ** 7), 'files/ok': b'1'}.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_bytes(text)
        taken = checks.own.program(folder)
    return '' if taken == files else f'{sorted(taken)} are taken, not {sorted(files)}'


def observe_data(one):
    """It has a scene, and a page for each student; a starter may need a run, see observe_whole."""
    if not one.answer_file:
        return 'exercise.json names no file'
    pages = {checks.observe.scene(one).task(one, student) for student in range(STUDENTS)}
    if len(pages) != STUDENTS:
        return f'{STUDENTS} students get {len(pages)} pages'
    return '\n'.join(sorted({line for page in pages for line in NO_PAUSE.findall(page)}))


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


def build_whole(one):
    """Every case fails on the starter, and passes on the reference."""
    text = one.solution.read_text(encoding='utf-8')
    yield f'{one.name}: starter fails', unlike(submitted(one, given.starter(one)), FAIL)
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


def find_whole(one):
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
    points = submitted(one, given.STARTER_OF_FIND).points
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


def own_whole(one):
    """The starter and the solution of the exercise before earn nothing, the model solution all."""
    earlier = checks.own.before(one)
    starter = {path.name: path.read_bytes() for path in checks.own.STARTER.iterdir()}
    yield f'{one.name}: starter fails', unlike(submitted_files(one, starter), FAIL)
    if earlier:
        verdict = submitted_files(one, checks.own.solution_files(earlier))
        yield f'{one.name}: the exercise before is not enough', \
            f'it has {verdict.points} points' if verdict.points else ''
    files = checks.own.solution_files(one)
    yield f'{one.name}: solution passes', unlike(submitted_files(one, files), PASS)
    if one.number == IN_PLACE[0]:
        files['upload.c'] = files['upload.c'].replace(*IN_PLACE[1:3])
        outcomes = [line.outcome for line in submitted_files(one, files).lines]
        yield f'{one.name}: in place', '' if outcomes == [PASS, FAIL] else f'it has {outcomes}'
    if not earlier:
        points = [line for line in NO_COMMANDS
                  if submitted_files(one, {**files, 'run': line.encode()}).points]
        yield f'{one.name}: no command', f'points for {points}' if points else ''


def observe_whole(one):
    """The model answer has full marks, the starter none, a neighbour's answer not all of them."""
    if one.needs_strace and live.no_strace():
        yield one.name, f'SKIPPED: {live.no_strace()}'
        return
    answers = {student: checks.observe.solution(one, student) for student in (1, 2)}
    for student, text in answers.items():
        verdict = submitted(one, text, student)
        yield f'{one.name}: the answer of student {student}', unlike(verdict, PASS) or \
            ('' if verdict.points == verdict.of else f'it has {verdict.points} points')
    points = submitted(one, checks.observe.starter(one, 1)).points
    yield f'{one.name}: starter fails', f'it has {points} points' if points else ''
    if answers[1] != answers[2]:
        points = submitted(one, answers[2], 1).points
        yield f'{one.name}: an answer of another student', \
            'it has full marks' if points == one.full_points else ''
