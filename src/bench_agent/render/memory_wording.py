"""The memory of one call in words: what became of it, which lines did it, what a profile shows. Computes nothing but sums.

Takes finished rows of `results/memory` and what people call the benchmarks.
"""

from collections.abc import Mapping, Sequence

from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MOST_ROWS = 20
MOST_LINES = 3  # of one benchmark
MOST_NOTES = 2


def is_news(row: MemoryRow) -> bool:
    """Whether a reader has to look at it."""
    return row.is_regression or row.verdict != "same" or bool(row.unseen_bytes)


def verdict(row: MemoryRow) -> str:
    """What became of it, in a few words."""
    words = []
    if row.regressed:
        over = (
            f"its target of {quantity.size(row.target_bytes)}"
            if row.target_bytes
            else f"its limit of {quantity.percent(row.limit)}"
        )
        words.append(f"regressed: over {over}")
    elif row.verdict == "more" and row.accepted_bytes is not None and row.accepted_bytes > row.base_bytes:
        words.append(f"more; {quantity.size(row.accepted_bytes)} are accepted")
    elif row.lacks_time:
        words.append("undecided: one session of each, and no time for more (--budget)")
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
    """One line that allocates more, with how much more, and how many more allocations of it are held."""
    grown, what = quantity.size(line.head_bytes - line.base_bytes), "left behind a call" if left else "at the peak"
    was = f", was {quantity.size(line.base_bytes)}" if line.base_bytes else ""
    blocks = f"{line.head_blocks - line.base_blocks:+,} allocations" if line.head_blocks != line.base_blocks else ""
    known = f" ({blocks}{was if blocks else was[2:]})" if blocks or was else ""
    return f"{clean_text(line.path)}:{line.line} {grown} more {what}{known}: {clean_text(line.text, limit=80)}"


def lines_of(row: MemoryRow) -> list[str]:
    """Where it is allocated; only of what grew."""
    if not row.is_regression and row.verdict != "more":
        return []
    left = [where(line, left=True) for line in row.left_lines[:MOST_LINES]] if row.leaks else []
    return left + ([where(line) for line in row.lines[:MOST_LINES]] if row.verdict == "more" else [])


def summary(rows: Sequence[MemoryRow], *, untraced: int = 0) -> str:
    """One sentence on all that were traced. untraced: how many more were not, for want of time."""
    same = sum(not is_news(row) for row in rows)
    exact = sum(row.exact for row in rows)
    few = quantity.counted(len(rows) + untraced, "benchmark")
    told = f"{len(rows)} traced of {few}: {same} the same" if untraced else f"{same} of {few} the same"
    return f"memory of one call: {told}; {exact} to the byte in all sessions{_notes(rows)}"


def _notes(rows: Sequence[MemoryRow]) -> str:
    """What is in none of the figures, each once."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    more = f"; and {len(notes) - MOST_NOTES} more" if len(notes) > MOST_NOTES else ""
    return "".join(f"; {clean_text(note, limit=200)}" for note in notes[:MOST_NOTES]) + more


def allocations(profiles: Sequence[AllocationProfile], names: Mapping[str, str]) -> list[str]:
    """What one call of each benchmark holds, and by which lines; the first ones are the shortest benchmarks."""
    told = []
    for profile in profiles:
        name = clean_text(names.get(profile.benchmark, profile.benchmark), limit=100)
        left = f", each leaves {quantity.size(profile.left_bytes)} behind" if profile.left_bytes else ""
        told.append(f"{name}: one call holds {quantity.size(profile.peak_bytes)}{left}")
        told += [f"  {_held(line)}" for line in profile.lines[:MOST_LINES]]
        told += [f"  left behind a call: {_held(line)}" for line in profile.left_lines[:MOST_LINES]]
    return told


def _held(line: GrownLine) -> str:
    blocks = quantity.counted(line.head_blocks, "block")
    place = f"{clean_text(line.path)}:{line.line}"
    return f"{quantity.size(line.head_bytes)} in {blocks}  {place}  {clean_text(line.text, limit=80)}"


def sentences(rows: Sequence[MemoryRow], names: Mapping[str, str]) -> list[str]:
    """One a benchmark whose memory changed, one a line that did it, and the command that searches for the commit."""
    told = []
    for row in [row for row in rows if is_news(row)][:MOST_ROWS]:
        figures = f"one call holds {quantity.size(row.head_bytes)}, was {quantity.size(row.base_bytes)}"
        told.append(f"{name_of(row, names)}: {figures} ({change(row)}): {verdict(row)}")
        told += [f"  {text}" for text in lines_of(row)]
        if row.next_command:
            told.append(f"  which commit did it: {clean_text(row.next_command, limit=400)}")
    return told


def grouped(lines: Sequence[str]) -> list[list[str]]:
    """Sentences, each with the indented details below it."""
    told: list[list[str]] = []
    for line in lines:
        if told and line.startswith("  "):
            told[-1].append(line.strip())
        else:
            told.append([line])
    return told


def name_of(row: MemoryRow, names: Mapping[str, str]) -> str:
    return clean_text(names.get(row.benchmark, row.benchmark), limit=100)
