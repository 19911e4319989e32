"""The one word for each benchmark and for the whole run: what the table, the alerts, the JSON and the exit code all say.

Takes what history and measuring in turns found, returns a `Mark` or a `Status`. Pure. What each word stands for is in
docs/reading-a-report.md.
"""

from collections.abc import Collection
from typing import Literal

from bench_agent.detect.suspicion import Judgement
from bench_agent.results.comparison import ComparedBenchmark, Confirmation
from bench_agent.results.report import CLEARED, OPEN, Finding, Mark, Status

# Why a benchmark that both versions have was not compared: more time or another try may do it, or nothing will (held).
_STILL_OPEN = frozenset({"not_reached", "slow", "timeout", "died", "held"})
_BY_VERDICT: dict[str, Mark] = {
    "suspected": "suspected",
    "undecided": "undecided",
    "environment": "environment",
    "same": "pass",
    "faster": "faster",
}


def mark_of(
    judgement: Judgement, finding: Finding | None, confirmation: Confirmation, *, doubted: bool = False
) -> Mark:
    """The word for one measured benchmark. finding: what is reported of it as slower, undecided or due to the environment.

    doubted: it shares the code that made others slower, so that stored runs alone don't clear it.
    """
    id = judgement.sample.id
    row = confirmation.rows.get(id)
    if finding is not None and finding.verdict == "slower":
        return slower_mark(finding.ratio, finding.threshold, over_target=judgement.over_target)
    if judgement.over_target:
        return "over_target"
    if finding is not None:
        return _BY_VERDICT[finding.verdict]
    if is_due_to_machine(judgement, confirmation):
        return "environment"
    if row is not None:
        return _mark_of_row(row, judgement.threshold)
    if doubted or (is_left_open(id, confirmation) and not has_past(judgement)):
        return "undecided"
    if id in confirmation.untouched:
        return "untouched"
    return "pass" if has_past(judgement) else "new"


def is_due_to_machine(judgement: Judgement, confirmation: Confirmation) -> bool:
    """Whether it got slower with all others, a sample of which was shown to be the machine's doing, and nothing says more of it."""
    row = confirmation.rows.get(judgement.sample.id)
    settled = row is None or row.verdict in ("same", "undecided")
    return judgement.together and confirmation.common == "machine" and settled


def slower_mark(ratio: float, threshold: float, *, over_target: bool) -> Literal["regressed", "over_target", "slower"]:
    """The word for a confirmed slowdown: what breaks its limit outweighs what breaks its target."""
    return "regressed" if ratio > 1 + threshold else "over_target" if over_target else "slower"


def _mark_of_row(row: ComparedBenchmark, threshold: float) -> Mark:
    return slower_mark(row.ratio, threshold, over_target=False) if row.verdict == "slower" else _BY_VERDICT[row.verdict]


def has_past(judgement: Judgement) -> bool:
    """Whether stored runs, or an accepted level, say what the benchmark took before."""
    return judgement.last_s is not None or judgement.ratio_baseline is not None


def is_left_open(id: str, confirmation: Confirmation) -> bool:
    """Whether a benchmark was to be measured in turns and was not, though the base has it and can run it."""
    uncompared = confirmation.uncompared.get(id)
    if uncompared is None:
        return False
    at_base = uncompared.side is None or uncompared.side == (confirmation.base_of(id) or "")[:8]
    return uncompared.reason in _STILL_OPEN or not at_base


def status_of(marks: Collection[Mark], *, unmeasured: int = 0) -> Status:
    """The word for the run. unmeasured: benchmarks that were selected and not come to.

    Passing takes a comparison that left nothing open; the absence of bad news is not enough. A slowdown below its limit is
    no regression, and one of the environment not the code's.
    """
    there = set(marks) - {"vanished"}
    if "failed" in there:
        return "failed"
    if not there:
        return "no_results"
    if there & {"regressed", "over_target"}:
        return "regressed"
    if there & OPEN or unmeasured:
        return "undecided"
    return "passing" if there & (CLEARED | {"slower", "environment"}) else "not_compared"
