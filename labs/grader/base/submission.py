"""Of a submission only the files that the exercise names are taken, as bytes."""
import os
import stat
from pathlib import Path

from .errors import LabError

MOST_BYTES = 256 * 1024
MOST_FILES = 60  # of a program of several files
MOST_DEEP = 20   # folders in each other


def take(folder, name):
    """The content of a regular file; a link, a device or a folder is none."""
    path = Path(folder) / name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise LabError(f'{name} is missing in {folder}') from error
    except OSError as error:
        raise LabError(f'{name} in {folder} can not be read: {error.strerror}') from error
    with open(descriptor, 'rb') as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise LabError(f'{name} in {folder} is not a regular file')
        if facts.st_size > MOST_BYTES:
            raise LabError(f'{name} has {facts.st_size} bytes; {MOST_BYTES} are allowed')
        return file.read(MOST_BYTES)


def text(folder, name):
    """The same, as UTF-8."""
    try:
        return take(folder, name).decode('utf-8')
    except UnicodeDecodeError as error:
        raise LabError(f'{name} is not UTF-8: byte {error.start} can not be read') from error


def _is_compiled(path):
    """Is it an object or a program? A handout has ours as programs, which would earn all points."""
    try:
        with open(path, 'rb') as file:
            return file.read(4) == b'\x7fELF'
    except OSError:
        return False  # `take` gives the reason


def _files(folder, left_out):
    """The names of all files below a folder: nothing hidden, no links, and nothing below these."""
    found, folders = [], ['']
    for below in folders:  # it grows
        if below.count('/') == MOST_DEEP:
            raise LabError(f'there are more than {MOST_DEEP} folders in each other in {folder}')
        with os.scandir(folder / below) as entries:
            for entry in entries:
                name = f'{below}{entry.name}'
                if entry.name.startswith('.') or name in left_out or entry.is_symlink():
                    continue
                if entry.is_dir():
                    folders.append(f'{name}/')
                elif entry.is_file():
                    found.append(name)
    return sorted(found)


def tree(folder, left_out=()):
    """All regular files below a folder, {path: bytes}; nothing hidden or compiled, no links, and
    nothing of what is `left_out` at its top."""
    found, folder = {}, Path(folder)
    try:
        names = _files(folder, left_out)
    except OSError as error:
        raise LabError(f'a folder in {folder} can not be read: {error.strerror}') from error
    for name in names:
        if _is_compiled(folder / name):
            continue
        if len(found) == MOST_FILES:
            raise LabError(f'there are more than {MOST_FILES} files in {folder}')
        found[name] = take(folder, name)
    return found


def student_number(folder):
    """The number in the file `student` beside the exercises; None: there is no such file."""
    try:
        number = text(folder, 'student').strip()
    except LabError:
        return None
    return int(number) if number.isdecimal() and len(number) < 12 else None
