"""What a call holds and leaves behind is told to the byte, and the line that does it is named, by every Python there is here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from planted_memory import PLANTED, Planted
from projects import interpreters

PROBE = Path(__file__).resolve().parents[3] / "src" / "bench_agent" / "measure" / "probe"
MEASURE = """
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import bench_agent_counts, bench_agent_memory, bench_agent_ring_call, work
call = bench_agent_ring_call.Callable(work.run)
project = bench_agent_counts.Everything(sys.argv[2])
print(json.dumps(bench_agent_memory.measure(call, project, float(sys.argv[3]), sys.argv[4] == "lines")))
"""
QUICK = ("unbounded cache", "sorted copy", "leak through a closure", "copied frame", "a C extension's buffer")


def measure(
    folder: Path, text: str, *, python: str = sys.executable, seconds: float = 20.0, lines: bool = True, seed: str = "1"
) -> dict[str, Any]:
    (folder / "work.py").write_text(text)
    command = [python, "-c", MEASURE, str(PROBE), str(folder), str(seconds), "lines" if lines else ""]
    env = {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def planted(name: str) -> Planted:
    return next(kind for kind in PLANTED if kind.name == name)


@pytest.mark.parametrize("name", QUICK)
def test_planted_growth_is_measured_and_its_line_named(name: str, tmp_path: Path) -> None:
    kind = planted(name)
    before, after = measure(tmp_path, kind.before), measure(tmp_path, kind.after)
    if kind.kind == "peak":
        assert after["peak"] + after["native"] >= before["peak"] + before["native"] + 1_000_000
        assert after["whole"]
    else:
        assert after["left"] >= 256 > before["left"]
    lines = after["lines" if kind.kind == "peak" else "left_lines"]
    assert ["work.py", kind.line] in [line[:2] for line in lines[:2]], lines


@pytest.mark.parametrize("python", interpreters())
def test_every_python_tells_the_same_story(python: str, tmp_path: Path) -> None:
    kind = planted("sorted copy")
    before, after = measure(tmp_path, kind.before, python=python), measure(tmp_path, kind.after, python=python)
    assert after["peak"] - before["peak"] >= 2_000_000
    assert (before["repeats"], after["repeats"], after["left"]) == (True, True, 0.0)
    assert after["lines"][0][:2] == ["work.py", kind.line]


def test_two_hash_seeds_agree_to_the_byte(tmp_path: Path) -> None:
    kind = planted("sorted copy")
    figures = [measure(tmp_path, kind.after, seed=seed, lines=False)["peak"] for seed in ("1", "2")]
    assert figures[0] == figures[1]


def test_a_cache_with_a_bound_is_no_leak(tmp_path: Path) -> None:
    text = (
        "import functools, itertools\n_count = itertools.count()\n\n@functools.lru_cache(maxsize=300)\n"
        "def look(key):\n    return [key] * 100\n\ndef run():\n    return look(next(_count))\n"
    )
    assert measure(tmp_path, text, lines=False)["left"] == 0.0


@pytest.mark.parametrize("every", [5, 20])
def test_what_only_some_calls_leave_behind_is_a_leak_too(every: int, tmp_path: Path) -> None:
    found = measure(
        tmp_path,
        "calls, kept = [0], []\n\n\ndef run():\n    calls[0] += 1\n"
        f"    if calls[0] % {every} == 0:\n        kept.append(bytearray(8_000))\n    return sum(range(100))\n",
    )
    assert found["left"] == pytest.approx(8_000 / every, rel=0.25)


def test_what_replaces_what_was_there_is_no_leak(tmp_path: Path) -> None:
    text = "_kept = {}\n\ndef run():\n    _kept['last'] = bytearray(500_000)\n"
    found = measure(tmp_path, text, lines=False)
    assert found["left"] == 0.0
    assert 500_000 <= found["peak"] < 510_000


def test_the_result_is_let_go_before_what_is_left_is_looked_at(tmp_path: Path) -> None:
    assert measure(tmp_path, "def run():\n    return bytearray(500_000)\n", lines=False)["left"] == 0.0


def test_a_cycle_that_the_collector_takes_is_no_leak(tmp_path: Path) -> None:
    text = "def run():\n    a = [bytearray(10_000)]\n    a.append(a)\n"
    assert measure(tmp_path, text, lines=False)["left"] == 0.0


def test_a_leak_of_an_extension_is_seen_by_mallocs_own_account(tmp_path: Path) -> None:
    text = (
        "import ctypes\n_libc = ctypes.CDLL(None)\n_libc.malloc.restype = ctypes.c_void_p\n\n"
        "def run():\n    _libc.malloc(ctypes.c_size_t(10_000))\n"
    )
    found = measure(tmp_path, text, lines=False)
    assert found["left"] == 0.0
    assert found["native_left"] == pytest.approx(10_000, rel=0.01)


def test_a_call_that_is_too_long_is_not_traced(tmp_path: Path) -> None:
    found = measure(tmp_path, "import time\n\ndef run():\n    time.sleep(0.2)\n", seconds=0.3)
    assert "one call takes 0.2" in found["why"]


def test_a_suite_that_traces_its_own_memory_is_left_alone(tmp_path: Path) -> None:
    text = "import tracemalloc\ntracemalloc.start()\n\ndef run():\n    return 1\n"
    assert "tracemalloc" in measure(tmp_path, text)["why"]


RANDOM = "import random\n\n\ndef run():\n    return len(bytearray(random.randrange(1_000_000, 3_000_000)))\n"
WATCHED_LONG = """
def word(n):
    return "w%d" % n


def run():
    out = []
    for n in range(60_000):
        out.append(word(n))
    return len(out)
"""


def test_a_size_drawn_at_random_shows_within_one_session(tmp_path: Path) -> None:
    found = measure(tmp_path, RANDOM, lines=False)
    assert (found["repeats"], found["differs"] > 0) == (False, True)


@pytest.mark.long
def test_a_call_too_long_to_be_watched_tells_what_it_held_by_then_and_blames_no_line_for_the_rest(
    tmp_path: Path,
) -> None:
    found = measure(tmp_path, WATCHED_LONG, seconds=1.0)
    for _, number, text, size, _ in found["lines"]:
        assert text != "for n in range(60_000):" or size < found["peak"] / 20, (number, found)
    assert sum(line[3] for line in found["lines"]) <= 1.05 * found["peak"]
