"""A report with the memory of one call: what its benchmarks hold, what grew, and what that means for the run. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bench_agent.records import Run
from bench_agent.report.deploy_or_hold import decide_go
from bench_agent.results.memory import AllocationProfile, MemoryRow
from bench_agent.results.report import Report
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id

MOST_ROWS, MOST_LINES = 5, 3  # told in a report; the findings have a bound
MOST_PROFILES = 10


def with_memory(report: Report, rows: Sequence[MemoryRow], profiles: Sequence[AllocationProfile], run: Run) -> Report:
    """The report with these. Memory that grew beyond its limit, or leaks, is a regression of the run as a slowdown is."""
    held = {clean_id(sample.id): sample for sample in run.samples}
    news = [row for row in rows if row.is_regression or row.verdict in ("more", "less") or row.unseen_bytes]
    grown = sum(row.is_regression for row in rows)
    summary = replace(report.summary, memory_regressed=grown or None)
    status = report.status
    if grown and status not in ("failed", "no_results", "running"):
        status = "regressed"
        told = (
            f"{quantity.counted(grown, 'benchmark')} hold{'s' * (grown == 1)} or leak{'s' * (grown == 1)} more memory"
        )
        summary = replace(summary, headline=f"{told}. {summary.headline}")
    summary = replace(summary, go=decide_go(status, summary, quick=report.run.quick) if summary.go else None)
    return replace(
        report,
        status=status,
        summary=summary,
        benchmarks=tuple(
            replace(row, call_peak_bytes=s.call_peak_bytes, call_left_bytes=s.call_left_bytes)
            if (s := held.get(row.id)) is not None
            else row
            for row in report.benchmarks
        ),
        memory=tuple(
            replace(row, lines=row.lines[:MOST_LINES], left_lines=row.left_lines[:MOST_LINES])
            for row in news[:MOST_ROWS]
        ),
        allocations=tuple(profiles[:MOST_PROFILES]),
    )
