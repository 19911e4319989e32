"""Why a side gave no rounds of a benchmark, from what its session reported or how it ended."""

from collections.abc import Mapping

from bench_agent.measure.paired.session import Worker, WorkerLost
from bench_agent.results.comparison import Problem, ProblemKind
from bench_agent.text.clean import clean_text


def describe_loss(lost: WorkerLost, benchmark: str) -> Problem:
    kind: ProblemKind = "timeout" if lost.kind == "timeout" else "died"
    return Problem(benchmark=benchmark, kind=kind, side=lost.worker.side.label, message=lost.message)


def describe_failure(worker: Worker, benchmark: str, report: Mapping[str, object]) -> Problem:
    outcome = report["outcome"]
    kind: ProblemKind = "failed" if outcome == "failed" else "skipped" if outcome == "skipped" else "unused"
    message = clean_text(report["message"]) or ("it never called the benchmark fixture" if kind == "unused" else kind)
    return Problem(benchmark=benchmark, kind=kind, side=worker.side.label, message=message)
