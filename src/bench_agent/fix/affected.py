"""Which tests may look at what a patch changes, and versions of it that do no work: what tests must notice. Pure."""

import ast
import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from bench_agent.suspects.reach import parse_quietly

MAX_FILES = 30  # of tests, the likeliest; each is imported
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")


def affected_tests(sources: Mapping[str, str], functions: Collection[str], *, benchmark: str) -> tuple[str, ...]:
    """Files of tests that name what is changed, the likeliest first. functions: "path::qualname". benchmark: its file."""
    words = {part for key in functions for part in key.rpartition("::")[2].split(".") if part != "<locals>"}
    modules = {_module(key.rpartition("::")[0]) for key in functions}
    scored = []
    for path, text in sources.items():
        if not _TEST.search(path) or path == benchmark:
            continue
        told = set(re.findall(r"\w+", text))
        score = 2 * len(words & told) + len(modules & told) + any(module in path for module in modules)
        if score:
            scored.append((-score, path))
    files = [path for _, path in sorted(scored)[: MAX_FILES - 1]]
    return tuple(dict.fromkeys([*files, *([benchmark] if benchmark in sources else [])]))


def _module(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def without_work(text: str, qualname: str) -> str | None:
    """The source with that function doing nothing and returning None; None where it is not there."""
    tree = parse_quietly(text)
    if tree is None:
        return None
    node = _find(tree, qualname.split("."))
    if node is None:
        return None
    body = "return\nyield" if _yields(node) else "return None"
    node.body = ast.parse(f"def f():\n    {body}".replace("\nyield", "\n    yield")).body[0].body  # type: ignore[attr-defined]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _find(tree: ast.Module, names: list[str]) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    scope: ast.AST = tree
    for name in (name for name in names if name != "<locals>"):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        inner = [
            node for node in ast.walk(scope) if isinstance(node, kinds) and node.name == name and node is not scope
        ]
        if not inner:
            return None
        scope = inner[-1]
    return scope if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False
