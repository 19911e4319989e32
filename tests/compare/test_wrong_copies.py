"""Kinds of wrong copy: whatever is imported or read in place of a version's own, no verdict comes of it, or the right one.

The newest commit makes the work four times as long. Each kind is a way in which both sides, or one, could come to run something
else. A verdict that clears the commit, or a ratio that is far from four, is what must never be.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from projects import Done, Project, bare_python, make_project

pytestmark = pytest.mark.long

CORE = "def work():\n    return sum(i * i for i in range(300 * 1))\n"
SUITE = "from pkg import work\n\ndef test_work(benchmark):\n    benchmark(work)\n"
EMPTY = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "empty", "", -1, NULL};
PyMODINIT_FUNC PyInit_empty(void) { return PyModule_Create(&module); }
"""
IGNORED = ".benchmark/\n__pycache__/\n*.so\nlocal*\nlib.zip\n*.pyc\n"


class Place:
    """A project with its own interpreter. write what the kind needs, then `slow` commits the newest."""

    def __init__(self, folder: Path) -> None:
        self.project: Project = make_project(folder / "project", suite=SUITE)
        self.root = self.project.root
        self.outside = folder / "outside"
        self.outside.mkdir()
        self.python = bare_python(folder / "venv")
        self.site = next((folder / "venv").glob("lib/*/site-packages"))
        self.start()
        self.code("pkg")

    def start(self, before: str = "") -> None:
        """The Makefile, whose recipe begins with these words."""
        python = shlex.quote(self.python)
        self.write(
            "Makefile", f"benchmark:\n\t{before} {python} -m pytest -q --benchmark-max-time=0.05 tests/benchmark\n"
        )

    def write(self, name: str, text: str) -> Path:
        return self.project.write(name, text)

    def code(self, folder: str, *, init: str = "from pkg.core import work\n", core: str = CORE) -> None:
        self.write(f"{folder}/__init__.py", init)
        self.write(f"{folder}/core.py", core)

    def move(self, folder: str) -> None:
        """The package is in another folder than the root, where no `python -m pytest` finds it."""
        for name in ("__init__.py", "core.py"):
            (self.root / "pkg" / name).unlink()
        self.code(f"{folder}/pkg")

    def outer_copy(self, folder: Path) -> None:
        """A copy of the package as it is now, outside of what git keeps."""
        for path in self.root.glob("**/pkg/*.py"):
            target = folder / "pkg" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text())

    def run(self, *command: str) -> None:
        subprocess.run(command, cwd=self.root, check=True, capture_output=True)


def _installed_copy(place: Place) -> Callable[[], None]:
    place.move("src")
    return lambda: place.outer_copy(place.site)


def _pth_to_the_checkout(place: Place) -> Callable[[], None]:
    place.move("lib/python")
    (place.site / "project.pth").write_text(f"{place.root}/lib/python\n")
    return lambda: None


def _pth_to_a_copy(place: Place) -> Callable[[], None]:
    place.move("lib/python")
    (place.site / "copy.pth").write_text(f"{place.outside}\n")
    return lambda: place.outer_copy(place.outside)


def _finder_to_the_checkout(place: Place) -> Callable[[], None]:
    """An import hook of the environment that is no editable install by its name."""
    place.move("code")
    (place.site / "hook.py").write_text(
        "import sys\nfrom importlib.machinery import PathFinder\n"
        "class Hook:\n    @staticmethod\n    def find_spec(name, path=None, target=None):\n"
        f"        return PathFinder.find_spec(name, [{str(place.root / 'code')!r}]) if name == 'pkg' else None\n"
        "sys.meta_path.insert(0, Hook)\n"
    )
    (place.site / "hook.pth").write_text("import hook\n")
    return lambda: None


def _editable_finder(place: Place) -> Callable[[], None]:
    place.move("code")
    (place.site / "__editable___project_finder.py").write_text(
        "import sys\nfrom importlib.util import spec_from_file_location\n"
        f"MAPPING = {{'pkg': {str(place.root / 'code/pkg')!r}}}\n"
        "class _EditableFinder:\n    @classmethod\n    def find_spec(cls, name, path=None, target=None):\n"
        "        if name in MAPPING:\n            return spec_from_file_location(name, MAPPING[name] + '/__init__.py',\n"
        "                submodule_search_locations=[MAPPING[name]])\n"
        "def install():\n    sys.meta_path.insert(0, _EditableFinder)\n"
    )
    (place.site / "__editable__.project.pth").write_text("import __editable___project_finder as f; f.install()\n")
    return lambda: None


