"""Is a handout in order? It gives nothing away, its servers run, exercises can be done in it."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ... import handout
from ...base import csource, exercise, paths
from ...conversations import talk
from ...conversations.conversation import Conversation
from ...servers import machine

STEP_SECONDS = 10.0
ANSWERED = ('13', '15', '19', '22', '24', '28')  # build exercises whose model answers are tried
TEST_SUFFIXES = ('.c', '.h', '.json', '.py', '.mk', '.md')

SCENE = '''\
cause: no server may end when a function is called
file song 100K
a connects
a expects HELLO 1 ...
a sends C ann
a expects OK 0
a sends S is anybody here?
a expects OK 0
a sends G song
a expects OK 102400
a expects-body song
'''
SECOND_CLIENT = '''\
b connects
b expects HELLO 1 ...
b sends C bob
b expects OK 0
a expects * JOIN bob
b sends S hello
b expects OK 0
a expects * SAY bob hello
'''


OTHERS = [('x86_64 glibc 2.36', '', False), ('x86_64 glibc 2.9', '', False),
          ('x86_64 glibc 2.41', 'this machine has glibc 2.36, which is older', False),
          ('aarch64 glibc 2.36', 'for aarch64 processors', True),
          ('x86_64 another C library', 'this machine has glibc 2.36', True)]


def quick():
    """Needs no handout."""
    found = [(said, *machine.misfit(made, 'x86_64 glibc 2.36')) for made, said, _ in OTHERS]
    wrong = [why or said for (said, why, certain), (_, _, wanted) in zip(found, OTHERS)
             if said not in why or bool(said) != bool(why) or certain != wanted]
    yield 'handout: for which machine', '\n'.join(wrong)


def run():
    """A handout has no names of mutants and no solutions; in it exercises can be done."""
    with tempfile.TemporaryDirectory(prefix='labs handout ') as folder:
        tree = Path(folder) / 'a tree'
        made = _make(paths.ROOT, 'handout', f'INTO={tree}')
        yield 'handout: all exercises', made
        if made:
            return
        yield 'handout: no names, no solutions', ', '.join(_names(tree)[:10])
        yield 'handout: no links to what is left out', '\n'.join(_dead_links(tree))
        yield 'handout: no answers but those that it names', _answers(tree)
        yield 'handout: make builds servers that run', _serve(tree)
        yield 'handout: servers that a scene names run', _scenes(tree)
        yield 'handout: another machine is told', _machine(tree)
        yield 'handout: exercise 7 is handed out and done', _do_one(tree)
        yield 'handout: make solution and make check say that there are no solutions', _none(tree)
        yield 'handout: model answers pass, though functions beside them are empty', _build(tree)
        yield 'handout: a server can be built to be tried', _try(tree)
        yield 'handout: another student number, another server', _draw(tree)
    yield 'handout: one exercise, and functions of others are empty', _of_one()


def _output(tree, *words):
    """How make ended, and what it printed."""
    made = subprocess.run(['make', '-s', '-C', str(tree), *words], capture_output=True, text=True,
                          check=False)
    return made.returncode, made.stdout + made.stderr


def _make(tree, *words):
    status, text = _output(tree, *words)
    return text if status else ''


def _names(tree):
    """Names of mutants, and solutions."""
    mutants = {path.stem for path in paths.MUTANTS.glob('*.patch')}
    found = []
    for path in tree.rglob('*'):
        if path.is_file() and path.suffix in TEST_SUFFIXES:
            text = path.read_text(encoding='utf-8')
            words = set(re.findall(r'\b(?:0\d|core|client|bench)-[a-z0-9-]+', text))
            found += [f'{path.relative_to(tree)}: {word}' for word in words & mutants]
    return found + [str(path) for path in tree.rglob('solution')]


def _dead_links(tree):
    for path in sorted(tree.rglob('*.md')):
        for link in re.findall(r'\]\(([^)#\s]+)', path.read_text(encoding='utf-8')):
            if '://' not in link and not (path.parent / link).exists():
                yield f'{path.relative_to(tree)}: {link}'


def _is_answer(path, one):
    """Has this source functions that a build exercise asks for?"""
    text = path.read_text(encoding='utf-8')
    return not all(f'LAB_TODO("{name}")' in csource.function(text, name) for name in one.holes)


def _answers(tree):
    """Sources that answer a build exercise are in the servers of those exercises that make handout
    names, and nowhere else; and there they have the mistake."""
    found, named = set(), set()
    for one in exercise.all_exercises().values():
        named |= {(one.name, other) for other in handout.shows(one)}
        for path in tree.rglob(Path(one.source).name) if one.holes else []:
            name = path.relative_to(tree)
            if str(name).endswith(one.source) and _is_answer(path, one):
                found.add((name.parts[1], one.number))
    return '' if found == named else f'{sorted(found ^ named)}: an answer, or none'


def _runs(program, text):
    play = talk.Run(Conversation(text), program, STEP_SECONDS)
    return '' if play.run() else f'{program.name}: {play.failure}'


def _serve(tree):
    """A chat and a file, of all six; the tree's own, not those of the grader."""
    if wrong := _make(tree, 'servers'):
        return wrong
    programs = sorted(tree.glob('0*_*/*-server'))
    if len(programs) != 6:
        return f'there are {len(programs)} servers'
    wrong = [_runs(path, SCENE + ('' if '01_loop' in str(path) else SECOND_CLIENT))
             for path in programs]
    return '\n'.join(filter(None, wrong))


