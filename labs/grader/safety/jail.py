"""Runs one command so that it can do no harm: python3 jail.py COMMAND... <SPEC

SPEC is JSON, see sandbox.py. (It is not on the command line, which all processes can read.)

In this order: root becomes nobody; name spaces of its own for users, mounts, processes and the
network; the file system read-only; /tmp a small file system in memory, with a folder `lab` that is
the command's; what is to be hidden, hidden; limits. When the command ends, so does every process
that it has started: its name space ends with it. What it has left in /tmp/out is taken, if there is
not too much of it: nothing outside can be written to by the command itself.

Only this file runs between the grader and a program that is not trusted.
"""
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
import warnings  # noqa: F401  (os.execvpe imports it, when the library may be hidden already)

NEW_NS, NEW_USER, NEW_PID, NEW_NET, NEW_IPC = 0x20000, 0x10000000, 0x20000000, 0x40000000, 0x8000000
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 4096, 16384, 0x40000
DETACH = 2
AT_FDCWD, AT_RECURSIVE, MOUNT_SETATTR = -100, 0x8000, 442  # the same number on all architectures
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534

# of what a command leaves: files and folders, their sum, and folders in folders
MOST_LEFT, MOST_BYTES, MOST_DEEP = 2000, 128 << 20, 20
BLOCK = 1 << 20

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f'{what}: {os.strerror(ctypes.get_errno())}')


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def unshare():
    uid, gid = os.getuid(), os.getgid()
    check(libc.unshare(NEW_USER | NEW_NS | NEW_PID | NEW_NET | NEW_IPC), 'unshare')
    write('/proc/self/setgroups', 'deny')
    write('/proc/self/uid_map', f'{uid} {uid} 1')
    write('/proc/self/gid_map', f'{gid} {gid} 1')


def mount(source, target, kind, flags, data=None):
    check(libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags,
                     data and data.encode()), f'mount {target}')


class Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ('set', 'clear', 'propagation', 'users')]


def set_attributes(path, flags, attributes):
    check(libc.syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, ctypes.byref(attributes),
                       ctypes.sizeof(attributes)), 'mount_setattr')


def writable(folder):
    """A descriptor of a folder outside that can be written to, of a mount without a name: the
    command does not find it."""
    mount(f'/proc/self/fd/{folder}', '/tmp/out', None, BIND)
    set_attributes(b'/tmp/out', 0, Attributes(0, RDONLY, 0, 0))
    found = os.open('/tmp/out', os.O_RDONLY | os.O_DIRECTORY)
    check(libc.umount2(b'/tmp/out', DETACH), 'umount')
    return found


def file_system(spec):
    """Where the command writes what is to be taken, and where that is put; nothing: none is."""
    mount('none', '/', None, REC | PRIVATE)
    mount('proc', '/proc', 'proc', NOSUID | NODEV | NOEXEC)
    set_attributes(b'/', AT_RECURSIVE, Attributes(RDONLY, 0, 0, 0))
    stage = os.open(spec['stage'], os.O_PATH)
    out = os.open(spec['out'], os.O_PATH) if spec['out'] else -1
    hidden = [path for path in spec['hide'] if os.path.isdir(path)]
    mount('tmpfs', '/tmp', 'tmpfs', NOSUID | NODEV,
          f'size={spec["disk"]},nr_inodes=20000,mode=0777')
    os.mkdir('/tmp/lab')
    mount(f'/proc/self/fd/{stage}', '/tmp/lab', None, BIND)
    os.mkdir('/tmp/out')
    ends = (os.open('/tmp/out', os.O_RDONLY | os.O_DIRECTORY), writable(out)) if out >= 0 else ()
    for path in hidden:
        if os.path.isdir(path) and not path.startswith('/tmp/'):
            mount('tmpfs', path, 'tmpfs', NOSUID | NODEV | RDONLY, 'size=4k,mode=0555')
    os.close(stage)
    if out >= 0:
        os.close(out)
    return ends


