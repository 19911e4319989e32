"""What seems to hold or leak more than before, traced on both versions: the second half of the memory of a run.

Takes a run whose calls were traced (`measure_memory`), and of a quick run the counts of both versions. Returns it with rows of what
both versions hold, within the time that it is given.
"""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.compare.memory import MemoryResult, compare_memory
from bench_agent.compare.memory_limits import limits_of
from bench_agent.compare.memory_sessions import MemoryLimits
from bench_agent.compare.versions import two_sides
from bench_agent.detect.memory import judge_memory, leaks, memory_of
from bench_agent.errors import BenchAgentError
from bench_agent.pipeline.context import RunContext
from bench_agent.pipeline.measure_memory import RunMemory
from bench_agent.records import CallMemory, Measured, Run
from bench_agent.report.judge_by_history import JudgedRun
from bench_agent.results.comparison import Confirmation
from bench_agent.results.memory import MemoryRow
from bench_agent.suspects.reached_code import executes_otherwise
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

CONFIRM_SHARE = 0.2  # of the budget for measuring again, kept where something seems to have grown
QUICK_SHARE = 0.25  # of a quick run's, whose counts may say that something has to be traced: four sessions in 4 of 15 s
SEARCH_PART = 0.5  # of what is left then, where commits of slowdowns are still to be searched
MOST_NAMED = 3
MOST_BASES = 3  # commits that it is held against: each costs two trees and six sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What a single session of now and one of then say of a benchmark: a suspicion."""

    id: str
    since: str  # the commit of the newest comparable run that told
    seconds: float  # of one call


def suspect_memory(context: RunContext, traced: RunMemory, judged: JudgedRun) -> list[Grown]:
    """What seems to hold or leak more than in the newest comparable run."""
    past = {id: past.runs for id, past in judged.past.items()}
    return find_grown(traced.run, past, _limits(context, traced.run), context.memory_open)


def kept_for_memory(context: RunContext, run: Run, grown: Sequence[Grown]) -> float:
    """The part of the budget that measuring again leaves for memory."""
    if not context.options.confirm or not context.options.memory:
        return 0.0
    return max(CONFIRM_SHARE if grown else 0.0, QUICK_SHARE if run.quick else 0.0)


def suspect_by_counts(context: RunContext, run: Run, confirmation: Confirmation) -> list[Grown]:
    """Of a quick run, whose memory is not traced: what executes something else than at the base. It may hold more too."""
    base = confirmation.base_sha
    if not run.quick or not context.options.memory or base is None:
        return []
    changed = [id for id, work in confirmation.work.items() if executes_otherwise(work.base, work.head)]
    told = [sample for sample in run.samples if sample.id in changed]
    return [Grown(id=s.id, since=base, seconds=s.median_s) for s in sorted(told, key=lambda s: s.median_s)]


def confirm_memory(
    context: RunContext, traced: RunMemory, grown: Sequence[Grown], by_counts: Sequence[Grown], *, deadline: float
) -> RunMemory:
    """With what may have grown traced on both versions. Never raises.

    by_counts: what is asked without a suspicion of its memory. deadline: time.monotonic(), the starts of sessions included.
    Not all were traced in one and the same stored run, so there may be several commits to hold it against.
    """
    limits, before = _limits(context, traced.run), context.memory_open
    asked = [*grown, *(one for one in by_counts if one.id not in {known.id for known in grown})]
    if not asked or context.repository is None or not context.options.confirm:
        return _with_open(traced, before, grown)
    bases = list(dict.fromkeys(one.since for one in asked))
    rows, warnings = list(traced.rows), list(traced.warnings)
    left_out: list[str] = []
    for base in bases:
        own = [one.id for one in asked if one.since == base]
        if base in bases[MOST_BASES:] or time.monotonic() > deadline:
            left_out += own
            continue
        share_s = (deadline - time.monotonic()) * len(own) / len(asked)
        found = _confirm_against(context, traced.run, base, own, limits, share_s, deadline)
        rows += [with_next_command(row, base, traced.run) for row in found.rows]
        warnings += [*found.warnings, *_open_in_words(found.rows)]
    if left_out:
        warnings.append(_not_again_in_words(left_out, {one.id for one in grown}))
    traced = replace(traced, rows=tuple(rows), warnings=tuple(dict.fromkeys(warnings)))
    worse = {row.benchmark for row in rows if row.is_regression}
    return _with_open(traced, before, [*grown, *(one for one in by_counts if one.id in worse)])


def _open_in_words(rows: Sequence[MemoryRow]) -> list[str]:
    """What one session of each version shows and no second one proves."""
    ids = [row.benchmark for row in rows if row.lacks_time]
    if not ids:
        return []
    named = ", ".join(clean_text(id.rpartition("::")[2], limit=60) for id in ids[:MOST_NAMED])
    return [
        f"memory seems to have changed, by one session of each version, and the budget had no time for more: {named}"
    ]


def _limits(context: RunContext, run: Run) -> MemoryLimits:
    return limits_of(context.config, [s.id for s in run.samples], {s.id: s.group for s in run.samples})


def _not_again_in_words(ids: Sequence[str], grown: set[str]) -> str:
    few = quantity.counted(len(ids), "benchmark")
    seems = "seems to have grown" if set(ids) & grown else "may have changed with what they execute"
    return f"the memory of {few} {seems}: not traced on both versions, for which the budget did not suffice (--budget)"


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
    context: RunContext,
    run: Run,
    base: str,
    ids: Sequence[str],
    limits: MemoryLimits,
    budget_s: float,
    deadline: float,
) -> MemoryResult:
    assert context.repository is not None
    assert run.suite is not None
    context.progress.note(f"memory of {quantity.counted(len(ids), 'benchmark')}: now against {base[:8]}")
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
                deadline=deadline,
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
