"""From pairs of sessions measured in turns to verdicts: the policy of what is called slower. Pure.

It takes the observations of each benchmark, one per pair of sessions, and returns verdicts and the finished comparison. The error
rates are those of stats/sequential.py, valid however often one asks; over a suite they are corrected by a step-up procedure.
Never decided here: what was measured, or whether a slowdown fails a gate.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench_agent.records import PairSample, Problem
from bench_agent.results.comparison import (
    MIN_CPU_USE,
    UNLIKE_USE,
    ComparedBenchmark,
    Comparison,
    ComparisonVerdict,
    Uncompared,
)
from bench_agent.stats.multiple import step_up
from bench_agent.stats.sequential import LOOKS, Analysis, analyse, detectable, observations_needed
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How sure one must be. Defaults: what was calibrated (tests/calibration/ring.py)."""

    alarm: float = 0.01  # one-sided error of calling an unchanged benchmark slower (or, apart, faster)
    suite: float = (
        0.05  # the same for at least one of an unchanged suite, and the part of what is called slower that is not
    )
    level: float = 0.95  # coverage of the interval
    margin: float = 0.03  # "same" is within this, by the whole interval
    # Smaller estimates are not called a change: below 1 % memory layout can be the cause unless counts differ.
    smallest: float = 0.01


DEFAULT = Policy()
MOST_TOLD = math.log(
    11
)  # natural log of a ratio: that only more than ten times more could be told is no figure to show
MOST_RATIOS = 200  # of single pairs that are kept to be looked at; verdicts rest on 4 to 60
# What some pairs show and the others don't: so many spreads above the estimate, and so much at least (natural log of a ratio).
APART, LEAST_APART, SHARE_APART, FEWEST_PAIRS_APART = 4.0, math.log(1.15), 0.15, 5
FASTEST_TELLING_S = 1e-7  # seconds of one iteration: below, the loop around the call is a good part of what is timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one benchmark with the analysis it rests on."""

    verdict: ComparisonVerdict
    clock: Literal["cpu", "wall"]
    analysis: Analysis


def decide(
    samples: Mapping[str, Sequence[PairSample]],
    policy: Policy = DEFAULT,
    *,
    final: bool = False,
    early: Sequence[Mapping[str, float]] | None = None,
    beside: int = 0,
) -> dict[str, Decision]:
    """The verdicts on all benchmarks of a suite, as far as the observations go.

    final: no more will come, for a reason that does not depend on them (the budget): use those after the last look too.
    early: of a single benchmark, where exact counts say the same as the clock: as for `sequential.analyse`.
    beside: benchmarks of the suite that are not among these, because they wait or are decided.
    Benchmarks without observations are left out.
    """
    clocks = {name: clock_of(values) for name, values in samples.items() if values}
    analyses = {
        name: analyse(log_ratios(samples[name], clock), level=policy.level, final=final, early=early)
        for name, clock in clocks.items()
    }
    slower = step_up({name: analysis.p_greater for name, analysis in analyses.items()}, beside=beside)
    faster = step_up({name: analysis.p_less for name, analysis in analyses.items()}, beside=beside)
    return {
        name: Decision(
            verdict=_verdict(analysis, slower[name], faster[name], policy), clock=clocks[name], analysis=analysis
        )
        for name, analysis in analyses.items()
    }


def decided(
    samples: Mapping[str, Sequence[PairSample]], policy: Policy = DEFAULT, *, beside: int = 0
) -> frozenset[str]:
    """The benchmarks that need no more observations."""
    return frozenset(name for name, j in decide(samples, policy, beside=beside).items() if j.verdict != "undecided")


