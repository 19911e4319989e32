"""A series as a drawing of characters: the trend chart, and the sparkline that fits into a table's cell.

Takes plain numbers, oldest first, the current one last; returns lines of text without colour. Knows no records and judges nothing.
The step line between rounded corners follows asciichart (MIT, https://github.com/kroitor/asciichart); runs are spread
over the width, so that few runs are readable too.
"""

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench_agent.text import quantity

MIN_SPAN = 0.2  # of the middle value: a scale never zooms in further, so that noise of 2 % looks like 2 %
SPIKE = 3.0  # times the largest other value: a lone older point beyond that is cut off, or it flattens all the rest
MAX_SPACING = 6  # columns between two runs
MIN_PLOT = 40  # columns: room for the target's name beside few runs
HEIGHT = 9  # rows at most
FLAT_HEIGHT = 5  # rows of a series that needs no more: nothing happens in it

_ASCII = str.maketrans("┤═─╭╮╰╯│●└┴┌┐┘┬┼├→▲µ▁▂▃▄▅▆▇█", "|=-..''|o+++++++|>^u_..-=+*#")
_BARS = "▁▂▃▄▅▆▇█"


def fits_encoding(encoding: str | None) -> bool:
    """Whether box characters can be written in that encoding; None is taken for one that can't."""
    try:
        "┤═─╭╮╰╯│●└┴→▲▁█✓✗µ·…".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def to_ascii(text: str) -> str:
    """The text with its box characters replaced by similar ones; anything else outside ASCII becomes "?"."""
    return text.translate(_ASCII).translate(_WORDS).encode("ascii", "replace").decode("ascii")


_WORDS = str.maketrans(
    {"·": "|", "…": "~", "✓": "+", "✗": "x", "–": "-", "—": "-", "━": "=", "↑": "^", "↓": "v", "±": "+-"}
)


