"""Of the answer: what got slower, a section each, and what is neither passed nor regressed."""

from collections.abc import Iterable, Sequence

from bench_agent.answer.table import ICONS, MAX_LINES
from bench_agent.render import finding_wording, wording
from bench_agent.results.figure_texts import (
    finding_change,
    metric_name,
)
from bench_agent.results.report import Finding, Report, Suspect
from bench_agent.text import quantity
from bench_agent.text.markup import code, spoken

MAX_NAMES = 12  # of benchmarks told in one line


def render_alert(finding: Finding, before: Finding | None) -> str:
    """One finding, whole. before: the one told above it, whose suspects are not told again."""
    icon = ICONS[wording.SYMBOLS[finding.mark]]
    lines = [
        f"### {icon} {finding_wording.finding_title(finding).capitalize()}: {code(wording.name(finding.benchmark))}",
        "",
    ]
    lines += [f"- **{label}**: {spoken(text)}" for label, text in finding_wording.finding_facts(finding)]
    if before is not None and finding.suspects and finding.suspects == before.suspects:
        lines += ["", f"**{finding_wording.suspects_title(finding)}**: as above"]
    elif finding.suspects:
        lines += ["", f"**{finding_wording.suspects_title(finding)}**", ""]
        lines += [line for i, s in enumerate(finding.suspects[:3], 1) for line in _suspect(i, s)]
    if finding.suspects_note:
        lines += ["", with_command(finding.suspects_note)]
    if finding.actions:
        lines += ["", "**What to do**", ""]
        lines += [f"{i}. {with_command(text)}" for i, text in enumerate(finding.actions[:MAX_LINES], 1)]
    if finding.issue is not None:
        labels = ", ".join(finding.issue.labels)
        lines += ["", f"**Issue**: “{spoken(finding.issue.title)}” ({spoken(labels)})"]
    return "\n".join(lines)


def _suspect(number: int, suspect: Suspect) -> Iterable[str]:
    yield f"{number}. {spoken(finding_wording.suspect_line(suspect))}"
    places = finding_wording.suspect_places(suspect)
    if places:
        yield f"   - in {code(places, limit=300)}"
    yield from (f"   - {spoken(text)}" for text in suspect.evidence[:3])


def with_command(text: str) -> str:
    sentence, command = wording.split_command(text)
    return f"{spoken(sentence)} {code(command, limit=320)}".rstrip()


def render_brief(findings: Sequence[Finding]) -> str:
    """What is not told whole, in a line each."""
    if not findings:
        return ""
    lines = [f"- {_line(finding)}" for finding in findings[:10]]
    if len(findings) > 10:
        lines.append(f"- and {len(findings) - 10} more: `bench-agent report`")
    return "\n".join(["### Also slower", "", *lines])


def _line(finding: Finding) -> str:
    title = finding_wording.finding_title(finding).capitalize()
    interval = f", {quantity.change_interval(finding.interval)}" if finding.interval else ""
    change = f"{finding_change(finding)}{interval}"
    figures = f"{quantity.value(finding.baseline, finding.unit)} -> {quantity.value(finding.current, finding.unit)}"
    return f"{code(wording.name(finding.benchmark))}: {title}, {change} ({metric_name(finding.metric)} {figures})"


def render_open(report: Report) -> str:
    """What measuring did not decide, and what is slower by the environment: each with what would tell, or what differs."""
    findings = [*report.undecided[:MAX_LINES], *report.environment[:MAX_LINES]]
    lines = [f"- {_undecided(f)}" for f in findings]
    told = {f.id for f in (*findings, *report.regressions)}
    others = [r for r in report.benchmarks if r.mark in ("undecided", "environment") and r.id not in told]
    for mark, why in (("undecided", "undecided"), ("environment", "slower because of the environment, not the code")):
        rows = [r for r in others if r.mark == mark]
        if rows:
            names = ", ".join(code(wording.name(r.benchmark)) for r in rows[:MAX_NAMES])
            more = f" and {len(rows) - MAX_NAMES} more" if len(rows) > MAX_NAMES else ""
            command = rows[0].next_command
            lines.append(f"- {names}{more}: {why}" + (f". Next: {code(command, limit=320)}" if command else ""))
    return "\n".join(["### Neither passed nor regressed", "", *lines]) if lines else ""


def _undecided(finding: Finding) -> str:
    facts = dict(finding_wording.finding_facts(finding))
    told = [finding_wording.finding_title(finding).capitalize()]
    labels = ("Change", "Measured", "Differs", "To settle") if finding.verdict != "environment" else ("Differs",)
    facts["Change"] = facts["Change"].replace(quantity.SAME, "can't be told from none")
    told += [f"{label.lower()} {spoken(facts[label])}" for label in labels if label in facts]
    text = f"{code(wording.name(finding.benchmark))}: {'; '.join(told)}"
    return f"{text}. Next: {code(finding.next_command, limit=320)}" if finding.next_command else text
