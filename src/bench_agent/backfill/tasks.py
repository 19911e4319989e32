"""Measuring tasks from positions of a stretch: a count of some, or a ring of some beside an anchor. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.records import MeasuringTask, Purpose

COUNTED_TOGETHER = 4  # commits of one counting task: their sessions start together
# Of one timing task: a ring of seven versions takes them all in four sets in 120 s at 0.1 s a session and benchmark.
MOST_BENCHMARKS = 40
MOST_PARTS = 8  # of one question: who asks more often gets no useful answer


def counting_tasks(
    stretch: Stretch, positions: Sequence[int], benchmarks: Iterable[str], wish: Wish
) -> list[MeasuringTask]:
    """As few tasks as hold all these positions."""
    chunks = [positions[at : at + COUNTED_TOGETHER] for at in range(0, len(positions), COUNTED_TOGETHER)]
    return [_task("count", stretch, stretch.anchor, some, benchmarks, 0, wish) for some in chunks]


def ring_tasks(
    purpose: Purpose,
    stretch: Stretch,
    base: int,
    positions: Sequence[int],
    benchmarks: Iterable[str],
    sets: int,
    wish: Wish,
) -> list[MeasuringTask]:
    """The positions beside the one at `base`; in several tasks where the benchmarks are too many for the time of one."""
    names = tuple(dict.fromkeys(benchmarks))
    parts = [names[at : at + MOST_BENCHMARKS] for at in range(0, len(names), MOST_BENCHMARKS)]
    return [_task(purpose, stretch, stretch.sha(base), positions, part, sets, wish) for part in parts]


def _task(
    purpose: Purpose,
    stretch: Stretch,
    anchor: str,
    positions: Sequence[int],
    benchmarks: Iterable[str],
    sets: int,
    wish: Wish,
) -> MeasuringTask:
    return MeasuringTask(
        purpose=purpose,
        repository=stretch.repository,
        anchor=anchor,
        commits=stretch.shas(positions),
        benchmarks=tuple(dict.fromkeys(benchmarks)),
        counts=purpose == "count",
        sets=sets,
        seconds=wish.task_s,
        conditions=stretch.conditions,
    )


def unasked(tasks: Iterable[MeasuringTask], known: Known) -> tuple[MeasuringTask, ...]:
    """Each as the first part of its question that was not answered yet; none where it was asked too often."""
    found = []
    for task in tasks:
        while task.key in known.tasks:
            task = replace(task, part=task.part + 1)
        if task.part < MOST_PARTS:
            found.append(task)
    return tuple(found)
