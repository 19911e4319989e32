"""What the gate over stored history says of memory: the figures of one call are exact, so one run is enough to suspect. Pure."""

from collections.abc import Sequence
from statistics import median

from bench_agent.detect.memory import judge_memory, memory_of
from bench_agent.history.baseline import accepted_memory
from bench_agent.records import CallMemory, Measured, Target
from bench_agent.results.gate import FlaggedMemory
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id


def flag_memory(
    now: Measured, before: Sequence[Measured], *, target: Target | None, limit: float, window: int
) -> FlaggedMemory | None:
    """Whether the newest run holds or leaks more than the last `window` before it that were traced (oldest first)."""
    held = memory_of(now.sample)
    past = [memory for m in before if (memory := memory_of(m.sample)) is not None][-window:]
    if held is None or not past:
        return None
    limit = target.max_memory_regression if target and target.max_memory_regression is not None else limit
    base = CallMemory(
        peak_bytes=round(median(m.peak_bytes for m in past)), left_bytes=median(m.left_bytes for m in past)
    )
    change = judge_memory(
        [base],
        [held],
        limit=limit,
        target_bytes=target.peak_bytes if target else None,
        accepted=accepted_memory(target),
    )
    if not change.regressed and not change.leaks:
        return None
    return FlaggedMemory(
        benchmark=clean_id(now.sample.name),
        base_bytes=change.base_bytes,
        current_bytes=held.peak_bytes,
        left_bytes=change.head_left_bytes if change.leaks else 0.0,
        limit=limit,
    )


def memory_in_words(flagged: Sequence[FlaggedMemory]) -> list[str]:
    """A line for all and one for each; nothing where none is flagged."""
    if not flagged:
        return []
    lines = [
        f"{quantity.counted(len(flagged), 'benchmark')} suspected to hold or leak more memory than in the runs before"
    ]
    for one in flagged:
        left = f", each call leaves {quantity.size(one.left_bytes)} behind" if one.left_bytes else ""
        lines.append(
            f"  {one.benchmark}  one call holds {quantity.size(one.current_bytes)}, was {quantity.size(one.base_bytes)}{left}"
        )
    lines.append("to prove it and find the commit: bench-agent bisect NAME --metric memory --good REV")
    return lines


def sorted_by_growth(flagged: Sequence[FlaggedMemory]) -> tuple[FlaggedMemory, ...]:
    return tuple(sorted(flagged, key=lambda one: one.base_bytes - one.current_bytes))
