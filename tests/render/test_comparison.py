"""The table of a comparison where there are many benchmarks."""

from bench_agent.render.comparison import MOST_ROWS, render_comparison
from bench_agent.render.terminal import Screen
from bench_agent.results.comparison import ComparedBenchmark, Comparison, ComparisonVerdict


def row(number: int, verdict: ComparisonVerdict) -> ComparedBenchmark:
    ratio = {"slower": 1.5, "faster": 0.7}.get(verdict, 1.0)
    return ComparedBenchmark(
        benchmark=f"b.py::test_{verdict}_{number}", base=1.0, head=ratio, unit="s", clock="cpu", ratio=ratio,
        interval=(0.98 * ratio, 1.02 * ratio), verdict=verdict, detectable=0.1, pairs=5, seconds_to_settle=None,
        p_slower=0.5, p_faster=0.5,
    )  # fmt: skip


def rendered(counts: dict[ComparisonVerdict, int]) -> list[str]:
    rows = tuple(row(number, verdict) for verdict, count in counts.items() for number in range(count))
    comparison = Comparison(base="x", head="y", benchmarks=rows, geomean=1.0)
    return render_comparison(comparison, {}, Screen(width=160, plain=True)).splitlines()


def test_of_hundreds_all_that_changed_is_in_the_table_and_the_rest_is_counted() -> None:
    lines = rendered({"slower": 3, "undecided": 200, "same": 90, "faster": 4})
    shown = [line for line in lines if "test_" in line and not line.startswith("undecided: ")]
    assert sum("test_slower" in line for line in shown) == 3
    assert sum("test_faster" in line for line in shown) == 4
    assert sum("test_undecided" in line for line in shown) == MOST_ROWS - 7
    assert "… and 157 undecided, 90 the same (--json has all)" in lines
    assert any(line.startswith("of 297 benchmarks: 3 slower, 200 undecided, 90 the same, 4 faster") for line in lines)


def test_more_that_changed_than_fits_is_shown_all_the_same() -> None:
    lines = rendered({"slower": 70, "same": 2})
    assert sum("test_slower" in line for line in lines) == 70
    assert "… and 2 the same (--json has all)" in lines


def test_a_few_are_all_there() -> None:
    lines = rendered({"slower": 1, "undecided": 2, "same": 3})
    assert not any(line.startswith("…") for line in lines)
