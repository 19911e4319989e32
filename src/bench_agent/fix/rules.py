"""What a patch may not do, told from its text alone: before anything of it runs. Pure.

A rule compares the patched file with the file as it is and as it was where the benchmark was fast: what either had already is
no fault of the patch. The rules refuse more than they must: a refused patch costs a try, a cheat that is shown costs trust.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from bench_agent.fix.edits import Patch
from bench_agent.fix.paths import hidden_choices
from bench_agent.fix.suspicious_code import Signal, more_than, signals_of
from bench_agent.fix.suspicious_names import PURE
from bench_agent.measure.paired.trees import CONFIG_FILES, TEST_FOLDERS
from bench_agent.suspects.reached_code import parse_quietly
from bench_agent.text.clean import clean_text

MAX_LITERAL = 16  # constants in one literal: a longer one may be a table of answers
MAX_STRING = 120  # characters of one string, for the same reason
_SMALL = frozenset({"0", "1", "2", "-1", "0.0", "1.0", "''", "b''", "True", "False", "None", "Ellipsis"})
_STARTS_UP = frozenset(
    {"setup.py", "noxfile.py", "tasks.py", "fabfile.py", "manage.py", "sitecustomize.py", "usercustomize.py"}
)
_FOLDERS_OF_OTHERS = frozenset(
    {".github", ".gitlab", ".circleci", ".ci", "ci", ".benchmark", ".git", "docs", "scripts"}
)


def may_change(path: str, *, suite_files: Collection[str]) -> bool:
    """Whether a patch may touch a file at all: sources of the product, nothing that tests, measures, configures or builds.

    suite_files: the files and folders that belong to the benchmarks.
    """
    parts = PurePosixPath(path).parts
    name = parts[-1] if parts else ""
    if not name.endswith(".py") or path.startswith("/") or ".." in parts or "\\" in path:
        return False
    if name in CONFIG_FILES or name in _STARTS_UP or name.startswith(("test_", "bench_", "conftest")):
        return False
    if name.endswith(("_test.py", "_bench.py", "_pb2.py")) or name in ("_version.py", "version.py"):
        return False
    if any(part.lower() in TEST_FOLDERS | _FOLDERS_OF_OTHERS for part in parts[:-1]):
        return False
    return not any(path == own or path.startswith(f"{own.rstrip('/')}/") for own in suite_files)


def faults_of(patch: Patch, good: Mapping[str, str], *, own_modules: Collection[str]) -> list[str]:
    """What the patch does that none may, in words. good: the files where the benchmark was fast, those that were there.

    own_modules: names of the project's packages, which any file may import.
    """
    found: list[str] = []
    for path, after in patch.after.items():
        before = [text for text in (patch.before[path], good.get(path)) if text is not None]
        found += [f"{clean_text(path)}: {fault}" for fault in _faults(before, after, own_modules)]
    return list(dict.fromkeys(found))


def _faults(before: Sequence[str], after: str, own_modules: Collection[str]) -> Iterable[str]:
    if any(not (char.isprintable() or char in "\n\t") for line in _new_lines(before, after) for char in line):
        yield "it has characters that nobody sees"
    tree = parse_quietly(after)
    earlier = [tree_of for text in before if (tree_of := parse_quietly(text)) is not None]
    if tree is None or not earlier:
        yield "it is no Python that can be read"
        return
    for kind, name in more_than(_all_signals(tree), *map(_all_signals, earlier)):
        yield f"it {kind} ({name})"
    imported = {name for old in earlier for name in _imports(old)}
    for name in _imports(tree) - imported:
        if name.lstrip(".").partition(".")[0] not in {*PURE, *own_modules} and not name.startswith("."):
            yield f"it imports {name}"
    yield from _changed_shapes(tree, earlier)
    yield from _big_literals(tree, earlier)


def _all_signals(tree: ast.Module) -> Counter[Signal]:
    found = signals_of(tree)
    found.update(hidden_choices(tree))
    return found


def _new_lines(before: Sequence[str], after: str) -> list[str]:
    known = {line for text in before for line in text.splitlines()}
    return [line for line in after.split("\n") if line not in known]


def _imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


# --- functions that become something else


def functions_of(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """qualname -> definition, of all functions and methods; of several of one name, the last."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, prefix = waiting.pop(0)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                found[prefix + child.name] = child
                waiting.append((child, f"{prefix}{child.name}.<locals>."))
            elif isinstance(child, ast.ClassDef):
                waiting.append((child, f"{prefix}{child.name}."))
            else:
                waiting.append((child, prefix))
    return found


