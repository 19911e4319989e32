"""What `verify` takes from a report: the regressions of memory, with the commits they lie between."""

from dataclasses import replace

import reports
from bench_agent.report.claims import memory_claims_of
from bench_agent.results.memory import MemoryRow


def test_only_proved_regressions_are_claims_and_have_both_commits() -> None:
    report = reports.two_slowdowns()
    known = report.benchmarks[0]
    row = MemoryRow(
        benchmark=known.id, verdict="more", base_bytes=1e6, head_bytes=5e6, exact=True, sessions=2, regressed=True,
        against="1a2b3c4d5e6f",
    )  # fmt: skip
    report = replace(report, memory=(row, replace(row, regressed=False), replace(row, against=None)))
    (claim,) = memory_claims_of(report)
    assert (claim.id, claim.name, claim.good) == (known.id, known.benchmark, "1a2b3c4d5e6f")
    assert claim.slow == (None if report.run.dirty else report.run.sha)
