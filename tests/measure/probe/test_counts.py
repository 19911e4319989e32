"""Counting what one call executes: complete, repeatable, and gone without a trace afterwards."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from projects import interpreters

PROBE = Path(__file__).resolve().parents[3] / "src" / "bench_agent" / "measure" / "probe"
WORK = """
import threading

def leaf(n):
    return n + 1

def loop(n):
    total = 0
    for i in range(n):
        total += leaf(i)
    return total

def items(n):
    for i in range(n):
        yield i

def drain(n):
    return sum(items(n))

def raises():
    try:
        boom()
    except ValueError:
        return "caught"

def boom():
    raise ValueError

def in_thread(n):
    thread = threading.Thread(target=loop, args=(n,))
    thread.start()
    thread.join()

class Thing:
    def method(self):
        return [leaf(i) for i in range(3)]
"""
COUNT = f"""
import json, sys, threading
sys.path[:0] = [{str(PROBE)!r}, sys.argv[1]]
import bench_agent_counts as counts
import work

def count(name, *args, budget=60.0):
    counter = counts.Counter(counts.Project(sys.argv[1]), budget)
    function = work.Thing().method if name == "method" else getattr(work, name)
    result = counter.run(function, args, {{}})
    found = {{key.partition("::")[2]: tuple(value) for key, value in counter.functions.items()}}
    return {{"result": result, "functions": found, "complete": counter.complete, "keys": sorted(counter.functions)}}

