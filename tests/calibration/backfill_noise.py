"""Whom a search of a range names wrongly and what it misses, at several amounts of noise: its own search, on made-up answers.

    python tests/calibration/backfill_noise.py [--noise 0.012 0.02 0.04] [--unchanged 20] [--planted 12] [--seed 0]

A history has 512 commits on one line and six benchmarks whose counts tell nothing (tests/simulated_history.py). A planted one has
four changes of +5, +8, -8, +10, +15 or +40 %, each in a benchmark of its own. A named commit that changed nothing is wrong, also
the neighbour of one that did. `--steps 5 10` plants only these. `--eight 10` makes histories with the changes of
tests/planted_history.py instead, three benchmarks of six visible to counts: how often +5 % and the +10 % inside of a merge are named.
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

from simulated_history import SimulatedExecutor, branch_at, search_in_memory, sha_of, stretch_of

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
    parser.add_argument("--eight", type=int, default=0)
    args = parser.parse_args()
    for noise in args.noise:
        if args.eight:
            print(_eight(noise, args.eight, args.seed), flush=True)
            continue
        for planted, histories in ((False, args.unchanged), (True, args.planted)):
            if histories:
                print(_many(noise, histories, args, planted=planted), flush=True)


def _eight(noise: float, histories: int, first_seed: int) -> str:
    """How many of each planted change were named; that in the merge by its own commit, or by the merge alone."""
    named, wrong, sessions = Counter(), [], []
    for seed in range(first_seed, first_seed + histories):
        rng = random.Random(f"eight {noise} {seed}")
        at = rng.sample(range(10, 500), 9)
        merge, gone = at[8], min(at[2] + 154, 511)
        branch, inside = branch_at(merge, 5)
        own = rng.choice(branch.versions[1:]).sha
        steps = {
            "alpha": {at[0]: 1.60, at[1]: 1.20},
            "beta": {at[1]: 1.20},
            "gamma": {at[2]: 1.30, gone: 1 / 1.30},
            "sigma": {inside[own]: 1.10},
            "omega": {at[3]: 1.05, at[4]: 0.88},
            "delta": {at[5]: 1.03, at[6]: 0.80},
        }
        logs = {name: {place: math.log(ratio) for place, ratio in some.items()} for name, some in steps.items()}
        executor = SimulatedExecutor(
            steps=logs, counted=frozenset({"alpha", "gamma", "delta"}), inside=inside, noise=noise, rng=rng
        )
        search = search_in_memory(executor, stretch_of(512, tuple(steps)), {merge: branch})
        found = {
            (stretch.sha(proof.position), proof.benchmark)
            for number, stretch in enumerate(search.stretches)
            for proof in search.plans[number].proved
        }
        true = {
            (sha_of(p), n): f"{n} {100 * (r - 1):+.0f} %"
            for n, own_ in steps.items()
            for p, r in own_.items()
            if p in range(512)
        }
        true |= {(sha_of(merge), "sigma"): "sigma +10 %, the merge", (own, "sigma"): "sigma +10 %, its commit"}
        named.update(label for key, label in true.items() if key in found)
        named.update({label: 0 for label in true.values()})
        wrong += sorted(f"{name} (history {seed})" for _, name in found - set(true))
        sessions.append(search.known.sessions)
    by_change = ", ".join(f"{label}: {count}" for label, count in sorted(named.items()))
    return (
        f"noise {100 * noise:.1f} %, {histories} histories with eight changes, named: {by_change}; "
        f"{len(wrong)} wrong {' '.join(wrong)}; {min(sessions)}-{max(sessions)} sessions"
    )


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
