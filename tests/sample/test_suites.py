"""The benchmark suites as they are run: what they measure, what they need, and that they leave nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SUITES = {
    "agent_response": {"agent_response"},
    "authorization": {"authorization_check", "authorization_check_cached", "session_validation"},
    "context_loading": {"context_loading"},
    "database_query": {"database_pool", "database_query", "database_transaction"},
    "llm_call": {"llm_call", "llm_call_fallback", "llm_call_first_token", "llm_call_streaming"},
}
FILES = [f"test_{name}.py" for name in SUITES]


@pytest.mark.long
def test_every_benchmark_runs_and_nothing_is_left_behind(run_suite):
    before = set(tree(ROOT / "tests"))

    finished = run_suite(*FILES, "--benchmark-disable")

    assert {(item.nodeid, item.group) for item in finished.items} == {
        (f"tests/benchmark/test_{group}.py::test_{name}", group) for group, names in SUITES.items() for name in names
    }
    assert all(item.min_rounds >= 50 for item in finished.items)  # a 95th percentile takes 20
    assert (finished.passed, finished.skipped) == (sum(map(len, SUITES.values())), 0)
    assert finished.left_running == ()
    assert finished.threads == 1
    assert set(tree(ROOT / "tests")) == before


def tree(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if "__pycache__" not in path.parts]


def test_permissions_alone_import_neither_model_nor_database(run_suite):
    finished = run_suite("test_authorization.py", "--benchmark-disable")

    assert not finished.imported & {"anthropic", "sqlalchemy", "openfga_sdk"}  # the first alone takes over a second


@pytest.mark.long
def test_the_real_api_is_asked_a_few_times_only(run_suite, api_url):
    live = {"BENCH_LIVE": "1", "ANTHROPIC_API_KEY": "none needed", "ANTHROPIC_BASE_URL": api_url, "NO_PROXY": "*"}

    finished = run_suite("test_llm_call.py", "test_agent_response.py", **live)

    assert (finished.passed, finished.skipped) == (4, 1)  # no real model is busy on demand
    assert set(finished.rounds.values()) == {5}


def test_the_baseline_names_every_category():
    baseline = json.loads((ROOT / "tests/regression/baseline_metrics.json").read_text())

    assert set(baseline) == set(SUITES)
    assert all(set(target) == {"p95_ms", "max_regression"} for target in baseline.values())


def test_old_commits_get_todays_benchmarks_and_their_own_agent():
    config = yaml.safe_load((ROOT / "tests/benchmark/config.yaml").read_text())

    shared = {str(path.relative_to(ROOT)) for pattern in config["overlay"] for path in ROOT.glob(pattern)}
    assert {f"tests/benchmark/{name}" for name in FILES} < shared
    assert not any("benchmark/agent" in path for path in shared)
    assert set(config["targets"]) <= set().union(*SUITES.values())


def test_the_shop_is_the_same_in_every_process():
    code = (
        "import hashlib; from benchmark.agent import context, shop; s = shop.open_shop()\n"
        "c = context.load_context(s.question, s.articles, s.conversations[s.conversation], budget_tokens=3000)\n"
        "print(hashlib.sha256(repr((s, c)).encode()).hexdigest())"
    )

    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(ROOT / "tests"), "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(seen) == 1