def _scenes(tree):
    """Those of the first exercises, as the student's own pages name them."""
    for number in ('1', '2', '10'):
        if wrong := _make(tree, 'lab', f'N={number}'):
            return wrong
        page = tree / 'labs' / 'answers' / exercise.numbered(number).name / 'task.md'
        named = set(re.findall(r'\b0\d_\w+/\w+-server\b', page.read_text(encoding='utf-8')))
        wrong = [_runs(tree / name, SCENE) for name in named]
        if any(wrong) or not named:
            return '\n'.join(filter(None, wrong)) or f'task {number} names no server'
    return ''


def _machine(tree):
    """One for another processor is refused, by make too, before it compiles; one for a newer C
    library is not."""
    file = tree / 'labs' / 'reference' / 'machine'
    text = file.read_text(encoding='utf-8')
    for made in ('no_such_processor glibc 2.36', f'{text.split()[0]} glibc 999.1', text):
        file.write_text(made, encoding='utf-8')
        for words in (('lab', 'N=8'), ('servers', 'OPT=-O1')):
            status, said = _output(tree, *words)
            fine = {'no_such_processor': status and 'for no_such_processor processors' in said and
                    'ask your teacher' in said and '  CC ' not in said,
                    text.split()[0]: not status and ('which is older' in said) == (made != text)}
            if not fine[made.split()[0]]:
                return f'{made}, make {words}: {status}, {said}'
    return ''


def _do_one(tree):
    wrong = _make(tree, 'lab', 'N=7')
    if wrong:
        return wrong
    one = exercise.numbered('7')
    shutil.copy(one.folder / 'solution' / one.variants[0]['solution'],
                tree / 'labs' / 'answers' / one.name / one.file)
    return _make(tree, 'check', 'N=7')


def _none(tree):
    """The same before full marks and after them."""
    for number in ('7', '9'):
        text = _output(tree, 'solution', f'N={number}')[1]
        if 'has no solutions' not in text or 'give up' in text:
            return text
    text = _output(tree, 'check', 'N=7')[1]
    return text if 'make solution' in text or 'Full marks.' not in text else ''


