"""What `verify` has to check of a report: which benchmarks it tells slower, where each was fast, and where it is slow. Pure."""

from bench_agent.results.culprits import UNCOMMITTED
from bench_agent.results.report import Finding, Report
from bench_agent.results.verification import Claim


def claims_of(report: Report) -> tuple[Claim, ...]:
    """The benchmarks that were measured in turns and are slower, worst first, with shas as short as the report has them."""
    against = {row.id: row.against for row in report.benchmarks}
    return tuple(
        Claim(id=finding.id, name=finding.benchmark, good=good, slow=_slow_at(report, finding), ratio=finding.ratio)
        for finding in report.regressions
        if finding.confirmed and (good := against.get(finding.id))
    )


def memory_claims_of(report: Report) -> tuple[Claim, ...]:
    """The benchmarks whose calls were proved to hold or leak more, the largest growth first."""
    names = {row.id: row.benchmark for row in report.benchmarks}
    slow = None if report.run.dirty else report.run.sha
    return tuple(
        Claim(id=row.benchmark, name=names.get(row.benchmark, row.benchmark), good=row.against, slow=slow)
        for row in report.memory
        if row.is_regression and row.against
    )


def _slow_at(report: Report, finding: Finding) -> str | None:
    """The commit that the report measured, or the proved culprit where uncommitted changes were measured with it."""
    if not report.run.dirty:
        return report.run.sha
    return next((s.sha for s in finding.suspects if s.proved and s.sha != UNCOMMITTED), None)
