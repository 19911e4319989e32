"""How often own times name a function: of a commit beside itself (never, one hopes), and of planted culprits beside their parents.

    python tests/calibration/own_time.py [--same 5] [--changed 2] [--taken-for 1.05] [--python PYTHON] [--kinds loop ...] [--show]

--taken-for: how much slower the unchanged commit is said to be; the less, the sooner something small would be named.
About a second for each profile.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.bisection.own_time import OwnChange, compare_profiles
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.profiling import profile_sides
from bench_agent.measure.paired.side import Side
from bench_agent.records import Reach
from planted import Planted, git, plant
from planted_edits import CULPRITS

EFFECTS = (0.1, 0.2, 0.5)  # of the kinds whose work can be set
VARIANTS = {"loop": EFFECTS, "builtin": EFFECTS, **{kind: range(len(edits)) for kind, edits in CULPRITS.items()}}


class Pair:
    """A culprit and its parent as trees, and the parent a second time."""

    def __init__(self, folder: Path, planted: Planted, python: str) -> None:
        self.benchmark = planted.benchmark
        place = planted.commits.index(planted.culprit)
        parent = planted.commits[place - 1] if place else planted.good
        self.sides = {}
        for name, sha in (("parent", parent), ("second", parent), ("commit", planted.culprit)):
            git(planted.root, "worktree", "add", "-q", "--detach", str(folder / name), sha)
            self.sides[name] = Side(label=name, root=folder / name, python=(python,))
        self.counting = Counting((python,), env=os.environ)
        counted = self.counting.count(list(self.sides.values()), [self.benchmark], start_timeout_s=60, patience_s=60)
        self.reaches: dict[str, Reach | None] = {name: counted.reaches[name].get(self.benchmark) for name in self.sides}

    def profile(self, other: str, *, taken_for: float | None) -> tuple[OwnChange | None, float, float]:
        """What is said of the other beside the parent, the seconds it took, and the own times' sum in the plain time of both."""
        began = time.monotonic()
        found = profile_sides(
            self.counting,
            self.sides["parent"],
            self.sides[other],
            self.benchmark,
            start_timeout_s=60,
            patience_s=60,
            budget_s=10,
        )
        took_s = time.monotonic() - began
        if found.problem:
            print(f"{other}: {found.problem}")
            return None, took_s, 1.0
        plain = [min(turn.plain_s for turn in side) for side in (found.before, found.after)]
        ratio = taken_for or plain[1] / plain[0]
        change = compare_profiles(found, self.reaches["parent"], self.reaches[other], ratio=ratio)
        own = sum(sum(g.own_s) for g in change.times.values()) if change else sum(plain)
        return change, took_s, own / sum(plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--same", type=int, default=5, help="profiles of each unchanged commit")
    parser.add_argument("--changed", type=int, default=2, help="profiles of each culprit")
    parser.add_argument("--taken-for", type=float, default=1.05)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--kinds", nargs="+", default=[kind for kind in VARIANTS if kind != "dependency"])
    parser.add_argument("--show", action="store_true", help="what was named")
    args = parser.parse_args()
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    seconds, sums = [], []
    for kind in args.kinds:
        for variant in VARIANTS[kind]:
            chosen = {"effects": (variant,)} if kind in ("loop", "builtin") else {"variant": variant}
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                pair = Pair(folder, plant(folder / "repo", kind=kind, commits=2, seed=1, **chosen), args.python)
                for other, times in (("second", args.same), ("commit", args.changed)):
                    for _ in range(times):
                        taken_for = args.taken_for if other == "second" else None
                        change, took_s, share = pair.profile(other, taken_for=taken_for)
                        if change is None:
                            continue
                        seconds.append(took_s)
                        sums.append(share)
                        seen[kind].update({other: 1, f"{other} named": bool(change.grown)})
                        seen[kind][f"{other} explained"] += change.explained >= 0.5
                        if args.show or (other == "second" and change.grown):
                            places = [
                                f"{' | '.join(g.place)} {g.own_s[0] * 1e6:.1f} -> {g.own_s[1] * 1e6:.1f}"
                                for g in change.grown
                            ]
                            print(kind, variant, other, f"{change.explained:.0%}", *places[:3], sep="; ")
                pair.counting.__exit__()
    print(f"\n{'':10}{'same':>6}{'named':>7}{'changed':>9}{'named':>7}{'half or more of it':>20}")
    for kind, n in seen.items():
        row = (n["second"], n["second named"], n["commit"], n["commit named"], n["commit explained"])
        print(f"{kind:10}{row[0]:>6}{row[1]:>7}{row[2]:>9}{row[3]:>7}{row[4]:>20}")
    print(f"own times add up to {median(sums):.2f} of the plain time (median; {min(sums):.2f}-{max(sums):.2f})")
    print(f"{median(seconds):.2f} s a profile (median; at most {max(seconds):.2f} s)")


if __name__ == "__main__":
    main()
