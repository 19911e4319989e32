"""Whether a slowdown is gone: the fast commit, the slow one and the working tree measured in one ring, in turns.

Comes in: which benchmarks were slow, and where they were fast. Goes out: a Verification. The sides take turns in the same sets
of sessions, so that all three ratios of a benchmark come from the same moments of the machine.
"""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench_agent.compare.revisions import in_turns
from bench_agent.compare.versions import OpenVersions, open_versions
from bench_agent.config import Config
from bench_agent.detect.verdict import Decision, decide
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import count_sides
from bench_agent.measure.paired.interleave import Ring
from bench_agent.measure.paired.side import Side
from bench_agent.records import PairSample, Problem, Say, Suite
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.verification import OUTCOMES, Change, Claim, Outcome, Verification, Verified
from bench_agent.suspects.reach import executes_otherwise
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

BUDGET_S = 60.0  # without --budget
FOR_OTHERS = 0.4  # of the budget, at most, kept for what else the change moved
LEAST_S = 1.0  # below that no pair of sessions is worth its start


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the ring gave of one benchmark: one observation a set of sessions, each against `good`."""

    now: tuple[PairSample, ...]
    slow: tuple[PairSample, ...] = ()


def verify(
    config: Config,
    repository: Repository,
    *,
    claims: Sequence[Claim],
    before: str,
    suite: Suite,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Verification:
    """Measure the working tree against where each claim's benchmark was fast and slow, then what else moved since `before`.

    before: the full sha of the code without the fix. Raises MeasureError when a version can't be had or collected.
    """
    began = time.monotonic()
    result = Verification(benchmarks=(), before=before[:8])
    groups: dict[tuple[str, str | None], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.good, claim.slow), []).append(claim)
    others = [id for id in suite.ids if id not in {claim.id for claim in claims}]
    for number, ((good, slow), alike) in enumerate(groups.items()):
        left_s = budget_s * (1 - FOR_OTHERS * bool(others)) - (time.monotonic() - began)
        result = _with_claims(
            result, config, repository, suite, good, slow, alike, left_s / (len(groups) - number), environment, say
        )
    if others:
        left_s = budget_s - (time.monotonic() - began)
        result = _with_others(result, config, repository, suite, before, others, left_s, environment, say)
    ordered = sorted(result.benchmarks, key=lambda v: (OUTCOMES.index(v.outcome), -(v.share_left or 0.0)))
    return replace(result, benchmarks=tuple(ordered), seconds=time.monotonic() - began)


def _with_claims(
    result: Verification,
    config: Config,
    repository: Repository,
    suite: Suite,
    good: str,
    slow: str | None,
    claims: Sequence[Claim],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Verification:
    """With the claims that have these two commits, measured beside each other."""
    versions = (None, good) if slow is None else (None, good, slow)
    ids = [claim.id for claim in claims]
    with open_versions(
        config, repository, versions=versions, suite=suite, ids=ids, environment=environment, say=say
    ) as opened:
        measured: dict[str, Measured] = {}
        problems: list[Problem] = []
        same_work: set[str] = set()
        for process in opened.processes:
            now, *base = process.sides
            own = [id for id in ids if id in process.ids]
            work = count_sides(base[0], now, node_ids=own, env=environment)
            same_work |= {id for id, counted in work.items() if executes_otherwise(counted.base, counted.head) is False}
            share_s = budget_s * len(own) / len(ids)
            found, failed = _take_turns((*base, now), own, same_work, share_s, environment, say)
            measured |= found
            problems += failed
        warnings = opened.warnings
    why = {problem.benchmark: problem for problem in problems if problem.kind != "in_turns"}
    reasons = {id: clean_text(problem.message, limit=300) for id, problem in why.items()}
    outcomes = judge(claims, measured, reasons, same_work=same_work)
    return replace(
        result,
        benchmarks=(*result.benchmarks, *outcomes),
        warnings=tuple(dict.fromkeys([*result.warnings, *warnings])),
    )


def _take_turns(
    sides: Sequence[Side],
    ids: Sequence[str],
    same_work: Collection[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> tuple[dict[str, Measured], list[Problem]]:
    """Sets of fresh sessions of all sides, `good` first and the working tree last, until every benchmark is told or time is up."""
    deadline = time.monotonic() + budget_s
    taken: dict[str, dict[str, list[PairSample]]] = {id: {side.label: [] for side in sides[1:]} for id in ids}
    problems: list[Problem] = []
    active, sets = list(ids), 0

    def so_far() -> dict[str, Measured]:
        return {id: _measured(by_side, sides) for id, by_side in taken.items() if by_side[sides[-1].label]}

    with Ring(sides, node_ids=ids, env=environment, budget_s=budget_s) as ring:
        while active:
            step = ring.step(active if sets else None, deadline=deadline)
            sets += 1
            for (id, label), sample in step.samples.items():
                taken[id][label].append(sample)
            problems += [
                p for p in step.problems if (p.benchmark, p.kind) not in {(q.benchmark, q.kind) for q in problems}
            ]
            lost = {problem.benchmark for problem in step.problems if problem.kind != "in_turns"}
            views = views_of(so_far())
            told = {id for id, view in views.items() if outcome_of(view, same_work=id in same_work) != "undecided"}
            active = [id for id in active if id not in lost | told]
            left_s = deadline - time.monotonic()
            say(
                f"set {sets}: {len(active)} of {quantity.counted(len(ids), 'benchmark')} open, {max(left_s, 0):.0f} s left"
            )
            if left_s < 0.5 * step.seconds:
                break
    return so_far(), problems


def _measured(by_side: Mapping[str, Sequence[PairSample]], sides: Sequence[Side]) -> Measured:
    now = by_side[sides[-1].label]
    slow = by_side[sides[1].label] if len(sides) == 3 else ()
    return Measured(now=tuple(now), slow=tuple(slow))


# --- judging


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """The decisions on one benchmark: the working tree against `good`, `slow` against `good`, the working tree against `slow`."""

    left: Decision
    was: Decision | None = None
    gained: Decision | None = None


def views_of(measured: Mapping[str, Measured], *, final: bool = False) -> dict[str, Views]:
    """All decisions, by benchmark; each of the three kinds is corrected for the number of benchmarks."""
    left = decide({id: m.now for id, m in measured.items()}, final=final)
    was = decide({id: m.slow for id, m in measured.items() if m.slow}, final=final)
    gained = decide({id: _differences(m) for id, m in measured.items() if m.slow}, final=final)
    return {id: Views(left=decision, was=was.get(id), gained=gained.get(id)) for id, decision in left.items()}


def _differences(measured: Measured) -> tuple[PairSample, ...]:
    """The working tree against `slow`, of each set of sessions: both were taken against the same rounds of `good`."""
    return tuple(
        replace(
            now,
            cpu_log_ratio=_minus(now.cpu_log_ratio, slow.cpu_log_ratio),
            wall_log_ratio=_minus(now.wall_log_ratio, slow.wall_log_ratio),
            base_s=slow.head_s,
            base_cpu_s=slow.head_cpu_s,
        )
        for now, slow in zip(measured.now, measured.slow, strict=False)
    )


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def outcome_of(views: Views, *, same_work: bool = False) -> Outcome:
    """What the decisions on one benchmark come to; `undecided` while one that it needs is open.

    same_work: it executes exactly the same as at `good`. Then the clock need not tell 3 % for the slowdown to be gone: it is
    enough that less than half of it can be left, and that the clock does not say that some is.
    """
    left, was, gained = (None if view is None else view.verdict for view in (views.left, views.was, views.gained))
    if same_work and was == "slower" and left == "undecided" and views.was is not None:
        return "gone" if views.left.analysis.upper < views.was.analysis.estimate / 2 else "undecided"
    if was in ("same", "faster"):
        return "not_reproduced"
    if was == "undecided" or left == "undecided":
        return "undecided"
    if left in ("same", "faster"):
        return "gone"
    by_gain: dict[str | None, Outcome] = {"faster": "part_left", "same": "still_there", "slower": "worse", None: "left"}
    return by_gain.get(gained, "undecided")


def judge(
    claims: Sequence[Claim],
    measured: Mapping[str, Measured],
    problems: Mapping[str, str],
    *,
    same_work: Collection[str] = (),
) -> tuple[Verified, ...]:
    """The claims with what measuring gave. problems: id -> why it could not be measured. same_work: ids, as of `outcome_of`."""
    views = views_of(measured, final=True)
    return tuple(
        _verified(claim, views[claim.id], measured[claim.id], same_work=claim.id in same_work)
        if claim.id in views
        else _unmeasured(claim, problems.get(claim.id, "the budget ended before its turn came (--budget)"))
        for claim in claims
    )


def _unmeasured(claim: Claim, why: str) -> Verified:
    return Verified(
        benchmark=claim.name,
        id=claim.id,
        good=claim.good[:8],
        slow=claim.slow and claim.slow[:8],
        outcome="not_measured",
        text=f"not measured: {why}",
    )


def _verified(claim: Claim, views: Views, measured: Measured, *, same_work: bool) -> Verified:
    outcome = outcome_of(views, same_work=same_work)
    if outcome == "undecided" and views.left.verdict == "slower" and views.was and views.was.verdict == "slower":
        outcome = "left"  # it is slower than it was for certain; only what the fix gained is open
    good_s = median(sample.base_s for sample in measured.now)
    left, was, gained = _change(views.left), _change(views.was), _change(views.gained)
    whole = was.ratio if was else claim.ratio
    is_slower = outcome in ("part_left", "still_there", "worse", "left")
    share = math.log(left.ratio) / math.log(whole) if is_slower and left and whole and whole > 1 else None
    return Verified(
        benchmark=claim.name,
        id=claim.id,
        good=claim.good[:8],
        slow=claim.slow and claim.slow[:8],
        outcome=outcome,
        text=describe(outcome, claim, left=left, was=was, gained=gained, share=share, same_work=same_work),
        good_s=good_s,
        slow_s=good_s * was.ratio if was else None,
        now_s=good_s * left.ratio if left else None,
        left=left,
        was=was,
        gained=gained,
        share_left=0.0 if outcome == "gone" else share,
    )


def _change(decision: Decision | None) -> Change | None:
    if decision is None:
        return None
    analysis = decision.analysis
    bounded = math.isfinite(analysis.lower) and math.isfinite(analysis.upper)
    interval = (math.exp(analysis.lower), math.exp(analysis.upper)) if bounded else None
    return Change(ratio=math.exp(analysis.estimate), interval=interval, pairs=analysis.n)


def describe(
    outcome: Outcome,
    claim: Claim,
    *,
    left: Change | None,
    was: Change | None,
    gained: Change | None,
    share: float | None,
    same_work: bool = False,
) -> str:
    """The outcome in one sentence, with its figures."""
    good = claim.good[:8]
    now = _told(left)
    before = f", was {quantity.change(was.ratio)}" if was else ""
    if outcome == "gone":
        faster = left is not None and left.interval is not None and left.interval[1] < 1
        if faster:
            return f"gone, and faster than before: {now} against {good}{before}"
        if same_work:
            return f"gone: it executes exactly the same as at {good}; measured {now} against it{before}"
        return f"gone: {_within(left)} of {good}{before}"
    if outcome == "part_left":
        part = f"{quantity.percent(share)} of it is left" if share is not None else "part of it is left"
        return f"{part}: {now} against {good}{before}"
    if outcome == "still_there":
        return f"still there: {now} against {good}, as slow as at {(claim.slow or '')[:8]}"
    if outcome == "worse":
        return f"worse: {now} against {good}{before}"
    if outcome == "left":
        told = f", {_told(gained)} against the slow state so far" if gained else ""
        return f"still slower: {now} against {good}{before}{told}"
    if outcome == "not_reproduced":
        return (
            f"can't tell: {(claim.slow or '')[:8]} is not slower than {good} when both are measured now ({_told(was)})"
        )
    better = f"; against the slow state {_told(gained)}" if gained else ""
    return f"undecided: {now} against {good} so far{before}{better}; allow more with --budget"


def _told(change: Change | None) -> str:
    if change is None:
        return quantity.UNKNOWN
    interval = f" ({quantity.change_interval(change.interval)})" if change.interval else ""
    return f"{quantity.change(change.ratio)}{interval}"


def _within(change: Change | None) -> str:
    """How near it is for certain: the larger end of the interval, as a percentage that is never rounded down."""
    if change is None or change.interval is None:
        return "within 3 %"  # what the verdict "same" stands for
    largest = max(abs(bound - 1) for bound in change.interval)
    return f"within {math.ceil(100 * largest - 1e-9)} %"


# --- what else moved


def _with_others(
    result: Verification,
    config: Config,
    repository: Repository,
    suite: Suite,
    before: str,
    others: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Verification:
    """With the other benchmarks: their work counted on both sides, and what executes something else measured in turns."""
    if budget_s < LEAST_S:
        return replace(result, unseen=tuple(others))
    began = time.monotonic()
    try:
        with open_versions(
            config, repository, versions=(None, before), suite=suite, ids=others, environment=environment, say=say
        ) as opened:
            say(f"counting what {quantity.counted(len(others), 'other benchmark')} execute")
            differ, same = _count(opened, others, environment)
            rows: tuple[ComparedBenchmark, ...] = ()
            warnings: tuple[str, ...] = ()
            left_s = budget_s - (time.monotonic() - began)
            if differ and left_s >= LEAST_S:
                compared = in_turns(opened.two, ids=differ, budget_s=left_s, environment=environment, say=say)
                rows, warnings = compared.benchmarks, compared.warnings
    except BenchAgentError as error:
        warning = f"what else moved is not known: {error.message}"
        return replace(result, unseen=tuple(others), warnings=(*result.warnings, warning))
    measured = {row.benchmark for row in rows}
    unseen = tuple(id for id in differ if id not in measured)
    warnings = tuple(dict.fromkeys([*result.warnings, *warnings]))
    return replace(result, others=rows, same_work=len(same), unseen=unseen, warnings=warnings)


def _count(opened: OpenVersions, ids: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """(those that may execute something else, those that execute the same). What can't be counted may differ."""
    same: list[str] = []
    for process in opened.processes:
        own = [id for id in ids if id in process.ids]
        now, before = process.sides
        work = count_sides(before, now, node_ids=own, env=environment) if own else {}
        same += [id for id, counted in work.items() if executes_otherwise(counted.base, counted.head) is False]
    known = set(same)
    return [id for id in ids if id not in known], same
