"""Which benchmarks a change touches, in real repositories: surely untouched, or measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.compare.touched import CodeChange, touched_benchmarks
from bench_agent.records import ModuleOrigin, PytestProcess, Reach, Suite
from bench_agent.records.suite import ModuleKind
from bench_agent.system.git import open_repository
from histories import make_run, make_sample
from projects import Project

CORE = '''LIMIT = 100


def rank(items):
    """Rank them."""
    return sorted(items)[:LIMIT]


def unused_anywhere_0815(items):
    return list(items)


def prepared(items):
    return tuple(items)
'''
USER = "from core import prepared, rank\n\nREADY = prepared([1])\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(root=tmp_path)
    for path, text in {"core.py": CORE, "user.py": USER, "README.md": "x", "tests/data/in.json": "{}"}.items():
        project.write(path, text)
    project.commit()
    return project


def reach(*functions: str, files: tuple[str, ...] = ("core.py", "user.py"), complete: bool = True) -> Reach:
    return Reach(
        functions=dict.fromkeys(functions, 1), lines=dict.fromkeys(functions, 3), files=files, complete=complete
    )


RANKS = reach("core.py::rank")


def is_touched(project: Project, known: Reach | None) -> bool:
    repository = open_repository(project.root)
    assert repository is not None
    run = make_run(0, [replace(make_sample(0), reach=known)])
    return bool(touched_benchmarks(repository, run, project.git("rev-parse", "HEAD")))


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (("return sorted", "return  sorted"), False),
        (('"""Rank them."""', '"""Rank them, highest last."""'), False),
        (("LIMIT = 100\n", "# how many\n\nLIMIT = 100\n"), False),
        (("return list(items)", "return list(items) * 2"), False),  # nobody names that function
        (("return tuple(items)", "return tuple(items) * 2"), True),  # not executed, but called at import elsewhere
        (("LIMIT = 100", "LIMIT = 200"), True),
        (("return sorted(items)", "return sorted(items, key=str)"), True),
    ],
)
def test_only_code_that_may_run_touches_a_benchmark(project: Project, change: tuple[str, str], touched: bool) -> None:
    project.write("core.py", CORE.replace(*change))
    assert is_touched(project, RANKS) is touched


def test_where_an_installed_copy_was_measured_all_are_touched(project: Project) -> None:
    """What the installed copy executed says nothing of the tree: calling that untouched would be green without proof."""
    module = ModuleOrigin(name="core", kind="source", path="/venv/lib/python3.11/site-packages/core.py")
    process = PytestProcess(executable="python", rootdir=str(project.root), modules=(module,))
    repository = open_repository(project.root)
    assert repository is not None
    run = make_run(0, [replace(make_sample(0), reach=RANKS)])
    head = project.git("rev-parse", "HEAD")
    assert not touched_benchmarks(repository, run, head)
    assert touched_benchmarks(repository, replace(run, suite=Suite(processes=(process,))), head)


def test_what_is_not_known_is_touched(project: Project) -> None:
    project.write("core.py", CORE.replace("return list(items)", "return list(items) * 2"))
    assert is_touched(project, None)
    assert is_touched(project, replace(RANKS, complete=False))


def test_python_that_is_compiled_is_touched_by_what_differs_in_it(project: Project) -> None:
    """Of a source that Cython or mypyc compiled nothing is counted: that no line of it ran says nothing (zeroconf)."""
    compiled = reach("user.py::x", files=("core.py", "user.py"), complete=False)
    project.write("core.py", CORE.replace("sorted(items)", "sorted(items, key=str)"))
    assert is_touched(project, compiled)
    project.write("core.py", CORE.replace("return sorted", "return  sorted"))
    assert not is_touched(project, compiled)


@pytest.mark.parametrize(
    ("kind", "name", "touched"),
    [("extension", "core", True), ("extension", "other", False), ("archive", "core", True), ("bytecode", "core", True)],
)
def test_what_ran_was_made_of_a_source_that_differs(
    project: Project, kind: ModuleKind, name: str, touched: bool
) -> None:
    """Compiled, packed or without its source, what ran is not the file that changed, and no line of that one is counted."""
    project.write("core.py", CORE.replace("LIMIT = 100", "LIMIT = 200"))
    module = ModuleOrigin(name=name, kind=kind, path=f"/made/{name}")
    process = PytestProcess(executable="python", rootdir=str(project.root), modules=(module,))
    run = replace(
        make_run(0, [replace(make_sample(0), reach=reach("user.py::x", files=("user.py",)))]),
        suite=Suite(processes=(process,)),
    )
    repository = open_repository(project.root)
    assert repository is not None
    assert bool(touched_benchmarks(repository, run, project.git("rev-parse", "HEAD"))) is touched


def test_a_file_that_a_benchmark_neither_imports_nor_executes_does_not_touch_it(project: Project) -> None:
    project.write("core.py", CORE.replace("LIMIT = 100", "LIMIT = 200"))
    assert not is_touched(project, reach("user.py::x", files=("user.py",)))
    assert is_touched(project, reach("user.py::x", files=()))  # what it imports is not known


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("README.md", False),
        ("tests/data/in.json", True),
        ("pytest.ini", True),
        ("requirements.txt", True),
        ("a.c", True),
    ],
)
def test_what_is_no_python_touches_all_or_none(project: Project, path: str, touched: bool) -> None:
    project.write(path, "changed\n")
    project.git("add", "-A")
    assert is_touched(project, RANKS) is touched


@pytest.mark.parametrize(
    ("path", "touched"),
    [("docs/spec.md", True), ("samples/large.md", True), ("samples/other.rst", False), ("docs2/notes.rst", False)],
)
def test_a_document_that_imported_code_names_is_data(project: Project, path: str, touched: bool) -> None:
    """A parser of Markdown is measured on documents: by its own name, its folder's, or its ending."""
    project.write("user.py", USER + "SPEC = open('docs/spec.md') if 0 else None\nMORE = ['*.md']\n")
    project.commit("Read them")
    project.write(path, "changed\n")
    project.git("add", "-A")
    assert is_touched(project, RANKS) is touched


