"""`bench-agent compare` in repositories where something is wrong: it is named for each benchmark, and the rest is judged."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from projects import Done, Project, end, make_project, wait_for

CODE = "def work(n=300):\n    return sum(i * i for i in range(n))\n"
SUITE = """
import os, random, sys
import pytest
sys.path.insert(0, "src")
import toy

def test_good(benchmark): benchmark(toy.work)
def test_prints(benchmark): benchmark(print, "x" * 5000)
def test_random(benchmark): benchmark(lambda: toy.work(random.randrange(1, 2000)))
def test_fails_at_base(benchmark): benchmark(lambda: toy.NEW.append)
def test_forks(benchmark):
    def fork():
        child = os.fork()
        if child == 0: os._exit(0)
        os.waitpid(child, 0)
    benchmark(fork)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("src/toy.py", CODE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    return project


def compare(project: Project, cache: Path, *arguments: str) -> Done:
    done = project.run("compare", *arguments, "--json", timeout=120, XDG_CACHE_HOME=str(cache))
    assert len(project.git("worktree", "list").splitlines()) == 1
    assert not any(path.is_file() for path in cache.rglob("*"))  # no tree, no lock
    return done


def warning(done: Done, about: str) -> str:
    (found,) = [text for text in done.json["warnings"] if about in text]
    return found


@pytest.mark.long
def test_each_benchmark_that_cannot_be_compared_is_named_and_the_rest_is_judged(
    project: Project, tmp_path: Path
) -> None:
    library = make_project(tmp_path / "library", suite=None, recipe=None)
    library.commit()
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "vendored")
    base = project.commit("Add a submodule")
    project.write("vendored/pyproject.toml", "dirty")
    project.write("src/toy.py", CODE + "NEW = []\n")
    project.write("src/fresh.py", "from toy import work\n")
    project.write(
        "tests/benchmark/test_new.py",
        "import sys\nsys.path.insert(0, 'src')\nimport fresh\ndef test_new(benchmark): benchmark(fresh.work)\n",
    )
    cache = tmp_path / "cache"
    cache.mkdir()
    done = compare(project, cache, base, "--budget", "8")
    assert done.code == 0
    assert {row["benchmark"].partition("::")[2] for row in done.json["benchmarks"]} >= {"test_good"}
    assert "AttributeError" in warning(done, "test_fails_at_base")
    assert "No module named 'fresh'" in warning(done, "test_new")
    assert not any("vendored" in text for text in done.json["warnings"])  # a submodule is measured as it lies there


@pytest.mark.long
def test_a_base_that_cannot_be_imported_is_exit_3_with_the_reason(project: Project, tmp_path: Path) -> None:
    project.write("src/toy.py", "import nowhere\n")
    base = project.commit("Break it")
    project.write("src/toy.py", CODE + "NEW = []\n")
    done = compare(project, tmp_path / "cache", base, "--budget", "5")
    assert (done.code, done.json["benchmarks"]) == (3, [])
    assert "No module named 'nowhere'" in " ".join(done.json["warnings"])


@pytest.mark.parametrize(
    ("base", "message"), [("nonsense", "`nonsense` names no commit here"), ("", "names no commit")]
)
def test_an_unknown_base_is_a_usage_error(project: Project, tmp_path: Path, base: str, message: str) -> None:
    done = compare(project, tmp_path / "cache", base)
    assert (done.code, done.json["error"]["kind"]) == (2, "usage")
    assert message in done.json["error"]["message"]


def test_without_a_repository_there_is_nothing_to_compare(tmp_path: Path) -> None:
    done = make_project(tmp_path).run("compare", "HEAD", "--json")
    assert done.code == 2
    assert "needs a git repository" in done.json["error"]["message"]


def test_no_room_for_a_worktree_is_one_clear_error_and_leaves_none(project: Project, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", small]).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        project.write("data.bin", os.urandom(1_000_000))
        project.commit("Large data")
        done = compare(project, small, "HEAD", "--all", "--budget", "5")
        assert (done.code, done.json["error"]["kind"]) == (3, "measure")
        assert "there is hardly any room" in done.json["error"]["message"]
        assert "XDG_CACHE_HOME" in done.json["error"]["hint"]
    finally:
        subprocess.run(["umount", small], check=True)


def test_an_interrupt_leaves_no_process_no_worktree_and_no_lock(project: Project, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    process = project.start("compare", "HEAD", "--all", "--budget", "300", XDG_CACHE_HOME=str(cache))
    try:
        wait_for(lambda: len(_below(cache)) >= 2, seconds=60)  # two sessions in their trees
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        end(process)
    assert process.returncode == 130, err
    assert "Traceback" not in out + err
    assert _below(cache) == []
    assert not any(cache.rglob("*/*/*"))
    assert len(project.git("worktree", "list").splitlines()) == 1


@pytest.mark.long
def test_an_interrupt_while_memory_is_traced_gives_what_was_timed(project: Project, tmp_path: Path) -> None:
    process = project.start("compare", "HEAD", "-k", "good", "--all", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("memory: tracing"):
            break
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "good" in out.splitlines()[2], out
    assert "interrupted: no memory was traced" in out
    assert "Traceback" not in out + err


def _below(folder: Path) -> list[str]:
    """Processes whose working directory is in the folder, in words."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(f"{process.pid} {process.ppid()} {process.status()} {process.cmdline()}")
        except (psutil.Error, OSError):
            continue
    return found


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="coverage traces by sys.monitoring there")
@pytest.mark.long
def test_a_suite_that_coverage_runs_is_measured_under_it_again(tmp_path: Path) -> None:
    suite = "import sys\n\ndef test_traced(benchmark):\n    assert sys.gettrace()\n    benchmark(sorted, range(300))\n"
    project = make_project(tmp_path / "project", suite=suite)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n.coverage*\n")
    project.makefile(f"'{sys.executable}' -m coverage run --branch -m pytest -q tests/benchmark")
    project.commit()
    done = compare(project, tmp_path / "cache", "HEAD", "--all", "--budget", "5")
    assert [row["benchmark"].rpartition("::")[2] for row in done.json["benchmarks"]] == ["test_traced"]


@pytest.mark.long
def test_what_is_too_large_to_be_copied_is_told_where_a_benchmark_fails_without_it(tmp_path: Path) -> None:
    suite = "import os\n\ndef test_data(benchmark):\n    benchmark(open, 'data/large')\n\ndef test_other(benchmark):\n    benchmark(int)\n"
    project = make_project(tmp_path / "project", suite=suite)
    project.write(".gitignore", ".benchmark/\n__pycache__/\ndata/\n")
    os.truncate(project.write("data/large", ""), 300_000_000)  # takes no room
    project.commit()
    done = compare(project, tmp_path / "cache", "HEAD", "--all", "--budget", "4")
    assert "ln -s" in warning(done, "too large to be copied into the measured trees")
    done = compare(project, tmp_path / "cache", "HEAD", "--all", "--budget", "4", "-k", "other")
    assert not any("too large" in text for text in done.json["warnings"])
