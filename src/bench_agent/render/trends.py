"""Trends in words, the same for terminal, Markdown and web page, and the trend charts of a terminal.

Takes finished records; returns plain text or draws on a page. Nothing is judged here; repository text is cleaned and bounded.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bench_agent.detect.memory_levels import is_same
from bench_agent.render import chart
from bench_agent.render.finding_wording import metric_name
from bench_agent.render.terminal import MAX_SENTENCE, Page
from bench_agent.render.wording import name, names
from bench_agent.results.figure_texts import health as health
from bench_agent.results.trends import LevelChange, MemoryStep, Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha

MAX_CHARTS = 12  # at most in one output: about three screens
MAX_TRENDS = 100  # rows of the statistics
MAX_LEVELS = 4  # in one benchmark's section
MAX_LEVEL_LINES = 12  # in the section of all
MAX_REASONS = 3  # why runs were left out
NOTHING_MEASURED: Mapping[str, str] = {}
FEW = 3  # runs from which it is told that all hold the same
COMMON = 3  # benchmarks from which a change of level is told once, for all of them

_STYLES = {"improving": "green", "degrading": "yellow", "stable": "", "unclear": "dim", "unknown": "dim"}
_ARROWS = {"improving": "↓", "degrading": "↑"}


# --- words


def trend_verdict(trend: Trend) -> str:
    """What the newest runs do, in words: "IMPROVING (-18 % over 10 runs)", "SLOWER SINCE 1a2b3c4d (+64 %, 12 runs)"."""
    if trend.shape == "step" and trend.changes and trend.change is not None:
        newest = trend.changes[-1]
        word = "SLOWER" if trend.direction == "degrading" else "FASTER"
        size = f"{quantity.change(1 + trend.change)}, {quantity.counted(newest.runs, 'run')}"
        return f"{word} SINCE {_place(newest)} ({size})"
    runs = quantity.counted(trend.runs, "run")
    if trend.direction == "unknown":
        return "TOO FEW RUNS" + (f" ({clean_text(trend.note)})" if trend.note else f" ({runs})")
    if trend.change is not None:
        return f"{trend.direction.upper()} ({quantity.change(1 + trend.change)} over {runs})"
    word = "STABLE" if trend.direction == "stable" else "CAN'T TELL"
    return f"{word} ({_room(trend)}{runs})"


def _room(trend: Trend) -> str:
    """What a line through the runs may do: said with every trend that is not called."""
    if trend.interval is None or trend.interval == (0.0, 0.0):
        return ""
    return f"{quantity.change_interval((1 + trend.interval[0], 1 + trend.interval[1]))} over "


def trend_status(trend: Trend) -> str:
    """Where the newest value stands: "below target (2 s < 5 s)"; without a target, its direction."""
    if trend.target_s is None or not trend.values:
        words = {"degrading": "watch", "unknown": "not enough runs", "unclear": "no trend that noise doesn't make too"}
        return words.get(trend.direction, "good")
    now, target = quantity.duration(trend.values[-1]), quantity.duration(trend.target_s)
    if trend.values[-1] > trend.target_s:
        return f"over target ({now} > {target})"
    return (
        "degrading, but within target" if trend.direction == "degrading" else "within target"
    ) + f" ({now} < {target})"


def trend_word(trend: Trend) -> str:
    """The same in a word or two, for a table."""
    if trend.target_s is not None and trend.values and trend.values[-1] > trend.target_s:
        return "Over target"
    return {"degrading": "Watch", "unknown": "Too few runs", "unclear": "Can't tell"}.get(trend.direction, "Good")


def trend_kind(trend: Trend) -> str:
    """Direction and shape for a table: "↑ Step", "↓ Slope", "─ Stable"."""
    arrow = _ARROWS.get(trend.direction)
    if arrow is None:
        return {"stable": "─ Stable", "unclear": "~ Unclear"}.get(trend.direction, "? Unknown")
    return f"{arrow} {'Step' if trend.shape == 'step' else 'Slope'}"


def level_lines(trend: Trend) -> list[str]:
    """The changes of level of one benchmark, the newest first, without those it has in common with others."""
    own = [change for change in reversed(trend.changes) if change.benchmarks < COMMON]
    lines = [f"{quantity.change(c.ratio)} at {level_of(c)}" for c in own[:MAX_LEVELS]]
    return lines + ([f"and {len(own) - MAX_LEVELS} before"] if len(own) > MAX_LEVELS else [])


def memory_lines(trend: Trend) -> list[str]:
    """What one call holds, where that changed, the newest first, and what it leaves behind; nothing where it was not traced."""
    memory = trend.memory
    if memory is None:
        return []
    runs = quantity.counted(len(memory.held_bytes), "traced run")
    curve = chart.sparkline(memory.held_bytes[-20:]) if memory.steps or memory.note else ""
    among = "" if memory.steps or memory.note or len(memory.held_bytes) < FEW else _among(memory.held_bytes)
    lines = [f"one call holds {quantity.size(memory.held_bytes[-1])}{among} ({runs}) {curve}".rstrip()]
    if memory.leaks_since:
        since = short_sha(memory.leaks_since)
        lines.append(f"each call leaves {quantity.size(memory.left_bytes)} behind, since {since} at the latest")
    lines += [_memory_step(step) for step in reversed(memory.steps)][:MAX_LEVELS]
    if len(memory.steps) > MAX_LEVELS:
        lines.append(f"and {len(memory.steps) - MAX_LEVELS} before")
    return [*lines, *([memory.note] if memory.note else [])]


def _among(held: Sequence[float]) -> str:
    """What the runs hold, where no step is told: one that stands alone makes none, and is not the same for that."""
    least, most = min(held), max(held)
    if is_same(least, most):
        return ", the same in all of them"
    return f", {quantity.size(least)} to {quantity.size(most)} in all of them"


def _memory_step(step: MemoryStep) -> str:
    sizes = f"{quantity.size(step.before_bytes)} to {quantity.size(step.after_bytes)}"
    change = f"{quantity.change(step.after_bytes / step.before_bytes)}, {sizes}" if step.before_bytes > 0 else sizes
    where = " ".join(filter(None, (clean_text((step.at or "")[:10]), short_sha(step.sha)))) or clean_text(step.run)
    subject = f": {clean_text(step.subject, limit=80)}" if step.subject else ""
    return f"{change} at {where}, {quantity.counted(step.runs, 'run')}{subject}"


def common_levels(trends: Sequence[Trend]) -> list[str]:
    """The changes of level that several benchmarks have in common, the newest first, one line a commit."""
    groups: dict[tuple[str, bool], list[tuple[Trend, LevelChange]]] = {}
    for trend in trends:
        for change in trend.changes:
            if change.benchmarks >= COMMON:
                groups.setdefault((change.run, change.ratio > 1), []).append((trend, change))
    newest = sorted(groups.values(), key=lambda group: group[0][1].at or "", reverse=True)
    return [_common_line(group) for group in newest[:MAX_LEVEL_LINES]] + (
        [f"and {len(newest) - MAX_LEVEL_LINES} before"] if len(newest) > MAX_LEVEL_LINES else []
    )


def _common_line(group: Sequence[tuple[Trend, LevelChange]]) -> str:
    change = group[0][1]
    ratios = sorted(c.ratio for _, c in group)
    sizes = quantity.change(ratios[0])
    if len(ratios) > 1 and quantity.change(ratios[-1]) != sizes:
        sizes = f"{sizes} to {quantity.change(ratios[-1])}"
    called = ", ".join(names([trend.benchmark for trend, _ in group[:3]], limit=30))
    more = f" and {change.benchmarks - min(3, len(group))} more" if change.benchmarks > min(3, len(group)) else ""
    return f"{level_of(change)}: {change.benchmarks} benchmarks together, {sizes} ({called}{more})"


def level_of(change: LevelChange) -> str:
    """Where a change is and what git knows of it: "2026-10-02 1a2b3c4d, 12 runs: Parse lazily"."""
    words = f"{_place(change)}, {quantity.counted(change.runs, 'run')}"
    if change.commits is not None and change.commits > 1:
        words += f", {change.commits} commits since the run before"
    if change.subject:
        words += f": {clean_text(change.subject, limit=80)}"
    if change.touches_code is False:
        what = "it touches" if change.commits == 1 else "they touch"
        words += f" (no cause: {what} documentation and tooling only)"
    return words


def _place(change: LevelChange) -> str:
    where = short_sha(change.sha) or ("" if change.at else clean_text(change.run, limit=30))
    return " ".join(part for part in (clean_text((change.at or "")[:10]), where) if part)


def marks_of(trend: Trend) -> list[str]:
    """What stands at each run on a chart's axis: its day and commit."""
    pairs = zip(trend.dates or ("",) * len(trend.values), trend.shas or (None,) * len(trend.values), strict=False)
    return [" ".join(part for part in (clean_text(day, limit=10), short_sha(sha)) if part) for day, sha in pairs]


