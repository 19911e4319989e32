"""How often verdicts on whole suites are wrong, and how soon changes are decided: simulated with recorded noise.

    python tests/calibration/decisions.py --benchmarks 20 --suites 200 --percent 0
    python tests/calibration/decisions.py --benchmarks 27 --changed 27 --percent 50

Noise is drawn from what the ring recorded on unchanged code (tests/stats/ring_noise.json), each value with either sign. All
benchmarks of a suite are decided after every pair up to --pairs; `changed` of them are slower by `percent`. Prints how many
suites and benchmarks without a change were ever called slower, and faster; and how many of the changed ones by each pair.
"""

import argparse
import json
import math
import random
from collections import Counter
from pathlib import Path

from bench_agent.detect.verdict import DEFAULT
from bench_agent.stats.multiple import step_up
from bench_agent.stats.sequential import analyse

RECORDED = json.loads((Path(__file__).parent.parent / "stats" / "ring_noise.json").read_text())["samples"]


def called(suite: list[list[float]], pairs: int) -> dict[str, set[int]]:
    """Those called slower and faster after so many pairs, by the rule of detect/verdict."""
    found = [analyse(values[:pairs]) for values in suite]
    sides = {"slower": [a.p_greater for a in found], "faster": [a.p_less for a in found]}
    smallest = math.log1p(DEFAULT.smallest)
    return {
        side: {
            number
            for number, adjusted in enumerate(step_up({str(i): p for i, p in enumerate(ps)}).values())
            if ps[number] <= DEFAULT.alarm and adjusted <= DEFAULT.suite and abs(found[number].estimate) >= smallest
        }
        for side, ps in sides.items()
    }


def draw(rng: random.Random, shift: float, pairs: int) -> list[float]:
    noise = rng.choice(list(RECORDED.values()))
    return [shift + rng.choice(noise) * rng.choice((1, -1)) for _ in range(pairs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmarks", type=int, default=20)
    parser.add_argument("--suites", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--changed", type=int, default=0)
    parser.add_argument("--percent", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng, shift = random.Random(arguments.seed), math.log1p(arguments.percent / 100)
    by_pair: Counter[int] = Counter()
    wrong = {"slower": [0, 0], "faster": [0, 0]}  # suites, benchmarks
    for _ in range(arguments.suites):
        suite = [
            draw(rng, shift if i < arguments.changed else 0.0, arguments.pairs) for i in range(arguments.benchmarks)
        ]
        ever: dict[str, set[int]] = {"slower": set(), "faster": set()}
        for pairs in range(4, arguments.pairs + 1):
            for side, numbers in called(suite, pairs).items():
                ever[side] |= numbers
            by_pair[pairs] += sum(number < arguments.changed for number in ever["slower"])
        for side, numbers in ever.items():
            false = [number for number in numbers if number >= arguments.changed]
            wrong[side][0] += bool(false)
            wrong[side][1] += len(false)
    unchanged = arguments.suites * (arguments.benchmarks - arguments.changed)
    for side, (suites, benchmarks) in wrong.items():
        print(
            f"called {side} without a change: {suites} of {arguments.suites} suites, {benchmarks} of {unchanged} benchmarks"
        )
    if total := arguments.suites * arguments.changed:
        told = ", ".join(f"{pairs}: {by_pair[pairs] / total:.0%}" for pairs in sorted(by_pair))
        print(f"+{arguments.percent:g} % found within so many pairs: {told}")


if __name__ == "__main__":
    main()
