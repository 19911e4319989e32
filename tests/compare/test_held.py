"""What both sides have of the newer version is said, and the rest of the settings is each version's own."""

import dataclasses
import re
from pathlib import Path

import pytest

from bench_agent.compare.held import judge_held, with_held
from bench_agent.measure.paired.trees import describe_held, is_new_test, needed_settings, starting_files
from bench_agent.results.comparison import Comparison
from bench_agent.results.memory import MemoryRow
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
    project.write("Makefile", (project.root / "Makefile").read_text() + "\nlint:\n\techo\n")
    project.commit("More work in the benchmark")
    done = compare(project)
    told = " ".join(done.json["warnings"])
    assert "both sides have the newer benchmark files, so what changed in these is not compared: tests/util.py" in told
    assert "Makefile" not in told  # what it does for the suite is as before
    assert done.json["untouched"] == []
    [missed] = done.json["uncompared"]
    assert (missed["reason"], missed["because"]) == ("held", "tests/util.py differs, and both sides have the newer one")
    table = project.run("compare", "HEAD~1", "--budget", "8", "--fail-on", "undecided")
    assert table.code == 1
    assert "work not compared: tests/util.py differs, and both sides have the newer one" in table.out
    assert "untouched" not in table.out


def test_a_benchmark_file_that_cannot_be_collected_any_more_fails(project: Project) -> None:
    project.write("tests/benchmark/test_more.py", "import toy\ndef test_more(benchmark): benchmark(toy.work)\n")
    project.commit("More")
    project.write("tests/benchmark/test_more.py", "import nowhere\ndef test_more(benchmark): benchmark(nowhere.work)\n")
    project.commit("Broken")
    done = project.run("compare", "HEAD~1", "--json", "--budget", "4", "--fail-on", "any")
    assert done.code == 1, done.text
    lost = [(one["benchmark"].rpartition("/")[2], one["reason"]) for one in done.json["uncompared"]]
    assert ("test_more.py", "failed") in lost
    assert "could not collect" in " ".join(done.json["warnings"])


def test_another_recipe_is_in_no_ratio_and_so_no_benchmark_is_untouched(project: Project) -> None:
    """Be it a Makefile's, or that of a script that it calls."""
    recipe = (project.root / "Makefile").read_text()
    command = re.search(r"\t(.*pytest.*)", recipe)[1]
    project.write("ci/bench.sh", f"{command}\n")
    project.write("Makefile", recipe.replace(command, "sh ci/bench.sh"))
    project.commit("By a script")
    project.write("ci/bench.sh", f"export MODE=slow\n{command}\n")
    project.commit("Another recipe")
    done = compare(project)
    assert done.json["untouched"] == []
    assert [m["because"] for m in done.json["uncompared"]] == [
        "ci/bench.sh differs, and both sides are started as the suite is now"
    ]


def test_a_first_run_after_another_recipe_passes_nothing(project: Project) -> None:
    project.git("checkout", "-q", "-b", "feature")
    project.write("Makefile", (project.root / "Makefile").read_text() + "\nexport MODE = slow\n")
    project.commit("Another recipe")
    report = project.run("run", "--json").json
    [row] = report["benchmarks"]
    assert (report["status"], row["mark"]) == ("undecided", "undecided")
    assert row["message"] == "not compared: Makefile differs, and both sides are started as the suite is now"
    assert row.get("next_command") is None
    assert report["summary"]["untouched"] == 0


@pytest.mark.long
def test_slower_by_another_recipe_is_undecided_and_nothing_is_safe(project: Project) -> None:
    project.write("tests/test_toy.py", "placeholder = 1\n")
    [suite] = [path for path in project.root.rglob("test_*.py") if "def test_work" in path.read_text()]
    suite.write_text(
        suite.read_text().replace("toy.N + util.MORE", "toy.N + int(__import__('os').environ.get('MODE', 0))")
    )
    project.commit("A mode")
    for _ in range(3):
        project.run("run", "--json")
    makefile = project.root / "Makefile"
    makefile.write_text("export MODE = 40000\n" + makefile.read_text())
    project.commit("Slow mode")
    report = project.run("run", "--json", "--budget", "20").json
    [finding] = report["undecided"]
    assert report["environment"] == []
    assert finding["evidence"]["differs"][0] == "Makefile differs"
    assert report["summary"]["go"]["verdict"] == "cant_tell"
    done = project.run("bisect", "test_work", "--good", "HEAD~1", "--budget", "30", "--fail-on", "undecided")
    assert done.code == 1, done.text
    assert "can't tell whether `test_work` got slower" in done.out
    assert "Slow mode (Makefile)" in done.out


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
    assert starting_files(["src/a.py", "sub/Makefile"]) == ["sub/Makefile"]
    assert "a.py, b.py, c.py, d.py and 1 more" in describe_held(["a.py", "b.py", "c.py", "d.py", "e.py"], [])[0]