def _build(tree):
    for number in ANSWERED:
        one = exercise.numbered(number)
        if wrong := _make(tree, 'lab', f'N={number}'):
            return wrong
        shutil.copy(one.solution, tree / 'labs' / 'answers' / one.name / one.file)
        if wrong := _make(tree, 'check', f'N={number}'):
            return wrong
    return ''


def _try(tree):
    """Below a path with a blank: of a server, of a source of core/, and of a model of one's own."""
    for number in ('24', '28', '30', '32'):
        one = exercise.numbered(number)
        wrong = _make(tree, 'lab', f'N={number}') or _make(tree, 'try', f'N={number}')
        if wrong or not (tree / 'labs' / 'answers' / one.name / 'mine').is_file():
            return wrong or f'{one.name}: there is no program'
    return ''


def _draw(tree):
    """Each builds as the student has it, also where functions are empty."""
    one = exercise.numbered('21')
    folder = tree / 'labs' / 'answers' / one.name
    for student in range(1, len(one.variants) + 1):
        shutil.rmtree(tree / 'labs' / 'answers', ignore_errors=True)
        if wrong := _make(tree, 'lab', f'N={one.number}', f'STUDENT={student}'):
            return wrong
        models = [path.name for path in (folder / 'server').glob('0*_*')]
        if models != [one.variant(student)['model']]:
            return f'student {student} has {models}'
        for words in (['lab', 'N=21'], ['check', 'N=21'], ['lab', 'N=9']):
            said = _make(tree, *words, f'STUDENT={student + 1}')
            if f'you are student {student}, and have exercise 21' not in said:
                return f'a second number, {words}: {said or "it is taken"}'
    wrong = _make(folder / 'server') or _runs(folder / 'server' / 'server', SCENE)
    return wrong or _make(tree, 'lab', 'N=9')


def _goes_on(tree):
    """A week's handout has only its own exercises; in the student's folder there are the answers to
    those of last week, and the number."""
    answers = tree / 'labs' / 'answers'
    (answers / '06-lines').mkdir(parents=True)
    (answers / 'student').write_text('17\n', encoding='utf-8')
    for name, text in (('run', 'python3 mine.py {port} {dir}\n'), ('mine.py', 'mine\n')):
        (answers / '06-lines' / name).write_text(text, encoding='utf-8')
    text = _output(tree, 'lab', 'N=12')[1]
    copied = sorted(path.name for path in (answers / '12-homework-server').glob('*'))
    return '' if copied == ['README.md', 'mine.py', 'run'] and 'No STUDENT=' not in text else \
        f'{copied}\n{text}'


def _hints(tree):
    """There are as many as HINTS= said, in both languages."""
    for tongue in ('', 'zh_CN.UTF-8'):
        said = [_output(tree, 'hint', 'N=8', f'LC_ALL={tongue}')[1] for _ in range(2)]
        if not all('Hint 1 of 1;' in text and '\n2. ' not in text for text in said):
            return '\n'.join(said)
    for path in tree.glob('labs/08-*/hints*.md'):
        path.write_text('', encoding='utf-8')  # as with HINTS=0
    text = _output(tree, 'hint', 'N=8')[1]
    return '' if 'this handout has no hints' in text else text


def _of_one():
    """Of a document, which needs no server at all: it is a handout all the same. And of a server
    that goes on from an exercise that is not in it. It has one hint for each."""
    with tempfile.TemporaryDirectory(prefix='labs handout ') as folder:
        tree = Path(folder) / 'a tree'
        if wrong := _make(paths.ROOT, 'handout', f'INTO={tree}', 'ONLY=8 12', 'HINTS=1'):
            return wrong
        wrong = list(_dead_links(tree)) + list(filter(None, [_goes_on(tree), _hints(tree)]))
        wrong += [one.name for one in exercise.all_exercises().values()
                  if one.holes and _is_answer(tree / one.source, one)]
        text = _output(tree, 'solution', 'N=8')[1]
        return '\n'.join(wrong) or ('' if 'has no solutions' in text else text)
