"""Whether kept files that stand for a build fit a version: they do not where they were built from other sources than it has."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench_agent.errors import GitError, MeasureError
from bench_agent.system.files import read_regular
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import KeptFiles, TableComparison, build_scripts, built_from, packed_in, reads_beside
from bench_agent.text.clean import clean_text

MAX_SCRIPT_BYTES = 1_000_000  # of a file that may write a generated module
MAX_GENERATED = 50  # generated modules whose writers are looked for
_WRITERS = (".py", ".sh", ".mk", "akefile", "justfile")  # how the names of scripts end that are read whole
_SCRIPTS = (".py", ".sh", ".mk", ".toml", ".cfg", "")  # a Makefile has no suffix


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
    packed = packed_in(repository.root, archives, _differing(repository, sha, changed)) if archives else None
    source = packed or _other_source(repository, judged, sha, changed, used)
    if source is None:
        return
    names = [path for path in lacking if not used or path in used]
    built = Path(archives[0] if packed else names[0]).name if packed or names else "a generated file"
    how = "and `setup` did not build it" if has_setup else "and there is no `setup` to build it"
    raise MeasureError(
        f"{clean_text(built)} was built from other sources than those of {what} ({clean_text(source)} differs), {how}",
        hint='set how a version is built, in [tool.bench-agent] of pyproject.toml, such as: setup = "pip install ."; '
        "bench-agent doctor proposes the line",
    )


def _other_source(
    repository: Repository, kept: KeptFiles, sha: str, changed: Iterable[str], used: frozenset[str]
) -> str | None:
    """A file that one of these was built from and that is not, at that version, what it is in the checkout; None: there is none."""
    if not (kept.extensions or kept.files):
        return None
    differing = _differing(repository, sha, changed)
    settings, setup = _read(repository.root / "pyproject.toml"), _read(repository.root / "setup.py")

    writers: dict[Sequence[str], list[tuple[str, str]]] = {}  # asked of each path, of the same generated modules

    def names_one_of(path: str, generated: Sequence[str]) -> bool:
        if (key := tuple(generated)) not in writers:
            writers[key] = _scripts_naming(repository, generated)
        reads = any(reads_beside(script, text, generated, path) for script, text in writers[key])
        return reads or _names_one_of(repository.root / path, generated)

    return built_from(
        kept,
        differing,
        used=used,
        differs=TableComparison(repository.show_file(sha, "pyproject.toml"), settings),
        scripts=build_scripts(setup, settings),
        names_one_of=names_one_of,
    )


def _differing(repository: Repository, sha: str, changed: Iterable[str]) -> set[str]:
    """The paths that are not, at that version, what they are in the checkout; none where the checkout has no commit."""
    head = repository.resolve("HEAD")
    if head is None:
        return set()
    uncommitted = {change.path for change in repository.uncommitted()}
    return {*repository.differing(sha, head), *changed, *uncommitted}


def _scripts_naming(repository: Repository, generated: Sequence[str]) -> list[tuple[str, str]]:
    """(path, text) of the tracked scripts of the checkout that name one of these files, which one of them writes."""
    names = sorted({Path(name).name for name in generated} - {"__init__.py"})
    if not names or len(names) > MAX_GENERATED:
        return []
    found = ""
    with contextlib.suppress(GitError):  # none is an error for git too
        wanted = [word for name in names for word in ("-e", name)]
        found = repository.git("grep", "-l", "-z", "-F", "-I", *wanted)
    paths = [path for path in found.split("\0") if path.endswith(_WRITERS)]
    return [(p, _text(repository.root / p)) for p in paths if not Path(p).name.startswith(("test_", "conftest"))]


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return read_regular(path, limit=MAX_SCRIPT_BYTES).decode("utf-8", "replace")
    return ""


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _names_one_of(path: Path, generated: Sequence[str]) -> bool:
    """Whether a file that is no test names one of these generated modules, as what writes it does."""
    if path.suffix not in _SCRIPTS or path.name.startswith(("test_", "conftest")):
        return False
    try:
        text = read_regular(path, limit=MAX_SCRIPT_BYTES)
    except OSError:
        return False
    return any(Path(name).name.encode() in text for name in generated)
