"""The memory of one call of each benchmark of a run: traced after the suite, in a session of its own.

Takes a measured run; returns it with what its calls hold (what grew is proved by `confirm_memory`). The suite's own
session is over by then: no timed round sees any of this.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.compare.memory_sessions import PATIENCE_S, START_TIMEOUT_S
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import CALL_S, LINES_S, Remembered, trace_memory
from bench_agent.measure.paired.same_process import side_of
from bench_agent.pipeline.context import RunContext
from bench_agent.records import CallMemory, PytestProcess, Run, Sample
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SHARE = 0.10  # of the suite's own time, at most, the session's start included
LEAST_S = 10.0  # a suite that is shorter would be held up by more than that
MOST_PROFILES = 10
MOST_LINES = 8  # of one profile


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMemory:
    """The run with the memory of its calls. rows: what was held against an earlier commit. profiles: with --profile memory.

    open: what the next run has to ask again, id -> the commit at which it was as it should be; None: nothing was asked.
    """

    run: Run
    rows: tuple[MemoryRow, ...] = ()
    profiles: tuple[AllocationProfile, ...] = ()
    warnings: tuple[str, ...] = ()
    open: Mapping[str, str] | None = None


def trace_run(context: RunContext, run: Run) -> RunMemory:
    """The memory of one call of each benchmark, the quickest first, as far as a tenth of the suite's time goes. Never raises."""
    profile = context.options.profile == "memory"
    began = time.monotonic()
    if run.suite is None or not run.samples or not (profile or _is_worth_it(context, run)):
        return RunMemory(run=run)
    deadline = math.inf if profile else began + SHARE * run.seconds
    traced: dict[str, CallMemory] = {}
    missed: list[str] = []
    order = [sample.id for sample in sorted(run.samples, key=lambda sample: sample.median_s)]
    context.progress.note(f"memory: tracing one call of {quantity.counted(len(order), 'benchmark')}")
    for process, own in run.suite.by_process(order):
        if time.monotonic() > deadline:
            missed += own
            continue
        told = _trace(context, run, process, own, deadline, lines=profile)
        (memory,), (problems,) = told.memory.values(), told.problems.values()
        traced |= memory
        missed += [*told.not_reached, *(id for id in own if id in problems or "" in problems)]
    samples = tuple(_with_memory(sample, traced.get(sample.id)) for sample in run.samples)
    profiles = tuple(_profile(id, traced[id]) for id in order if id in traced)[-MOST_PROFILES:] if profile else ()
    return RunMemory(run=replace(run, samples=samples), profiles=profiles, warnings=_missed_in_words(missed))


def _is_worth_it(context: RunContext, run: Run) -> bool:
    return context.options.memory and not context.options.quick and run.seconds >= LEAST_S


def _trace(
    context: RunContext,
    run: Run,
    process: PytestProcess,
    ids: Sequence[str],
    deadline: float,
    *,
    lines: bool,
) -> Remembered:
    """In the project's own folder, as the suite itself ran. deadline: time.monotonic(), of all processes together."""
    root = context.config.root.resolve()
    top = context.repository.root.resolve() if context.repository else root
    side = replace(side_of(process, label="now", tree=top, top=top, root=root), not_from=None)
    left_s = deadline - time.monotonic()
    share_s = left_s * len(ids) / len(run.samples)
    python = None if process.under else side.python
    with Counting(python, env=process.environment or context.environment) as counting:
        return trace_memory(
            counting,
            [side],
            ids,
            start_timeout_s=START_TIMEOUT_S,
            patience_s=PATIENCE_S,
            call_s=LINES_S if lines else CALL_S,
            lines=lines,
            deadline=time.monotonic() + share_s,
        )


def _with_memory(sample: Sample, memory: CallMemory | None) -> Sample:
    if memory is None:
        return sample
    return replace(sample, call_peak_bytes=memory.held_bytes, call_left_bytes=memory.left_bytes)


def _profile(id: str, memory: CallMemory) -> AllocationProfile:
    at_peak, left = (
        tuple(
            GrownLine(path=one.path, line=one.line, text=one.text, head_bytes=one.bytes, head_blocks=one.blocks)
            for one in lines[:MOST_LINES]
        )
        for lines in (memory.lines, memory.left_lines)
    )
    return AllocationProfile(
        benchmark=id, peak_bytes=memory.held_bytes, left_bytes=memory.left_bytes, lines=at_peak, left_lines=left
    )


def _missed_in_words(missed: Sequence[str]) -> tuple[str, ...]:
    if not missed:
        return ()
    few = quantity.counted(len(missed), "benchmark")
    named = clean_text(missed[0].rpartition("::")[2], limit=80)
    return (f"memory of one call: {few} not traced (such as {named}): too long, or no time left for it",)
