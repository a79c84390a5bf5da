"""gil.py [ratio]: do two workers compute at once in CPython?

From outside, each worker's state is read again and again: R is running or ready to run, S asleep. A
thread that waits for the interpreter's lock is asleep. Printed is how many were R in nine looks of
ten, at least. With "ratio": how long two workers take, by how long one takes (the best of ten).
"""
import hashlib
import multiprocessing
import subprocess
import sys
import threading
import time

from servers import TOP, ready

ZEROS = bytes(64 * 1024**2)
COMPUTE = TOP / "build/gcc/notes/compute"


def python_code():
    return sum(i * i for i in range(200_000))


def c_code():
    return hashlib.sha256(ZEROS).digest()  # releases the lock while it computes


def forever(work):
    while True:
        work()


def threads(work, count):
    workers = [threading.Thread(target=forever, args=(work,)) for _ in range(count)]
    for worker in workers:
        worker.start()


def watch(what, start, count):
    workers = [start() for _ in range(count)]
    looks = []
    time.sleep(0.3)  # they start
    while len(looks) < 101:
        looks.append(ready([worker.pid for worker in workers]))
        time.sleep(0.005)
    for worker in workers:
        worker.kill()
    print(f"{what}  {sorted(looks)[10]} can run at once")


def process(target, *arguments):
    worker = multiprocessing.Process(target=target, args=arguments)
    worker.start()
    return worker


def elapsed(kind, count):
    workers = [kind(target=lambda: [python_code() for _ in range(2)]) for _ in range(count)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begin


if __name__ == "__main__":
    if sys.argv[1:] == ["ratio"]:
        for kind in threading.Thread, multiprocessing.get_context("fork").Process:
            one, two = (min(elapsed(kind, count) for _ in range(10)) for count in (1, 2))
            print(f"two of {kind.__name__:11}  {two / one:.1f} times as long as one")
        sys.exit()
    watch("two threads, Python code   ", lambda: process(threads, python_code, 2), 1)
    watch("two threads, C code        ", lambda: process(threads, c_code, 2), 1)
    watch("two processes, Python code ", lambda: process(forever, python_code), 2)
    watch("two threads, a C program   ", lambda: subprocess.Popen([COMPUTE]), 1)
