"""second_client.py: two clients connect and say nothing. Is the second one greeted? By whom?"""
from servers import MODELS, children_of, connect, greeted, server, threads_of

print("           processes  threads  the second client")
for model in MODELS:
    with server(model) as (process, port), connect(port) as first, connect(port) as second:
        greeted(first)
        at_once = greeted(second, 10 if model != "01_loop" else 0.3)
        family = [process.pid, *children_of(process.pid)]
        threads = sum(threads_of(pid) for pid in family)
        first.close()
        when = "is greeted at once" if at_once else "waits until the first has left"
        if not at_once and not greeted(second):
            when = "is never greeted"
        print(f"{model:9}  {len(family):9}  {threads:7}  {when}")
