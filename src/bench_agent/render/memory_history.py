"""The lasting changes of memory in a range, in every form they are given out as. Repository text is cleaned here once more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.render.chart import sparkline
from bench_agent.render.culprits import GOES_ON, MORE_TIME
from bench_agent.render.memory_wording import where
from bench_agent.render.terminal import Screen
from bench_agent.results import plain
from bench_agent.results.memory import GrownLine
from bench_agent.results.memory_history import ChangedMemory, MemoryChangingCommit, MemoryHistory, TracedCommit
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.markup import code, prose

MAX_CHARTS = 12  # benchmarks in the chart, those that changed most; the others are counted
MAX_RELEASES = 40  # rows of the table of releases
MAX_CHANGES = 60  # rows of the Markdown table
MAX_LINES = 3  # of one benchmark at one commit
MAX_SKIPPED, MAX_WARNINGS = 5, 5
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
    span = f"{quantity.counted(found.commits_in_range, 'commit')} from {found.first[:8]} to {found.anchor[:8]}"
    of = quantity.counted(len(found.benchmarks), "benchmark")
    ended = "so far: " if found.out_of_time or found.interrupted else ""
    if not found.commits:
        return f"no memory could be traced of {of}, in {span}: {_why_nothing(found)}"
    if not found.changes:
        least = quantity.percent(found.resolution)
        return f"{ended}no commit is proved to have changed what one call of any of {of} holds by {least} or more, in {span}"
    more = sum(change.benchmarks[0].after_bytes > change.benchmarks[0].before_bytes for change in found.changes)
    kinds = ", ".join(f"{n} {word}" for n, word in ((more, "more"), (len(found.changes) - more, "less")) if n)
    touched = len({each.benchmark for change in found.changes for each in change.benchmarks})
    those = of if touched == len(found.benchmarks) else f"{touched} of {of}"
    commits = quantity.counted(len(found.changes), "commit")
    return f"{ended}{commits} changed the memory of one call of {those} ({kinds}), of {span}"


def _why_nothing(found: MemoryHistory) -> str:
    if found.skipped:
        return clean_text(found.skipped[0].reason, limit=200)
    if found.interrupted:
        return "it was stopped before"
    return "the time ended before" if found.out_of_time else "no session of it came to an end"


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
    lasts = f"until {each.taken_back_by[:8]}" if each.taken_back_by else "to the end"
    return now, was, change, lasts


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
    series = {benchmark: levels(found, benchmark) for benchmark in found.benchmarks}
    shown = sorted((b for b in series if any(map(math.isfinite, series[b]))), key=lambda b: -_range(series[b]))
    if len(found.commits) < 2 or not shown:
        return []
    width = max(len(_name(b, names)) for b in shown[:MAX_CHARTS])
    lines = [f"memory of one call at {len(found.commits)} commits, oldest first, the newest {found.anchor[:8]}"]
    lines += [_chart_line(_name(b, names), series[b], width, ascii_only) for b in shown[:MAX_CHARTS]]
    return lines + ([f"and {len(shown) - MAX_CHARTS} that changed less"] if len(shown) > MAX_CHARTS else [])


def _chart_line(name: str, values: Sequence[float], width: int, ascii_only: bool) -> str:
    finite = [value for value in values if math.isfinite(value)]
    bars = sparkline(values, ascii_only=ascii_only)
    change = quantity.change(finite[-1] / finite[0]) if finite[0] > 0 and finite[-1] > 0 else "?"
    return f"  {name:{width}}  {bars}  {quantity.size(finite[-1])}, {change} since the first"


def levels(found: MemoryHistory, benchmark: str) -> list[float]:
    """Bytes at each commit that was traced; NaN where the benchmark was not."""
    return [
        next((level.bytes for level in commit.levels if level.benchmark == benchmark), math.nan)
        for commit in found.commits
    ]


def _range(values: Sequence[float]) -> float:
    """The largest over the smallest, by KB: what is nearly nothing does not count."""
    finite = [value + 1000 for value in values if math.isfinite(value)]
    return max(finite) / min(finite)


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
    most = max(both, key=lambda benchmark: _range([old[benchmark], now[benchmark]]), default=None)
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
    lines += [f"not traced: {s.sha[:8]}, {clean_text(s.reason, limit=160)}" for s in found.skipped[:MAX_SKIPPED]]
    if len(found.skipped) > MAX_SKIPPED:
        lines.append(f"and {len(found.skipped) - MAX_SKIPPED} more commits that can't be traced")
    lines += [f"warning: {clean_text(text, limit=300)}" for text in found.warnings[:MAX_WARNINGS]]
    if found.out_of_time or found.interrupted:
        lines.append(f"it was not finished: {GOES_ON if found.interrupted else MORE_TIME}")
    least = quantity.percent(found.resolution)
    spent = f"{found.measurements} sessions, {quantity.elapsed(found.seconds)}"
    return [*lines, f"smaller changes than {least} or 4 KB were not looked for; {spent}"]


def _name(benchmark: str, names: Mapping[str, str]) -> str:
    return clean_text(names.get(benchmark, benchmark), limit=100)
