"""What a report says of a whole run, in words: the same sentences for terminal, Markdown and web page.

Takes a finished report, returns plain text without markup, repository text cleaned and bounded. How it is laid out and escaped
is each renderer's. Single findings and rows of the table have `finding_wording` and `row_wording`.
"""

import re
from collections.abc import Sequence

from bench_agent.render.finding_wording import finding_change
from bench_agent.results.figure_texts import overall_change
from bench_agent.results.report import CLEARED, Finding, Mark, Report, RunInfo
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import tell_apart
from bench_agent.text.clean import clean_text, short_sha

MAX_NAME = 200  # characters of a benchmark's name that stands alone: in a heading, in a row
MARKS: dict[Mark, str] = {
    "failed": "FAILED",
    "regressed": "REGRESSED",
    "over_target": "OVER TARGET",
    "slower": "SLOWER",
    "suspected": "SUSPECTED",
    "undecided": "UNDECIDED",
    "environment": "ENVIRONMENT",
    "vanished": "VANISHED",
    "new": "NEW",
    "faster": "FASTER",
    "untouched": "UNTOUCHED",
    "pass": "PASS",
}
# Where emoji are shown: comments, summaries.
ICONS: dict[Mark, str] = {
    "failed": "❌",
    "regressed": "❌",
    "over_target": "❌",
    "slower": "⚠️",
    "suspected": "⚠️",
    "undecided": "❔",
    "environment": "ℹ️",
    "vanished": "➖",
    "new": "🆕",
    "faster": "⚡",
    "untouched": "✅",
    "pass": "✅",
}
SYMBOLS: dict[Mark, str] = {  # a tick only where it was shown that the code is not slower
    "failed": "✗",
    "regressed": "✗",
    "over_target": "✗",
    "slower": "▲",
    "suspected": "▲",
    "undecided": "?",
    "environment": "·",
    "vanished": "·",
    "new": "·",
    "faster": "✓",
    "untouched": "✓",
    "pass": "✓",
}
SECTIONS = (  # of the recommendations: field, title, in the order of urgency
    ("optimize_now", "Optimize now"),
    ("monitor", "Monitor closely"),
    ("celebrate", "Celebrate success"),
    ("maintain", "Maintain"),
    ("next_targets", "Next targets"),
    ("tips", "Tips"),
)


def name(text: str, *, limit: int = MAX_NAME) -> str:
    """A benchmark's name cut in the middle: parameters at its end tell one from another."""
    whole = clean_text(text, limit=400)
    if len(whole) <= limit:
        return whole or "(no name)"
    head = (limit - 1) * 2 // 3
    return whole[:head] + "…" + whole[len(whole) - (limit - 1 - head) :]


def names(texts: Sequence[str], *, limit: int) -> list[str]:
    """Benchmarks' names for one sentence or list, cut so that different ones stay different; longer where they must be."""
    return tell_apart([name(text) for text in texts], limit)


def run_parts(run: RunInfo) -> tuple[str, ...]:
    """What was run, when, how long, on what, the most telling first: "make benchmark", "2026-11-23 14:15 UTC", "41 s", ..."""
    where = " ".join(part for part in (clean_text(run.branch or "", limit=40), short_sha(run.sha)) if part)
    if run.dirty:
        where = f"{where} + uncommitted".strip(" +")
    parts = (
        clean_text(run.command, limit=60) + (" (quick)" if run.quick else ""),
        moment(run.started_at),
        _how_long(run),
        where,
        clean_text(run.python, limit=30),
        clean_text(run.machine, limit=60),
    )
    return tuple(part for part in parts if part)


def _how_long(run: RunInfo) -> str:
    """ "41 s"; with the suite's own share where measuring again took as long; "" for an imported run, which does not say."""
    if not run.seconds:
        return ""
    suite = f" (suite {quantity.elapsed(run.suite_s)})" if run.suite_s and run.seconds > 1.5 * run.suite_s else ""
    return quantity.elapsed(run.seconds) + suite


def moment(at: str) -> str:
    """An ISO 8601 time in UTC to the minute: "2026-11-23 14:15 UTC"."""
    text = clean_text(at, limit=40)
    return f"{text[:10]} {text[11:16]} UTC" if len(text) >= 16 and text[10] in "T " else text


def overall(report: Report) -> str:
    """The verdict in capitals: "ALL 12 BENCHMARKS PASSING", "2 SUSPECTED SLOWDOWNS, 10 OF 12 PASSING"."""
    s = report.summary
    if report.status == "running":
        return "STILL RUNNING"
    if report.status == "no_results":
        return "NOTHING WAS MEASURED"
    if report.status == "not_compared":
        return f"NOTHING COMPARED, {quantity.counted(s.benchmarks, 'BENCHMARK', 'BENCHMARKS')} MEASURED"
    grown = s.memory_regressed or 0
    counts = (
        (s.failed, f"{quantity.counted(s.failed, 'BENCHMARK', 'BENCHMARKS')} FAILED"),
        (s.unmeasured, f"{s.unmeasured:,} NOT MEASURED"),
        (s.regressed, f"{quantity.counted(s.regressed, 'REGRESSION', 'REGRESSIONS')} CONFIRMED"),
        (
            s.slower - s.regressed,
            f"{quantity.counted(s.slower - s.regressed, 'SLOWDOWN', 'SLOWDOWNS')} CONFIRMED BELOW THE LIMIT",
        ),
        (s.suspected, quantity.counted(s.suspected, "SUSPECTED SLOWDOWN", "SUSPECTED SLOWDOWNS")),
        (s.over_target, f"{s.over_target:,} OVER TARGET"),
        (grown, quantity.counted(grown, "MEMORY REGRESSION", "MEMORY REGRESSIONS")),
        (s.undecided, f"{s.undecided:,} UNDECIDED"),
        (s.environment, f"{s.environment:,} SLOWER BY THE ENVIRONMENT"),
        (s.new, f"{s.new:,} NEW"),
        (s.vanished, f"{s.vanished:,} VANISHED"),
    )
    parts = [text for number, text in counts if number > 0]
    total = s.benchmarks + s.failed
    if not parts:
        return f"ALL {s.benchmarks:,} BENCHMARKS PASSING" if s.benchmarks != 1 else "THE ONE BENCHMARK PASSES"
    if s.passing or not s.environment:
        parts.append(f"{s.passing:,} OF {total:,} PASSING")
    return ", ".join(parts)


