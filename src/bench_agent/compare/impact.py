"""Which benchmarks cannot differ between two versions, found out before any is timed: what changed, against what each executes.

From a benchmark's test function on, all that is named is followed, with imports, fixtures and set-up (`suspects/use_of_names`):
where nothing that differs is among it, the benchmark is untouched, at no cost. Of the others one call is counted. What executes
no changed code, and whose set-up names none, is untouched too. What is not surely untouched is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_agent.compare.touched import CodeChange, touches_all
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import count_side
from bench_agent.measure.paired.side import Side
from bench_agent.records import Reach
from bench_agent.suspects.use_of_names import COMPUTED, NameUse, read_names
from bench_agent.system.git import Repository
from bench_agent.text import quantity

MAX_FILES = (
    4000  # Python files of the project that are searched for the names of what changed; with more all is measured
)


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
    environment: Mapping[str, str],
    deadline: float,
) -> Impact:
    """What of the benchmarks need not be measured. head_sha: None is the working tree.

    sides: of each pytest process of the suite, base, head and its benchmarks. Counting costs a start of one side and three
    calls of each benchmark, is done only where Python files alone differ, and ends at `deadline` (time.monotonic()): what was
    not counted is measured. Never raises.
    """
    changed = repository.differing(base_sha, head_sha or "HEAD")
    if head_sha is None:
        changed |= {change.path for change in repository.uncommitted()}
    if not sides:
        return EVERYTHING
    older, newer = (side.tree or side.root for side in sides[0][:2])
    texts = _texts_of(newer)
    if texts is None or touches_all(changed, texts.values()):
        return EVERYTHING
    # What the trees hold: the benchmark files are the newer ones on both sides.
    versions = {path: (_read(older / path), _read(newer / path)) for path in sorted(changed) if path.endswith(".py")}
    changes = [CodeChange(path, old, new, texts) for path, (old, new) in versions.items() if old != new]
    if not changes:
        every = frozenset(id for _, _, own in sides for id in own)
        return Impact(untouched=every, because="no file that they could execute or read differs")
    names = read_names([*texts.items(), *((path, old) for path, (old, _) in versions.items() if old is not None)])
    by_name = frozenset(id for _, _, own in sides for id in own if not _may_use(id, changes, names))
    open_ = [(base, head, rest) for base, head, own in sides if (rest := [id for id in own if id not in by_name])]
    counted = _count(open_, environment, deadline)
    by_count = frozenset(
        id for id, reach in counted.items() if not any(_touches(change, id, reach, names) for change in changes)
    )
    untouched = by_name | by_count
    return Impact(untouched=untouched, because=_because(len(changes), len(by_count)) if untouched else None)


def _test_name(id: str) -> str:
    return id.partition("[")[0].rpartition("::")[2]


def _may_use(id: str, changes: Sequence[CodeChange], names: NameUse) -> bool:
    """Whether a benchmark may use something that differs, as far as the texts tell, from its test function on."""
    used = names.used(_test_name(id), ())
    return used is None or COMPUTED in used or any(change.is_named_in(used) for change in changes)


def _touches(change: CodeChange, id: str, reach: Reach, names: NameUse) -> bool:
    return change.touches_counted(reach, names.used(_test_name(id), reach.functions))


def _because(files: int, counted: int) -> str:
    calls = f", and so says one counted call of {counted} of them" if counted else ""
    return f"no code that they use by any name differs in {quantity.counted(files, 'changed Python file')}{calls}"


def _count(
    sides: Sequence[tuple[Side, Side, Sequence[str]]], environment: Mapping[str, str], deadline: float
) -> dict[str, Reach]:
    """What one call executes at the newer version. Where none of it differs, the older one executes the same."""
    counted: dict[str, Reach] = {}
    for _, head, own in sides:
        try:
            counted |= count_side(head, node_ids=own, env=environment, deadline=deadline)
        except BenchAgentError:
            continue  # timing them will say why
    return counted


def _texts_of(tree: Path) -> dict[str, bytes] | None:
    """The Python files of a version, by path from its root; None where there are too many, or one can't be read."""
    texts: dict[str, bytes] = {}
    for path in tree.rglob("*.py"):
        if any(part.startswith(".") for part in path.relative_to(tree).parts[:-1]):
            continue  # an environment, a cache: others' code
        content = _read(path)
        if content is None or len(texts) >= MAX_FILES:
            return None
        texts[path.relative_to(tree).as_posix()] = content
    return texts


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
