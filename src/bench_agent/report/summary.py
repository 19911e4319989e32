"""A run's status, its counts and its one-sentence headline."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Run
from bench_agent.results.comparison import Confirmation
from bench_agent.results.report import (
    BenchmarkRow,
    Finding,
    RunInfo,
    Status,
    Summary,
)
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def compose_summary(
    rows: Sequence[BenchmarkRow],
    judged: Sequence[Judgement],
    run: Run,
    regressions: Sequence[Finding],
    undecided: Sequence[Finding],
    confirmation: Confirmation,
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
        undecided=sum(row.verdict == "inconclusive" and id not in explained for id, row in confirmation.rows.items()),
        cleared=max(looked - sum(f.metric != "p95" for f in regressions) - len(undecided), 0),
        over_target=over,
        improved=sum(j.improved for j in judged),
        failed=failed,
        skipped=run.skipped,
        unmeasured=run.unmeasured,
        compared=max(len(ratios), len(confirmation.rows)),
        geomean_ratio=math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None,
        peak_bytes=run.peak_bytes,
        mean_bytes=run.mean_bytes,
    )
    return status, replace(
        summary, headline=_headline(summary, run, regressions, undecided, confirmation, compared_with)
    )


def _headline(
    summary: Summary,
    run: Run,
    regressions: Sequence[Finding],
    undecided: Sequence[Finding],
    confirmation: Confirmation,
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
        parts.append(f"{summary.undecided} can't be told yet from {(confirmation.base_sha or '?')[:8]}")
    measured = quantity.counted(summary.benchmarks, "benchmark")
    if parts:
        return f"{'; '.join(parts)}; {measured} measured"
    if confirmation.rows and summary.cleared:
        return f"{measured} measured, none is slower ({summary.cleared} looked it and were cleared by measuring again)"
    if confirmation.rows:
        return f"{measured} measured, none found slower than at {(confirmation.base_sha or '?')[:8]}, in turns on this machine"
    if compared_with is None and confirmation.note:
        return f"{measured} measured; {confirmation.note}"
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
