"""What a comparison says of every benchmark: one mark each, limits and acceptances applied."""

from dataclasses import replace
from typing import Any

import pytest

from bench_agent.render.change_words import verdict as told_verdict
from bench_agent.report.change import compose_change
from bench_agent.results.change import Change, is_found_in, is_news
from bench_agent.results.comparison import ComparedBenchmark, Comparison, ComparisonVerdict, Uncompared, is_found
from bench_agent.results.memory import MemoryRow

ROW = ComparedBenchmark(
    benchmark="t.py::test_a", base=1.0, head=1.5, unit="s", clock="cpu", ratio=1.5, interval=(1.4, 1.6), verdict="slower",
    detectable=0.03, pairs=8, seconds_to_settle=None, p_slower=0.001, p_faster=1.0,
)  # fmt: skip


def composed(
    rows: tuple[ComparedBenchmark, ...] = (ROW,),
    missed: tuple[Uncompared, ...] = (),
    untouched: tuple[str, ...] = (),
    **more: Any,
) -> Change:
    comparison = Comparison(
        base="b" * 8, head="h" * 8, benchmarks=rows, uncompared=missed, untouched=untouched, geomean=None
    )
    return compose_change(
        comparison, base="b" * 40, head="h" * 40, names={}, **{"limits": {}, "default_limit": 0.2, **more}
    )


def marks(change: Change) -> list[str]:
    return [row.mark for row in change.benchmarks]


@pytest.mark.parametrize(
    ("verdict", "ratio", "mark", "status"),
    [
        ("slower", 1.5, "regressed", "regressed"),
        ("slower", 1.1, "slower", "passing"),
        ("undecided", 1.5, "undecided", "undecided"),
        ("same", 1.0, "pass", "passing"),
        ("faster", 0.5, "faster", "passing"),
    ],
)
def test_each_verdict_has_its_mark_and_makes_its_status(
    verdict: ComparisonVerdict, ratio: float, mark: str, status: str
) -> None:
    change = composed((replace(ROW, verdict=verdict, ratio=ratio),))
    assert (marks(change), change.status) == ([mark], status)


def test_a_benchmark_has_the_limit_that_was_set_for_it() -> None:
    assert marks(composed(limits={"t.py::test_a": 0.6})) == ["slower"]


def test_a_slowdown_that_the_change_accepts_is_told_with_its_reason_and_fails_no_gate() -> None:
    change = composed(accepted={"t.py::test_a": "encrypts now", "t.py::test_b": "of another"})
    assert (change.benchmarks[0].mark, change.benchmarks[0].accepted) == ("slower", "encrypts now")
    assert not is_found_in(change, "regression")
    assert is_found_in(change, "any")


def test_what_came_after_an_acceptance_is_told_and_where_it_is_not_known_it_is_open() -> None:
    change = composed(exceeded={"t.py::test_a": "+31 % since abc"})
    assert (change.benchmarks[0].mark, change.benchmarks[0].note) == ("regressed", "+31 % since abc")
    change = composed(doubtful={"t.py::test_a": "not known"})
    assert (change.benchmarks[0].mark, change.benchmarks[0].note, change.status) == (
        "undecided",
        "not known",
        "undecided",
    )
    assert is_found_in(change, "undecided")


@pytest.mark.parametrize(
    ("reason", "side", "mark", "status"),
    [
        ("not_reached", None, "undecided", "undecided"),
        ("slow", None, "undecided", "undecided"),
        ("missing", "b" * 8, "new", "not_compared"),
        ("missing", "h" * 8, "vanished", "no_results"),
        ("failed", None, "failed", "failed"),
        ("failed", "h" * 8, "failed", "failed"),
        ("failed", "b" * 8, "undecided", "undecided"),
        ("skipped", None, "new", "not_compared"),
    ],
)
def test_what_was_not_compared_is_never_passing(reason: Any, side: str | None, mark: str, status: str) -> None:
    change = composed((), (Uncompared(benchmark="t.py::test_a", reason=reason, side=side),))
    assert (marks(change), change.status) == ([mark], status)
    assert change.benchmarks[0].note


