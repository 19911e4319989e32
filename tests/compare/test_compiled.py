"""A package with an extension module and a pure-Python fallback, as yarl and many others have it, compiled here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from projects import Project, make_project

pytestmark = [
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler"),
    pytest.mark.long,  # each builds and measures for half a minute
]

C = """
#include <Python.h>
static PyObject *total(PyObject *self, PyObject *arg) {
    volatile long sum = 0;
    long n = PyLong_AsLong(arg);
    for (long k = 0; k < n * TIMES; k++) sum += k;
    return PyLong_FromLong(sum);
}
static PyMethodDef methods[] = {{"total", total, METH_O, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", "", -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""
INIT = """
try:
    from pkg._fast import total
except ImportError:
    from pkg._slow import total
"""
SUITE = """
from pkg import total

def test_total(benchmark):
    benchmark(total, 1000)
"""
BUILD = "python build.py"
BUILDER = """
import subprocess, sysconfig
suffix, include = sysconfig.get_config_var("EXT_SUFFIX"), sysconfig.get_paths()["include"]
subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-I", include, "pkg/_fast.c", "-o", "pkg/_fast" + suffix], check=True)
"""


@pytest.fixture
def compiled(tmp_path: Path) -> Project:
    """Built in place, the extension module ignored by git; the newest commit changes a comment."""
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write(".gitignore", "*.so\n__pycache__/\n.benchmark/\n")
    project.write("pkg/__init__.py", INIT)
    project.write("pkg/_slow.py", "def total(n):\n    return sum(range(n))\n")
    project.write("pkg/_fast.c", C.replace("TIMES", "10"))
    project.write("build.py", BUILDER)
    project.commit()
    project.write("pkg/__init__.py", INIT + "# a comment\n")
    project.commit("Comment")
    build(project)
    return project


def build(project: Project) -> None:
    subprocess.run([sys.executable, "build.py"], cwd=project.root, check=True)


def compare(project: Project, base: str, *more: str) -> dict[str, object]:
    done = project.run("compare", base, "--all", "--budget", "15", "--json", *more, timeout=120)
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def ratio(found: dict[str, object]) -> float:
    rows = found["benchmarks"]
    assert isinstance(rows, list), found
    assert rows, found
    return float(rows[0]["ratio"])


@pytest.mark.long
def test_an_extension_built_in_place_is_measured_on_both_sides(compiled: Project) -> None:
    assert 0.7 < ratio(compare(compiled, "HEAD~1")) < 1.4


@pytest.mark.long
def test_an_untracked_extension_is_measured_on_both_sides(compiled: Project) -> None:
    compiled.write(".gitignore", "__pycache__/\n.benchmark/\n")
    compiled.git("commit", "-qam", "Ignore less")
    assert 0.7 < ratio(compare(compiled, "HEAD")) < 1.4
    assert 0.7 < ratio(compare(compiled, "HEAD~1")) < 1.4


def test_another_source_of_an_extension_needs_a_build_and_the_line_is_said(compiled: Project) -> None:
    compiled.write("pkg/_fast.c", C.replace("TIMES", "40"))
    compiled.commit("More work")
    build(compiled)
    found = compare(compiled, "HEAD~1")
    assert "pkg/_fast.c differs" in found["error"]["message"]  # type: ignore[index]
    assert "setup = " in found["error"]["hint"]  # type: ignore[index]


@pytest.mark.long
def test_a_slowdown_in_the_compiled_part_is_measured_where_setup_builds(compiled: Project) -> None:
    compiled.write("pkg/_fast.c", C.replace("TIMES", "40"))
    compiled.write(
        "pyproject.toml", f'[tool.pytest.ini_options]\npythonpath = ["."]\n[tool.bench-agent]\nsetup = "{BUILD}"\n'
    )
    compiled.commit("More work")
    build(compiled)
    assert 3 < ratio(compare(compiled, "HEAD~1")) < 5


@pytest.mark.long
def test_an_untracked_extension_is_built_for_each_version(compiled: Project) -> None:
    compiled.write(".gitignore", "__pycache__/\n.benchmark/\n")
    settings = f'[tool.pytest.ini_options]\npythonpath = ["."]\n[tool.bench-agent]\nsetup = "{BUILD}"\n'
    compiled.write("pyproject.toml", settings)
    compiled.git("commit", "-qam", "Ignore less")
    compiled.git("commit", "-qm", "Nothing", "--allow-empty")
    assert 0.7 < ratio(compare(compiled, "HEAD~1")) < 1.4
    compiled.write("pkg/_fast.c", C.replace("TIMES", "40"))
    compiled.git("commit", "-qam", "More work")
    build(compiled)
    assert 3 < ratio(compare(compiled, "HEAD~1")) < 5


def test_a_fallback_is_an_error_that_names_the_module(compiled: Project) -> None:
    compiled.write("pkg/_fast.c", C.replace("TIMES", "40"))
    compiled.write(
        "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n[tool.bench-agent]\nsetup = "true"\n'
    )
    compiled.commit("More work")
    build(compiled)
    found = compare(compiled, "HEAD~1")
    assert "_fast" in found["error"]["message"]  # type: ignore[index]


def test_an_extension_that_cannot_be_imported_in_a_tree_is_an_error(compiled: Project) -> None:
    compiled.write("pkg/__init__.py", "from pkg import extra\n" + INIT)
    compiled.write("pkg/extra.py", "")
    compiled.commit("More")
    old = "import sys\nsys.modules['pkg._fast'] = None\n" + INIT
    compiled.git("checkout", "-q", "-b", "old", "HEAD~1")
    compiled.write("pkg/__init__.py", old)
    compiled.commit("Never compiled")
    compiled.git("checkout", "-q", "main")
    found = compare(compiled, "old")
    assert "pkg._fast can't be imported" in found["error"]["message"]  # type: ignore[index]


@pytest.mark.long
def test_benchmark_files_that_do_not_import_on_the_old_side_fall_back_to_its_own(tmp_path: Path) -> None:
    project = make_project(
        tmp_path / "project", suite="from work import total\n\ndef test_total(benchmark):\n    benchmark(total)\n"
    )
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("work.py", "def total():\n    return sum(range(3000))\n")
    project.commit()
    project.write("work.py", "def whole():\n    return sum(range(9000))\n")
    project.write(
        "tests/benchmark/test_it.py", "from work import whole\n\ndef test_total(benchmark):\n    benchmark(whole)\n"
    )
    project.commit("Another name")
    found = compare(project, "HEAD~1", "--budget", "20")
    assert 2 < ratio(found) < 4.5
    assert any("its own benchmark files" in warning for warning in found["warnings"])  # type: ignore[attr-defined]


def test_a_conftest_that_does_not_import_on_the_old_side_falls_back_to_its_own(tmp_path: Path) -> None:
    project = make_project(
        tmp_path / "project", suite="from work import total\n\ndef test_total(benchmark):\n    benchmark(total)\n"
    )
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("work.py", "def total():\n    return sum(range(3000))\n")
    project.commit()
    project.write("later.py", "")
    project.write("work.py", "def total():\n    return sum(range(9000))\n")
    project.write("tests/benchmark/conftest.py", "import later\n")
    project.commit("A conftest of later days")
    found = compare(project, "HEAD~1", "--budget", "10")
    assert 2 < ratio(found) < 4.5
    assert any("its own benchmark files" in warning for warning in found["warnings"])  # type: ignore[attr-defined]
