"""Are the pages of the exercises in order, in both languages?"""
import os
import re
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from . import exercise, language, names

LOCALES = [
    ({}, language.ENGLISH),
    ({'LANG': 'C.UTF-8'}, language.ENGLISH),
    ({'LANG': 'zh_CN.UTF-8'}, language.CHINESE),
    ({'LANG': 'en_US.UTF-8', 'LC_MESSAGES': 'zh_CN.UTF-8'}, language.CHINESE),
    ({'LANG': 'zh_CN.UTF-8', 'LC_MESSAGES': 'C'}, language.ENGLISH),
    ({'LANG': 'C', 'LC_MESSAGES': 'C', 'LC_ALL': 'zh_TW.UTF-8'}, language.CHINESE),
    ({'LANG': 'zh_CN.UTF-8', 'LC_ALL': ''}, language.CHINESE),
]


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
