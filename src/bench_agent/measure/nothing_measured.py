"""Why pytest ran and no benchmark was measured, from what its sessions told of themselves. Pure.

The causes are a table in the order in which they are looked for. Where none is told here, what the command printed says more:
`outcome.explain_nothing` reads that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench_agent.records import Failure
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

Cause = Literal[
    "not_loaded", "failed", "not_collected", "not_installed", "xdist", "disabled", "skipped", "stopped", "deselected",
    "no_fixture", "no_tests", "nothing_ended",
]  # fmt: skip
NOT_COLLECTED = "pytest could not collect"


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestTold:
    """What the pytest sessions of a run told of themselves; numbers are sums over those that came to their end."""

    ended: bool  # one of them came to its end
    collected: bool = True  # one of them came as far as to say what it collected
    items: int = 0  # tests selected
    benchmarks: int = 0  # of these, with the benchmark fixture
    deselected: int = 0
    has_plugin: bool = True  # pytest-benchmark, or pytest-codspeed, was loaded where the first session began
    autoload: bool = True  # False: PYTEST_DISABLE_PLUGIN_AUTOLOAD was set
    xdist: bool = False
    disabled: bool = False  # --benchmark-disable
    skip: bool = False  # --benchmark-skip
    refused: bool = False  # pytest did not accept its arguments
    failures: tuple[Failure, ...] = ()  # of benchmarks
    error: tuple[str, str] | None = None  # the first file that could not be collected, and why

    @property
    def lacks_plugin(self) -> bool:
        """Whether tests asked for a fixture that no plug-in gave them."""
        return not self.has_plugin and self.benchmarks > 0

    @property
    def failed_by_themselves(self) -> bool:
        """Whether benchmarks failed for another reason than that the fixture was missing."""
        missing = any("fixture 'benchmark' not found" in failure.message for failure in self.failures)
        return bool(self.failures) and not (self.lacks_plugin and missing)

    @property
    def failed(self) -> str:
        return quantity.counted(len(self.failures), "benchmark")

    @property
    def failure(self) -> str:
        return f"{clean_text(self.failures[0].id)}: {self.failures[0].message}"

    @property
    def tests(self) -> str:
        return quantity.counted(self.items, "test")

    @property
    def tests_deselected(self) -> str:
        return quantity.counted(self.deselected, "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingMeasured:
    """Why no benchmark was measured, and what to do about it."""

    cause: Cause
    reason: str
    hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A cause, when it is the one, and what is said of it: {0} is what pytest told. reason None: the output says more."""

    cause: Cause | None
    when: Callable[[PytestTold], bool]
    reason: str | None
    hint: str | None = None


# The first that fits. A test that fails says more than a switch that was set besides, and a file that can't be imported more
# than how many tests the others have.
_ROWS = (
    _Row(
        cause="not_loaded",
        when=lambda told: told.lacks_plugin and not told.autoload,
        reason="pytest-benchmark was not loaded: PYTEST_DISABLE_PLUGIN_AUTOLOAD is set",
        hint="name it in the command: pytest -p pytest_benchmark.plugin",
    ),
    _Row(
        cause="failed",
        when=lambda told: told.failed_by_themselves,
        reason="{0.failed} failed and none passed; the first: {0.failure}",
        hint="run the command yourself to see the whole output, and mend the tests first",
    ),
    _Row(
        cause="not_collected",
        when=lambda told: told.error is not None and told.deselected > 0 and not told.benchmarks,
        reason="the selection left nothing of what could be collected ({0.tests_deselected} deselected), and "
        + NOT_COLLECTED
        + " {0.error[0]}: {0.error[1]}",
        hint="check -k, or the quick expression; and mend the import or syntax error",
    ),
    _Row(
        cause="not_collected",
        when=lambda told: told.error is not None,
        reason=NOT_COLLECTED + " {0.error[0]}: {0.error[1]}",
        hint="mend the import or syntax error it names",
    ),
    _Row(
        cause="not_installed",
        when=lambda told: told.lacks_plugin,
        reason="pytest ran without pytest-benchmark, or with a version whose fixture has another shape",
        hint="install it in the project's environment: pip install pytest-benchmark (4.0 or later)",
    ),
    _Row(
        cause="xdist",
        when=lambda told: told.xdist,
        reason="pytest-xdist was on, which switches benchmarks off",
        hint="run the benchmarks with -n 0 (or -p no:xdist)",
    ),
    _Row(
        cause="disabled",
        when=lambda told: told.disabled,
        reason="--benchmark-disable was in force",
        hint="pass --benchmark-enable in the command, or take the option out of addopts",
    ),
    _Row(
        cause="skipped",
        when=lambda told: told.skip,
        reason="--benchmark-skip was in force",
        hint="pass --benchmark-enable in the command, or take the option out of addopts",
    ),
    _Row(cause=None, when=lambda told: not told.ended and not told.collected, reason=None),
    _Row(
        cause="stopped",
        when=lambda told: not told.ended,
        reason="pytest was stopped before it had measured anything",
    ),
    _Row(
        cause="deselected",
        when=lambda told: told.deselected > 0 and not told.benchmarks,
        reason="the selection left nothing: {0.tests_deselected} deselected",
        hint="check -k, or the quick expression",
    ),
    _Row(
        cause="no_fixture",
        when=lambda told: told.items > 0 and not told.benchmarks,
        reason="{0.tests} collected, none uses the `benchmark` fixture",
        hint="call the work through the fixture: def test_x(benchmark): benchmark(work); "
        "or mark whole tests with @pytest.mark.benchmark",
    ),
    _Row(cause=None, when=lambda told: told.refused, reason=None),
    _Row(
        cause="no_tests",
        when=lambda told: not told.items,
        reason="pytest collected no tests",
        hint="check the path in the command",
    ),
    _Row(cause="nothing_ended", when=lambda told: True, reason="no benchmark came to its end"),
)


def explain_told(told: PytestTold) -> NothingMeasured | None:
    """The cause, by what pytest itself knew. None: it knew none, and what the command printed says more."""
    row = next(row for row in _ROWS if row.when(told))
    if row.cause is None or row.reason is None:
        return None
    return NothingMeasured(cause=row.cause, reason=row.reason.format(told), hint=row.hint)
