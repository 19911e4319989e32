"""Benchmarks that the last comparable run measured and this one did not: deleted, renamed, not collected, or skipped. Pure."""

from bench_agent.records import Run
from bench_agent.results.report import BenchmarkRow
from bench_agent.text.clean import clean_id


def find_vanished(run: Run, last: Run) -> tuple[BenchmarkRow, ...]:
    """A row for each, in the order of that run. last: the newest run that was asked for the same benchmarks.

    Nothing where this run was cut short, or left benchmarks out for lack of time.
    """
    if run.quick or run.unmeasured or not (run.samples or run.failures):
        return ()
    known = {sample.id for sample in run.samples} | {failure.id for failure in run.failures}
    skipped = "; now skipped or gone" if run.skipped > last.skipped else ""
    when = f"last measured in the run of {last.started_at[:16].replace('T', ' ')} UTC{skipped}"
    return tuple(
        BenchmarkRow(benchmark=clean_id(sample.name), id=clean_id(sample.id), mark="vanished", message=when)
        for sample in last.samples
        if sample.id not in known
    )
