"""The product's own speed: judging a history, ranking suspects, writing the report. Made up from a seed, the same every time."""

import pytest

from bench_agent.config import load_config
from bench_agent.records import Head
from bench_agent.render.layout import render_report
from bench_agent.render.terminal import Screen
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import judge_run
from bench_agent.results.comparison import Confirmation
from bench_agent.results.report_json import to_json
from bench_agent.suspects.ranking import find_suspects
from bench_agent.system.git import open_repository
from histories import make_runs
from planted import plant

pytestmark = pytest.mark.benchmark(group="bench_agent", max_time=0.3, min_rounds=20)


@pytest.fixture(scope="module")
def runs():
    return make_runs(30, 200)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return load_config(tmp_path_factory.mktemp("project"), environment={})


@pytest.fixture(scope="module")
def report(config, runs):
    *past, now = runs
    return report_on(config, now, judge_run(config, now, past), Confirmation(), repository=None)


def test_bench_agent_detect(benchmark, config, runs):
    """The newest of 30 runs of 200 benchmarks against the others."""
    *past, now = runs

    judged = benchmark(judge_run, config, now, past)

    assert len(judged.judgements) == 200


def test_bench_agent_rank(benchmark, tmp_path):
    """Suspects among 12 commits of a small repository, git's own time included."""
    planted = plant(tmp_path / "repo", commits=12, seed=2)
    repository = open_repository(tmp_path / "repo")

    def rank():
        return find_suspects(
            repository, good_sha=planted.good, head=Head(sha=planted.head), reach=None, base_reach=None
        )

    search = benchmark.pedantic(rank, rounds=10, warmup_rounds=1)

    assert planted.culprit in [suspect.sha for suspect in search.suspects]


def test_bench_agent_render(benchmark, report):
    """The page on a terminal and the findings for the assistant, of 200 benchmarks."""
    screen = Screen(width=100, color=False, plain=True, box=True)

    text = benchmark(lambda: render_report(report, screen, verbose=True) + to_json(report))

    assert "work_" in text