print(json.dumps({{
    "loop": count("loop", 10), "again": count("loop", 10), "more": count("loop", 11),
    "drain": count("drain", 5), "raises": count("raises"), "thread": count("in_thread", 10), "method": count("method"),
    "cut": count("loop", 300_000, budget=0.001),
    "left": [sys.gettrace(), getattr(threading, "_trace_hook", None)],
    "tools": [sys.monitoring.get_tool(i) for i in range(6)] if hasattr(sys, "monitoring") else [],
}}))
"""


@pytest.fixture(scope="module", params=interpreters())
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The counts of several calls, by every Python there is here: 3.12 and later count in another way than the older ones."""
    folder = tmp_path_factory.mktemp("counted")
    (folder / "work.py").write_text(WORK)
    done = subprocess.run([request.param, "-c", COUNT, str(folder)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_calls_are_counted_to_the_last_one(counted: dict) -> None:
    functions = counted["loop"]["functions"]
    assert functions["loop"][0] == 1
    assert functions["leaf"] == [10, 10]
    assert counted["loop"]["complete"] is True
    assert counted["loop"]["result"] == 55
    assert counted["loop"]["keys"] == ["work.py::leaf", "work.py::loop"]


def test_counts_are_the_same_every_time_and_grow_with_the_work(counted: dict) -> None:
    assert counted["again"] == counted["loop"]
    before, now = counted["loop"]["functions"], counted["more"]["functions"]
    assert now["leaf"][0] == before["leaf"][0] + 1
    assert now["loop"][1] > before["loop"][1]


def test_generators_exceptions_and_methods_are_followed(counted: dict) -> None:
    assert counted["drain"]["functions"]["items"][0] >= 1
    assert counted["drain"]["functions"]["items"][1] >= 5
    assert counted["raises"]["result"] == "caught"
    assert counted["raises"]["functions"]["boom"] == [1, 1]
    assert counted["method"]["functions"]["leaf"][0] == 3


def test_methods_are_named_with_their_class_on_every_python(counted: dict) -> None:
    names = set(counted["method"]["functions"])
    assert "Thing.method" in names
    assert names <= {"Thing.method", "Thing.method.<locals>.<listcomp>", "leaf"}


def test_threads_of_the_benchmark_are_counted(counted: dict) -> None:
    assert counted["thread"]["functions"]["leaf"] == [10, 10]


def test_a_call_that_takes_too_long_is_finished_and_marked_incomplete(counted: dict) -> None:
    assert counted["cut"]["complete"] is False
    assert counted["cut"]["result"] == sum(range(1, 300_001))
    assert counted["cut"]["functions"]["leaf"][0] < 300_000


def test_nothing_of_the_counting_is_left_behind(counted: dict) -> None:
    assert counted["left"] == [None, None]
    assert counted["tools"] in ([], [None] * 6)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(PROBE))
    import bench_agent_counts

    return bench_agent_counts


@pytest.mark.skipif(hasattr(sys, "monitoring"), reason="a tracer is only in the way before 3.12")
def test_a_tracer_that_was_there_is_there_again(counts, tmp_path: Path) -> None:
    def tracer(*_):
        return None

    before, before_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(tracer)
    threading.settrace(tracer)
    try:
        with pytest.raises(ZeroDivisionError):
            counts.Counter(counts.Project(str(tmp_path)), 1.0).run(lambda: 1 / 0, (), {})
        assert sys.gettrace() is tracer
        assert threading.gettrace() is tracer
    finally:
        sys.settrace(before)
        threading.settrace(before_threads)


def test_what_counting_cannot_raise_makes_the_counts_incomplete_and_fails_no_test(counts, tmp_path: Path) -> None:
    """Code that Cython compiled for tracing reports so what its functions can't raise; pytest makes a failed test of that."""

    class Dies:
        def __del__(self) -> None:
            raise ValueError("ignored")

    seen: list[object] = []
    before = sys.unraisablehook
    sys.unraisablehook = seen.append
    try:
        counter = counts.Counter(counts.Project(str(tmp_path)), 1.0)
        counter.run(lambda: Dies() and None, (), {})
        assert not counter.complete
        assert seen == []
        assert sys.unraisablehook == seen.append
    finally:
        sys.unraisablehook = before


def test_only_files_of_the_project_count(counts, tmp_path: Path) -> None:
    project = counts.Project(str(tmp_path))
    assert project.relative(str(tmp_path / "a" / "b.py")) == "a/b.py"
    assert project.relative(str(tmp_path / ".venv" / "lib" / "x.py")) is None
    assert project.relative(str(tmp_path / "lib" / "site-packages" / "x.py")) is None
    assert project.relative(json.__file__) is None
    assert project.relative("<string>") is None
    assert project.relative(str(tmp_path) + "-other/x.py") is None


def test_modules_that_the_interpreter_holds_frozen_have_the_names_of_their_files(counts, tmp_path: Path) -> None:
    everything = counts.Everything(str(tmp_path))
    assert everything.relative("<frozen posixpath>") == "std:posixpath.py"
    assert everything.relative("<frozen importlib._bootstrap>") == "std:importlib/_bootstrap.py"
    assert everything.relative("<string>") == "generated"


def test_a_link_to_the_project_is_the_project(counts, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert counts.Project(str(tmp_path / "link")).relative(str(tmp_path / "real" / "x.py")) == "x.py"


def test_the_probes_files_read_on_the_oldest_python_they_promise() -> None:
    code = "import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path, 'rb').read(), path)"
    done = subprocess.run(
        [interpreters()[0], "-c", code, *map(str, PROBE.glob("*.py"))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_python_that_is_compiled_can_not_be_counted_and_is_told_of(tmp_path: Path) -> None:
    """As Cython and mypyc leave it: `_heapq.so` beside the `_heapq.py` it was made from, which no line of is traced."""
    found = subprocess.run(
        [sys.executable, "-c", "import _heapq; print(getattr(_heapq, '__file__', ''))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if not found:
        pytest.skip("an interpreter with everything built in")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").touch()
    shutil.copy(found, tmp_path / "pkg")
    code = (
        f"import sys; sys.path[:0] = [{str(PROBE)!r}, {str(tmp_path)!r}]\n"
        "import bench_agent_counts as counts, pkg._heapq\n"
        f"project = counts.Project({str(tmp_path)!r}); counter = counts.Counter(project, 60.0)\n"
        "counter.run(len, ([],), {}); print(counter.complete, sorted(counts.compiled_sources(project)))"
    )
    told = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout]
    (tmp_path / "pkg/_heapq.py").touch()
    told.append(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert told == ["True []\n", "False ['pkg/_heapq.py']\n"]
