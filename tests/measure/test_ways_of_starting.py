"""Suites started in ways that keep plug-ins out: measured all the same, or said why not."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.measure.probe_results import parse_probe
from bench_agent.measure.recipe import count_pytest, files_that_start, keep_entry, read_start, recipes_of, texts_of
from bench_agent.measure.suite import ENTRY_DIR
from bench_agent.measure.unreached import has_our_plugin, pytest_flags, starts_container, why_unreached
from projects import FAST, SUITE, bare_python, environment, make_project, measure

PYTHON = shlex.quote(sys.executable)
RUN = f"{PYTHON} -m pytest -q {FAST} tests/benchmark"
BOTH = {"test_adds", "test_sorts"}

MAKEFILES = {
    "inline": f"benchmark:\n\tPYTHONPATH=src {RUN}\n",
    "empty": f"benchmark:\n\tPYTHONPATH= {RUN}\n",
    "quoted": f'benchmark:\n\tPYTHONPATH="$(CURDIR)/src" {RUN}\n',
    "by env": f"benchmark:\n\tenv PYTHONPATH=src {RUN}\n",
    "exported": f"export PYTHONPATH = src\nbenchmark:\n\t{RUN}\n",
    "its own shell": f"SHELL := /bin/bash\n.SHELLFLAGS := -eu -o pipefail -c\nbenchmark:\n\t[[ -d tests ]] && PYTHONPATH=src {RUN} | tee told\n",
    "one shell": f".ONESHELL:\nbenchmark:\n\texport PYTHONPATH=src\n\t{RUN}\n",
    "a make in make": f"benchmark:\n\t$(MAKE) inner\ninner:\n\tPYTHONPATH=src {RUN}\n",
}


@pytest.mark.parametrize("text", MAKEFILES.values(), ids=MAKEFILES)
def test_a_makefile_may_set_its_own_pythonpath(tmp_path: Path, text: str) -> None:
    project = make_project(tmp_path, recipe=None)
    project.write("src/there.py", "")
    project.write("tests/benchmark/test_it.py", SUITE + ("" if "PYTHONPATH= " in text else "import there\n"))
    project.write("Makefile", text)
    found = measure(project, "make benchmark")
    assert found.names == BOTH
    assert found.result.unreached is None  # measured at the first go


def test_a_command_may_set_its_own_pythonpath(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SUITE + "import there\n")
    project.write("src/there.py", "")
    assert measure(project, f"PYTHONPATH=src {RUN}").names == BOTH


def test_what_a_script_starts_without_us_is_started_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SUITE + "import os, there\nassert os.environ['MODE'] == 'fast'\n")
    project.write("src/there.py", "")
    run = RUN.replace(PYTHON, shlex.quote(bare_python(tmp_path / "bare")))
    project.write("bench.sh", f"export PYTHONPATH=src MODE=fast\n{run}\n")
    found = measure(project, "sh bench.sh")
    assert found.names == BOTH
    assert found.result.unreached


TWO = {
    "test_adds": "def test_adds(benchmark): benchmark(sum, range(9))",
    "test_sorts": "def test_sorts(benchmark): benchmark(sorted, [])",
}
CALLS = {
    "both": "export PYTHONPATH=src\n{run} tests/test_adds.py\necho between\n{run} tests/test_sorts.py\n",
    "the second": "{run} tests/test_adds.py\nPYTHONPATH=src {run} tests/test_sorts.py\n",
    "the first": "PYTHONPATH=src {run} tests/test_adds.py\n{run} tests/test_sorts.py\n",
    "a loop": "export PYTHONPATH=src\nfor file in adds sorts; do {run} tests/test_$file.py; done\n",
}


@pytest.mark.long
@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_every_pytest_of_a_script_is_measured(tmp_path: Path, text: str) -> None:
    project = make_project(tmp_path, recipe=None)
    for name, test in TWO.items():
        project.write(f"tests/{name}.py", test)
    run = f"{shlex.quote(bare_python(tmp_path / 'bare'))} -m pytest -q {FAST}"
    project.write("bench.sh", "set -e\n" + text.format(run=run))
    found = measure(project, "sh bench.sh", timeout_s=120)
    assert found.names == BOTH
    assert found.result.unreached
    assert len(found.probed.samples) == 2  # none twice
    assert found.result.exit_code == 0


def test_the_pytest_calls_of_a_command_are_counted_where_its_text_tells(tmp_path: Path) -> None:
    def count(text: str) -> int | None:
        (tmp_path / "bench.sh").write_text(text)
        return count_pytest(texts_of("sh bench.sh", root=tmp_path, environment={}))

    assert count("export PYTHONPATH=src\npython -m pytest tests\n") == 1
    assert count("pytest a\n.venv/bin/pytest b\n") == 2
    assert count("for f in a b; do pytest $f; done\n") is None
    assert count("tox -e bench\n") is None


def test_what_starting_the_suite_runs_and_reads_is_known_and_is_not_what_the_suite_is_given(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "conf").mkdir()
    read = ["bench.sh", "run", "values.env", "scripts/inner.sh", "scripts/run.py", "conf/n.txt", "conf/m.txt"]
    read += ["scripts/run.ini", "conf/a.list", "conf/b.list"]
    for name in (*read, "scripts/other.sh", "tests.py", "data.json", "requirements.txt", "fast.c", "toy.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "bench.sh").write_text(". ./values.env\nscripts/inner.sh\npython -u scripts/run.py tests.py\n")
    (tmp_path / "scripts/inner.sh").write_text(
        "pip install -r requirements.txt; cc fast.c; sh bench.sh\ncat conf/*.list\n"
        "python -m pytest tests.py \\\n  --data data.json && cat conf/m.txt\n.venv/bin/pytest data.json"
    )
    (tmp_path / "scripts/run.py").write_text("import toy\nread('run.ini')\n")
    (tmp_path / "Makefile").write_text(
        "N := $(shell cat conf/n.txt)\nexport N\nbenchmark:\n\tsh bench.sh\n\t./run\nrelease:\n\tsh scripts/other.sh\n"
    )
    start = read_start("make benchmark", root=tmp_path, environment={"PATH": os.environ["PATH"]})
    assert sorted(os.path.relpath(path, tmp_path.resolve()) for path in start.files) == sorted(read)


def test_what_starts_with_an_empty_environment_is_measured_so(tmp_path: Path) -> None:
    project = make_project(tmp_path, suite=SUITE + "import os\nassert 'LOST' not in os.environ\n")
    found = measure(project, f"LOST=1 env -i {RUN}")
    assert found.names == BOTH
    assert found.result.unreached


@pytest.mark.long
@pytest.mark.parametrize("recipe", [RUN, f"PYTHONPATH=src {RUN}"])
def test_a_pytest_that_a_benchmark_starts_is_left_alone(tmp_path: Path, recipe: str) -> None:
    suite = """
