"""The lasting changes of a range, in every form they are given out as. Repository text is cleaned here once more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.render import range_words
from bench_agent.render.range_words import MAX_RELEASES
from bench_agent.render.terminal import Screen
from bench_agent.results import plain
from bench_agent.results.backfill import Backfill, ChangedBenchmark, LastingChange, MeasuredCommit
from bench_agent.results.culprits import GrownFunction
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

COLUMNS = ("Commit", "Benchmark", "Change", "95 % interval", "Pairs", "Lasts")
MAX_UNMEASURED = 5  # benchmarks and reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillForms:
    """What `backfill` gives out. names: of the benchmarks, for people."""

    found: Backfill
    names: Mapping[str, str]
    command: str

    def text(self, screen: Screen) -> str:
        from bench_agent.render.layout import render_table

        found = self.found
        parts = [headline(found) + "\n"]
        if found.changes:
            parts.append(render_table(COLUMNS, change_rows(found, self.names), screen))
            parts.append("".join(f"{line}\n" for change in found.changes for line in why_lines(change)))
        parts.append("".join(f"{line}\n" for line in chart_lines(found, self.names, ascii_only=not screen.box)))
        releases = release_rows(found, self.names)
        if releases:
            parts.append(render_table(releases[0], releases[1:], screen))
        parts.append("".join(f"{line}\n" for line in foot_lines(found, self.names)))
        return "\n".join(part for part in parts if part)

    def json(self) -> str:
        return plain.to_json(plain.document(self.found, digits=5))

    def markdown(self) -> str:
        from bench_agent.render.backfill_pages import render_markdown

        return render_markdown(self.found, self.names, self.command)

    def html(self) -> str:
        from bench_agent.render.backfill_pages import render_page

        return render_page(self.found, self.names, self.command)


def headline(found: Backfill) -> str:
    """What was found, in a sentence."""
    span, so_far = range_words.span(found), range_words.so_far(found)
    of = quantity.counted(len(found.benchmarks), "benchmark")
    if not found.commits:
        return f"nothing could be measured of {of}, in {span}: {range_words.why_nothing(found)}"
    if not found.changes:
        least = quantity.percent(found.resolution)
        return f"{so_far}no commit is proved to have changed any of {of} by {least} or more, in {span}"
    slower = sum(max(change.benchmarks[0].ratio, 1) > 1 for change in found.changes)
    faster = len(found.changes) - slower
    kinds = ", ".join(f"{n} {word}" for n, word in ((slower, "slower"), (faster, "faster")) if n)
    commits = quantity.counted(len(found.changes), "commit")
    return f"{so_far}{commits} changed {range_words.touched(found)} ({kinds}), of {span}"


def change_rows(found: Backfill, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A row a benchmark, the commit named in its first only."""
    rows: list[tuple[str, ...]] = []
    for change in found.changes:
        for number, each in enumerate(change.benchmarks):
            commit = f"{change.sha[:8]} {clean_text(change.subject, limit=40)}" if not number else "  and"
            rows.append((commit, names.get(each.benchmark, each.benchmark), *cells_of(each)))
    return rows


def cells_of(each: ChangedBenchmark) -> tuple[str, str, str, str]:
    change, interval = quantity.change(each.ratio), quantity.change_interval(each.interval)
    return change, interval, str(each.pairs), range_words.lasts(each.taken_back_by, each.perhaps_until)


def why_lines(change: LastingChange) -> list[str]:
    """Where it is and what it rests on, where there is something to say."""
    told = []
    if change.merge:
        told.append(f"came with the merge {change.merge[:8]}")
    if change.brought:
        told.append(f"a merge of {quantity.counted(change.brought, 'commit')}: which of them did it is not known")
    if change.among:
        told.append(f"one of {len(change.among)} commits up to it: those before can't be measured")
    word = "more" if change.benchmarks[0].ratio > 1 else "less"
    functions = [function_words(function) for function in change.functions[:3]]
    if functions:
        told.append(f"does {word}: {', '.join(functions)}")
    elif change.files:
        told.append(f"changes {', '.join(clean_text(path, limit=80) for path in change.files[:3])}")
    if change.evidence and not functions:
        told.append(clean_text(change.evidence[0], limit=200))
    return [f"{change.sha[:8]}: {'; '.join(told)}"] if told else []


def function_words(function: GrownFunction) -> str:
    """ "parse.py::walk (lines 10 -> 20)"."""
    name = clean_text(function.name, limit=100)
    if function.lines[0] != function.lines[1]:
        return f"{name} (lines {function.lines[0]:,} -> {function.lines[1]:,})"
    return f"{name} (calls {function.calls[0]:,} -> {function.calls[1]:,})"


