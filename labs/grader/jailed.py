"""Runs a conversation in the sandbox: python3 -I jailed.py SECONDS RUNS

The stage has the program ./server, and conversation.txt one folder above this file. A step may take
so many seconds. The exit status is the verdict on so many runs; the last line of output is how long
the slowest step took.
"""
import ctypes
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PR_SET_DUMPABLE = 4


def main():
    """The server is a child of this process, and may neither trace nor read it."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    sys.path.insert(0, str(HERE.parent))
    from grader.conversation import Conversation  # pylint: disable=import-outside-toplevel
    from grader.talk import Run                   # pylint: disable=import-outside-toplevel
    text = (HERE.parent / 'conversation.txt').read_text(encoding='utf-8')
    longest = 0.0
    for _ in range(int(sys.argv[2])):
        run = Run(Conversation(text), Path('server').resolve(), float(sys.argv[1]))
        if not run.run():
            print(run.failure)
            return 1
        longest = max(longest, run.longest)
    print(f'slowest step: {longest:.3f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
