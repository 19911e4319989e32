"""The rows of the summary table: one for each benchmark that was measured, failed, or is gone since the last comparable run.

Pure. Text from the repository (ids, names, failure messages) is cleaned here, once, on its way into the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Failure
from bench_agent.report.marks import mark_of
from bench_agent.report.words import compare_again
from bench_agent.results.comparison import Confirmation
from bench_agent.results.report import MARKS, OPEN, BenchmarkRow, Finding
from bench_agent.text.clean import clean_id, clean_text

NOTHING_CONFIRMED = Confirmation()
NO_TEXTS: Mapping[str, str] = {}


def compose_rows(
    judged: Sequence[Judgement],
    failures: Sequence[Failure],
    names: dict[str, str],
    *,
    findings: Mapping[str, Finding],
    confirmation: Confirmation = NOTHING_CONFIRMED,
    vanished: Sequence[BenchmarkRow] = (),
    former: Mapping[str, str] = NO_TEXTS,
    doubted: Mapping[str, str] = NO_TEXTS,
) -> tuple[BenchmarkRow, ...]:
    """One row a benchmark, worst first, as `MARKS` has them; those of one mark by change.

    findings: by id, what is reported as slower, undecided or due to the environment. former: by id, what one was before.
    doubted: by id, why its stored runs don't clear it.
    """
    rows = [
        replace(
            _row(j, findings.get(clean_id(j.sample.id)), confirmation, doubted=j.sample.id in doubted),
            message=doubted.get(j.sample.id) or former.get(j.sample.id) or _held(j.sample.id, confirmation),
        )
        for j in judged
    ]
    rows += [
        BenchmarkRow(
            benchmark=clean_id(names.get(f.id, f.id)),
            id=clean_id(f.id),
            mark="failed",
            message=clean_text(f"{f.outcome}: {f.message}" if f.message else f.outcome),
        )
        for f in failures
        if f.outcome != "xfailed"
    ]
    return tuple(sorted([*rows, *vanished], key=lambda row: (MARKS.index(row.mark), -_change(row))))


def _held(id: str, confirmation: Confirmation) -> str | None:
    """Why it is not compared, where what differs is on both sides."""
    missed = confirmation.uncompared.get(id)
    return f"not compared: {clean_text(missed.because)}" if missed is not None and missed.because else None


def _change(row: BenchmarkRow) -> float:
    return row.ratio or row.ratio_baseline or row.ratio_last or 0.0


def _row(j: Judgement, finding: Finding | None, confirmation: Confirmation, *, doubted: bool) -> BenchmarkRow:
    sample = j.sample
    single = sample.rounds <= 1  # one datum, often a mean of many iterations: it has no spread and no percentiles
    bare = single or bool(sample.figure)  # of other tools' files, what they say of the rounds is all that is known
    mark = mark_of(j, finding, confirmation, doubted=doubted)
    again = confirmation.rows.get(sample.id)
    return BenchmarkRow(
        benchmark=clean_id(sample.name),
        id=clean_id(sample.id),
        mark=mark,
        group=clean_text(sample.group) if sample.group else None,
        rounds=sample.rounds,
        iterations=sample.iterations,
        median_s=sample.median_s,
        figure=sample.figure,
        mean_s=sample.mean_s,
        stddev_s=None if single else sample.stddev_s,
        iqr_s=None if bare else sample.q3_s - sample.q1_s,
        min_s=sample.min_s,
        max_s=sample.max_s,
        p95_s=None if bare else sample.p95_s,
        p99_s=None if bare else sample.p99_s,
        p95_is_max=not (bare or sample.supports_p95),
        p99_is_max=not (bare or sample.supports_p99),
        ops=sample.ops,
        cpu_s=sample.cpu_s,
        cpu_use=sample.cpu_use,
        peak_bytes=sample.peak_bytes,
        mean_bytes=sample.mean_bytes,
        target_p95_s=j.target.p95_s if j.target else None,
        ratio=again.ratio if again else None,
        interval=again.interval if again else None,
        pairs=again.pairs if again else None,
        pair_ratios=again.pair_ratios if again else (),
        against=(confirmation.base_of(sample.id) or "")[:8] or None if again else None,
        # One number for one fact: beside a ratio measured in turns the loose one would only contradict it.
        # Against the level of the last runs, as the finding's: the last one alone may be the slow one.
        ratio_last=None if again else j.ratio_level,
        ratio_baseline=j.ratio_baseline,
        seconds_to_settle=again.seconds_to_settle if again else None,
        next_command=None
        if _held(sample.id, confirmation)
        else _next_command(sample.id, mark, finding, confirmation.bases.get(sample.id) or confirmation.other_sha),
        extra=sample.extra,
    )


def _next_command(id: str, mark: str, finding: Finding | None, base_sha: str | None) -> str | None:
    if mark not in OPEN:
        return None
    return finding.next_command if finding is not None and finding.next_command else compare_again(id, base_sha)
