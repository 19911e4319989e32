"""Own time per function of real calls, by the C profiler of every Python there is here."""

import json
import subprocess
from pathlib import Path

import pytest

import bench_agent
from projects import interpreters

PROBE = Path(bench_agent.__file__).parent / "measure" / "probe"
WORK = """
import cProfile, sys, threading, time

def outer(n):
    found = []
    for number in range(n):
        found.append(leaf(number))
    return sorted(found, key=lambda value: -value)

def leaf(number):
    return abs(number)

def profiles():
    profiler = cProfile.Profile()
    profiler.enable()
    leaf(1)
    profiler.disable()

def spin(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass

def threads():
    others = [threading.Thread(target=spin, args=(0.05,)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join()

def raises():
    if sys.getprofile() is not None or getattr(sys, "monitoring", None) and sys.monitoring.get_tool(2):
        raise KeyError("seen")
"""
PROFILE = """
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import bench_agent_counts, bench_agent_profile, work
from bench_agent_ring_call import Callable
project = bench_agent_counts.Everything(sys.argv[2])
turn = bench_agent_profile.take_turn

def left():
    tool = sys.monitoring.get_tool(2) if hasattr(sys, "monitoring") else None
    return [sys.getprofile() is None, tool]

found = {
    "outer": turn(Callable(work.outer, (5,)), project, 2),
    "direct": turn(Callable(sorted, ([2, 1],)), project, 3),
    "fresh": turn(Callable(work.leaf, setup=lambda: ((1,), {})), project, 4),
    "threads": turn(Callable(work.threads), project, 1),
    "raises": turn(Callable(work.raises), project, 1),
    "left": left(),
    "profiles": turn(Callable(work.profiles), project, 1),
}
sys.setprofile(None)
found["after"] = turn(Callable(work.outer, (5,)), project, 1)
import cProfile
other = cProfile.Profile()
other.enable()
found["busy"] = turn(Callable(work.outer, (5,)), project, 1)
other.disable()
print(json.dumps(found))
"""


@pytest.fixture(scope="module", params=interpreters())
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("profiled")
    (folder / "work.py").write_text(WORK)
    done = subprocess.run(
        [request.param, "-c", PROFILE, str(PROBE), str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_functions_have_their_calls_and_the_calls_they_make(found: dict) -> None:
    functions = found["outer"]["functions"]
    assert {key: row[:3] for key, row in functions.items()} == {
        "work.py::outer": [2, 10, 12],
        "work.py::leaf": [10, 0, 10],
        "work.py::outer.<locals>.<lambda>": [10, 0, 0],
    }


def test_built_ins_are_named_as_people_call_them_with_who_calls_them(found: dict) -> None:
    rows = {(caller, name): calls for caller, name, calls, _ in found["outer"]["builtins"]}
    assert rows == {
        ("work.py::outer", "list.append"): 10,
        ("work.py::outer", "sorted"): 2,
        ("work.py::leaf", "abs"): 10,
    }
    assert [row[:3] for row in found["direct"]["builtins"]] == [["", "sorted", 3]]
    assert found["direct"]["functions"] == {}


def test_own_times_add_up_to_no_more_than_what_the_calls_took(found: dict) -> None:
    turn = found["outer"]
    own = sum(row[-1] for row in (*turn["functions"].values(), *turn["builtins"]))
    assert 0 < own <= turn["profiled"]
    assert all(cost >= 0 for cost in turn["costs"])


def test_arguments_are_made_anew_for_every_call_where_the_benchmark_has_a_setup(found: dict) -> None:
    assert {key: row[0] for key, row in found["fresh"]["functions"].items()} == {"work.py::leaf": 4}


def test_a_call_that_a_profiler_cannot_follow_says_why_and_leaves_nothing_behind(found: dict) -> None:
    assert "threads" in found["threads"]["why"]
    assert "KeyError under a profiler" in found["raises"]["why"]
    assert found["left"] == [True, None]


def test_a_benchmark_that_profiles_itself_and_a_profiler_at_work_are_left_alone(found: dict) -> None:
    assert "profiler" in found["profiles"]["why"]
    assert "another profiler is at work" in found["busy"]["why"]
    assert found["after"]["functions"]["work.py::leaf"][0] == 5
