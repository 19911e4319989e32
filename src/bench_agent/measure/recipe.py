"""Commands and make recipes that set PYTHONPATH themselves, made to keep the folder that brings the probe in.

A recipe such as `PYTHONPATH=src python -m pytest` replaces the path. Nothing else reaches the interpreter of a virtual
environment before pytest loads its plug-ins (docs/decisions/0008), so our folder is put in front in the text itself: of the
command, and of each recipe line, by a shell that make is given instead of its own.
"""

import os
import re
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.project import MAKEFILES
from bench_agent.suspects.data_changes import kind_of
from bench_agent.system.process import Running
from bench_agent.text.imported_names import imported_names

_LOOK_S = 20.0  # for make to read its files
_NO_GOAL = "bench-agent-reads-the-makefile"
_ASSIGNED = re.compile(r"(?<![\w])PYTHONPATH=(?=([\s;&|'\"]|$)?)")
_SPEAKS = re.compile(r"PYTHONPATH\s*[:?+]?=")
_SHELL = re.compile(r"^(?:override )?SHELL[ \t]*(?::|\?|::)?=[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_LISTS_FOLDERS = re.compile(r"\b(?:walk|listdir|scandir|iterdir|r?glob|iglob)\s*\(")
_CALLS_MAKE = re.compile(r"\$[({]MAKE[)}]|\bmake -C\b")
_WITH_VALUE = frozenset({"-C", "-f", "-I", "-o", "-W", "--directory", "--file", "--makefile", "--include-dir"})
# Of what make tells: a rule with its prerequisites and what follows up to an empty line, and a variable.
_RULE = re.compile(r"^([^\s#:=][^:=\n]*?)::?(?: ([^=\n]*))?\n((?:[^\n]+\n)*)", re.MULTILINE)
_VARIABLE = re.compile(r"^(\w+) (?:[:?+]|::)?= (.*)$", re.MULTILINE)
_USED = re.compile(r"\$[({](\w+)[)}]")
_DEEPEST = 5  # variables in the values of variables
_MAX_MAKEFILES = 200  # that are looked into, of a recipe that calls make again
_MAX_SCRIPT = 100_000  # characters of a script that are looked at
_MAX_FILES = 200
_SHELL_SCRIPTS = (".sh", ".bash", "")
_NAME = re.compile(r"[\w./*@+-]+")
_SETS = re.compile(r"=|^\s*(?:export|unexport|include|-include|sinclude|define|endef|if|else|endif|\.[A-Z])")
# Of a rule, such as `test: build ## run the tests (ARGS="-k name")`. In the value of a variable a # may stand in a function.
_RULES_COMMENT = re.compile(r"^([^=#]*:[^=#]*?)\s+#.*(?<!\\)$")
_GIVEN_TO_PYTEST = re.compile(r"(?<![\w./-])(?:[\w./-]*/)?(?:pytest|py\.test)(?=\s)(?:(?!--env-?file)[^\n;&|])*")
# What a tool is told to do stands in these; they are looked at for the files that they name, no more.
_TOOL_FILES = {
    r"\btox\b": ("tox.ini",),
    r"\bnox\b": ("noxfile.py",),
    r"\bjust\b": ("justfile", "Justfile"),
    r"\b(?:invoke|inv)\b": ("tasks.py",),
}
_RUNS_SCRIPT = re.compile(r"\b(?:python[\d.]*|coverage run)(?:\s+-[A-Za-z]\S*)*\s+([\w./-]+\.py)\b")
_MAY_RUN_PYTEST = re.compile(r"pytest|py\.test|\b(?:tox|nox|hatch|pdm|poetry|invoke|inv|just|uv run)\b")
_CALLS_PYTEST = re.compile(r"(?<![\w./-])(?:-m +|[\w./-]*/)?(?:pytest|py\.test)(?=\s|$|['\"])")
_REPEATS = re.compile(r"^\s*(?:for|while|until|xargs)\b|\bparallel\b", re.MULTILINE)
_RUNS_PYTHON = re.compile(r"\b(?:uv|poetry|pdm|hatch|rye|pixi|pipenv) run\s+(?:--?[\w=.-]+\s+)*(?=python)")
_SCRIPT = """#!/bin/sh
# make runs its recipe lines with this while bench-agent measures: a PYTHONPATH of theirs keeps one folder in front.
case ":$PYTHONPATH:" in
*":{entry}:"*) ;;
*) PYTHONPATH="{entry}${{PYTHONPATH:+:$PYTHONPATH}}"; export PYTHONPATH ;;
esac
left=$#
while [ "$left" -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  case "$left:$word" in
  0:*PYTHONPATH=*)
    word=$(printf '%s\\n' "$word" | sed -e 's|^PYTHONPATH=|PYTHONPATH={entry}:|' \\
      -e 's|\\([^A-Za-z0-9_]\\)PYTHONPATH=|\\1PYTHONPATH={entry}:|g' -e 's|{entry}:\\([ ;&]\\)|{entry}\\1|g') ;;
  esac
  set -- "$@" "$word"
done
exec {shell} "$@"
"""


def reaching(command: str, *, root: Path, folder: Path, entry: Path, environment: Mapping[str, str]) -> str:
    """The command, such that its own PYTHONPATH, or that of the make recipes it runs, keeps `entry`.

    folder: this run's own, for a script. Unchanged where nothing sets PYTHONPATH, and where that can't be told.
    """
    if not re.fullmatch(r"[\w/.+~-]+", str(entry)):
        return command  # it would have to be quoted, and in a text we don't know how
    words = _simple_words(command)
    if words and Path(words[0]).name in ("make", "gmake"):
        shell = shell_to_replace(words, root, environment)
        if shell is None:
            return command
        script = folder / "shell"
        script.write_text(_SCRIPT.format(entry=entry, shell=shlex.join(shlex.split(shell))), encoding="utf-8")
        script.chmod(0o700)
        return f"{command} SHELL={shlex.quote(str(script))}"
    return keep_entry(command, entry)


def keep_entry(text: str, entry: Path) -> str:
    """A shell's text in which each PYTHONPATH= begins with `entry`."""
    return _ASSIGNED.sub(lambda match: f"PYTHONPATH={entry}" + ("" if match[1] in ("", " ", "\n") else ":"), text)


def _simple_words(command: str) -> list[str]:
    """The words of a command that is no more than words; none of another."""
    if re.search(r"[;&|<>`$(){}\n]", command):
        return []
    try:
        return shlex.split(command)
    except ValueError:
        return []


def shell_to_replace(words: list[str], root: Path, environment: Mapping[str, str]) -> str | None:
    """The shell of the recipes, where they or the Makefile set PYTHONPATH; None where nothing does."""
    database = read_makefiles(words, root, environment)
    texts = [database]
    if _CALLS_MAKE.search(database):
        texts += _other_makefiles(root)
    if not any(_SPEAKS.search(text) for text in texts):
        return None
    shells = [shell for text in texts for shell in _SHELL.findall(text) if "$" not in shell]
    own = [shell for shell in shells if shell != "/bin/sh"]
    # What several Makefiles of one build have each their own of is taken to be a bash: it understands what the others do.
    return next((shell for shell in own if "bash" in shell), own[0] if own else "/bin/sh")


def read_makefiles(words: list[str], root: Path, environment: Mapping[str, str]) -> str:
    """What make knows after reading its files (`make -p`): variables, rules and their recipes. No recipe is run."""
    asked, goals_follow = [words[0]], iter(words[1:])
    for word in goals_follow:
        if word in _WITH_VALUE:
            asked += [word, next(goals_follow, "")]
        elif word.startswith("-") or "=" in word:
            asked.append(word)
    left_out = ("PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    env = {name: value for name, value in environment.items() if name not in left_out}
    if shutil.which(words[0], path=env.get("PATH")) is None:
        return ""
    try:
        with Running([*asked, "-pn", _NO_GOAL], cwd=root, env=env) as running:
            running.wait(_LOOK_S)
            running.end(strays=False)
            return running.output()
    except MeasureError:
        return ""


def speaks_of_pytest(texts: Sequence[str]) -> bool:
    """Whether pytest may be what is run in the end; True where a tool runs it whose settings are not read here.

    texts: as of `texts_of`.
    """
    return any(_MAY_RUN_PYTEST.search(_RUNS_PYTHON.sub("", text)) for text in texts)


def count_pytest(texts: Sequence[str]) -> int | None:
    """How many pytest calls a command makes, by the same texts; None where a loop or a tool makes that unknown."""
    text = "\n".join(texts)
    if _REPEATS.search(text):
        return None
    return len(_CALLS_PYTEST.findall(text)) or None


def texts_of(command: str, *, root: Path, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What a command says of what it runs: its own text, its Makefile's recipes, the shell scripts it names."""
    return read_start(command, root=root, environment=environment).texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a command says of how the suite is started."""

    texts: tuple[str, ...]  # its own, its Makefile's recipes, those of the shell scripts it names
    files: tuple[
        str, ...
    ]  # absolute paths of the scripts that these run, and of what they may read: variables, settings


def read_start(command: str, *, root: Path, environment: Mapping[str, str]) -> Start:
    """The texts of a command, its recipes and its shell scripts, and the files that these name, not as what pytest is given.

    What is found by a name that is put together, or by a tool that is not read here, is not in it. Nothing is run.
    """
    words = _simple_words(command)
    texts = [command]
    if words and Path(words[0]).name in ("make", "gmake"):
        database = read_makefiles(words, root, environment)
        recipes = recipes_of(database, [word for word in words[1:] if not word.startswith("-") and "=" not in word])
        # Other targets may call make as they like: only what is run counts.
        texts += [recipes, *(_other_makefiles(root) if _CALLS_MAKE.search(recipes) else [])]
    top = root.resolve()
    tools = [top / name for tool, names in _TOOL_FILES.items() if re.search(tool, "\n".join(texts)) for name in names]
    assigned = "\n".join(line for line in _makefile_lines(words, top) if "=" in line)
    looked_at = [*((text, top) for text in (*texts, assigned)), *((_script(path), top) for path in tools)]
    files: dict[Path, None] = {}
    for text, folder in looked_at:  # which grows by the scripts that are found in it
        for path in _files_in(text, {top, folder}):
            if path in files or len(files) >= _MAX_FILES:
                continue
            files[path] = None
            if path.suffix in (*_SHELL_SCRIPTS, ".env", ".py"):
                looked_at.append((_script(path), path.parent))
            if path.suffix in _SHELL_SCRIPTS:
                texts.append(_script(path))
            if path.suffix == ".py":
                files |= dict.fromkeys(_in_listed_folders(path, top)[: max(_MAX_FILES - len(files), 0)])
            if path.suffix == ".py" and path.parent != top:  # beside one at the top lies the project itself
                for module in _imported_beside(path):
                    if module not in files and len(files) < _MAX_FILES:
                        files[module] = None
                        looked_at.append((_script(module), module.parent))
    return Start(texts=tuple(texts), files=tuple(map(str, files)))


def _in_listed_folders(script: Path, top: Path) -> list[Path]:
    """The files that are no code in the folders a script names, where it lists folders: it may read any of them."""
    text = _script(script)
    if not _LISTS_FOLDERS.search(text):
        return []
    named = sorted(set(re.findall(r"[\"']([\w./-]+)[\"']", text)))
    folders = {place for name in named for base in (top, script.parent) if _is_folder(place := base / name, top)}
    return [
        path
        for folder in sorted(folders)
        for path in sorted(folder.iterdir())
        if path.suffix != ".py" and path.is_file()
    ]


def _is_folder(place: Path, top: Path) -> bool:
    try:
        return place.is_dir() and place.resolve() != top
    except (OSError, ValueError):
        return False  # a name too long


def _imported_beside(script: Path) -> list[Path]:
    """The modules that a script imports from its own folder, and those that these import from there."""
    found: list[Path] = []
    todo = [script]
    while todo and len(found) < _MAX_FILES:
        path = todo.pop()
        places = [path.parent / name.replace(".", "/") for name in sorted(imported_names(_script(path)))]
        for module in (each for place in places for each in (place.with_suffix(".py"), place / "__init__.py")):
            if module not in found and module != script and _is_own_file(module):
                found.append(module)
                todo.append(module)
    return found


def files_that_start(
    command: str, paths: Sequence[str], *, older: Path, newer: Path, environment: Mapping[str, str]
) -> list[str]:
    """Of files that differ between two folders and tell how suites are started, those that tell it of this command.

    A Makefile in which only other targets differ does not, nor do the settings of a tool that the command does not name.
    paths: relative to anything; they are known by their names.
    """
    if not paths or not older.is_dir():
        return list(paths)
    starts = [read_start(command, root=root, environment=environment).texts for root in (older, newer)]
    words = _simple_words(command)
    lines = [[line for line in _makefile_lines(words, root) if _SETS.search(line)] for root in (older, newer)]
    plain = [
        [text.replace(str(root.resolve()), "") for text in texts]
        for root, texts in zip((older, newer), starts, strict=True)
    ]
    same = plain[0] == plain[1] and lines[0] == lines[1]
    told = "\n".join(text for texts in starts for text in texts)
    silent = {name for tool, names in _TOOL_FILES.items() if not re.search(tool, told) for name in names}
    silent |= {*MAKEFILES} if same else set()
    return [path for path in paths if Path(path).name not in silent]


def _script(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_MAX_SCRIPT]
    except OSError:
        return ""


def _makefile_lines(words: Sequence[str], top: Path) -> list[str]:
    """The lines of the project's Makefile that are no recipes: make shows the values of variables, not what they came from."""
    if not words or Path(words[0]).name not in ("make", "gmake"):
        return []
    lines = [line for name in MAKEFILES for line in _script(top / name).splitlines()]
    return [_RULES_COMMENT.sub(r"\1", line) for line in lines if not line.startswith(("\t", "#"))]


def _files_in(text: str, folders: Collection[Path]) -> list[Path]:
    """The files that a text names, as seen from one of the folders: not what pytest is given, which each version has its own of.

    Nor what tells what is installed or compiled, documents, and Python but for scripts that are run.
    """
    text = text.replace("\\\n", " ")
    run, named = _RUNS_SCRIPT.findall(text), _NAME.findall(_GIVEN_TO_PYTEST.sub("", text))
    found = {path for name in named for path in _meant(name, folders) if path.suffix != ".py"}
    found |= {path for name in run for path in _meant(name, folders)}
    read = {path for path in found if kind_of(path.name) not in ("compiled", "dependency", "docs")}
    return sorted(path for path in read if path.name not in MAKEFILES and _is_own_file(path))


def _meant(name: str, folders: Collection[Path]) -> list[Path]:
    """What a name in a text is, seen from the folders: one path each, or all of a folder that a pattern fits."""
    name = name.lstrip("@-")
    if name.startswith("/"):
        return []  # of the machine, such as a shell
    if not re.search(r"[\w.]/?[^/]*\*", name) or "**" in name:
        return [Path(os.path.normpath(folder / name)) for folder in folders]
    return [Path(os.path.normpath(path)) for folder in folders for path in islice(folder.glob(name), _MAX_FILES)]


def _is_own_file(path: Path) -> bool:
    """Whether it is a file, and not of an environment."""
    try:
        return path.is_file() and not (path.parent.parent / "pyvenv.cfg").exists()
    except (OSError, ValueError):
        return False  # a name too long


def recipes_of(database: str, goals: Sequence[str]) -> str:
    """The recipes of these targets and of all they need, by what `make -p` tells, with the values of their variables."""
    rules = {name.strip(): (needed or "", body) for name, needed, body in _RULE.findall(database)}
    default = re.search(r"^\.DEFAULT_GOAL :?= (.+)$", database, re.MULTILINE)
    wanted = list(goals) or ([default[1].strip()] if default else [])
    text, seen = "", set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in rules:
            continue
        seen.add(name)
        needed, body = rules[name]
        wanted += needed.replace("|", " ").split()
        text += "".join(line for line in body.splitlines(keepends=True) if line.startswith("\t"))
    values = {name: value for name, value in _VARIABLE.findall(database) if name != "MAKE"}
    for _ in range(_DEEPEST):
        text = _USED.sub(lambda match: values.get(match[1], match[0]), text)
    return text


def _other_makefiles(root: Path) -> list[str]:
    found: list[str] = []
    for where, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        makefiles = [name for name in names if name in MAKEFILES or name.endswith(".mk")]
        found += [Path(where, name).read_text(encoding="utf-8", errors="replace") for name in makefiles]
        if len(found) >= _MAX_MAKEFILES:
            break
    return found
