"""How soon a step could be told at best: a likelihood ratio that knows the level, the noise and the size of each step.

    python tests/calibration/history_ideal.py --data FILE.jsonl [--tails 3]

FILE: series as `history.py` reads them, with `size` (0.1 is +10 %); series without one get a size of their own by lot. Noise is
taken to be Student's t with `--tails` degrees of freedom and the spread of the series around its true levels. Runs come one
by one from the 30th on; the newest 1, 2 or 3 together are "told" when their log likelihood ratio reaches a threshold, the same for
all series. Printed for thresholds: steps told within 3 runs, false ones in 1,000 runs. Alarms within 5 runs are one, and those
near a change, in either direction, are not false. Without FILE there is nothing to say.
"""

import argparse
import itertools
import json
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from history import SINCE, TOLD, costs_and_regressions, labels

SOON = 3  # runs within which a step is to be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """ratios: of each run from SINCE on; rises, changes: first runs of new levels."""

    ratios: dict[int, float]
    rises: list[int]
    changes: list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--tails", type=float, default=3.0, help="degrees of freedom")
    args = parser.parse_args()
    if args.data is None:
        print("no --data: nothing to read")
        return
    source = random.Random(1)
    entries = [json.loads(line) for line in args.data.read_text("utf-8").splitlines()]
    series = [read(entry, args.tails, source) for entry in entries if entry.get("kind") != "drift"]
    for threshold in (4, 6, 8, 10, 12, 14, 16):
        print(f"{threshold:>4}  {score(series, threshold)}")


def read(entry: dict[str, Any], tails: float, source: random.Random) -> Read:
    values, rises = costs_and_regressions(entry)
    logs = [math.log(value) for value in values]
    edges = [0, *labels(entry), len(logs)]
    base: list[float] = []
    for start, end in itertools.pairwise(edges):
        base += [statistics.median(logs[start:end])] * (end - start)
    noise = 1.4826 * statistics.median(abs(a - b) for a, b in zip(logs, base, strict=True)) or 1e-9
    size = math.log1p(entry.get("size") or source.choice((0.02, 0.05, 0.1, 0.2, 0.5)))

    def ratio(far: float) -> float:
        return (tails + 1) / 2 * math.log((tails + (far / noise) ** 2) / (tails + ((far - size) / noise) ** 2))

    def best(run: int) -> float:
        new = next((k for k in rises if k <= run < k + SOON), None)
        level = base[run] if new is None else base[new - 1]
        return max(itertools.accumulate(ratio(logs[run - back] - level) for back in range(SOON)))

    ratios = {run: best(run) for run in range(SINCE, len(logs))}
    return Read(ratios=ratios, rises=[k for k in rises if k >= SINCE], changes=labels(entry))


def score(series: Sequence[Read], threshold: float) -> str:
    told = wanted = false = 0
    for one in series:
        alarms = [run for run, ratio in one.ratios.items() if ratio >= threshold]
        wanted += len(one.rises)
        told += sum(any(k <= run < k + SOON for run in alarms) for k in one.rises)
        wrong = [r for r in alarms if not any(k - TOLD <= r < k + SOON + TOLD for k in one.changes)]
        false += sum(b - a > TOLD for a, b in itertools.pairwise([-math.inf, *wrong]))
    runs = sum(len(one.ratios) for one in series)
    return f"{told / max(wanted, 1):.2f} told within {SOON} runs (n = {wanted}); {1000 * false / runs:.2f} false in 1,000 runs"


if __name__ == "__main__":
    main()
