"""Draws a long series as dots in lines of a terminal, each run a dot of its own: eight dots fit a character (braille).

Takes plain numbers, oldest first, the current one last; returns lines of text without colour. The idea is that of plotille and
drawille; noise, levels and single runs stay to be seen, where a line of medians shows none of them.
"""

from collections.abc import Sequence

from bench_agent.render.scale import scale, without_hiccups
from bench_agent.text import quantity

_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a character's dots, by row and column
_UPPER, _LOWER = 0x01 | 0x08 | 0x02 | 0x10, 0x04 | 0x20 | 0x40 | 0x80
DOTS_IN_ASCII = {
    0x2800 + bits: ":" if bits & _UPPER and bits & _LOWER else "'" if bits & _UPPER else "." if bits else " "
    for bits in range(256)
}
NAMES = 5  # places on the axis that say how many runs ago


def draw_dots(
    values: Sequence[float], *, width: int, unit: str = "s", target: float | None = None, marks: Sequence[str] = ()
) -> list[str]:
    """A chart at most `width` columns wide of at least two finite values. marks: what stands below both ends and the middle."""
    usual = without_hiccups(values)
    chosen = scale(usual, target=target)
    labels = quantity.scale_labels(chosen.ticks, unit)
    gutter = max(8, max(len(label) for label in labels))
    columns = width - gutter - 3
    notes = [quantity.counted(len(values), "run")]
    above = sum(value > chosen.ticks[-1] for value in values)
    if above:
        notes.append(f"▲ {above:,} above, up to {quantity.value(max(values), unit)}")
    if chosen.target_side:
        notes.append(f"Target: {quantity.value(target, unit)} ({chosen.target_side} the chart)")
    elif chosen.target is not None:
        notes.append(f"Target: {quantity.value(target, unit)} (═)")
    rows = _plot(values, chosen.ticks, columns, target=chosen.target)
    return [
        *(f"{'':{gutter}}  {note}" for note in notes),
        *(f"{label:>{gutter}} ┤{row}".rstrip() for label, row in zip(reversed(labels), rows, strict=True)),
        *_axis(len(values), columns, gutter),
        *_mark_line(marks, columns, gutter),
    ]


def _plot(values: Sequence[float], ticks: Sequence[float], columns: int, *, target: float | None) -> list[str]:
    """The rows from above; a tick lies in the middle of its row."""
    top, step = ticks[-1], ticks[1] - ticks[0]
    bits = [[0] * columns for _ in ticks]
    cells = [[" "] * columns for _ in ticks]
    for i, value in enumerate(values):
        x = _place(i, len(values), 2 * columns)
        if value > top:
            cells[0][x // 2] = "▲"
            continue
        y = min(4 * len(ticks) - 1, max(0, round(((top - value) / step + 0.5) * 4 - 0.5)))
        bits[y // 4][x // 2] |= _BITS[y % 4][x % 2]
    if target is not None:
        row = min(len(ticks) - 1, max(0, round((top - target) / step)))
        cells[row] = ["═" if cell == " " else cell for cell in cells[row]]
    rows = [
        [chr(0x2800 + dots) if dots else cell for dots, cell in zip(*pair, strict=True)]
        for pair in zip(bits, cells, strict=True)
    ]
    rows[min(len(ticks) - 1, max(0, round((top - values[-1]) / step)))][columns - 1] = "●"
    return ["".join(row) for row in rows]


def _place(index: int, count: int, columns: int) -> int:
    return round(index * (columns - 1) / max(1, count - 1))


def _axis(runs: int, columns: int, gutter: int) -> list[str]:
    """The line below, and at a few places how many runs ago that was."""
    line, names = ["─"] * columns, [" "] * (columns + 1)
    for k in range(NAMES):
        index = round(k * (runs - 1) / (NAMES - 1))
        x = _place(index, runs, columns)
        line[x] = "┴"
        name = "now" if index == runs - 1 else str(runs - 1 - index)
        start = min(max(0, x - len(name) // 2), columns + 1 - len(name))
        names[start : start + len(name)] = name
    return [f"{'':{gutter}} └{''.join(line)}→", f"{'runs ago':>{gutter}}  {''.join(names).rstrip()}"]


def _mark_line(marks: Sequence[str], columns: int, gutter: int) -> list[str]:
    """The marks of both ends, and that of the middle where it touches neither."""
    if not any(marks):
        return []
    first, middle, last = marks[0], marks[len(marks) // 2], marks[-1]
    room = columns + 1
    cells = list(first[:room].ljust(room))
    for text, start in ((last, room - len(last)), (middle, (room - len(middle)) // 2)):
        if start > 0 and not "".join(cells[max(0, start - 2) : start + len(text) + 2]).strip():
            cells[start : start + len(text)] = text
    return [f"{'':{gutter}}  {''.join(cells).rstrip()}"]