# --- on a page


def draw_trends(
    page: Page, trends: Sequence[Trend], *, charts: int = MAX_CHARTS, in_turns: Mapping[str, str] = NOTHING_MEASURED
) -> None:
    """The charts, at most `charts` of them, the changes of level in common, and the statistics of all trends.

    in_turns: by benchmark id, what measuring the newest run's code in turns gave.
    """
    longest = max(len(t.values) for t in trends)
    page.rule(f"PERFORMANCE TRENDS ({quantity.counted(longest, 'run')})")
    drawn = [t for t in trends if len(t.values) > 1][:charts]
    for i, trend in enumerate(drawn):
        if i:
            page.gap()
        _draw(page, trend, in_turns.get(trend.id, ""))
    hidden = sum(len(t.values) > 1 for t in trends) - len(drawn)
    if hidden:
        page.say(f"{hidden:,} more charts: bench-agent trend BENCHMARK", "dim", indent=2)
    lines = common_levels(trends)
    if lines:
        page.rule("CHANGES OF LEVEL IN COMMON")
        for line in lines:
            page.labelled("-", clean_text(line, limit=MAX_SENTENCE), indent=2)
    _statistics(page, trends)


def _draw(page: Page, trend: Trend, in_turns: str) -> None:
    page.say(f"{name(trend.benchmark)} ({metric_name(trend.metric)})", "bold", indent=2)
    page.verbatim(chart.draw_chart(trend.values, width=page.screen.width, target=trend.target_s, marks=marks_of(trend)))
    if in_turns:
        page.labelled("In turns:", in_turns, indent=2)
    page.labelled("Trend:", trend_verdict(trend), _STYLES[trend.direction], indent=2)
    if trend.velocity_s is not None:
        page.labelled("Velocity:", f"{quantity.duration_change(trend.velocity_s)} per run", indent=2)
    page.labelled("Status:", trend_status(trend), indent=2)
    for i, line in enumerate(level_lines(trend)):
        page.labelled("Levels:" if i == 0 else "", clean_text(line, limit=MAX_SENTENCE), indent=2, column=7)
    for i, line in enumerate(memory_lines(trend)):
        page.labelled("Memory:" if i == 0 else "", clean_text(line, limit=MAX_SENTENCE), indent=2, column=7)
    if trend.was:
        page.labelled("Was:", clean_text(trend.was, limit=MAX_SENTENCE), indent=2)
    note = trend.note if trend.direction != "unknown" else None  # else it is the verdict
    for text in (trend.concern, note):
        if text:
            page.say(clean_text(text, limit=MAX_SENTENCE), "dim", indent=2)


