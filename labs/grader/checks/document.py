"""Checks a document: headings, lengths, names that exist. The rest is left to the teacher."""
import re

from ..base import language, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, PASS, Line, Verdict
from ..texts import names


def said(line):
    """What a heading says, without its number; nothing: the line is none. (One pattern for all of
    it, in which several parts fit blanks, takes minutes on a line that has thousands of them.)"""
    begin = re.match(r'#{1,4}\s', line)
    text = line[begin.end():].strip().rstrip('#').rstrip() if begin else ''
    number = re.match(r'[\d.]+\s+', text)
    return text[number.end():] if number else text


def sections(text):
    """{heading in lower case: what stands below it}, of the headings that begin with #."""
    found, heading, fenced = {}, None, False
    for line in text.splitlines():
        fenced ^= line.startswith('```')
        title = '' if fenced else said(line)
        if title:
            heading = title.strip('*.: ').lower()
            found.setdefault(heading, [])
        elif heading is not None:
            found[heading].append(line)
    return {name: '\n'.join(lines) for name, lines in found.items()}


def words_of(text):
    """Words of prose and tables; a word twice in a row is one, so padding does not count."""
    words = language.words(text.lower())
    return [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]


def quoted(text):
    """What stands in backquotes."""
    return re.findall(r'`([^`\n]+)`', text)


def named_of(text, wanted):
    """Which of the wanted names stand in backquotes, alone or with something behind them; fork is
    short for 02_fork."""
    found = [re.sub(r'^0\d_(?=\w)', '', one) for one in quoted(text)]
    return {name for name in wanted for one in found
            if re.match(re.escape(re.sub(r'^0\d_', '', name)) + r'(?![\w])', one)}


def wrong_names(section, text):
    """What is missing or unknown of the names of a section."""
    wanted = section.get('names', [])
    missing = sorted(set(wanted) - named_of(text, wanted))
    if len(wanted) - len(missing) < section.get('named', 0):
        yield (f'{section["named"]} of {len(wanted)} names have to stand in backquotes, as in '
               f'`{wanted[0]}`; missing: {", ".join(missing)}')
    if not section.get('own') and (unknown := sorted(set(names.unknown_of_project(text)))):
        yield f'nothing in the project is called {", ".join(unknown)}'
    if section.get('protocol') and (unknown := names.unknown_of_protocol(quoted(text))):
        yield f'the protocol has no {", ".join(unknown)} (docs/protocol.md)'


def all_wrong(section, text, starter):
    """What is wrong with the text below a heading."""
    if text is None:
        yield f'there is no heading "{section["heading"]}"'
        return
    count, most = len(words_of(text)), section.get('most', 1500)
    if set(words_of(text)) <= set(words_of(starter or '')):
        yield 'it is as it was handed out'
        return
    if not section['least'] <= count <= most:
        yield f'it has {count} words; {section["least"]} to {most} are wanted'
    elif len(set(words_of(text))) * 4 < count:
        yield 'most of its words repeat'
    rows = sum(1 for line in text.splitlines() if re.match(r'\s*(\||\d+\.|-)\s*\S', line))
    if rows < section.get('rows', 0):
        yield f'a table or list of {section["rows"]} lines is wanted; there are {rows}'
    yield from wrong_names(section, text)


def wrong_of(section, text, starter):
    """The same as one text; nothing: it is in order."""
    return '; '.join(all_wrong(section, text, starter))


def lines_of(exercise, folder, name, starter):
    """The lines of a document's sections. starter: the path of what was handed out."""
    found, missing = {}, ''
    try:
        found = sections(submission.text(folder, name))
    except LabError as error:
        missing = str(error)
    given = sections(starter.read_text(encoding='utf-8')) if starter.is_file() else {}
    lines, own = [], exercise.document.get('own', False)
    for section in exercise.document['sections']:
        key = section['heading'].lower()
        wrong = missing or wrong_of({**section, 'own': own}, found.get(key), given.get(key))
        lines.append(Line(section['heading'], FAIL if wrong else PASS, section['points'], wrong))
    return lines


def not_known(exercise, folder, name):
    """A note on names in backquotes that may be mistyped, or the student's own: no line fails."""
    try:
        text = submission.text(folder, name)
    except LabError:
        return ''
    wanted = sum((section.get('names', []) for section in exercise.document['sections']), [])
    found = names.unknown_calls(quoted(text)) - set(wanted)
    if exercise.document.get('own'):
        found |= set(names.unknown_of_project(text))
    if any(section.get('protocol') for section in exercise.document['sections']):
        found |= names.maybe_codes(quoted(text))
    return 'In backquotes, and neither a call of the system, nor a name of the project, nor a ' \
        f'code of the protocol: {", ".join(sorted(found))}. If these are names of your own, all ' \
        'is well.\n\n' if found else ''


def rubric_points(exercise):
    """The points that are left to the teacher."""
    return sum(one['points'] for one in exercise.document.get('rubric', []))


def rubric(exercise):
    """What only the teacher can judge, with the points for it."""
    return '\n'.join([f'Left to the teacher, {rubric_points(exercise)} points more:'] +
                     [f'  {one["points"]}  {one["text"]}' for one in exercise.document['rubric']])


def check(exercise, folder, student=None):
    """The verdict on a document."""
    del student
    lines = lines_of(exercise, folder, exercise.file,
                     exercise.folder / 'starter' / exercise.file)
    note = not_known(exercise, folder, exercise.file)
    return Verdict(exercise, lines, note + rubric(exercise))
