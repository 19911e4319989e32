"""A series as a drawing of characters: the trend chart, and the sparkline that fits into a table's cell.

Takes plain numbers, oldest first, the current one last; returns lines of text without colour. Knows no records and judges nothing.
The step line between rounded corners follows asciichart (MIT, https://github.com/kroitor/asciichart); runs are spread
over the width, so that few runs are readable too.
"""

import math
from collections.abc import Sequence

from bench_agent.render.dot_chart import DOTS_IN_ASCII, draw_dots
from bench_agent.render.scale import scale, span
from bench_agent.text import quantity

MAX_SPACING = 6  # columns between two runs
MIN_PLOT = 40  # columns: room for the target's name beside few runs

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
    """The text with its box characters and dots replaced by similar ones; anything else outside ASCII becomes "?"."""
    return text.translate(_ASCII).translate(DOTS_IN_ASCII).translate(_WORDS).encode("ascii", "replace").decode("ascii")


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

    All values are drawn: as a line where there is room for it, else as dots. marks: what stands below the first and the last
    value (and one between, where there is room): a date, a commit. A target that would flatten the series is named above the
    chart instead.
    """
    finite = [i for i, v in enumerate(values) if math.isfinite(v)]
    shown, named = [values[i] for i in finite], [marks[i] for i in finite] if marks else []
    if not shown:
        return ()
    if len(shown) > _most_points(width):
        lines = draw_dots(shown, width=width, unit=unit, target=target, marks=named)
    else:
        lines = _draw_line(shown, width=width, unit=unit, target=target, marks=named)
    return tuple(to_ascii(text) if ascii_only else text for text in lines)


def _draw_line(
    shown: Sequence[float], *, width: int, unit: str, target: float | None, marks: Sequence[str]
) -> list[str]:
    chosen = scale(shown, target=target)
    ticks, line = chosen.ticks, chosen.target
    notes = []
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
    lines += _axis(len(shown), len(plot[0]), gutter)
    if marks:
        lines += _mark_line(marks, len(plot[0]), gutter)
    return lines


def sparkline(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """The series as one bar a value: "▃▃▃▃▂▃▃▅▆█". A value that isn't finite is a space. The scale is the chart's."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return ""
    low, high = span(finite)
    bars = (_BARS[round((v - low) / (high - low) * 7)] if math.isfinite(v) else " " for v in values)
    text = "".join(bars)
    return to_ascii(text) if ascii_only else text


def _most_points(width: int) -> int:
    """How many points fit: each needs a column, and one to change rows in."""
    return max(2, (width - 18) // 2)


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


def _axis(runs: int, columns: int, gutter: int) -> list[str]:
    """The line below, a tick a run, and how many runs ago each was."""
    spacing = _spacing(runs, columns)
    line, names = ["─"] * columns, [" "] * (columns + 4)
    stride = next(s for s in (1, 2, 5, 10, 20, 50, 100) if s * spacing >= len(str(runs - 1)) + 1)
    free = columns + 4
    for back in range(runs):
        x = 1 + (runs - 1 - back) * spacing
        line[x] = "┴"
        name = str(back) if back else "now"
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
