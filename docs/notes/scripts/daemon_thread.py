"""daemon_thread.py [daemon]: does CPython wait for a thread when the main thread is at its end?"""
import sys
import threading
import time


def work():
    time.sleep(0.1)
    print("the thread has done its work")


threading.Thread(target=work, daemon="daemon" in sys.argv[1:]).start()
print("main is at its end")
