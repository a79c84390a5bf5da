"""daemon_thread.py [daemon]: does CPython wait for a thread when the main thread is at its end?"""
import sys
import threading
import time

at_its_end = threading.Event()


def work():
    at_its_end.wait()
    time.sleep(0.5)
    print("the thread has done its work")


threading.Thread(target=work, daemon="daemon" in sys.argv[1:]).start()
print("main is at its end")
at_its_end.set()
