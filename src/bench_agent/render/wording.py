"""What a report says, in words: the same sentences for terminal, markdown and web page.

Comes in: records of a finished report. Goes out: plain text without markup, repository text cleaned and bounded. How it is laid
out and escaped is each renderer's.
"""

import re
from collections.abc import Sequence

from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.results.report import CLEARED, BenchmarkRow, Finding, Mark, Report, RunInfo, RunPoint, Suspect
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import tell_apart
from bench_agent.text.clean import clean_text

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
RULES = {
    "step": "a step out of its own noise",
    "drift": "slow creep over its runs",
    "change_point": "a lasting new level",
    "target": "P95 over its target",
    "baseline": "over the accepted level",
    "counts": "more work is done",
    "seed_rule": "worsening runs, over the threshold",
    "together": "a step that all benchmarks made together",
    "open": "a question of an earlier run that was not settled",
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


def short_sha(sha: str | None) -> str:
    """Eight digits of a commit, or "uncommitted"."""
    return clean_text(sha or "", limit=40)[:8] if sha != "uncommitted" else "uncommitted"


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
    slower = [f for f in report.regressions if f.verdict != "environment"]
    undecided = [f for f in report.inconclusive if f.mark == "undecided"]
    around = s.environment
    loose = " by stored runs" if s.measured_in_turns else ""
    kinds = (
        ("slower", [f for f in slower if f.confirmed]),
        ("suspected slower", [f for f in slower if not f.confirmed]),
        ("undecided", undecided),
        ("faster", [f for f in report.improvements if f.confirmed]),
        (f"faster{loose}", [f for f in report.improvements if not f.confirmed]),
    )
    parts = [f"{len(findings)} {kind} ({_changes(findings)})" for kind, findings in kinds if findings]
    if s.undecided > len(undecided):
        parts.append(f"{s.undecided - len(undecided)} undecided (more time: --budget)")
    decided = s.compared + s.untouched - len(undecided) - around
    if not slower and decided > 0:
        parts.insert(0, f"none of {decided:,}{' decided' if s.undecided or around else ''} slower")
    if around:
        parts.append(f"{around:,} slower by the environment, not the code")
    if s.untouched:
        parts.append(f"{s.untouched:,} untouched: nothing they execute changed")
    if s.measured_in_turns > 1 and s.geomean_ratio is not None and not s.undecided:
        parts.append(f"{quantity.change(s.geomean_ratio)} over the {s.measured_in_turns:,} measured in turns")
    if s.compared > s.measured_in_turns > 0 and report.run.compared_with:
        parts.append("the others against stored runs")
    return ", ".join(parts)


def _why_not(report: Report) -> str:
    """The reason, from the headline, which has it."""
    _, found, why = report.summary.headline.partition("none compared: ")
    return f": {clean_text(why, limit=300)}" if found else ""


def _changes(findings: Sequence[Finding]) -> str:
    called = names([f.benchmark for f in findings[:3]], limit=30)
    shown = ", ".join(f"{text} {finding_change(f)}" for text, f in zip(called, findings, strict=False))
    return shown + (f" and {len(findings) - 3} more" if len(findings) > 3 else "")


def finding_change(finding: Finding) -> str:
    """The change of a finding: "+31 %"; `~` where what was measured can't be told from no change."""
    return quantity.told_change(finding.ratio, finding.interval, same=finding.verdict == "same")


def row_change(row: BenchmarkRow) -> str:
    """The change of a row that was measured in turns: "+31 %", "~"; "+89 % so far" while it is undecided; "" for others."""
    if row.ratio is None:
        return ""
    same = row.mark in ("pass", "environment")
    text = quantity.told_change(row.ratio, row.interval, same=same)
    return f"{text} so far" if row.mark == "undecided" and text != quantity.SAME else text


def row_interval(row: BenchmarkRow) -> str:
    """The interval of that change, and the pairs it rests on where they are too few for one."""
    if row.ratio is None:
        return ""
    return quantity.change_interval(row.interval) if row.interval else quantity.counted(row.pairs or 0, "pair")


def row_last(row: BenchmarkRow) -> str:
    """The loose change against the last run; "" where a better one is known, or none."""
    return "" if row.ratio_last is None else quantity.change(row.ratio_last)


def memory(report: Report) -> str:
    """Peak and average memory of the run, "" when it was not measured."""
    s = report.summary
    if s.peak_bytes is None:
        return ""
    return f"peak {quantity.size(s.peak_bytes)}" + (
        "" if s.mean_bytes is None else f", average {quantity.size(s.mean_bytes)}"
    )


def p95(row: BenchmarkRow) -> str:
    """The 95th percentile, marked with * where too few rounds make it the maximum; "-" for a single round."""
    text = quantity.duration(row.p95_s)
    return text + "*" if row.p95_is_max and row.p95_s is not None else text


def time_title(rows: Sequence[BenchmarkRow]) -> str:
    """What the times in the table are: "Median"; of imported files without rounds "Mean", or "Time" where it is not the same."""
    figures = {r.figure or "median" for r in rows if r.median_s is not None} or {"median"}
    return figures.pop().capitalize() if len(figures) == 1 else "Time"


def p95_footnote(rows: Sequence[BenchmarkRow]) -> str:
    """What the * means, with how many rounds there were, and why others have no P95; "" when there is nothing to say."""
    texts = []
    rounds = sorted({r.rounds for r in rows if r.p95_is_max and r.p95_s is not None})
    few = [n for n in rounds if n < MIN_ROUNDS_P95]
    if few:
        seen = f"max of {few[0]}" if len(few) == 1 else f"max of {few[0]} to {few[-1]} rounds"
        texts.append(f"* fewer than 20 rounds: P95 is the largest value seen ({seen})")
    if len(rounds) > len(few):
        texts.append("* single rounds were not kept: P95 is the largest value seen")
    for figure, words in (("mean", "is the mean"), ("time", "is what the file calls so"), ("median", "is the median")):
        if count := sum(r.figure == figure for r in rows):
            texts.append(f"the file has no rounds of {quantity.counted(count, 'benchmark')}: the time {words}, no P95")
    singles = sum(r.rounds == 1 and r.p95_s is None and not r.figure for r in rows)
    if singles:
        texts.append(
            f"{quantity.counted(singles, 'benchmark')} of one round: no P95, and noise shows only from run to run"
        )
    return "; ".join(texts)


def finding_title(finding: Finding) -> str:
    """What is claimed of a finding, and no more: a slowdown that was not measured again is suspected."""
    over = ", OVER TARGET" if "target" in finding.rules else ""
    if finding.verdict == "environment":
        told = (
            "SLOWER HERE, BUT SO IS THE OLD CODE" if finding.evidence.pairs else "SLOWER THAN THE SAME CODE WAS BEFORE"
        )
        return f"{told} (environment)"
    if finding.verdict == "inconclusive":
        return f"UNDECIDED{over}"
    if finding.verdict == "same":
        return "OVER TARGET, BUT NOT SLOWER THAN BEFORE" if over else "NO DIFFERENCE FOUND"
    if finding.confirmed and finding.ratio < 1:
        return "OVER TARGET, BUT FASTER THAN BEFORE" if over else "IMPROVEMENT CONFIRMED"
    if finding.ratio < 1 and not over:
        return "FASTER (not measured again)"
    if finding.confirmed:
        return (
            f"SLOWDOWN CONFIRMED, BELOW THE LIMIT{over}" if finding.severity == "low" else f"REGRESSION CONFIRMED{over}"
        )
    if finding.rules == ("target",):
        return "OVER TARGET (not measured again)"
    return f"SUSPECTED SLOWDOWN{over} (not measured again)"


def finding_facts(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The figures of a finding with their labels, in reading order."""
    metric = metric_name(finding.metric)
    facts = [
        *([] if finding.mark in CLEARED else [("Severity", finding.severity.upper() + _until(finding))]),
        ("Current", f"{quantity.value(finding.current, finding.unit)} ({metric})"),
        (
            "Baseline",
            f"{quantity.value(finding.baseline, finding.unit)} ({clean_text(finding.baseline_kind, limit=60)})",
        ),
        ("Change", _change_and_limit(finding)),
    ]
    if finding.interval is not None:
        facts.append(("Measured", f"{quantity.change_interval(finding.interval)}{_evidence(finding)}"))
    elif finding.evidence.pairs:
        facts.append(("Measured", f"too few pairs for an interval{_evidence(finding)}"))
    if finding.evidence.note:
        facts.append(("Note" if finding.evidence.pairs else "Evidence", clean_text(finding.evidence.note)))
    if finding.verdict == "environment" and finding.evidence.since:
        differs = "; ".join(clean_text(text) for text in finding.evidence.differs[:8])
        facts.append(("Differs", differs or "nothing that is recorded of machine, interpreter and packages"))
    if finding.target_s is not None:
        facts.append(("Target", f"P95 {quantity.duration(finding.target_s)}"))
    if finding.rules:
        facts.append(("Raised by", "; ".join(RULES.get(r) or clean_text(r, limit=30) for r in finding.rules[:5])))
    if len(finding.runs) > 1:
        facts.append(("Runs", " · ".join(_run_point(p, finding.unit) for p in finding.runs[-5:])))
    facts += [("Work", clean_text(text)) for text in finding.counts[:3]]
    if finding.detectable is not None and finding.verdict in ("inconclusive", "same"):
        facts.append(("Detectable", f"changes from {quantity.percent(finding.detectable)} on"))
    if finding.seconds_to_settle is not None:
        facts.append(("To settle", f"about {quantity.elapsed(finding.seconds_to_settle)} of measuring"))
    return tuple(facts)


def _until(finding: Finding) -> str:
    """What may still raise the severity: nothing where the question is settled."""
    return " until it is confirmed" if finding.verdict in ("suspected", "inconclusive") else ""


def _change_and_limit(finding: Finding) -> str:
    """The change and, where it stands, its limit: what is not known to have changed exceeds none."""
    change = finding_change(finding)
    if finding.verdict == "inconclusive":
        return change if change == quantity.SAME else f"{change} so far"
    if change == quantity.SAME or finding.verdict in ("environment", "same") or finding.ratio < 1:
        return change
    limit = quantity.percent(finding.threshold)
    if finding.metric == "p95" and finding.baseline_kind == "target":
        return f"{change} (over the target)"
    return f"{change} ({'exceeds' if finding.ratio >= 1 + finding.threshold else 'within'} the {limit} limit)"


def metric_name(metric: str) -> str:
    """A metric as readers know it: "P95", "median"."""
    if metric[:1] == "p" and metric[1:].isdigit():
        return metric.upper()
    return clean_text(metric, limit=30).replace("cpu", "CPU")


def _evidence(finding: Finding) -> str:
    evidence = finding.evidence
    parts = [f"{evidence.pairs} pairs"] if evidence.pairs else []
    if evidence.seconds:
        parts.append(quantity.elapsed(evidence.seconds))
    return f" ({', '.join(parts)})" if parts else ""


def _run_point(point: RunPoint, unit: str) -> str:
    label = "now" if point.run == "current" else clean_text(point.run, limit=10)
    return f"{label}: {quantity.value(point.value, unit)}" + (
        "" if point.ratio is None else f" ({quantity.change(point.ratio)})"
    )


def suspects_title(finding: Finding) -> str:
    """The heading over the suspects: they are suspects until a measurement proves one."""
    if any(s.proved for s in finding.suspects):
        return "Cause (proved by measurement; % of the slowdown)"
    return "Suspects (none proved; % of the suspicion)"


def suspect_line(suspect: Suspect) -> str:
    """A suspect in one line: "1a2b3c4d · 62 % · Rank documents by every token"."""
    weight = suspect.share if suspect.proved else suspect.score
    subject = clean_text(suspect.subject, limit=120)
    share = "" if weight is None else quantity.percent(weight)
    parts = (subject, share) if suspect.sha == "uncommitted" else (short_sha(suspect.sha), share, subject)
    return " · ".join(part for part in parts if part)


def suspect_places(suspect: Suspect) -> str:
    """Where the suspect changed something: its functions if they are known, else its files; "" when neither is."""
    places = suspect.functions or suspect.files
    shown = ", ".join(clean_text(p, limit=80) for p in places[:3])
    return shown + (f" and {len(places) - 3} more" if len(places) > 3 else "")


def split_command(text: str) -> tuple[str, str]:
    """A sentence of advice and the command at its end, "" when it has none: so that the command can be shown as one."""
    found = _COMMAND.search(text)
    return (text[: found.start()], found[0]) if found else (text, "")


_COMMAND = re.compile(r"(?<=: )(?:bench-agent|git|pytest(?= \S+::)) .+$")
