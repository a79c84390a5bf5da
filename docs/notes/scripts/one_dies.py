"""one_dies.py: what serves the first client is killed. Is the second client still served?"""
import os
import signal

from servers import answered, children_of, connect, greeted, server

for model in "02_fork", "03_thread":
    with server(model) as (process, port), connect(port) as first, connect(port) as second:
        greeted(first), greeted(second)
        if model == "02_fork":
            os.kill(children_of(process.pid)[0], signal.SIGKILL)
        else:
            thread = sorted(map(int, os.listdir(f"/proc/{process.pid}/task")))[1]
            os.kill(thread, signal.SIGKILL)  # a signal that ends, ends the process
            process.wait()
        print(f"{model:9}  the first client: {'served' if answered(first) else 'cut off'},",
              f"the second: {'served' if answered(second) else 'cut off'}")
