"""What the kernel knows about a server's processes."""
import os
import time


def _stat(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()
    except OSError:
        return None


def family(pid):
    """A process and all that descend from it: {pid: fields of its stat, from the state on}."""
    stats = {int(name): _stat(name) for name in os.listdir('/proc') if name.isdigit()}
    stats = {one: stat for one, stat in stats.items() if stat}
    known, before = {pid} & set(stats), 0
    while len(known) > before:
        before = len(known)
        known |= {one for one, stat in stats.items() if int(stat[1]) in known}
    return {one: stats[one] for one in known}


def zombies(pid):
    """How many children of the server have ended, and are not reaped."""
    return sum(stat[0] == 'Z' for one, stat in family(pid).items() if one != pid)


def processes(pid):
    """How many processes the server is, without zombies."""
    return sum(stat[0] != 'Z' for stat in family(pid).values())


def _tasks(pid):
    """The threads of a server's processes, as folders of /proc."""
    for one in family(pid):
        try:
            yield from (f'/proc/{one}/task/{task}' for task in os.listdir(f'/proc/{one}/task'))
        except OSError:
            pass  # it has just ended


def _times(task):
    """How long it has run, and has waited for a processor, in seconds."""
    try:
        with open(f'{task}/schedstat', encoding='ascii') as file:
            ran, waited = file.read().split()[:2]
    except OSError:
        return 0.0, 0.0  # it has just ended
    return int(ran) / 1e9, int(waited) / 1e9


def _wants_processor(task):
    try:
        with open(f'{task}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] == 'R'
    except OSError:
        return False


def busy_seconds(pid, patience):
    """How long its processes have run or waited for a processor: the same on a busy machine. The
    kernel counts a wait when it is over (sched_info_arrive), so those that wait now are waited for,
    so many seconds at most."""
    end = time.monotonic() + patience
    begun = {task: _times(task)[0] for task in _tasks(pid)}
    for task, ran in begun.items():
        while _wants_processor(task) and _times(task)[0] == ran and time.monotonic() < end:
            time.sleep(0.002)
    return sum(sum(_times(task)) for task in _tasks(pid))


def descriptors(pid):
    """How many descriptors the first process has open."""
    try:
        return len(os.listdir(f'/proc/{pid}/fd'))
    except OSError:
        return -1


def _connections(port):
    """The sockets of a server's connections, by their inodes."""
    with open('/proc/net/tcp', encoding='ascii') as table:
        rows = [line.split() for line in table]
    return {row[9] for row in rows if row[1].endswith(f':{port:04X}') and row[3] == '01'}


def interest(pid, port):
    """For each connection that an epoll of the process watches: is it edge-triggered?"""
    found, known = [], _connections(port)
    try:
        for name in os.listdir(f'/proc/{pid}/fd'):
            if os.readlink(f'/proc/{pid}/fd/{name}') != 'anon_inode:[eventpoll]':
                continue
            with open(f'/proc/{pid}/fdinfo/{name}', encoding='ascii') as file:
                rows = [line.split() for line in file if line.startswith('tfd:')]
            for row in rows:
                target = os.readlink(f'/proc/{pid}/fd/{row[1]}')
                if target[len('socket:['):-1] in known:
                    found.append(int(row[3], 16) >> 31 == 1)
    except OSError:
        pass  # something has just been closed
    return found


def _has_socket(pid, inode):
    try:
        for name in os.listdir(f'/proc/{pid}/fd'):
            if os.readlink(f'/proc/{pid}/fd/{name}') == f'socket:[{inode}]':
                return True
    except OSError:
        pass
    return False


def listens(pid, port):
    """Does this process, not one of its children, have a listening socket with this port?"""
    with open('/proc/net/tcp', encoding='ascii') as table:
        rows = [line.split() for line in table]
    return any(_has_socket(pid, row[9]) for row in rows
               if row[1].endswith(f':{port:04X}') and row[3] == '0A')


def serving(pid, server_port, client_port):
    """The processes, below the first, that hold the server's end of a connection."""
    ours = f':{server_port:04X}', f':{client_port:04X}'
    with open('/proc/net/tcp', encoding='ascii') as table:
        for line in table:
            words = line.split()
            if words[1].endswith(ours[0]) and words[2].endswith(ours[1]) and words[9] != '0':
                return [one for one in family(pid) if one != pid and _has_socket(one, words[9])]
    return []
