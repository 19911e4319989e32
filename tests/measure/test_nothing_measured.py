"""Why nothing was measured: each cause by what pytest told, and which of two is told."""

from dataclasses import replace

import pytest

from bench_agent.measure.nothing_measured import _ROWS, PytestTold, explain_told
from bench_agent.records import Failure

ENDED = PytestTold(ended=True, items=3, benchmarks=3)
FAILED = (Failure(id="a.py::test_x", outcome="failed", message="assert {0} == 2"),)
NO_FIXTURE = (Failure(id="a.py::test_x", outcome="error", message="fixture 'benchmark' not found"),)
BARE = replace(ENDED, has_plugin=False)
TOLD = {
    "not_loaded": (replace(BARE, autoload=False), "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set"),
    "failed": (
        replace(ENDED, failures=FAILED * 2),
        "2 benchmarks failed and none passed; the first: a.py::test_x: assert {0} == 2",
    ),
    "not_collected": (replace(ENDED, error=("a.py", "no {module}")), "pytest could not collect a.py: no {module}"),
    "not_installed": (replace(BARE, failures=NO_FIXTURE), "pytest ran without pytest-benchmark"),
    "xdist": (replace(ENDED, xdist=True), "pytest-xdist was on"),
    "disabled": (replace(ENDED, disabled=True), "--benchmark-disable was in force"),
    "skipped": (replace(ENDED, skip=True), "--benchmark-skip was in force"),
    "stopped": (PytestTold(ended=False), "pytest was stopped before it had measured anything"),
    "deselected": (PytestTold(ended=True, deselected=1), "the selection left nothing: 1 test deselected"),
    "no_fixture": (PytestTold(ended=True, items=2), "2 tests collected, none uses the `benchmark` fixture"),
    "no_tests": (PytestTold(ended=True), "pytest collected no tests"),
    "nothing_ended": (ENDED, "no benchmark came to its end"),
}


@pytest.mark.parametrize("cause", TOLD)
def test_each_cause_is_told_by_what_pytest_knew(cause: str) -> None:
    told, reason = TOLD[cause]
    found = explain_told(told)
    assert found is not None
    assert found.cause == cause
    assert reason in found.reason


def test_every_cause_has_a_case_here() -> None:
    assert {row.cause for row in _ROWS} - {None} == set(TOLD)


@pytest.mark.parametrize(
    "told",
    [
        PytestTold(ended=False, collected=False),
        PytestTold(ended=True, refused=True),
    ],
    ids=["ended before it collected", "refused its arguments"],
)
def test_where_pytest_knew_nothing_the_output_has_the_word(told: PytestTold) -> None:
    assert explain_told(told) is None


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (replace(ENDED, failures=FAILED, xdist=True, error=("b.py", "no module")), "failed"),
        (replace(BARE, failures=FAILED), "failed"),
        (replace(BARE, failures=NO_FIXTURE, error=("b.py", "no module")), "not_collected"),
        (replace(ENDED, error=("b.py", "no module"), disabled=True), "not_collected"),
        (replace(BARE, disabled=True), "not_installed"),
        (replace(ENDED, xdist=True, disabled=True), "xdist"),
        (PytestTold(ended=True, deselected=3, refused=True), "deselected"),
    ],
)
def test_of_two_causes_the_more_telling_one_is_told(told: PytestTold, cause: str) -> None:
    found = explain_told(told)
    assert found is not None
    assert found.cause == cause
