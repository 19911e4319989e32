"""What a report says, in words: the same sentences for terminal, markdown and web page.

Comes in: records of a finished report. Goes out: plain text without markup, repository text cleaned and bounded. How it is laid
out and escaped is each renderer's.
"""

import re
from collections.abc import Sequence

from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.results.report import BenchmarkRow, Finding, Report, RunInfo, RunPoint, Suspect, Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_CHANGES = 4
MAX_NAME = 60  # characters of a benchmark's name inside a sentence
MARKS = {
    "pass": "PASS",
    "suspected": "SLOWER?",
    "slower": "SLOWER",
    "regressed": "REGRESSED",
    "over_target": "OVER TARGET",
    "failed": "FAILED",
}
SYMBOLS = {"pass": "✓", "suspected": "▲", "slower": "▲", "regressed": "✗", "over_target": "✗", "failed": "✗"}
RULES = {
    "step": "a step out of its own noise",
    "drift": "slow creep over its runs",
    "change_point": "a lasting new level",
    "target": "P95 over its target",
    "baseline": "over the accepted level",
    "counts": "more work is done",
    "seed_rule": "worsening runs, over the threshold",
}
DIRECTIONS = {"improving": "↓ Down", "degrading": "↑ Up", "stable": "─ Stable", "unknown": "? Unknown"}
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
        quantity.elapsed(run.seconds) if run.seconds else "",  # an imported run does not say
        where,
        clean_text(run.python, limit=30),
        clean_text(run.machine, limit=60),
    )
    return tuple(part for part in parts if part)


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
    parts = []
    if s.failed:
        parts.append(f"{quantity.counted(s.failed, 'BENCHMARK', 'BENCHMARKS')} FAILED")
    if s.unmeasured:
        parts.append(f"{s.unmeasured:,} NOT MEASURED")
    if s.regressed:
        parts.append(f"{quantity.counted(s.regressed, 'REGRESSION', 'REGRESSIONS')} CONFIRMED")
    if s.slower > s.regressed:
        parts.append(f"{quantity.counted(s.slower - s.regressed, 'SLOWDOWN', 'SLOWDOWNS')} CONFIRMED BELOW THE LIMIT")
    if s.suspected:
        parts.append(quantity.counted(s.suspected, "SUSPECTED SLOWDOWN", "SUSPECTED SLOWDOWNS"))
    if s.over_target:
        parts.append(f"{s.over_target:,} OVER TARGET")
    total = s.benchmarks + s.failed
    if not parts:
        return f"ALL {s.benchmarks:,} BENCHMARKS PASSING" if s.benchmarks != 1 else "THE ONE BENCHMARK PASSES"
    return ", ".join([*parts, f"{s.passing:,} OF {total:,} PASSING"])


def comparison(report: Report) -> str:
    """How this run compares with the one before it, in one sentence; says so when there is nothing to compare with."""
    s = report.summary
    if not s.compared:
        return "nothing to compare with yet; the next run is compared with this one"
    slower = [f for f in report.regressions if f.verdict != "environment"]
    kinds = (
        ("slower", [f for f in slower if f.confirmed]),
        ("suspected slower", [f for f in slower if not f.confirmed]),
        ("faster", report.improvements),
        ("can't tell yet", report.inconclusive),
    )
    parts = [f"{len(findings)} {kind} ({_changes(findings)})" for kind, findings in kinds if findings]
    untold = s.undecided - len(report.inconclusive)
    if untold > 0:
        parts.append(f"{untold} can't be told yet (more time: --budget)")
    if not slower:
        parts.insert(0, f"none of {s.compared:,} {'found slower' if s.undecided else 'slower'}")
    elif s.geomean_ratio is not None:
        parts.append(f"{quantity.change(s.geomean_ratio)} over all {s.compared:,}")
    return ", ".join(parts)


def _changes(findings: Sequence[Finding]) -> str:
    shown = ", ".join(f"{name(f.benchmark, limit=30)} {quantity.change(f.ratio)}" for f in findings[:3])
    return shown + (f" and {len(findings) - 3} more" if len(findings) > 3 else "")


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
    singles = sum(r.rounds == 1 and r.p95_s is None for r in rows)
    if singles:
        texts.append(
            f"{quantity.counted(singles, 'benchmark')} of one round: no P95, and noise shows only from run to run"
        )
    return "; ".join(texts)


