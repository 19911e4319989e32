"""What a report says of one finding and of its suspects, in words: title, figures with their labels, causes."""

import math

from bench_agent.results.figure_texts import finding_change as finding_change
from bench_agent.results.figure_texts import metric_name as metric_name
from bench_agent.results.report import CLEARED, Finding, RunPoint, Suspect, exceeds_limit, is_accepted
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text, short_sha

RULES = {
    "step": "a step out of its own noise",
    "drift": "slow creep over its runs",
    "change_point": "a lasting new level",
    "target": "P95 over its target",
    "baseline": "over the accepted level",
    "counts": "more work is done",
    "seed_rule": "worsening runs, over the threshold",
    "together": "a step or creep that all benchmarks made together",
    "unclear": "stored runs: too few, or too noisy, to clear it",
    "open": "a question of an earlier run that was not settled",
}


def finding_title(finding: Finding) -> str:
    """What is claimed of a finding, and no more: a slowdown that was not measured again is suspected."""
    over = ", OVER TARGET" if "target" in finding.rules else ""
    if finding.verdict == "environment":
        told = (
            "SLOWER HERE, BUT SO IS THE OLD CODE" if finding.evidence.pairs else "SLOWER THAN THE SAME CODE WAS BEFORE"
        )
        return f"{told} (environment)"
    if finding.verdict == "undecided":
        return f"UNDECIDED{over}"
    if finding.verdict == "same":
        return "OVER TARGET, BUT NOT SLOWER THAN BEFORE" if over else "NO DIFFERENCE FOUND"
    if finding.confirmed and finding.ratio < 1:
        return "OVER TARGET, BUT FASTER THAN BEFORE" if over else "IMPROVEMENT CONFIRMED"
    if finding.ratio < 1 and not over:
        return "FASTER (not measured again)"
    if is_accepted(finding):
        return f"SLOWDOWN CONFIRMED, ACCEPTED BY THE CHANGE{over}"
    if finding.confirmed:
        return f"REGRESSION CONFIRMED{over}" if exceeds_limit(finding) else f"SLOWDOWN CONFIRMED, BELOW THE LIMIT{over}"
    if finding.rules == ("target",):
        return "OVER TARGET (not measured again)"
    return f"SUSPECTED SLOWDOWN{over} (not measured again)"


def finding_facts(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The figures of a finding with their labels, in reading order."""
    facts = [
        *([] if finding.mark in CLEARED else [("Severity", finding.severity.upper() + _until(finding))]),
        *_levels(finding),
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
    if finding.rules and finding.verdict != "faster":
        facts.append(("Raised by", "; ".join(RULES.get(r) or clean_text(r, limit=30) for r in finding.rules[:5])))
    if len(finding.runs) > 1:
        clock = "" if finding.metric == "median" else " (medians, wall time)"
        facts.append(("Runs", " · ".join(_run_point(p, finding.unit) for p in finding.runs[-5:]) + clock))
    facts += [("Work", clean_text(text)) for text in finding.counts[:3]]
    if finding.detectable is not None and finding.verdict == "undecided":
        facts.append(("Detectable", f"changes from {quantity.percent(finding.detectable)} on"))
    if finding.seconds_to_settle is not None:
        facts.append(("To settle", f"about {quantity.elapsed(finding.seconds_to_settle)} of measuring"))
    return tuple(facts)


def _levels(finding: Finding) -> list[tuple[str, str]]:
    """Both sides' figures, where they are known: a search tells the ratio alone."""
    sides = (
        ("Current", finding.current, metric_name(finding.metric)),
        ("Baseline", finding.baseline, clean_text(finding.baseline_kind, limit=60)),
    )
    return [
        (label, f"{quantity.value(amount, finding.unit)} ({of})")
        for label, amount, of in sides
        if amount is not None and math.isfinite(amount)
    ]


def _until(finding: Finding) -> str:
    """What may still raise the severity: nothing where the question is settled."""
    return " until it is confirmed" if finding.verdict in ("suspected", "undecided") else ""


def _change_and_limit(finding: Finding) -> str:
    """The change and, where it stands, its limit: what is not known to have changed exceeds none."""
    change = finding_change(finding)
    if finding.verdict == "undecided":
        return change if change == quantity.SAME else f"{change} so far"
    if change == quantity.SAME or finding.verdict in ("environment", "same") or finding.ratio < 1:
        return change
    limit = quantity.percent(finding.threshold)
    if finding.metric == "p95" and finding.baseline_kind == "target":
        return f"{change} (over the target)"
    if is_accepted(finding):
        return f"{change} (beyond the {limit} limit, and accepted)"
    return f"{change} ({'exceeds' if exceeds_limit(finding) else 'within'} the {limit} limit)"


def _evidence(finding: Finding) -> str:
    evidence = finding.evidence
    parts = [quantity.counted(evidence.pairs, "pair")] if evidence.pairs else []
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
    subject = clean_text(suspect.subject, limit=120)
    share = quantity.suspicion(suspect.score)
    if suspect.proved:
        share = "" if suspect.share is None else quantity.percent(suspect.share)
    parts = (subject, share) if suspect.sha == "uncommitted" else (short_sha(suspect.sha), share, subject)
    return " · ".join(part for part in parts if part)


def suspect_places(suspect: Suspect) -> str:
    """Where the suspect changed something: its functions if they are known, else its files; "" when neither is."""
    places = suspect.functions or suspect.files
    shown = ", ".join(clean_text(p, limit=80) for p in places[:3])
    return shown + (f" and {len(places) - 3} more" if len(places) > 3 else "")