def _absolute_path_in_a_conftest(place: Place) -> Callable[[], None]:
    place.move("code")
    place.write("conftest.py", f"import sys\nsys.path.insert(0, {str(place.root / 'code')!r})\n")
    return lambda: None


def _absolute_path_in_the_environment(place: Place) -> Callable[[], None]:
    place.move("code")
    place.write("conftest.py", "import os, sys\nsys.path.insert(0, os.environ['CODE'])\n")
    place.start(f"CODE={shlex.quote(str(place.root / 'code'))}")
    return lambda: None


def _absolute_path_in_pythonpath(place: Place) -> Callable[[], None]:
    place.move("code")
    place.start(f"PYTHONPATH={shlex.quote(str(place.root / 'code'))}")
    return lambda: None


def _absolute_path_in_an_ignored_file(place: Place) -> Callable[[], None]:
    """Executed without being imported: no module shows it."""
    place.write("pkg/__init__.py", "import runpy\nwork = runpy.run_path(open('local.cfg').read().strip())['work']\n")
    return lambda: place.write("local.cfg", f"{place.root}/pkg/core.py\n") and None


def _data_of_the_checkout(place: Place) -> Callable[[], None]:
    """How much is done stands in a tracked file, whose absolute path is in an ignored one."""
    place.code(
        "pkg", core="def work():\n    n = int(open(open('local.cfg').read().strip()).read())\n    sum(range(n * 9))\n"
    )
    place.write("pkg/size.txt", "3000\n")
    place.write("local.cfg", f"{place.root}/pkg/size.txt\n")

    def slow() -> None:
        place.write("pkg/size.txt", "12000\n")

    return slow


def _archive(place: Place) -> Callable[[], None]:
    place.move("src")
    place.write("conftest.py", "import sys\nsys.path.insert(0, 'lib.zip')\n")

    def build() -> None:
        (place.root / "lib.zip").unlink(missing_ok=True)
        place.run(sys.executable, "-c", "import shutil; shutil.make_archive('lib', 'zip', 'src')")

    build()
    return build


def _bytecode_alone(place: Place) -> Callable[[], None]:
    place.write("pkg/__init__.py", "from pkg.made import work\n")
    code = "import py_compile; py_compile.compile('pkg/core.py', cfile='pkg/made.pyc')"
    place.run(place.python, "-c", code)
    return lambda: place.run(place.python, "-c", code)


def _generated_source(place: Place) -> Callable[[], None]:
    """Written from another source by a script that stays as it is."""
    place.write("generate.sh", "cp pkg/core.py pkg/local_made.py\n")
    place.write("pkg/__init__.py", "try:\n    from pkg.local_made import work\nexcept ImportError:\n    work = None\n")

    def build() -> None:
        place.write("pkg/local_made.py", (place.root / "pkg/core.py").read_text())

    build()
    return build


def _linked_package(place: Place) -> Callable[[], None]:
    """An ignored link to where the package is, with the checkout's whole path."""
    place.move("code")
    (place.root / "local_code").symlink_to(place.root / "code")
    place.write("conftest.py", "import sys\nsys.path.insert(0, 'local_code')\n")
    return lambda: None


def _namespace_portions(place: Place) -> Callable[[], None]:
    """The package has no __init__.py, and another portion of it, with a module of the same name, comes first."""
    place.move("code")
    (place.root / "code/pkg/__init__.py").unlink()
    place.write("tests/benchmark/test_it.py", SUITE.replace("from pkg", "from pkg.core"))
    (place.site / "portion.pth").write_text(f"{place.outside}\n{place.root}/code\n")
    return lambda: place.outer_copy(place.outside)


def _relative_path(place: Place) -> Callable[[], None]:
    place.move("code")
    place.write("conftest.py", "import sys\nsys.path.insert(0, 'code')\n")
    return lambda: None


