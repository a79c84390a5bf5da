"""Checks a document: headings, lengths, names that exist. The rest is left to the teacher."""
import re

from . import language, names, submission
from .errors import LabError
from .verdict import FAIL, PASS, Line, Verdict


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
    words = language.words(text.lower())
    return [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]


def named_of(text, wanted):
    """Which of the wanted names stand in backquotes, alone or with something behind them."""
    quoted = re.findall(r'`([^`\n]+)`', text)
    return {name for name in wanted for one in quoted
            if re.match(re.escape(name) + r'(?![\w])', one)}


def wrong_of(section, text, starter):
    """What is wrong with the text below a heading; nothing: it is in order."""
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
    unknown = sorted(set(names.unknown_of_project(text)))
    if unknown:
        return f'nothing in the project is called {", ".join(unknown)}'
    return ''


def lines_of(exercise, folder, name, starter):
    """The lines of a document's sections. starter: the path of what was handed out."""
    found, missing = {}, ''
    try:
        found = sections(submission.text(folder, name))
    except LabError as error:
        missing = str(error)
    given = sections(starter.read_text(encoding='utf-8')) if starter.is_file() else {}
    lines = []
    for section in exercise.document['sections']:
        key = section['heading'].lower()
        wrong = missing or wrong_of(section, found.get(key), given.get(key))
        lines.append(Line(section['heading'], FAIL if wrong else PASS, section['points'], wrong))
    return lines


def rubric(exercise):
    """What only the teacher can judge, with the points for it."""
    points = sum(one['points'] for one in exercise.document['rubric'])
    return '\n'.join([f'Left to the teacher, {points} points more:'] +
                     [f'  {one["points"]}  {one["text"]}' for one in exercise.document['rubric']])


def check(exercise, folder, student=None):
    """The verdict on a document."""
    del student
    lines = lines_of(exercise, folder, exercise.file,
                     exercise.folder / 'starter' / exercise.file)
    return Verdict(exercise, lines, rubric(exercise))