def compare_suite(
    base: str,
    head: str,
    samples: Mapping[str, Sequence[PairSample]],
    *,
    problems: Sequence[Problem] = (),
    pair_s: float = 0.0,
    seconds: float = 0.0,
    policy: Policy = DEFAULT,
    beside: int = 0,
) -> Comparison:
    """The finished comparison, slowest-grown first. base, head: what the sides are called.

    pair_s: wall seconds of starting a pair of sessions, for what settling the rest would take. beside: as for `decide`.
    """
    judgements = decide(samples, policy, final=True, beside=beside)
    notes = {p.benchmark: p.message for p in problems if p.kind == "in_turns"}
    errors = _errors(judgements, policy, beside)
    rows = [
        _row(name, judgement, samples[name], errors[name], pair_s, notes.get(name), policy)
        for name, judgement in judgements.items()
    ]
    rows.sort(key=lambda row: (_ORDER[row.verdict], -row.ratio))
    logs = [math.log(row.ratio) for row in rows]
    return Comparison(
        base=base,
        head=head,
        benchmarks=tuple(rows),
        geomean=math.exp(sum(logs) / len(logs)) if logs else None,
        uncompared=tuple(
            Uncompared(benchmark=p.benchmark, reason=p.kind, side=p.side)
            for p in problems
            if p.benchmark not in judgements
        ),
        warnings=_warnings([p for p in problems if p.kind != "in_turns"]),
        seconds=seconds,
    )


def _errors(judgements: Mapping[str, Decision], policy: Policy, beside: int) -> dict[str, float]:
    """The p-value at which each is called, if all that changed as much in its direction are called with it."""
    found = {}
    for name, judgement in judgements.items():
        own = judgement.analysis.estimate
        with_it = sum(other.analysis.estimate * math.copysign(1, own) >= abs(own) for other in judgements.values())
        found[name] = min(policy.alarm, policy.suite * max(with_it, 1) / (len(judgements) + beside))
    return found


_ORDER = {"slower": 0, "undecided": 1, "same": 2, "faster": 3}


def clock_of(values: Sequence[PairSample]) -> Literal["cpu", "wall"]:
    """CPU time, which other processes disturb least; wall time where the work waits or the CPU clock saw nothing.

    Work that computes uses little of the wall time on a loaded machine too; but now and then it is left alone. Where one
    version waits for a larger part of its time than the other, that part is what CPU time would miss.
    """
    use = sorted(v.cpu_use for v in values)[min(int(0.9 * len(values)), len(values) - 1)]
    if any(v.wall_log_ratio is None for v in values):  # they ran at once because the work was seen to compute
        return "cpu"
    if use < MIN_CPU_USE or any(v.cpu_log_ratio is None for v in values):
        return "wall"
    return "wall" if abs(median(v.use_log_ratio for v in values)) > UNLIKE_USE else "cpu"


def log_ratios(values: Sequence[PairSample], clock: str) -> tuple[float, ...]:
    """The log ratios by that clock; of an observation that lacks it, by the other."""
    chosen = []
    for value in values:
        wall, cpu = value.wall_log_ratio, value.cpu_log_ratio
        ratio = (wall if cpu is None else cpu) if clock == "cpu" else (cpu if wall is None else wall)
        if ratio is None:
            raise ValueError("an observation without any clock's ratio")
        chosen.append(ratio)
    return tuple(chosen)


def _verdict(analysis: Analysis, slower: float, faster: float, policy: Policy) -> ComparisonVerdict:
    smallest, margin = math.log1p(policy.smallest), math.log1p(policy.margin)
    if analysis.p_greater <= policy.alarm and slower <= policy.suite and analysis.estimate >= smallest:
        return "slower"
    if analysis.p_less <= policy.alarm and faster <= policy.suite and analysis.estimate <= -smallest:
        return "faster"
    # What may still turn out to be a small change waits for the first look at its ranks.
    may_be_small = abs(analysis.estimate) >= smallest and analysis.n < LOOKS[0]
    if -margin < analysis.lower and analysis.upper < margin and not may_be_small:
        return "same"
    return "undecided"