def copy_file(source, target, room):
    """Copies a regular file that may have so many bytes: how many it has."""
    with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), 'rb') as file:
        facts = os.fstat(file.fileno())
        if facts.st_size > room:
            raise OSError(f'it has more than {MOST_BYTES >> 20} MiB')
        mode = 0o755 if facts.st_mode & 0o111 else 0o644
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), 'wb') as copy:
            for _ in range(0, facts.st_size, BLOCK):
                copy.write(file.read(BLOCK))
    return facts.st_size


def take(source, target, without=()):
    """Copies the regular files below a folder that is not trusted into an empty one: no links, and
    nothing at its top that is called so. OSError: it is too much, or can't be read."""
    count, room, folders = 0, MOST_BYTES, ['']
    for folder in folders:  # it grows
        with os.scandir(source + folder) as entries:
            for entry in entries:
                name, count = f'{folder}/{entry.name}', count + 1
                if count > MOST_LEFT:
                    raise OSError(f'it has more than {MOST_LEFT} files and folders')
                if name[1:] in without:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if name.count('/') > MOST_DEEP:
                        raise OSError(f'it has more than {MOST_DEEP} folders in each other')
                    os.mkdir(target + name)
                    folders.append(name)
                elif entry.is_file(follow_symlinks=False):
                    room -= copy_file(source + name, target + name, room)


def end_others():
    """All processes of the name space but this one, its first."""
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.wait()
    except (ProcessLookupError, ChildProcessError):
        return


def take_out(built, out):
    """What a command has left, once nothing runs that could change it: the exit status."""
    end_others()
    try:
        take(f'/proc/self/fd/{built}', f'/proc/self/fd/{out}')
        return 0
    except OSError as error:
        print(f'what is left in the folder is not taken: {error}', file=sys.stderr, flush=True)
        return 1


def loopback_up():
    with socket.socket() as control:
        fcntl.ioctl(control, 0x8914, struct.pack('16sH14x', b'lo', 0x41))  # SIOCSIFFLAGS, IFF_UP


def limits(spec):
    for name, value in spec['limits'].items():
        kind = getattr(resource, 'RLIMIT_' + name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def drop_capabilities():
    """Also those that would end with exec: with them, a program that its owner can't read, as the
    suite, counts as readable in the name space of an ordinary user, and the server that it starts
    could trace it and read its environment."""
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    none = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    check(libc.capset((ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), none), 'capset')


def command(spec, words, private):
    if private:
        drop_capabilities()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits(spec)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.setsid()
    os.chdir('/tmp/lab' if private else spec['stage'])
    os.execvpe(words[0], words, spec['environment'])


def wait_for(child):
    """Reaps whatever ends, until the command itself has ended: its exit status."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def inside(spec, words, private):
    """The first process of the name space: sets it up, runs the command, reaps its orphans."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    ends = ()
    if private:
        ends = file_system(spec)
        loopback_up()
    child = os.fork()
    if child == 0:
        command(spec, words, private)
    status = wait_for(child)
    return take_out(*ends) if ends and status == 0 else status


def descendants():
    """Processes whose line of parents leads here."""
    parents = {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat', encoding='utf-8', errors='replace') as file:
                parents[int(name)] = int(file.read().rpartition(')')[2].split()[1])
        except OSError:
            pass
    known, before = {os.getpid()}, 0
    while len(known) > before:
        before = len(known)
        known |= {pid for pid, parent in parents.items() if parent in known}
    return known - {os.getpid()}


def kill_descendants():
    """Without a name space: orphans come to us, and are killed until there is none."""
    while left := descendants():
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0] > 0:
                pass
        except ChildProcessError:
            return


def on_end(*_):
    kill_descendants()
    os._exit(124)


def main():
    spec, words = json.load(sys.stdin), sys.argv[1:]
    os.dup2(os.open('/dev/null', os.O_RDONLY), 0)
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # setresuid has taken /proc/self from us
    private = spec['private']
    if private:
        unshare()
    else:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.signal(signal.SIGTERM, on_end)
    first = os.fork()
    if first == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            status = inside(spec, words, private)
        except OSError as error:
            print(f'jail: {error}', file=sys.stderr, flush=True)
            status = 125
        os._exit(status if 0 <= status < 256 else 128 - status)
    status = wait_for(first)
    if not private:
        kill_descendants()
    return status if 0 <= status < 256 else 128 - status


if __name__ == '__main__':
    sys.exit(main())
