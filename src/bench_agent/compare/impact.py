"""Which benchmarks can't differ between two versions, found out before anything is run: what differs, against what they use.

From a benchmark's test function on, all that is named is followed, with imports, fixtures and set-up (`suspects/use_of_names`).
Where nothing that differs is among it, the benchmark is untouched, at no cost. What is not surely untouched is measured.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench_agent.compare.touched import CodeChange, name_of_test, touches_all
from bench_agent.measure.paired.side import Side
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.use_of_names import NameUse, read_names
from bench_agent.system.files import read_if_there
from bench_agent.system.git import Repository
from bench_agent.system.kept_files import is_junk
from bench_agent.text import quantity

MAX_FILES = 4000  # Python files of the project that are read for what they name; where there are more, all is measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """untouched: ids that need no measuring. because: how that is known, as a sentence; None where nothing is untouched."""

    untouched: frozenset[str] = frozenset()
    because: str | None = None


EVERYTHING = Impact()


def find_impact(
    repository: Repository,
    *,
    base_sha: str,
    head_sha: str | None,
    sides: Sequence[tuple[Side, Side, Sequence[str]]],
    held: Collection[str] = (),
) -> Impact:
    """What of the benchmarks need not be measured. head_sha: None is the working tree.

    sides: of each pytest process of the suite, base, head and its benchmarks. All is measured where anything but Python and
    documents differs. held: what both trees have alike although it differs. About 1 ms for 100 lines of the project. Never raises.
    """
    changed = changed_paths(repository, base_sha, head_sha) - {*held}
    if not sides:
        return EVERYTHING
    older, newer = (side.tree or side.root for side in sides[0][:2])
    # New benchmark files, and those that are gone: whatever reads sources finds the same on both sides.
    changed -= {
        path for path in changed if path.endswith(".py") and read_if_there(older / path) == read_if_there(newer / path)
    }
    texts = texts_of(newer)
    if texts is None or any((newer / path).is_dir() for path in changed):  # a submodule with changes
        return EVERYTHING
    ids = [id for _, _, own in sides for id in own]
    if touches_all(changed, list(importable(_texts_in(texts), ids).values())):
        return EVERYTHING
    changes = code_changes(changed, older, newer, texts)
    if not changes:
        every = frozenset(id for _, _, own in sides for id in own)
        return Impact(untouched=every, because="no file in git that they could execute or read differs")
    names = read_names([*texts.items(), *((change.path, change.old) for change in changes if change.old is not None)])
    untouched = frozenset(id for _, _, own in sides for id in own if not _may_use(id, changes, names))
    which = quantity.counted(len(changes), "Python file")
    because = f"of what differs in {which} they name nothing, nor does anything that they use"
    return Impact(untouched=untouched, because=because if untouched else None)


def changed_paths(repository: Repository, base_sha: str, head_sha: str | None) -> frozenset[str]:
    """The paths that differ between two commits. head_sha: None is the working tree, with the Python files git does not track."""
    changed = repository.differing(base_sha, head_sha or "HEAD")
    if head_sha:
        return changed
    new = repository.git("ls-files", "--others", "--exclude-standard", "-z", "--full-name").split("\0")
    python = {path for path in new if path.endswith(".py") and not is_junk(path)}
    return changed | python | {change.path for change in repository.uncommitted()}


def code_changes(changed: Collection[str], older: Path, newer: Path, texts: Mapping[str, bytes]) -> list[CodeChange]:
    """What differs in Python files between two trees, as they lie there: the benchmark files are the newer ones in both."""
    versions = {
        path: (read_if_there(older / path), read_if_there(newer / path))
        for path in sorted(changed)
        if path.endswith(".py")
    }
    return [CodeChange(path, old, new, texts) for path, (old, new) in versions.items() if old != new]


def _may_use(id: str, changes: Sequence[CodeChange], names: NameUse) -> bool:
    """Whether a benchmark may use something that differs."""
    test = name_of_test(id)
    used, docstrings = names.used(test), names.may_read_docstrings(test)
    if used is None:
        return names.may_read_sources(test) or any(not change.is_same(docstrings=docstrings) for change in changes)
    return any(change.is_named_in(used, docstrings=docstrings) for change in changes)


def _texts_in(texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """What a benchmark may import: no set-up script, no documentation's settings."""
    return {path: text for path, text in texts.items() if kind_of(path) in ("python", "tests")}


def importable(texts: Mapping[str, bytes], ids: Collection[str]) -> dict[str, bytes]:
    """Those of the Python files that the benchmarks' may import, by the names of modules that stand in them; all in doubt.

    A module counts as named wherever its name stands as a word. A document is read by what is executed, and other tests and
    tools of a project list folders too.
    """
    files = {id.partition("::")[0] for id in ids}
    todo = [path for path in texts if path in files or path.endswith(tuple(f"/{file}" for file in files))]
    if len(todo) < len(files):
        return dict(texts)
    todo += [path for path in texts if PurePosixPath(path).name == "conftest.py"]
    by_name: dict[bytes, list[str]] = {}
    for path in texts:
        place = PurePosixPath(path)
        by_name.setdefault((place.parent.name if place.stem == "__init__" else place.stem).encode(), []).append(path)
    found: dict[str, bytes] = {}
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found[path] = texts[path]
        if _IMPORTS_UNSEEN.search(texts[path]):
            return dict(texts)
        words = {*_WORD.findall(texts[path])}
        todo += [named for word in words & by_name.keys() for named in by_name[word]]
        todo += [init for parent in PurePosixPath(path).parents if (init := str(parent / "__init__.py")) in texts]
    return found


_WORD = re.compile(rb"\w+")
_IMPORTS_UNSEEN = re.compile(
    rb"\b(?:import_module|__import__|iter_modules|walk_packages|entry_points|run_path|run_module|spec_from_\w+|pytest_plugins"
    rb"|exec|execfile)\b"
)


def texts_of(tree: Path) -> dict[str, bytes] | None:
    """The Python files of a version, by path from its root; None where there are too many, or one can't be read."""
    texts: dict[str, bytes] = {}
    for path in tree.rglob("*.py"):
        if any(part.startswith(".") for part in path.relative_to(tree).parts[:-1]):
            continue  # an environment, a cache: others' code
        content = read_if_there(path)
        if content is None or len(texts) >= MAX_FILES:
            return None
        texts[path.relative_to(tree).as_posix()] = content
    return texts
