"""What was traced once is not traced again, in this search or in the one that goes on where it was stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.backfill.journal import Journal
from bench_agent.backfill.kept_traces import KeptTraces, TracedAnswer
from bench_agent.bisection.lineage import Version
from bench_agent.bisection.traced_versions import Look, TracedSet
from bench_agent.history.store import Store
from bench_agent.records import AllocatingLine, CallMemory

ONE, TWO = Version("1" * 40), Version("2" * 40)
QUICK = Look(left=False)


@dataclass
class MadeUp:
    broken: frozenset[Version] = frozenset()
    asked: list[tuple[str, tuple[str, ...], Look]] = field(default_factory=list)

    def trace_all(self, versions: Sequence[Version], benchmarks: Sequence[str], look: Look) -> TracedSet:
        told = TracedSet()
        for version in versions:
            self.asked.append((version.sha[:1], tuple(benchmarks), look))
            if version in self.broken:
                told.failed[version] = dict.fromkeys(benchmarks, "it does not start")
                continue
            line = AllocatingLine(path="a.py", line=7, text="x = []", bytes=50, blocks=1)
            memory = CallMemory(peak_bytes=100, calls=2 * look.left, lines=(line,) if look.lines else ())
            told.memory[version] = dict.fromkeys(benchmarks, memory)
        return told


def kept(folder: Path, versions: MadeUp) -> KeptTraces:
    journal = Journal(Store(folder / ".benchmark"), "a" * 20, TracedAnswer)
    return KeptTraces(versions, journal, tuple(journal.read()))


def test_a_search_that_goes_on_traces_only_what_is_not_known(tmp_path: Path) -> None:
    first = MadeUp()
    before = kept(tmp_path, first).trace_all([ONE], ["a", "b"], Look(lines=True))
    again = MadeUp()
    traces = kept(tmp_path, again)
    found = traces.trace_all([ONE, TWO], ["a"], Look(lines=True))
    assert found.memory[ONE] == {"a": before.memory[ONE]["a"]}
    assert [version for version, _, _ in again.asked] == ["2"]
    traces.trace_all([ONE], ["a"], Look(hash_seed=2, lines=True))
    assert len(again.asked) == 2, "another hash seed is another question"


def test_what_was_not_asked_of_leaks_is_asked_again_and_the_other_way_round_it_is_known(tmp_path: Path) -> None:
    versions = MadeUp()
    traces = kept(tmp_path, versions)
    traces.trace_all([ONE], ["a"], QUICK)
    traces.trace_all([ONE], ["a"], Look())
    traces.trace_all([ONE], ["a"], QUICK)
    assert [look.left for _, _, look in versions.asked] == [False, True]


def test_what_could_not_be_traced_is_said_and_tried_again_next_time(tmp_path: Path) -> None:
    told = kept(tmp_path, MadeUp(broken=frozenset({TWO}))).trace_all([ONE, TWO], ["a"], Look())
    assert told.failed == {TWO: {"a": "it does not start"}}
    versions = MadeUp()
    assert "a" in kept(tmp_path, versions).trace_all([ONE, TWO], ["a"], Look()).memory[TWO]
    assert [version for version, _, _ in versions.asked] == ["2"]
