"""A measured change as a report, for the page: rows and findings as those of a run that was measured in turns.

Pure. Nothing is judged here: marks, proofs and suspects are the change's own.
"""

import math
from collections import Counter

from bench_agent.report import advice
from bench_agent.results.change import Change, ChangedBenchmark, marks_of
from bench_agent.results.culprits import Search
from bench_agent.results.report import (
    CLEARED,
    BenchmarkRow,
    Evidence,
    Finding,
    Mark,
    Report,
    RunInfo,
    Summary,
    Suspect,
    VerdictName,
)
from bench_agent.text import quantity

_SLOWER: tuple[Mark, ...] = ("regressed", "slower")


def report_of_change(change: Change, *, headline: str, command: str, started_at: str = "") -> Report:
    """The report. headline: one sentence, the verdict. command: what was typed. started_at: ISO 8601, "" where not known."""
    searches = {search.benchmark: search for search in change.searches}
    slower = [_finding(row, change, searches.get(row.id)) for row in marks_of(change, *_SLOWER)]
    undecided = [_finding(row, change, searches.get(row.id)) for row in marks_of(change, "undecided") if row.ratio]
    faster = [_finding(row, change, None) for row in marks_of(change, "faster")]
    return Report(
        status=change.status,
        run=RunInfo(
            run_id="",
            started_at=started_at,
            seconds=change.seconds,
            command=command,
            quick=False,
            sha=change.head if change.head != "working tree" else None,
            dirty=change.head == "working tree",
            python=change.python,
            machine=change.machine,
        ),
        summary=_summary(change, headline),
        benchmarks=tuple(_row(row, change.base) for row in change.benchmarks),
        regressions=tuple(slower),
        improvements=tuple(faster),
        undecided=tuple(undecided),
        warnings=change.warnings,
    )


def _summary(change: Change, headline: str) -> Summary:
    marks = Counter(row.mark for row in change.benchmarks)
    measured = sum(row.ratio is not None for row in change.benchmarks)
    return Summary(
        headline=headline,
        benchmarks=len(change.benchmarks) - marks["failed"] - marks["vanished"],
        passing=sum(marks[mark] for mark in CLEARED),
        slower=marks["regressed"] + marks["slower"],
        regressed=marks["regressed"],
        undecided=marks["undecided"],
        improved=marks["faster"],
        new=marks["new"],
        untouched=marks["untouched"],
        vanished=marks["vanished"],
        failed=marks["failed"],
        compared=measured,
        measured_in_turns=measured,
        geomean_ratio=change.geomean,
    )


def _row(row: ChangedBenchmark, base: str) -> BenchmarkRow:
    return BenchmarkRow(
        benchmark=row.benchmark,
        id=row.id,
        mark=row.mark,
        median_s=row.head_s,
        ratio=row.ratio,
        interval=row.interval,
        pairs=row.pairs or None,
        pair_ratios=row.pair_ratios,
        against=base,
        seconds_to_settle=row.seconds_to_settle,
        message=row.accepted or row.note,
    )


def _finding(row: ChangedBenchmark, change: Change, search: Search | None) -> Finding:
    verdict: VerdictName = "slower" if row.mark in _SLOWER else "faster" if row.mark == "faster" else "undecided"
    ratio = row.ratio or math.nan
    return Finding(
        benchmark=row.benchmark,
        id=row.id,
        metric="median",
        severity=advice.severity_of(
            ratio, threshold=row.limit, confirmed=verdict == "slower" and row.accepted is None, breaks_target=False
        ),
        ratio=ratio,
        current=row.head_s or math.nan,
        baseline=row.base_s or math.nan,
        baseline_kind=f"{change.base[:8]}, measured in turns",
        interval=row.interval,
        verdict=verdict,
        mark=row.mark,
        confirmed=verdict != "undecided",
        evidence=Evidence(pairs=row.pairs, method="ring", seconds=change.seconds, note=row.accepted or row.note),
        suspects=_suspects(search) if search else (),
        threshold=row.limit,
        seconds_to_settle=row.seconds_to_settle,
    )


def _suspects(search: Search) -> tuple[Suspect, ...]:
    proved = [
        Suspect(
            sha=culprit.sha,
            subject=culprit.subject,
            author_date=culprit.author_date,
            score=1.0,
            proved=True,
            share=culprit.share,
            files=culprit.files,
            functions=tuple(dict.fromkeys(function.name for function in culprit.functions if function.name)),
            evidence=(
                f"measured against its parent: {quantity.change(culprit.ratio)} "
                f"({quantity.change_interval(culprit.interval)}, {culprit.pairs} pairs)",
                *culprit.evidence,
            ),
            excerpt=culprit.excerpt,
            grown=culprit.functions,
        )
        for culprit in search.culprits
    ]
    return tuple(proved) or search.suspects
