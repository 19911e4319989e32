"""How often the ranking names the true commit, without measuring: a table by kind of culprit, on planted repositories.

    python tests/calibration/ranking.py [--seeds 6] [--first-seed 0] [--commits 16 64 256] [--no-base] [--split] [--misses]

--no-base: as when no earlier run recorded what it executed. --split: the last commit makes a package of the module that the
culprit changed, or of finder/scoring.py. The second table tells what a score is worth: of the commits with a score of 0.8, four
in five should be the one. SHARPNESS in suspects/ranking.py was chosen on seeds 0 to 3; check it on others. About 0.6 s for each
repository.
"""

import argparse
import resource
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.ranking import rank_in
from bench_agent.system.git import open_repository
from planted import KINDS, plant
from planted_split import split_module
from traced import trace_benchmark


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--commits", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--kinds", nargs="+", default=[*KINDS, "unseen"])
    parser.add_argument("--no-base", action="store_true")
    parser.add_argument("--no-reach", action="store_true")
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    places: dict[str, list[int]] = defaultdict(list)
    claimed: list[tuple[float, bool]] = []
    cpu_s: dict[int, list[float]] = defaultdict(list)
    for kind in args.kinds:
        for commits in args.commits:
            for seed in range(args.first_seed, args.first_seed + args.seeds):
                with tempfile.TemporaryDirectory() as folder:
                    found = _rank(Path(folder) / "repo", kind, commits, seed, args)
                places[kind].append(found[0])
                places[f"{commits} commits"].append(found[0])
                places["all"].append(found[0])
                claimed += found[1]
                cpu_s[commits].append(found[2])
    print(f"{'':16}{'n':>5}{'first':>8}{'top 3':>8}{'top 5':>8}")
    for name, ranks in places.items():
        shares = [sum(rank <= top for rank in ranks) / len(ranks) for top in (1, 3, 5)]
        print(f"{name:16}{len(ranks):>5}" + "".join(f"{share:>8.0%}" for share in shares))
    print("\nscore of a commit and how often it was the one")
    for low, high in ((0.0, 0.01), (0.01, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = [(score, true) for score, true in claimed if low <= score < high]
        if inside:
            mean, true = (sum(values) / len(inside) for values in zip(*inside, strict=True))
            print(f"{low:.2f}-{min(high, 1):.2f}  n={len(inside):<6} mean {mean:.3f}  true {true:.3f}")
    for commits, values in cpu_s.items():
        print(
            f"{commits} commits: CPU of find and rank, ours and git's, median {sorted(values)[len(values) // 2]:.2f} s"
        )


def _rank(folder, kind, commits, seed, args):
    planted = plant(folder, kind=kind, commits=commits, seed=seed, merges=seed % 2 == 1)
    if args.split:
        modules = ("finder/words.py", "finder/index.py", "finder/scoring.py")
        planted = split_module(planted, planted.culprit_path if planted.culprit_path in modules else modules[-1])
    base = None if args.no_base or args.no_reach else trace_benchmark(folder, planted.good, planted.benchmark)
    now = None if args.no_reach else trace_benchmark(folder, planted.head, planted.benchmark)
    begin = _cpu()
    repository = open_repository(folder)
    assert repository is not None
    found = collect_range(repository, planted.good, repository.head())
    ranked = rank_in(repository, found, reach=now, base_reach=base)
    spent = _cpu() - begin
    order = [suspect.sha for suspect in ranked]
    rank = order.index(planted.culprit) + 1
    if args.misses and rank > 3:
        print(f"{kind} {commits} seed {seed}: {planted.variant!r} is number {rank}")
        for suspect in (*ranked[:3], ranked[rank - 1]):
            print(f"    {suspect.score:.3f} {suspect.subject}: {suspect.evidence}")
    return rank, [(suspect.score, suspect.sha == planted.culprit) for suspect in ranked], spent


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
