"""communication.py NAME: a means of communication or synchronisation, in a few lines

NAME is pipe, signal, socket, memory, semaphore, event, lock or queue.
"""
import multiprocessing
import os
import signal
import socket
import sys
import threading


def pipe():
    """Bytes, one way, between relatives. It ends when the last writer has closed."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        os.write(writer, b"hello ")
        os.write(writer, b"parent")
        os._exit(0)
    os.close(writer)  # or the parent itself would be a writer, and read would never return 0
    os.wait()
    print("one read returns what two writes have sent:", os.read(reader, 100))
    print("the next one returns the end:", os.read(reader, 100))


def signals():
    """A number, no more, and no queue: two that wait are one."""
    counted = []
    signal.signal(signal.SIGUSR1, lambda number, frame: counted.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGUSR1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    print("SIGUSR1 was sent 3 times while it was blocked; the handler ran:", len(counted))


def sockets():
    """Bytes, both ways, also between machines and between unrelated programs."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        theirs.sendall(theirs.recv(100).upper())
        os._exit(0)
    theirs.close()
    ours.sendall(b"hello")
    print("sent: hello, received:", ours.recv(100).decode())
    os.wait()


def memory():
    """fork copies ordinary variables; Value and Array lie in memory that both see."""
    ordinary, shared, array = [0], multiprocessing.Value("i", 0), multiprocessing.Array("i", 3)

    def change():
        ordinary[0], shared.value, array[1] = 7, 7, 7

    child = multiprocessing.get_context("fork").Process(target=change)
    child.start()
    child.join()
    print("after the child: ordinary", ordinary[0], " Value", shared.value, " Array", array[:])


def semaphore():
    """A counter of what is free; acquire waits while it is 0. Any process may release."""
    free = multiprocessing.Semaphore(2)
    got = [free.acquire(block=False) for _ in range(3)]
    free.release()
    print("two places, three tries:", got, " after a release:", free.acquire(block=False))


def event():
    """A flag to wait for. It wakes all who wait, and stays set for those who come later."""
    opened, order = threading.Event(), []

    def wait():
        opened.wait()
        order.append("waiter")

    waiters = [threading.Thread(target=wait) for _ in range(2)]
    for waiter in waiters:
        waiter.start()
    order.append("opener")
    opened.set()
    for waiter in waiters:
        waiter.join()
    print("in this order:", ", ".join(order), " wait returns at once now:", opened.wait())


def lock():
    """Of several threads or processes one at a time is inside."""
    total, guard = multiprocessing.Value("i", 0, lock=False), multiprocessing.Lock()
    both = multiprocessing.Barrier(2)  # none is done before the other has begun

    def add_without():
        both.wait()
        for _ in range(100_000):
            total.value += 1  # read, add, write

    def add_with():
        both.wait()
        for _ in range(100_000):
            with guard:
                total.value += 1

    for name, add in ("without the lock", add_without), ("with the lock", add_with):
        lost = 0
        for _ in range(20 if add is add_without else 1):
            total.value = 0
            workers = [multiprocessing.get_context("fork").Process(target=add) for _ in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            lost += 200_000 - total.value
            if lost:
                break
        print(f"{name}: some are lost: {'yes' if lost else 'no'}")


def queue():
    """Whole objects; put and get take the lock and wait."""
    jobs, done = multiprocessing.Queue(), multiprocessing.Queue()

    def work():
        for job in iter(jobs.get, None):
            done.put(job * job)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    for job in 2, 3, None:
        jobs.put(job)
    print("squares:", done.get(), done.get())
    child.join()


NAMES = {"pipe": pipe, "signal": signals, "socket": sockets, "memory": memory,
         "semaphore": semaphore, "event": event, "lock": lock, "queue": queue}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        sys.exit(__doc__)
    NAMES[sys.argv[1]]()
