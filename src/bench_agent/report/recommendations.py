"""What to celebrate, watch, fix, keep and aim at after a run, by rule. Pure; nothing here measures or judges."""

import math
from collections.abc import Sequence

from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.report.advice import next_command
from bench_agent.report.words import figures_of, quoted, run_again, shown_name, so_far_in_words
from bench_agent.results.report import BenchmarkRow, Finding, Recommendations
from bench_agent.results.trends import Trend
from bench_agent.text import quantity

MAX_EACH = 3  # of each kind of recommendation: a list of ten is a list nobody reads
NOTABLE = 0.05  # a trend or improvement below 5 % is not worth a sentence
GENEROUS = 10.0  # a target this many times the measured P95 would not notice a tenfold slowdown
ROOM = 2.0  # the target we propose, in measured P95
NOISY = 0.3  # interquartile range / median from which a benchmark hides changes of the default limit
COMMON = 3  # benchmarks that took a step at the same run, from which it is told once for all of them
NO_CODE = ", where no commit touches more than documentation and tooling: not the code"
FEW_RUNS = 6  # below this the rules over stored runs have too little to go by


def recommend(
    rows: Sequence[BenchmarkRow],
    regressions: Sequence[Finding],
    improvements: Sequence[Finding],
    trends: Sequence[Trend],
    *,
    undecided: Sequence[Finding] = (),
    quick: bool = False,
    origin: str = "",
) -> Recommendations:
    """What to celebrate, watch, fix, keep, aim at, and do better next time; at most MAX_EACH of each, worst first.

    rows and findings worst first, as in the report. undecided: what is open or due to the environment. origin: the format
    the run was imported from, if it was: how another tool measures is not for us to advise. A benchmark is named under one
    heading of the first three only.
    """
    told = {f.id for f in (*regressions, *undecided, *(f for f in improvements if f.confirmed))}
    quiet_trends = [t for t in trends if t.id not in told]
    return Recommendations(
        celebrate=_bounded([*_gains(improvements), *_trend_gains(quiet_trends, rows)]),
        monitor=_bounded([*_watched(regressions, rows), *_undecided(undecided), *_worsening(quiet_trends)]),
        optimize_now=_bounded([*_failures(rows), *_urgent(regressions), *_over_target(rows, regressions)]),
        maintain=_bounded(_steady(quiet_trends)),
        next_targets=_bounded([*_generous_targets(rows), *_missing_targets(rows)]),
        tips=_bounded(_tips(rows, trends, quick=quick, origin=origin)),
    )


def _bounded(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) <= MAX_EACH:
        return tuple(texts)
    return (*texts[:MAX_EACH], f"And {len(texts) - MAX_EACH:,} more: bench-agent report --json")


def _gains(improvements: Sequence[Finding]) -> list[str]:
    """Only what was measured in turns: one run that is faster than those before it is no gain yet."""
    return [
        f"{shown_name(f.benchmark)}: {figures_of(f)}. "
        f"Keep it: bench-agent baseline accept {quoted(f.benchmark)} --because 'why'"
        for f in improvements
        if f.confirmed and f.ratio <= 1 - NOTABLE
    ]


def _trend_gains(trends: Sequence[Trend], rows: Sequence[BenchmarkRow]) -> list[str]:
    """Trends that passed the noise test, of benchmarks that the newest run does not show slower than the one before."""
    up = {row.id for row in rows if (row.ratio_last or 0.0) >= 1 + NOTABLE}
    better = [
        t
        for t in trends
        if t.direction == "improving" and t.change is not None and t.change <= -NOTABLE and t.id not in up
    ]
    return [f"{who}: {what}" for who, what, _ in _told_once(better)]


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
            command = f"bench-agent trend {quoted(f.benchmark)}" if f.confirmed else f.next_command or run_again(f.id)
            texts.append(f"{shown_name(f.benchmark)}: {figures_of(f)}, {why}. Next: {command}")
    return texts


def _undecided(findings: Sequence[Finding]) -> list[str]:
    texts = []
    for f in findings:
        cost = (
            ""
            if f.seconds_to_settle is None
            else f"; about {quantity.elapsed(f.seconds_to_settle)} of measuring would tell"
        )
        if f.verdict == "environment":
            texts.append(
                f"{shown_name(f.benchmark)}: slower because of the environment, not the code. Next: bench-agent doctor"
            )
        else:
            so_far = f"undecided ({so_far_in_words(f)}){cost}"
            texts.append(f"{shown_name(f.benchmark)}: {so_far}. Next: {f.next_command or run_again(f.id)}")
    return texts


def _worsening(trends: Sequence[Trend]) -> list[str]:
    worse = [t for t in trends if t.direction == "degrading" and t.change is not None and t.change >= NOTABLE]
    worse.sort(key=lambda t: -(t.change or 0.0))
    return [f"{who}: {what}. Next: bench-agent trend {quoted(name)}" for who, what, name in _told_once(worse)]


def _told_once(trends: Sequence[Trend]) -> list[tuple[str, str, str]]:
    """(who, what, one of them) for each trend, but for a step that COMMON benchmarks took together one for all of them."""
    groups: dict[object, list[Trend]] = {}
    for trend in trends:
        newest = trend.changes[-1] if trend.shape == "step" and trend.changes else None
        together = newest is not None and newest.benchmarks >= COMMON
        groups.setdefault(newest.run if newest and together else ("", trend.id), []).append(trend)
    told = []
    for group in groups.values():
        first = group[0]
        who = shown_name(first.benchmark)
        if len(group) > 1:
            who += f" and {quantity.counted(len(group) - 1, 'benchmark')} together with it"
        code = first.changes[-1].touches_code if first.shape == "step" and first.changes else None
        told.append((who, _over_runs(first) + (NO_CODE if code is False else ""), first.benchmark))
    return told


