"""From findings to what to do next, by rule: severity, actions, the issue's text, recommendations.

Comes in: judged findings, rows and trends. Goes out: sentences that name the benchmark, the figures and the next command.
Pure; nothing here measures or judges. Only commands that exist are named.
"""

import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.results.report import BenchmarkRow, Finding, Issue, Recommendations, Severity, Suspect, Trend
from bench_agent.text import markup, quantity
from bench_agent.text.clean import clean_text

MAX_EACH = 3  # of each kind of recommendation: a list of ten is a list nobody reads
NOTABLE = 0.05  # a trend or improvement below 5 % is not worth a sentence
GENEROUS = 10.0  # a target this many times the measured P95 would not notice a tenfold slowdown
ROOM = 2.0  # the target we propose, in measured P95
NOISY = 0.3  # interquartile range / median from which a benchmark hides changes of the default limit
FEW_RUNS = 5  # below this the rules over stored runs have too little to go by
_PRIORITY = {"critical": "p0", "high": "p1", "medium": "p2", "low": "p3"}


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


def with_advice(finding: Finding) -> Finding:
    """The finding with its actions, its next command and its issue filled in."""
    return replace(finding, actions=actions_for(finding), next_command=next_command(finding), issue=issue_for(finding))


def next_command(finding: Finding) -> str:
    """The one command to type next: measure again until it is confirmed, then read the first suspect."""
    if finding.confirmed and finding.suspects:
        return _show(finding.suspects[0])
    return f"bench-agent issue {_quoted(finding.benchmark)}" if finding.confirmed else _run_again(finding.id)


def actions_for(finding: Finding) -> tuple[str, ...]:
    """What to do about a finding, in order, at most five steps; each ends with its command where there is one."""
    name = _quoted(finding.benchmark)
    accept = f"bench-agent baseline accept {name} --because 'why'"
    if finding.verdict == "environment":
        return (
            "The old code is as slow now: look at what changed around it (interpreter, packages, load): bench-agent report",
            f"If it stays like this, compare from here on: {accept}",
        )
    if finding.ratio < 1 and "target" not in finding.rules:
        return (f"Keep the gain: {accept}",)
    steps = [] if finding.confirmed else [f"Measure it again, with nothing else running: {_run_again(finding.id)}"]
    if finding.suspects:
        proved = finding.suspects[0].proved
        steps.append(f"Read {'what caused it' if proved else 'the first suspect'}: {_show(finding.suspects[0])}")
        if proved and (what := _by_cause(finding.suspects[0], accept)):
            steps.append(what)
    else:
        steps.append(f"See when it began: bench-agent trend {name}")
    steps.append(f"Profile it: pytest {_quoted(finding.id)} --benchmark-cprofile=tottime")
    steps.append(f"If it is intended, compare from here on: {accept}")
    steps.append(f"If it is not fixed now, track it: bench-agent issue {name}")
    return tuple(steps)


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


def issue_for(finding: Finding) -> Issue:
    """The issue for a finding: title, labels p0 (critical) to p3 (low), and a body in markdown that a stranger can act on."""
    name = clean_text(finding.benchmark, limit=80)
    kind = "Performance regression" if finding.confirmed else "Suspected performance regression"
    title = f"{kind}: {name} {_metric(finding)} {quantity.change(finding.ratio)}"
    return Issue(title=title, labels=("performance", "regression", _PRIORITY[finding.severity]), body=_body(finding))


def recommend(
    rows: Sequence[BenchmarkRow],
    regressions: Sequence[Finding],
    improvements: Sequence[Finding],
    trends: Sequence[Trend],
    *,
    inconclusive: Sequence[Finding] = (),
    quick: bool = False,
) -> Recommendations:
    """What to celebrate, watch, fix, keep, aim at, and do better next time; at most MAX_EACH of each, worst first.

    rows and findings worst first, as in the report. A benchmark is named under one heading of the first three only.
    """
    told = {f.id for f in (*regressions, *improvements, *inconclusive)}
    quiet_trends = [t for t in trends if t.id not in told]
    return Recommendations(
        celebrate=_bounded([*_gains(improvements), *_trend_gains(quiet_trends)]),
        monitor=_bounded([*_watched(regressions, rows), *_undecided(inconclusive), *_worsening(quiet_trends)]),
        optimize_now=_bounded([*_failures(rows), *_urgent(regressions), *_over_target(rows, regressions)]),
        maintain=_bounded(_steady(quiet_trends)),
        next_targets=_bounded([*_generous_targets(rows), *_missing_targets(rows)]),
        tips=_bounded(_tips(rows, trends, quick=quick)),
    )


# --- recommendations --------------------------------------------------------------------------------------------------


