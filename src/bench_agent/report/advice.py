"""From a finding to what to do about it, by rule: its severity, its actions in order, the next command, its issue.

Pure; nothing here measures or judges. Only commands that exist are named.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from bench_agent.report.issue import issue_for
from bench_agent.report.words import quoted, run_again, settle_command, show_commit
from bench_agent.results.report import Finding, Report, Severity, Suspect


def severity_of(ratio: float, *, threshold: float, confirmed: bool, breaks_target: bool) -> Severity:
    """How urgent a slowdown is. Never above low before it was measured again.

    medium from 1 + threshold, high from 1 + 2 * threshold or with a broken target, critical when both hold.
    """
    if not confirmed:
        return "low"
    slack = 1e-9  # 1.2 stored and read back must not fall below 1 + 0.2
    twice = ratio >= 1 + 2 * threshold - slack
    if twice and breaks_target:
        return "critical"
    if twice or breaks_target:
        return "high"
    return "medium" if ratio >= 1 + threshold - slack else "low"


def with_advice(finding: Finding, *, base_sha: str | None = None) -> Finding:
    """The finding with its actions, its next command and its issue filled in. base_sha: what it was measured in turns with."""
    finding = replace(
        finding, actions=actions_for(finding, base_sha=base_sha), next_command=next_command(finding, base_sha=base_sha)
    )
    return replace(finding, issue=issue_for(finding))


def next_command(finding: Finding, *, base_sha: str | None = None) -> str:
    """The one command to type next: what settles an open question; once it is confirmed, what shows the first suspect."""
    if finding.confirmed and finding.suspects:
        return show_commit(finding.suspects[0])
    if finding.confirmed:
        return f"bench-agent issue {quoted(finding.benchmark)}"
    if finding.verdict == "environment":
        return "bench-agent doctor"
    if finding.verdict == "undecided" and finding.evidence.differs and base_sha:
        return f"git diff {base_sha[:12]}"
    return settle_command(finding, base_sha)


def actions_for(finding: Finding, *, base_sha: str | None = None) -> tuple[str, ...]:
    """What to do about a finding, in order, at most six steps; each ends with its command where there is one."""
    name = quoted(finding.benchmark)
    accept = f"bench-agent baseline accept {name} --because 'why'"
    if finding.verdict == "environment":
        slow = "The old code is as slow now" if finding.evidence.pairs else "This very code was faster before"
        return (
            f"{slow}: look at what changed around it (interpreter, packages, load): bench-agent doctor",
            f"If it stays like this, compare from here on: {accept}",
        )
    profile = f"Profile it: pytest {quoted(finding.id)} --benchmark-cprofile=tottime"
    if finding.verdict == "undecided" and finding.evidence.differs:
        return (
            f"The benchmark changed too, which no measuring tells from the code: {next_command(finding, base_sha=base_sha)}",
            f"If it is meant to be, compare from here on: {accept}",
        )
    if finding.verdict == "undecided":
        settle = f"Measure both versions in turns again, with more time: {settle_command(finding, base_sha)}"
        return (settle, profile) if "target" in finding.rules else (settle,)
    if finding.ratio < 1 and "target" not in finding.rules:
        measure = f"Measure it in turns before you count on it: {run_again(finding.id)}"
        return (f"Keep the gain: {accept}",) if finding.confirmed else (measure,)
    again = f"Measure it again, with nothing else running: {settle_command(finding, base_sha)}"
    steps = [] if finding.confirmed else [again]
    if finding.suspects:
        proved = finding.suspects[0].proved
        steps.append(f"Read {'what caused it' if proved else 'the first suspect'}: {show_commit(finding.suspects[0])}")
        if proved and (what := _by_cause(finding.suspects[0], accept)):
            steps.append(what)
    elif len(finding.runs) > 1:
        steps.append(f"See when it began: bench-agent trend {name}")
    if not (finding.suspects and finding.suspects[0].proved and finding.suspects[0].functions):
        steps.append(profile)  # else the functions that grew are known
    if finding.confirmed:
        steps.append(f"After a change, see whether it is gone: bench-agent verify {name}")
    steps.append(f"If it is intended, compare from here on: {accept}")
    steps.append(f"If it is not fixed now, track it: bench-agent issue {name}")
    return tuple(steps)


def with_fix_offered(report: Report) -> Report:
    """The report with `fix` among the steps for each confirmed slowdown whose culprit is proved: where a model can be asked."""

    def offered(finding: Finding) -> Finding:
        if not (finding.confirmed and any(suspect.proved for suspect in finding.suspects)):
            return finding
        first, *others = finding.actions or ("",)
        step = f"Let a model propose a patch, shown only with its proof: bench-agent fix {quoted(finding.benchmark)}"
        return replace(finding, actions=(*filter(None, (first,)), step, *others))

    return replace(report, regressions=tuple(map(offered, report.regressions)))


def _by_cause(suspect: Suspect, accept: str) -> str | None:
    """What kind of cause it is, and so what to do: mend what is done in vain, decide about what was wanted. None: not known."""
    told = " ".join(suspect.evidence).lower()
    if any(PurePosixPath(path).name.lower().startswith(_DEPENDENCIES) for path in suspect.files[:3]):
        return f"It changes a dependency: decide whether the new version is worth it; if it is: {accept}"
    if _HARDENING.search(suspect.subject):
        return f"It looks like hardening: decide what it is worth; if it stays: {accept}"
    if _AVOIDABLE.search(told):
        return "It does work that can be avoided (a cache, a loop, a compiled pattern): mend it there"
    if "and was not" in told:
        return f"It adds work that was not done before: make it cheaper, or decide that it stays: {accept}"
    return None


_DEPENDENCIES = ("requirements", "constraints", "pyproject.toml", "setup.py", "setup.cfg", "poetry.lock", "uv.lock")
_HARDENING = re.compile(
    r"\b(security|secur\w*|cve|sanitiz\w*|valid\w*|escap\w*|auth\w*|permission\w*|constant.time)\b", re.I
)
_AVOIDABLE = re.compile(r"cache|regular expression|as often|membership|sorted|loop|deepcopy|copies|searched")
