"""The text of an issue for a slowdown: title, labels, and a body in Markdown that a stranger can act on."""

from bench_agent.report.words import change_in_words, metric_in_words, quoted, run_again
from bench_agent.results.report import Finding, Issue
from bench_agent.text import markup, quantity
from bench_agent.text.clean import clean_text

_PRIORITY = {"critical": "p0", "high": "p1", "medium": "p2", "low": "p3"}


def issue_for(finding: Finding) -> Issue:
    """The issue for a finding: title, labels p0 (critical) to p3 (low), and a body in markdown that a stranger can act on."""
    name = clean_text(finding.benchmark, limit=80)
    change = change_in_words(finding)
    so_far = " so far" if finding.verdict == "undecided" else ""
    told = "" if change == quantity.SAME else f" {change}{so_far}"
    title = f"{_kind(finding)}: {name} {metric_in_words(finding)}{told}"
    blamed = finding.verdict in ("slower", "suspected") and finding.rules != ("target",)
    labels = ("performance", *(("regression",) if blamed else ()), _PRIORITY[finding.severity])
    return Issue(title=title, labels=labels, body=_body(finding))


def _kind(finding: Finding) -> str:
    if finding.confirmed:
        return "Slowdown within its limit" if finding.severity == "low" else "Performance regression"
    if finding.verdict == "environment":
        return "Slower environment"
    if finding.verdict == "undecided":
        return "Undecided performance change"
    return "Over target" if finding.rules == ("target",) else "Suspected performance regression"


def _state(finding: Finding) -> str:
    """What is known, as what follows the benchmark's name."""
    pairs = quantity.counted(finding.evidence.pairs, "pair")
    if finding.confirmed:
        return f"got slower: confirmed by measuring both versions in turns ({pairs})"
    if finding.verdict == "environment" and finding.evidence.pairs:
        return f"takes longer than it did, and so does the old code, measured in turns ({pairs}): it is the environment"
    if finding.verdict == "environment":
        return "takes longer than it did at the very same commit: it is the environment"
    if finding.verdict == "undecided":
        return f"may have changed: undecided after measuring both versions in turns ({pairs})"
    if finding.rules == ("target",):
        return "is over its target"
    return "looks slower than in the stored runs: suspected, not measured again"


def _body(finding: Finding) -> str:
    value = quantity.value
    so_far = " so far" if finding.verdict == "undecided" else ""
    lines = [
        f"{markup.code(finding.benchmark)} {_state(finding)}.",
        "",
        "| | |",
        "|---|---|",
        f"| Current | {value(finding.current, finding.unit)} ({markup.prose(metric_in_words(finding), limit=40)}) |",
        f"| Baseline | {value(finding.baseline, finding.unit)} ({markup.prose(finding.baseline_kind, limit=60)}) |",
        f"| Change | **{change_in_words(finding)}**{so_far} (limit {quantity.percent(finding.threshold)}) |",
    ]
    if finding.interval is not None:
        lines.append(
            f"| Measured in turns | {quantity.change_interval(finding.interval)}, {finding.evidence.pairs} pairs |"
        )
    if finding.target_s is not None:
        lines.append(f"| Target | P95 {quantity.duration(finding.target_s)} |")
    lines.append(f"| Severity | {finding.severity} |")
    if finding.runs:
        lines += ["", "| Stored run | Median | Change |", "|---|---:|---:|"]
        lines += [
            f"| {markup.code(p.run, limit=20)} | {value(p.value, finding.unit)} | "
            f"{'' if p.ratio is None else quantity.change(p.ratio)} |"
            for p in finding.runs[-5:]
        ]
    if finding.suspects:
        lines += [
            "",
            "**Cause, proved by measurement**" if finding.suspects[0].proved else "**Suspects** (none proved)",
            "",
        ]
        for suspect in finding.suspects[:3]:
            lines.append(f"- {markup.prose(suspect.sha[:12])} {markup.code(suspect.subject)}")
            lines += [f"  - {markup.prose(text)}" for text in suspect.evidence[:3]]
    again = [finding.next_command] if finding.next_command and not finding.confirmed else [run_again(finding.id)]
    if finding.verdict != "environment":
        again.append(f"pytest {quoted(finding.id)}")
    lines += ["", "See for yourself:", "", markup.fenced("\n".join(again))]
    return "\n".join(lines) + "\n"
