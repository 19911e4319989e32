"""What a run measures again, in the order of its worth: what looks slower first; the rest before or after a search.

Takes open versions and a plan; returns a Confirmation. Where a slowdown is confirmed while others are still open, those wait until
its commit was searched (`Confirmation.waiting`), and go on then from the observations they have.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.compare.plan import Plan
from bench_agent.compare.revisions import impact_of, in_turns, without_noise
from bench_agent.compare.versions import TwoVersions
from bench_agent.compare.witness import withhold
from bench_agent.detect.common_move import judge_common
from bench_agent.errors import BenchAgentError
from bench_agent.records import PairSample, Run, Say
from bench_agent.results.comparison import Comparison, Confirmation, Uncompared
from bench_agent.suspects.reached_code import compare_reach
from bench_agent.system.git import Repository
from bench_agent.text import quantity

LEAST_S = 3.0  # with less time no pair of sessions comes to its end


@dataclass(slots=True, kw_only=True)
class MeasuringAgain:
    """The benchmarks of one run on two open versions, measured in several goes. `known` is what they gave so far."""

    known: Confirmation
    run: Run
    repository: Repository
    sides: TwoVersions
    environment: Mapping[str, str]
    say: Say
    open: list[str] = field(default_factory=list)  # ids that more time would decide
    _not_reached: dict[str, str] = field(default_factory=dict)  # id -> the sentence on it and all others of its go
    _same: frozenset[str] | None = None  # what uses nothing that differs is neither slower nor faster

    def take(self, ids: Sequence[str], budget_s: float, *, keep_s: float = 0.0, beside: int = 0) -> None:
        """Measure these until they are decided or the budget is spent. keep_s, beside: as for `in_turns`."""
        taken: dict[str, tuple[PairSample, ...]] = {}
        left_told: list[str] = []
        measured = in_turns(
            self.sides,
            ids=ids,
            budget_s=budget_s,
            environment=self.environment,
            say=self.say,
            taken=taken,
            keep_s=keep_s,
            earlier=self.known.samples,
            beside=beside,
            left_told=left_told,
        )
        not_reached = [missed.benchmark for missed in measured.uncompared if missed.reason == "not_reached"]
        undecided = [row.benchmark for row in measured.benchmarks if row.verdict == "undecided"]
        self.open = [id for id in self.open if id not in ids] + [*not_reached, *undecided]
        self._not_reached = {id: text for id, text in self._not_reached.items() if id not in ids}
        self._not_reached |= {id: text for text in left_told for id in not_reached}
        if self._same is None:
            self._same = self._unreached_by_the_change()
        judged = withhold(self.run, without_noise(measured, self._same), self.known.work, built=self.sides.is_built)
        self.known = _with_rows(self.known, judged, {**self.known.samples, **taken})

    def _unreached_by_the_change(self) -> frozenset[str]:
        base = self.known.base_sha
        if self.run.suite is None or base is None:
            return frozenset()
        return frozenset(impact_of(self.repository, self.sides, self.run.suite, base=base, head=None).untouched)

    @property
    def has_slower(self) -> bool:
        return any(row.verdict == "slower" for row in self.known.rows.values())

    def result(self, *, may_wait: bool) -> Confirmation:
        """What is known. may_wait: what is open goes on after a search, where there is something to search."""
        if may_wait and self.open and self.has_slower:
            missed = [id for id in self.open if id not in self.known.rows and id not in self.known.uncompared]
            waiting = {id: Uncompared(benchmark=id, reason="not_reached") for id in missed}
            return replace(self.known, waiting=tuple(self.open), uncompared={**self.known.uncompared, **waiting})
        warnings = tuple(dict.fromkeys([*self.known.warnings, *self._not_reached.values()]))
        return replace(self.known, waiting=(), warnings=warnings)


def measure_in_order(
    again: MeasuringAgain, plan: Plan, ids: Sequence[str], *, budget_s: float, keep_s: float
) -> Confirmation:
    """Measure what looks slower, then what stored runs can't clear; where the code moved everything, what else moved too.

    keep_s: of the budget, what is kept for finding the commit once a slowdown is confirmed: the rest waits for that, and of what
    looks slower, what is not nearly decided by then.
    """
    began, spent_s = time.monotonic(), again.known.seconds
    left_s = max(budget_s - spent_s, budget_s / 2)
    first = [id for id in ids if id not in plan.unclear]
    again.open = list(ids)
    if keep_s and 0 < len(first) < len(ids):
        again.take(first, left_s - keep_s, keep_s=left_s, beside=len(ids) - len(first))
    if again.open and not again.has_slower:
        left_s -= time.monotonic() - began
        again.take(again.open, left_s, keep_s=keep_s, beside=len(ids) - len(again.open))
    if not plan.moves:
        return again.result(may_wait=keep_s > 0)
    known = again.known
    counted = [known.work[id] for id in plan.moves if id in known.work]
    more_work = plan.more_work or any(compare_reach(work.base, work.head).grown for work in counted)
    verdict = judge_common(plan.moves, plan.sample, known.rows, more_work=more_work)
    if verdict == "machine" and (known.held or known.starts or known.unread):
        verdict = "unknown"  # both sides ran with today's: it may be what starts the suite, or its own files
    again.known = replace(known, sample=plan.sample, common=verdict)
    rest = [id for id in plan.moves if id not in known.rows]
    left_s = budget_s - known.seconds
    few = quantity.counted(len(rest), "benchmark")
    if verdict == "code" and rest and keep_s:
        again.say(f"it is the code: the other {few} that got slower wait for its commit")
        again.open += rest
    elif verdict == "code" and rest and left_s >= LEAST_S:
        again.say(f"it is the code: measuring the other {few} that got slower, {left_s:.0f} s left")
        try:
            again.take(rest, left_s)
        except BenchAgentError as error:  # what the sample gave stands
            warning = f"the others could not be measured: {error.message}"
            again.known = replace(again.known, warnings=(*again.known.warnings, warning))
    return again.result(may_wait=keep_s > 0)


def left_waiting(known: Confirmation) -> Confirmation:
    """What is known, where there is no time for what waited: that is said."""
    never = [id for id in known.waiting if id not in known.rows]
    if not never:
        return replace(known, waiting=())
    which = quantity.counted(len(never), "benchmark was", "benchmarks were")
    warning = (
        f"{which} not measured again: the budget went to the commit of what is confirmed; allow more with --budget, or "
        "choose with -k"
    )
    return replace(known, waiting=(), warnings=(*known.warnings, warning))


def merged(known: Confirmation, later: Confirmation) -> Confirmation:
    """What is known, with what was held against another base after it."""
    asked = {*later.rows, *later.uncompared, *later.untouched}
    uncompared = {id: missed for id, missed in known.uncompared.items() if id not in later.rows}
    why = (f"not all was measured again: {later.note}",) if later.note else ()
    return replace(
        known,
        bases={**known.bases, **{id: later.base_sha for id in asked if later.base_sha is not None}},
        rows={**known.rows, **later.rows},
        uncompared={**uncompared, **later.uncompared},
        untouched=known.untouched | later.untouched,
        samples={**known.samples, **later.samples},
        seconds=known.seconds + later.seconds,
        held=tuple(dict.fromkeys([*known.held, *later.held])),
        starts=tuple(dict.fromkeys([*known.starts, *later.starts])),
        restarted=tuple(dict.fromkeys([*known.restarted, *later.restarted])),
        unread=tuple(dict.fromkeys([*known.unread, *later.unread])),
        warnings=tuple(dict.fromkeys([*known.warnings, *later.warnings, *why])),
    )


def _with_rows(
    known: Confirmation, comparison: Comparison, samples: Mapping[str, tuple[PairSample, ...]]
) -> Confirmation:
    rows = {**known.rows, **{row.benchmark: row for row in comparison.benchmarks}}
    uncompared = {**known.uncompared, **{missed.benchmark: missed for missed in comparison.uncompared}}
    return replace(
        known,
        rows=rows,
        samples=dict(samples),
        uncompared={id: missed for id, missed in uncompared.items() if id not in rows},
        seconds=known.seconds + comparison.seconds,
        warnings=tuple(dict.fromkeys([*known.warnings, *comparison.warnings])),
    )
