"""Servers of the six models as processes, for the other examples."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
MODELS = ("01_loop", "02_fork", "03_thread", "04_select", "05_poll", "06_epoll")


@contextlib.contextmanager
def server(model, library=None):
    """The process of a minimal server, or of the other one with a library, and its port.

    At the end it is killed, with its children.
    """
    program = [TOP / model / f"{model[3:]}-minimal", "-p", "0"]
    if library is not None:
        program = [TOP / model / f"{model[3:]}-server", "-p", "0", "-d", library]
    with subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process, int(process.stdout.readline().split(",")[0].rpartition(":")[2])
        finally:
            for pid in *children_of(process.pid), process.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), 10)


def greeted(client, seconds=10):
    """Does the greeting come in that time?"""
    client.settimeout(seconds)
    try:
        return client.recv(100).startswith(b"HELLO 1 ")
    except TimeoutError:
        return False


def answered(client):
    """Is a ping answered, or is the connection gone?"""
    try:
        client.sendall(b"N\n")
        return client.recv(100) == b"OK 0\n"
    except ConnectionError:
        return False


def threads_of(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def of_threads(pid, name):
    """That file of each of its threads; a thread may end between the list and the reading."""
    for path in pathlib.Path(f"/proc/{pid}/task").glob(f"*/{name}"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield path.read_text()


def children_of(pid):
    """Of all its threads; needs CONFIG_PROC_CHILDREN, which distributions set."""
    return [int(child) for children in of_threads(pid, "children") for child in children.split()]


def ready(pids):
    """How many threads of these processes can run at this moment."""
    stats = [stat for pid in pids for stat in of_threads(pid, "stat")]
    return sum(stat.rpartition(")")[2].split()[0] == "R" for stat in stats)
