"""Which benchmarks what both sides have of the newer version may bear on: benchmark files and what starts the suite.

Both sides are measured with the newer ones, so that what changed there is in no ratio. Of the base's own content, from git,
names tell which benchmarks may use it (`suspects/use_of_names`); in doubt it is all of them. Nothing is measured here.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bench_agent.compare.impact import find_impact, texts_of
from bench_agent.compare.touched import lists_files, name_of_test, touches_all
from bench_agent.compare.versions import TwoVersions, differing_paths
from bench_agent.results.comparison import ComparedBenchmark, Comparison, Uncompared
from bench_agent.suspects.code_difference import CodeDifference, compare_code
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.use_of_names import NameUse, read_names
from bench_agent.system.files import read_if_there
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

_TESTS = re.compile(r"test|bench")
_NO_TEXTS: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldFile:
    path: str
    difference: CodeDifference | None = None  # None: no Python
    own_only: bool = False  # a file of tests that nothing else names: only its own benchmarks use it


def find_held(repository: Repository, sides: TwoVersions, *, base_sha: str) -> dict[str, str]:
    """Id -> what differs that the benchmark may use and that both sides have of the newer version, in words. Never raises."""
    if not sides.pairs or not (sides.held_files or sides.starts):
        return {}
    ids = [id for pair in sides.pairs for id in pair.ids]
    newer = sides.pairs[0].head
    tree = newer.tree or newer.root
    if starts := other_starts(repository, sides, base_sha=base_sha):
        words = f"{_differ(starts)}, and both sides are started as the suite is now"
        return dict.fromkeys(ids, words)
    olds = {path: repository.show_file(base_sha, path) for path in sides.held_files}
    news = {path: read_if_there(tree / path) for path in sides.held_files}
    return judge_held(olds, news, texts_of(tree), ids)


def other_starts(repository: Repository, sides: TwoVersions, *, base_sha: str) -> list[str]:
    """What starts the suite and differs in more than comments and empty lines."""
    tree = sides.pairs[0].head.tree or sides.pairs[0].head.root
    return [path for path in sides.starts if _starts_otherwise(repository.show_file(base_sha, path), tree / path)]


def unread_files(repository: Repository, *, base_sha: str, tree: Path) -> tuple[str, ...]:
    """Data that differs between a commit and the working tree and that no Python file there names, nor lists folders for.

    What reads it is not the suite as far as names tell: it may be a script that starts it, by a name that is put together.
    """
    data = [path for path in differing_paths(repository, base_sha, None) if kind_of(path) in ("data", "other")]
    texts = texts_of(tree) if data else None
    if texts is None or lists_files(texts.values()):
        return ()

    def is_named(path: str) -> bool:
        name = re.compile(rb"\b%s\b" % re.escape(PurePosixPath(path).name.encode()))
        return any(name.search(text) for text in texts.values())

    return tuple(sorted(path for path in data if not is_named(path)))


def held_alone(repository: Repository, sides: TwoVersions, *, base_sha: str) -> dict[str, str]:
    """Of `find_held`, the benchmarks that nothing else which differs to the working tree can make slower."""
    held = find_held(repository, sides, base_sha=base_sha)
    pairs = [(pair.base, pair.head, pair.ids) for pair in sides.pairs]
    if not held:
        return {}
    untouched = find_impact(repository, base_sha=base_sha, head_sha=None, sides=pairs, held=alike(sides)).untouched
    return {id: because for id, because in held.items() if id in untouched}


def differ_in_that_alone(repository: Repository, sides: TwoVersions, *, base_sha: str, head_sha: str | None) -> bool:
    """Whether the measured sides are the same files: then no ratio tells anything, whatever the suite executes."""
    held = {*alike(sides)}
    return bool(held) and differing_paths(repository, base_sha, head_sha) <= held


def alike(sides: TwoVersions) -> list[str]:
    """The paths that differ and can't make measured sides differ."""
    return [*sides.held_files, *(path for path in sides.starts if not path.endswith((".py", ".env")))]


