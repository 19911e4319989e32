"""The main job in a terminal, on a small real project: first run, a slow commit, an innocent one, and the way back.

The slowdowns are many times what the ring can tell, so that a busy machine makes these tests slow, not wrong.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench_agent.results.report_json import schema
from e2e.shop import FAST, SLOW, Shop, search_path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def bench_agent(shop: Shop, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": search_path(shop.folder.parent / "bin"),
        "HOME": str(shop.folder.parent),
        "LANG": "C.UTF-8",
    }
    return subprocess.run(
        ["bench-agent", *arguments], cwd=shop.folder, env=environment, capture_output=True, text=True, timeout=400
    )


def run(shop: Shop, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """(exit code, findings, stderr) of `bench-agent run --json`."""
    done = bench_agent(shop, "run", "--json", *arguments)
    findings = json.loads(done.stdout)
    jsonschema.validate(findings, schema())
    return done.returncode, findings, done.stderr


def commit_slow(shop: Shop) -> str:
    shop.write("basket.py", SLOW)
    return shop.commit("Keep the items of a basket in order")


def test_a_slow_commit_is_measured_again_confirmed_and_proved(shop: Shop) -> None:
    code, first, _ = run(shop, "--no-confirm")
    assert (code, first["status"], first["regressions"]) == (0, "not_compared", [])
    slow = commit_slow(shop)
    code, second, _ = run(shop, "--budget", "120", "--fail-on", "regression")
    finding = second["regressions"][0]
    assert finding["benchmark"] == "agent_response"
    assert (finding["verdict"], finding["confirmed"]) == ("slower", True)
    assert finding["ratio"] > 2
    low, high = finding["interval"]
    assert 1 < low <= finding["ratio"] <= high
    assert finding["evidence"]["method"] == "ring"
    assert finding["evidence"]["pairs"] >= 4
    suspect = finding["suspects"][0]
    assert suspect["sha"] == slow
    assert suspect["proved"] is True  # its parent was the other side of the measurement
    assert "unique" in " ".join([*suspect["functions"], *suspect["evidence"]])
    assert second["status"] == "regressed"
    assert code == 1


def test_uncommitted_changes_are_a_side_and_a_suspect(shop: Shop) -> None:
    run(shop, "--no-confirm")
    shop.write("basket.py", SLOW)
    _, findings, _ = run(shop, "--budget", "120")
    finding = findings["regressions"][0]
    assert finding["confirmed"] is True
    assert finding["suspects"][0]["sha"] == "uncommitted"


def test_the_very_first_run_on_a_branch_answers_whether_it_made_anything_slower(shop: Shop) -> None:
    shop.git("checkout", "-qb", "ordered")
    commit_slow(shop)
    _, findings, said = run(shop, "--budget", "120")
    assert [f["benchmark"] for f in findings["regressions"]] == ["agent_response"]
    assert findings["regressions"][0]["confirmed"] is True
    assert "that can differ" in said


def test_a_commit_that_changes_nothing_is_not_blamed(shop: Shop) -> None:
    run(shop, "--no-confirm")
    shop.write("basket.py", FAST + "\n# a remark\n")
    shop.commit("Say something about baskets")
    code, findings, _ = run(shop, "--fail-on", "regression")
    assert code == 0
    assert not [f for f in findings["regressions"] if f["confirmed"]]


def test_the_same_commit_twice_is_never_the_codes_fault(shop: Shop) -> None:
    run(shop, "--no-confirm")
    _, findings, _ = run(shop)
    assert findings["regressions"] == []


def test_compare_tells_two_revisions_apart_and_leaves_nothing_behind(shop: Shop) -> None:
    commit_slow(shop)
    before = shop.git("worktree", "list")
    done = bench_agent(shop, "compare", "HEAD~1", "HEAD", "-k", "agent_response", "--json", "--budget", "120")
    document = json.loads(done.stdout)
    assert document["schema"] == "bench-agent/comparison/2"
    (row,) = document["benchmarks"]
    assert row["verdict"] == "slower"
    assert row["interval"][0] > 1.5
    assert shop.git("worktree", "list") == before
    assert shop.git("status", "--porcelain") == ""
