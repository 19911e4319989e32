"""Made-up runs with the noise of real ones, from a seed: for the tests, the benchmarks and the calibration of what judges them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bench_agent.formats.stored import dump_run
from bench_agent.history.store import Store
from bench_agent.records import Head, Machine, Reach, Run, Sample
from bench_agent.stats.round_summary import summarise_rounds

MACHINE = Machine(
    system="Linux", arch="x86_64", cpu="AMD EPYC 7763", cores=2, python="3.12.1", implementation="CPython"
)
BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)

# What a benchmark's rounds are multiplied by in one run: (its number, the run's number, a source of chance).
Factor = Callable[[int, int, Random], float]


def steady(benchmark: int, run: int, random: Random) -> float:
    """Nothing changes but the noise: 5.6 % between the medians of two runs of one benchmark, as measured."""
    return math.exp(random.gauss(0, 0.05))


def make_sample(number: int = 0, level_s: float = 1e-3, random: Random | None = None, *, rounds: int = 40) -> Sample:
    """A computing benchmark's sample: right-skewed rounds at the level, the fastest 4 % below their median."""
    random = random or Random(number)
    data = [level_s * (0.96 + random.expovariate(1 / 0.04) * 1.44) for _ in range(rounds)]
    summary = summarise_rounds(data)
    return Sample(
        id=f"tests/benchmark/test_area_{number % 10}.py::test_work_{number}",
        name=f"work_{number}",
        group=f"area_{number % 10}",
        rounds=summary.rounds,
        iterations=1,
        mean_s=summary.mean,
        stddev_s=summary.stddev,
        median_s=summary.median,
        min_s=summary.min,
        max_s=summary.max,
        q1_s=summary.q1,
        q3_s=summary.q3,
        p95_s=summary.p95,
        p99_s=summary.p99,
        ops=1 / summary.mean,
        cpu_s=summary.median * 0.99,
        cpu_use=0.99,
        peak_bytes=80_000_000 + number,
        mean_bytes=75_000_000,
        body_hash=f"{number:012x}",
        timer="perf_counter",
        extra={"rows": "120"},
        spent_s=rounds * summary.mean * 1.3,
        first_s=summary.first,
        last_s=summary.last,
        quantiles_s=summary.quantiles,
    )


def make_reach(number: int, functions: int = 20) -> Reach:
    """What such a benchmark executes: a few functions of its own, the others shared."""
    names = [f"src/shop/area_{(number + i) % 10}.py::Thing.method_{(number + i * 7) % 200}" for i in range(functions)]
    return Reach(
        functions={name: 1 + i for i, name in enumerate(names)},
        lines={name: 10 + 3 * i for i, name in enumerate(names)},
        files=tuple(sorted({name.partition("::")[0] for name in names})),
        complete=True,
    )


def make_runs(
    runs: int, benchmarks: int, *, seed: int = 0, factor: Factor = steady, rounds: int = 40, reach: bool = False
) -> list[Run]:
    """Runs an hour apart, oldest first, each on a commit of its own; levels from 2 µs to 2 s, the same in every run."""
    random = Random(seed)
    levels = [10 ** random.uniform(-5.7, 0.3) for _ in range(benchmarks)]
    return [
        make_run(
            number,
            [
                replace(
                    make_sample(i, level * factor(i, number, random), random, rounds=rounds),
                    reach=make_reach(i) if reach else None,
                )
                for i, level in enumerate(levels)
            ],
        )
        for number in range(runs)
    ]


def make_run(number: int, samples: Sequence[Sample], *, machine: Machine = MACHINE) -> Run:
    began = BEGIN + timedelta(hours=number)
    return Run(
        run_id=began.strftime("%Y%m%d_%H%M%S"),
        started_at=began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=41.2,
        command="make benchmark",
        head=Head(sha=f"{number + 1:040x}", branch="main"),
        machine=machine,
        samples=tuple(samples),
        exit_code=0,
        peak_bytes=90_000_000,
        mean_bytes=70_000_000,
    )


def file_name(run: Run) -> str:
    """The name the product keeps a run under, without its suffix."""
    return f"{run.run_id}_{(run.head.sha or 'nogit')[:8]}"


def keep(root: Path, runs: Sequence[Run]) -> Store:
    """The runs as the product keeps them in the project at `root`."""
    store = Store(root / ".benchmark")
    for run in runs:
        store.write(file_name(run), dump_run(run))
    return store
