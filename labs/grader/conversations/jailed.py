"""Runs a conversation in the sandbox: python3 -I jailed.py RUNS SECONDS TOTAL

The stage has the program ./server, and conversation.txt beside the folder `grader` with this file.
A step may take so many SECONDS, and a run TOTAL. The exit status is the verdict on so many runs;
the last line of output is how long the slowest step took.
"""
import ctypes
import sys
from pathlib import Path

STAGED = Path(__file__).resolve().parents[2]  # holds the folder `grader`, and conversation.txt
PR_SET_DUMPABLE = 4


def main():
    """The server is a child of this process, and may neither trace nor read it."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    sys.path.insert(0, str(STAGED))
    # pylint: disable=import-outside-toplevel
    from grader.base.errors import LabError
    from grader.conversations.conversation import Conversation
    from grader.conversations.talk import Run
    text = (STAGED / 'conversation.txt').read_text(encoding='utf-8')
    longest = 0.0
    for _ in range(int(sys.argv[1])):
        run = Run(Conversation(text), Path('server').resolve(), *map(float, sys.argv[2:4]))
        try:
            passed = run.run()
        except LabError as error:  # perhaps the server has used up what there is
            run.failure, passed = error, False
        if not passed:
            print(run.failure)
            return 1
        longest = max(longest, run.longest)
    print(f'slowest step: {longest:.3f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