def draw_chart(
    values: Sequence[float],
    *,
    width: int,
    unit: str = "s",
    target: float | None = None,
    marks: Sequence[str] = (),
    ascii_only: bool = False,
) -> tuple[str, ...]:
    """The series as a chart at most `width` columns wide and 15 lines high; () when it holds no finite value.

    All values are shown. Where they are more than there is room for, each point but the newest is the median of as many
    runs, which is said. marks: what stands below the first and the last value (and one between, where there is room): a
    date, a commit. A target that would flatten the series is named above the chart instead.
    """
    finite = [i for i, v in enumerate(values) if math.isfinite(v)]
    bins = bins_of(len(finite), most=_most_points(width))
    if not bins:
        return ()
    shown = [statistics.median([values[i] for i in finite[start:end]]) for start, end in bins]
    chosen = scale(shown, target=target)
    ticks, line = chosen.ticks, chosen.target
    notes = []
    if len(bins) < len(finite):
        notes.append(f"{len(finite)} runs, median of {max(b - a for a, b in bins)} a point")
    if chosen.spike is not None:
        notes.append(f"▲ {quantity.value(shown[chosen.spike], unit)} (above the chart)")
    if chosen.target_side:
        notes.append(f"Target: {quantity.value(target, unit)} ({chosen.target_side} the chart)")
    labels = quantity.scale_labels(ticks, unit)
    gutter = max(8, max(len(label) for label in labels))
    plot = _plot(shown, ticks, width - gutter - 3, spike=chosen.spike)
    if line is not None and not _draw_target(
        plot, _target_row(line, shown, ticks), f"Target: {quantity.value(line, unit)}"
    ):
        notes.append(f"Target: {quantity.value(line, unit)} (═)")
    lines = [f"{'':{gutter}}  {note}" for note in notes]
    rows = zip(reversed(labels), plot, strict=True)
    lines += [f"{label:>{gutter}} ┤{''.join(row)}".rstrip() for label, row in rows]
    lines += _axis([len(finite) - end for _, end in bins], len(plot[0]), gutter)
    if marks:
        lines += _mark_line([marks[finite[start]] for start, _ in bins], len(plot[0]), gutter)
    return tuple(to_ascii(text) if ascii_only else text for text in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The y axis of a series. target: None when there is none or it is off the chart, on the side that is named."""

    ticks: tuple[float, ...]
    target: float | None = None
    target_side: str = ""
    spike: int | None = None


def scale(values: Sequence[float], *, target: float | None = None) -> Scale:
    """Round ticks around finite values. A target that would flatten the series is left out; a lone older spike is cut off."""
    spike = _spike(values)
    low, high = span([v for i, v in enumerate(values) if i != spike])
    side, line = "", target
    if target is not None and not (low <= target <= high):
        if max(high, target) - min(low, target) <= 2 * (high - low):
            low, high = min(low, target), max(high, target)
        else:
            side, line = "above" if target > high else "below", None
    flat = max(values) - min(values) < MIN_SPAN / 2 * abs(max(values))
    ticks = _ticks(low, high, rows=FLAT_HEIGHT if flat else HEIGHT)
    return Scale(ticks=ticks, target=line, target_side=side, spike=spike)


def sparkline(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """The series as one bar a value: "▃▃▃▃▂▃▃▅▆█". A value that isn't finite is a space. The scale is the chart's."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return ""
    low, high = span(finite)
    bars = (_BARS[round((v - low) / (high - low) * 7)] if math.isfinite(v) else " " for v in values)
    text = "".join(bars)
    return to_ascii(text) if ascii_only else text


def bins_of(runs: int, *, most: int) -> list[tuple[int, int]]:
    """(start, end) of each point, oldest first, at most `most`: one run each, or as many each as it takes, but the newest alone."""
    if runs <= most:
        return [(i, i + 1) for i in range(runs)]
    size = math.ceil((runs - 1) / (most - 1))
    edges = [*range(runs - 1, 0, -size), 0]
    return [*((start, end) for end, start in reversed(list(itertools.pairwise(edges)))), (runs - 1, runs)]


def _most_points(width: int) -> int:
    """How many points fit: each needs a column, and one to change rows in."""
    return max(2, (width - 18) // 2)


def _spike(values: Sequence[float]) -> int | None:
    """The index of a lone older value that dwarfs the others. The current one is never cut off: it is the news."""
    if len(values) < 5:
        return None
    *_, second, largest = sorted(values)
    index = values.index(largest)
    return index if second > 0 and largest > SPIKE * second and index < len(values) - 1 else None


def span(values: Sequence[float]) -> tuple[float, float]:
    """The bounds of a scale: of the values, but never narrower than MIN_SPAN of their middle."""
    low, high = min(values), max(values)
    middle = (low + high) / 2
    least = abs(middle) * MIN_SPAN or 1.0
    if high - low < least:
        low, high = (middle - least / 2, middle + least / 2) if middle else (0.0, 1.0)
    return low, high


def _ticks(low: float, high: float, *, rows: int) -> tuple[float, ...]:
    """Round values a step apart that enclose low and high, one a row, `rows` at most, lowest first."""
    power = 10.0 ** math.floor(math.log10((high - low) / rows))
    for factor in (1, 2, 2.5, 5, 10, 20, 25):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < rows:
            break
    return tuple(i * step for i in range(first, last + 1))


def _row(value: float, ticks: Sequence[float]) -> int:
    """The row, counted from the top, nearest to the value."""
    step = ticks[1] - ticks[0]
    return min(len(ticks) - 1, max(0, len(ticks) - 1 - round((value - ticks[0]) / step)))


def _rows(values: Sequence[float], ticks: Sequence[float]) -> list[int]:
    """The row of each value: that of the value before unless it is clearly off, or noise between two rows would draw steps."""
    step = ticks[1] - ticks[0]
    rows: list[int] = []
    for value in values:
        near = rows and abs(value - ticks[len(ticks) - 1 - rows[-1]]) <= 0.7 * step
        rows.append(rows[-1] if near else _row(value, ticks))
    return rows


def _target_row(target: float, values: Sequence[float], ticks: Sequence[float]) -> int:
    """The target's row, rounded away from the series: a run that keeps the target isn't drawn on the line."""
    step = ticks[1] - ticks[0]
    steps = (target - ticks[0]) / step
    return _row(
        ticks[0] + step * (math.ceil(steps - 1e-9) if target > max(values) else math.floor(steps + 1e-9)), ticks
    )


def _plot(values: Sequence[float], ticks: Sequence[float], width: int, *, spike: int | None) -> list[list[str]]:
    spacing = _spacing(len(values), width)
    columns = min(width, max(MIN_PLOT, (len(values) - 1) * spacing + 3))
    grid = [[" "] * columns for _ in ticks]
    rows = _rows(values, ticks)
    for i in range(len(rows) - 1):
        here, there = rows[i], rows[i + 1]
        bend = 1 + i * spacing + spacing // 2
        for x in range(1 + i * spacing, bend):
            grid[here][x] = "─"
        for x in range(bend + 1, 1 + (i + 1) * spacing):
            grid[there][x] = "─"
        if here == there:
            grid[here][bend] = "─"
        else:
            up = there < here
            grid[here][bend], grid[there][bend] = ("╯", "╭") if up else ("╮", "╰")
            for y in range(min(here, there) + 1, max(here, there)):
                grid[y][bend] = "│"
    if spike is not None:
        grid[0][1 + spike * spacing] = "▲"
    grid[rows[-1]][1 + (len(rows) - 1) * spacing] = "●"
    return grid


def _spacing(runs: int, width: int) -> int:
    return max(2, min(MAX_SPACING, (width - 3) // max(1, runs - 1)))


def _draw_target(grid: list[list[str]], row: int, label: str) -> bool:
    """Draw the line behind the series, and its label where the series leaves room; False when it leaves none."""
    cells = grid[row]
    columns = len(cells)
    starts = (columns - len(label) - 1, 1)
    place = next(
        (start for start in starts if start > 0 and not "".join(cells[start - 1 : start + len(label) + 1]).strip()),
        None,
    )
    for x, cell in enumerate(cells):
        if cell == " ":
            cells[x] = "═"
    if place is None:
        for above in (row - 1, row + 1):
            for start in starts:
                if 0 <= above < len(grid) and not "".join(grid[above][start : start + len(label)]).strip():
                    grid[above][start : start + len(label)] = label
                    return True
        return False
    cells[place - 1 : place + len(label) + 1] = f" {label} "[: columns - place + 1]
    return True


def _axis(ago: Sequence[int], columns: int, gutter: int) -> list[str]:
    """The line below, a tick a point, and how many runs ago each was. ago: of the newest run of each point, oldest first."""
    spacing = _spacing(len(ago), columns)
    line, names = ["─"] * columns, [" "] * (columns + 4)
    stride = next(s for s in (1, 2, 5, 10, 20, 50, 100) if s * spacing >= len(str(max(ago[0], len(ago) - 1))) + 1)
    free = columns + 4
    for back, runs in enumerate(reversed(ago)):
        x = 1 + (len(ago) - 1 - back) * spacing
        line[x] = "┴"
        name = str(runs) if back else "now"
        start = max(0, x - len(name) // 2)
        if back % stride == 0 and start + len(name) < free:
            names[start : start + len(name)] = name
            free = start
    return [f"{'':{gutter}} └{''.join(line)}→", f"{'runs ago':>{gutter}}  {''.join(names).rstrip()}"]


def _mark_line(marks: Sequence[str], columns: int, gutter: int) -> list[str]:
    """The marks of the first and the last point, and of one in the middle where it touches neither, under their points."""
    spacing = _spacing(len(marks), columns)
    last = len(marks) - 1
    room = columns + 3
    places = [(0, 0), (last, max(0, min(1 + last * spacing, room - len(marks[last]))))]
    middle = len(marks) // 2
    places.insert(1, (middle, max(0, 1 + middle * spacing - len(marks[middle]) // 2)))
    cells = [" "] * (room + max(map(len, marks)))
    for point, start in (places[2], places[0], places[1]):
        text = marks[point]
        if text and not "".join(cells[max(0, start - 2) : start + len(text) + 2]).strip():
            cells[start : start + len(text)] = text
    return [f"{'':{gutter}}  {''.join(cells).rstrip()}"] if "".join(cells).strip() else []
