"""The text of an issue for more memory: of what a run proved on both versions, or of what stored runs show."""

from collections.abc import Sequence

from bench_agent.detect.memory import LEAST_BYTES
from bench_agent.records import CallMemory
from bench_agent.report.words import quoted
from bench_agent.results.memory import GrownLine, MemoryRow
from bench_agent.results.report import Issue
from bench_agent.results.trends import MemoryStep, MemoryTrend, Trend
from bench_agent.text import markup, quantity
from bench_agent.text.clean import clean_text

MOST_LINES = 3


def issue_of_both(time: Issue | None, memory: Issue | None, name: str) -> Issue | None:
    """One issue for a benchmark that got slower and holds or leaks more; the one there is, where it did only one of both.

    name: as both titles have it.
    """
    if time is None or memory is None:
        return time or memory
    told = memory.title.partition(": ")[2].removeprefix(clean_text(name, limit=80)).strip()
    return Issue(
        title=f"{time.title}; memory: {told}",
        labels=tuple(dict.fromkeys([*time.labels, *memory.labels])),
        body=f"{time.body.rstrip()}\n\n## Memory\n\n{memory.body}",
    )


def issue_of_memory(row: MemoryRow, name: str) -> Issue:
    """The issue for a regression of memory that was traced on both versions."""
    sizes = (row.base_bytes, row.head_bytes)
    leaks = f"each call leaves {quantity.size(row.head_left_bytes)} behind" if row.leaks else ""
    title = f"Memory regression: {clean_text(name, limit=80)} {_told(sizes) if row.regressed else leaks}"
    facts = [*_held(sizes), ("Change", f"**{_change(sizes)}** (limit {_limit(row)})")]
    if row.leaks:
        facts.append(("Left behind", f"{quantity.size(row.head_left_bytes)} a call, was {_was_left(row)}"))
    facts.append(("Traced", f"{row.sessions} sessions of each version"))
    body = [
        f"{markup.code(name)} holds or leaks more memory: traced on both versions, with several hash seeds.",
        *_table(facts),
        *_where("Held at the peak", row.lines, "more"),
        *_where("Left behind, by few calls; above by many", row.left_lines if row.leaks else (), "a call more"),
        *_again([row.next_command or "", f"bench-agent run --profile memory -k {quoted(name.partition('[')[0])}"]),
    ]
    return Issue(title=title, labels=("performance", "memory", "regression"), body="\n".join(body) + "\n")


def issue_of_memory_trend(trend: Trend, limit: float, accepted: CallMemory | None = None) -> Issue | None:
    """The issue for what stored runs show of one benchmark's memory; None where they show no regression of it."""
    memory = trend.memory
    if memory is None:
        return None
    step = memory.steps[-1] if memory.steps else None
    if step is None or not _is_beyond(step, limit, accepted):
        new = memory.leaks_since and memory.left_bytes >= 2 * (accepted.left_bytes if accepted else 0.0)
        return _of_leak(trend, memory) if new else None
    sizes = (step.before_bytes, step.after_bytes)
    facts = [*_held(sizes), ("Change", f"**{_change(sizes)}** (limit {quantity.percent(limit)})")]
    facts.append(("Since", " ".join(filter(None, [(step.at or "")[:10], step.sha, step.subject]))))
    if memory.leaks_since:
        facts.append(("Left behind", f"{quantity.size(memory.left_bytes)} a call"))
    good = f" --good {step.previous_sha}" if step.previous_sha else " --good REV"
    return _suspected(trend, f"{clean_text(trend.benchmark, limit=80)} {_told(sizes)}", facts, good)


def _is_beyond(step: MemoryStep, limit: float, accepted: CallMemory | None) -> bool:
    level = max(step.before_bytes, accepted.held_bytes if accepted else 0)
    return step.after_bytes - level >= max(limit * level, LEAST_BYTES)


def _of_leak(trend: Trend, memory: MemoryTrend) -> Issue:
    left = quantity.size(memory.left_bytes)
    facts = [("Left behind", f"{left} a call"), ("Since", f"{memory.leaks_since} at the latest")]
    title = f"{clean_text(trend.benchmark, limit=80)} leaves {left} behind at each call"
    return _suspected(trend, title, facts, " --good REV")


def _suspected(trend: Trend, title: str, facts: Sequence[tuple[str, str]], good: str) -> Issue:
    body = [
        f"{markup.code(trend.benchmark)} holds or leaks more memory in the stored runs: suspected, not traced again.",
        *_table(facts),
        *_again([f"bench-agent bisect {quoted(trend.benchmark)} --metric memory{good}"]),
    ]
    text = "\n".join(body) + "\n"
    return Issue(title=f"Suspected memory regression: {title}", labels=("performance", "memory"), body=text)


def _told(sizes: tuple[float, float]) -> str:
    return f"{_change(sizes)} ({quantity.size(sizes[0])} -> {quantity.size(sizes[1])})"


def _change(sizes: tuple[float, float]) -> str:
    return quantity.change(sizes[1] / sizes[0]) if sizes[0] > 0 else f"+{quantity.size(sizes[1])}"


def _limit(row: MemoryRow) -> str:
    return quantity.size(row.target_bytes) if row.target_bytes else quantity.percent(row.limit)


def _was_left(row: MemoryRow) -> str:
    return quantity.size(row.base_left_bytes) if row.base_left_bytes else "nothing"


def _held(sizes: tuple[float, float]) -> list[tuple[str, str]]:
    return [("One call holds", quantity.size(sizes[1])), ("It held", quantity.size(sizes[0]))]


def _table(facts: Sequence[tuple[str, str]]) -> list[str]:
    """Figures are ours; what comes from the repository is in backticks or escaped."""
    rows = [f"| {key} | {value if value.startswith('**') else markup.prose(value)} |" for key, value in facts]
    return ["", "| | |", "|---|---|", *rows]


def _where(title: str, lines: Sequence[GrownLine], unit: str) -> list[str]:
    if not lines:
        return []
    told = [
        f"- {markup.code(f'{line.path}:{line.line}')} {quantity.size(line.head_bytes - line.base_bytes)} {unit}: "
        f"{markup.code(line.text)}"
        for line in lines[:MOST_LINES]
    ]
    return ["", f"**{title}**", "", *told]


def _again(commands: Sequence[str]) -> list[str]:
    return ["", "See for yourself:", "", markup.fenced("\n".join(command for command in commands if command))]
