"""socket_options.py NAME: a connection over loopback without a socket option, and with it"""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time

IP_BIND_ADDRESS_NO_PORT, SIOCSIFFLAGS = 24, 0x8914
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def on(sock, level, name, value=1):
    sock.setsockopt(level, name, value)
    return sock


def listener(family=socket.AF_INET, address="127.0.0.1", port=0):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.bind((address, port))
    sock.listen()
    return sock


def connection(before=lambda client: None):
    """Two connected sockets; before gets the client's before it connects."""
    with listener() as listening:
        client = socket.socket()
        before(client)
        client.connect(listening.getsockname())
        return client, listening.accept()[0]


def result(call, *arguments):
    """What a call returns, or the name of its error."""
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def wait_for(sock, events, seconds=10):
    waiting = select.poll()
    waiting.register(sock, events)
    return waiting.poll(seconds * 1000)


def show(without, with_it):
    print(f"without: {without}\nwith:    {with_it}")


def reuseaddr():
    def restart(reuse):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server = listening.accept()[0]
        for sock in server, client, listening:  # the server closes first: TIME_WAIT is on its side
            sock.close()
        again = on(socket.socket(), socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        return result(again.bind, ("127.0.0.1", port)) or "bound at once"
    show(restart(0), restart(1))


def own_network():
    """A network of its own, whose interface it may switch off: see user_namespaces(7)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        sys.exit(f"no network of one's own here: {os.strerror(ctypes.get_errno())}")


def loopback(up):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", up))


def keepalive():
    """The interface is switched off: as if the peer's cable had been pulled."""
    def vanish(alive):
        loopback(True)
        _, server = connection()
        for name in "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT":
            on(server, socket.IPPROTO_TCP, getattr(socket, name))  # 1 s, 1 s, one probe
        on(server, socket.SOL_SOCKET, socket.SO_KEEPALIVE, alive)
        loopback(False)
        wait_for(server, select.POLLIN, 5)
        return result(server.recv, 1, socket.MSG_DONTWAIT)
    own_network()
    show(f"{vanish(0)}: after 5 s still nothing is known", vanish(1))


def nodelay():
    """Two small sends, then the answer: the second waits for the ACK of the first."""
    def exchange(no_delay):
        client, server = connection()
        on(client, socket.IPPROTO_TCP, socket.TCP_NODELAY, no_delay)
        times = []
        for _ in range(31):
            begin = time.monotonic()
            client.send(b"S ")
            client.send(b"hi\n")
            while server.recv(100)[-1:] != b"\n":
                pass
            times.append(time.monotonic() - begin)
            server.send(b"OK 0\n")
            client.recv(100)
        median = sorted(times)[15] * 1000
        when = "both come at once" if median < 20 else "the second comes late"
        return f"{when}: {median:.2f} ms"
    show(exchange(0), exchange(1))


def v6only():
    def reach(only):
        sock = socket.socket(socket.AF_INET6)
        on(sock, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        sock.bind(("::", 0))
        sock.listen()
        client = socket.socket()
        error = result(client.connect, ("127.0.0.1", sock.getsockname()[1]))
        return error or f"connected, from {sock.accept()[1][0]}"
    print("IPV6_V6ONLY 1, an IPv4 client:", reach(1))
    print("IPV6_V6ONLY 0, an IPv4 client:", reach(0))


def cork():
    def segments(corked):
        client, server = connection()
        on(client, socket.IPPROTO_TCP, socket.TCP_NODELAY)
        on(client, socket.IPPROTO_TCP, socket.TCP_CORK, corked)
        for _ in range(10):
            client.send(bytes(100))
        on(client, socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        received = 0
        while received < 1000:
            received += len(server.recv(1000))
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        return f"10 sends, segments: {struct.unpack_from('I', info, 156)[0]}"  # tcpi_data_segs_out
    show(segments(0), segments(1))


def timeouts():
    def wait(option):
        client, server = connection()
        if option == socket.SO_SNDTIMEO:
            on(server, socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.settimeout(None)
        server.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", 0, 100_000))
        begin = time.monotonic()
        if option == socket.SO_RCVTIMEO:
            error = result(server.recv, 1)
        else:
            error = 0
            while not isinstance(error, str):  # the client reads nothing
                error = result(server.send, bytes(65536))
        return f"{error} after {time.monotonic() - begin:.1f} s"
    print("SO_RCVTIMEO  recv returns", wait(socket.SO_RCVTIMEO))
    print("SO_SNDTIMEO  send returns", wait(socket.SO_SNDTIMEO))


def unread(sock):
    return struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0]


def rcvlowat():
    def wakeups(low):
        client, server = connection()
        on(client, socket.IPPROTO_TCP, socket.TCP_NODELAY)
        on(server, socket.SOL_SOCKET, socket.SO_RCVLOWAT, low)
        ready = 0
        for sent in range(1, 11):
            client.send(bytes(100))
            while unread(server) < sent * 100:
                pass
            ready += bool(wait_for(server, select.POLLIN, 0))
        return f"{ready} of 10 times poll would return"
    show(wakeups(1), wakeups(1000))


def linger():
    def close(lingering):
        client, server = connection()
        if lingering:
            on(client, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        port = client.getsockname()
        client.close()
        wait_for(server, select.POLLIN)
        end = result(server.recv, 1)
        server.close()
        again = socket.socket()
        after = "taken" if result(again.bind, port) else "free"
        return f"the peer's recv: {end!r}; the port is {after} afterwards"
    show(close(False), close(True))


def buffers():
    def room(size):
        def small(client):
            if size:
                on(client, socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        client, server = connection(small)
        if size:
            on(server, socket.SOL_SOCKET, socket.SO_SNDBUF, size)
        server.setblocking(False)
        taken = sent = 0
        while not isinstance(sent, str):
            taken += sent
            sent = result(server.send, bytes(4096))
        return ("more" if taken > 64 * 1024 else "less") + " than 64 KiB taken, and nobody reads"
    show(room(0), room(4096))
    sock = on(socket.socket(), socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    print("SO_RCVBUF set to 4096 is", sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))


def maxseg():
    def largest(limit):
        def before(client):
            if limit:
                on(client, socket.IPPROTO_TCP, socket.TCP_MAXSEG, limit)
        client, _ = connection(before)
        size = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
        return "segments of " + ("500 bytes at most" if size <= 500 else "more than 500 bytes")
    show(largest(0), largest(500))


def no_port():
    def bound(late):
        client = on(socket.socket(), socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, late)
        client.bind(("127.0.0.1", 0))
        return "bind takes " + ("a port" if client.getsockname()[1] else "no port; connect will")
    show(bound(0), bound(1))


def so_error():
    with listener() as listening:
        address = listening.getsockname()
    client = socket.socket()
    client.setblocking(False)
    error = result(client.connect, address)
    if error == "EINPROGRESS":
        wait_for(client, select.POLLOUT)
        error = errno.errorcode[client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]
    print("a non-blocking connect to a port where nobody listens:", error)


NAMES = {"SO_REUSEADDR": reuseaddr, "SO_KEEPALIVE": keepalive, "TCP_NODELAY": nodelay,
         "IPV6_V6ONLY": v6only, "TCP_CORK": cork, "timeouts": timeouts, "SO_RCVLOWAT": rcvlowat,
         "SO_LINGER": linger, "buffers": buffers, "TCP_MAXSEG": maxseg,
         "IP_BIND_ADDRESS_NO_PORT": no_port, "SO_ERROR": so_error}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        sys.exit(f"{__doc__}\nNAME is one of: {', '.join(NAMES)}")
    NAMES[sys.argv[1]]()