CONFTEST = """import pytest

@pytest.fixture
def size(): return 20

@pytest.fixture(autouse=True)
def everywhere(): yield

def helper(): return 1
"""
BENCH = """import json
import pytest
import util

def test_a(benchmark, size): benchmark(sum, range(size))

def test_b(benchmark): benchmark(util.work)

def test_c(benchmark): benchmark(json.dumps, {})
"""
UTIL = "def work(): pass\n\ndef idle(): pass\n"
BEFORE = {"b/conftest.py": CONFTEST, "b/test_x.py": BENCH, "b/util.py": UTIL, "b/test_other.py": "import os\n"}
IDS = [f"b/test_x.py::test_{letter}" for letter in "abc"]


def held(changes: dict[str, str | None], before: dict[str, str] = BEFORE) -> dict[str, str]:
    """By the last letter of a benchmark, why it is not compared."""
    after = {**before, **changes}
    olds = {path: before[path].encode() if path in before else None for path in changes}
    news = {path: None if (text := after[path]) is None else text.encode() for path in changes}
    texts = {path: text.encode() for path, text in after.items() if text is not None and path.endswith(".py")}
    return {id[-1]: because for id, because in judge_held(olds, news, texts, IDS).items()}


def test_only_benchmarks_that_may_use_what_differs_are_not_compared() -> None:
    newest = "and both sides have the newer one"
    assert held({"b/conftest.py": CONFTEST.replace("20", "200")}) == {"a": f"b/conftest.py differs, {newest}"}
    assert set(held({"b/conftest.py": CONFTEST.replace("yield", "slow(); yield")})) == {*"abc"}
    assert held({"b/conftest.py": CONFTEST.replace("return 1", "return 2")}) == {}
    assert set(held({"b/conftest.py": CONFTEST + "import gc\ngc.disable()\n"})) == {*"abc"}
    assert held({"b/util.py": UTIL.replace("work(): pass", "work(): work()")}) == {"b": f"b/util.py differs, {newest}"}
    assert held({"b/util.py": UTIL.replace("idle(): pass", "idle(): work()")}) == {}
    assert held({"b/test_x.py": BENCH.replace("range(size)", "range(9 * size)")}) == {
        "a": f"its own file changed, {newest}"
    }


def test_a_file_of_other_tests_or_a_new_one_of_a_new_benchmark_hides_nothing() -> None:
    assert held({"b/test_other.py": "import sys\n"}) == {}
    assert held({"b/test_other.py": None}) == {}
    new = BENCH.replace("import util", "import util") + "\ndef test_new(benchmark): benchmark(sum, [])\n"
    assert held({"b/test_x.py": new}) == {}
    assert held({"b/more.py": "N = 1\n", "b/numbers.csv": "1\n"}) == {}


def test_a_new_file_that_takes_the_place_of_a_module_and_changed_data_may_matter_to_all() -> None:
    assert set(held({"b/json.py": "def dumps(x): pass\n"})) == {*"abc"}
    assert set(held({"b/sub/conftest.py": "import gc\n"})) == {*"abc"}
    assert set(held({"b/numbers.csv": "1\n2\n"}, before={**BEFORE, "b/numbers.csv": "1\n"})) == {*"abc"}


def test_memory_too_says_what_both_versions_had_alike() -> None:
    row = MemoryRow(benchmark="a", verdict="same", base_bytes=9.0, head_bytes=9.0, exact=True, sessions=2)
    one = Comparison(
        base="b", head="h", benchmarks=(), geomean=None, memory=(row, dataclasses.replace(row, benchmark="b"))
    )
    told = with_held(one, {"a": "Makefile differs"}, unmeasured=())
    assert [memory.note for memory in told.memory] == ["not in this: Makefile differs", None]
