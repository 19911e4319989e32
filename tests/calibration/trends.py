"""How often a trend is called where nothing changed, and how soon a creep is found: on noise made up here and on data given.

    python tests/calibration/trends.py [--series 300] [--data DIR]

Each series is read as a user would read it: run by run, with all runs before. "Called" is improving or degrading, by a slope
or by a step. Made up: noise of several kinds, 60 runs each; in how many windows a trend is called (false), and how often a
creep that begins at run 30 is found within ten runs and within twenty, and called improving at any of these. DIR: files *.jsonl, a series
a line: id, metric, values, labels; the series without any label are taken to be of unchanged code: called by metric, the
windows whose line moves by more than 5 % beside it, and creeps planted at each tenth run.

"Ideal" is what no test of stored runs can do better: it knows the noise of the series, the size of the creep (2 % a run) and
the run it began at, and calls 3 % of the unchanged windows; only the level has to be read from the 20 runs before.
"""

import argparse
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.detect.change_points import find_change_points
from bench_agent.detect.trend import WINDOW, fit_trend
from bench_agent.stats.monotone import theil_sen

CREEPS = (0.005, 0.01, 0.02, 0.05)
RUNS, BEGIN = 60, 30
NOISES: dict[str, Callable[[random.Random], float]] = {
    "normal, 1 %": lambda source: math.exp(source.gauss(0, 0.01)),
    "normal, 3 %": lambda source: math.exp(source.gauss(0, 0.03)),
    "normal, 5.6 %": lambda source: math.exp(source.gauss(0, 0.056)),
    "normal, 8 %": lambda source: math.exp(source.gauss(0, 0.08)),
    "skewed, 5 %": lambda source: 1 + source.expovariate(20),
    "1 in 10 slow": lambda source: math.exp(source.gauss(0, 0.01)) * (1.4 if source.random() < 0.1 else 1.0),
    "coarse clock": lambda source: round(20 * math.exp(source.gauss(0, 0.05))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=300, help="of each kind of noise and creep")
    parser.add_argument("--data", type=Path, help="a folder of *.jsonl")
    args = parser.parse_args()
    made_up(args.series)
    costs()
    for path in sorted(args.data.glob("*.jsonl")) if args.data else []:
        given(path.stem, [json.loads(line) for line in path.read_text("utf-8").splitlines()])


def made_up(count: int) -> None:
    print(f"{count} series each; false: of all windows; creeps: found within 10 / within 20 runs / called improving")
    print(f"{'noise':15}{'false':>7}" + "".join(f"{f'{creep:.1%} a run':>22}" for creep in CREEPS))
    for name, noise in NOISES.items():
        flat = [[noise(source) for _ in range(RUNS)] for source in map(random.Random, range(count))]
        few = flat[: max(count // 10, 1)]
        calls = [fit_trend(v[:end]).direction for v in few for end in range(WINDOW, RUNS + 1)]
        cells = [f"{name:15}{_share([call in ('improving', 'degrading') for call in calls]):>7.2%}"]
        for creep in CREEPS:
            told = [directions(v, BEGIN, creep, 20) for v in flat]
            soon, late = (_share(["degrading" in d[:n] for d in told]) for n in (10, 20))
            cells.append(f"{soon:>10.0%} / {late:.0%} / {_share(['improving' in d for d in told]):.1%}")
        cells.append(f"  ideal at 2 %: {ideal(flat):.0%}")
        print("".join(cells), flush=True)


def directions(values: Sequence[float], begin: int, creep: float, runs: int) -> list[str]:
    """What is told at each of the first `runs` runs of a creep that begins at that run."""
    crept = [*values[:begin], *(v * (1 + creep) ** (i + 1) for i, v in enumerate(values[begin : begin + runs]))]
    return [fit_trend(crept[:end]).direction for end in range(begin + 1, len(crept) + 1)]


def given(name: str, entries: list[dict[str, Any]]) -> None:
    flat = [e for e in entries if e["labels"] and not any(e["labels"].values()) and e.get("kind") != "drift"]
    metrics = sorted({str(e.get("metric", "")).rpartition(".")[2] for e in flat})
    for metric in metrics:
        chosen = [e["values"] for e in flat if str(e.get("metric", "")).rpartition(".")[2] == metric]
        ends = [(values, end) for values in chosen for end in range(WINDOW, len(values) + 1)]
        moved = _share([_moves(values[end - WINDOW : end]) for values, end in ends])
        calls = [fit_trend(values[:end], cuts=cuts_of(values[:end])) for values, end in ends]
        called = _share([fit.direction in ("improving", "degrading") for fit in calls])
        better = _share([fit.direction == "improving" for fit in calls])
        line = f"{name:14}{metric:8}called {called:.2%} of {len(ends):,} windows (improving {better:.2%}), {moved:.0%} move by 5 %;"
        print(f"{line} creep of 2 % within ten runs: {planted(chosen)}", flush=True)
        best = ", ".join(f"{ideal([values]):.0%} (noise {_noise(values):.1%})" for values in chosen)
        print(f"{'':22}ideal: {best}", flush=True)


def cuts_of(values: Sequence[float]) -> list[int]:
    """As `trend` does it: it looks for all changes of level first, and tells them."""
    return [change.index for change in find_change_points(values)]


def planted(series: Sequence[Sequence[float]]) -> str:
    """Found, of those planted at each tenth run, series by series: their noise differs by a factor of a hundred."""
    cells = []
    for values in series:
        told = [directions(values, begin, 0.02, 10) for begin in range(2 * WINDOW, len(values) - 9, 10)]
        cells.append(f"{_share(['degrading' in d for d in told]):.0%}")
    return ", ".join(cells)


def ideal(series: Sequence[Sequence[float]], creep: float = 0.02, before: int = 20) -> float:
    """The share found, ten runs after its begin, by the likelihood ratio of the noise that these series have."""
    logs = [[math.log(v) for v in values] for values in series]
    told = _density([value - statistics.median(values) for values in logs for value in values])
    ramp = [math.log1p(creep) * (i + 1) for i in range(10)]

    def score(window: Sequence[float], added: Sequence[float]) -> float:
        level = statistics.median(window[:before])
        off = [value + more - level for value, more in zip(window[before:], added, strict=True)]
        return math.fsum(told(v - rise) - told(v) for v, rise in zip(off, ramp, strict=True))

    windows = [values[end - before - 10 : end] for values in logs for end in range(before + 10, len(values) + 1)]
    windows = windows[:: max(len(windows) // 500, 1)]
    alarm = sorted(score(window, [0.0] * 10) for window in windows)[int(0.97 * len(windows))]
    return _share([score(window, ramp) > alarm for window in windows])


def _density(noise: Sequence[float]) -> Callable[[float], float]:
    """The logarithm of the density, looked up: normal kernels, and tails as wide as Cauchy's."""
    few = sorted(noise)[:: max(len(noise) // 400, 1)]
    scale = 1.4826 * statistics.median(map(abs, noise))
    width = 0.9 * scale * len(noise) ** -0.2

    @cache
    def at(step: int) -> float:
        place = step * width / 10
        kernels = math.fsum(math.exp(-0.5 * ((place - value) / width) ** 2) for value in few) / (
            len(few) * width * 2.5066
        )
        return math.log(0.95 * kernels + 0.05 / (math.pi * scale * (1 + (place / scale) ** 2)))

    return lambda value: at(round(10 * value / width))


def _noise(values: Sequence[float]) -> float:
    logs = [math.log(value) for value in values]
    return 1.4826 * statistics.median(abs(value - statistics.median(logs)) for value in logs)


def _moves(values: Sequence[float]) -> bool:
    logs = [math.log(v) for v in values if v > 0]
    return len(logs) > 1 and abs(math.expm1(theil_sen(logs).slope * (len(logs) - 1))) > 0.05


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else math.nan


def costs() -> None:
    source = random.Random(1)
    series = [[math.exp(source.gauss(0, 0.05)) for _ in range(30)] for _ in range(1000)]
    began = time.process_time()
    for values in series:
        fit_trend(values)
    print(f"1,000 series of 30 runs: {time.process_time() - began:.2f} s of CPU")


if __name__ == "__main__":
    main()
