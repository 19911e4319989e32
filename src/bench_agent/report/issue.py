"""The text of an issue for a slowdown: title, labels, and a body in Markdown that a stranger can act on."""

from bench_agent.report.words import metric_in_words, quoted, run_again
from bench_agent.results.report import Finding, Issue
from bench_agent.text import markup, quantity
from bench_agent.text.clean import clean_text

_PRIORITY = {"critical": "p0", "high": "p1", "medium": "p2", "low": "p3"}


def issue_for(finding: Finding) -> Issue:
    """The issue for a finding: title, labels p0 (critical) to p3 (low), and a body in markdown that a stranger can act on."""
    name = clean_text(finding.benchmark, limit=80)
    kind = "Performance regression" if finding.confirmed else "Suspected performance regression"
    title = f"{kind}: {name} {metric_in_words(finding)} {quantity.change(finding.ratio)}"
    return Issue(title=title, labels=("performance", "regression", _PRIORITY[finding.severity]), body=_body(finding))


def _body(finding: Finding) -> str:
    value = quantity.value
    state = (
        "confirmed by measuring both versions again" if finding.confirmed else "suspected; it was not measured again"
    )
    lines = [
        f"{markup.code(finding.benchmark)} got slower: {state}.",
        "",
        "| | |",
        "|---|---|",
        f"| Current | {value(finding.current, finding.unit)} ({markup.prose(metric_in_words(finding), limit=40)}) |",
        f"| Baseline | {value(finding.baseline, finding.unit)} ({markup.prose(finding.baseline_kind, limit=60)}) |",
        f"| Change | **{quantity.change(finding.ratio)}** (limit {quantity.percent(finding.threshold)}) |",
    ]
    if finding.interval is not None:
        lines.append(
            f"| Measured again | {quantity.change_interval(finding.interval)}, {finding.evidence.pairs} pairs |"
        )
    if finding.target_s is not None:
        lines.append(f"| Target | P95 {quantity.duration(finding.target_s)} |")
    lines.append(f"| Severity | {finding.severity} |")
    if finding.runs:
        lines += ["", "| Run | Value | Change |", "|---|---:|---:|"]
        lines += [
            f"| {markup.code(p.run, limit=20)} | {value(p.value, finding.unit)} | {quantity.change(p.ratio)} |"
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
    lines += ["", "Measure it again:", "", markup.fenced(f"{run_again(finding.id)}\npytest {quoted(finding.id)}")]
    return "\n".join(lines) + "\n"