def _submodule(place: Place) -> Callable[[], None]:
    library = make_project(place.outside / "library", suite=None, recipe=None)
    library.write("pkg/__init__.py", CORE)
    library.commit()
    for path in (place.root / "pkg").glob("*"):
        path.unlink()
    (place.root / "pkg").rmdir()
    place.project.git("init", "-q", "-b", "main")
    place.project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "vendored")
    place.write("conftest.py", "import sys\nsys.path.insert(0, 'vendored')\n")

    def slow() -> None:
        file = place.root / "vendored/pkg/__init__.py"
        file.write_text(file.read_text().replace("300 * 1", "300 * 4"))
        env = {
            **os.environ,
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        subprocess.run(["git", "commit", "-qam", "slow"], cwd=place.root / "vendored", check=True, env=env)

    return slow


def _child_process(place: Place) -> Callable[[], None]:
    """What a benchmark starts imports the package by the environment, not by what our session has changed in itself."""
    place.move("python")
    place.code("python/pkg", core=CORE.replace("300", "200000"))
    (place.site / "project.pth").write_text(f"{place.root}/python\n")
    place.write(
        "tests/benchmark/test_it.py",
        "import subprocess, sys\n\ndef test_work(benchmark):\n"
        "    benchmark.pedantic(subprocess.run, args=([sys.executable, '-c', 'import pkg; pkg.work()'],), rounds=5)\n",
    )
    return lambda: None


def _library(place: Place) -> Callable[[], None]:
    """Loaded by ctypes, so that no module shows it, beside an extension module that stays as it is."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    place.write("pkg/empty.c", EMPTY)
    place.write(
        "pkg/core.c",
        "long work(long n) { volatile long s = 0; for (long k = 0; k < n * 300 * 1; k++) s += k; return s; }\n",
    )
    place.write(
        "pkg/__init__.py",
        "import ctypes, pathlib\nimport pkg.empty\nlibrary = ctypes.CDLL(pathlib.Path(__file__).parent / 'libcore.so')\n"
        "def work():\n    return library.work(100)\n",
    )
    include, suffix = sysconfig.get_paths()["include"], sysconfig.get_config_var("EXT_SUFFIX")
    compiler = ("cc", "-shared", "-fPIC", "-I", include)
    place.run(*compiler, "pkg/empty.c", "-o", f"pkg/empty{suffix}")

    def build() -> None:
        source = place.root / "pkg/core.c"
        source.write_text(
            source.read_text().replace("* 1;", "* 4;")
            if (place.root / "pkg/libcore.so").exists()
            else source.read_text()
        )
        place.run(*compiler, "pkg/core.c", "-o", "pkg/libcore.so")

    build()
    return build


KINDS = {
    name.removeprefix("_").replace("_", " "): kind
    for name, kind in list(globals().items())
    if name.startswith("_") and callable(kind) and getattr(kind, "__module__", "") == __name__
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_verdict_comes_of_a_wrong_copy(tmp_path: Path, kind: Callable[[Place], Callable[[], None]]) -> None:
    place = Place(tmp_path)
    refresh = kind(place)
    place.write(".gitignore", IGNORED)
    refresh_first = place.project.commit()
    assert refresh_first
    for path in place.root.rglob("core.py"):
        path.write_text(path.read_text().replace("* 1)", "* 4)"))
    refresh()  # what a developer does after an edit
    place.project.commit("Tidy")
    done = place.project.run("compare", "HEAD~1", "--json", "--budget", "15", XDG_CACHE_HOME=str(tmp_path / "cache"))
    print(done.out[:1500])
    assert not _wrong(done), done.out[:2000]


def _wrong(done: Done) -> list[str]:
    """Verdicts that clear the slowdown, and ratios that are not about four."""
    rows = done.json.get("benchmarks") or []
    told = [row for row in rows if row["verdict"] in ("slower", "same", "faster") or not row.get("note")]
    return [
        f"{row['verdict']} {row['ratio']}"
        for row in told
        if row["verdict"] in ("same", "faster") or not 1.3 < row["ratio"] < 8
    ]
