"""What the two kinds of a range's history, of times and of memory, tell in the same words. Repository text is cleaned here."""

import math
from collections.abc import Callable, Mapping, Sequence

from bench_agent.render.chart import sparkline
from bench_agent.render.culprits import GOES_ON, MORE_TIME
from bench_agent.results.backfill import Backfill
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_CHARTS = 12  # benchmarks in a chart, those that changed most; the others are counted
MAX_RELEASES = 40  # rows of the table of releases
MAX_SKIPPED, MAX_WARNINGS = 5, 5

History = Backfill | MemoryHistory


def span(found: History) -> str:
    """ "512 commits from 0a1b2c3d to 4e5f6a7b"."""
    return f"{quantity.counted(found.commits_in_range, 'commit')} from {found.first[:8]} to {found.anchor[:8]}"


def so_far(found: History) -> str:
    """What stands before the headline of a search that was not finished."""
    return "so far: " if found.out_of_time or found.interrupted else ""


def why_nothing(found: History) -> str:
    """Why no commit of the range could be measured."""
    if found.skipped:
        return clean_text(found.skipped[0].reason, limit=200)
    if found.interrupted:
        return "it was stopped before"
    return "the time ended before" if found.out_of_time else "no session of it came to an end"


def lasts(taken_back_by: str | None, perhaps_until: str | None = None) -> str:
    if perhaps_until and not taken_back_by:
        return f"perhaps until {perhaps_until[:8]}"
    return f"until {taken_back_by[:8]}" if taken_back_by else "to the end"


def touched(found: History) -> str:
    """How many of the benchmarks changed: "6 benchmarks", "2 of 6 benchmarks"."""
    of = quantity.counted(len(found.benchmarks), "benchmark")
    count = len({each.benchmark for change in found.changes for each in change.benchmarks})
    return of if count == len(found.benchmarks) else f"{count} of {of}"


def unfinished_lines(found: History, done: str) -> list[str]:
    """Commits that could not be had, warnings, and that time ended. done: "measured" or "traced"."""
    lines = [f"not {done}: {s.sha[:8]}, {clean_text(s.reason, limit=160)}" for s in found.skipped[:MAX_SKIPPED]]
    if len(found.skipped) > MAX_SKIPPED:
        lines.append(f"and {len(found.skipped) - MAX_SKIPPED} more commits that can't be {done}")
    lines += [f"warning: {clean_text(text, limit=300)}" for text in found.warnings[:MAX_WARNINGS]]
    if found.out_of_time or found.interrupted:
        lines.append(f"it was not finished: {GOES_ON if found.interrupted else MORE_TIME}")
    return lines


def chart(
    title: str,
    series: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
    *,
    spread: Callable[[Sequence[float]], float],
    told: Callable[[Sequence[float]], str],
    ascii_only: bool,
) -> list[str]:
    """A title and a line a benchmark with a bar a commit, those first that changed most; nothing without figures.

    series: by benchmark, NaN where there is no figure. spread, told: of the figures of one benchmark, at least one: how much it
    changed, and what stands behind its bars.
    """
    finite = {b: some for b, values in series.items() if (some := [v for v in values if math.isfinite(v)])}
    if not finite or max(map(len, series.values())) < 2:
        return []
    shown = sorted(finite, key=lambda b: -spread(finite[b]))
    width = max(len(_name(b, names)) for b in shown[:MAX_CHARTS])
    lines = [title]
    for b in shown[:MAX_CHARTS]:
        bars = sparkline(series[b], ascii_only=ascii_only)
        lines.append(f"  {_name(b, names):{width}}  {bars}  {told(finite[b])} since the first")
    return lines + ([f"and {len(shown) - MAX_CHARTS} that changed less"] if len(shown) > MAX_CHARTS else [])


def _name(benchmark: str, names: Mapping[str, str]) -> str:
    return clean_text(names.get(benchmark, benchmark), limit=100)