def _bounded(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) <= MAX_EACH:
        return tuple(texts)
    return (*texts[:MAX_EACH], f"And {len(texts) - MAX_EACH:,} more: bench-agent report --json")


def _figures(finding: Finding) -> str:
    before, now = quantity.value(finding.baseline, finding.unit), quantity.value(finding.current, finding.unit)
    return f"{_metric(finding)} {quantity.change(finding.ratio)} ({before} -> {now})"


def _gains(improvements: Sequence[Finding]) -> list[str]:
    return [
        f"{_name(f.benchmark)}: {_figures(f)}{'' if f.confirmed else ', not measured again'}. "
        f"Keep it: bench-agent baseline accept {_quoted(f.benchmark)} --because 'why'"
        for f in improvements
        if f.ratio <= 1 - NOTABLE
    ]


def _trend_gains(trends: Sequence[Trend]) -> list[str]:
    better = [t for t in trends if t.direction == "improving" and t.change is not None and t.change <= -NOTABLE]
    return [f"{_name(t.benchmark)}: {_over_runs(t)}" for t in better]


def _watched(regressions: Sequence[Finding], rows: Sequence[BenchmarkRow]) -> list[str]:
    """Slowdowns that are no emergency: not measured again, or below the limit. Those over their target are told as such."""
    over = {row.id for row in rows if row.mark == "over_target"}
    texts = []
    for f in regressions:
        if f.severity == "low" and f.id not in over:
            why = (
                f"below its limit of {quantity.percent(f.threshold)}"
                if f.confirmed
                else "suspected, not measured again"
            )
            command = f"bench-agent trend {_quoted(f.benchmark)}" if f.confirmed else _run_again(f.id)
            texts.append(f"{_name(f.benchmark)}: {_figures(f)}, {why}. Next: {command}")
    return texts


def _undecided(findings: Sequence[Finding]) -> list[str]:
    texts = []
    for f in findings:
        cost = (
            ""
            if f.seconds_to_settle is None
            else f"; about {quantity.elapsed(f.seconds_to_settle)} of measuring would tell"
        )
        texts.append(
            f"{_name(f.benchmark)}: {quantity.change(f.ratio)}, can't tell yet{cost}. Next: {_run_again(f.id)}"
        )
    return texts


def _worsening(trends: Sequence[Trend]) -> list[str]:
    worse = [t for t in trends if t.direction == "degrading" and t.change is not None and t.change >= NOTABLE]
    worse.sort(key=lambda t: -(t.change or 0.0))
    return [f"{_name(t.benchmark)}: {_over_runs(t)}. Next: bench-agent trend {_quoted(t.benchmark)}" for t in worse]


def _failures(rows: Sequence[BenchmarkRow]) -> list[str]:
    failed = [row for row in rows if row.mark == "failed"]
    return [
        f"{_name(r.benchmark)}: failed, so nothing is known of its speed. Next: pytest {_quoted(r.id)}" for r in failed
    ]


def _urgent(regressions: Sequence[Finding]) -> list[str]:
    urgent = [f for f in regressions if f.severity != "low"]
    return [f"{_name(f.benchmark)}: {_figures(f)}, {f.severity}. Next: {next_command(f)}" for f in urgent]


def _over_target(rows: Sequence[BenchmarkRow], regressions: Sequence[Finding]) -> list[str]:
    urgent = {f.id for f in regressions if f.severity != "low"}
    return [
        f"{_name(r.benchmark)}: P95 {quantity.duration(r.p95_s)}, target {quantity.duration(r.target_p95_s)}. "
        f"Next: {_run_again(r.id)}"
        for r in rows
        if r.mark == "over_target" and r.id not in urgent
    ]


def _steady(trends: Sequence[Trend]) -> list[str]:
    """Stable benchmarks that have a target to hold: of the others there is nothing to maintain."""
    steady = [
        t for t in trends if t.direction == "stable" and t.runs >= FEW_RUNS and t.values and t.target_s is not None
    ]
    return [
        f"{_name(t.benchmark)}: stable at {quantity.duration(t.values[-1])} over {t.runs} runs, "
        f"target {quantity.duration(t.target_s)}"
        for t in steady
        if t.target_s is not None and t.values[-1] <= t.target_s
    ][:MAX_EACH]


def _generous_targets(rows: Sequence[BenchmarkRow]) -> list[str]:
    """One sentence for all of them, with the most generous as the example."""
    generous = [
        (row.target_p95_s / row.p95_s, i)
        for i, row in enumerate(rows)
        if row.mark == "pass" and row.p95_s and row.target_p95_s and row.target_p95_s > GENEROUS * row.p95_s
    ]
    if not generous:
        return []
    row = rows[max(generous)[1]]
    figures = f"target {quantity.duration(row.target_p95_s)}, P95 {quantity.duration(row.p95_s)}"
    count = quantity.counted(len(generous), "target is", "targets are")
    return [
        f"{count} over {GENEROUS:.0f}x the measured P95, {_name(row.benchmark)} most ({figures}). Next: {_set_target(row)}"
    ]


