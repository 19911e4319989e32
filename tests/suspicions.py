"""How often `judge` suspects benchmarks that did not change, and finds those that did, on made-up histories with real noise.

Sizes of the noise are those measured on unchanged code: medians move by 5 %, minima by 1.3 %; CPU time moves with the
clock rate, as wall time does; a core's speed has states up to 1.4 apart, shared by everything that runs meanwhile.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from bench_agent.detect.series import comparable
from bench_agent.detect.suspicion import find_common, judge
from bench_agent.history.lookup import index_runs
from bench_agent.records import Measured, Sample
from histories import make_run, make_sample

PLANTED = 0.2  # of the benchmarks, where a slowdown is planted
PROCESS = 0.4  # of the medians' noise, in the CPU time: the part that is no waiting for the processor


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How times move from run to run though nothing changed. All are standard deviations of logarithms, but the states."""

    median: float = 0.05
    minimum: float = 0.013
    common: float = 0.0  # of everything in a run together
    machine_state: float = 0.0  # share of the runs in which everything is 1.4 times slower
    own_state: float = 0.0  # the same for each benchmark by itself
    drift: float = 0.0  # of everything, a run
    waits: bool = False


KINDS = {
    "calm": Noise(),
    "noisy": Noise(median=0.15, minimum=0.04),
    "waiting work": Noise(waits=True),
    "common swings": Noise(common=0.15),
    "machine states": Noise(machine_state=0.25),
    "machine drifts": Noise(drift=0.01),
    "own states": Noise(own_state=0.15),
}


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many benchmarks of the newest runs were judged, and how many of them each rule suspected ("any": any rule)."""

    judged: int
    suspected: Counter[str]

    def share(self, rule: str) -> float:
        return self.suspected[rule] / self.judged


def count(noise: Noise, *, change: float = 1.0, suites: int = 20, benchmarks: int = 20, runs: int = 12) -> Count:
    """Judge the newest of `runs` runs of each of `suites` suites. change: times which a fifth of the benchmarks got slower
    in that run; then only those are counted."""
    judged, suspected = 0, Counter[str]()
    for seed in range(suites):
        random = Random(seed)
        slower = set(random.sample(range(benchmarks), round(PLANTED * benchmarks))) if change != 1.0 else set()
        samples = [
            _run(noise, benchmarks, number, random, slower if number == runs - 1 else set(), change)
            for number in range(runs)
        ]
        history = [make_run(number, run) for number, run in enumerate(samples)]
        index = index_runs(history[:-1])
        measured = [Measured(run=history[-1], sample=sample) for sample in history[-1].samples]
        pairs = [(now, comparable(now, index[now.sample.id])) for now in measured]
        common = find_common(pairs)
        for number, (now, past) in enumerate(pairs):
            if not slower or number in slower:
                found = judge(now, past, target=None, common=common)
                judged += 1
                suspected.update(found.rules)
                suspected["any"] += found.slower
    return Count(judged=judged, suspected=suspected)


def _run(noise: Noise, benchmarks: int, number: int, random: Random, slower: set[int], change: float) -> list[Sample]:
    state = 1.4 if random.random() < noise.machine_state else 1.0
    shared = state * math.exp(random.gauss(0, noise.common) + noise.drift * number)
    found = []
    for i in range(benchmarks):
        own = shared * (1.4 if random.random() < noise.own_state else 1.0) * (change if i in slower else 1.0)
        wobble, base = random.gauss(0, noise.median), _BASE
        median = own * math.exp(wobble)
        found.append(
            replace(
                base,
                id=f"test_x.py::test_{i}",
                median_s=base.median_s * median,
                q1_s=base.q1_s * median,
                q3_s=base.q3_s * median,
                min_s=base.min_s * own * math.exp(random.gauss(0, noise.minimum)),
                cpu_s=base.median_s * own * math.exp(PROCESS * wobble + random.gauss(0, 0.01)),
                cpu_use=0.2 if noise.waits else 0.99,
            )
        )
    return found


_BASE = make_sample(0)