def judge_held(
    olds: Mapping[str, bytes | None],
    news: Mapping[str, bytes | None],
    texts: Mapping[str, bytes] | None,
    ids: Sequence[str],
) -> dict[str, str]:
    """The decision of `find_held` for benchmark files. texts: the newer Python files; None: too many to be read."""
    known = _NO_TEXTS if texts is None else texts
    before = [content for path, content in known.items() if path not in olds]
    before += [old for old in olds.values() if old is not None]
    differing = [(path, old, news[path]) for path, old in olds.items() if old != news[path]]
    files = [file for each in differing if (file := _judged(*each, known, before, ids)) is not None]
    old_python = [(path, old) for path, old in olds.items() if old is not None and path.endswith(".py")]
    names = read_names([*known.items(), *old_python])
    names.is_readable = names.is_readable and texts is not None
    found: dict[str, str] = {}
    for id in ids:
        used = [file for file in files if _may_use(id, file, names)]
        if used:
            own = all(_is_of(file.path, id) for file in used)
            what = "its own file changed" if own else _differ([file.path for file in used])
            found[id] = f"{what}, and both sides have the newer one"
    return found


def _judged(
    path: str,
    old: bytes | None,
    new: bytes | None,
    texts: Mapping[str, bytes],
    before: Collection[bytes],
    ids: Sequence[str],
) -> _HeldFile | None:
    """The file, where it can matter to anything; None where not."""
    place = PurePosixPath(path)
    is_test = _TESTS.match(place.name) is not None or any(_is_of(path, id) for id in ids)
    if place.suffix != ".py":
        # Nobody finds a new file that no code of before names, but who lists folders.
        unseen = old is None and not lists_files(before)
        return None if unseen or not touches_all([path], before) else _HeldFile(path=path)
    others = [content for other, content in texts.items() if other != path]
    named = re.compile(rb"\b%s\b" % re.escape(place.stem.encode()))
    if old is None and place.stem not in ("__init__", "conftest") and not any(map(named.search, before)):
        return None  # who uses it was changed to do so
    if new is None and is_test:
        return None  # its benchmarks are gone with it, and nothing that is left can import it
    difference = compare_code(old, new)
    own_only = is_test and not any(map(named.search, others))
    return None if difference.is_same else _HeldFile(path=path, difference=difference, own_only=own_only)


def _may_use(id: str, file: _HeldFile, names: NameUse) -> bool:
    if file.own_only and not _is_of(file.path, id):
        return False
    used = names.used(name_of_test(id))
    if file.difference is None or used is None or file.difference.top_level:
        return True
    return any(_is_used(qualname, file.difference, used, names) for qualname in file.difference.functions)


def _is_used(qualname: str, difference: CodeDifference, used: frozenset[str], names: NameUse) -> bool:
    """Whether a function may be called: by its name, or unasked, as a fixture of all."""
    parts = qualname.split(".")
    if not used.isdisjoint({parts[-1], ".".join(parts[-2:])}):
        return True
    return qualname in difference.perhaps_called and names.is_called_unasked(parts[-1])


def _is_of(path: str, id: str) -> bool:
    """Whether the benchmark stands in that file; ids are from pytest's root, paths from the top of the repository."""
    file = id.partition("::")[0]
    return path == file or path.endswith(f"/{file}")


def _starts_otherwise(old: bytes | None, newer: Path) -> bool:
    """Whether more than comments and empty lines differs."""
    new = read_if_there(newer)
    return (old is None) != (new is None) or _lines(old) != _lines(new)


def _lines(content: bytes | None) -> list[bytes]:
    lines = (line.rstrip() for line in (content or b"").splitlines())
    return [line for line in lines if line and not line.startswith(b"#")]


def _differ(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return ", ".join(clean_text(path, limit=80) for path in paths[:2]) + more + (" differ" if paths[1:] else " differs")


def _with_note(row: ComparedBenchmark, because: str) -> ComparedBenchmark:
    note = "; ".join(filter(None, (row.note, f"not in this: {because}")))
    if row.verdict not in ("same", "undecided"):
        return replace(row, note=note)
    return replace(row, note=note, verdict="undecided", seconds_to_settle=None)


def with_held(comparison: Comparison, held: Mapping[str, str], *, unmeasured: Collection[str]) -> Comparison:
    """The comparison with what is in no ratio: told beside a row, and where nothing was measured the benchmark is not compared.

    The same is then said of none: what is in no ratio may have made it slower.
    """
    rows = tuple(
        _with_note(row, held[row.benchmark]) if row.benchmark in held else row for row in comparison.benchmarks
    )
    missed = (Uncompared(benchmark=id, reason="held", because=held[id]) for id in unmeasured if id in held)
    memory = tuple(
        replace(row, note=f"not in this: {held[row.benchmark]}") if row.benchmark in held else row
        for row in comparison.memory
    )
    return replace(comparison, benchmarks=rows, memory=memory, uncompared=(*comparison.uncompared, *missed))
