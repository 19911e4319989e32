"""From judged benchmarks to the pieces of a Report: rows, findings, trends, summary. Pure; nothing is measured or asked here.

Text from the repository (ids, names, failure messages) is cleaned here, once, on its way into the report.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.detect.change_points import find_change_points
from bench_agent.detect.suspicion import Judgement
from bench_agent.detect.trend import TrendFit, fit_trend
from bench_agent.records import Failure, Run, Series, Target
from bench_agent.results.comparison import ComparedBenchmark, Settled
from bench_agent.results.report import (
    BenchmarkRow,
    Evidence,
    Finding,
    LevelChange,
    Mark,
    RunInfo,
    RunPoint,
    Status,
    Summary,
    Trend,
    VerdictName,
)
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

TREND_RUNS = 10
MAX_RUN_POINTS = 6  # of a finding: the level before, and the runs that led here


def compose_rows(
    judged: Sequence[Judgement],
    failures: Sequence[Failure],
    names: dict[str, str],
    *,
    findings: Mapping[str, Finding],
) -> tuple[BenchmarkRow, ...]:
    """One row a benchmark, worst first: failed, regressed, over target, slower, suspected, then the others by change.

    findings: by id, what is reported as slower; a benchmark that is not in it passes.
    """
    rows = [_row(j, findings.get(clean_text(j.sample.id))) for j in judged]
    rows += [
        BenchmarkRow(
            benchmark=clean_text(names.get(f.id, f.id)),
            id=clean_text(f.id),
            mark="failed",
            message=clean_text(f"{f.outcome}: {f.message}" if f.message else f.outcome),
        )
        for f in failures
        if f.outcome != "xfailed"
    ]
    order: dict[Mark, int] = {"failed": 0, "regressed": 1, "over_target": 2, "slower": 3, "suspected": 4, "pass": 5}
    return tuple(sorted(rows, key=lambda row: (order[row.mark], -(row.ratio_baseline or row.ratio_last or 0.0))))


def _mark(j: Judgement, finding: Finding | None) -> Mark:
    if finding is not None and finding.confirmed:
        return "regressed" if finding.ratio > 1 + finding.threshold else "over_target" if j.over_target else "slower"
    if j.over_target:
        return "over_target"
    return "suspected" if finding is not None else "pass"


def _row(j: Judgement, finding: Finding | None) -> BenchmarkRow:
    sample = j.sample
    single = sample.rounds <= 1  # one datum, often a mean of many iterations: it has no spread and no percentiles
    return BenchmarkRow(
        benchmark=clean_text(sample.name),
        id=clean_text(sample.id),
        mark=_mark(j, finding),
        group=clean_text(sample.group) if sample.group else None,
        rounds=sample.rounds,
        iterations=sample.iterations,
        median_s=sample.median_s,
        mean_s=sample.mean_s,
        stddev_s=None if single else sample.stddev_s,
        iqr_s=None if single else sample.q3_s - sample.q1_s,
        min_s=sample.min_s,
        max_s=sample.max_s,
        p95_s=None if single else sample.p95_s,
        p99_s=None if single else sample.p99_s,
        p95_is_max=not (single or sample.supports_p95),
        p99_is_max=not (single or sample.supports_p99),
        ops=sample.ops,
        cpu_s=sample.cpu_s,
        cpu_use=sample.cpu_use,
        peak_bytes=sample.peak_bytes,
        mean_bytes=sample.mean_bytes,
        target_p95_s=j.target.p95_s if j.target else None,
        ratio_last=j.ratio_last,
        ratio_baseline=j.ratio_baseline,
        extra=sample.extra,
    )


def compose_finding(j: Judgement) -> Finding:
    """What is known of a benchmark that looks slower, faster or breaks its target, before causes and advice are added.

    It is compared with the accepted level where that was exceeded, else with the level of the last comparable runs, else
    with its target.
    """
    sample = j.sample
    current, base, kind, metric = sample.median_s, j.base_s, _describe_base(j), "median"
    if not j.slower and j.over_target and j.target and j.target.p95_s:
        current, base, kind, metric = sample.p95_s, j.target.p95_s, "target", "p95"
    ratio = current / base if base and base > 0 else 1.0
    slower = j.slower or j.over_target
    return Finding(
        benchmark=clean_text(sample.name),
        id=clean_text(sample.id),
        metric=metric,
        severity="low",
        ratio=ratio,
        current=current,
        baseline=base or current,
        baseline_kind=kind,
        rules=j.rules,
        verdict="suspected" if slower else "faster",
        runs=_run_points(j.series, base) if metric == "median" else (),
        target_s=j.target.p95_s if j.target else None,
        threshold=j.threshold,
    )


def _describe_base(j: Judgement) -> str:
    """What the base of a judgement is, in words."""
    if "baseline" in j.rules:
        return "accepted level"
    if "step" not in j.rules and j.shift is not None:
        return f"level until {quantity.counted(j.shift.runs, 'run')} ago"
    if "step" not in j.rules and j.creep is not None:
        return f"crept {quantity.change(j.creep.ratio)} over {quantity.counted(j.creep.runs, 'run')} from this level"
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


def compose_trend(
    name: str, series: Series, target: Target | None, *, last: int = TREND_RUNS, changes: bool = True
) -> Trend:
    """The last comparable runs of one benchmark with the line fitted through them.

    changes: look for changes of level in the whole series too, which costs 0.3 ms for 30 runs.
    """
    points = series.points[-last:]
    values = tuple(point.value for point in points)
    line = fit_trend(values, window=last)
    direction = line.direction
    notes = list(series.epoch_notes)
    if direction == "unknown":
        notes.insert(0, f"{quantity.counted(len(values), 'comparable run')}: a trend needs three")
    return Trend(
        benchmark=clean_text(name),
        id=clean_text(series.id),
        metric=series.metric,
        direction=direction,
        change=line.change,
        velocity_s=line.velocity,
        runs=len(values),
        values=values,
        shas=tuple(point.sha[:12] if point.sha else None for point in points),
        changes=_level_changes(series) if changes else (),
        target_s=target.p95_s if target and series.metric == "p95" else None,
        concern=_concern(line, direction, target, values, series.metric),
        note="; ".join(notes) or None,
    )


def _level_changes(series: Series) -> tuple[LevelChange, ...]:
    return tuple(
        LevelChange(
            run=series.points[change.index].run_id,
            sha=sha[:12] if (sha := series.points[change.index].sha) else None,
            ratio=change.ratio,
            before=change.before,
            after=change.after,
            runs=change.runs,
        )
        for change in find_change_points(series.values)
    )


def _concern(line: TrendFit, direction: str, target: Target | None, values: Sequence[float], metric: str) -> str | None:
    """When the fitted line would cross the target, if it is on its way there."""
    if direction != "degrading" or not line.velocity or line.velocity <= 0 or not values:
        return None
    if target and target.p95_s and metric == "p95":
        left = (target.p95_s - values[-1]) / line.velocity
        if left <= 0:
            return "over its target"
        if left <= 50:
            return f"reaches its target in about {quantity.counted(math.ceil(left), 'run')}"
    return "getting slower"


def with_measurement(finding: Finding, row: ComparedBenchmark | None, settled: Settled) -> Finding:
    """The finding after its benchmark was measured again, base against now; as it was, with the reason, when it was not.

    Where the base is as slow now as the run was, and both are slower than what was recorded, it is the environment: no
    commit did it.
    """
    if row is None and settled.same_code and finding.metric != "p95":
        return replace(finding, verdict="environment", evidence=Evidence(note=settled.note))
    if row is None:
        return replace(finding, evidence=Evidence(note=settled.note))
    verdict: VerdictName = row.verdict
    if _is_environment(finding, row):
        verdict = "environment"
    return replace(
        finding,
        verdict=verdict,
        confirmed=verdict in ("slower", "faster"),
        ratio=row.ratio,
        interval=row.interval,
        current=row.head,
        baseline=row.base,
        baseline_kind=f"{(settled.base_sha or '?')[:8]}, measured again in turns",
        metric=f"{row.clock} time",
        evidence=Evidence(pairs=row.pairs, method="ring", seconds=round(settled.seconds, 1), note=row.note),
        detectable=row.detectable,
        seconds_to_settle=row.seconds_to_settle,
    )


def _is_environment(finding: Finding, row: ComparedBenchmark) -> bool:
    """Whether the old code is as slow now as the run was: it lies nearer to the run than to what was recorded, and head may
    be slower than it by less than half of what was suspected."""
    if row.verdict not in ("same", "inconclusive") or {"counts", "target"}.issuperset(finding.rules):
        return False
    if finding.baseline_kind == "target" or finding.ratio <= 1 or row.interval is None:
        return False
    # In wall time both, or CPU time against wall: that is never longer, so a doubt ends as what the ring said.
    return row.base > math.sqrt(finding.baseline * finding.current) and row.interval[1] < math.sqrt(finding.ratio)


def describe_cleared(finding: Finding, settled: Settled) -> str:
    """One sentence on a benchmark that looked slower and is not."""
    within = f" ({quantity.change_interval(finding.interval)})" if finding.interval else ""
    seen = "executes more" if finding.rules == ("counts",) else "looked slower"
    if finding.counts:
        seen += f" ({clean_text(finding.counts[0], limit=120)})"
    return (
        f"{finding.benchmark} {seen}, and is not slower: measured again against {(settled.base_sha or '?')[:8]} "
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


def compose_summary(
    rows: Sequence[BenchmarkRow],
    judged: Sequence[Judgement],
    run: Run,
    regressions: Sequence[Finding],
    undecided: Sequence[Finding],
    settled: Settled,
    *,
    compared_with: str | None,
) -> tuple[Status, Summary]:
    """The status of the run and its one-sentence verdict. A suspicion is no regression: it leaves the status alone."""
    marks = [row.mark for row in rows]
    ratios = [j.ratio_last for j in judged if j.ratio_last]
    failed, regressed, over = marks.count("failed"), marks.count("regressed"), sum(j.over_target for j in judged)
    looked = sum(j.slower for j in judged)
    explained = {f.id for f in undecided if f.verdict == "environment"}
    status: Status = "failed" if failed else "regressed" if regressed or over else "passing"
    if not judged:
        status = "failed" if failed else "no_results"
    summary = Summary(
        headline="",
        benchmarks=len(judged),
        passing=marks.count("pass"),
        suspected=sum(f.verdict == "suspected" and f.metric != "p95" for f in regressions),
        slower=sum(f.confirmed for f in regressions),
        regressed=regressed,
        undecided=sum(row.verdict == "inconclusive" and id not in explained for id, row in settled.rows.items()),
        cleared=max(looked - sum(f.metric != "p95" for f in regressions) - len(undecided), 0),
        over_target=over,
        improved=sum(j.improved for j in judged),
        failed=failed,
        skipped=run.skipped,
        unmeasured=run.unmeasured,
        compared=max(len(ratios), len(settled.rows)),
        geomean_ratio=math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None,
        peak_bytes=run.peak_bytes,
        mean_bytes=run.mean_bytes,
    )
    return status, replace(summary, headline=_headline(summary, run, regressions, undecided, settled, compared_with))


def _headline(
    summary: Summary,
    run: Run,
    regressions: Sequence[Finding],
    undecided: Sequence[Finding],
    settled: Settled,
    compared_with: str | None,
) -> str:
    if not summary.benchmarks:
        return f"Nothing was measured: {run.reason or 'no benchmark gave a result'}"
    parts = []
    if summary.failed:
        parts.append(f"{quantity.counted(summary.failed, 'benchmark')} failed")
    confirmed = [f for f in regressions if f.confirmed]
    if confirmed:
        worst = max(confirmed, key=lambda f: f.ratio)
        parts.append(f"{quantity.counted(len(confirmed), 'benchmark')} slower, confirmed ({_named(worst)})")
    if summary.unmeasured:
        parts.append(f"{summary.unmeasured} not measured")
    if summary.over_target:
        parts.append(f"{quantity.counted(summary.over_target, 'benchmark')} over target")
    if summary.suspected:
        worst = next(f for f in regressions if f.verdict == "suspected" and f.metric != "p95")
        parts.append(
            f"{quantity.counted(summary.suspected, 'suspected slowdown')}, not measured again ({_named(worst)})"
        )
    if summary.undecided:
        parts.append(f"{summary.undecided} can't be told yet from {(settled.base_sha or '?')[:8]}")
    measured = quantity.counted(summary.benchmarks, "benchmark")
    if parts:
        return f"{'; '.join(parts)}; {measured} measured"
    if settled.rows and summary.cleared:
        return f"{measured} measured, none is slower ({summary.cleared} looked it and were cleared by measuring again)"
    if settled.rows:
        return (
            f"{measured} measured, none found slower than at {(settled.base_sha or '?')[:8]}, in turns on this machine"
        )
    if compared_with is None and settled.note:
        return f"{measured} measured; {settled.note}"
    return f"{measured} measured, none looks slower than before"


def _named(finding: Finding) -> str:
    return f"{clean_text(finding.benchmark, limit=60)} {quantity.change(finding.ratio)}"


def compose_run_info(run: Run, *, compared_with: str | None) -> RunInfo:
    machine = run.machine
    cores = f"{machine.cores} cores" if machine.cores else ""
    return RunInfo(
        run_id=run.run_id,
        started_at=run.started_at,
        seconds=run.seconds,
        command=clean_text(run.command),
        quick=run.quick,
        sha=run.head.sha,
        branch=clean_text(run.head.branch) if run.head.branch else None,
        dirty=bool(run.head.dirty),
        python=f"{machine.implementation} {machine.python}".strip(),
        machine=clean_text(", ".join(part for part in (machine.cpu, cores, machine.system) if part)),
        exit_code=run.exit_code,
        compared_with=compared_with,
    )
