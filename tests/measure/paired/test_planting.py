"""PlantedWork planted into one side is as much as was asked for, whatever the benchmark is like."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.measure.paired.interleave import Ring
from bench_agent.measure.paired.planting import weigh
from bench_agent.measure.paired.side import Side
from projects import environment

BENCH = """
import time
def work(n=2000): return sum(i * i for i in range(n))
def test_short(benchmark): benchmark(work, 100)
def test_long(benchmark): benchmark(work, 200_000)
def test_fresh(benchmark): benchmark.pedantic(work, setup=lambda: ((5000,), {}), rounds=3)
def test_waits(benchmark): benchmark(time.sleep, 0.002)
def test_fails(benchmark): benchmark(work, "x")
"""


@pytest.fixture
def side(tmp_path: Path) -> Side:
    (tmp_path / "test_b.py").write_text(BENCH)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return Side(label="base", root=tmp_path, python=(sys.executable,))


@pytest.mark.long
def test_half_as_much_again_shows_as_half_as_much_again(side: Side) -> None:
    env = environment(PYTHONPATH=None)
    ids = [f"test_b.py::test_{name}" for name in ("short", "long", "fresh", "waits", "fails")]
    weighed = weigh(side, node_ids=ids, env=env, budget_s=20.0)
    assert list(weighed.work) == ids[:4]
    assert [problem.benchmark for problem in weighed.problems] == ids[4:]
    plant = {id: work.units / 2 for id, work in weighed.work.items()}
    with Ring((side, replace(side, label="head", plant=plant)), node_ids=ids[:4], env=env, budget_s=20.0) as ring:
        step = ring.step(last=True)
    for id in ids[:4]:
        sample = step.samples[id, "head"]
        ratio = sample.wall_log_ratio if id.endswith("waits") else sample.cpu_log_ratio
        assert ratio is not None
        assert math.log(1.1) < ratio < math.log(2.5), id  # log 1.5, on however busy a machine
