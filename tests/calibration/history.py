"""How well changes are found in stored histories: false alarms, misses and delays, on noise made up here and on data given.

    python tests/calibration/history.py [--series 100] [--data DIR] [--growing] [--constants]

Made up: noise of four kinds; false alarms in 1,000 runs, steps found within 2 runs of where they are, and how many runs
after a step the newest value is first called slower. DIR: files *.jsonl, a series a line: id, values, better, labels {who:
[first run of each new level]}, kind. Printed for each file: precision, recall and F1 of regressions within 2 runs (kind
"drift" apart), and false alarms in 1,000 runs of series without labels; for each half by a hash of the id, and whole.
Series with several readers' labels: the F1 of the Turing Change Point Dataset (van den Burg, Williams, arXiv 2003.06222), within 5
runs. --growing: runs arrive one by one, how many regressions are told within 3 runs (minutes for hundreds of series).
--constants: F1 and false alarms of DIR's series with each constant of `change_points` 20 % smaller and 25 % larger (2 minutes for
440 series of 120 runs). CPU: 1,000 series of 500 runs searched, one more run of 1,000 series judged.
"""

import argparse
import hashlib
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.detect import change_points
from bench_agent.detect.change_points import find_change_points
from bench_agent.detect.compare import judge_latest
from bench_agent.stats import shift