def finding_title(finding: Finding) -> str:
    """What is claimed of a finding, and no more: a slowdown that was not measured again is suspected."""
    if finding.verdict == "environment":
        return "SLOWER HERE, BUT SO IS THE OLD CODE (environment)"
    if finding.verdict == "inconclusive":
        return "CAN'T TELL YET"
    if finding.verdict == "same":
        return "NO DIFFERENCE FOUND"
    if finding.ratio < 1 and "target" not in finding.rules:
        return "IMPROVEMENT CONFIRMED" if finding.confirmed else "FASTER (not measured again)"
    over = ", OVER TARGET" if "target" in finding.rules else ""
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
    limit = finding.threshold
    beyond = (
        f"exceeds the {quantity.percent(limit)} limit"
        if finding.ratio >= 1 + limit
        else f"within the {quantity.percent(limit)} limit"
    )
    facts = [
        (
            "Severity",
            finding.severity.upper() + ("" if finding.confirmed or finding.ratio < 1 else " until it is confirmed"),
        ),
        ("Current", f"{quantity.value(finding.current, finding.unit)} ({metric})"),
        (
            "Baseline",
            f"{quantity.value(finding.baseline, finding.unit)} ({clean_text(finding.baseline_kind, limit=60)})",
        ),
        ("Change", f"{quantity.change(finding.ratio)} ({beyond})"),
    ]
    if finding.interval is not None:
        facts.append(("Measured", f"{quantity.change_interval(finding.interval)}{_evidence(finding)}"))
    elif finding.evidence.note:
        facts.append(("Evidence", clean_text(finding.evidence.note)))
    if finding.verdict == "environment" and finding.evidence.since:
        differs = "; ".join(clean_text(text) for text in finding.evidence.differs[:8])
        facts.append(("Differs", differs or "nothing that is recorded of machine, interpreter and packages"))
    if finding.target_s is not None:
        facts.append(("Target", f"P95 {quantity.duration(finding.target_s)}"))
    if finding.rules:
        facts.append(("Raised by", "; ".join(RULES.get(r) or clean_text(r, limit=30) for r in finding.rules[:5])))
    if finding.runs:
        facts.append(("Runs", " · ".join(_run_point(p, finding.unit) for p in finding.runs[-5:])))
    facts += [("Work", clean_text(text)) for text in finding.counts[:3]]
    if finding.detectable is not None and finding.verdict in ("inconclusive", "same"):
        facts.append(("Detectable", f"changes from {quantity.percent(finding.detectable)} on"))
    if finding.seconds_to_settle is not None:
        facts.append(("To settle", f"about {quantity.elapsed(finding.seconds_to_settle)} of measuring"))
    return tuple(facts)


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


def trend_verdict(trend: Trend) -> str:
    """The direction in words: "IMPROVING (-18 % over 10 runs)"."""
    if trend.direction == "unknown" or trend.change is None:
        return "UNKNOWN" + (
            f" ({clean_text(trend.note)})" if trend.note else f" ({quantity.counted(trend.runs, 'run')})"
        )
    return f"{trend.direction.upper()} ({quantity.change(1 + trend.change)} over {quantity.counted(trend.runs, 'run')})"


def level_changes(trend: Trend) -> str:
    """The newest changes of level, each with the commit of its first run: "+21 % since 1a2b3c4d (12 runs)"; "" for none."""
    shown = trend.changes[-MAX_CHANGES:]
    parts = (
        f"{quantity.change(c.ratio)} since {short_sha(c.sha) or clean_text(c.run, limit=30)} ({quantity.counted(c.runs, 'run')})"
        for c in shown
    )
    older = len(trend.changes) - len(shown)
    return ", ".join(parts) + (f", and {older} before" if older else "")


def trend_status(trend: Trend) -> str:
    """Where the newest value stands: "below target (2 s < 5 s)"; without a target, its direction."""
    if trend.target_s is None or not trend.values:
        return {"degrading": "watch", "unknown": "not enough runs"}.get(trend.direction, "good")
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
    return {"degrading": "Watch", "unknown": "Too few runs"}.get(trend.direction, "Good")


def health(trends: Sequence[Trend]) -> tuple[str, tuple[str, ...]]:
    """The state of all trends in one word, and how many go which way. Trends that nobody can tell are counted apart."""
    counts = {d: sum(t.direction == d for t in trends) for d in DIRECTIONS}
    over = sum(bool(t.values) and t.target_s is not None and t.values[-1] > t.target_s for t in trends)
    word = (
        "NEEDS WORK"
        if over
        else "WATCH"
        if counts["degrading"]
        else "HEALTHY"
        if counts["unknown"] < len(trends)
        else "TOO FEW RUNS"
    )
    lines = [f"{d.capitalize()}: {n}/{len(trends)} benchmarks" for d, n in counts.items() if n]
    if over:
        lines.insert(0, f"Over target: {over}/{len(trends)} benchmarks")
    return word, tuple(lines)
