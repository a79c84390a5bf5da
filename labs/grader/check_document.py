"""Checks a document: headings, lengths, names that exist. The rest is the teacher's, by a rubric."""
import re

from . import names, submission
from .errors import LabError
from .verdict import FAIL, PASS, Line, Verdict, nothing


def sections(text):
    """{heading in lower case: what stands below it}, of the headings that begin with #."""
    found, heading, fenced = {}, None, False
    for line in text.splitlines():
        fenced ^= line.startswith('```')
        match = None if fenced else re.fullmatch(r'#{1,4}\s+(?:[\d.]+\s+)?(.+?)\s*#*', line)
        if match:
            heading = match.group(1).lower()
            found.setdefault(heading, [])
        elif heading is not None:
            found[heading].append(line)
    return {name: '\n'.join(lines) for name, lines in found.items()}


def words_of(text):
    """Words of prose and tables; a word twice in a row is one, so padding does not count."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text.lower())
    return [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]


def named_of(text, wanted):
    """Which of the wanted names stand in backquotes, alone or with something behind them."""
    quoted = re.findall(r'`([^`\n]+)`', text)
    return {name for name in wanted for one in quoted
            if re.match(re.escape(name) + r'(?![\w])', one)}


def _wrong(section, text, starter):
    if text is None:
        return f'there is no heading "{section["heading"]}"'
    count, most = len(words_of(text)), section.get('most', 1500)
    if set(words_of(text)) <= set(words_of(starter or '')):
        return 'it is as it was handed out'
    if not section['least'] <= count <= most:
        return f'it has {count} words; {section["least"]} to {most} are wanted'
    if len(set(words_of(text))) * 4 < count:
        return 'most of its words repeat'
    wanted = section.get('names', [])
    missing = sorted(set(wanted) - named_of(text, wanted))
    if len(wanted) - len(missing) < section.get('named', 0):
        return f'{section["named"]} of these have to be named, `so`; missing: {", ".join(missing)}'
    rows = sum(1 for line in text.splitlines() if re.match(r'\s*(\||\d+\.|-)\s*\S', line))
    if rows < section.get('rows', 0):
        return f'a table or list of {section["rows"]} lines is wanted; there are {rows}'
    unknown = sorted(set(names.unknown(text)))
    if unknown:
        return f'nothing in the project is called {", ".join(unknown)}'
    return ''


def check(exercise, folder, student=None):
    """The verdict on a document."""
    del student
    try:
        text = submission.text(folder, exercise.file)
    except LabError as error:
        return nothing(exercise, str(error))
    found, lines = sections(text), []
    path = exercise.folder / 'starter' / exercise.file
    starter = sections(path.read_text(encoding='utf-8')) if path.is_file() else {}
    for section in exercise.document['sections']:
        key = section['heading'].lower()
        wrong = _wrong(section, found.get(key), starter.get(key))
        lines.append(Line(section['heading'], FAIL if wrong else PASS, section['points'], wrong))
    rubric = exercise.document['rubric']
    points = sum(one['points'] for one in rubric)
    note = [f'Left to the teacher, {points} points more:']
    note += [f'  {one["points"]}  {one["text"]}' for one in rubric]
    return Verdict(exercise, lines, '\n'.join(note))
