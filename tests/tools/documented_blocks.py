"""documented_blocks.py: the commands and sessions that stand in the documents, for documented"""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"(sudo |nohup |[A-Z_]+=\S+ )*(make|nc|strace|patch|cd|spin|tar|journalctl|"
                     r"for|lab-client|lab-bench|\./\S+|bench/\S+|client/\S+|0\d_\w+/\S+|"
                     r"build/\S+)( |$)")
SPAN = re.compile(r"(make diff|client/lab-client|lab-client|\./0\S+) \S")


def documents():
    names = subprocess.run(["git", "-c", "core.quotePath=false", "ls-files"], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.splitlines()
    pattern = r"(.*/)?README\.md|docs/((notes|course)/)?[^/.]+\.md|[^/]+/[^/]+\.1"
    return [name for name in names if re.fullmatch(pattern, name)]


def blocks(name):
    """(line number, lines) of each block of code, (line number, [span]) of each span"""
    text = (TOP / name).read_text()
    if name.endswith(".1"):
        text = text.replace(r"\-", "-").replace(r"\(dq", '"').replace(r"\(aq", "'")
        for block in re.finditer(r"^\.(?:nf|Bd -literal)\n(.*?)^\.(?:fi|Ed)$", text, re.M | re.S):
            yield text.count("\n", 0, block.start(1)) + 1, block.group(1).splitlines()
        return
    for block in re.finditer(r"(?:^    .*\n)(?:(?:^ *\n)*^    .*\n)*", text + "\n", re.M):
        lines = [line[4:] for line in block.group().splitlines()]
        yield text.count("\n", 0, block.start()) + 1, lines
    prose = re.sub(r"^    .*$", lambda m: " " * len(m.group()), text, flags=re.M)
    for span in re.finditer(r"`([^`]+)`", prose):
        command = " ".join(span.group(1).split())
        if SPAN.match(command):
            yield prose.count("\n", 0, span.start()) + 1, [command]


def without_comment(line):
    return re.sub(r"(\S)(\s{2,}|\s+# ).*", r"\1", line).strip()


def complete(command):
    parsed = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return parsed.returncode == 0


def steps(lines):
    """(offset, command, expected output or None) of a block"""
    at = 0
    while at < len(lines):
        begin, line = at, lines[at]
        at += 1
        if line.startswith("$ "):
            expected = []
            while at < len(lines) and not lines[at].startswith("$ "):
                expected.append(lines[at])
                at += 1
            yield begin, line[2:].strip(), expected
        elif COMMAND.match(line):
            command = without_comment(line)
            while not complete(command) and at < len(lines):
                command += "\n" + without_comment(lines[at])
                at += 1
            yield begin, command, None


def is_session(lines):
    return re.fullmatch(r"HELLO 1 \w+", lines[0]) and any(line.startswith("> ") for line in lines)
