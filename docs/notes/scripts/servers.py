"""The minimal servers of the six models, for the other examples."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
MODELS = ("01_loop", "02_fork", "03_thread", "04_select", "05_poll", "06_epoll")


@contextlib.contextmanager
def server(model):
    """The process of a minimal server, and its port; it is killed at the end, with its children."""
    program = [TOP / model / f"{model[3:]}-minimal", "-p", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
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


def children_of(pid):
    """Of all its threads; needs CONFIG_PROC_CHILDREN, which distributions set."""
    lists = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text().split()]


def ready(pids):
    """How many threads of these processes can run at this moment."""
    stats = [path.read_text() for pid in pids
             for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    return sum(stat.rpartition(")")[2].split()[0] == "R" for stat in stats)
