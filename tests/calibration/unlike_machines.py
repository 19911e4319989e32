"""Whether machines disagree: false alarms where they don't, power where they do. `detect/unlike_machines`.

    python tests/calibration/unlike_machines.py [--trials 2000]

Noise of one set of sessions: Student's t with 4 degrees of freedom, scaled; the second kind of machine is as noisy, or four
times as noisy. 1 % to 2 % is what sets of sessions show on a calm machine, 4 % on a busy one.
"""

import argparse
import math
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.detect.unlike_machines import across_machines, difference_p


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=300)
    args = parser.parse_args()
    print(
        "sets      sd of each    p <= 1 %   called unlike | called unlike where the second kind has +5, +10, +40 % more"
    )
    for sizes in ((5, 5), (8, 8), (8, 16), (5, 20)):
        for sds in ((0.02, 0.02), (0.01, 0.04), (0.04, 0.01)):
            alarms = [_once(sizes, sds, 0.0, seed) for seed in range(args.trials)]
            line = f"{sizes[0]:>2} + {sizes[1]:<3} {sds[0]:.0%} and {sds[1]:.0%}  "
            line += (
                f"{sum(p for p, _ in alarms) / len(alarms):8.2%} {sum(c for _, c in alarms) / len(alarms):12.2%}     |"
            )
            for size in (1.05, 1.10, 1.40):
                found = [_once(sizes, sds, math.log(size), seed)[1] for seed in range(args.trials // 3)]
                line += f" {sum(found) / len(found):6.0%}"
            print(line, flush=True)


def _once(sizes, sds, shift, seed):
    """(whether p is at most 1 %, whether the machines are called unlike)."""
    rng = random.Random(f"{sizes} {sds} {seed}")
    one, other = (
        [sd * _t4(rng) + at for _ in range(n)] for n, sd, at in zip(sizes, sds, (0.1, 0.1 + shift), strict=True)
    )
    return difference_p(one, other) <= 0.01, across_machines({"one": one, "other": other}).agreement in ("size", "kind")


def _t4(rng):
    """Student's t with 4 degrees of freedom, with standard deviation 1."""
    return rng.gauss(0, 1) / math.sqrt(rng.gammavariate(2, 0.5)) / math.sqrt(2)


if __name__ == "__main__":
    main()