def test_what_the_change_cannot_reach_is_untouched_and_passes() -> None:
    change = composed((), untouched=("t.py::test_a", "t.py::test_b"))
    assert (marks(change), change.status) == (["untouched", "untouched"], "passing")
    assert marks(composed(untouched=("t.py::test_a",))) == ["regressed"]  # what was measured counts


def test_with_nothing_measured_the_gate_any_fails_and_the_others_do_not() -> None:
    change = composed(())
    assert change.status == "no_results"
    assert [is_found_in(change, word) for word in ("never", "regression", "any")] == [False, False, True]


def test_what_both_sides_have_alike_is_an_open_question_and_no_pass() -> None:
    missed = Uncompared(
        benchmark="test_x.py::test_a", reason="held", because="conftest.py differs, and both sides have the newer one"
    )
    comparison = Comparison(base="aaaaaaaa", head="bbbbbbbb", benchmarks=(), geomean=None, uncompared=(missed,))
    change = compose_change(comparison, base="a" * 40, head="b" * 40, names={}, limits={}, default_limit=0.2)
    [row] = change.benchmarks
    assert (change.status, row.mark) == ("undecided", "undecided")
    assert row.note == "not compared: conftest.py differs, and both sides have the newer one"


def test_what_fails_on_both_versions_is_told_once_last_and_is_not_the_changes_doing() -> None:
    missed = [
        Uncompared(benchmark=f"t.py::test_{name}", reason="failed", side=side)
        for name in ("b", "c")
        for side in ("b" * 8, "h" * 8)
    ]
    change = composed(missed=tuple(missed))
    assert marks(change) == ["regressed", "failed", "failed"]
    assert {row.note for row in change.benchmarks[1:]} == {"it fails at the base too"}
    assert [is_news(row) for row in change.benchmarks] == [True, False, False]
    assert change.status == "regressed"
    assert told_verdict(change).endswith(", 2 fail as before")
    assert composed((), tuple(missed)).status == "failed"  # nothing else was there to be compared


def test_what_both_versions_skip_has_no_row_and_what_one_skips_is_new_or_gone() -> None:
    def skipped(*sides: str) -> Change:
        return composed(missed=tuple(Uncompared(benchmark="t.py::test_b", reason="skipped", side=s) for s in sides))

    assert marks(skipped("b" * 8, "h" * 8)) == ["regressed"]
    assert "new" in marks(skipped("b" * 8))
    assert "vanished" in marks(skipped("h" * 8))


def test_memory_that_there_was_no_time_to_trace_is_an_open_question_and_no_pass() -> None:
    same = replace(ROW, verdict="same", ratio=1.0)
    comparison = Comparison(base="b" * 8, head="h" * 8, benchmarks=(same,), geomean=1.0, untraced=("t.py::test_a",))
    change = compose_change(comparison, base="b" * 40, head="h" * 40, names={}, limits={}, default_limit=0.2)
    assert (change.status, change.untraced) == ("undecided", ("t.py::test_a",))
    assert told_verdict(change) == "Nothing got slower, memory of 1 benchmark not traced"
    for fail_on, expected in (("regression", False), ("undecided", True), ("any", True)):
        assert is_found_in(change, fail_on) is expected
        assert is_found(comparison, fail_on, threshold=0.2) is expected
    settled = replace(comparison, untraced=())
    assert not is_found(settled, "any", threshold=0.2), "what can't be traced at all leaves nothing open"
    row = MemoryRow(benchmark="a", verdict="undecided", base_bytes=1e6, head_bytes=9e6, exact=True, sessions=1)
    seems = replace(settled, memory=(row,))
    assert is_found(seems, "undecided", threshold=0.2), "one session of each proves nothing, and clears nothing"
    assert compose_change(seems, base="b", head="h", names={}, limits={}, default_limit=0.2).status == "undecided"
    assert not is_found(replace(settled, memory=(replace(row, sessions=5),)), "any", threshold=0.2)
