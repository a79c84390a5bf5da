"""Functions as students write them, right ones and wrong ones: tests/labs/answers."""
import functools
import tempfile
from pathlib import Path

from ...base import csource, exercise, patches, paths
from ...base.verdict import FAIL, PASS
from ..report import graded

ANSWERS = paths.ROOT / 'tests' / 'labs' / 'answers'


def submission(one, answer):
    """The model solution with the functions of an answer in place of its own."""
    text = one.solution.read_text(encoding='utf-8')
    for name in csource.functions(answer):
        text = text.replace(csource.function(text, name), csource.function(answer, name))
    return text


def _verdict(one, text):
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return graded(one, folder, 1)


def _wrong(path):
    """What is not as the comment of an answer says; '' if nothing. A wrong answer fails those lines
    of an observer that it names, and says why; a right one passes all lines of the exercise."""
    one = exercise.numbered(str(int(path.parent.name[:2])))
    answer = path.read_text(encoding='utf-8')
    comment = answer.replace('\n * ', '\n')
    fails, says = (patches.header(comment, field) for field in ('Fails', 'Says'))
    names = tuple(filter(None, fails.split(', ')))
    if names:
        one = exercise.Exercise(one.folder)
        one.cases = [case for case in one.cases if 'observer' in case]
    lines = _verdict(one, submission(one, answer)).lines
    wrong = [f'{line.name}: {line.outcome}\n{line.message}' for line in lines
             if line.outcome != (FAIL if line.name.startswith(names) else PASS)]
    messages = '\n'.join(line.message for line in lines)
    if says not in messages:
        wrong.append(f'it does not say "{says}":\n{messages}')
    return '\n'.join(wrong)


def _one(path):
    yield f'{path.parent.name}: {path.stem}', _wrong(path)


def jobs(numbers):
    """The answers to these exercises, see Report.run of selfcheck/report.py."""
    return [(path.stem, functools.partial(_one, path)) for path in sorted(ANSWERS.glob('*/*.c'))
            if int(path.parent.name[:2]) in numbers]