@pytest.mark.parametrize(
    ("reader", "touched"),
    [
        ('SOURCE = open("core.py").read()', True),
        ('SOURCES = list(Path().glob("*.py"))', True),
        ('NAME = "core"', False),
    ],
)
def test_a_python_file_that_is_read_as_data_touches_all(project: Project, reader: str, touched: bool) -> None:
    project.write("user.py", f"{USER}\n{reader}\n")
    project.commit("Read")
    project.write("core.py", CORE.replace("return sorted", "return  sorted"))
    assert is_touched(project, RANKS) is touched


def test_a_method_that_only_others_call_in_set_up_touches_who_uses_its_class(project: Project) -> None:
    text = CORE + "\n\nclass Source:\n    def read(self):\n        return '[1]'\n"
    project.write("core.py", text)
    project.write("user.py", f"import json\nfrom core import Source\n\n{USER}\nDATA = json.load(Source())\n")
    project.commit("Read")
    project.write("core.py", text.replace("'[1]'", "'[1, 2, 3]'"))
    assert is_touched(project, RANKS)


@pytest.mark.parametrize(
    ("path", "old", "new", "executed"),
    [
        ("consts.py", b"LIMIT = 1\n", b"LIMIT = 2\n", True),  # a function of another module may hand it to a built-in
        ("consts.py", b"LIMIT = 1\n", b"LIMIT = 1  # more would be slow\n", False),
        ("mod.py", b"def f():\n    return 1\n", b"def f():\n    return 2\n", True),
        ("other.py", b"def g():\n    return 1\n", b"def g():\n    return 2\n", False),
    ],
)
def test_what_differs_is_executed_where_a_called_function_may_use_it(
    path: str, old: bytes, new: bytes, executed: bool
) -> None:
    change = CodeChange(path, old, new, {"mod.py": b"import consts\n", path: new})
    assert change.is_executed(Reach(functions={"mod.py::f": 1}, complete=True)) is executed
