"""The memory of a benchmark over its runs as a small static chart: the largest of as many runs each as it takes.

Takes finished courses, returns the geometry that a template draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.render import scale
from bench_agent.render.plot import bins_of
from bench_agent.results.courses import Course, DrawnRun
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

WIDTH, HEIGHT = 330, 40
MOST_POINTS = 66  # five units each, as in a row's small chart


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryChart:
    """line: points. low, high: the least and the most of all runs. first, last: the days of the ends."""

    title: str
    line: str
    low: str
    high: str
    newest: tuple[float, float]
    first: str
    last: str
    label: str


def draw_memory(course: Course, runs: Sequence[DrawnRun]) -> MemoryChart | None:
    """None where it is known of fewer than two runs."""
    known = [
        (runs[place].at[:10], size)
        for place, size in zip(course.runs, course.memory_bytes, strict=False)
        if size is not None and size > 0
    ]
    if len(known) < 2:
        return None
    sizes = [size for _, size in known]
    shown = [max(sizes[start:end]) for start, end in bins_of(len(sizes), most=MOST_POINTS)]
    low, high = scale.span(shown)
    step = WIDTH / (len(shown) - 1)
    points = [(i * step, HEIGHT * (1 - (size - low) / (high - low))) for i, size in enumerate(shown)]
    bounds = quantity.size(min(sizes)), quantity.size(max(sizes))
    what = "What one call holds at its peak" if course.is_of_call else "Peak memory of the process"
    return MemoryChart(
        title=f"{what}, {quantity.counted(len(sizes), 'run')}: now {quantity.size(sizes[-1])}",
        line=" ".join(f"{x:.0f},{y:.1f}" for x, y in points),
        low=bounds[0],
        high=bounds[1],
        newest=points[-1],
        first=clean_text(known[0][0], limit=10),
        last=clean_text(known[-1][0], limit=10),
        label=f"{what}: {' to '.join(dict.fromkeys(bounds))} over {len(sizes)} runs",
    )
