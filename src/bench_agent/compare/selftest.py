"""A self-test of the measuring, on this suite and this machine: the working tree against itself, and with extra work planted.

Takes a suite and a budget, returns a SelfTest. Its trials are measured and judged by the same code as those of `compare`; only the
planted work is added.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench_agent.compare.versions import two_sides
from bench_agent.config import Config
from bench_agent.detect.verdict import compare_suite, decided
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides
from bench_agent.measure.paired.planting import PlantedWork, weigh
from bench_agent.measure.paired.side import Side
from bench_agent.records import Say, Suite
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.selftest import PLANTED, SelfTest, Trial, sum_up
from bench_agent.system.git import Repository
from bench_agent.system.machine import describe_machine, load_average
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

BUDGET_S = 120.0  # without --budget
ROTATION = (0.0, *PLANTED[:2], 0.0, *PLANTED[2:])  # what one benchmark is tried with in turn; a third is unchanged
COMPARISONS = 3  # of each benchmark that the budget must have room for, when their number is chosen
PAIRS = 12  # of sessions in one comparison, for that plan: most is decided by 10
WEIGHING_S = 10.0  # for weighing at least, whatever the budget
ROOM = 2.5  # a comparison may take so much more than planned: with too few pairs a planted change is missed whatever its size


def run_selftest(
    config: Config,
    repository: Repository,
    *,
    suite: Suite,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    rng: random.Random | None = None,
) -> SelfTest:
    """Trials until the budget is spent; Ctrl-C ends them early, and what is known is returned.

    In one comparison each benchmark is tried unchanged or with one size of planted work, in the next with another. As many
    benchmarks as the budget has room for, the cheapest first. Raises MeasureError when none can be measured.
    """
    tester = _Tester(environment=environment, say=say, rng=rng or random.Random(), deadline=time.monotonic() + budget_s)
    began, interrupted = time.monotonic(), False
    try:  # of a suite of several pytest processes, the one with most benchmarks
        with two_sides(
            config, repository, base=None, head=None, suite=suite, ids=suite.ids, environment=environment, say=say
        ) as sides:
            tester.warnings += sides.warnings
            pair = max(sides.pairs, key=lambda pair: len(pair.ids))
            copies = [replace(side, label=f"copy {n}") for n, side in enumerate((pair.base, pair.head), 1)]
            tester.run(copies, pair.ids)
    except KeyboardInterrupt:
        interrupted = True
    machine = describe_machine()
    trials, work = tester.trials, tester.work
    tested = [id for id in work if any(trial.benchmark == id for trial in trials)]
    return SelfTest(
        benchmarks=tuple(
            sum_up(id, [t for t in trials if t.benchmark == id], time_s=work[id].seconds)
            for id in sorted(tested, key=lambda id: work[id].seconds)
        ),
        whole=sum_up("all", trials, time_s=None) if trials else None,
        comparisons=tester.comparisons,
        seconds=round(time.monotonic() - began, 1),
        budget_s=budget_s,
        python=suite.processes[0].executable,
        cpu=machine.cpu,
        cores=machine.cores,
        load=load_average(),
        interrupted=interrupted,
        left_out=tester.left_out,
        warnings=tuple(dict.fromkeys(tester.warnings)),
    )


class _Tester:
    """The trials so far, kept outside the loop that makes them: Ctrl-C loses only the comparison under way."""

    def __init__(self, *, environment: Mapping[str, str], say: Say, rng: random.Random, deadline: float) -> None:
        self._env, self._say, self._rng, self._deadline = dict(environment), say, rng, deadline
        self.trials: list[Trial] = []
        self.work: dict[str, PlantedWork] = {}
        self.left_out: dict[str, str] = {}
        self.warnings: list[str] = []
        self.comparisons = 0

    def run(self, sides: Sequence[Side], ids: Sequence[str]) -> None:
        """Trials of the benchmarks on two copies of one tree, until the deadline."""
        self._say(f"weighing the work of {quantity.counted(len(ids), 'benchmark')}")
        weigh_s = max(self._left() / 2, WEIGHING_S)
        weighed = weigh(sides[0], node_ids=ids, env=self._env, budget_s=weigh_s)
        self.work = weighed.work
        over = "the budget was over before it could be looked at (--budget, or -k)"
        self.left_out = dict.fromkeys((id for id in ids if id not in self.work), over)
        self.left_out |= {problem.benchmark: problem.message for problem in weighed.problems}
        if not self.work:
            reason = next(iter(self.left_out.values()), "no benchmark could be timed")
            raise MeasureError(
                f"none of the benchmarks can be measured in turns: {reason}",
                hint="bench-agent doctor says what keeps a suite from being measured",
            )
        # The next sessions, of both sides, start on one core while these are measured on another.
        pair_s = max(2 * weighed.start_s, self._left() / (COMPARISONS * PAIRS))
        chosen = self._choose(pair_s)
        planned_s = PAIRS * max(2 * weighed.start_s, sum(self.work[id].cost_s for id in chosen))
        while not self.comparisons or self._left() > planned_s:
            planted = {id: ROTATION[(self.comparisons + place) % len(ROTATION)] for place, id in enumerate(chosen)}
            last = self._left() < (1 + ROOM) * planned_s
            least_s = 0.0 if self.comparisons else 4 * planned_s / PAIRS  # in less than a pair takes nothing is told
            planned_s = self._compare(sides, planted, max(self._left(), least_s) if last else ROOM * planned_s)

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _choose(self, pair_s: float) -> list[str]:
        """The benchmarks that one pair of sessions has room for, the cheapest first; the others are left out."""
        chosen: list[str] = []
        for id in sorted(self.work, key=lambda id: self.work[id].cost_s):
            pair_s -= self.work[id].cost_s
            if chosen and pair_s < 0:
                self.left_out[id] = "the budget has no room for it (--budget, or -k)"
            else:
                chosen.append(id)
        if len(chosen) < len(self.work):
            self._say(f"the budget has room for {len(chosen)} of {len(self.work)} benchmarks")
        return self._rng.sample(chosen, len(chosen))

    def _compare(self, sides: Sequence[Side], planted: Mapping[str, float], seconds: float) -> float:
        """One comparison, and the seconds it took; which copy is the base and what is measured first is drawn anew."""
        base, head = self._rng.sample(list(sides), 2)
        head = replace(head, plant={id: share * self.work[id].units for id, share in planted.items() if share})
        ids = self._rng.sample(list(planted), len(planted))
        what = "with work planted" if head.plant else "unchanged"
        self._say(f"comparison {self.comparisons + 1}: {len(ids)} {what}, up to {seconds:.0f} s")
        result = compare_sides(
            base,
            head,
            decided=decided,
            budget_s=seconds,
            node_ids=ids,
            env=self._env,
            rng=self._rng,
        )
        comparison = compare_suite(
            base.label,
            head.label,
            result.samples,
            problems=result.problems,
            pair_s=result.start_s,
            seconds=result.seconds,
        )
        self.comparisons += 1
        if not comparison.benchmarks and not comparison.warnings:
            self.warnings.append(f"{seconds:.0f} s were too short for one pair of sessions: give it more (--budget)")
        self.warnings += [clean_text(text) for text in comparison.warnings]
        self.trials += [
            Trial(
                benchmark=row.benchmark,
                planted=planted[row.benchmark],
                verdict=row.verdict,
                ratio=row.ratio,
                detectable=row.detectable,
                pairs=row.pairs,
                seconds=seconds_of(row, result),
            )
            for row in comparison.benchmarks
        ]
        slower = sum(row.verdict == "slower" for row in comparison.benchmarks)
        self._say(f"  {slower} of {len(comparison.benchmarks)} called slower, in {result.seconds:.0f} s")
        return result.seconds


def seconds_of(row: ComparedBenchmark, result: RingResult) -> float:
    """A benchmark's share of the wall time of a comparison: its own rounds, and of the rest as much as it had pairs."""
    everything = [sample for values in result.samples.values() for sample in values]
    own = sum(sample.seconds for sample in result.samples[row.benchmark])
    return own + row.pairs * (result.seconds - sum(sample.seconds for sample in everything)) / len(everything)
