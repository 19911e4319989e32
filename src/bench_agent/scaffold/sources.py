"""The benchmarks of a project as its source text shows them: parsed, never imported.

Takes a folder, returns test functions. What pytest would make of them (parameters, plugins, selection) is not known here.
"""

import ast
import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 20_000  # looked at in one project
MAX_SOURCE = 2_000_000  # bytes of one test file
OTHER_FOLDERS = frozenset({"node_modules", "venv", "env", "build", "dist", "site-packages", "__pycache__"})
_TEST_FILE = re.compile(r"(test|bench|perf|conftest).*\.py$|.*_(test|bench|benchmark)s?\.py$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkTest:
    """One test function with the `benchmark` fixture among its arguments. id: its node id without parameters."""

    id: str
    marks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()  # that its file names anywhere

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]

    @property
    def function(self) -> str:
        return self.id.rpartition("::")[2]


def find_tests(root: Path) -> tuple[tuple[BenchmarkTest, ...], int]:
    """(the tests that use the `benchmark` fixture, themselves or by a fixture of the project; how many only have its mark)."""
    sources = list(_sources(root))
    fixtures = {"benchmark"}.union(*(_wrappers(tree) for _, _, tree in sources))
    found: list[BenchmarkTest] = []
    marker_only = 0
    for where, text, tree in sources:
        groups = tuple(dict.fromkeys(re.findall(r"""\bgroup\s*=\s*["'](.+?)["']""", text)))
        module_marks = _marks([n for n in tree.body if isinstance(n, ast.Assign)])
        for name, function in _test_functions(tree):
            marks = _marks([function])
            if not fixtures.isdisjoint(_arguments(function)):
                found.append(BenchmarkTest(id=f"{where}::{name}", marks=marks, groups=groups))
            elif "benchmark" in (*marks, *module_marks):
                marker_only += 1
    return tuple(found), marker_only


def _sources(root: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """(path, text, tree) of the test files and conftests that mention benchmarks; what Python can't read is pytest's to say."""
    for path in _test_files(root):
        with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError):
            if path.stat().st_size <= MAX_SOURCE and b"benchmark" in (source := path.read_bytes()):
                yield path.relative_to(root).as_posix(), source.decode("utf-8", "replace"), ast.parse(source)


def _wrappers(tree: ast.Module) -> set[str]:
    """The fixtures of a module that use the `benchmark` fixture, and so measure for the tests that use them."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, _FUNCTION)
        and "benchmark" in _arguments(node)
        and any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _test_files(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".") and f not in OTHER_FOLDERS and not os.path.exists(os.path.join(folder, f, "pyvenv.cfg"))  # noqa: PTH110, PTH118
        )  # fmt: skip
        for name in sorted(files):
            if _TEST_FILE.match(name):
                seen += 1
                if seen > MAX_FILES:
                    return
                yield Path(folder, name)


def _test_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """("test_x", node) of the module's functions, ("TestK::test_x", node) of its classes'."""
    for node in tree.body:
        if isinstance(node, _FUNCTION) and node.name.startswith(("test", "bench")):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, _FUNCTION) and inner.name.startswith("test"):
                    yield f"{node.name}::{inner.name}", inner


def _marks(nodes: Sequence[ast.AST]) -> tuple[str, ...]:
    """The pytest marks that decorate these functions, or that a module's `pytestmark` gives to all of its tests."""
    texts = [ast.unparse(d) for node in nodes if isinstance(node, _FUNCTION) for d in node.decorator_list]
    given = [n for n in nodes if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "pytestmark"]
    texts += [ast.unparse(node.value) for node in given]
    return tuple(mark for text in texts for mark in re.findall(r"\bmark\.(\w+)", text))


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
