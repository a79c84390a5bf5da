"""For which machine is a handout? Its objects and programs are of the one that made it."""
import os
import re
import subprocess
import sys

from ..base import paths
from ..base.errors import LabError
from . import build

FILE = paths.REFERENCE / 'machine'
REMEDY = ('ask your teacher for one that was made on a machine like this, or for a container to '
          'work in (see Dockerfile)')


def here():
    """What the compiler makes programs for, and the C library: `x86_64 glibc 2.36`."""
    run = subprocess.run([*build.compiler(), '-dumpmachine'], capture_output=True, text=True,
                         check=False)
    processor = run.stdout.split('-')[0].strip() or os.uname().machine
    try:
        return f'{processor} {os.confstr("CS_GNU_LIBC_VERSION")}'
    except (ValueError, OSError):
        return f'{processor} another C library'


def _version(text):
    return tuple(map(int, re.findall(r'\d+', text)))


def misfit(made, now):
    """Why what was made on one machine is of no use on another ('': it is), and whether that is
    certain: a program for a newer C library may do without what is new in it."""
    (processor, library), (processor_now, library_now) = made.split(' ', 1), now.split(' ', 1)
    if processor != processor_now:
        return (f'this handout was made for {processor} processors, and this machine has another '
                f'({processor_now})', True)
    if library.split(' ')[0] != library_now.split(' ')[0]:
        return f'this handout was made for {library}, and this machine has {library_now}', True
    if _version(library) > _version(library_now):
        return (f'this handout was made with {library}, and this machine has {library_now}, which '
                'is older: its programs may not start here', False)
    return '', False


def check():
    """In a handout: says what does not fit; LabError: nothing would work."""
    if not FILE.is_file():
        return
    why, is_certain = misfit(FILE.read_text(encoding='utf-8').strip(), here())
    if is_certain:
        raise LabError(f'{why}: {REMEDY}')
    if why:
        print(f'labs: {why}; if so, {REMEDY}', file=sys.stderr)
