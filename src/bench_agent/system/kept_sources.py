"""Whether kept files that stand for a build fit a version: they do not where they were built from other sources than it has."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.system.files import read_regular
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import KeptFiles, TableComparison, build_scripts, built_from
from bench_agent.text.clean import clean_text

MAX_SCRIPT_BYTES = 1_000_000  # of a file that may write a generated module
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
    source = _other_source(repository, judged, sha, changed, used)
    if source is None:
        return
    names = [path for path in lacking if not used or path in used]
    built = Path(names[0]).name if names else "a generated file"
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
    head = repository.resolve("HEAD")
    if head is None or not (kept.extensions or kept.files):
        return None
    differing = {*repository.differing(sha, head), *changed}
    differing |= {change.path for change in repository.uncommitted()}
    settings, setup = _read(repository.root / "pyproject.toml"), _read(repository.root / "setup.py")

    def names_one_of(path: str, generated: Sequence[str]) -> bool:
        return _names_one_of(repository.root / path, generated)

    return built_from(
        kept,
        differing,
        used=used,
        differs=TableComparison(repository.show_file(sha, "pyproject.toml"), settings),
        scripts=build_scripts(setup, settings),
        names_one_of=names_one_of,
    )


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
