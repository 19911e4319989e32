"""The memory of one call of each benchmark of a run: traced after the suite, in a session of its own, and what grew proved.

Takes a measured run; returns it with what its calls hold, and rows where they hold more than in stored runs. The suite's own
session is over by then: no timed round sees any of this.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.compare.memory import PATIENCE_S, START_TIMEOUT_S, MemoryLimits, MemoryResult, compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.versions import two_sides
from bench_agent.detect.memory import judge_memory, leaks, memory_of
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.memory import CALL_S, LINES_S, Remembered, trace_memory
from bench_agent.measure.paired.same_process import side_of
from bench_agent.pipeline.context import RunContext
from bench_agent.records import CallMemory, Measured, PytestProcess, Run, Sample
from bench_agent.report.judge_by_history import JudgedRun
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

SHARE = 0.10  # of the suite's own time, at most, the session's start included
START_S = 1.0  # that such a start is taken to last
LEAST_S = 10.0  # a suite that is shorter would be held up by more than that
CONFIRM_SHARE = 0.2  # of the budget for measuring again
MOST_PROFILES = 10
MOST_NAMED = 3
MOST_LINES = 8  # of one profile
MOST_BASES = 3  # commits that it is held against: each costs two trees and six sessions


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


# --- what grew


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What a single session of now and one of then say of a benchmark: a suspicion."""

    id: str
    since: str  # the commit of the newest comparable run that told
    seconds: float  # of one call


def confirm_memory(context: RunContext, traced: RunMemory, judged: JudgedRun) -> RunMemory:
    """With what seems to hold or leak more than in the newest comparable run, traced again on both versions. Never raises.

    Not all were traced in one and the same stored run, so there may be several commits to hold it against.
    """
    ids = [sample.id for sample in traced.run.samples]
    limits = limits_of(context.config, ids, {s.id: s.group for s in traced.run.samples})
    before = context.memory_open
    grown = find_grown(traced.run, {id: past.runs for id, past in judged.past.items()}, limits, before)
    if not grown or context.repository is None or not context.options.confirm:
        return _with_open(traced, before, grown)
    bases = list(dict.fromkeys(one.since for one in grown))
    rows, warnings = list(traced.rows), list(traced.warnings)
    for base in bases[:MOST_BASES]:
        own = [one.id for one in grown if one.since == base]
        budget_s = CONFIRM_SHARE * context.budget_s * len(own) / len(grown)
        found = _confirm_against(context, traced.run, base, own, limits, budget_s)
        rows += [with_next_command(row, base, traced.run) for row in found.rows]
        warnings += found.warnings
    if rest := [one.id for one in grown if one.since in bases[MOST_BASES:]]:
        warnings.append(
            f"the memory of {quantity.counted(len(rest), 'benchmark')} seems to have grown: not traced again"
        )
    traced = replace(traced, rows=tuple(rows), warnings=tuple(dict.fromkeys(warnings)))
    return _with_open(traced, before, grown)


def _with_open(traced: RunMemory, before: Mapping[str, str], grown: Sequence[Grown]) -> RunMemory:
    """With what stays open, and a sentence on what was proved by a run before and was not proved again by this one."""
    still = find_open(before, traced.run, grown, traced.rows)
    proved = {row.benchmark for row in traced.rows if row.is_regression}
    told = [id for id in still if id in before and id not in proved]
    warnings = traced.warnings
    if told:
        named = ", ".join(clean_text(id.rpartition("::")[2], limit=60) for id in told[:MOST_NAMED])
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        since = clean_text(still[told[0]][:8])
        warnings += (f"grown since {since} as a run before told, and not known to be fixed: memory of {named}{more}",)
    return replace(traced, open=still, warnings=warnings)