def _failures(rows: Sequence[BenchmarkRow]) -> list[str]:
    failed = [row for row in rows if row.mark == "failed"]
    return [
        f"{shown_name(r.benchmark)}: failed, so nothing is known of its speed. Next: pytest {quoted(r.id)}"
        for r in failed
    ]


def _urgent(regressions: Sequence[Finding]) -> list[str]:
    urgent = [f for f in regressions if f.severity != "low"]
    return [f"{shown_name(f.benchmark)}: {figures_of(f)}, {f.severity}. Next: {next_command(f)}" for f in urgent]


def _over_target(rows: Sequence[BenchmarkRow], regressions: Sequence[Finding]) -> list[str]:
    urgent = {f.id for f in regressions if f.severity != "low"}
    return [
        f"{shown_name(r.benchmark)}: P95 {quantity.duration(r.p95_s)}, target {quantity.duration(r.target_p95_s)}. "
        f"Next: {run_again(r.id)}"
        for r in rows
        if r.mark == "over_target" and r.id not in urgent
    ]


def _steady(trends: Sequence[Trend]) -> list[str]:
    """Stable benchmarks that have a target to hold: of the others there is nothing to maintain."""
    steady = [
        t for t in trends if t.direction == "stable" and t.runs >= FEW_RUNS and t.values and t.target_s is not None
    ]
    return [
        f"{shown_name(t.benchmark)}: stable at {quantity.duration(t.values[-1])} over {t.runs} runs, "
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
        f"{count} over {GENEROUS:.0f}x the measured P95, {shown_name(row.benchmark)} most ({figures}). Next: {_set_target(row)}"
    ]


def _missing_targets(rows: Sequence[BenchmarkRow]) -> list[str]:
    """One sentence for all of them, with the slowest as the example."""
    missing = [r for r in rows if r.mark != "failed" and r.p95_s and r.target_p95_s is None]
    if not missing:
        return []
    slowest = max(missing, key=lambda r: r.p95_s or 0.0)
    few = quantity.counted(len(missing), "benchmark has", "benchmarks have")
    who = f"{few} no target, {shown_name(slowest.benchmark)} the slowest"
    return [f"{who} (P95 {quantity.duration(slowest.p95_s)}). Next: {_set_target(slowest)}"]


def _tips(rows: Sequence[BenchmarkRow], trends: Sequence[Trend], *, quick: bool, origin: str) -> list[str]:
    """Only what would make this run's answers better."""
    measured = [r for r in rows if r.mark != "failed" and r.median_s]
    texts = []
    if measured and all(r.mark == "new" for r in measured):
        texts.append("Nothing to compare with yet. Next: bench-agent run")
    elif trends and max(len(t.values) for t in trends) < FEW_RUNS:
        runs = max(len(t.values) for t in trends)
        texts.append(
            f"{quantity.counted(runs, 'run')} stored; from {FEW_RUNS} on slow creep shows too. Next: bench-agent run"
        )
    if origin not in ("", "pytest-benchmark"):
        return texts
    noisy = [r for r in measured if r.iqr_s and r.median_s and r.rounds > 1 and r.iqr_s > NOISY * r.median_s]
    if noisy:
        worst = max(noisy, key=lambda r: (r.iqr_s or 0.0) / (r.median_s or 1.0))
        spread = quantity.percent((worst.iqr_s or 0.0) / (worst.median_s or 1.0))
        texts.append(
            f"{shown_name(worst.benchmark)} varies by {spread}: add --benchmark-warmup=on --benchmark-min-rounds=20"
        )
    few = [r for r in measured if r.p95_is_max and r.rounds < MIN_ROUNDS_P95]
    if few:
        who = shown_name(few[0].benchmark) if len(few) == 1 else quantity.counted(len(few), "benchmark")
        texts.append(f"P95 of {who} is the maximum: add --benchmark-min-rounds=20")
    single = [r for r in measured if r.rounds == 1]
    if single:
        who = shown_name(single[0].benchmark) if len(single) == 1 else quantity.counted(len(single), "benchmark")
        texts.append(f"{who}: a single round, whose noise shows only from run to run. In the code: pedantic(rounds=20)")
    if quick:
        texts.append("This was part of the suite. Before a release: bench-agent run")
    return texts


def _over_runs(trend: Trend) -> str:
    if trend.shape == "step" and trend.changes:
        newest = trend.changes[-1]
        since = newest.sha[:8] if newest.sha else newest.run
        return f"{quantity.change(1 + (trend.change or 0.0))} since {since}, {quantity.counted(newest.runs, 'run')}"
    return f"{quantity.change(1 + (trend.change or 0.0))} over {quantity.counted(trend.runs, 'run')}"


def _set_target(row: BenchmarkRow) -> str:
    target_ms = _round_up((row.p95_s or 0.0) * ROOM * 1000)
    return f"bench-agent baseline set {quoted(row.benchmark)} p95_ms={quantity.number(target_ms)}"


def _round_up(value: float) -> float:
    """The value rounded up to two significant digits: 4.62 -> 4.7."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / power - 1e-9) * power
