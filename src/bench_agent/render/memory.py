"""The memory of one call in words, lines and tables: for the terminal, the comment and the report. Computes nothing but sums.

Takes finished rows of `results/memory` and what people call the benchmarks.
"""

from collections.abc import Mapping, Sequence

from bench_agent.render.layout import render_table
from bench_agent.render.terminal import Screen
from bench_agent.results.memory import GrownLine, MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.markup import code, prose

COLUMNS = ("Memory of one call", "Base", "Head", "Change", "Verdict")
MOST_ROWS = 20
MOST_LINES = 3  # of one benchmark


def is_news(row: MemoryRow) -> bool:
    """Whether a reader has to look at it."""
    return row.is_regression or row.verdict != "same" or bool(row.unseen_bytes)


def verdict(row: MemoryRow) -> str:
    """What became of it, in a few words."""
    words = []
    if row.regressed:
        over = f"its target of {quantity.size(row.target_bytes)}" if row.target_bytes else f"+{row.limit:.0%}"
        words.append(f"regressed: over {over}")
    elif row.verdict != "same":
        words.append(
            {"more": "more", "less": "less", "undecided": "undecided: it differs from session to session"}[row.verdict]
        )
    if row.leaks:
        words.append(f"leaks {quantity.size(row.head_left_bytes)} a call")
    if row.unseen_bytes:
        words.append(f"suspected: the process grew by {quantity.size(row.unseen_bytes)} that no allocation explains")
    return "; ".join(words) or "the same"


def change(row: MemoryRow) -> str:
    if row.verdict == "same" or row.base_bytes <= 0:
        return "~" if row.verdict == "same" else f"+{quantity.size(row.head_bytes)}"
    return quantity.change(row.head_bytes / row.base_bytes)


def where(line: GrownLine, *, left: bool = False) -> str:
    """One line that allocates more, with how much more."""
    grown, what = quantity.size(line.head_bytes - line.base_bytes), "left behind a call" if left else "at the peak"
    was = f" (was {quantity.size(line.base_bytes)})" if line.base_bytes else ""
    return f"{clean_text(line.path)}:{line.line} {grown} more {what}{was}: {clean_text(line.text, limit=80)}"


def lines_of(row: MemoryRow) -> list[str]:
    """Where it is allocated; only of what grew."""
    if not row.is_regression and row.verdict != "more":
        return []
    left = [where(line, left=True) for line in row.left_lines[:MOST_LINES]] if row.leaks else []
    return left + ([where(line) for line in row.lines[:MOST_LINES]] if row.verdict == "more" else [])


def summary(rows: Sequence[MemoryRow]) -> str:
    """One sentence on all that were traced."""
    same = sum(not is_news(row) for row in rows)
    exact = sum(row.exact for row in rows)
    few = quantity.counted(len(rows), "benchmark")
    return f"memory of one call: {same} of {few} the same; {exact} to the byte in all sessions"


def render_memory(rows: Sequence[MemoryRow], names: Mapping[str, str], screen: Screen) -> list[str]:
    """A table of what changed, the lines that allocate, a sentence on the rest; nothing where nothing was traced."""
    if not rows:
        return []
    news = [row for row in rows if is_news(row)]
    lines = []
    if news:
        cells = [(_name(row, names), *_figures(row)) for row in news[:MOST_ROWS]]
        lines.append(render_table(COLUMNS, cells, screen).rstrip("\n"))
        lines += [f"{_name(row, names)}: {text}" for row in news[:MOST_ROWS] for text in lines_of(row)]
    return [*lines, summary(rows)]


def markdown(rows: Sequence[MemoryRow], names: Mapping[str, str]) -> str:
    """The same as Markdown; "" where nothing changed."""
    news = [row for row in rows if is_news(row)]
    if not news:
        return ""
    text = f"| {' | '.join(COLUMNS)} |\n|---|---:|---:|---:|---|"
    for row in news[:MOST_ROWS]:
        base, head, grown, word = _figures(row)
        text += f"\n| {code(_name(row, names), limit=100)} | {base} | {head} | {prose(grown)} | {prose(word)} |"
    where_ = [
        f"- {code(_name(row, names), limit=100)}: {code(line, limit=200)}"
        for row in news[:MOST_ROWS]
        for line in lines_of(row)
    ]
    return "\n".join([text, "", *where_]).rstrip()


def _name(row: MemoryRow, names: Mapping[str, str]) -> str:
    return clean_text(names.get(row.benchmark, row.benchmark), limit=100)


def _figures(row: MemoryRow) -> tuple[str, str, str, str]:
    return quantity.size(row.base_bytes), quantity.size(row.head_bytes), change(row), verdict(row)
