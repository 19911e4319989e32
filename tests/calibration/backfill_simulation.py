"""What `backfill` costs on long histories and many workers, and what it misses: its own search, on simulated measurements.

    python tests/calibration/backfill_simulation.py [--commits 500 10000] [--benchmarks 10 500] [--workers 1 2 8 32 200]

The search is the engine's own (backfill/search, planning and all below), the clock is made up. The shape of history is that of
two real projects (tests/calibration/data/graphs), changes are planted in it: 8 in 500 commits, log sizes even between 3 and 60 %, half of them
in merges as half the commits are, a quarter faster, each in up to a fifth of the benchmarks, two thirds visible to counts. Noise is
that of real rings (tests/calibration/data/ring_noise.json), by session. Seconds are a model: START_S of a set of sessions, CELL_S of one
benchmark in one session, COUNT_S of a count. They are assumed, of the order that small suites take, and not measured: only ratios of
times here mean something. A worker measures one task at a time.
"""

import argparse
import json
import math
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.backfill.known import Known
from bench_agent.backfill.search import Search
from bench_agent.backfill.stretch import Stretch, Wish, spread_for, spread_positions
from bench_agent.bisection.lineage import Line, Version
from bench_agent.records import Commit, MeasuredPoint, PairSample, Reach, TaskResult

DATA = Path(__file__).parent / "data"
START_S, CELL_S, COUNT_S = 1.0, 0.065, 0.05
SEARCHED = 0.0488  # log units: 5 %
PER_COMMIT = 8 / 500


@dataclass
class History:
    """Levels of every benchmark at every commit: log units, the truth."""

    line: Line
    branches: dict[str, Line]  # merge -> what it brought
    changes: list[tuple[str, str, float, bool]]  # (sha, benchmark, log size, visible to counts)
    places: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # sha -> (position, place in the branch; 0: on the line)
    by_benchmark: dict[str, list] = field(default_factory=dict)

    def level(self, sha: str, benchmark: str, *, counted: bool = False) -> float:
        at = self.places[sha]
        return sum(
            size
            for place, size, visible in self.by_benchmark.get(benchmark, ())
            if _reaches(place, at) and (visible or not counted)
        )


def _reaches(change, at) -> bool:
    """Whether the commit at a place has a change made at another: on a branch, the line before its merge counts, and its own."""
    position, inside = at
    if not inside:
        return change[0] <= position
    return change[0] < position or (change[0] == position and 0 < change[1] <= inside)


