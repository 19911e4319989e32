"""Lasting changes of memory along a line: found, proved and refuted on made-up lines, in few sessions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from bench_agent.backfill.memory_line import MemoryLine, OutOfTime
from bench_agent.backfill.memory_result import Found, changes_of, skipped_of, unexplained_of
from bench_agent.backfill.memory_steps import Series
from bench_agent.backfill.stretch import spread_for, spread_positions
from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.traced_versions import Look, TracedSet
from bench_agent.records import AllocatingLine, CallMemory, Commit

A, B = "t.py::test_a", "t.py::test_b"


@dataclass
class MadeUp:
    """Versions whose memory is a function of benchmark and position."""

    peaks: Mapping[str, Callable[[int], int]]
    left: Mapping[str, Callable[[int], float]] = field(default_factory=dict)
    broken: frozenset[int] = frozenset()
    noise: Callable[[int, int], int] = lambda seed, position: 0
    asked: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)  # position, hash seed, benchmarks

    def trace_all(self, versions: Sequence[Version], benchmarks: Sequence[str], look: Look) -> TracedSet:
        told = TracedSet()
        for version in versions:
            position = int(version.sha)
            self.asked.append((position, look.hash_seed, tuple(benchmarks)))
            if position in self.broken:
                told.failed[version] = dict.fromkeys(benchmarks, "it does not start")
                continue
            told.memory[version] = {id: self._memory(id, position, look) for id in benchmarks}
        return told

    def _memory(self, id: str, position: int, look: Look) -> CallMemory:
        peak = self.peaks[id](position) + self.noise(look.hash_seed, position)
        left = self.left[id](position) if id in self.left else 0.0
        lines = (AllocatingLine(path="a.py", line=7, text="x = []", bytes=peak, blocks=1),) if look.lines else ()
        leaving = (AllocatingLine(path="a.py", line=9, text="seen.append(x)", bytes=int(left), blocks=1),)
        return CallMemory(
            peak_bytes=peak,
            left_bytes=left if look.left else 0.0,
            calls=2 if look.left else 0,
            lines=lines,
            left_lines=leaving if look.lines and left else (),
        )


def steps(*at: int, size: int = 1_000_000, first: int = 500_000) -> Callable[[int], int]:
    """So much more at each of these positions; less at those that are negative."""
    return lambda position: first + size * sum((one > 0) - (one < 0) for one in at if position >= abs(one))


def searched(made_up: MadeUp, last: int = 256, *, deadline: float = float("inf")) -> MemoryLine:
    line = MemoryLine(
        line=Line(
            versions=tuple(Version(str(p)) for p in range(last + 1)),
            commits=tuple(Commit(sha=str(p), subject=f"Commit {p}", parents=(str(p - 1),)) for p in range(1, last + 1)),
        ),
        versions=made_up,
        benchmarks=tuple(made_up.peaks),
        resolution=0.01,
        deadline=deadline,
        say=lambda _: None,
    )
    line.look(spread_positions(last, spread_for(last)))
    line.search()
    return line


def named(line: MemoryLine) -> set[tuple[str, str, int]]:
    return {(step.series.benchmark, step.series.metric, step.high) for step in line.proved}


def test_growth_and_shrinking_of_two_benchmarks_is_found_to_the_commit_with_its_line() -> None:
    line = searched(made_up := MadeUp({A: steps(40, 170, -200), B: steps(170)}))
    assert named(line) == {(A, "peak", 40), (A, "peak", 170), (A, "peak", 200), (B, "peak", 170)}
    grown = next(step for step in line.proved if step.high == 40)
    assert (grown.before_bytes, grown.after_bytes, grown.sessions) == (500_000, 1_500_000, 2)
    assert [(one.path, one.line, one.head_bytes - one.base_bytes) for one in grown.lines] == [("a.py", 7, 1_000_000)]
    less = next(step for step in line.proved if step.high == 200)
    assert [(one.base_bytes, one.head_bytes) for one in less.lines] == [(2_500_000, 1_500_000)]
    assert {seed for position, seed, _ in made_up.asked if position == 170} == {1, 2}, "proved with another hash seed"
    assert len(made_up.asked) == line.sessions <= 60


def test_nothing_is_traced_beyond_the_first_look_where_nothing_changes() -> None:
    line = searched(made_up := MadeUp({A: steps(), B: steps()}))
    assert line.proved == []
    assert len(made_up.asked) == len(spread_positions(256, spread_for(256))) + 2


def test_only_what_changes_in_a_gap_is_traced_there() -> None:
    searched(made_up := MadeUp({A: steps(40), B: steps()}))
    survey = set(spread_positions(256, spread_for(256)))
    assert {ids for position, _, ids in made_up.asked if position not in survey} == {(A,)}


def test_small_changes_are_not_told() -> None:
    assert searched(MadeUp({A: steps(40, size=4_900), B: steps(40, size=4_000, first=1_000)})).proved == []
    assert named(searched(MadeUp({A: steps(40, size=5_100)}))) == {(A, "peak", 40)}


def test_a_leak_is_a_change_of_its_own() -> None:
    line = searched(MadeUp({A: steps()}, left={A: lambda p: 1_000.0 if 100 <= p < 150 else 0.0}))
    assert named(line) == {(A, "left", 100), (A, "left", 150)}
    (row, back) = changes_of([Found(step=s, line=line.line, position=s.high) for s in line.proved], resolution=0.01)
    assert (row.sha, row.benchmarks[0].taken_back_by, back.benchmarks[0].taken_back_by) == ("100", "150", None)
    assert (row.benchmarks[0].lines[0].line, row.benchmarks[0].lines[0].head_bytes) == (9, 1_000)


def test_a_leak_that_differs_from_session_to_session_is_proved_by_being_there_in_each() -> None:
    made_up = MadeUp({A: steps()}, left={A: lambda p: 1_000.0 * (1 + len(made_up.asked) % 3 / 3) if p >= 100 else 0.0})
    assert named(searched(made_up)) == {(A, "left", 100)}


def test_what_later_commits_undo_lasts_until_the_one_that_gives_it_all_back() -> None:
    line = searched(MadeUp({A: steps(40, 60, -90, -120)}))
    rows = changes_of([Found(step=s, line=line.line, position=s.high) for s in line.proved], resolution=0.01)
    assert [(row.sha, row.benchmarks[0].taken_back_by) for row in rows] == [
        ("40", "120"),
        ("60", "90"),
        ("90", None),
        ("120", None),
    ]


def test_commits_that_cannot_be_traced_are_named_together_and_said() -> None:
    line = searched(MadeUp({A: steps(5)}, broken=frozenset({4, 5})), last=8)
    (row,) = changes_of([Found(step=s, line=line.line, position=s.high) for s in line.proved], resolution=0.01)
    assert (row.sha, row.among) == ("6", ("4", "5", "6"))
    assert [(one.sha, one.reason) for one in skipped_of([line])] == [
        ("4", "it does not start"),
        ("5", "it does not start"),
    ]


def test_what_another_hash_seed_does_not_show_is_unexplained_and_nobody_is_named() -> None:
    line = searched(MadeUp({A: steps()}, noise=lambda seed, position: 90_000 if seed == 1 and position == 7 else 0))
    assert line.proved == []
    line = searched(MadeUp({A: steps()}, noise=lambda seed, position: 90_000 if seed == 1 and position == 11 else 0))
    assert line.proved == []
    assert {(one.after, one.until, one.reason) for one in unexplained_of([line])} == {
        ("10", "11", "not_proved"),
        ("11", "12", "not_proved"),
    }


def test_of_what_differs_from_session_to_session_only_much_larger_steps_are_told() -> None:
    made_up = MadeUp({A: steps(40, size=9_000_000)}, noise=lambda seed, position: 7_000 * seed + 13 * position)
    line = searched(made_up)
    assert named(line) == {(A, "peak", 40)}
    assert line.hidden() == {A: 350_000}
    assert searched(MadeUp({A: steps(40, size=300_000)}, noise=made_up.noise)).proved == []


def test_when_the_time_is_up_nothing_more_is_traced() -> None:
    with pytest.raises(OutOfTime):
        searched(MadeUp({A: steps(40)}), deadline=0.0)


def test_a_gap_that_was_not_searched_is_said_with_its_reason() -> None:
    line = searched(MadeUp({A: steps(40)}))
    line.proved.clear()
    line.refuted.clear()
    (one,) = unexplained_of([line])
    assert (one.until, one.reason, one.after_bytes) == ("40", "no_time", 1_500_000)
    assert line.open_gaps(Series(A, "left")) == []
