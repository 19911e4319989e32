"""A run's status, its counts and its one-sentence headline."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.detect.suspicion import Judgement
from bench_agent.records import Run
from bench_agent.report.deploy_or_hold import decide_go
from bench_agent.report.marks import has_past, status_of
from bench_agent.report.words import change_in_words
from bench_agent.results.comparison import Confirmation
from bench_agent.results.report import CLEARED, BenchmarkRow, Finding, RunInfo, Status, Summary
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
    improved: int = 0,
) -> tuple[Status, Summary]:
    """The status of the run, its counts and its one-sentence verdict. undecided: what is open or due to the environment."""
    marks = Counter(row.mark for row in rows)
    looked = sum(j.slower for j in judged)
    # With nothing measured the report may still list what vanished; that is no result.
    status: Status = status_of(marks, unmeasured=run.unmeasured) if judged or marks["failed"] else "no_results"
    in_turns = [row.ratio for row in rows if row.ratio]
    ratios = in_turns or [row.ratio_last for row in rows if row.ratio_last]
    summary = Summary(
        headline="",
        benchmarks=len(judged),
        passing=sum(marks[mark] for mark in CLEARED),
        suspected=marks["suspected"],
        slower=sum(f.verdict == "slower" for f in regressions),
        regressed=marks["regressed"],
        undecided=marks["undecided"],
        cleared=max(looked - sum(f.metric != "p95" for f in regressions) - len(undecided), 0),
        over_target=sum(j.over_target for j in judged),
        improved=improved,
        environment=marks["environment"],
        new=marks["new"],
        untouched=marks["untouched"],
        vanished=marks["vanished"],
        failed=marks["failed"],
        skipped=run.skipped,
        unmeasured=run.unmeasured,
        compared=sum(has_past(j) or j.sample.id in confirmation.rows for j in judged),
        measured_in_turns=len(in_turns),
        geomean_ratio=math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None,
        peak_bytes=run.peak_bytes,
        mean_bytes=run.mean_bytes,
    )
    headline = _headline(status, summary, run, [*regressions, *undecided], confirmation, compared_with)
    summary = replace(summary, headline=headline)
    return status, replace(summary, go=decide_go(status, summary, quick=run.quick))


def _headline(
    status: Status,
    summary: Summary,
    run: Run,
    findings: Sequence[Finding],
    confirmation: Confirmation,
    compared_with: str | None,
) -> str:
    if not summary.benchmarks and not summary.failed:
        return f"Nothing was measured: {run.reason or 'no benchmark gave a result'}"
    measured = quantity.counted(summary.benchmarks, "benchmark")
    news = _news(summary, findings)
    none_compared = f"{measured} measured, none compared: {_why_not_compared(run, confirmation, compared_with)}"
    if news:
        compared = summary.compared or summary.undecided or summary.untouched or not summary.benchmarks
        return f"{'; '.join(news)}; {f'{measured} measured' if compared else none_compared}"
    if status == "not_compared":
        return none_compared
    base = (confirmation.base_sha or "?")[:8]
    if summary.cleared:
        were = "was" if summary.cleared == 1 else "were"
        told = f"none is slower ({summary.cleared} looked it and {were} cleared by measuring again)"
    elif confirmation.rows:
        told = f"none is slower than at {base}, in turns on this machine"
    elif summary.untouched == summary.benchmarks:
        told = f"nothing that the benchmarks execute changed since {base}"
    else:
        told = "none looks slower than in the stored runs"
    return f"{measured} measured, {told}{_aside(summary)}"


def _why_not_compared(run: Run, confirmation: Confirmation, compared_with: str | None) -> str:
    if compared_with is None and confirmation.note:
        return confirmation.note
    if confirmation.uncompared:
        return f"they can't be measured at {(confirmation.base_sha or '?')[:8]}, see the warnings"
    no_git = f" ({clean_text(run.head.problem)})" if run.head.problem and not run.head.sha else ""
    return f"no stored run can be compared with{no_git}"


def _news(summary: Summary, findings: Sequence[Finding]) -> list[str]:
    """What a reader must know first, each in a few words, the worst first; [] when all that was compared is cleared."""
    named: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda f: -f.ratio):
        if change_in_words(finding) != quantity.SAME:
            named.setdefault("slower" if finding.verdict == "slower" else finding.mark, finding)

    def worst(kind: str) -> str:
        return f" ({_named(named[kind])})" if kind in named else ""

    return [
        text
        for number, text in (
            (summary.failed, f"{quantity.counted(summary.failed, 'benchmark')} failed"),
            (summary.slower, f"{quantity.counted(summary.slower, 'benchmark')} slower, confirmed{worst('slower')}"),
            (summary.unmeasured, f"{summary.unmeasured} not measured"),
            (summary.over_target, f"{quantity.counted(summary.over_target, 'benchmark')} over target"),
            (
                summary.suspected,
                f"{quantity.counted(summary.suspected, 'suspected slowdown')}, not measured again{worst('suspected')}",
            ),
            (summary.undecided, f"{summary.undecided} undecided{worst('undecided')}"),
            (summary.environment, f"{summary.environment} slower because of the environment, not the code"),
        )
        if number
    ]


def _aside(summary: Summary) -> str:
    """What else is not a pass though nothing is wrong."""
    parts = [
        text
        for number, text in (
            (summary.new, f"{summary.new} new, compared with nothing"),
            (summary.vanished, f"{summary.vanished} no longer measured"),
        )
        if number
    ]
    return "".join(f"; {part}" for part in parts)


def _named(finding: Finding) -> str:
    change = change_in_words(finding)
    so_far = " so far" if finding.mark == "undecided" else ""
    return f"{clean_text(finding.benchmark, limit=60)} {change}{so_far}"


def compose_run_info(run: Run, *, compared_with: str | None) -> RunInfo:
    machine = run.machine
    cores = f"{machine.cores} cores" if machine.cores else ""
    return RunInfo(
        run_id=run.run_id,
        started_at=run.started_at,
        seconds=run.seconds,
        suite_s=run.seconds,
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