def _statistics(page: Page, trends: Sequence[Trend]) -> None:
    page.rule("TREND STATISTICS")
    wide = page.screen.width >= 100
    columns = [title for title in _CELLS if wide or title not in ("Per run", "Concern")]
    page.table(columns, [[_CELLS[title](trend) for title in columns] for trend in trends[:MAX_TRENDS]])
    if len(trends) > MAX_TRENDS:
        page.say(f"… and {len(trends) - MAX_TRENDS:,} more: bench-agent trend --json", "dim")
    word, lines = health(trends)
    page.labelled("Overall Health:", word, "bold green" if word == "HEALTHY" else "bold yellow")
    for line in (*lines, *_why_unknown(trends)):
        page.say(line, indent=2)


def _why_unknown(trends: Sequence[Trend]) -> list[str]:
    """Why so few runs could be taken, each reason once with how many benchmarks it is of."""
    why = Counter(clean_text(t.note, limit=200) for t in trends if t.direction == "unknown" and t.note)
    return [f"{quantity.counted(n, 'benchmark')}: {note}" for note, n in why.most_common(MAX_REASONS)]


_CELLS: dict[str, Callable[[Trend], str]] = {
    "Benchmark": lambda t: name(t.benchmark, limit=200),
    "Runs": lambda t: chart.sparkline(t.values[-max(t.runs, 1) :][-20:]),
    "Trend": trend_kind,
    "Change": lambda t: "-" if t.change is None else quantity.change(1 + t.change),
    "Per run": lambda t: quantity.duration_change(t.velocity_s),
    "Status": trend_word,
    "Concern": lambda t: clean_text(t.concern or "none", limit=40),
}
