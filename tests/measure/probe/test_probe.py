"""The probe inside real pytest sessions, started in all the ways projects start them: right results, or one clear line."""

import importlib.util
import json
import shutil
import sys

import pytest

from bench_agent.measure.probe_results import ProbeResult
from projects import SUITE, Project, bare_python, make_project, measure, pytest_command

BOTH = {"test_adds", "test_sorts"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that several tests measure; none changes it."""
    return make_project(tmp_path_factory.mktemp("plain") / "project")


@pytest.mark.parametrize(
    "recipe",
    [
        "{pytest} tests/benchmark --benchmark-json=own.json",
        "PYTEST_ADDOPTS=-v {pytest} tests/benchmark",
        "{pytest} -o addopts= tests/benchmark",
        "{pytest} tests/benchmark || true",
        "{pytest} tests/benchmark | tee told.txt",
        "{pytest} tests/benchmark -k adds && {pytest} tests/benchmark -k sorts",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {pytest} -p pytest_benchmark.plugin tests/benchmark",
        "cd tests/benchmark && {pytest} .",
    ],
)
def test_a_suite_is_measured_however_its_target_calls_pytest(plain: Project, recipe: str) -> None:
    found = measure(plain, recipe)
    assert found.names == BOTH
    assert found.probed.exit_code == 0
    assert all(s.id.startswith("tests/benchmark/test_it.py::") for s in found.probed.samples)


@pytest.mark.long
@pytest.mark.parametrize(
    "addopts",
    ["--benchmark-disable", "--benchmark-skip", "-n 2 --dist loadgroup", "-n 2 --benchmark-only"],
)
def test_addopts_that_keep_benchmarks_from_being_measured_are_overruled(tmp_path, addopts: str) -> None:
    if "-n " in addopts and not importlib.util.find_spec("xdist"):
        pytest.skip("pytest-xdist is not installed")
    project = make_project(tmp_path)
    project.write("pyproject.toml", f"[tool.pytest.ini_options]\naddopts = '{addopts}'\n")
    assert measure(project, all_plugins=True).names == BOTH


@pytest.mark.long
def test_the_same_options_in_the_command_itself_are_somebodys_decision(plain: Project) -> None:
    if not importlib.util.find_spec("xdist"):
        pytest.skip("pytest-xdist is not installed")
    found = measure(plain, "{pytest} tests/benchmark -n 2", all_plugins=True, timeout_s=120)
    assert found.error
    assert "pytest-xdist was on" in found.error.message
    assert "-n 0" in (found.error.hint or "")


@pytest.mark.parametrize(
    ("tool", "file", "text", "recipe"),
    [
        ("just", "justfile", "bench:\n    {pytest} tests/benchmark\n", "just bench"),
        (
            "nox",
            "noxfile.py",
            "import nox\n@nox.session(venv_backend='none')\ndef bench(s): s.run('sh', '-c', \"\"\"{pytest} tests/benchmark\"\"\")\n",
            "nox -s bench",
        ),
        (
            "tox",
            "tox.ini",
            "[tox]\nno_package = true\n[testenv:bench]\nsystem_site_packages = true\nallowlist_externals = *\n"
            "commands = {pytest} tests/benchmark\n",
            "tox -q -e bench",
        ),
        ("uv", "x", "", "uv run --no-project --python {python} --offline {pytest} tests/benchmark"),
        pytest.param(
            "coverage",
            "x",
            "",
            "'{python}' -m coverage run -m pytest -q --benchmark-max-time=0.05 tests/benchmark",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_suite_is_measured_through_other_runners(tmp_path, tool: str, file: str, text: str, recipe: str) -> None:
    if not (importlib.util.find_spec("coverage") if tool == "coverage" else shutil.which(tool)):
        pytest.skip(f"{tool} is not installed")
    project = make_project(tmp_path)
    project.write(file, text.replace("{pytest}", pytest_command()))
    assert measure(project, recipe.replace("{python}", sys.executable)).names == BOTH


def test_how_interpreter_and_pytest_were_started_is_known_for_measuring_again(plain: Project) -> None:
    recipe = f"'{sys.executable}' -OO -m pytest -q -o addopts= -p no:xdist tests/benchmark"
    suite = measure(plain, recipe, collect_only=True).probed.suite
    assert suite
    (process,) = suite.processes
    assert process.flags == ("-OO",)
    assert process.options == ("-q", "-o", "addopts=", "-p", "no:xdist")
    assert process.cwd == str(plain.root)


@pytest.mark.parametrize(
    ("recipe", "reason", "hint"),
    [
        ("{pytest} tests/benchmark --benchmark-disable", "--benchmark-disable was in force", "--benchmark-enable"),
        ("{pytest} tests/benchmark --benchmark-skip", "--benchmark-skip was in force", "--benchmark-enable"),
        ("{pytest} tests/nowhere", "file or directory not found: tests/nowhere", "run the command yourself"),
        ("{pytest} tests/benchmark --nonsense", "unrecognized arguments: --nonsense", "run the command yourself"),
        ("{pytest} tests/benchmark -k nothing_is_called_so", "2 tests deselected", "check -k"),
        ("{python} -I -m pytest --benchmark-max-time=0.005 tests/benchmark", "ignores PYTHONPATH", "take -I"),
        (
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {python} -m pytest tests/benchmark",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set",
            "-p pytest_benchmark.plugin",
        ),
        (
            "{python} -m pytest -p no:benchmark tests/benchmark",
            "without pytest-benchmark",
            "pip install pytest-benchmark",
        ),
        ("true", "it printed nothing", "history import"),
        ("no-such-program", "`no-such-program` is not on PATH", "set `command`"),
    ],
)
def test_why_nothing_was_measured_is_one_line_with_a_hint(
    plain: Project, tmp_path, recipe: str, reason: str, hint: str
) -> None:
    found = measure(plain, recipe.replace("{python}", f"'{bare_python(tmp_path / 'bare')}'"))
    assert found.error
    assert reason in found.error.message
    assert hint in (found.error.hint or "")
    assert "\n" not in found.error.message


@pytest.mark.parametrize(
    ("suite", "reason"),
    [
        ("", "pytest collected no tests"),
        ("def test_plain(): pass\n", "1 test collected, none uses the `benchmark` fixture"),
        ("import no_such_module\n", "could not collect tests/benchmark/test_it.py: ModuleNotFoundError"),
        ("def (\n", "could not collect tests/benchmark/test_it.py: SyntaxError"),
        ("def test_a(benchmark):\n    benchmark(int)\n    assert 0, 'boom'\n", "1 benchmark failed and none passed"),
    ],
)
def test_a_suite_without_usable_benchmarks_says_what_is_wrong_with_it(tmp_path, suite: str, reason: str) -> None:
    found = measure(make_project(tmp_path, suite=suite))
    assert found.error
    assert reason in found.error.message


@pytest.mark.parametrize("expression", ["adds and (", "'adds", "adds)"])
def test_a_selection_pytest_cannot_read_is_shown_in_its_words(plain: Project, expression: str) -> None:
    found = measure(plain, select=expression)
    assert found.error
    assert found.error.kind == "usage"
    assert f"Wrong expression passed to '-k': {expression}" in found.error.message


def test_a_selection_is_added_to_the_suites_own(plain: Project) -> None:
    assert measure(plain, "{pytest} tests/benchmark -k 'adds or sorts'", select="not sorts").names == {"test_adds"}


def test_a_quick_selection_that_matches_nothing_runs_what_fits_the_time(plain: Project) -> None:
    assert measure(plain, select="agent_response", quick_seconds=20).names == BOTH
    assert measure(plain, select="agent_response", quick_seconds=1e-9).names == set()


def test_what_is_measured_twice_counts_once_and_is_said(plain: Project) -> None:
    found = measure(plain, "{pytest} tests/benchmark -k adds && {pytest} tests/benchmark")
    assert found.names == BOTH
    assert any("1 benchmark measured more than once" in warning for warning in found.probed.warnings)


def test_a_failure_hidden_from_make_is_seen(tmp_path) -> None:
    failing = SUITE + "def test_fails(benchmark):\n    benchmark(int)\n    assert 0, 'boom'\n"
    found = measure(make_project(tmp_path, suite=failing), "{pytest} tests/benchmark || true")
    assert found.result.exit_code == 0
    assert found.probed.exit_code == 1
    assert [(f.outcome, f.message) for f in found.probed.failures] == [("failed", "AssertionError: boom assert 0")]


OUTCOMES = """
import pytest

@pytest.fixture
def bad_setup():
    raise RuntimeError("set-up")

@pytest.fixture
def bad_teardown():
    yield
    raise RuntimeError("teardown")

def test_good(benchmark): benchmark(int)

def test_fails(benchmark):
    benchmark(int)
    assert 0

@pytest.mark.xfail
def test_expected_to_fail(benchmark):
    benchmark(int)
    assert 0

@pytest.mark.xfail
def test_fails_no_more(benchmark): benchmark(int)

@pytest.mark.xfail(strict=True)
def test_must_fail(benchmark): benchmark(int)

@pytest.mark.skip
def test_skipped(benchmark): benchmark(int)

def test_skips_itself(benchmark):
    benchmark(int)
    pytest.skip("not here")

def test_error_in_setup(bad_setup, benchmark): benchmark(int)

def test_error_in_teardown(bad_teardown, benchmark): benchmark(int)

def test_raises(benchmark): benchmark(lambda: 1 / 0)

def test_never_calls(benchmark): pass

def test_calls_twice(benchmark):
    benchmark(int)
    benchmark(int)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> ProbeResult:
    return measure(make_project(tmp_path_factory.mktemp("outcomes"), suite=OUTCOMES)).probed


def test_only_tests_that_passed_are_results(outcomes: ProbeResult) -> None:
    assert {s.id.rpartition("::test_")[2] for s in outcomes.samples} == {"good", "fails_no_more"}


def test_each_outcome_is_told_apart(outcomes: ProbeResult) -> None:
    assert {f.id.rpartition("::test_")[2]: f.outcome for f in outcomes.failures} == {
        "fails": "failed",
        "expected_to_fail": "xfailed",
        "must_fail": "failed",
        "error_in_setup": "error",
        "error_in_teardown": "error",
        "raises": "failed",
        "calls_twice": "failed",
    }
    assert outcomes.skipped == 2


def test_the_probe_leaves_pytest_benchmarks_own_results_alone(tmp_path) -> None:
    found = measure(make_project(tmp_path), "{pytest} tests/benchmark --benchmark-json=own.json")
    own = {b["fullname"]: b["stats"] for b in json.loads((tmp_path / "own.json").read_text())["benchmarks"]}
    for sample in found.probed.samples:
        stats = own[sample.id]
        assert sample.rounds == stats["rounds"]
        assert sample.iterations == stats["iterations"]
        assert sample.median_s == pytest.approx(stats["median"])
        assert sample.q1_s <= sample.median_s <= sample.q3_s


def test_pedantic_setup_subclass_and_weave_are_measured(tmp_path) -> None:
    suite = """
def test_pedantic(benchmark):
    benchmark.pedantic(sorted, setup=lambda: (([3, 1],), {}), rounds=7)

def test_weave(benchmark_weave):
    import json
    benchmark_weave(json.dumps, lazy=True)
    json.dumps([1])
"""
    found = measure(make_project(tmp_path, suite=suite))
    rounds = {s.id.rpartition("::")[2]: s.rounds for s in found.probed.samples}
    assert rounds["test_pedantic"] == 7


def test_cpu_time_tells_waiting_from_computing(tmp_path) -> None:
    suite = """
import time

def test_waits(benchmark): benchmark.pedantic(time.sleep, args=(0.02,), rounds=5)

def test_computes(benchmark): benchmark.pedantic(sum, args=(range(400_000),), rounds=5)
"""
    use = {
        s.id.rpartition("::test_")[2]: s.cpu_use for s in measure(make_project(tmp_path, suite=suite)).probed.samples
    }
    assert use["waits"] < 0.3
    assert use["computes"] > 2 * use["waits"]  # on a busy machine it waits, too: for the processor


def test_a_full_disk_does_not_fail_the_suite(tmp_path) -> None:
    # 9 kB are room for the first lines of the probe, not for those of a benchmark of many rounds.
    suite = "def test_many(benchmark):\n    benchmark.pedantic(int, rounds=5000)\n"
    suite += "def test_after(benchmark):\n    benchmark(int)\n"
    project = make_project(tmp_path, suite=suite)
    found = measure(project, f"ulimit -f 18; {pytest_command()} tests/benchmark")
    assert "2 passed" in found.result.output
    assert found.error
    assert "results could not be recorded: [Errno 27] File too large" in found.error.message
    assert "free some space" in (found.error.hint or "")


def test_one_file_that_cannot_be_imported_is_said_beside_the_results_of_the_others(tmp_path) -> None:
    project = make_project(tmp_path)
    project.write("tests/benchmark/test_broken.py", "import no_such_module\n")
    found = measure(project, "{pytest} --continue-on-collection-errors tests/benchmark")
    assert found.names == BOTH
    assert any("could not collect tests/benchmark/test_broken.py: Module" in w for w in found.probed.warnings)


def test_a_project_that_makes_warnings_errors_still_runs(tmp_path) -> None:
    project = make_project(tmp_path)
    project.write("pyproject.toml", "[tool.pytest.ini_options]\nfilterwarnings = ['error']\n")
    assert measure(project).names == BOTH
