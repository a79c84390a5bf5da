"""names_known.py: what names-check looks names up among: tracked files, and what they define"""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]


def lines_of(*command):
    done = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


FILES = lines_of("git", "-c", "core.quotePath=false", "ls-files", "--cached", "--others",
                 "--exclude-standard")
FILES = [name for name in FILES if (TOP / name).is_file()]


def text_of(pattern):
    """All tracked files whose names match, as one text."""
    names = [name for name in FILES if re.match(pattern, name)]
    return "\n".join((TOP / name).read_text(errors="replace") for name in names)


def words(text):
    """Of sources: without their comments."""
    return set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", " ", text, flags=re.S)))


def folders():
    return {str(parent) for name in FILES for parent in pathlib.PurePath(name).parents}


def folder_list():
    """The folders that docs/architecture.md lists: indented by 4, those in them by 8."""
    block = re.search(r"^## The folders\n+((?: {4}.*\n|\n)+)",
                      (TOP / "docs/architecture.md").read_text(), re.M)
    listed, parent = set(), ""
    for line in block.group(1).splitlines():
        entry = re.match(r"( {4}| {8})(\S.*?)(?: {2,}|:?$)", line)
        if not entry:
            continue
        if len(entry.group(1)) == 4:
            parent = entry.group(2)
            listed.add(parent)
        else:
            listed |= {f"{parent}/{name}" for name in re.split(r", *", entry.group(2))}
    return listed


def folders_missing():
    """Folders that are not in that list, and entries of the list that are no folders."""
    models = {f for f in folders() if re.fullmatch(r"0\d_\w+", f)}
    there = {f for f in folders() if f.count("/") < 2 and not f.startswith(".")} - models
    listed = folder_list() - {f"{min(models)} ... {max(models)}"}
    shown = {f.split("/")[0] for f in listed if "/" in f}
    there -= {f for f in there if "/" in f and f.split("/")[0] not in shown}
    wrong = {f: "is not in the list of folders" for f in sorted(there - listed)}
    wrong |= {f: "is in the list of folders, and there is none" for f in sorted(listed - there)}
    return [f"docs/architecture.md: {f} {what}" for f, what in wrong.items()]


def makefile_names():
    """Targets, and variables that somebody may set."""
    text = text_of(r"(Makefile|tests/\w+\.mk|labs/labs\.mk|site/site\.mk)$")
    models = re.search(r"^MODELS\s*:= (.*)", text, re.M).group(1).split()
    targets = set()
    for line in re.findall(r"^([a-z][a-z0-9 %-]*):(?!=)", text, re.M):
        for target in line.split():
            targets |= {target.replace("%", model) for model in models}
    targets |= set(models)
    variables = set(re.findall(r"\$\((?:or \$\(|value |call \w+,)?([A-Z_]+)", text))
    return targets, variables | {"FOLDER", "PREFIX", "DESTDIR"}


def programs():
    """What is built, under the names that people use."""
    text = text_of("Makefile$")
    models = re.search(r"^MODELS\s*:= (.*)", text, re.M).group(1).split()
    built = {f"{m}/{m[3:]}-{kind}" for m in models for kind in ("server", "minimal")}
    built |= set(re.findall(r"\$\(P\)((?:bench|client)/[\w.-]+)", text))
    built |= {f"build/gcc/notes/{pathlib.PurePath(f).stem}" for f in FILES
              if f.startswith("docs/notes/examples/")}
    return built


def cases():
    """The names of all tests: of conformance, in TEST() and its like, of scenarios, of files."""
    text = text_of(r"tests/.*\.[ch]$")
    files = {pathlib.PurePath(f).stem.removeprefix("test_") for f in FILES}
    patterns = r'\{"(\w+)",', r"\b[A-Z_]+\((\w+)[,)]", r'\.name = "(\w+)"'
    return files.union(*(re.findall(pattern, text) for pattern in patterns))


def system_names():
    """Every word that the system headers declare which our sources include, and system calls."""
    headers = sorted(set(re.findall(r"^#include <([\w./]+)>", text_of(r".*\.[ch]$"), re.M)))
    source = "".join(f"#if __has_include(<{h}>)\n#include <{h}>\n#endif\n"
                     for h in headers if "cmocka" not in h)
    source += "#include <sys/syscall.h>\n"
    names = words(subprocess.run(["gcc", "-D_GNU_SOURCE", "-E", "-dD", "-x", "c", "-"],
                                 input=source, capture_output=True, text=True, check=True).stdout)
    return names | {name.removeprefix("SYS_") for name in names}
