"""Whom a search of a range names wrongly and what it misses, at several amounts of noise: its own search, on made-up answers.

    python tests/calibration/backfill_noise.py [--noise 0.012 0.02 0.04] [--unchanged 20] [--planted 12] [--seed 0]

A history has 512 commits on one line and six benchmarks whose counts tell nothing (tests/simulated_history.py). A planted one has
four changes of +5, +8, -8, +10, +15 or +40 %, each in a benchmark of its own. A named commit that changed nothing is wrong, also
the neighbour of one that did. `--steps 5 10` plants only these.
"""

import argparse
import math
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from simulated_history import SimulatedExecutor, search_in_memory, stretch_of

SIZES = (5, 8, -8, 10, 15, 40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=float, nargs="+", default=[0.012, 0.02, 0.04])
    parser.add_argument("--unchanged", type=int, default=20)
    parser.add_argument("--planted", type=int, default=12)
    parser.add_argument("--steps", type=float, nargs="+", default=SIZES, help="percent")
    parser.add_argument("--commits", type=int, default=512)
    parser.add_argument("--benchmarks", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    for noise in args.noise:
        for planted, histories in ((False, args.unchanged), (True, args.planted)):
            if histories:
                print(_many(noise, histories, args, planted=planted), flush=True)


def _many(noise: float, histories: int, args: argparse.Namespace, *, planted: bool) -> str:
    names = tuple(f"t.py::test_{number}" for number in range(args.benchmarks))
    began, sessions, wrong = time.monotonic(), [], []
    found, wanted = Counter(), Counter()
    for seed in range(args.seed, args.seed + histories):
        rng = random.Random(f"{noise} {planted} {seed}")
        steps = {
            name: {rng.randint(1, args.commits): math.log1p(rng.choice(args.steps) / 100)}
            for name in (names[:4] if planted else ())
        }
        executor = SimulatedExecutor(steps=steps, noise=noise, rng=rng)
        search = search_in_memory(executor, stretch_of(args.commits, names))
        named = {(proof.position, proof.benchmark): proof.step.size for proof in search.plans[0].proved}
        true = {(at, name): size for name, own in steps.items() for at, size in own.items()}
        wanted.update(round(100 * math.expm1(size)) for size in true.values())
        found.update(round(100 * math.expm1(size)) for at, size in true.items() if at in named)
        wrong += [f"{100 * math.expm1(size):+.1f} % (history {seed})" for at, size in named.items() if at not in true]
        sessions.append(search.known.sessions)
    by_size = ", ".join(f"{size:+} %: {found[size]} of {wanted[size]}" for size in sorted(wanted, key=abs))
    what = f"{found.total()} of {wanted.total()} named ({by_size})" if planted else "unchanged"
    return (
        f"noise {100 * noise:.1f} %, {histories} histories, {what}; {len(wrong)} wrong {' '.join(wrong)}; "
        f"{min(sessions)}-{max(sessions)} sessions; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
