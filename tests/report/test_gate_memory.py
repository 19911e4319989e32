"""What the gate over stored history suspects of memory."""

from bench_agent.records import Accepted, Measured, Run, Sample, Target
from bench_agent.report.gate_memory import flag_memory, memory_in_words, sorted_by_growth
from bench_agent.results.gate import FlaggedMemory

MB = 1_000_000


def run(peak: int | None, left: float | None = 0.0) -> Measured:
    sample = Sample(id="t.py::test_a", name="a", call_peak_bytes=peak, call_left_bytes=left)
    return Measured(run=Run(run_id="r", started_at="", samples=(sample,)), sample=sample)


def flagged(now: Measured, *before: Measured, target: Target | None = None) -> FlaggedMemory | None:
    return flag_memory(now, before, target=target, limit=0.2, window=5)


def test_a_growth_beyond_the_limit_is_suspected_at_once_and_the_same_figure_never() -> None:
    found = flagged(run(4 * MB), run(MB), run(MB))
    assert found is not None
    assert (found.base_bytes, found.current_bytes, found.left_bytes) == (MB, 4 * MB, 0.0)
    assert flagged(run(MB), run(MB), run(MB)) is None
    assert flagged(run(MB), run(4 * MB)) is None
    assert flagged(run(1_900_000), run(MB)) is None, "less than a megabyte more"


def test_a_new_leak_is_suspected_and_an_old_one_is_not() -> None:
    found = flagged(run(MB, 900.0), run(MB), run(MB))
    assert found is not None
    assert found.left_bytes == 900.0
    assert flagged(run(MB, 900.0), run(MB, 900.0)) is None


def test_runs_without_figures_are_passed_over() -> None:
    assert flagged(run(None, None), run(MB)) is None
    assert flagged(run(4 * MB), run(None, None)) is None
    assert flagged(run(4 * MB)) is None
    assert flagged(run(4 * MB), run(MB), run(None, None)) is not None


def test_a_step_is_flagged_for_some_runs_and_then_is_the_level() -> None:
    old, new = run(MB), run(4 * MB)
    assert flagged(new, old, old, old, new, new) is not None
    assert flagged(new, old, old, new, new, new) is None


def test_a_bound_of_its_own_stands_in_place_of_the_limit() -> None:
    assert flagged(run(4 * MB), run(MB), target=Target(name="a", peak_bytes=5e6)) is None
    assert flagged(run(4 * MB), run(4 * MB), target=Target(name="a", peak_bytes=3e6)) is not None
    assert flagged(run(4 * MB), run(MB), target=Target(name="a", max_memory_regression=9.0)) is None


def test_it_is_told_with_its_figures_the_largest_growth_first() -> None:
    small = FlaggedMemory(benchmark="small", base_bytes=MB, current_bytes=MB, left_bytes=900.0, limit=0.2)
    large = FlaggedMemory(benchmark="large", base_bytes=MB, current_bytes=4 * MB, limit=0.2)
    assert memory_in_words(sorted_by_growth([small, large]))[1:3] == [
        "  large  one call holds 4 MB, was 1 MB",
        "  small  one call holds 1 MB, was 1 MB, each call leaves 900 B behind",
    ]
    assert memory_in_words([]) == []


def test_what_was_accepted_is_not_told_again() -> None:
    level = Accepted(median_s=1e-3, call_peak_bytes=4.0 * MB, call_left_bytes=900.0)
    target = Target(name="a", accepted=level)
    assert flagged(run(4 * MB, 900.0), run(MB), run(MB), target=target) is None
    assert flagged(run(6 * MB), run(MB), run(MB), target=target) is not None
