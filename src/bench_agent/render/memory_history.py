"""The lasting changes of memory in a range, in every form they are given out as. Repository text is cleaned here once more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.render import range_words
from bench_agent.render.memory_wording import where
from bench_agent.render.range_words import MAX_RELEASES, MAX_WARNINGS
from bench_agent.render.terminal import Screen
from bench_agent.results import plain
from bench_agent.results.memory import GrownLine
from bench_agent.results.memory_history import ChangedMemory, MemoryChangingCommit, MemoryHistory, TracedCommit
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.markup import code, prose

MAX_CHANGES = 60  # rows of the Markdown table
MAX_LINES = 3  # of one benchmark at one commit
COLUMNS = ("Commit", "Benchmark", "One call", "It held", "Change", "Lasts")
RELEASE_COLUMNS = ("Release", "Date", "Most changed against the one before")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryHistoryForms:
    """What `backfill --metric memory` gives out. names: of the benchmarks, for people."""

    found: MemoryHistory
    names: Mapping[str, str]
    command: str

    def text(self, screen: Screen) -> str:
        from bench_agent.render.layout import render_table

        found, names = self.found, self.names
        parts = [headline(found) + "\n"]
        if found.changes:
            parts.append(render_table(COLUMNS, change_rows(found, names), screen))
            parts.append("".join(f"{line}\n" for change in found.changes for line in why_lines(change, names)))
        parts.append("".join(f"{line}\n" for line in chart_lines(found, names, ascii_only=not screen.box)))
        releases = release_rows(found, names)
        if releases:
            parts.append(render_table(RELEASE_COLUMNS, releases, screen))
        parts.append("".join(f"{line}\n" for line in foot_lines(found, names)))
        return "\n".join(part for part in parts if part)

    def json(self) -> str:
        return plain.to_json(plain.document(self.found, digits=6))

    def markdown(self) -> str:
        found, names = self.found, self.names
        parts = ["## Memory of one call", f"{prose(headline(found))}."]
        if found.changes:
            head = _markdown_head(("Commit", "What changed", "One call", "It held", "Change", "Lasts", "Where"))
            parts.append("\n".join([*head, *(_markdown_row(change, names) for change in found.changes[:MAX_CHANGES])]))
            if len(found.changes) > MAX_CHANGES:
                parts.append(f"_and {len(found.changes) - MAX_CHANGES} more_")
        releases = release_rows(found, names)
        if releases:
            rows = ["| " + " | ".join(map(prose, row)) + " |" for row in releases]
            parts.append("\n".join([*_markdown_head(RELEASE_COLUMNS), *rows]))
        chart = chart_lines(found, names)
        if chart:
            parts.append("```\n" + "\n".join(line.replace("`", "'") for line in chart) + "\n```")
        parts.append("\n".join(f"- {prose(line)}" for line in foot_lines(found, names)))
        parts.append(
            f"Each commit was traced beside its parent with another hash seed. Repeat it: {code(self.command)}"
        )
        return "\n\n".join(parts) + "\n"

    def html(self) -> str:
        raise NotImplementedError("checked before: there is no page of it")


def _markdown_head(columns: Sequence[str]) -> list[str]:
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]


def _markdown_row(change: MemoryChangingCommit, names: Mapping[str, str]) -> str:
    cells = [cells_of(each) for each in change.benchmarks]
    what = "<br>".join(code(_name(each.benchmark, names), limit=80) for each in change.benchmarks)
    columns = ["<br>".join(prose(cell[column]) for cell in cells) for column in range(4)]
    lines = [line for each in change.benchmarks for line in each.lines[:1]]
    places = "<br>".join(dict.fromkeys(code(f"{line.path}:{line.line}", limit=80) for line in lines))
    commit = f"{code(change.sha[:8])} {prose(change.subject, limit=80)}"
    return "| " + " | ".join([commit, what, *columns, places]) + " |"


def headline(found: MemoryHistory) -> str:
    """What was found, in a sentence."""
    span, so_far = range_words.span(found), range_words.so_far(found)
    of = quantity.counted(len(found.benchmarks), "benchmark")
    if not found.commits:
        return f"no memory could be traced of {of}, in {span}: {range_words.why_nothing(found)}"
    if not found.changes:
        least = quantity.percent(found.resolution)
        return f"{so_far}no commit is proved to have changed what one call of any of {of} holds by {least} or more, in {span}"
    more = sum(change.benchmarks[0].after_bytes > change.benchmarks[0].before_bytes for change in found.changes)
    kinds = ", ".join(f"{n} {word}" for n, word in ((more, "more"), (len(found.changes) - more, "less")) if n)
    commits = quantity.counted(len(found.changes), "commit")
    return f"{so_far}{commits} changed the memory of one call of {range_words.touched(found)} ({kinds}), of {span}"


def change_rows(found: MemoryHistory, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A row a benchmark, the commit named in its first only."""
    rows: list[tuple[str, ...]] = []
    for change in found.changes:
        for number, each in enumerate(change.benchmarks):
            commit = f"{change.sha[:8]} {clean_text(change.subject, limit=40)}" if not number else "  and"
            rows.append((commit, _name(each.benchmark, names), *cells_of(each)))
    return rows


def cells_of(each: ChangedMemory) -> tuple[str, str, str, str]:
    """What it holds, held, the change and how long that lasts."""
    left = " left a call" if each.metric == "left" else ""
    now, was = (f"{quantity.size(size)}{left}" if size else "nothing" for size in (each.after_bytes, each.before_bytes))
    change = (
        quantity.change(each.after_bytes / each.before_bytes)
        if min(each.before_bytes, each.after_bytes) > 0
        else f"{'+' if each.after_bytes else '-'}{quantity.size(max(each.before_bytes, each.after_bytes))}"
    )
    return now, was, change, range_words.lasts(each.taken_back_by)


