"""Names in texts: those in backquotes that look like something of the project, and are nothing."""
import functools
import os
import re
import subprocess

from ..base import paths
from ..servers import build

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


@functools.lru_cache
def protocol():
    """The requests and the codes, in the tables of docs/protocol.md."""
    text = (paths.ROOT / 'docs/protocol.md').read_text(encoding='utf-8')
    rows = re.findall(r'^\| `(.+?)` \|', text, re.M)
    requests = {row.split()[0] for row in rows if re.match(r'[A-Z]( <|$)', row)}
    return requests, {row for row in rows if re.fullmatch(r'[a-z]+(-[a-z]+)*', row)}


def unknown_of_protocol(quoted):
    """Of names in backquotes: requests, and codes behind ERR, that the protocol does not have."""
    requests, codes = protocol()
    found = set()
    for name in quoted:
        if re.fullmatch(r'[A-Z]( .*)?', name) and name[0] not in requests:
            found.add(f'request {name}')
        code = re.fullmatch(r'ERR ([a-z]+(?:-[a-z]+)*)( .*)?', name)
        if code and code.group(1) not in codes:
            found.add(f'code {code.group(1)}')
    return sorted(found)


def maybe_codes(quoted):
    """Of names in backquotes: those with a hyphen, as codes have it, that are none."""
    return {name for name in quoted
            if re.fullmatch(r'[a-z]+(-[a-z]+)+', name) and name not in protocol()[1]}


@functools.lru_cache
def calls():
    """Every word of the system's headers that servers include, and every system call."""
    headers = ['sys/syscall.h']
    for path in paths.ROOT.glob('core/*/*.[ch]'):
        headers += re.findall(r'^#include <([\w./]+)>', path.read_text(encoding='utf-8'), re.M)
    source = ''.join(f'#if __has_include(<{name}>)\n#include <{name}>\n#endif\n'
                     for name in sorted({*headers, 'sys/epoll.h', 'sys/select.h', 'poll.h'}))
    run = subprocess.run([*build.compiler(), '-D_GNU_SOURCE', '-E', '-dD', '-x', 'c', '-'],
                         input=source, capture_output=True, text=True, check=False)
    found = set(re.findall(r'\w+', run.stdout))
    return found | {name.removeprefix('SYS_') for name in found}


def unknown_calls(quoted):
    """Of names in backquotes: those that look like a call, and are none; nor of the project."""
    plain = {match.group(1) for match in map(re.compile(
        r'([a-z][a-z0-9_]{2,})(\(\)|\([1-8]\))?').fullmatch, quoted) if match}
    return {name for name in plain if name not in known() and name not in calls()}


def unknown_of_project(text):
    """The same of a text that may name anything else, too: only paths, and names of modules."""
    for name in unknown(text):
        if '/' in name or name.partition('_')[0] in modules():
            yield name


def unknown(text, file=''):
    """Paths that do not exist, and functions that no source knows; `file` is what is handed in."""
    words = known() | set(re.findall(r'\w+', file)) | {'c', 'txt'}
    for name in re.findall(r'`([^`\n]+)`', text):
        if re.fullmatch(PATH, name):
            made = name.startswith('labs/answers') or re.fullmatch(r'0\d_(\w+)/\1-server', name)
            if not made and not os.path.exists(paths.ROOT / name):  # no error if it is too long
                yield name
        elif re.fullmatch(r'[a-z]+(_[a-z0-9]+)+(\(\))?|[a-z]+(\.[a-z_]+)+', name):
            if not set(re.findall(r'\w+', name)) <= words:
                yield name
