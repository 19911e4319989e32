"""What one call of a benchmark held over the stored runs: its steps, and since when it leaks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bench_agent.detect.memory import LEFT_BYTES, memory_of
from bench_agent.detect.memory_levels import find_levels, leaking_since
from bench_agent.errors import BenchAgentError
from bench_agent.records import Measured
from bench_agent.results.trends import MemoryStep, MemoryTrend, Trend
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

DIFFERS = "it differs from run to run: no steps are told"
MOST_STEPS = 8  # the newest, of one benchmark


def compose_memory(runs: Sequence[Measured]) -> MemoryTrend | None:
    """The trend of its memory; None where no run traced it. runs: those that may be compared, oldest first."""
    traced = [(m, memory) for m in runs if (memory := memory_of(m.sample)) is not None]
    if not traced:
        return None
    held = tuple(memory.held_bytes for _, memory in traced)
    left = [memory.left_bytes for _, memory in traced]
    levels = find_levels(held)
    since = leaking_since(left, least=LEFT_BYTES)
    steps = [
        _step(traced[new.first][0], traced[old.last][0], old.bytes, new.bytes, new.runs)
        for old, new in zip(levels or (), (levels or ())[1:], strict=False)
    ]
    return MemoryTrend(
        held_bytes=held,
        steps=tuple(steps[-MOST_STEPS:]),
        left_bytes=left[-1] if since is not None else 0.0,
        leaks_since=_place(traced[since][0]) if since is not None else None,
        note=DIFFERS if levels is None else None,
    )


def _place(measured: Measured) -> str:
    return (measured.run.head.sha or "")[:12] or measured.run.run_id


def _step(first: Measured, previous: Measured, before: float, after: float, runs: int) -> MemoryStep:
    return MemoryStep(
        run=first.run.run_id,
        sha=first.run.head.sha or None,
        before_bytes=before,
        after_bytes=after,
        runs=runs,
        at=first.run.started_at or None,
        previous_sha=previous.run.head.sha or None,
    )


def with_subjects(trends: Iterable[Trend], repository: Repository | None) -> tuple[Trend, ...]:
    """The trends with short shas, and the subjects of the commits at which memory changed, of those that git knows."""
    trends = tuple(trends)
    shas = {step.sha for t in trends if t.memory for step in t.memory.steps if step.sha}
    known: Mapping[str, str] = {}
    if repository is not None and shas:
        try:
            known = repository.subjects(shas)
        except BenchAgentError:
            known = {}
    return tuple(replace(t, memory=_named(t.memory, known)) if t.memory else t for t in trends)


def _named(memory: MemoryTrend, known: Mapping[str, str]) -> MemoryTrend:
    steps = tuple(
        replace(
            step,
            sha=step.sha and step.sha[:12],
            previous_sha=step.previous_sha and step.previous_sha[:12],
            subject=clean_text(known.get(step.sha or "", ""), limit=100) or None,
        )
        for step in memory.steps
    )
    return replace(memory, steps=steps, leaks_since=memory.leaks_since and clean_text(memory.leaks_since, limit=40))
