"""What is known of one benchmark that looks slower or faster: as a run suggests it, then as measuring again found it."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Series
from bench_agent.results.comparison import ComparedBenchmark, Confirmation
from bench_agent.results.report import (
    Evidence,
    Finding,
    RunPoint,
    VerdictName,
)
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id, clean_text

MAX_RUN_POINTS = 6  # of a finding: the level before, and the runs that led here


def compose_finding(j: Judgement) -> Finding:
    """What is known of a benchmark that looks slower, faster or breaks its target, before causes and advice are added.

    It is compared with the accepted level where that was exceeded, else with the level of the last comparable runs, else
    with its target.
    """
    sample = j.sample
    current, base, kind, metric = sample.median_s, j.base_s, _describe_base(j), sample.figure or "median"
    if not j.slower and j.over_target and j.target and j.target.p95_s:
        current, base, kind, metric = sample.p95_s, j.target.p95_s, "target", sample.figure or "p95"
    ratio = current / base if base and base > 0 else 1.0
    slower = j.slower or j.over_target
    return Finding(
        benchmark=clean_id(sample.name),
        id=clean_id(sample.id),
        metric=metric,
        severity="low",
        ratio=ratio,
        current=current,
        baseline=base or current,
        baseline_kind=kind,
        rules=j.rules,
        verdict="suspected" if slower else "faster",
        runs=_run_points(j.series, base) if kind != "target" else (),
        target_s=j.target.p95_s if j.target else None,
        threshold=j.threshold,
    )


def _describe_base(j: Judgement) -> str:
    """What the base of a judgement is, in words."""
    if "baseline" in j.rules:
        return "accepted level"
    if "step" not in j.rules and j.shift is not None:
        return f"level until {quantity.counted(j.shift.runs, 'run')} ago"
    if "step" not in j.rules and j.drift is not None:
        return f"crept {quantity.change(j.drift.ratio)} over {quantity.counted(j.drift.runs, 'run')} from this level"
    return "last run" if len(j.series.points) == 2 else "level of the last comparable runs"


def _run_points(series: Series, base: float | None) -> tuple[RunPoint, ...]:
    points = series.points[-MAX_RUN_POINTS:]
    return tuple(
        RunPoint(
            run="current" if back == 0 else f"-{back}",
            value=point.value,
            ratio=point.value / base if base and base > 0 else None,
            sha=point.sha[:12] if point.sha else None,
        )
        for back, point in zip(range(len(points) - 1, -1, -1), points, strict=True)
    )


def with_measurement(finding: Finding, row: ComparedBenchmark | None, confirmation: Confirmation) -> Finding:
    """The finding after its benchmark was measured again, base against now; as it was, with the reason, when it was not.

    Where the base is as slow now as the run was, and both are slower than what was recorded, it is the environment: no
    commit did it. So it is, without measuring, where the faster run measured this very code.
    """
    verdict: VerdictName
    if row is None:
        same_code = confirmation.same_code and finding.metric != "p95" and "open" not in finding.rules
        if finding.rules == ("unclear",) and finding.id in map(clean_id, confirmation.untouched):
            alike = f"nothing that it executes differs from {(confirmation.base_of(finding.id) or '?')[:8]}"
            return replace(finding, verdict="environment", evidence=Evidence(note=alike))
        # No rule says slower: an earlier run asked, or stored runs do not clear it; and there is still no answer.
        verdict = "undecided" if finding.rules in (("open",), ("unclear",)) else finding.verdict
        return replace(
            finding,
            verdict="environment" if same_code else verdict,
            evidence=Evidence(note=_why_unmeasured(finding.id, confirmation)),
        )
    verdict = row.verdict
    note, differs = row.note, tuple[str, ...]()
    if _is_environment(finding, row):
        # Where the benchmark's own files, its recipe, or a file that nobody knows the reader of changed too, the old code with
        # today's is as slow: that clears nobody.
        open_ = (*confirmation.held, *_unknown_readers(confirmation.unread))
        verdict = "undecided" if open_ else "environment"
        paths = (*confirmation.starts, *confirmation.unread)
        differs = tuple(f"{clean_text(path, limit=80)} differs" for path in paths) or confirmation.held
        note = clean_text("; ".join(open_), limit=400) or note
    elif "open" in finding.rules and verdict in ("same", "faster") and confirmation.restarted:
        # Both versions were started as the suite is now: what the recipe costs is in both, and the question was about all.
        verdict = "undecided"
        paths = confirmation.restarted
        differs = tuple(f"{clean_text(path, limit=80)} differs" for path in paths)
        note = "both were started as the suite is now: what that costs stays open until `baseline accept`"
    return replace(
        finding,
        verdict=verdict,
        confirmed=verdict in ("slower", "faster"),
        ratio=row.ratio,
        interval=row.interval,
        current=row.head,
        baseline=row.base,
        baseline_kind=f"{(confirmation.base_of(row.benchmark) or '?')[:8]}, measured in turns",
        metric=f"{row.clock} time",
        # Their ratios are against another base and by another clock: beside the one measured they would contradict it.
        runs=tuple(replace(point, ratio=None) for point in finding.runs),
        evidence=Evidence(
            pairs=row.pairs, method="ring", seconds=round(confirmation.seconds, 1), note=note, differs=differs
        ),
        detectable=row.detectable,
        seconds_to_settle=None if differs else row.seconds_to_settle,
    )


def _unknown_readers(paths: Sequence[str]) -> tuple[str, ...]:
    if not paths:
        return ()
    named = ", ".join(clean_text(path, limit=80) for path in paths[:3]) + (", ..." if paths[3:] else "")
    return (f"no Python code names what differs too, so what starts the suite may read it: {named}",)


_NOT_MEASURED = {
    "not_reached": "the budget was spent before its turn came (--budget)",
    "missing": "one of the two versions does not have it",
    "failed": "it fails",
    "skipped": "it is skipped",
    "unused": "it measures nothing",
    "died": "it ended the process",
    "timeout": "it took too long",
    "slow": "it takes longer than the budget (--budget)",
    "held": "what differs is of files that both sides have alike",
}


def _why_unmeasured(id: str, confirmation: Confirmation) -> str | None:
    known = confirmation.uncompared.get(id)
    if known is None:
        return confirmation.note
    where = f" ({clean_text(known.side, limit=40)})" if known.side else ""
    return f"not measured in turns: {_NOT_MEASURED[known.reason]}{where}"


def _is_environment(finding: Finding, row: ComparedBenchmark) -> bool:
    """Whether the old code is as slow now as the run was: it lies nearer to the run than to what was recorded, and head may
    be slower than it by less than half of what was suspected."""
    if row.verdict not in ("same", "undecided") or {"counts", "target"}.issuperset(finding.rules):
        return False
    if finding.baseline_kind == "target" or finding.ratio <= 1 or row.interval is None:
        return False
    # In wall time both, or CPU time against wall: that is never longer, so in doubt the verdict of measuring in turns stands.
    return row.base > math.sqrt(finding.baseline * finding.current) and row.interval[1] < math.sqrt(finding.ratio)


def looked_slower(finding: Finding) -> bool:
    """Whether more was seen than that stored runs were too few, or too noisy, to pass it."""
    return finding.rules != ("unclear",) or finding.ratio > 1 + finding.threshold


def describe_cleared(finding: Finding, confirmation: Confirmation) -> str:
    """One sentence on a benchmark that looked slower and is not."""
    within = f" ({quantity.change_interval(finding.interval)})" if finding.interval else ""
    seen = "executes more" if finding.rules == ("counts",) else "looked slower"
    if finding.counts:
        seen += f" ({clean_text(finding.counts[0], limit=120)})"
    return (
        f"{finding.benchmark} {seen}, and is not slower: measured again against {(confirmation.base_of(finding.id) or '?')[:8]} "
        f"it is {'faster' if finding.verdict == 'faster' else 'the same'}{within}"
    )


def describe_surroundings(finding: Finding) -> str:
    """One sentence on what differs around a benchmark whose old code is as slow now; "" for any other."""
    since = finding.evidence.since
    if finding.verdict != "environment" or since is None:
        return ""
    if not finding.evidence.differs:
        recorded = "interpreter, packages, CPU, kernel, limits, governor, load"
        return (
            f"the environment is slower than in the run of {since}, but nothing that is recorded differs ({recorded})"
        )
    return f"what differs from the run of {since}, which was faster: {'; '.join(finding.evidence.differs)}"
