"""Two sides measured in turns, all benchmarks of a suite, until everything is decided or time is up.

Takes sides, what to run, a budget and who decides; returns every observation and every problem.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench_agent.measure.paired.interleave import Ring
from bench_agent.measure.paired.schedule import FIRST_PART, choose, cost_s, seconds_to_reach
from bench_agent.measure.paired.side import Side
from bench_agent.records import PairSample, Problem

SAY_EVERY_S = 10.0  # a line of progress, where nothing was decided meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class RingResult:
    """All observations of one comparison. `seconds` is the wall time of everything, starts included."""

    base: str
    head: str
    samples: dict[str, tuple[PairSample, ...]]
    problems: tuple[Problem, ...]
    steps: int
    seconds: float
    start_s: float  # of one set of sessions: what a further pair costs at least
    stopped: str  # "decided", "budget", "nothing to measure"
    seconds_to_go: float = 0.0  # about what deciding the rest would take, those never reached included


def compare_sides(
    base: Side,
    head: Side,
    *,
    decided: Callable[[Mapping[str, Sequence[PairSample]]], frozenset[str]],
    budget_s: float,
    node_ids: Sequence[str] | None = None,
    targets: Sequence[str] = (),
    keyword: str | None = None,
    arguments: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    patience_s: float | None = None,
    earlier: Mapping[str, Sequence[PairSample]] | None = None,
    enough: Callable[[Mapping[str, Sequence[PairSample]], float], bool] | None = None,
    on_progress: Callable[[str], None] | None = None,
    rng: random.Random | None = None,
) -> RingResult:
    """Measure head against base until everything is decided or `budget_s` wall seconds are over.

    decided: given all observations so far, the benchmarks that need no more; asked after every pair of sessions.
    earlier: observations of just now, which these go on from; the result has them too.
    enough: given these and the seconds left, whether to stop before all is decided; asked too after every pair.
    Where the budget is too short for all, `schedule` says what comes first, and in the first pair the order of node_ids. Raises
    MeasureError when a side can't be collected at all, or when the measured code was not the side's own.
    """
    say = on_progress or (lambda text: None)
    began = time.monotonic()
    deadline = began + budget_s
    samples: dict[str, list[PairSample]] = {id: list(values) for id, values in (earlier or {}).items() if values}
    problems: dict[tuple[str, str, str | None], Problem] = {}
    active: list[str] | None = None  # what is undecided
    chosen: list[str] | None = None  # of these, what the next pair measures
    stopped, steps = "nothing to measure", 0
    told, told_at = -1, budget_s
    with Ring(
        (base, head), node_ids=node_ids, targets=targets, keyword=keyword, arguments=arguments, env=env,
        budget_s=budget_s, patience_s=patience_s, rng=rng,
    ) as ring:  # fmt: skip
        while active is None or active:
            first_s = FIRST_PART * budget_s if active is None else None
            step = ring.step(chosen, deadline=deadline, at_most_s=first_s)
            steps += 1
            if active is None:
                active = [i for i in ring.found[head.label] if i in ring.found[base.label]]
                if node_ids is not None:
                    active = [i for i in node_ids if i in active]
            for (benchmark, _), sample in step.samples.items():
                samples.setdefault(benchmark, []).append(sample)
            for problem in step.problems:
                problems.setdefault((problem.benchmark, problem.kind, problem.side), problem)
            out = {p.benchmark for p in step.problems if p.kind != "in_turns"} | decided(samples)
            active = [i for i in active if i not in out]
            stopped = "decided"
            left = deadline - time.monotonic()
            chosen = choose(active, samples, left_s=left, start_s=ring.start_s)
            if len(active) != told or told_at - left > SAY_EVERY_S:
                told, told_at = len(active), left
                first = f", {len(chosen)} of them first" if len(chosen) < len(active) else ""
                say(f"pair {steps}: {len(active)} undecided{first}, {max(left, 0):.0f} s left")
            if active and enough is not None and enough(samples, left):
                stopped = "budget"
                break
            if active and left < 0.5 * (ring.start_s + cost_s(chosen[0], samples)):
                stopped = "budget"
                break
    return RingResult(
        base=base.label,
        head=head.label,
        samples={benchmark: tuple(values) for benchmark, values in samples.items()},
        problems=tuple(problems.values()),
        steps=steps,
        seconds=time.monotonic() - began,
        start_s=ring.start_s,
        stopped=stopped if samples else "nothing to measure",
        seconds_to_go=seconds_to_reach(active or (), samples, start_s=ring.start_s),
    )


def join_results(results: Sequence[RingResult]) -> RingResult:
    """Those of several processes of one suite, measured one after the other, as one; there must be one at least."""
    stopped = [result.stopped for result in results]
    return RingResult(
        base=results[0].base,
        head=results[0].head,
        samples={id: samples for result in results for id, samples in result.samples.items()},
        problems=tuple(problem for result in results for problem in result.problems),
        steps=sum(result.steps for result in results),
        seconds=sum(result.seconds for result in results),
        start_s=max(result.start_s for result in results),
        stopped="budget" if "budget" in stopped else "decided" if "decided" in stopped else stopped[0],
        seconds_to_go=sum(result.seconds_to_go for result in results),
    )