def chart_lines(found: Backfill, names: Mapping[str, str], *, ascii_only: bool = False) -> list[str]:
    """How fast each benchmark was, a bar a commit, those first that changed most; a chart for each anchor."""
    anchors = dict.fromkeys(commit.anchor for commit in found.commits)
    return [line for anchor in anchors for line in _chart_of(found, anchor, names, ascii_only)]


def _chart_of(found: Backfill, anchor: str, names: Mapping[str, str], ascii_only: bool) -> list[str]:
    count = sum(commit.anchor == anchor for commit in found.commits)
    which = "the newest, " if anchor == found.anchor else ""
    title = f"time at {count} commits, oldest first, against {which}{anchor[:8]}"
    series = {benchmark: levels(found, benchmark, anchor) for benchmark in found.benchmarks}
    return range_words.chart(title, series, names, spread=_spread, told=_since, ascii_only=ascii_only)


def _since(ratios: Sequence[float]) -> str:
    return quantity.change(ratios[-1] / ratios[0])


def levels(found: Backfill, benchmark: str, anchor: str) -> list[float]:
    """Ratio to the anchor at each commit that was measured against it; NaN where the benchmark was not."""
    return [
        next((level.ratio for level in commit.levels if level.benchmark == benchmark), math.nan)
        for commit in found.commits
        if commit.anchor == anchor
    ]


def _spread(ratios: Sequence[float]) -> float:
    return max(ratios) / min(ratios)


def release_rows(found: Backfill, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Head and rows of the table of releases: the benchmarks together, and the worst one against the release before."""
    releases = [commit for commit in found.commits if commit.name]
    if not releases:
        return []
    rows: list[tuple[str, ...]] = [("Release", "Date", "All benchmarks", "Against the one before", "Most changed")]
    for number, release in enumerate(releases[-MAX_RELEASES:]):
        before = releases[-MAX_RELEASES:][number - 1] if number else None
        rows.append(_release_row(release, before, names))
    return rows


def _release_row(release: MeasuredCommit, before: MeasuredCommit | None, names: Mapping[str, str]) -> tuple[str, ...]:
    now = {level.benchmark: level.ratio for level in release.levels}
    old = (
        {level.benchmark: level.ratio for level in before.levels} if before and before.anchor == release.anchor else {}
    )
    changes = {benchmark: now[benchmark] / old[benchmark] for benchmark in now if benchmark in old}
    most = max(changes, key=lambda benchmark: abs(math.log(changes[benchmark])), default=None)
    told = f"{names.get(most, most)} {quantity.change(changes[most])}" if most else "-"
    date = (release.author_date or "")[:10]
    together = [quantity.change(_geomean(list(ratios.values()))) for ratios in (now, changes)]
    return (clean_text(release.name or ""), date, *together, clean_text(told))


def _geomean(ratios: Sequence[float]) -> float | None:
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios)) if ratios else None


def foot_lines(found: Backfill, names: Mapping[str, str]) -> list[str]:
    """What is not explained, could not be measured, or was not finished; and what it cost."""
    lines = []
    for each in found.unexplained:
        why = "the time ended before it was found" if each.reason == "no_time" else "no commit of them could be proved"
        name = names.get(each.benchmark, each.benchmark)
        change = quantity.change(each.ratio)
        beside = ", beside what is named there" if each.rest else ""
        lines.append(f"{name} changed by about {change} between {each.after[:8]} and {each.until[:8]}{beside}: {why}")
    lines += _unmeasured_lines(found, names)
    lines += range_words.unfinished_lines(found, "measured")
    spent = quantity.elapsed(found.seconds)
    lines.append(
        f"smaller changes than {quantity.percent(found.resolution)} were not looked for; {found.measurements} sessions, {spent}"
    )
    return lines


def _unmeasured_lines(found: Backfill, names: Mapping[str, str]) -> list[str]:
    """Where some benchmarks have no figures, and why."""
    lines = []
    for each in found.unmeasured[:MAX_UNMEASURED]:
        first, last = each.commits[0][:8], each.commits[-1][:8]
        where = f"{quantity.counted(len(each.commits), 'commit')} where others can"
        where += f", {first} to {last}" if last != first else f", {first}"
        name = names.get(each.benchmark, each.benchmark)
        lines.append(f"{name} can't be measured at {where}: {clean_text(each.reason, limit=160)}")
    if len(found.unmeasured) > MAX_UNMEASURED:
        lines.append(f"and {len(found.unmeasured) - MAX_UNMEASURED} more such rows: see `unmeasured` of --json")
    return lines
