"""What `init` finds in a project, from its files alone."""

import sys
from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.scaffold.survey import Found, survey
from projects import Project, make_project

BENCHMARK = "def test_{}(benchmark):\n    benchmark(int)\n"


def look(project: Project) -> Found:
    return survey(load_config(project.root, environment={}), runner="path")


def bare(folder: Path, **files: str) -> Project:
    project = make_project(folder, suite=None, recipe=None)
    for name, text in files.items():
        project.write(name.replace("__", "/") + (".py" if text.startswith(("def", "import", "@")) else ""), text)
    return project


def test_tests_are_found_by_the_fixture_also_through_a_fixture_of_the_project(tmp_path: Path) -> None:
    project = bare(tmp_path)
    project.write(
        "tests/conftest.py", "import pytest\n@pytest.fixture\ndef timed_benchmark(benchmark):\n    return benchmark\n"
    )
    project.write(
        "tests/perf/test_a.py",
        "class TestK:\n    def test_one(self, benchmark): ...\ndef test_two(timed_benchmark): ...\n",
    )
    project.write("tests/test_b.py", "import pytest\npytestmark = pytest.mark.benchmark()\ndef test_marked(): ...\n")
    project.write("tests/test_broken.py", "def test_benchmark(:\n")
    project.write(".venv/lib/test_x.py", BENCHMARK.format("foreign"))
    found = look(project)
    assert [test.id for test in found.tests] == [
        "tests/perf/test_a.py::TestK::test_one",
        "tests/perf/test_a.py::test_two",
    ]
    assert found.marker_only == 1


def test_what_runs_by_itself_needs_no_setting(tmp_path: Path) -> None:
    found = look(make_project(tmp_path))
    assert (found.command, found.origin, found.needed) == ("make benchmark", "Makefile", None)
    (tmp_path / "Makefile").unlink()
    found = look(Project(root=tmp_path))
    assert found.command is not None
    assert found.command.endswith(" tests/benchmark")
    assert found.needed is None


@pytest.mark.parametrize(
    ("file", "text", "undo"),
    [
        ("pytest.ini", "[pytest]\naddopts = -q --benchmark-disable\n", "--benchmark-enable"),
        ("setup.cfg", "[tool:pytest]\naddopts =\n    -n auto\n    --dist loadgroup\n", "-n 0"),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\naddopts = ["-n4", "--benchmark-disable"]\n',
            "--benchmark-enable -n 0",
        ),
    ],
)
def test_what_addopts_switches_off_the_command_switches_on(tmp_path: Path, file: str, text: str, undo: str) -> None:
    project = make_project(tmp_path, recipe=None)
    if file != "pyproject.toml":
        (tmp_path / "pyproject.toml").unlink()
    project.write(file, text)
    found = look(project)
    assert found.needed == f"{found.command} {undo}"
    assert "addopts" in (found.because or "")


def test_benchmarks_in_another_place_get_a_command(tmp_path: Path) -> None:
    project = bare(tmp_path)
    project.write("src/perf checks/test_it.py", BENCHMARK.format("it"))
    found = look(project)
    assert (found.command or "").endswith("src/perf checks/test_it.py'")
    assert found.needed is not None
    assert found.needed.endswith("-m pytest 'src/perf checks/test_it.py'")
    for name in "abc":
        project.write(f"src/{name}/test_{name}.py", BENCHMARK.format(name))
    assert (look(project).needed or "").endswith("-m pytest src --benchmark-only")
    project.write("Makefile", "bench: deps\n\tuv run pytest src -m perf\nlint:\n\truff\n")
    assert look(project).needed == "make bench"


def test_nothing_is_made_up_where_there_are_no_benchmarks(tmp_path: Path) -> None:
    found = look(bare(tmp_path, tests__test_a="def test_a(): ...\n"))
    assert (found.command, found.needed, found.tests, found.quick, found.names) == (None, None, (), None, ())


def test_a_mark_on_some_of_the_benchmarks_is_the_quick_selection(tmp_path: Path) -> None:
    marked = "import pytest\n@pytest.mark.smoke\n" + BENCHMARK.format("a")
    project = make_project(tmp_path, suite=marked + BENCHMARK.format("b"))
    assert look(project).quick == "smoke"
    project.write("tests/benchmark/test_it.py", marked + BENCHMARK.format("smoke_free"))
    assert look(project).quick is None  # -k smoke would take it along
    project.write("tests/benchmark/test_it.py", marked)
    assert look(project).quick is None


def test_targets_under_other_names_are_matched_where_that_is_beyond_doubt(tmp_path: Path) -> None:
    names = (
        "jwt_validation_performance",
        "batch_authorization_check",
        "authorization_check_performance",
        "plain",
        "two_a",
        "two_b",
    )
    project = make_project(tmp_path, suite="".join(map(BENCHMARK.format, names)))
    metrics = ", ".join(
        f'"{t}": {{"unit": "seconds", "threshold_p95": 5}}'
        for t in ("jwt_validation", "authorization_check", "plain", "two", "llm")
    )
    project.write("tests/regression/baseline_metrics.json", f'{{"metrics": {{{metrics}}}}}')
    found = look(project)
    assert found.shape == "metrics"
    assert dict(found.names) == {
        "test_jwt_validation_performance": "jwt_validation",
        "test_authorization_check_performance": "authorization_check",
    }


def test_a_look_imports_nothing_of_the_project(tmp_path: Path) -> None:
    look(make_project(tmp_path, suite="import sys\nsys.modules['was_imported'] = sys\n" + BENCHMARK.format("a")))
    assert "was_imported" not in sys.modules