NEAR = 2  # runs by which a change may be misplaced
TOLD = 5  # the same while a series grows
SINCE = 30  # runs a series has before its newest is judged
NOISES: dict[str, Callable[[random.Random], float]] = {
    "normal, 5 %": lambda source: math.exp(source.gauss(0, 0.05)),
    "skewed, 5 %": lambda source: 1 + source.expovariate(20),
    "1 in 10 slow": lambda source: math.exp(source.gauss(0, 0.01)) * (1.4 if source.random() < 0.1 else 1.0),
    "coarse clock": lambda source: round(20 * math.exp(source.gauss(0, 0.05))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=100, help="of each kind of noise and size of step")
    parser.add_argument("--data", type=Path, help="a folder of *.jsonl")
    parser.add_argument("--growing", action="store_true", help="also score DIR's series as they grow")
    parser.add_argument("--constants", action="store_true", help="only: score DIR's series with each constant changed")
    args = parser.parse_args()
    if args.constants:
        for path in sorted(args.data.glob("*.jsonl")):
            vary_constants(path.stem, [json.loads(line) for line in path.read_text("utf-8").splitlines()])
        return
    made_up(args.series)
    costs(args.series)
    for path in sorted(args.data.glob("*.jsonl")) if args.data else []:
        report(path.stem, [json.loads(line) for line in path.read_text("utf-8").splitlines()], growing=args.growing)


def made_up(count: int) -> None:
    print(f"{count} series of 100 runs each; false: per 1,000 runs; found: a step at run 60 within {NEAR} runs;")
    print("told: the newest value called slower within 3 and within 10 runs, and in how many (median)")
    print(
        f"{'noise':14}{'false':>7}{'false, newest':>15}"
        + "".join(f"{f'+{p} % found / told 3, 10':>30}" for p in (10, 20, 50))
    )
    for name, noise in NOISES.items():
        flat = [make(noise, seed) for seed in range(count)]
        false = sum(len(find_change_points(values)) for values in flat) / (count / 10)
        few = flat[: max(count // 10, 1)]
        newest = sum(judge_latest(v[:end]).worse for v in few for end in range(SINCE, 101)) / (len(few) * 0.071)
        row = f"{name:14}{false:>7.2f}{newest:>15.2f}"
        for size in (1.1, 1.2, 1.5):
            stepped = [make(noise, seed, size) for seed in range(count)]
            found = sum(any(abs(c.index - 60) <= NEAR for c in find_change_points(v)) for v in stepped) / count
            delays = [first_told(v) for v in stepped]
            in_time = [sum(d is not None and d <= n for d in delays) / count for n in (3, 10)]
            middle = statistics.median([d for d in delays if d is not None] or [math.nan])
            row += f"{found:>15.0%} / {in_time[0]:.0%}, {in_time[1]:.0%} ({middle:g})"
        print(row, flush=True)


def vary_constants(name: str, entries: Sequence[dict[str, Any]]) -> None:
    """One line for each constant: what the series score with less and with more of it."""
    marked = [e for e in entries if len(e["labels"]) == 1]
    flat = [e for e in entries if not labels(e)]
    print(f"{name:24}{'as it is':18}{score(marked)}; flat: {false_alarms(flat) if flat else 'none'}", flush=True)
    for constant, value in list(vars(change_points).items()):
        if not constant.isupper() or not isinstance(value, int | float) or hasattr(shift, constant):
            continue
        for factor in (0.8, 1.25):
            scaled = value * factor
            changed = scaled if isinstance(value, float) else math.floor(scaled) if factor < 1 else math.ceil(scaled)
            setattr(change_points, constant, changed)
            told = f"{score(marked)}; flat: {false_alarms(flat) if flat else 'none'}"
            print(f"{constant:24}{f'{value:.4g} -> {changed:.4g}':18}{told}", flush=True)
            setattr(change_points, constant, value)


def make(noise: Callable[[random.Random], float], seed: int, size: float = 1.0) -> list[float]:
    source = random.Random(seed)
    return [noise(source) * (size if run >= 60 else 1.0) for run in range(100)]


def first_told(values: Sequence[float]) -> int | None:
    """Runs from the step at 60 until the newest was called slower; None: not within 20."""
    return next((end - 60 for end in range(61, 81) if judge_latest(values[:end]).worse), None)


def costs(count: int) -> None:
    source = random.Random(1)
    walks = [[math.exp(source.gauss(0, 0.05)) * (1.2 if i >= 250 else 1) for i in range(500)] for _ in range(count)]
    find_change_points(walks[0])
    for what, act in (("searched", find_change_points), ("newest run judged", judge_latest)):
        began = time.process_time()
        for values in walks:
            act(values)
        spent = (time.process_time() - began) / count * 1000
        print(f"1,000 series of 500 runs {what}: {spent:.1f} s of CPU (from {count})")


def report(name: str, entries: list[dict[str, Any]], *, growing: bool) -> None:
    entries = [e for e in entries if e["labels"]]
    if not entries:
        print(f"{name:22}no labels: left out")
        return
    if any(len(e["labels"]) > 1 for e in entries):
        found = statistics.fmean(agreement(e) for e in entries)
        print(f"{name:22}{'readers':8}F1 {found:.3f} (n = {len(entries)} series)", flush=True)
        return
    half = {e["id"]: int(hashlib.sha1(e["id"].encode()).hexdigest(), 16) % 2 for e in entries}
    for which, chosen in (
        ("half 0", [e for e in entries if half[e["id"]] == 0]),
        ("half 1", [e for e in entries if half[e["id"]] == 1]),
        ("whole", entries),
    ):
        print(f"{name:22}{which:8}{score(chosen)}", flush=True)
        if growing and max(len(e["values"]) for e in chosen) > SINCE:
            print(f"{name:22}{which:8}{score_growing(chosen)}", flush=True)
    for kind in sorted({str(e.get("kind")) for e in entries} - {"None", "step", "step_back"}):
        print(f"{name:22}{kind:8}{false_alarms([e for e in entries if e.get('kind') == kind])}")
    for metric in ("min", "median", "mean"):
        if chosen := [e for e in entries if str(e.get("metric", "")).endswith("." + metric) and not labels(e)]:
            print(f"{name:22}{metric:8}{false_alarms(chosen)}")


def score(entries: Sequence[dict[str, Any]]) -> str:
    right = wrong = missed = 0
    for entry in entries:
        if entry.get("kind") == "drift" or not entry["labels"]:
            continue
        costs_, true = costs_and_regressions(entry)
        told = [c.index for c in find_change_points(costs_) if rises(costs_, c.index, 0, len(costs_))]
        doubtful = entry.get("dontcare", [])
        hits = 0
        for _, said, meant in sorted((abs(s - m), s, m) for s in told for m in true if abs(s - m) <= NEAR):
            if said in told and meant in true:
                told.remove(said)
                true.remove(meant)
                hits += 1
        right, missed = right + hits, missed + len(true)
        wrong += sum(not any(abs(s - d) <= TOLD for d in doubtful) for s in told)
    if not right + missed:
        return f"no labelled regressions; {wrong} told in {sum(len(e['values']) for e in entries):,} runs"
    precision, recall = right / max(right + wrong, 1), right / (right + missed)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"F1 {f1:.3f}  precision {precision:.2f}  recall {recall:.2f}  (n = {right + missed} regressions)"


def costs_and_regressions(entry: dict[str, Any]) -> tuple[list[float], list[int]]:
    """Values of which larger is worse, and where they rise by the labels."""
    values = [float(v) if entry.get("better") != "higher" else 1 / v if v else math.nan for v in entry["values"]]
    edges = [0, *labels(entry), len(values)]
    return values, [k for i, k in enumerate(edges[1:-1]) if rises(values, k, edges[i], edges[i + 2])]


def score_growing(entries: Sequence[dict[str, Any]]) -> str:
    delays: list[int | None] = []
    wrong = runs = 0
    for entry in entries:
        if entry.get("kind") == "drift":
            continue
        values, true = costs_and_regressions(entry)
        told: list[tuple[int, int]] = []  # (runs there were, where the change was said to be)
        for end in range(SINCE + 1, len(values) + 1):
            for change in find_change_points(values[:end]):
                is_new = all(abs(change.index - index) > TOLD for _, index in told)
                if change.index >= SINCE - TOLD and is_new and rises(values[:end], change.index, 0, end):
                    told.append((end, change.index))
        for k in (k for k in true if k >= SINCE):
            near = [end - k for end, index in told if abs(index - k) <= TOLD and end > k]
            delays.append(min(near, default=None))
        known = [*labels(entry), *entry.get("dontcare", [])]
        wrong += sum(all(abs(index - k) > TOLD for k in known) for _, index in told)
        runs += max(len(values) - SINCE, 0)
    soon = sum(d is not None and d <= 3 for d in delays) / max(len(delays), 1)
    ever = sum(d is not None for d in delays) / max(len(delays), 1)
    false = 1000 * wrong / max(runs, 1)
    return (
        f"growing: {soon:.2f} told within 3 runs, {ever:.2f} ever (n = {len(delays)}); {false:.2f} false in 1,000 runs"
    )


def agreement(entry: dict[str, Any]) -> float:
    """Precision against all readers together, recall against each; index 0 counts as a change for everybody."""
    readers = [{0, *found} for found in entry["labels"].values()]
    told = {0, *(c.index for c in find_change_points(entry["values"]))}
    precision = hits(set().union(*readers), told) / len(told)
    recall = statistics.fmean(hits(found, told) / len(found) for found in readers)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def hits(true: set[int], told: set[int]) -> int:
    """How many of `true` have one of `told` of their own within TOLD runs, the nearest."""
    left, count = set(told), 0
    for place in sorted(true):
        near = min((index for index in left if abs(index - place) <= TOLD), key=lambda i: abs(i - place), default=None)
        if near is not None:
            left.remove(near)
            count += 1
    return count


def labels(entry: dict[str, Any]) -> list[int]:
    return sorted(next(iter(entry["labels"].values()), []))


def rises(values: Sequence[float], at: int, start: int, end: int) -> bool:
    before, after = values[max(start, at - 10) : at], values[at : min(end, at + 10)]
    return bool(before) and bool(after) and statistics.median(after) > statistics.median(before)


def false_alarms(entries: Sequence[dict[str, Any]]) -> str:
    told = sum(c.worse for e in entries for c in find_change_points(e["values"], better=e.get("better", "lower")))
    runs = sum(len(e["values"]) for e in entries)
    return f"{1000 * told / runs:.2f} told in 1,000 runs (n = {runs:,})"


if __name__ == "__main__":
    main()
