"""The memory of one call of each benchmark of a run: traced after the suite, in a session of its own, and what grew proved.

Takes a measured run; returns it with what its calls hold, and rows where they hold more than in stored runs. The suite's own
session is over by then: no timed round sees any of this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench_agent.compare.memory import PATIENCE_S, START_TIMEOUT_S, compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.versions import two_sides
from bench_agent.detect.memory import judge_memory
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import CALL_S, LINES_S, Remembered, trace_memory
from bench_agent.measure.paired.same_process import side_of
from bench_agent.pipeline.context import RunContext
from bench_agent.records import CallMemory, PytestProcess, Run, Sample
from bench_agent.report.judge import JudgedRun
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SHARE = 0.10  # of the suite's own time, at most, the session's start included
START_S = 1.0  # that such a start is taken to last
LEAST_S = 10.0  # a suite that is shorter would be held up by more than that
CONFIRM_SHARE = 0.2  # of the budget for measuring again
MOST_PROFILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMemory:
    """The run with the memory of its calls. rows: what was held against an earlier commit. profiles: with --profile memory."""

    run: Run
    rows: tuple[MemoryRow, ...] = ()
    profiles: tuple[AllocationProfile, ...] = ()
    warnings: tuple[str, ...] = ()


def trace_run(context: RunContext, run: Run) -> RunMemory:
    """The memory of one call of each benchmark, the quickest first, as far as a tenth of the suite's time goes. Never raises."""
    profile = context.options.profile == "memory"
    if run.suite is None or not run.samples or not (profile or _is_worth_it(context, run)):
        return RunMemory(run=run)
    budget_s = None if profile else SHARE * run.seconds - START_S
    traced: dict[str, CallMemory] = {}
    missed: list[str] = []
    order = [sample.id for sample in sorted(run.samples, key=lambda sample: sample.median_s)]
    context.progress.note(f"memory: tracing one call of {quantity.counted(len(order), 'benchmark')}")
    for process, own in run.suite.by_process(order):
        told = _trace(context, run, process, own, budget_s, lines=profile)
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
    budget_s: float | None,
    *,
    lines: bool,
) -> Remembered:
    """In the project's own folder, as the suite itself ran."""
    root = context.config.root.resolve()
    top = context.repository.root.resolve() if context.repository else root
    side = replace(side_of(process, label="now", tree=top, top=top, root=root), not_from=None)
    share_s = None if budget_s is None else budget_s * len(ids) / len(run.samples)
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
            seconds=share_s,
        )


def _with_memory(sample: Sample, memory: CallMemory | None) -> Sample:
    if memory is None:
        return sample
    return replace(sample, call_peak_bytes=memory.held_bytes, call_left_bytes=memory.left_bytes)


def _profile(id: str, memory: CallMemory) -> AllocationProfile:
    at_peak, left = (
        tuple(
            GrownLine(path=one.path, line=one.line, text=one.text, head_bytes=one.bytes, head_blocks=one.blocks)
            for one in lines
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


# --- what grew


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grown:
    id: str
    since: str  # the commit of the newest comparable run that held less


def confirm_memory(context: RunContext, traced: RunMemory, judged: JudgedRun) -> RunMemory:
    """With what seems to hold or leave more than in the newest comparable run, traced again on both versions. Never raises."""
    grown = _grown(context, traced.run, judged)
    repository, suite = context.repository, traced.run.suite
    if not grown or repository is None or suite is None or not context.options.confirm:
        return traced
    base = grown[0].since
    ids = [one.id for one in grown if one.since == base]
    context.progress.note(f"{quantity.counted(len(ids), 'benchmark')} seem to hold more memory than at {base[:8]}")
    limits = limits_of(context.config, ids, {s.id: s.group for s in traced.run.samples})
    budget_s = CONFIRM_SHARE * context.budget_s
    try:
        with two_sides(
            context.config,
            repository,
            base=base,
            head=None,
            suite=suite,
            ids=ids,
            environment=context.environment,
            say=context.progress.note,
        ) as sides:
            found = compare_memory(
                sides,
                ids,
                limits=limits,
                budget_s=budget_s,
                environment=context.environment,
                say=context.progress.note,
            )
    except BenchAgentError as error:
        return replace(traced, warnings=(*traced.warnings, f"memory was not traced again: {error.message}"))
    return replace(traced, rows=found.rows, warnings=(*traced.warnings, *found.warnings))


def _grown(context: RunContext, run: Run, judged: JudgedRun) -> list[_Grown]:
    """What a single session of now and one of then say: a suspicion. The largest growth first."""
    ids = [sample.id for sample in run.samples if sample.call_peak_bytes is not None]
    limits = limits_of(context.config, ids, {s.id: s.group for s in run.samples})
    found: list[tuple[float, _Grown]] = []
    for sample in run.samples:
        past = judged.past.get(sample.id)
        then = next((m for m in reversed(past.runs if past else ()) if m.sample.call_peak_bytes is not None), None)
        now, before = _memory_of(sample), _memory_of(then.sample) if then else None
        if now is None or before is None or then is None or not then.run.head.sha or then.run.head.dirty:
            continue
        change = judge_memory(
            [before],
            [now],
            limit=limits.limits.get(sample.id, limits.limit),
            target_bytes=limits.targets.get(sample.id),
        )
        if change.regressed or change.leaks:
            found.append((before.peak_bytes - now.peak_bytes, _Grown(id=sample.id, since=then.run.head.sha)))
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def _memory_of(sample: Sample) -> CallMemory | None:
    if sample.call_peak_bytes is None:
        return None
    return CallMemory(peak_bytes=sample.call_peak_bytes, left_bytes=sample.call_left_bytes or 0.0)