def make_history(project: str, commits: int, benchmarks: list[str], seed: int) -> History:
    text = (DATA / "graphs" / f"{project}.txt").read_text().splitlines()[1:]
    brought = [int(word) for row in text for word in row.split()]
    chosen, total = [], 0
    for size in reversed(brought):
        if total >= commits:
            break
        chosen.append(size)
        total += 1 + size
    if total < commits * 0.9:
        raise SystemExit(f"{project} has only {total} commits")
    chosen.reverse()
    rng = random.Random(f"{project} {commits} {len(benchmarks)} {seed}")
    names = iter(range(1, 10**9))
    first, line, branches, places = f"{next(names):040x}", [], {}, {}
    places[first] = (0, 0)
    for position, size in enumerate(chosen, start=1):
        before = line[-1].sha if line else first
        inner, parent = [], before
        for inside in range(1, size + 1):
            sha = f"{next(names):040x}"
            inner.append(Commit(sha=sha, subject="", parents=(parent,)))
            places[sha], parent = (position, inside), sha
        sha = f"{next(names):040x}"
        line.append(Commit(sha=sha, subject="", parents=(before, parent) if inner else (before,)))
        places[sha] = (position, 0)
        if inner:
            branches[sha] = _line(before, inner)
    history = History(line=_line(first, line), branches=branches, changes=[], places=places)
    every = [sha for sha, at in places.items() if at[0] and (at[1] or sha not in branches)]
    for sha in rng.sample(every, max(round(total * PER_COMMIT), 1)):
        some = rng.sample(benchmarks, rng.randint(1, max(len(benchmarks) // 5, 1)))
        size = math.exp(rng.uniform(math.log(math.log(1.03)), math.log(math.log(1.6))))
        size, visible = (-size if rng.random() < 0.25 else size), rng.random() < 2 / 3
        for benchmark in some:
            history.changes.append((sha, benchmark, size, visible))
            history.by_benchmark.setdefault(benchmark, []).append((places[sha], size, visible))
    return history


def _line(start: str, commits: list[Commit]) -> Line:
    return Line(versions=(Version(start), *(Version(c.sha) for c in commits)), commits=tuple(commits))


class SimulatedCluster:
    """An executor with so many workers and a made-up clock: a batch ends when its last task does, as the search waits for it."""

    def __init__(self, history: History, workers: int, noise: list[float], rng: random.Random) -> None:
        self.width, self._history, self._noise, self._rng = workers, history, noise, rng
        self.now_s = self.busy_s = 0.0
        self.tasks = 0

    def measure(self, tasks):
        free = [self.now_s] * self.width
        for task in tasks:
            result = self._answer(task)
            at = free.index(min(free))
            free[at] += result.seconds
            self.busy_s += result.seconds
            self.tasks += 1
            yield result
        self.now_s = max(free)

    def _answer(self, task) -> TaskResult:
        if task.counts:
            seconds = START_S + COUNT_S * len(task.commits) * len(task.benchmarks)
            points = [
                MeasuredPoint(commit=sha, benchmark=b, reach=self._reach(sha, b))
                for sha in task.commits
                for b in task.benchmarks
            ]
            return TaskResult(task=task, points=tuple(points), seconds=seconds, sessions=len(task.commits))
        one_s = CELL_S * (1 + len(task.commits))
        within = [
            int(max(task.seconds / task.sets - START_S, one_s) / one_s)
        ] * task.sets  # benchmarks reached in each set
        seconds = sum(START_S + one_s * min(n, len(task.benchmarks)) for n in within)
        if seconds >= task.seconds * 0.99 and within[0] < len(
            task.benchmarks
        ):  # the first sets take all the time there is
            sets = max(int(task.seconds / (START_S + one_s * len(task.benchmarks))), 0)
            within = [len(task.benchmarks)] * sets
            left = task.seconds - sets * (START_S + one_s * len(task.benchmarks)) - START_S
            within += [max(int(left / one_s), 1 if not sets else 0)]
            seconds = min(seconds, task.seconds)
        points = []
        for place, benchmark in enumerate(task.benchmarks):
            levels = {sha: self._history.level(sha, benchmark) for sha in (task.anchor, *task.commits)}
            logs: dict[str, list] = {sha: [] for sha in task.commits}
            for reached in within[: task.sets]:
                own = self._one()
                for sha in task.commits:
                    value = levels[sha] - levels[task.anchor] + self._one() - own
                    logs[sha].append(_pair(value) if place < reached else None)
            points += [MeasuredPoint(commit=sha, benchmark=benchmark, pairs=tuple(logs[sha])) for sha in task.commits]
        return TaskResult(
            task=task, points=tuple(points), seconds=seconds, sessions=len(within) * (1 + len(task.commits))
        )

    def _one(self) -> float:
        """Of one session: a recorded difference is that of two."""
        return self._rng.choice(self._noise) * self._rng.choice((-1, 1)) / math.sqrt(2)

    def _reach(self, sha, benchmark) -> Reach:
        work = round(100_000 * math.exp(self._history.level(sha, benchmark, counted=True)))
        key = f"engine.py::{benchmark}"
        return Reach(functions={key: 1}, lines={key: work}, files=("engine.py",), complete=True)


def _pair(log: float) -> PairSample:
    return PairSample(
        cpu_log_ratio=log, wall_log_ratio=log, base_s=1e-3, head_s=1e-3 * math.exp(log), base_cpu_s=1e-3,
        head_cpu_s=1e-3 * math.exp(log), cpu_use=1.0, rounds=20, iterations=1, seconds=CELL_S,
    )  # fmt: skip


class _NoJournal:
    def write(self, result) -> None:
        pass


def simulate(project, commits, names, workers, noise, seed, spread=0):
    history = make_history(project, commits, names, seed)
    stretch = Stretch(
        repository="", line=history.line, anchor=history.line.versions[-1].sha, benchmarks=tuple(names),
        survey=spread_positions(history.line.last, spread or spread_for(history.line.last)),
    )  # fmt: skip

    def branches_of(outer, proof):
        sha = outer.sha(proof.position)
        line = history.branches.get(sha)
        if line is None:
            return []
        return [
            Stretch(
                repository="",
                line=line,
                anchor=line.versions[-1].sha,
                benchmarks=(proof.benchmark,),
                survey=(0, line.last),
                merge=sha,
            )
        ]

    cluster = SimulatedCluster(history, workers, noise, random.Random(seed))
    search = Search(
        stretches=[stretch], known=Known(), wish=Wish(), executor=cluster, journal=_NoJournal(), deadline=math.inf,
        say=lambda text: None, branches_of=branches_of, priors=lambda stretch: {},
    )  # fmt: skip
    began = time.monotonic()
    search.run()
    thinking_s = time.monotonic() - began
    named = {
        (stretch.sha(proof.position), proof.benchmark)
        for n, stretch in enumerate(search.stretches)
        for proof in search.plans[n].proved
    }
    merges = set(history.branches)
    inside = {sha: line.versions[-1].sha for sha, line in history.branches.items()}
    # A change in a branch is found when its commit is named, or the merge that brought it.
    at_merge = {history.line.versions[at[0]].sha: at[0] for at in history.places.values()}
    by_position = {position: sha for sha, position in at_merge.items()}
    wanted = {(sha, b): size for sha, b, size, _ in history.changes}
    large = {at for at, size in wanted.items() if abs(size) >= SEARCHED}
    exact = {at for at in large if at in named}
    found = {at for at in large if at in named or (by_position[history.places[at[0]][0]], at[1]) in named}
    right = set(wanted) | {(by_position[history.places[sha][0]], b) for sha, b in wanted}
    wrong = named - right
    del merges, inside
    return {
        "positions": history.line.last, "commits": len(history.places) - 1, "large": len(large), "found": len(found),
        "exact": len(exact), "wrong": len(wrong), "small": len({at for at in set(wanted) - large if at in right & named}),
        "all_small": len(wanted) - len(large), "sessions": search.known.sessions, "tasks": cluster.tasks,
        "busy_s": cluster.busy_s, "wall_s": cluster.now_s, "thinking_s": thinking_s,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, nargs="+", default=[500])
    parser.add_argument("--benchmarks", type=int, nargs="+", default=[10])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 8, 32, 200])
    parser.add_argument("--projects", nargs="+", default=["sunpy", "sympy"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--spread", type=int, default=0, help="steps of the first look; 0: as many as the engine takes")
    args = parser.parse_args()
    noise = [value for values in json.loads((DATA / "ring_noise.json").read_text()).values() for value in values]
    print(
        "project commits (on the line) benchmarks workers | >= 5 % found (commit itself) wrong, < 5 % | sessions tasks wall busy thinking"
    )
    for project in args.projects:
        for commits in args.commits:
            for count in args.benchmarks:
                names = [f"b{number}" for number in range(count)]
                for workers in args.workers:
                    r = simulate(project, commits, names, workers, noise, args.seed, args.spread)
                    print(
                        f"{project:6} {r['commits']:6} ({r['positions']:5}) {count:4} {workers:4} | {r['found']:4} of {r['large']:4} "
                        f"({r['exact']:4}) {r['wrong']:3} wrong, {r['small']:3} of {r['all_small']:3} | {r['sessions']:6} "
                        f"{r['tasks']:5} {r['wall_s'] / 60:8.1f} min {r['busy_s'] / 3600:7.1f} h {r['thinking_s']:6.1f} s",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
