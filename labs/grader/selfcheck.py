"""Are the exercises in order? Starters, solutions, names in texts, the grader itself."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import build, check, check_observe, check_own, cli, exercise, hostile
from . import patches, paths, selfcheck_design, selfcheck_formats, selfcheck_measure
from . import selfcheck_races, selfcheck_texts, talk, variants
from .conversation import Conversation
from .observe import live
from .errors import LabError
from .verdict import FAIL, PASS, Verdict

RUNS_ON_MISTAKE = 5
STUDENTS = 20  # whose pages of an observe exercise are looked at


# ---- quick ----

def conformance_cases():
    """The cases of the suite: {name: models}."""
    run = subprocess.run([str(build.conformance()), '--list'], capture_output=True, text=True,
                         check=False)
    return {line.split()[0]: line for line in run.stdout.splitlines() if line}


def unit_tests(unit):
    """The names of the tests in the table of a unit test, and in tables that several share."""
    found = set()
    for path in (paths.ROOT / 'tests' / 'unit').glob('*.[ch]'):
        if path.name == f'test_{unit}.c' or not path.name.startswith('test_'):
            found |= set(re.findall(r'UNIT\((\w+)\)', path.read_text(encoding='utf-8')))
    return found


def check_build_data(one):
    """Its functions and its cases exist, the starter compiles without a warning."""
    starter, cases, missing = cli.starter(one), conformance_cases(), []
    for case in one.cases:
        if 'unit' in case:
            missing += [] if case['name'] in unit_tests(case['unit']) else [case['name']]
        elif 'conversation' in case:
            path = one.folder / 'cases' / case['conversation']
            Conversation(path.read_text(encoding='utf-8'))
        elif one.model_of(case).split('_')[1] not in cases.get(case['name'], ''):
            missing.append(case['name'])
    if missing:
        return f'no cases of this server: {missing}'
    for model in sorted({one.model_of(case) for case in one.cases if 'unit' not in case}):
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
            changed = patches.apply(variants.patch_text(variant),
                                    lambda name: (paths.ROOT / name).read_text(encoding='utf-8'))
            if not set(changed) <= set(build.sources(variant['model'])) | \
                    {name for name in changed if name.endswith('.h')}:
                return f'{variant["mutant"]} is no mutant of {variant["model"]}'
    return ''


def check_own_data(one):
    """Its stages exist, its model solution is a program."""
    source = (paths.ROOT / 'tests/conformance/ladder_stages.c').read_text(encoding='utf-8')
    titles = re.findall(r'^    \{"([^"]+)"', source, re.M)
    for case in one.cases:
        if case['name'] != f'stage {case["stage"]} {titles[case["stage"] - 1]}':
            return f'there is no {case["name"]}'
    if one.continues and check_own.before(one) is None:
        return f'there is no exercise {one.continues}'
    check_own.command(check_own.solution_files(one)['run'].decode('utf-8'))
    return ''


def check_observe_data(one):
    """It has a scene, and a page for each student; a starter may need a run, see whole_observe."""
    if not one.answer_file:
        return 'exercise.json names no file'
    pages = {check_observe.scene(one).task(one, student) for student in range(STUDENTS)}
    return '' if len(pages) == STUDENTS else f'{STUDENTS} students get {len(pages)} pages'


DATA = {'build': check_build_data, 'find': check_find_data, 'observe': check_observe_data,
        'own': check_own_data, 'design': selfcheck_design.data,
        'repair': selfcheck_design.repair_data, 'measure': selfcheck_measure.data}


def quick():
    """What needs no server to be run."""
    for one in exercise.all_exercises().values():
        yield f'{one.name}: names', selfcheck_texts.pages(one)
        try:
            yield f'{one.name}: data', DATA[one.kind](one)
        except LabError as error:
            yield f'{one.name}: data', str(error)
    for name in ('README.md', 'conversations.md'):
        text = (paths.LABS / name).read_text(encoding='utf-8')
        yield f'labs/{name}: names', ', '.join(selfcheck_texts.wrong_names(text, paths.LABS))
    yield 'the language of pages', selfcheck_texts.locales()
    yield 'words of a sentence', selfcheck_texts.words()
    yield from selfcheck_formats.run(check_find_data)


# ---- whole ----

def submitted(one, text, student=1):
    """The verdict on a text, handed in."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return check.check(one, folder, student)


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
        return check.check(one, folder, 1)