import os, subprocess, sys
def test_starts_one(benchmark, tmp_path):
    (tmp_path / "test_x.py").write_text("def test_x(benchmark): benchmark(int)")
    assert not [name for name in os.environ if name.startswith("BENCH_AGENT_") and name != "BENCH_AGENT_PROCESS"]
    assert "bench_agent" not in os.environ.get("PYTHONPATH", "")
    for env in ({}, {"PYTHONPATH": "other"}):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-disable", "test_x.py"]
        subprocess.run(command, cwd=tmp_path, env={**os.environ, **env}, check=True)
    benchmark(int)
"""
    found = measure(make_project(tmp_path, suite=suite), recipe, timeout_s=120)
    assert found.names == {"test_starts_one"}
    assert found.probed.sessions == 1


def test_a_make_target_beside_a_folder_of_its_name_gets_the_line_to_add(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write("benchmark/README", "")
    found = measure(project, "make benchmark")
    assert found.error
    assert "takes the file or folder `benchmark`" in found.error.message
    assert ".PHONY: benchmark" in (found.error.hint or "")


def test_how_a_process_was_started_is_told_and_left_in_no_file(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    process = measure(project, f"SECRET=xyzzy PYTHONPATH=src {RUN} --benchmark-min-rounds=6").probed.suite.processes[0]
    assert process.environment["SECRET"] == "xyzzy"
    assert process.environment["PYTHONPATH"] == "src"
    assert not [name for name in process.environment if name.startswith("BENCH_AGENT_")]
    assert "--benchmark-min-rounds=6" in process.options
    assert "tests/benchmark" not in process.options
    assert "xyzzy" not in repr(process)
    held = [path for path in project.root.rglob("*") if path.is_file() and b"xyzzy" in path.read_bytes()]
    assert held == []


SCRIPTS = {
    "pyperf (bench/run.py)": "import time\ntry:\n    pass\nexcept ImportError:\n    import pyperf\n",
    "richbench (bench/run.py)": "import time\n__benchmarks__ = []\n",
    "a script of its own (bench/run.py)": "import time\n",
}


@pytest.mark.parametrize("collect_only", [True, False])
@pytest.mark.parametrize("name", SCRIPTS)
def test_what_benchmarks_without_pytest_is_named_and_not_run_to_its_end(tmp_path, name, collect_only) -> None:
    project = make_project(tmp_path, recipe=None)
    project.write("bench/run.py", SCRIPTS[name] + "open('begun', 'w').close()\ntime.sleep(100)\n")
    project.write("Makefile", f"PY = {PYTHON}\nbenchmark: ready\n\t$(PY) bench/run.py\nready:\ntest:\n\tpytest\n")
    found = measure(project, "make benchmark", timeout_s=60, collect_only=collect_only)
    assert found.error
    assert f"it runs {name}, not pytest" in found.error.message
    assert "history import" in (found.error.hint or "")
    assert not found.result.timed_out
    if collect_only:
        assert not (project.root / "begun").exists()


@pytest.mark.parametrize(
    "start", ["uv run python -m bench -o out.json", "poetry run -q python3 bench/run.py", "$(PY) -X dev -m bench.run"]
)
def test_another_harness_is_told_from_the_recipe_before_anything_is_started(tmp_path: Path, start: str) -> None:
    project = make_project(tmp_path, recipe=None)
    for name in ("__main__", "run"):
        project.write(f"bench/{name}.py", "from pyperf._runner import Runner\nopen('started', 'w')\n")
    sub = "all:\n\t$(MAKE) test\ntest:\n\tpytest\n"
    project.write("Makefile", f"PY = {PYTHON}\nbenchmark:\n\ttouch started\n\t{start}\n{sub}")
    found = measure(project, "make benchmark", timeout_s=60)
    assert found.error
    assert "left no results: it runs pyperf (bench/" in found.error.message
    assert not (project.root / "started").exists()


def test_pytest_beside_another_harness_is_run(tmp_path: Path) -> None:
    project = make_project(tmp_path, recipe=None)
    project.write("bench/run.py", "try:\n    import pyperf\nexcept ImportError:\n    pass\n")
    project.write("Makefile", f"benchmark:\n\t{PYTHON} bench/run.py\n\t{RUN}\n")
    assert measure(project, "make benchmark").names == BOTH


def test_the_recipes_of_a_target_are_told_with_what_it_needs_and_its_variables() -> None:
    database = "PY = python3\nRUN = $(PY) -m pytest\n\nbenchmark: data | dirs\n#  recipe\n\t$(RUN) bench\n\ndata:\n\t./make_data\n\n"
    database += "test:\n\ttox\n\n"
    told = recipes_of(database, ["benchmark"])
    assert "make_data" in told
    assert "python3" in told
    assert "tox" not in told


def test_what_runs_in_a_container_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write("bin/docker", "#!/bin/sh\nsleep 1\necho 2 passed\n")
    (tmp_path / "bin/docker").chmod(0o755)
    found = measure(project, f"{tmp_path}/bin/docker run --rm image pytest tests/benchmark")
    assert found.error
    assert "container" in found.error.message
    assert "in the container" in (found.error.hint or "")


def test_a_service_in_a_container_beside_the_suite_is_no_reason_to_stop(tmp_path: Path) -> None:
    assert starts_container(["/usr/bin/docker", "compose", "run", "tests"])
    assert not starts_container(["docker", "compose", "up", "-d"])
    assert not starts_container(["docker", "build", "."])
    project = make_project(tmp_path)
    project.write("bin/docker", "#!/bin/sh\nsleep 0.5\n")
    (tmp_path / "bin/docker").chmod(0o755)
    assert measure(project, f"{tmp_path}/bin/docker run migrate && {RUN}").names == BOTH


def test_a_script_before_pytest_is_no_reason_to_stop(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write("prepare.py", "import time\ntime.sleep(1)\n")
    assert measure(project, f"{PYTHON} prepare.py && {RUN}").names == BOTH


def test_an_installed_bench_agent_needs_no_path(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    asked = {"PLUGIN": "bench_agent_probe", "OUT": str(tmp_path / "out"), "ROOT": str(tmp_path)}
    env = environment(**{f"BENCH_AGENT_{name}": value for name, value in asked.items()})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "bench_agent.measure.pytest_plugin", *FAST.split()]
    subprocess.run(command, cwd=project.root, env=env, check=True, capture_output=True)
    (told,) = (tmp_path / "out").glob("*.jsonl")
    assert len(parse_probe([told.read_bytes()]).samples) == 2
    subprocess.run(command, cwd=project.root, env=environment(), check=True, capture_output=True)  # idle unless asked


def test_where_our_plugin_is_installed_a_lost_path_is_no_reason_to_start_again(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert not has_our_plugin("bin/python", str(tmp_path), {})
    told = tmp_path / "lib/python3.11/site-packages/bench_agent-1.dist-info/entry_points.txt"
    told.parent.mkdir(parents=True)
    told.write_text("[pytest11]\nbench-agent = x\n")
    assert has_our_plugin("bin/python", str(tmp_path), {})


def test_the_text_of_a_command_keeps_our_folder_in_front() -> None:
    entry = Path("/e")
    for given, kept in {
        "PYTHONPATH=src pytest": "PYTHONPATH=/e:src pytest",
        "A=1 PYTHONPATH= pytest": "A=1 PYTHONPATH=/e pytest",
        "env 'PYTHONPATH=a b' pytest": "env 'PYTHONPATH=/e:a b' pytest",
        "MY_PYTHONPATH=x PYTHONPATH+=:y pytest": "MY_PYTHONPATH=x PYTHONPATH+=:y pytest",
    }.items():
        assert keep_entry(given, entry) == kept


def test_a_pytest_that_we_are_kept_out_of_is_known_by_its_command_and_environment() -> None:
    ours = {"BENCH_AGENT_PLUGIN": "p", "PYTHONPATH": f"src:{ENTRY_DIR}"}
    command = ["/v/bin/python3.11", "-X", "dev", "-m", "pytest", "tests"]
    assert why_unreached(command, ours, ENTRY_DIR) is None
    assert why_unreached(command, {**ours, "PYTHONPATH": "src"}, ENTRY_DIR) == "path"
    assert why_unreached(command, {}, ENTRY_DIR) == "environment"
    assert why_unreached(["python", "-I", "-m", "pytest"], ours, ENTRY_DIR) == "isolated"
    assert why_unreached(["/usr/bin/python3", "/usr/bin/poetry", "run", "pytest"], {}, ENTRY_DIR) is None
    assert pytest_flags(["python", "/v/bin/pytest", "-q"]) == []
    assert pytest_flags(["python", "-m", "coverage", "run", "--source=x", "-m", "pytest"]) == []
    assert pytest_flags(["uv", "run", "pytest"]) is None
    assert pytest_flags(["python", "-c", "pytest"]) is None


def test_a_makefile_counts_where_what_it_does_for_the_suite_differs(tmp_path: Path) -> None:
    text = "N = 3\nbenchmark: build\n\tpytest -q $(N)\nbuild:\n\techo\nlint:\n\truff check\n"

    def told(changed: str, *names: str) -> list[str]:
        for folder, content in (("older", text), ("newer", changed)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "Makefile").write_text(content)
        folders = {"older": tmp_path / "older", "newer": tmp_path / "newer"}
        return files_that_start(
            "make benchmark", ["Makefile", *names], environment={"PATH": os.environ["PATH"]}, **folders
        )

    assert told(text.replace("ruff check", "ruff check .")) == []
    for comment in ("lint: ## ruff (ARGS=x)\n", "# N = 5\nlint:\n", "lint: build # if M=1\n"):
        assert told(text.replace("lint:\n", comment)) == []
    assert told(text + "docs:\n\tsphinx\n", "docs/Makefile", "tox.ini", "conf/bench.mk") == ["conf/bench.mk"]
    changed = [("N = 3", "N = 4"), ("-q", "-v"), ("echo", "echo x"), ("N = 3", "export M = 1\nN = 3")]
    for old, new in [*changed, ("benchmark: build", "benchmark: M = 1 # one\nbenchmark: build")]:
        assert told(text.replace(old, new), "docs/Makefile") == ["Makefile", "docs/Makefile"]


def test_a_script_that_lists_a_folder_may_read_all_of_it_and_modules_beside_it_are_its_own(tmp_path: Path) -> None:
    files = {
        "Makefile": "benchmark:\n\tpython tools/run.py\n",
        "tools/run.py": "import helper\nfrom pathlib import Path\nfor path in Path('conf.d').glob('*.toml'):\n    print(path)\n",
        "tools/helper.py": "LIMIT = 1\n",
        "tools/other.py": "LIMIT = 1\n",
        "conf.d/a.toml": "x = 1\n",
        "data/b.toml": "x = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    start = read_start("make benchmark", root=tmp_path, environment={"PATH": os.environ["PATH"]})
    named = {str(Path(path).relative_to(tmp_path.resolve())) for path in start.files}
    assert named == {"tools/run.py", "tools/helper.py", "conf.d/a.toml"}