def changed_functions(before: str, after: str) -> tuple[str, ...]:
    """qualnames of what the patch changes, those that are there before and after; innermost ones are part of the outer."""
    trees = [parse_quietly(text) for text in (before, after)]
    if trees[0] is None or trees[1] is None:
        return ()
    old, new = functions_of(trees[0]), functions_of(trees[1])
    same = {name for name in old.keys() & new.keys() if ast.dump(old[name]) == ast.dump(new[name])}
    return tuple(name for name in new if name in old and name not in same and ".<locals>." not in name)


def _changed_shapes(tree: ast.Module, earlier: Sequence[ast.Module]) -> Iterable[str]:
    """A function that is gone, or gives a generator or a coroutine where it gave a value: its work is then not done in the call."""
    new, was = functions_of(tree), functions_of(earlier[0])
    for name, old in was.items():
        if "<locals>" in name:
            continue
        if name not in new:
            yield f"it takes {name} away"
        elif _kind(old) != _kind(new[name]):
            yield f"{name} gives something else: {_kind(new[name])} and not {_kind(old)}"
        elif ast.dump(old.args) != ast.dump(new[name].args):
            yield f"{name} takes other arguments"
        elif ast.dump(ast.List(old.decorator_list)) != ast.dump(ast.List(new[name].decorator_list)):
            decorated = [functions_of(each).get(name) for each in earlier[1:]]
            if not any(each and _decorators(each) == _decorators(new[name]) for each in decorated):
                yield f"{name} is decorated otherwise"


def _decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return ast.dump(ast.List(function.decorator_list))


def _kind(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    waits = isinstance(function, ast.AsyncFunctionDef)
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return "an async generator" if waits else "a generator"
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return "a coroutine" if waits else "a value"


# --- constants


def _big_literals(tree: ast.Module, earlier: Sequence[ast.Module]) -> Iterable[str]:
    known = {literal for old in earlier for literal in _literals(old)}
    if any(literal not in known for literal in _literals(tree)):
        yield "it has a long literal, which may be a table of answers"


def _literals(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            constants = sum(isinstance(part, ast.Constant) for part in ast.walk(node))
            if constants > MAX_LITERAL:
                found.add(ast.dump(node))
        elif _is_long_text(node) and not _is_docstring(tree, node):
            found.add(ast.dump(node))
    return found


def _is_long_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and len(node.value) > MAX_STRING


def _is_docstring(tree: ast.Module, constant: ast.AST) -> bool:
    return any(isinstance(node, ast.Expr) and node.value is constant for node in ast.walk(tree))


def new_constants(patch: Patch, good: Mapping[str, str]) -> frozenset[str]:
    """Constants, as Python writes them, that no earlier version of their file has; without those that mean nothing alone."""
    found: set[str] = set()
    for path, after in patch.after.items():
        earlier = {c for text in (patch.before[path], good.get(path)) if text for c in constants_of(text)}
        found |= constants_of(after) - earlier
    return frozenset(found) - _SMALL


def constants_of(text: str) -> set[str]:
    """The constants of a source, docstrings left out; -5 is one, and what plain arithmetic on constants gives is too."""
    tree = parse_quietly(text)
    if tree is None:
        return set()
    told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in told:
            found.add(repr(node.value))
        elif isinstance(node, ast.BinOp | ast.UnaryOp) and (value := _folded(node)) is not None:
            found.add(repr(value))
    return found


def _folded(node: ast.AST, depth: int = 0) -> int | float | None:
    """What plain arithmetic on numbers gives; None for anything else, and for anything large."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and abs(node.value) < 1e18:
        return node.value
    if depth > 8:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _folded(node.operand, depth + 1)
        return None if inner is None else -inner if isinstance(node.op, ast.USub) else inner
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _folded(node.left, depth + 1), _folded(node.right, depth + 1)
    if left is None or right is None:
        return None
    try:
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.FloorDiv():
                return left // right
            case ast.LShift() if isinstance(left, int) and isinstance(right, int) and 0 <= right < 64:
                return left << right
            case ast.Pow() if isinstance(right, int) and 0 <= right < 64 and abs(left) < 1000:
                return left**right
    except (ArithmeticError, ValueError):
        pass
    return None
