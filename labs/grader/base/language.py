"""Pages in the user's language: English, and Chinese if there is a translation."""
import os
import re

from .errors import LabError

ENGLISH, CHINESE = '', '.zh-CN'
OTHER_LANGUAGE = re.compile(r'^\[(中文|English)\]\(README[\w.-]*\)\n\n', re.M)
LEAST_WORDS = 5  # of a sentence
HAN, NO_HAN = '[\u4e00-\u9fff]', r'[^\W_\u4e00-\u9fff]'
STAMP = re.compile(r'\n*<!-- translated from:[^>]*-->\s*\Z')  # see tests/tools/translations


def of_user():
    """CHINESE or ENGLISH: the first of the three variables that is set decides, as in locale(7)."""
    values = (os.environ.get(name) for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))
    return CHINESE if next(filter(None, values), '').startswith('zh') else ENGLISH


def page(folder, name, language):
    """The page `name` of an exercise, without what is not for the terminal."""
    path = folder / f'{name}{language}.md'
    path = path if path.is_file() else folder / f'{name}.md'
    text = STAMP.sub('\n', path.read_text(encoding='utf-8'))
    return OTHER_LANGUAGE.sub('', text, count=1)


def sentence(text, before):
    """LabError if it is too short for one: what had to stand there, and how many words there are.
    before: says where, and what is asked for."""
    found = len(words(text))
    if found < LEAST_WORDS:
        raise LabError(f'{before}, of at least {LEAST_WORDS} words; {found} are there')


def words(text):
    """Its words. Chinese is written without blanks: two signs count as a word."""
    return re.findall(f"{HAN}{{1,2}}|{NO_HAN}+(?:['-]{NO_HAN}+)*", text)
