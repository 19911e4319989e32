"""What a benchmark was before: another body, another file; and what is not taken for it."""

from dataclasses import replace

from bench_agent.records import Measured
from bench_agent.report.identity import describe_predecessor
from histories import make_run, make_sample

SAMPLE = replace(make_sample(0), id="tests/new.py::test_x", body_hash="aaaa", median_s=2e-3)


def runs(sample, numbers):
    return [Measured(run=make_run(n, [sample]), sample=sample) for n in numbers]


def test_a_body_that_changed_makes_it_another_benchmark():
    history = runs(replace(SAMPLE, body_hash="old", median_s=1e-3), range(4)) + runs(SAMPLE, range(4, 7))
    assert (
        describe_predecessor(history, {SAMPLE.id: history})
        == "another benchmark until 2026-11-01 00000000, with another body: 1 ms over 4 runs"
    )


def test_the_same_body_in_another_file_is_what_it_was_before():
    moved = replace(SAMPLE, id="tests/old.py::test_x", median_s=3e-3)
    everything = {SAMPLE.id: runs(SAMPLE, range(5, 8)), moved.id: runs(moved, range(5))}
    said = describe_predecessor(everything[SAMPLE.id], everything)
    assert (
        said
        == "another benchmark until 2026-11-01 00000000, tests/old.py::test_x, with the same body: 3 ms over 5 runs"
    )


def test_one_that_is_still_measured_or_is_another_case_was_not_moved():
    still = replace(SAMPLE, id="tests/twin.py::test_x")
    case = replace(SAMPLE, id="tests/old.py::test_x[2]")
    everything = {SAMPLE.id: runs(SAMPLE, range(5, 8)), still.id: runs(still, range(8)), case.id: runs(case, range(5))}
    assert describe_predecessor(everything[SAMPLE.id], everything) is None


def test_without_a_known_body_nothing_is_said():
    bare = replace(SAMPLE, body_hash=None)
    history = runs(replace(SAMPLE, body_hash="old"), range(3)) + runs(bare, range(3, 6))
    assert describe_predecessor(history, {SAMPLE.id: history}) is None
