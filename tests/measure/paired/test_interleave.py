"""Real pytest sessions in the ring. No times are judged here: that is the calibration's (tests/calibration/ring.py)."""

import os
import random
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from bench_agent.detect.verdict import clock_of
from bench_agent.errors import MeasureError
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides
from bench_agent.measure.paired.interleave import Ring, SetResult
from bench_agent.measure.paired.side import Side
from bench_agent.measure.paired.timing import times_as_many
from bench_agent.records import PairSample, Problem
from bench_agent.results.comparison import UNLIKE_USE

CODE = "def work(n=20):\n    return sum(i * i for i in range(n))\n"


def make_tree(root: Path, bench: str, *, code: str = CODE, files: Mapping[str, str] | None = None) -> Path:
    contents = {"src/toy/__init__.py": code, "bench/test_b.py": textwrap.dedent(bench), "pytest.ini": "[pytest]\n"}
    for name, text in {**contents, **(files or {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def side(label: str, root: Path, **options: object) -> Side:
    return Side(label=label, root=root, python=(sys.executable,), **options)  # type: ignore[arg-type]


def clean_env(**extra: str) -> dict[str, str]:
    """This process's environment without what is meant for our own tests."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_PLUGINS")}
    return {**kept, **extra}


def one_step(base: Path, head: Path, **options: object) -> SetResult:
    with Ring(
        (side("base", base), side("head", head)), targets=["bench"], env=clean_env(), budget_s=2.0, **options  # type: ignore[arg-type]
    ) as ring:  # fmt: skip
        return ring.step(last=True)


def both(tmp_path: Path, bench: str, **options: object) -> SetResult:
    """The same suite on both sides, measured once."""
    step_options = {k: options.pop(k) for k in list(options) if k in ("keyword", "patience_s", "arguments", "node_ids")}
    trees = [make_tree(tmp_path / name, bench, **options) for name in ("a", "b")]  # type: ignore[arg-type]
    return one_step(*trees, **step_options)


def names(step: SetResult) -> list[str]:
    return [benchmark.split("::", 1)[1] for benchmark, _ in step.samples]


def kinds(problems: Sequence[Problem]) -> dict[str, tuple[str, str | None]]:
    return {p.benchmark.split("::", 1)[-1]: (p.kind, p.side) for p in problems}


def test_every_way_to_write_a_benchmark_is_measured(tmp_path: Path) -> None:
    step = both(
        tmp_path,
        """
        import asyncio, pytest, toy
        made = []
        def test_plain(benchmark): assert benchmark(toy.work) == toy.work()
        def test_arguments(benchmark): assert benchmark(toy.work, n=3) == 5
        def test_pedantic(benchmark): assert benchmark.pedantic(toy.work, args=(3,), rounds=1, iterations=100) == 5
        def test_setup(benchmark):
            def setup():
                made.append([])
                return (made[-1],), {}
            benchmark.pedantic(lambda fresh: fresh.append(len(fresh)) or len(fresh), setup=setup, rounds=3)
            assert all(len(fresh) == 1 for fresh in made) and len(made) > 5
        def test_teardown(benchmark):
            ended = []
            benchmark.pedantic(toy.work, teardown=lambda: ended.append(1), rounds=3)
            assert ended
        @pytest.fixture(scope="module")
        def number(): return 7
        @pytest.mark.parametrize("n", [1, 2], ids=["o/n::e", "tw[o]"])
        def test_param(benchmark, number, n): benchmark(toy.work, n)
        class TestClass:
            def test_method(self, benchmark):
                @benchmark
                def result(): return toy.work()
                assert result == toy.work()
        def test_async(benchmark):
            async def go(): return 5
            assert benchmark(lambda: asyncio.run(go())) == 5
        def test_stats(benchmark):
            benchmark(toy.work)
            assert benchmark.stats["mean"] > 0
            benchmark.extra_info["x"] = 1
        def test_prints(benchmark, capsys, tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            benchmark(lambda: print("hello"))
        def test_not_a_benchmark(): assert False
        """,
    )
    assert step.problems == []
    assert names(step) == [
        "test_plain", "test_arguments", "test_pedantic", "test_setup", "test_teardown", "test_param[o/n::e]",
        "test_param[tw[o]]", "TestClass::test_method", "test_async", "test_stats", "test_prints",
    ]  # fmt: skip
    plain = step.samples["bench/test_b.py::test_plain", "head"]
    assert plain.iterations > 10
    assert plain.rounds >= 6


def test_options_that_would_keep_the_suite_from_measuring_are_overruled(tmp_path: Path) -> None:
    ini = "[pytest]\naddopts = --benchmark-disable -x\n"
    step = both(tmp_path, "def test_a(benchmark): benchmark(int)\n", files={"pytest.ini": ini})
    assert names(step) == ["test_a"]


def test_a_suite_without_any_benchmark_plugin_gets_a_fixture(tmp_path: Path) -> None:
    bench = """
        import pytest
        def test_a(benchmark): assert benchmark(int, "5") == 5
        @pytest.mark.benchmark
        def test_marked(): assert int("5") == 5
        """
    ini = "[pytest]\naddopts = -p no:benchmark -p no:codspeed\nmarkers = benchmark\n"
    step = both(tmp_path, bench, files={"pytest.ini": ini})
    assert names(step) == ["test_a", "test_marked"]


def test_sessions_end_without_a_summary_but_with_the_suites_own_teardown(tmp_path: Path) -> None:
    conftest = """
import os, pytest

def told(what):
    with open(os.path.join(os.path.dirname(__file__), "told"), "a") as file:
        file.write(what + "\\n")

@pytest.fixture(scope="session", autouse=True)
def server():
    yield
    told("fixture")

def pytest_terminal_summary(terminalreporter):
    told("summary")

def pytest_sessionfinish(session):
    session.config.pluginmanager.get_plugin("terminalreporter").section("done")
    told("sessionfinish")

def pytest_unconfigure(config):
    told("unconfigure")
"""
    bench = "def test_it(benchmark): benchmark(len, 'abc')"
    trees = [make_tree(tmp_path / name, bench, files={"conftest.py": conftest}) for name in ("a", "b")]
    with Ring([side(t.name, t) for t in trees], targets=["bench"], env=clean_env(), budget_s=2.0) as ring:
        assert ring.step(last=True).problems == []
        for tree in trees:
            wait_for(lambda tree=tree: (tree / "told").exists() and "unconfigure" in (tree / "told").read_text())
            assert (tree / "told").read_text().split() == ["fixture", "sessionfinish", "unconfigure"]


def wait_for(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_what_is_compiled_is_kept_for_the_next_sessions_whatever_the_environment_says(tmp_path: Path) -> None:
    trees = [make_tree(tmp_path / name, "import toy\ndef test_it(benchmark): benchmark(toy.work)") for name in "ab"]
    env = clean_env(PYTHONDONTWRITEBYTECODE="1")
    with Ring([side(t.name, t) for t in trees], targets=["bench"], env=env, budget_s=2.0) as ring:
        ring.step(last=True)
    for tree in trees:
        assert list((tree / "src/toy/__pycache__").glob("*.pyc"))


@pytest.mark.long
def test_what_cannot_be_measured_is_named_and_the_rest_is_measured(tmp_path: Path) -> None:
    step = both(
        tmp_path,
        """
        import os, pytest, time
        def test_raises(benchmark): benchmark(int, "x")
        def test_dies(benchmark): benchmark(os._exit, 7)
        def test_skipped(benchmark): pytest.skip("no database")
        def test_unused(benchmark): pass
        def test_late(benchmark):
            benchmark(int)
            assert False, "wrong afterwards"
        def test_twice(benchmark):
            benchmark(int)
            benchmark(int)
        @pytest.fixture
        def broken(): raise OSError("no such thing")
        def test_setup(benchmark, broken): benchmark(int)
        def test_hangs(benchmark): benchmark(time.sleep, 60)
        def test_slow(benchmark): benchmark(time.sleep, 0.3)
        def test_good(benchmark): benchmark(int)
        """,
        patience_s=1.0,
    )
    assert names(step) == ["test_good"]
    problems = kinds(step.problems)
    assert {name: kind for name, (kind, _) in problems.items()} == {
        "test_raises": "failed", "test_dies": "died", "test_skipped": "skipped", "test_unused": "unused",
        "test_late": "failed", "test_twice": "failed", "test_setup": "failed", "test_hangs": "timeout",
        "test_slow": "slow",
    }  # fmt: skip
    messages = {p.benchmark.split("::")[1]: p.message for p in step.problems}
    assert "exit code 7" in messages["test_dies"]
    assert "no database" in messages["test_skipped"]
    assert "wrong afterwards" in messages["test_late"]


def test_a_benchmark_that_forks_does_not_confuse_the_ring(tmp_path: Path) -> None:
    bench = """
        import os, pytest
        def fork():
            child = os.fork()
            if child == 0: os._exit(0)
            os.waitpid(child, 0)
        def test_forks(benchmark): benchmark(fork)
        def test_child_returns(benchmark): benchmark(os.fork)
        def test_good(benchmark): benchmark(int)
        """
    step = both(tmp_path, bench)
    assert {"test_forks", "test_good"} <= set(names(step))


def test_one_sided_benchmarks_are_reported_and_not_run(tmp_path: Path) -> None:
    a = make_tree(tmp_path / "a", "def test_old(benchmark): benchmark(int)\ndef test_both(benchmark): benchmark(int)\n")
    b = make_tree(tmp_path / "b", "def test_new(benchmark): benchmark(int)\ndef test_both(benchmark): benchmark(int)\n")
    step = one_step(a, b)
    assert names(step) == ["test_both"]
    assert kinds(step.problems) == {"test_new": ("missing", "base"), "test_old": ("missing", "head")}


def test_a_file_that_base_cannot_import_says_why(tmp_path: Path) -> None:
    bench = "from toy import work, fresh\ndef test_new(benchmark): benchmark(fresh)\n"
    other = "import toy\ndef test_c(benchmark): benchmark(toy.work)\n"
    a = make_tree(tmp_path / "a", bench, files={"bench/test_c.py": other})
    b = make_tree(tmp_path / "b", bench, code=CODE + "fresh = work\n", files={"bench/test_c.py": other})
    step = one_step(a, b)
    assert names(step) == ["test_c"]
    assert kinds(step.problems) == {"test_new": ("missing", "base")}
    assert "cannot import name 'fresh'" in step.problems[0].message


def test_a_side_without_the_files_asked_for_collects_nothing_else(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work)\n"
    broken = {"test_other.py": "import nowhere\n"}
    a = make_tree(tmp_path / "a", bench, files=broken)
    b = make_tree(tmp_path / "b", bench, files={**broken, "bench/test_new.py": bench})
    step = one_step(a, b, node_ids=["bench/test_new.py::test_a"])
    assert [(p.benchmark, p.kind, p.side) for p in step.problems] == [("bench/test_new.py::test_a", "missing", "base")]


def test_a_benchmark_that_fails_on_one_side_names_that_side(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): assert benchmark(toy.work) == toy.ANSWER\n"
    a = make_tree(tmp_path / "a", bench, code=CODE + "ANSWER = -1\n")
    b = make_tree(tmp_path / "b", bench, code=CODE + "ANSWER = work()\n")
    assert kinds(one_step(a, b).problems) == {"test_a": ("failed", "base")}


@pytest.mark.long
def test_sides_that_need_the_same_port_are_measured_in_turns(tmp_path: Path) -> None:
    bench = """
        import pytest, socket
        @pytest.fixture
        def server():
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", PORT))
                listener.listen()
                yield listener
        def test_server(benchmark, server): benchmark(int)
        def test_free(benchmark): benchmark(int)
        """
    step = both(tmp_path, bench.replace("PORT", str(_free_port())))
    assert sorted(names(step)) == ["test_free", "test_server"]
    assert kinds(step.problems) == {"test_server": ("in_turns", None)}


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_wrong_copy_of_the_code_is_an_error_and_never_a_number(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work)\n"
    main = make_tree(tmp_path / "main", bench)
    # The suite itself puts the main checkout first, as an import hook of an editable install would.
    conftest = f"import sys\nsys.path.insert(0, {str(main / 'src')!r})\n"
    trees = [make_tree(tmp_path / n, bench, files={"conftest.py": conftest}) for n in ("a", "b")]
    with pytest.raises(MeasureError, match="ran the wrong copy of the code: toy came from") as caught:
        one_step(*trees)
    assert caught.value.hint


def test_an_installed_copy_is_not_measured_in_a_tree_that_has_the_package_elsewhere(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work)\n"
    main = make_tree(tmp_path / "main", bench)
    installed = make_tree(tmp_path / "installed", bench)
    conftest = f"import sys\nsys.path.append({str(installed / 'src')!r})\n"
    trees = [make_tree(tmp_path / n, bench, files={"conftest.py": conftest}) for n in ("a", "b")]
    (trees[0] / "src").rename(trees[0] / "lib")  # as before the package moved to src/
    sides = [Side(label=tree.name, root=tree, python=(sys.executable,), not_from=main) for tree in trees]
    with (
        pytest.raises(MeasureError, match="a ran the wrong copy of the code: toy came from"),
        Ring(sides, targets=["bench"], env=clean_env(), budget_s=2.0) as ring,
    ):
        ring.step(last=True)


def test_the_wrong_copy_imported_late_is_an_error_too(tmp_path: Path) -> None:
    main = make_tree(tmp_path / "main", "")
    bench = f"""
        def work():
            import sys
            if "toy" not in sys.modules:
                sys.path.insert(0, {str(main / "src")!r})
                import toy
        def test_a(benchmark): benchmark(work)
        """
    with pytest.raises(MeasureError, match="wrong copy"):
        both(tmp_path, bench)


@pytest.mark.parametrize("way", ["path file", "finder in front"])
def test_an_editable_install_of_the_main_checkout_does_not_win(tmp_path: Path, way: str) -> None:
    """A .pth file puts the main checkout on sys.path; meson-python puts a finder at the front of sys.meta_path."""
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work)\n"
    main = make_tree(tmp_path / "main", bench)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    if way == "path file":
        text = f"import sys\nsys.path.insert(0, {str(main / 'src')!r})\n"
    else:
        text = f"""
import importlib.util, sys
class ToyEditableFinder:
    _top_level_modules = {{"toy"}}
    def find_spec(self, name, path=None, target=None):
        if name == "toy":
            return importlib.util.spec_from_file_location(name, {str(main / "src/toy/__init__.py")!r})
sys.meta_path.insert(0, ToyEditableFinder())
"""
    (hooks / "sitecustomize.py").write_text(text)
    trees = [make_tree(tmp_path / n, bench) for n in ("a", "b")]
    sides = [side(n, tree, not_from=main) for n, tree in zip(("base", "head"), trees, strict=True)]
    with Ring(sides, targets=["bench"], env=clean_env(PYTHONPATH=str(hooks)), budget_s=2.0) as ring:
        step = ring.step(last=True)
    assert names(step) == ["test_a"]


def test_a_suite_that_cannot_start_is_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match=r"does not start on base.*no such plugin|does not start on base.*nonsense"):
        both(tmp_path, "", files={"pytest.ini": "[pytest]\naddopts = -p nonsense_plugin\n"})


def test_more_than_two_versions_share_one_ring(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work)\n"
    trees = [make_tree(tmp_path / name, bench) for name in ("good", "one", "two")]
    with Ring([side(t.name, t) for t in trees], targets=["bench"], env=clean_env(), budget_s=2.0) as ring:
        step = ring.step(last=True)
    assert set(step.samples) == {("bench/test_b.py::test_a", "one"), ("bench/test_b.py::test_a", "two")}


def test_planted_work_shows_in_the_ratio(tmp_path: Path) -> None:
    bench = "import toy\ndef test_a(benchmark): benchmark(toy.work, 300)\n"
    a = make_tree(tmp_path / "a", bench)
    b = make_tree(tmp_path / "b", bench, code=CODE.replace("range(n)", "range(3 * n)"))
    (sample,) = one_step(a, b).samples.values()
    assert sample.cpu_log_ratio is not None
    assert sample.cpu_log_ratio > 0.5  # log 3 is 1.1


def test_the_cpu_time_of_child_processes_counts(tmp_path: Path) -> None:
    bench = """
        import subprocess, sys
        def test_start(benchmark): benchmark(subprocess.run, [sys.executable, "-S", "-c", "sum(range(300000))"])
        """
    (sample,) = both(tmp_path, bench).samples.values()
    assert sample.base_cpu_s > 0.005  # starting and waiting for it is a tenth of that


LONG = """
    import time
    def busy(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
    """


def three_steps(tmp_path: Path, bench: str) -> tuple[list[PairSample], list[str]]:
    """What three sets of sessions gave for a suite of one benchmark: its observations, the kinds of its problems."""
    trees = [make_tree(tmp_path / name, textwrap.dedent(LONG) + textwrap.dedent(bench)) for name in ("a", "b")]
    samples: list[PairSample] = []
    problems: list[str] = []
    with Ring([side(t.name, t) for t in trees], targets=["bench"], env=clean_env(), budget_s=20.0) as ring:
        for number in range(3):
            step = ring.step(ring.found.get("b"), last=number == 2)
            samples += step.samples.values()
            problems += [p.kind for p in step.problems]
    return samples, problems


def test_a_wait_that_one_side_adds_shows_in_its_use_of_the_processor(tmp_path: Path) -> None:
    bench = "from toy import work\n\ndef test_it(benchmark):\n    benchmark(work)\n"
    waits = "import time\n\ndef work():\n    time.sleep(0.002)\n    return sum(i * i for i in range(30000))\n"
    base = make_tree(tmp_path / "a", bench, code=waits.replace("0.002", "0"))
    (sample,) = one_step(base, make_tree(tmp_path / "b", bench, code=waits)).samples.values()
    assert sample.use_log_ratio < -UNLIKE_USE
    assert sample.wall_log_ratio is not None
    assert clock_of([sample]) == "wall"


def test_work_with_threads_of_its_own_is_told_by_wall_time(tmp_path: Path) -> None:
    threads = """
        from concurrent.futures import ThreadPoolExecutor
        from hashlib import sha256

        def test_threads(benchmark):
            def work():
                with ThreadPoolExecutor(2) as pool:
                    return list(pool.map(lambda _: sha256(bytes(300_000)).digest(), range(4)))
            benchmark(work)

        def test_alone(benchmark): benchmark(lambda: sha256(bytes(300_000)).digest())
    """
    found = {benchmark.partition("::")[2]: sample for (benchmark, _), sample in both(tmp_path, threads).samples.items()}
    assert found["test_threads"].cpu_log_ratio is None
    assert clock_of([found["test_threads"]]) == "wall"
    assert found["test_alone"].cpu_log_ratio is not None


@pytest.mark.long
def test_long_work_that_computes_runs_at_once_and_is_told_apart_by_cpu_time(tmp_path: Path) -> None:
    samples, problems = three_steps(tmp_path, "def test_a(benchmark): benchmark(busy, 0.03)\n")
    assert problems == []
    assert [s.wall_log_ratio for s in samples[1:]] == [None, None]
    assert all(
        s.cpu_log_ratio is not None and abs(s.cpu_log_ratio) < 0.05 for s in samples
    )  # busy() takes what it is given
    assert all(s.base_s == pytest.approx(0.03, rel=0.1) for s in samples[1:])


@pytest.mark.long
def test_long_work_that_waits_takes_turns(tmp_path: Path) -> None:
    samples, _ = three_steps(tmp_path, "def test_a(benchmark): benchmark(time.sleep, 0.03)\n")
    assert len(samples) == 3
    assert all(s.wall_log_ratio is not None and s.cpu_use < 0.5 for s in samples)


@pytest.mark.long
def test_long_work_that_fails_at_once_takes_turns_from_then_on(tmp_path: Path) -> None:
    bench = f"""
        import socket
        def work():
            with socket.socket() as port:
                port.bind(("127.0.0.1", {_free_port()}))
                busy(0.05)
        def test_a(benchmark): benchmark(work)
        """
    samples, problems = three_steps(tmp_path, bench)
    assert problems == []
    assert len(samples) == 2  # one set of sessions was lost on finding out
    assert samples[-1].wall_log_ratio is not None


def run(tmp_path: Path, decided: object, *, budget_s: float = 60.0, **options: object) -> RingResult:
    bench = "def test_a(benchmark): benchmark(int)\ndef test_b(benchmark): benchmark(int)\n"
    a, b = (make_tree(tmp_path / name, bench) for name in ("a", "b"))
    return compare_sides(
        side("base", a), side("head", b), targets=["bench"], env=clean_env(), budget_s=budget_s, decided=decided,  # type: ignore[arg-type]
        rng=random.Random(1), **options,  # type: ignore[arg-type]
    )  # fmt: skip


def test_what_is_decided_is_not_measured_on(tmp_path: Path) -> None:
    def decided(samples: Mapping[str, Sequence[PairSample]]) -> frozenset[str]:
        done = {"bench/test_b.py::test_a": 1, "bench/test_b.py::test_b": 3}
        return frozenset(name for name, values in samples.items() if len(values) >= done[name])

    said: list[str] = []
    result = run(tmp_path, decided, on_progress=said.append)
    assert {name: len(values) for name, values in result.samples.items()} == {
        "bench/test_b.py::test_a": 1,
        "bench/test_b.py::test_b": 3,
    }
    assert (result.stopped, result.steps, len(said)) == ("decided", 3, 2)  # the second pair decided nothing


@pytest.mark.long
def test_a_benchmark_of_another_file_gets_sessions_that_have_it(tmp_path: Path) -> None:
    """The next sessions are started while the ones before are measured, with the files that were wanted then."""
    other = "def test_c(benchmark): benchmark(int)\ndef test_d(benchmark): benchmark(int)\n"
    trees = [
        make_tree(tmp_path / name, "def test_a(benchmark): benchmark(int)\n", files={"bench/test_c.py": other})
        for name in ("a", "b")
    ]
    first, *later = "bench/test_b.py::test_a", "bench/test_c.py::test_c", "bench/test_c.py::test_d"
    with Ring([side(t.name, t) for t in trees], node_ids=[first, *later], env=clean_env(), budget_s=2.0) as ring:
        ring.step([first])
        step = ring.step([*later, first], last=True)
    assert ([i for i, _ in step.samples], step.problems) == ([*later, first], [])


def test_the_budget_ends_it(tmp_path: Path) -> None:
    result = run(tmp_path, lambda samples: frozenset(), budget_s=0.1)
    assert result.stopped in ("budget", "nothing to measure")
    assert result.steps == 1


def test_only_the_asked_benchmarks_run_and_unknown_ones_are_named(tmp_path: Path) -> None:
    ids = ["bench/test_b.py::test_b", "bench/test_b.py::test_typo"]
    result = run(tmp_path, lambda samples: frozenset(samples), node_ids=ids)
    assert list(result.samples) == ids[:1]
    assert {(p.benchmark, p.kind) for p in result.problems} == {(ids[1], "missing")}


def test_an_interrupt_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    bench = "import os\nprint(os.getcwd())\ndef test_a(benchmark): benchmark(int)\n"
    a, b = (make_tree(tmp_path / name, bench) for name in ("a", "b"))
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        Ring((side("base", a), side("head", b)), targets=["bench"], env=clean_env(), budget_s=2.0) as ring,
    ):
        ring.step()
        folder = ring.pool.folder
        starting = ring.pool._next or []  # the sessions of the next step
        assert starting
        wait_for(lambda: {session.pid for session in starting} <= set(_processes_below(tmp_path)))
        assert _processes_below(tmp_path)
        raise KeyboardInterrupt
    assert not folder.exists()
    assert _processes_below(tmp_path) == []


def _processes_below(folder: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def test_a_session_fixture_that_holds_a_port_is_gone_before_its_turn(tmp_path: Path) -> None:
    bench = """
        import pytest, socket
        @pytest.fixture(scope="session")
        def server():
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", PORT))
                listener.listen()
                yield listener
        def test_one(benchmark, server): benchmark(int)
        def test_two(benchmark, server): benchmark(int)
        """
    step = both(tmp_path, bench.replace("PORT", str(_free_port())))
    assert sorted(names(step)) == ["test_one", "test_two"]
    assert kinds(step.problems) == {"test_one": ("in_turns", None), "test_two": ("in_turns", None)}


@pytest.mark.parametrize(
    ("own_s", "slowest_s", "times"),
    [(0.0015, 0.002, 1), (0.0001, 0.0015, 15), (0.0005, 0.010, 6), (0.1, 1.0, 1), (0.0, 0.1, 1), (0.001, 0.1, 3)],
)
def test_a_much_faster_side_runs_more_iterations(own_s: float, slowest_s: float, times: int) -> None:
    """Its single call was cold after each turn of the other: x20 was told as x16."""
    assert times_as_many([own_s], [slowest_s]) == times


def test_one_disturbed_round_gives_no_side_more_iterations() -> None:
    """A call of random size or a busy moment: with other iterations work that leaves something behind differs for good."""
    steady, disturbed = [1.0e-3] * 10, [1.0e-3] * 8 + [2e-3, 9e-3]
    assert times_as_many(steady, disturbed) == 1
    assert times_as_many(steady[:3], [1.0e-3, 1.1e-3, 9e-3]) == 1
    varied = [n * 1e-4 for n in range(5, 20)]  # as calls of random size do
    assert times_as_many(varied, varied) == 1
    assert times_as_many([5e-5] * 9 + [2e-3], [1.0e-3] * 10) == 20
