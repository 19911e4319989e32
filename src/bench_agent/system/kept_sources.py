"""Whether kept files that stand for a build fit a version: they do not where they were built from other sources than it has."""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from bench_agent.errors import GitError, MeasureError
from bench_agent.system.files import read_regular
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import (
    KeptFiles,
    TableComparison,
    build_scripts,
    built_from,
    packed_in,
    reads_beside,
    stem_of,
)
from bench_agent.text.clean import clean_text
from bench_agent.text.imported_names import imported_names

MAX_SCRIPT_BYTES = 1_000_000  # of a file that may write a generated module
_SCRIPTS = (".py", ".sh", ".mk", ".toml", ".cfg", "")  # a Makefile has no suffix
_HINT = (
    'set setup = "{line}", or the command that generates it, in [tool.bench-agent] of pyproject.toml: how a version is '
    "built; bench-agent doctor proposes a line where it knows the build"
)
_HINT_BUILT = (
    "it ended without an error: run it in a fresh clone and read what it prints, since some builds go on without what "
    "can't be compiled; it must leave the module beside its package or install it"
)
MAX_GENERATED = 50  # generated modules whose writers are looked for
_WRITERS = (".py", ".sh", ".mk", "akefile", "justfile")  # how their names end


def check_kept(
    repository: Repository,
    tree: Path,
    kept: KeptFiles,
    *,
    sha: str,
    what: str,
    changed: Iterable[str],
    used: frozenset[str],
    has_setup: bool,
) -> None:
    """Raises MeasureError when a kept file that stands for a build was built from other sources than this version's.

    tree: the version, which is the commit `sha` but for the paths in `changed`. what: it is called in the error. used: the
    kept files that the run imported; empty: not known. has_setup: the tree is built, which makes what is generated.
    """
    lacking = [path for path in kept.extensions if not os.path.lexists(tree / kept.target(path))]
    judged = KeptFiles(files=() if has_setup else kept.files, extensions=tuple(lacking), places=kept.places)
    archives = [path for path in judged.files if path in used]
    head = repository.resolve("HEAD")
    if head is None or not (judged.extensions or judged.files):
        return
    differing = {*repository.differing(sha, head), *changed}
    differing |= {change.path for change in repository.uncommitted()}
    packed = packed_in(repository.root, archives, differing)
    source = packed or _other_source(repository, judged, sha, differing, used)
    if source is None:
        return
    names = [path for path in lacking if not used or path in used]
    # Of those that are compiled from it if there are such, as from a Python source.
    names.sort(key=lambda path: stem_of(kept.target(path)) != stem_of(source))
    built = archives[0] if packed else Path(names[0]).name if names else "a generated file"
    in_place = any(kept.target(path) == path for path in names)
    line = "pip install -e ." if in_place else "pip install ."
    how = "and `setup` did not build it" if has_setup else "and there is no `setup` to build it"
    raise MeasureError(
        f"{clean_text(built)} was built from other sources than those of {what} ({clean_text(source)} differs), {how}",
        hint=_HINT_BUILT if has_setup else _HINT.format(line=line),
    )


def _other_source(
    repository: Repository, kept: KeptFiles, sha: str, differing: set[str], used: frozenset[str]
) -> str | None:
    """A file that one of these was built from and that is not, at that version, what it is in the checkout; None: there is none."""
    settings, setup = _read(repository.root / "pyproject.toml"), _read(repository.root / "setup.py")
    return built_from(
        kept,
        differing,
        used=used,
        differs=TableComparison(repository.show_file(sha, "pyproject.toml"), settings),
        scripts=build_scripts(setup, settings),
        names_one_of=_writer_of(repository),
    )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _writer_of(repository: Repository) -> Callable[[str, Sequence[str]], bool]:
    """Whether a file of the checkout that is no test names one of these generated modules, as what writes it does, or is named
    beside one in a script, as what it is written from is, or is imported or named by such a script's own modules."""
    naming = cache(lambda names: _scripts_naming(repository, names))
    helpers = cache(lambda names: _helpers_of(repository.root, naming(names), names))

    def is_writer(path: str, generated: Sequence[str]) -> bool:
        names = tuple(sorted({Path(name).name for name in generated} - {"__init__.py"}))
        if any(reads_beside(script, text, generated, path) for script, text in naming(names)):
            return True
        if path in helpers(names) or is_named_in(path, helpers(names).values()):
            return True
        # .gitignore names what is generated, and writes nothing.
        if Path(path).suffix not in _SCRIPTS or Path(path).name.startswith(("test_", "conftest", ".")):
            return False
        text = _text(repository.root / path)
        return any(Path(name).name in text for name in generated)

    return is_writer


def _scripts_naming(repository: Repository, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """(path, text) of the tracked scripts of the checkout that name one of these files. One call of git for all."""
    if not names or len(names) > MAX_GENERATED:
        return []
    wanted = [word for name in names for word in ("-e", name)]
    found = ""
    with contextlib.suppress(GitError):  # none is an error for git too
        found = repository.git("grep", "-l", "-z", "-F", "-I", *wanted)
    paths = [
        path
        for path in found.split("\0")
        if path.endswith(_WRITERS) and not Path(path).name.startswith(("test_", "conftest"))
    ]
    return [(path, _text(repository.root / path)) for path in paths]


def _helpers_of(top: Path, naming: Sequence[tuple[str, str]], names: tuple[str, ...]) -> dict[str, str]:
    """Path -> text of the Python scripts that write one of these files, and of what they import from beside them.

    naming: the scripts that name one. What they import from elsewhere, such as the package itself, is not followed: then any
    change would be one of what is generated.
    """
    found: dict[str, str] = {}
    todo = [path for path, _ in naming if path.endswith(".py")]
    for script, text in naming:  # a recipe runs the script that is named beside the file
        for block in re.split(r"\n\s*\n", text):
            if any(name in block for name in names):
                named = [path for path in re.findall(r"[\w./-]+\.py\b", block) if Path(path).name not in names]
                todo += [str(folder / path) for path in named for folder in (Path(), Path(script).parent)]
    while todo and len(found) < MAX_GENERATED:
        path = os.path.normpath(todo.pop())
        if path in found or path.startswith(("..", "/")) or not (top / path).is_file():
            continue
        found[path] = text = _text(top / path)
        beside = Path(path).parent
        for name in imported_names(text):
            place = str(beside / name.replace(".", "/"))
            todo += [f"{place}.py", *([f"{place}/__init__.py"] if beside.parts else [])]
    return found


def is_named_in(path: str, texts: Iterable[str]) -> bool:
    """Whether one of these scripts names a file that is no code and no document: what is generated may be made from it."""
    own = Path(path)
    if own.suffix in (".py", ".md", ".rst"):
        return False
    pattern = re.compile(rf"(?<![\w.-]){re.escape(own.name)}(?![\w-])")
    return any(pattern.search(text) for text in texts)


def _text(path: Path) -> str:
    """What the file says; "" where it can't be read or is too long."""
    with contextlib.suppress(OSError):
        return read_regular(path, limit=MAX_SCRIPT_BYTES).decode("utf-8", "replace")
    return ""
