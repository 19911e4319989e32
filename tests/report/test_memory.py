"""What the memory of its calls makes of a report."""

from dataclasses import replace

import reports
from bench_agent.records import Run, Sample
from bench_agent.report.memory import MOST_LINES, MOST_ROWS, with_memory
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.results.report import Go, Report

RUN = Run(run_id="r", started_at="")


def row(name: str = "test_a", **changes: object) -> MemoryRow:
    values = {"verdict": "more", "base_bytes": 1e6, "head_bytes": 5e6, "exact": True, "sessions": 2, **changes}
    return MemoryRow(benchmark=f"t.py::{name}", **values)  # type: ignore[arg-type]


def passing() -> Report:
    report = reports.all_well()
    return replace(report, summary=replace(report.summary, go=Go(verdict="safe", reason="nothing")))


def test_memory_beyond_its_limit_is_a_regression_of_the_run_and_holds_it() -> None:
    found = with_memory(passing(), [row(regressed=True), row("test_b", verdict="same", leaks=True)], (), RUN)
    assert (found.status, found.summary.memory_regressed) == ("regressed", 2)
    assert found.summary.headline.startswith("2 benchmarks hold or leak more memory. ")
    assert found.summary.go is not None
    assert found.summary.go.verdict == "hold"


def test_one_benchmark_holds_and_does_not_hold_s() -> None:
    assert with_memory(passing(), [row(regressed=True)], (), RUN).summary.headline.startswith(
        "1 benchmark holds or leaks"
    )


def test_more_within_the_limit_is_told_and_changes_no_verdict() -> None:
    report = passing()
    found = with_memory(report, [row(), row("test_b", verdict="same")], (), RUN)
    assert (found.status, found.summary.headline, found.summary.memory_regressed) == (
        report.status,
        report.summary.headline,
        None,
    )
    assert [one.benchmark for one in found.memory] == ["t.py::test_a"]


def test_a_failed_run_stays_failed() -> None:
    report = replace(passing(), status="failed")
    assert with_memory(report, [row(regressed=True)], (), RUN).status == "failed"


def test_what_each_call_holds_stands_in_its_row() -> None:
    report = passing()
    id = report.benchmarks[0].id
    run = replace(RUN, samples=(Sample(id=id, name="a", call_peak_bytes=123, call_left_bytes=4.5),))
    first, second = with_memory(report, (), (), run).benchmarks[:2]
    assert (first.call_peak_bytes, first.call_left_bytes, second.call_peak_bytes) == (123, 4.5, None)


def test_rows_lines_and_profiles_have_a_bound() -> None:
    line = GrownLine(path="a.py", line=1, head_bytes=9)
    many = [row(f"test_{n}", regressed=True, lines=(line,) * 9, left_lines=(line,) * 9) for n in range(30)]
    found = with_memory(passing(), many, [AllocationProfile(benchmark="t", peak_bytes=1)] * 30, RUN)
    assert (len(found.memory), found.summary.memory_regressed, len(found.allocations)) == (MOST_ROWS, 30, 10)
    assert {(len(one.lines), len(one.left_lines)) for one in found.memory} == {(MOST_LINES, MOST_LINES)}
