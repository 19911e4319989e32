"""From judged benchmarks to the pieces of a Report: rows, findings, trends, summary. Pure; nothing is measured or asked here.

Text from the repository (ids, names, failure messages) is cleaned here, once, on its way into the report.
"""

from collections.abc import Mapping, Sequence

from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Failure
from bench_agent.results.report import (
    BenchmarkRow,
    Finding,
    Mark,
)
from bench_agent.text.clean import clean_text


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
