"""What became of a slowdown after a fix: decided and told from what measuring in turns gave. Pure."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench_agent.detect.verdict import Decision, decide
from bench_agent.records import PairSample
from bench_agent.results.verification import Change, Claim, Outcome, Verified
from bench_agent.text import quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What measuring in turns gave of one benchmark: one observation a set of sessions, each against `good`."""

    now: tuple[PairSample, ...]
    slow: tuple[PairSample, ...] = ()


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


# What two sets of sessions must show where nothing differs from the fast code any more: a third, with sets that differ
# by a tenth, as they do on a busy machine, lies two standard errors from half of it. `pytest tests/compare/test_verify.py` counts.
PLAIN = math.log(1.3)
# What may be left where the interval is too wide for "the same": a tenth of the slowdown, and never more than some 10 %.
MOST_LEFT_SHARE, MOST_LEFT = 0.1, math.log(1.1)
SAME = 0.03  # log units: as the margin of "same"
MUCH_LESS = 0.5  # of the time at `good`: chosen; a result that is kept or not made is gone from the time too
FEWEST = 2


def outcome_of(views: Views, *, restored: bool = False) -> Outcome:
    """What the decisions on one benchmark come to; `undecided` while one that it needs is open.

    restored: nothing that it uses differs from `good`, so that two sets of sessions are enough where they agree. That it
    executes the same lines is no such answer: a built-in may have more to do. Else it is gone too where at most a tenth of a
    large slowdown can be left: how much that is stands in the text.
    """
    left, was, gained = (None if view is None else view.verdict for view in (views.left, views.was, views.gained))
    if restored and left in ("undecided", "same", "faster") and views.was is not None and _agrees(views):
        return "gone"
    if was in ("same", "faster"):
        return "not_reproduced"
    if was == "slower" and left == "undecided" and _hardly_anything_is_left(views):
        return "gone"
    if was == "undecided" or left == "undecided":
        return "undecided"
    if left in ("same", "faster"):
        return "gone"
    by_gain: dict[str | None, Outcome] = {"faster": "part_left", "same": "still_there", "slower": "worse", None: "left"}
    return by_gain.get(gained, "undecided")


def _agrees(views: Views) -> bool:
    """Whether the clock says what the files do: a plain slowdown at `slow`, and less than half of it in the working tree."""
    assert views.was is not None
    was, left = views.was.analysis, views.left.analysis
    return min(was.n, left.n) >= FEWEST and was.estimate >= PLAIN and left.estimate < was.estimate / 2


def _hardly_anything_is_left(views: Views) -> bool:
    """Whether the whole interval lies below what may be left; to tell 3 % would take several times as many sets."""
    left = views.left.analysis
    most = min(MOST_LEFT_SHARE * views.was.analysis.estimate, MOST_LEFT) if views.was is not None else 0.0
    return left.upper < most and left.estimate < SAME


def judge(
    claims: Sequence[Claim],
    measured: Mapping[str, Measured],
    problems: Mapping[str, str],
    *,
    restored: Collection[str] = (),
) -> tuple[Verified, ...]:
    """The claims with what measuring gave. problems: id -> why it could not be measured.

    restored: ids, as of `outcome_of`.
    """
    views = views_of(measured, final=True)
    return tuple(
        _verified(
            claim,
            views[claim.id],
            measured[claim.id],
            restored=claim.id in restored,
        )
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


def _verified(claim: Claim, views: Views, measured: Measured, *, restored: bool) -> Verified:
    outcome = outcome_of(views, restored=restored)
    if outcome == "undecided" and views.left.verdict == "slower" and views.was and views.was.verdict == "slower":
        outcome = "left"  # it is slower than it was for certain; only what the fix gained is open
    good_s = median(sample.base_s for sample in measured.now)
    left, was, gained = _change(views.left), _change(views.was), _change(views.gained)
    whole = was.ratio if was else claim.ratio
    is_slower = outcome in ("part_left", "still_there", "worse", "left")
    share = math.log(left.ratio) / math.log(whole) if is_slower and left and whole and whole > 1 else None
    between = _share_between(left, was) if share is not None and left and was else None
    return Verified(
        benchmark=claim.name,
        id=claim.id,
        good=claim.good[:8],
        slow=claim.slow and claim.slow[:8],
        outcome=outcome,
        text=describe(
            outcome, claim, left=left, was=was, gained=gained, share=share, between=between, restored=restored
        ),
        good_s=good_s,
        slow_s=good_s * was.ratio if was else None,
        now_s=good_s * left.ratio if left else None,
        left=left,
        was=was,
        gained=gained,
        share_left=0.0 if outcome == "gone" else share,
        share_interval=between,
    )


def _share_between(left: Change, was: Change) -> tuple[float, float] | None:
    """The least and the most that may be left; None where an interval is open, or the whole may be nothing."""
    if left.interval is None or was.interval is None or was.interval[0] <= 1:
        return None
    low, high = (math.log(end) for end in left.interval)
    least, most = (math.log(end) for end in was.interval)
    return (low / most if low > 0 else low / least), high / least


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
    between: tuple[float, float] | None = None,
    restored: bool = False,
) -> str:
    """The outcome in one sentence, with its figures."""
    good = claim.good[:8]
    now = _told(left)
    before = f", was {quantity.change(was.ratio)}" if was else ""
    if outcome == "gone":
        faster = left is not None and left.interval is not None and left.interval[1] < 1
        if faster:
            doubt = (
                "; so much less may be work that is not done any more"
                if left is not None and left.ratio < MUCH_LESS
                else ""
            )
            return f"gone, and faster than before: {now} against {good}{before}{doubt}"
        if restored:
            return f"gone: nothing that it uses differs from {good}; measured {now} against it{before}"
        if left is not None and left.interval is not None and left.interval[1] > math.exp(SAME):
            return f"gone, as far as can be told: {now} against {good}{before}"
        return f"gone: {_within(left)} of {good}{before}"
    if outcome == "part_left":
        part = f"about {quantity.percent(share)} of it is left" if share is not None else "part of it is left"
        if between:
            part += f" ({quantity.percent(max(between[0], 0.0))} to {quantity.percent(between[1])})"
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