def _missing_targets(rows: Sequence[BenchmarkRow]) -> list[str]:
    """One sentence for all of them, with the slowest as the example."""
    missing = [r for r in rows if r.mark != "failed" and r.p95_s and r.target_p95_s is None]
    if not missing:
        return []
    slowest = max(missing, key=lambda r: r.p95_s or 0.0)
    who = f"{quantity.counted(len(missing), 'benchmark has', 'benchmarks have')} no target, {_name(slowest.benchmark)} the slowest"
    return [f"{who} (P95 {quantity.duration(slowest.p95_s)}). Next: {_set_target(slowest)}"]


def _tips(rows: Sequence[BenchmarkRow], trends: Sequence[Trend], *, quick: bool) -> list[str]:
    """Only what would make this run's answers better."""
    measured = [r for r in rows if r.mark != "failed" and r.median_s]
    texts = []
    if measured and all(r.ratio_last is None and r.ratio_baseline is None for r in measured):
        texts.append("Nothing to compare with yet. Next: bench-agent run")
    elif trends and max(t.runs for t in trends) < FEW_RUNS:
        runs = max(t.runs for t in trends)
        texts.append(
            f"{quantity.counted(runs, 'run')} stored; from {FEW_RUNS} on slow creep shows too. Next: bench-agent run"
        )
    noisy = [r for r in measured if r.iqr_s and r.median_s and r.rounds > 1 and r.iqr_s > NOISY * r.median_s]
    if noisy:
        worst = max(noisy, key=lambda r: (r.iqr_s or 0.0) / (r.median_s or 1.0))
        spread = quantity.percent((worst.iqr_s or 0.0) / (worst.median_s or 1.0))
        texts.append(
            f"{_name(worst.benchmark)} varies by {spread}: add --benchmark-warmup=on --benchmark-min-rounds=20"
        )
    few = [r for r in measured if r.p95_is_max and r.rounds < MIN_ROUNDS_P95]
    if few:
        who = _name(few[0].benchmark) if len(few) == 1 else quantity.counted(len(few), "benchmark")
        texts.append(f"P95 of {who} is the maximum: add --benchmark-min-rounds=20")
    single = [r for r in measured if r.rounds == 1]
    if single:
        who = _name(single[0].benchmark) if len(single) == 1 else quantity.counted(len(single), "benchmark")
        texts.append(f"{who}: a single round, whose noise shows only from run to run. In the code: pedantic(rounds=20)")
    if quick:
        texts.append("This was part of the suite. Before a release: bench-agent run")
    return texts


# --- the issue --------------------------------------------------------------------------------------------------------


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
        f"| Current | {value(finding.current, finding.unit)} ({markup.prose(_metric(finding), limit=40)}) |",
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
    lines += ["", "Measure it again:", "", markup.fenced(f"{_run_again(finding.id)}\npytest {_quoted(finding.id)}")]
    return "\n".join(lines) + "\n"


# --- words ------------------------------------------------------------------------------------------------------------


def _name(text: str) -> str:
    return clean_text(text, limit=60)


def _metric(finding: Finding) -> str:
    return "P95" if finding.metric == "p95" else clean_text(finding.metric, limit=30)


def _over_runs(trend: Trend) -> str:
    return f"{quantity.change(1 + (trend.change or 0.0))} over {quantity.counted(trend.runs, 'run')}"


def _quoted(text: str) -> str:
    """A name or an id as one word of a shell command: what a person copies must not run anything else."""
    return shlex.quote(clean_text(text))


def _run_again(benchmark_id: str) -> str:
    """Runs that benchmark; pytest's -k takes a name, so parameters and path are left out."""
    found = re.match(r"\w+", benchmark_id.rsplit("::", 1)[-1])
    return f"bench-agent run -k {found[0][:100]}" if found else "bench-agent run"


def _show(suspect: Suspect) -> str:
    """The git command that shows a suspect's change, in its first file if it is known."""
    path = f" -- {_quoted(suspect.files[0])}" if suspect.files else ""
    sha = suspect.sha[:8]
    return f"git show {sha}{path}" if re.fullmatch(r"[0-9a-f]{7,8}", sha) else f"git diff HEAD{path}"


def _set_target(row: BenchmarkRow) -> str:
    target_ms = _round_up((row.p95_s or 0.0) * ROOM * 1000)
    return f"bench-agent baseline set {_quoted(row.benchmark)} p95_ms={quantity.number(target_ms)}"


def _round_up(value: float) -> float:
    """The value rounded up to two significant digits: 4.62 -> 4.7."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / power - 1e-9) * power
