"""A changed function is named from one iteration, by every Python there is here, and where counts can't tell that is known."""

import json
import subprocess
from pathlib import Path

import pytest

from bench_agent.records import reach_from
from bench_agent.suspects.reached_code import compare_reach, executes_otherwise
from projects import interpreters

PROBE = Path(__file__).resolve().parents[3] / "src" / "bench_agent" / "measure" / "probe"
BASE = """
import functools, re, time

def tokens(text):
    return text.split()

@functools.lru_cache(maxsize=None)
def weight(token):
    return sum(ord(c) for c in token)

def rank(text):
    return sorted(weight(token) for token in tokens(text))

def search(text):
    found = []
    for token in rank(text):
        found.append(token)
    return found

seen = []

def grows():
    seen.append(1)
    return [n for n in seen]

def waits():
    time.sleep(0.2)
"""
HEAD = BASE.replace("return text.split()", "return [t for t in text.split() if t]")  # one comprehension, one line
COUNT = """
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import bench_agent_counts, bench_agent_ring_call as ring, work
project = bench_agent_counts.Project(sys.argv[2])
calls = {"search": ring.Callable(work.search, ("the quick brown fox " * 20,)), "grows": ring.Callable(work.grows),
         "waits": ring.Callable(work.waits), "fresh": ring.Callable(work.search, setup=lambda: (("a b c",), {}))}
print(json.dumps({name: call.count(project, 0.1) for name, call in calls.items()}))
"""


@pytest.fixture(scope="module", params=interpreters())
def sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """What each side's calls executed, counted by that interpreter with another hash seed each."""
    found = []
    for seed, code in enumerate((BASE, HEAD)):
        folder = tmp_path_factory.mktemp("side")
        (folder / "work.py").write_text(code)
        command = [request.param, "-c", COUNT, str(PROBE), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONHASHSEED": str(seed)})
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    return found[0], found[1]


def reaches(sides: tuple[dict, dict], name: str):
    return [reach_from(side[name]["functions"], complete=side[name]["complete"]) for side in sides]


@pytest.mark.parametrize("name", ["search", "fresh"])
def test_the_changed_function_is_named_and_no_other(sides: tuple[dict, dict], name: str) -> None:
    assert all(side[name]["repeats"] for side in sides)
    change = compare_reach(*reaches(sides, name))
    assert [key for key, growth in change.grown.items() if growth.itself] == ["work.py::tokens"]
    assert executes_otherwise(*reversed(reaches(sides, name))) is True  # less work is a change too


def test_the_same_code_counts_the_same(sides: tuple[dict, dict]) -> None:
    base, _ = reaches(sides, "search")
    assert executes_otherwise(base, base) is False


def test_work_that_differs_from_call_to_call_is_no_evidence(sides: tuple[dict, dict]) -> None:
    assert [side["grows"]["repeats"] for side in sides] == [False, False]


def test_a_call_too_long_to_be_followed_is_not_known(sides: tuple[dict, dict]) -> None:
    assert [(side["waits"]["complete"], side["waits"]["functions"]) for side in sides] == [(False, {}), (False, {})]
    assert executes_otherwise(*reaches(sides, "waits")) is None