def change_sentences(found: MemoryHistory, names: Mapping[str, str]) -> list[str]:
    """One a commit and benchmark, of those in `found.benchmarks`."""
    return [
        f"  {change.sha[:8]} {clean_text(change.subject, limit=60)}: {_name(each.benchmark, names)} {cells[0]}, was {cells[1]}"
        for change in found.changes
        for each in change.benchmarks
        if each.benchmark in found.benchmarks and (cells := cells_of(each))
    ]


def why_lines(change: MemoryChangingCommit, names: Mapping[str, str]) -> list[str]:
    """Where it is allocated, benchmark by benchmark; lines that all of them share are told once."""
    told = []
    if change.merge:
        told.append(f"{change.sha[:8]}: came with the merge {change.merge[:8]}")
    if change.among:
        told.append(f"{change.sha[:8]}: one of {len(change.among)} commits up to it: those before can't be traced")
    seen: set[str] = set()
    for each in change.benchmarks:
        for line in each.lines[:MAX_LINES]:
            text = _where(line, each)
            if text not in seen:
                seen.add(text)
                told.append(f"{change.sha[:8]}: {_name(each.benchmark, names)}: {text}")
    return told


def _where(line: GrownLine, each: ChangedMemory) -> str:
    left = each.metric == "left"
    if each.after_bytes > each.before_bytes:
        return where(line, left=left)
    less, what = quantity.size(line.base_bytes - line.head_bytes), "left behind a call" if left else "at the peak"
    return f"{clean_text(line.path)}:{line.line} {less} less {what}: {clean_text(line.text, limit=80)}"


def chart_lines(found: MemoryHistory, names: Mapping[str, str], *, ascii_only: bool = False) -> list[str]:
    """What one call of each benchmark held, a bar a commit, those first that changed most."""
    title = f"memory of one call at {len(found.commits)} commits, oldest first, the newest {found.anchor[:8]}"
    series = {benchmark: levels(found, benchmark) for benchmark in found.benchmarks}
    return range_words.chart(title, series, names, spread=_spread, told=_held, ascii_only=ascii_only)


def _held(sizes: Sequence[float]) -> str:
    change = quantity.change(sizes[-1] / sizes[0]) if sizes[0] > 0 and sizes[-1] > 0 else "?"
    return f"{quantity.size(sizes[-1])}, {change}"


def levels(found: MemoryHistory, benchmark: str) -> list[float]:
    """Bytes at each commit that was traced; NaN where the benchmark was not."""
    return [
        next((level.bytes for level in commit.levels if level.benchmark == benchmark), math.nan)
        for commit in found.commits
    ]


def _spread(sizes: Sequence[float]) -> float:
    """The largest over the smallest, by KB: what is nearly nothing does not count."""
    return (max(sizes) + 1000) / (min(sizes) + 1000)


def release_rows(found: MemoryHistory, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Rows of the table of releases: the benchmark that changed most against the release before."""
    releases = [commit for commit in found.commits if commit.name][-MAX_RELEASES:]
    return [
        _release_row(release, releases[number - 1] if number else None, names)
        for number, release in enumerate(releases)
    ]


def _release_row(release: TracedCommit, before: TracedCommit | None, names: Mapping[str, str]) -> tuple[str, ...]:
    now = {level.benchmark: level.bytes for level in release.levels}
    old = {level.benchmark: level.bytes for level in before.levels} if before else {}
    both = [benchmark for benchmark in now if benchmark in old]
    most = max(both, key=lambda benchmark: _spread([old[benchmark], now[benchmark]]), default=None)
    told = "-"
    if most is not None and now[most] != old[most]:
        told = f"{_name(most, names)}: {quantity.size(now[most])}, was {quantity.size(old[most])}"
    elif most is not None:
        told = "all the same"
    return clean_text(release.name or ""), (release.author_date or "")[:10], told


def foot_lines(found: MemoryHistory, names: Mapping[str, str]) -> list[str]:
    """What is not explained, could not be traced, or was not finished; and what it cost."""
    lines = []
    for each in found.unexplained:
        why = "the time ended before it was found" if each.reason == "no_time" else "no commit could be proved"
        what = "leave behind" if each.metric == "left" else "hold"
        sizes = f"{quantity.size(each.after_bytes)}, before {quantity.size(each.before_bytes)}"
        between = f"between {each.after[:8]} and {each.until[:8]}"
        lines.append(f"calls of {_name(each.benchmark, names)} {what} {sizes}, changed {between}: {why}")
    for one in found.unsteady[:MAX_WARNINGS]:
        seen = f"changes of less than {quantity.size(one.hides_bytes)} are not seen"
        lines.append(f"{_name(one.benchmark, names)} differs from call to call or session to session: {seen}")
    if len(found.unsteady) > MAX_WARNINGS:
        lines.append(f"and so do {len(found.unsteady) - MAX_WARNINGS} more")
    lines += range_words.unfinished_lines(found, "traced")
    least = quantity.percent(found.resolution)
    spent = f"{found.measurements} sessions, {quantity.elapsed(found.seconds)}"
    return [*lines, f"smaller changes than {least} or 4 KB were not looked for; {spent}"]


def _name(benchmark: str, names: Mapping[str, str]) -> str:
    return clean_text(names.get(benchmark, benchmark), limit=100)