NO_COMMANDS = ['', './server {port}', './server {port} {dir}\n./server {port} {dir}',
               "./server '{port} {dir}", './server {port} {dir} {options}', '/no/such {port} {dir}']


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


def whole_handout():
    """A handout has no names of mutants and no solutions; in it an exercise can be done."""
    with tempfile.TemporaryDirectory(prefix='labs handout ') as folder:
        tree = Path(folder) / 'a tree'
        made = _make(paths.ROOT, 'handout', f'INTO={tree}')
        yield 'handout: all exercises', made
        if made:
            return
        mutants = {path.stem for path in paths.MUTANTS.glob('*.patch')}
        found = []
        for path in tree.rglob('*'):
            if path.is_file() and path.suffix in ('.c', '.h', '.json', '.py', '.mk', '.md'):
                text = path.read_text(encoding='utf-8')
                words = set(re.findall(r'\b(?:0\d|core|client|bench)-[a-z0-9-]+', text))
                found += [f'{path.relative_to(tree)}: {word}' for word in words & mutants]
        found += [str(path) for path in tree.rglob('solution')]
        yield 'handout: no names, no solutions', ', '.join(found[:10])
        yield 'handout: exercise 7 is handed out and done', _do_one(tree)
        yield 'handout: another student number, another server', _draw(tree)


def _make(tree, *words):
    run = subprocess.run(['make', '-s', '-C', str(tree), *words], capture_output=True, text=True,
                         check=False)
    return run.stdout + run.stderr if run.returncode != 0 else ''


def _do_one(tree):
    wrong = _make(tree, 'lab', 'N=7')
    if wrong:
        return wrong
    one = exercise.numbered('7')
    shutil.copy(one.folder / 'solution' / one.variants[0]['solution'],
                tree / 'labs' / 'answers' / one.name / one.file)
    return _make(tree, 'check', 'N=7')


def _draw(tree):
    one = exercise.numbered('21')
    for student in range(1, len(one.variants) + 1):
        if wrong := _make(tree, 'lab', f'N={one.number}', f'STUDENT={student}'):
            return wrong
        server = tree / 'labs' / 'answers' / one.name / 'server'
        models = [path.name for path in server.glob('0*_*')]
        if models != [one.variant(student)['model']]:
            return f'student {student} has {models}'
    return ''


WHOLE = {'build': whole_build, 'find': whole_find, 'observe': whole_observe, 'own': whole_own,
         'design': selfcheck_design.whole, 'repair': selfcheck_design.repair_whole,
         'measure': selfcheck_measure.whole}


def whole():
    """Everything."""
    yield from quick()
    for one in exercise.all_exercises().values():
        yield from WHOLE[one.kind](one)
    yield from whole_handout()
    yield from selfcheck_races.run()
    yield from hostile.run()


def run(is_quick):
    """Prints a line for each check; the status of the command."""
    if paths.is_handout():
        raise LabError('labs-check needs the whole project, and this is a handout')
    count = failed = 0
    for name, wrong in quick() if is_quick else whole():
        count += 1
        if wrong.startswith('SKIPPED'):
            print(f'  {name}: {wrong}')
        elif wrong:
            failed += 1
            print(f'--- FAILED {name}\n{wrong}', flush=True)
        elif not is_quick:
            print(f'  ok  {name}', flush=True)
    print(f'labs-check: {count} checks, {failed} failed')
    return 1 if failed else 0