def _row(
    name: str,
    judgement: Decision,
    values: Sequence[PairSample],
    error: float,
    pair_s: float,
    note: str | None,
    policy: Policy,
) -> ComparedBenchmark:
    analysis = judgement.analysis
    cpu = judgement.clock == "cpu"
    base = median(v.base_cpu_s if cpu else v.base_s for v in values)
    bounded = math.isfinite(analysis.lower) and math.isfinite(analysis.upper)
    told = detectable(analysis.spread, analysis.n, look=analysis.looks, error=error)
    if base < FASTEST_TELLING_S and note is None:
        note = "so short that the loop around it is part of what is timed: a change looks smaller than it is"
    note = note or _some_apart(log_ratios(values, judgement.clock))
    return ComparedBenchmark(
        benchmark=name,
        base=base,
        # From the paired estimate, not from the median of head's rounds: the two would contradict the ratio.
        head=base * math.exp(analysis.estimate),
        unit="s",
        clock=judgement.clock,
        ratio=math.exp(analysis.estimate),
        interval=(math.exp(analysis.lower), math.exp(analysis.upper)) if bounded else None,
        verdict=judgement.verdict,
        detectable=math.expm1(told) if told <= MOST_TOLD else None,
        pairs=len(values),
        seconds_to_settle=_seconds_to_settle(judgement, values, error, pair_s, policy),
        p_slower=min(analysis.p_greater, 1.0),
        p_faster=min(analysis.p_less, 1.0),
        note=note,
        pair_ratios=tuple(math.exp(ratio) for ratio in log_ratios(values, judgement.clock)[-MOST_RATIOS:]),
    )


def _some_apart(logs: Sequence[float]) -> str | None:
    """What is slower in some pairs of sessions only, in words: sessions differ in their hash seeds, and the middle hides it."""
    if len(logs) < FEWEST_PAIRS_APART:
        return None
    middle = median(logs)
    far = max(APART * 1.4826 * median(abs(value - middle) for value in logs), LEAST_APART)
    above = [value for value in logs if value - middle > far]
    if len(above) < max(2, SHARE_APART * len(logs)) or any(middle - value > far for value in logs):
        return None
    size = quantity.change(math.exp(median(above)))
    return (
        f"{size} in {len(above)} of {len(logs)} pairs of sessions, not in the others: the hash seed, or a busy machine"
    )


def _seconds_to_settle(
    judgement: Decision, values: Sequence[PairSample], error: float, pair_s: float, policy: Policy
) -> float | None:
    """More seconds that would decide it with 80 % probability if the estimate is about right; None: no planned look would."""
    analysis = judgement.analysis
    if judgement.verdict != "undecided":
        return None
    size = abs(analysis.estimate)
    shift = max(size, math.log1p(policy.margin) - size)
    needed = LOOKS[0] if len(values) < 3 else observations_needed(analysis.spread, shift, error=error)
    if needed is None:
        return None
    more = max(needed - len(values), 1)
    return more * max(median(v.seconds for v in values), pair_s)


_WHAT = {"missing": ("is missing", "are missing"), "failed": ("failed", "failed"), "skipped": ("is skipped", "are skipped"),
         "unused": ("measures nothing", "measure nothing"), "died": ("ended the process", "ended the process"),
         "timeout": ("took too long", "took too long"), "slow": ("was not measured", "were not measured")}  # fmt: skip


def _warnings(problems: Sequence[Problem]) -> tuple[str, ...]:
    """One sentence for each cause: one missing package keeps out every benchmark of its files."""
    causes: dict[tuple[str, str | None, str], list[Problem]] = {}
    for problem in problems:
        # Collection errors begin with their file.
        cause = problem.message.removeprefix(f"{problem.benchmark.split('::')[0]}: ")
        causes.setdefault((problem.kind, problem.side, cause), []).append(problem)
    found = []
    for (kind, where, cause), alike in causes.items():
        side = f" on {where}" if where else ""
        one, many = _WHAT.get(kind, (kind, kind))
        first, others = alike[0], len(alike) - 1
        and_others = f" and {quantity.counted(others, 'other')}" if others else ""
        message = cause if others else first.message
        found.append(clean_text(f"{first.benchmark}{and_others} {many if others else one}{side}: {message}", limit=400))
    return tuple(found)
