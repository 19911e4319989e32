"""How often `bisect` names the right commits, and what it takes: a table by kind of range, on planted repositories.

    python tests/calibration/bisection.py [--seeds 3] [--commits 64 256] [--cases loop builtin ...] [--budget 300] [--misses]

In "loop" and "builtin" no other commit touches what the benchmark does: whoever else is named is named wrongly. In the
others harmless edits lie around the culprit, and some do cost a few percent (a call of max() in a function that is called
often): there the culprit must be named, and have the largest share.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import find_culprits
from bench_agent.config import load_config
from bench_agent.records import PytestProcess, Suite
from bench_agent.system.git import open_repository
from planted import plant

PURE = {  # name -> arguments of `plant`
    "loop 5 %": {"kind": "loop", "effects": (0.05,)},
    "loop 10 %": {"kind": "loop", "effects": (0.10,)},
    "loop 20 %": {"kind": "loop", "effects": (0.20,)},
    "loop 50 %": {"kind": "loop", "effects": (0.50,)},
    "builtin 5 %": {"kind": "builtin", "effects": (0.05,)},
    "builtin 10 %": {"kind": "builtin", "effects": (0.10,)},
    "builtin 20 %": {"kind": "builtin", "effects": (0.20,)},
    "builtin 50 %": {"kind": "builtin", "effects": (0.50,)},
    "loop 15 + 5 %": {"kind": "loop", "effects": (0.15, 0.05)},
    "loop 10 + 10 %": {"kind": "loop", "effects": (0.10, 0.10)},
    "builtin 30 + 10 %": {"kind": "builtin", "effects": (0.30, 0.10)},
    "builtin 20 + 20 %": {"kind": "builtin", "effects": (0.20, 0.20)},
    "builtin 20 %, merges": {"kind": "builtin", "effects": (0.20,), "merges": True},
    "builtin 20 %, broken": {"kind": "builtin", "effects": (0.20,), "broken": 8},
    "builtin 20 %, docs": {"kind": "builtin", "effects": (0.20,), "docs_share": 0.95},
    "builtin 50 %, 1 s a call": {"kind": "builtin", "effects": (0.50,), "times": 400},  # of 2 to 3 ms
    "loop no change": {"kind": "loop", "effects": (0.0,)},
    "builtin no change": {"kind": "builtin", "effects": (0.0,)},
}
MIXED = {kind: {"kind": kind} for kind in ("hot", "cold", "data", "config", "default", "plugin", "unseen")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--commits", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--cases", nargs="+", default=[""], help="parts of the names of cases; all when left out")
    parser.add_argument("--budget", type=float, default=300.0)
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    rows: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
    chosen = [(name, wanted) for name, wanted in {**PURE, **MIXED}.items() if any(part in name for part in args.cases)]
    for name, wanted in chosen:
        for commits in args.commits:
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                result = _search(name, wanted, commits, seed, args)
                rows[f"{name}, {commits}"].append(result)
        for key in [k for k in rows if k.startswith((f"{name},", f"{name} "))]:
            _print(key, rows.pop(key))


def _print(key, results):
    counts = {word: sum(result[0] == word for result in results) for word in ("right", "part", "wrong", "nobody")}
    seconds = [result[1] for result in results]
    words = "  ".join(f"{word} {count}" for word, count in counts.items() if count)
    print(
        f"{key:28} n={len(results):<3} {words:28} {median(seconds):6.1f} s (most {max(seconds):.0f})"
        f"{median(result[2] for result in results):6.0f} measurements  load {os.getloadavg()[0]:.0f}",
        flush=True,
    )


def _search(name, wanted, commits, seed, args):
    with tempfile.TemporaryDirectory() as folder:
        planted = plant(Path(folder) / "repo", commits=commits, seed=seed, **wanted)
        repository = open_repository(planted.root)
        assert repository is not None
        suite = Suite(
            processes=(PytestProcess(executable=sys.executable, rootdir=str(planted.root), ids=(planted.benchmark,)),)
        )
        began = time.monotonic()
        found = find_culprits(
            load_config(planted.root, environment={}),
            repository,
            SearchRequest(good=planted.good, bad=planted.head, benchmark=planted.benchmark, budget_s=args.budget),
            suite=suite,
            environment=os.environ,
            say=lambda text: None,
        )
        seconds = time.monotonic() - began
    changed = any(wanted.get("effects", (1.0,)))
    true = set(planted.culprits) if changed else set()
    named = [culprit.sha for culprit in found.culprits]
    if name in MIXED:
        verdict = "right" if named[:1] == [planted.culprit] else "wrong" if named else "nobody"
    elif not named:
        verdict = "nobody" if true else "right"
    else:
        verdict = "right" if set(named) == true else "part" if set(named) < true else "wrong"
    if args.misses and verdict != "right":
        print(f"  {name} {commits} seed {seed}: {verdict}, {found.verdict} {found.interval}, {found.warnings}")
        print(
            f"    true {[sha[:8] for sha in true]}, named {[(c.sha[:8], c.share, c.interval) for c in found.culprits]}"
        )
    return verdict, seconds, found.measurements


if __name__ == "__main__":
    main()
