"""Are the pages of the exercises in order, in both languages? And which tests can they name?"""
import functools
import os
import re
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from ... import checks
from ...base import csource, exercise, language, paths
from ...conversations import talk
from ...texts import names

LOCALES = [
    ({}, language.ENGLISH),
    ({'LANG': 'C.UTF-8'}, language.ENGLISH),
    ({'LANG': 'zh_CN.UTF-8'}, language.CHINESE),
    ({'LANG': 'en_US.UTF-8', 'LC_MESSAGES': 'zh_CN.UTF-8'}, language.CHINESE),
    ({'LANG': 'zh_CN.UTF-8', 'LC_MESSAGES': 'C'}, language.ENGLISH),
    ({'LANG': 'C', 'LC_MESSAGES': 'C', 'LC_ALL': 'zh_TW.UTF-8'}, language.CHINESE),
    ({'LANG': 'zh_CN.UTF-8', 'LC_ALL': ''}, language.CHINESE),
]

OTHER_WORDS = {'nc', 'top', 'ann', 'bob'}  # of build exercises: programs, and nicks


def wrong_names(text, folder, file=''):
    """Names that are nothing of the project, and links that lead nowhere."""
    yield from names.unknown(text, file)
    for link in re.findall(r'\]\(([^)#]+)\)', text):
        if not link.startswith('http') and not (folder / link).exists():
            yield link


def pages(one):
    """Text and hints name things that exist, and no mutant; in each language there are three."""
    mutants = [v['mutant'] for v in one.variants] + [name for group in one.unseen for name in group]
    for tongue in (language.ENGLISH, language.CHINESE):
        hints = one.hints_in(tongue)
        text = one.text_in(tongue) + '\n'.join(hints)
        found = sorted(set(wrong_names(text, one.folder, one.file)))
        found += [name for name in mutants if name in text]
        if [hint[:2] for hint in hints] != ['1.', '2.', '3.']:
            found.append('(three hints)')
        if found:
            return f'the text{tongue} names what does not exist, or should not: {found}'
    return ''


def _holes():
    """{source: (functions that are empty in a handout, the exercise that asks for them)}"""
    return {one.source: (one.holes, one.number) for one in exercise.all_exercises().values()
            if one.holes}


def _sends_to(one, sentence, source, holes):
    """Is the reader sent to one of these holes of a source? By its name; or, from the page of a
    build exercise, to the source as a whole: to no function of it that is there."""
    if source not in sentence and not (Path(source).parent.name in one.programs and
                                       '`server.c`' in sentence):
        return False
    if any(f'`{name}`' in sentence for name in holes):
        return True
    functions = csource.functions((paths.ROOT / source).read_text(encoding='utf-8'))
    clauses = [part for part in re.split('[;；]', sentence) if source in part]
    return one.kind == 'build' and any(not any(f'`{name}`' in part for name in functions)
                                       for part in clauses)


def readable(one):
    """Who is sent to a function that is empty in a handout, is sent to the own answer, too. A build
    exercise hands out a copy of its own source. What a find or repair exercise names is in the
    folder `server`."""
    if one.variants:
        return ''
    for tongue in (language.ENGLISH, language.CHINESE):
        for part in [*one.text_in(tongue).split('\n\n'), *one.hints_in(tongue)]:
            for sentence in re.split(r'[.?](?=\s)|[。？]', part):
                for source, (holes, number) in _holes().items():
                    if one.kind == 'build' and source == one.source:
                        continue
                    if _sends_to(one, sentence, source, holes) and \
                            not re.search(rf'(?<!\d){number}(?!\d)', part):
                        return f'{source} is empty in a handout, see {number}: {sentence}'
    return ''


def says_where(one):
    """The page of a find exercise says, in each language, in which folder the mistake is."""
    for tongue, words in ((language.ENGLISH, 'in the folder `server`'),
                          (language.CHINESE, '目录 `server` 里')):
        if one.kind == 'find' and words not in ' '.join(one.text_in(tongue).split()):
            return f'README{tongue}.md does not say: {words}'
    return ''


def _code(path):
    """Every identifier of a source, without those that only comments have."""
    text = re.sub(r'/\*(?:[^*]|\*(?!/))*\*/', '', path.read_text(encoding='utf-8'))
    return set(re.findall(r'[A-Za-z_]\w*', text))


def _parameters(text, name):
    """Of a function in a source."""
    head = re.search(rf'^[A-Za-z_][^\n;={{}}]*?\b{name}\(([^;{{}}]*)\)\n\{{\n', text, re.M)
    return [re.findall(r'\w+', one)[-1] for one in head.group(1).split(',')] if head else []


@functools.lru_cache
def _everywhere():
    """The identifiers of all sources of the servers."""
    return set().union(*(_code(path) for pattern in ('core/*/*.[ch]', '0*/*.c')
                         for path in paths.ROOT.glob(pattern)))


