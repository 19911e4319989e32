"""What both sides have of the newer version is said, and the rest of the settings is each version's own."""

from pathlib import Path

import pytest

from bench_agent.measure.paired.trees import describe_held, is_new_test, needed_settings
from projects import Done, Project, make_project

CODE = "import tomllib, pathlib\nN = tomllib.loads((pathlib.Path(__file__).parents[1] / 'pyproject.toml').read_text())['tool']['toy']['n']\n"
SUITE = "import sys\nsys.path.insert(0, 'src')\nimport toy, util\n\ndef test_work(benchmark): benchmark(lambda: sum(range(toy.N + util.MORE)))\n"


def settings(n: int, options: str = "") -> str:
    return f"[tool.pytest.ini_options]\npythonpath = ['tests']\n{options}[tool.toy]\nn = {n}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "p", suite=SUITE)
    project.write("src/toy.py", CODE)
    project.write("pyproject.toml", settings(100))
    project.write("tests/util.py", "MORE = 0\n")
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit("Start")
    return project


def compare(project: Project) -> Done:
    return project.run("compare", "HEAD~1", "--json", "--budget", "8")


@pytest.mark.long
def test_settings_that_the_code_reads_are_each_versions_own(project: Project) -> None:
    project.write("pyproject.toml", settings(40_000))
    project.commit("More work")
    done = compare(project)
    [row] = done.json["benchmarks"]
    assert row["ratio"] > 5, done.err


def test_a_helper_of_the_benchmarks_that_differs_is_no_untouched_benchmark_without_a_word(project: Project) -> None:
    project.write("tests/util.py", "MORE = 40_000\n")
    project.write("Makefile", (project.root / "Makefile").read_text() + "\n# other\n")
    project.commit("More work in the benchmark")
    done = compare(project)
    told = " ".join(done.json["warnings"])
    assert "both sides have the newer benchmark files, so what changed in these is not compared: tests/util.py" in told
    assert "both sides are started as the suite is now, so what changed in these is not compared: Makefile" in told


def test_only_settings_of_pytest_are_taken_from_the_newer_version(tmp_path: Path) -> None:
    newer, older = tmp_path / "newer", tmp_path / "older"
    for folder, n, option in ((newer, 1, ""), (older, 2, "addopts = '-q'\n")):
        folder.mkdir()
        (folder / "pyproject.toml").write_text(settings(n, option))
        (folder / "setup.cfg").write_text(f"[metadata]\nname = x{n}\n[tool:pytest]\naddopts = -v\n")
        (folder / "conftest.py").write_text(f"N = {n}\n")
        (folder / "tox.ini").write_text("no ini at all")
    assert needed_settings(newer, older) == ("pyproject.toml", "conftest.py")


def test_a_new_test_file_hides_nothing_and_a_changed_one_does() -> None:
    assert is_new_test("tests/test_x.py", None)
    assert not is_new_test("tests/test_x.py", b"")
    assert is_new_test("perf/speed.py", None, ["speed.py::test_a"])
    assert not is_new_test("tests/conftest.py", None, ["tests/test_x.py::test_a"])
    assert describe_held([], ["src/a.py"]) == ()
    assert "a.py, b.py, c.py, d.py and 1 more" in describe_held(["a.py", "b.py", "c.py", "d.py", "e.py"], [])[0]