def find_open(before: Mapping[str, str], run: Run, grown: Sequence[Grown], rows: Sequence[MemoryRow]) -> dict[str, str]:
    """What has to be asked again: what is proved, what seems to have grown and was not settled, and what was not traced."""
    seems = {one.id: one.since for one in grown}
    by_id = {row.benchmark: row for row in rows}
    looked_at = {sample.id for sample in run.samples if sample.call_peak_bytes is not None}
    still = {id: sha for id, sha in before.items() if id not in looked_at} | seems
    settled = {
        id for id, row in by_id.items() if not row.is_regression and not (row.verdict == "undecided" and id in before)
    }
    return {id: sha for id, sha in still.items() if id not in settled}


def _confirm_against(
    context: RunContext, run: Run, base: str, ids: Sequence[str], limits: MemoryLimits, budget_s: float
) -> MemoryResult:
    assert context.repository is not None
    assert run.suite is not None
    seem = "seems" if len(ids) == 1 else "seem"
    context.progress.note(f"{quantity.counted(len(ids), 'benchmark')} {seem} to hold more memory than at {base[:8]}")
    try:
        with two_sides(
            context.config,
            context.repository,
            base=base,
            head=None,
            suite=run.suite,
            ids=ids,
            environment=context.environment,
            say=context.progress.note,
        ) as sides:
            return compare_memory(
                sides,
                ids,
                limits=limits,
                budget_s=budget_s,
                environment=context.environment,
                say=context.progress.note,
            )
    except BenchAgentError as error:
        return MemoryResult(warnings=(f"memory was not traced again: {error.message}",))


def find_grown(
    run: Run, past: Mapping[str, Sequence[Measured]], limits: MemoryLimits, open_: Mapping[str, str] | None = None
) -> list[Grown]:
    """The benchmarks that hold or leak more than when they were last traced, the quickest first. past: oldest first.

    open_: of those that had grown already, the commit at which they were as they should be: it is that they are held against.
    Stored, a run with a leak looks like any, and the next one would pass what nobody fixed.

    A call that takes long takes the time of all that come after it, so it is the last. What was never traced before has no
    figure to be larger than, but a leak shows by itself: it is held against the newest run there is.
    """
    found = []
    for sample in run.samples:
        committed = [m for m in past.get(sample.id, ()) if m.run.head.sha and not m.run.head.dirty]
        told = [m for m in committed if m.sample.call_peak_bytes is not None]
        good = (open_ or {}).get(sample.id)
        if of_good := [m for m in committed if m.run.head.sha == good]:
            committed = of_good
            told = [m for m in of_good if m.sample.call_peak_bytes is not None]
        now = memory_of(sample)
        then = (told or committed)[-1] if committed else None
        if now is not None and then is not None and _has_grown(sample.id, memory_of(then.sample), now, limits):
            found.append(Grown(id=sample.id, since=then.run.head.sha or "", seconds=sample.median_s))
    return sorted(found, key=lambda one: one.seconds)


def _has_grown(id: str, before: CallMemory | None, now: CallMemory, limits: MemoryLimits) -> bool:
    if before is None:
        accepted = limits.accepted.get(id)
        return leaks([now]) and now.left_bytes >= 2 * (accepted.left_bytes if accepted else 0.0)
    change = judge_memory(
        [before],
        [now],
        limit=limits.limits.get(id, limits.limit),
        target_bytes=limits.targets.get(id),
        accepted=limits.accepted.get(id),
    )
    return change.regressed or change.leaks


def with_next_command(row: MemoryRow, base: str, run: Run) -> MemoryRow:
    """A regression with the command that searches for its commit."""
    if not row.leaks and not (row.regressed and row.verdict == "more"):
        return replace(row, against=base[:12])  # or over its target as it was before
    name = next((sample.name for sample in run.samples if sample.id == row.benchmark), row.benchmark)
    command = shlex.join(["bench-agent", "bisect", name, "--metric", "memory", "--good", base[:12]])
    return replace(row, against=base[:12], next_command=clean_text(command, limit=400))