def gone(one):
    """The page and the hints of a build exercise name variables, parameters and functions that a
    source of the project has: a short name one that is named there, or that is handed in."""
    if one.kind != 'build':
        return ''
    for tongue in (language.ENGLISH, language.CHINESE):
        text = '\n'.join([one.text_in(tongue), *one.hints_in(tongue)])
        sources = {one.source, *re.findall(r'`((?:core|0\d_\w+)/[\w./-]+\.[ch])`', text)}
        here = set().union(*(_code(paths.ROOT / name) for name in sources)) | OTHER_WORDS
        for name in re.findall(r'`([a-z][a-z0-9_]*)`', text):
            if name not in (_everywhere() if '_' in name else here) | names.calls():
                return f'{tongue} `{name}`: no source has it'
        source = (paths.ROOT / one.source).read_text(encoding='utf-8')
        for name, parameters in re.findall(r'`(\w+)\(([a-z_]+(?:, [a-z_]+)*)\)`', text):
            if parameters.split(', ') != _parameters(source, name):
                return f'{tongue} {name} has other parameters than {parameters}'
    return ''


def lengths(one):
    """The page says, in each language, how long each section of a document has to be."""
    wanted = {(part['least'], part['most']) for part in one.document.get('sections', [])}
    if one.measure:
        wanted.add((checks.measure.EXPLANATION['least'], checks.measure.EXPLANATION['most']))
    for tongue, word in ((language.ENGLISH, 'to'), (language.CHINESE, '到')):
        text = ' '.join(one.text_in(tongue).split())
        for least, most in sorted(wanted):
            if f'{least} {word} {most}' not in text:
                return f'README{tongue}.md does not say: {least} {word} {most} words'
    return ''


def _is_chinese(text):
    return re.search('[\u4e00-\u9fff]', text) is not None


def _wrong_language(one, translated):
    for variables, expected in LOCALES:
        with mock.patch.dict(os.environ, variables):
            for name in {'LC_ALL', 'LC_MESSAGES', 'LANG'} - set(variables):
                os.environ.pop(name, None)
            for text in (one.text, '\n'.join(one.hints)):
                if _is_chinese(text) != (translated and expected == language.CHINESE):
                    yield f'{variables}: {text[:60]}'
                if 'translated from' in text or '](README' in text:
                    yield f'{variables}: the text has what is not for a reader'


def locales():
    """A page is Chinese if the user's locale is and there is a translation."""
    one = next((one for one in exercise.all_exercises().values()
                if (one.folder / f'hints{language.CHINESE}.md').is_file()), None)
    if one is None:
        return 'no exercise is translated'
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name in ('exercise.json', 'README.md', 'hints.md'):
            shutil.copy(one.folder / name, folder)
        untranslated = exercise.Exercise(Path(folder))
        return '\n'.join([*_wrong_language(one, True), *_wrong_language(untranslated, False)])


def words():
    """A sentence in Chinese is as long as its translation."""
    for sentence, count in [('the server answers N with OK 1', 7), ("don't wait-for a_b", 4),
                            ('服务器把 N 答复成 OK 1', 7), ('错', 1), ('', 0)]:
        found = language.words(sentence)
        if len(found) != count:
            return f'{sentence}: {found}'
    return ''


def headings():
    """A heading is found as a student may write it."""
    for line in ('# The kiosk', '## 1. The kiosk #', '# The kiosk.', '# **The Kiosk:**'):
        if (found := checks.document.sections(f'{line}\ntext')) != {'the kiosk': 'text'}:
            return f'{line}: {found}'
    return ''


def typed():
    """What escapes in a conversation stand for."""
    for text, sent in [('N\\r\\n', b'N\r\n'), ('\\0\\e[1m\\x1B\\xff', b'\0\x1b[1m\x1b\xff'),
                       ('a\\b \\x1 \\', b'a\\b \\x1 \\'), ('欢', '欢'.encode())]:
        if (found := talk.typed(text)) != sent:
            return f'{text}: {found}'
    return ''


def unit_tests(unit):
    """The names of the tests in the table of a unit test, and in tables that several share."""
    found = set()
    for path in (paths.ROOT / 'tests' / 'unit').rglob('*.[ch]'):
        if path.name == f'test_{unit}.c' or not path.name.startswith('test_'):
            found |= set(re.findall(r'\b[A-Z_]+\((?:\w+, )?((?:test|case)_\w+)[,)]',
                                    path.read_text(encoding='utf-8')))
    return found


def observations(observer):
    """The names of the tests in the table of an observer."""
    path = paths.OBSERVERS / f'{observer}.c'
    return set(re.findall(r'\bcmocka_unit_test\((\w+)\)', path.read_text(encoding='utf-8')))
