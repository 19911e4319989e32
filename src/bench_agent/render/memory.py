"""The memory of one call as a table: for the terminal and the comment. Words come from `memory_wording`."""

from collections.abc import Mapping, Sequence

from bench_agent.render import memory_wording as words
from bench_agent.render.layout import render_table
from bench_agent.render.memory_wording import MOST_ROWS, is_news, lines_of, name_of
from bench_agent.render.terminal import Screen
from bench_agent.results.memory import MemoryRow
from bench_agent.text import quantity
from bench_agent.text.markup import code, prose

COLUMNS = ("Memory of one call", "Base", "Head", "Change", "Verdict")


def render_memory(
    rows: Sequence[MemoryRow], names: Mapping[str, str], screen: Screen, *, untraced: int = 0
) -> list[str]:
    """A table of what changed, the lines that allocate, a sentence on the rest; nothing where nothing was traced.

    untraced: how many more the time did not suffice for.
    """
    if not rows and not untraced:
        return []
    news = [row for row in rows if is_news(row)]
    lines = []
    if news:
        cells = [(name_of(row, names), *_figures(row)) for row in news[:MOST_ROWS]]
        lines.append(render_table(COLUMNS, cells, screen).rstrip("\n"))
        lines += [f"{name_of(row, names)}: {text}" for row in news[:MOST_ROWS] for text in lines_of(row)]
    return [*lines, words.summary(rows, untraced=untraced)]


def markdown(rows: Sequence[MemoryRow], names: Mapping[str, str]) -> str:
    """The same as Markdown; "" where nothing changed."""
    news = [row for row in rows if is_news(row)]
    if not news:
        return ""
    text = f"| {' | '.join(COLUMNS)} |\n|---|---:|---:|---:|---|"
    for row in news[:MOST_ROWS]:
        base, head, grown, word = _figures(row)
        text += f"\n| {code(name_of(row, names), limit=100)} | {base} | {head} | {prose(grown)} | {prose(word)} |"
    where_ = [
        f"- {code(name_of(row, names), limit=100)}: {code(line, limit=200)}"
        for row in news[:MOST_ROWS]
        for line in [*lines_of(row), *([row.next_command] if row.next_command else [])]
    ]
    return "\n".join([text, "", *where_]).rstrip()


def _figures(row: MemoryRow) -> tuple[str, str, str, str]:
    return quantity.size(row.base_bytes), quantity.size(row.head_bytes), words.change(row), words.verdict(row)
