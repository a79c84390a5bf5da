"""Names in texts: those in backquotes that look like something of the project, and are nothing."""
import functools
import re

from . import paths

PATH = r'(core|docs|labs|tests|client|bench|0\d_\w+)/[\w./-]+'


@functools.lru_cache
def known():
    """Every word of the project's sources and documents, and every target of make."""
    words = set()
    for pattern in ('core/*/*.[ch]', '0*/*.c', 'labs/*.h', 'labs/*.m[dk]', 'docs/*.md'):
        for path in paths.ROOT.glob(pattern):
            words |= set(re.findall(r'[A-Za-z_]\w*', path.read_text(encoding='utf-8')))
    return words


@functools.lru_cache
def modules():
    """What names of the project begin with: `turn` of core/turn/turn.h in `turn_ready`."""
    return {path.stem for path in paths.ROOT.glob('core/*/*.h')}


def unknown_of_project(text):
    """The same of a text that may name anything else, too: only paths, and names of modules."""
    for name in unknown(text):
        if '/' in name or name.partition('_')[0] in modules():
            yield name


def unknown(text, file=''):
    """Paths that do not exist, and functions that no source knows; `file` is what is handed in."""
    words = known() | set(re.findall(r'\w+', file))
    for name in re.findall(r'`([^`\n]+)`', text):
        if re.fullmatch(PATH, name):
            made = name.startswith('labs/answers') or re.fullmatch(r'0\d_(\w+)/\1-server', name)
            if not made and not (paths.ROOT / name).exists():
                yield name
        elif re.fullmatch(r'[a-z]+(_[a-z0-9]+)+(\(\))?|[a-z]+(\.[a-z_]+)+', name):
            if not set(re.findall(r'\w+', name)) <= words | {'c', 'txt'}:
                yield name