def overall_mark(report: Report) -> Mark:
    """The mark whose symbol and colour stand for the whole run."""
    s = report.summary
    if report.status in ("failed", "regressed", "no_results"):
        return "failed"
    if s.suspected or s.slower:
        return "suspected"
    if report.status == "passing" and (s.environment or s.vanished or s.new):
        return "environment" if s.environment else "vanished" if s.vanished else "new"
    return {"undecided": "undecided", "not_compared": "new", "running": "new"}.get(report.status, "pass")  # type: ignore[return-value]


def against(report: Report) -> str:
    """What the run was compared with, as a heading: "Against 1a2b3c4d, in turns", "Against stored runs"."""
    bases = list(dict.fromkeys(row.against for row in report.benchmarks if row.against))
    if bases:
        return f"Against {', '.join(map(short_sha, bases))}, in turns"
    return "Against stored runs" if report.summary.compared else "Comparison"


def comparison(report: Report) -> str:
    """How this run compares with `against`, in one sentence; says so when nothing was compared."""
    s = report.summary
    if not s.compared and not s.undecided and not s.untouched:
        return f"with nothing{_why_not(report)}"
    # What is over its target and not slower is no slowdown.
    slower = [
        f for f in report.regressions if f.verdict == "slower" or (f.verdict == "suspected" and f.rules != ("target",))
    ]
    # What was not measured in turns with `against` is told by what it is told by.
    undecided = [f for f in report.undecided if f.evidence.pairs or not s.measured_in_turns]
    open_by_runs = [f for f in report.undecided if f.evidence.pairs == 0 and s.measured_in_turns]
    around = s.environment
    loose = " by stored runs" if s.measured_in_turns else ""
    kinds = (
        ("slower", [f for f in slower if f.confirmed]),
        (f"suspected slower{loose}", [f for f in slower if not f.confirmed]),
        ("undecided", undecided),
        ("undecided by stored runs", open_by_runs),
        ("faster", [f for f in report.improvements if f.confirmed]),
    )
    parts = [f"{len(findings)} {kind} ({_changes(findings)})" for kind, findings in kinds if findings]
    if better := [f for f in report.improvements if not f.confirmed]:
        parts.append(f"{len(better)} look{'s' * (len(better) == 1)} faster{loose} ({_changes(better)})")
    held = sum(
        row.mark == "undecided" and row.next_command is None and row.message is not None for row in report.benchmarks
    )
    if held:
        parts.append(f"{held} not compared: what differs is on both sides")
    if s.undecided > len(report.undecided) + held:
        parts.append(f"{s.undecided - len(report.undecided) - held} undecided (more time: --budget)")
    looser = sum(row.ratio is None and row.ratio_last is not None and row.mark in CLEARED for row in report.benchmarks)
    looser = looser if s.measured_in_turns and report.run.compared_with else 0
    decided = s.compared + s.untouched - len(report.undecided) - around - looser
    if not slower and decided > 0:
        parts.insert(0, f"none of {decided:,}{' decided' if s.undecided or around else ''} slower")
    if around:
        parts.append(f"{around:,} slower by the environment, not the code")
    if s.untouched:
        parts.append(f"{s.untouched:,} untouched: nothing they execute changed")
    if s.measured_in_turns > 1 and s.geomean_ratio is not None and not s.undecided:
        parts.append(f"{overall_change(s.geomean_ratio)} over the {s.measured_in_turns:,} measured in turns")
    if looser:
        parts.append(f"{looser:,} not slower by stored runs")
    return ", ".join(parts)


def _why_not(report: Report) -> str:
    """The reason, from the headline, which has it."""
    _, found, why = report.summary.headline.partition("none compared: ")
    return f": {clean_text(why, limit=300)}" if found else ""


def _changes(findings: Sequence[Finding]) -> str:
    called = names([f.benchmark for f in findings[:3]], limit=30)
    shown = ", ".join(f"{text} {_change(f)}" for text, f in zip(called, findings, strict=False))
    return shown + (f" and {len(findings) - 3} more" if len(findings) > 3 else "")


def _change(finding: Finding) -> str:
    change = finding_change(finding)
    return f"{change} so far" if finding.verdict == "undecided" and change != quantity.SAME else change


def memory(report: Report) -> str:
    """Peak and average memory of the run's processes, "" when it was not measured."""
    s = report.summary
    if s.peak_bytes is None:
        return ""
    return (
        f"peak {quantity.size(s.peak_bytes)}"
        + ("" if s.mean_bytes is None else f", average {quantity.size(s.mean_bytes)}")
        + " (whole process)"
    )


def split_command(text: str) -> tuple[str, str]:
    """A sentence of advice and the command at its end, "" when it has none: so that the command can be shown as one."""
    found = _COMMAND.search(text)
    return (text[: found.start()], found[0]) if found else (text, "")


_COMMAND = re.compile(r"(?<=: )(?:bench-agent|git|pytest(?= \S+::)) .+$")
