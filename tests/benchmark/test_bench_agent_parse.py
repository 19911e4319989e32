"""The product's own speed: reading results. Files are made up from a seed, the same every time."""

import base64
import json
from array import array
from random import Random

import pytest

from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.history.load import load_history
from bench_agent.history.store import Store
from bench_agent.measure.probe_results import parse_probe
from histories import keep, make_runs

pytestmark = pytest.mark.benchmark(group="bench_agent", max_time=0.3, min_rounds=20)

BENCHMARKS = 30
ROUNDS = 1500


@pytest.fixture(scope="module")
def rounds():
    random = Random(0)
    return [[random.lognormvariate(-9, 0.1) for _ in range(ROUNDS)] for _ in range(BENCHMARKS)]


def test_bench_agent_parse_results(benchmark, rounds):
    """A pytest-benchmark file with all its raw rounds, 1 MB."""
    entries = [
        {
            "fullname": f"test_x.py::test_{number}",
            "stats": {"min": min(data), "max": max(data), "mean": data[0], "median": data[0], "data": data},
        }
        for number, data in enumerate(rounds)
    ]
    content = json.dumps({"benchmarks": entries}).encode()

    run = benchmark(parse_results, content)

    benchmark.extra_info.update(kilobytes=len(content) // 1000, rounds=BENCHMARKS * ROUNDS)
    assert [sample.rounds for sample in run.samples] == [ROUNDS] * BENCHMARKS


def test_bench_agent_parse_probe(benchmark, rounds):
    """What the probe wrote for as many rounds."""
    events = [{"kind": "session", "python": "3.12.1"}]
    for number, data in enumerate(rounds):
        packed = base64.b64encode(array("d", data).tobytes()).decode()
        event = {"kind": "benchmark", "id": f"test_x.py::test_{number}", "outcome": "passed", "data": packed}
        events.append(event | {"cpu": packed, "iterations": 1, "started": 1.0, "stopped": 2.0})
    content = b"".join(json.dumps(event).encode() + b"\n" for event in events)

    result = benchmark(parse_probe, [content])

    assert [sample.rounds for sample in result.samples] == [ROUNDS] * BENCHMARKS


def test_bench_agent_load_history(benchmark, tmp_path):
    """30 stored runs of 200 benchmarks."""
    store: Store = keep(tmp_path, make_runs(30, 200, reach=True))

    stored = benchmark(load_history, store)

    assert [len(run.samples) for run in stored.runs] == [200] * 30
