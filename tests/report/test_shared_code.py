"""Benchmarks that share code with what was found slower: stored runs alone don't clear them."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.formats.stored import dump_run
from bench_agent.history.load import load_history
from bench_agent.history.store import Store
from bench_agent.records import Reach
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import judge_run
from bench_agent.results.comparison import ComparedBenchmark, Confirmation
from histories import make_run, make_sample

BASE = "ab" * 20
SHARED = "pkg/core.py::tokens"


def reach_of(lines: int) -> Reach:
    functions = {SHARED: 1, "pkg/core.py::parse": 1}
    return Reach(
        functions=functions, lines={SHARED: lines, "pkg/core.py::parse": 3}, files=("pkg/core.py",), complete=True
    )


def confirmed(id: str, verdict: str) -> Confirmation:
    ratio = 1.5 if verdict == "slower" else 1.0
    row = ComparedBenchmark(
        benchmark=id, base=1e-3, head=1e-3 * ratio, unit="s", clock="cpu", ratio=ratio, interval=(ratio - 0.02, ratio + 0.02),
        verdict=verdict, detectable=0.02, pairs=8, seconds_to_settle=None, p_slower=0.0, p_faster=1.0,
    )  # fmt: skip
    return Confirmation(base_sha=BASE, rows={id: row}, seconds=20.0)


@pytest.mark.parametrize(
    ("verdict", "lines", "mark"), [("slower", 60, "undecided"), ("slower", 40, "pass"), ("same", 60, "pass")]
)
def test_what_executes_more_in_the_same_function_is_not_cleared_by_stored_runs(
    tmp_path: Path, verdict: str, lines: int, mark: str
) -> None:
    before = [replace(make_sample(n), reach=reach_of(40)) for n in range(2)]
    store = Store(tmp_path / ".benchmark")
    store.write("20261101_120000_00000000", dump_run(make_run(0, before)))
    config = load_config(tmp_path, environment={})
    first, other = (replace(sample, reach=reach_of(n)) for sample, n in zip(before, (60, lines), strict=True))
    run = make_run(1, [first, other])
    judged = judge_run(config, run, load_history(store).runs)
    report = report_on(config, run, judged, confirmed(first.id, verdict), repository=None)
    row = next(row for row in report.benchmarks if row.id == other.id)
    assert row.mark == mark
    if mark == "undecided":
        assert row.message == "executes more in tokens too, as what got slower does, and was not measured in turns"
        assert row.next_command is not None
        assert row.next_command.startswith(f"bench-agent compare {BASE[:12]}")
        assert report.open_since[other.id] == BASE
        assert (report.summary.undecided, report.summary.passing) == (1, 0)
