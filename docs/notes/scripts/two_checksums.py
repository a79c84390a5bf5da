"""two_checksums.py: two clients ask for the checksum of a large file. How many threads compute?

As in gil.py, the states of the server's threads are read from outside: R is running or ready to
run. Printed is how many were R in nine looks of ten, at least.
"""
import tempfile
import time

from servers import MODELS, children_of, connect, greeted, ready, server

with tempfile.TemporaryDirectory() as library:
    with open(f"{library}/zeros", "wb") as file:
        file.truncate(16 * 1024**3)  # all of it is a hole: it takes no room on the disk
    for model in MODELS:
        with server(model, library) as (process, port), connect(port) as one, connect(port) as two:
            greeted(one)
            if model != "01_loop":
                greeted(two)
            for client in one, two:
                client.sendall(b"H zeros\n")
            time.sleep(0.3)  # they begin
            looks = []
            while len(looks) < 51:
                looks.append(ready([process.pid, *children_of(process.pid)]))
                time.sleep(0.005)
            print(f"{model:9}  {sorted(looks)[5]}")
