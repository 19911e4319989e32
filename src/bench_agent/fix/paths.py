"""The ways through a patched function: which lines a test must have taken, and choices that no line shows. Pure.

A special case for inputs of the benchmark's size gives the right result there, and no test comes by. So each new line must be one
that a test executes, and a choice must be one that lines show.
"""

import ast
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from bench_agent.fix.suspicious_code import Signal
from bench_agent.suspects.reached_code import parse_quietly

_VALUES = (
    ast.Subscript,
    ast.BinOp,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.keyword,
    ast.Call,
    ast.Starred,
    ast.Slice,
)
_IDLE = (ast.Raise, ast.Pass, ast.Nonlocal, ast.Global, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef)
_HEADS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)


def hidden_choices(tree: ast.Module) -> Iterator[Signal]:
    """Choices that are made inside of a line, each as a signal: which way was taken can't be seen from the lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp):
            yield ("chooses inside of a line", "x if y else z")
        elif isinstance(node, ast.Return | ast.Assign | ast.Expr) and isinstance(node.value, ast.BoolOp):
            yield ("chooses inside of a line", "and, or")
        elif isinstance(node, _VALUES):
            yield from (("chooses inside of a line", "a comparison as a value") for _ in _comparisons(node))
        elif isinstance(node, _HEADS) and node.body and node.body[0].lineno == node.lineno:
            yield ("chooses inside of a line", "a statement after a colon")


def _comparisons(node: ast.AST) -> Iterator[ast.AST]:
    return (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.Compare | ast.BoolOp))


def new_lines(before: str, after: str) -> frozenset[int]:
    """Numbers of the lines that the patch writes and that do something inside of a function, but for those that raise."""
    old, new = before.splitlines(), after.splitlines()
    written: set[int] = set()
    for kind, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            written |= set(range(start + 1, end + 1))
    tree = parse_quietly(after)
    return frozenset(written & set(_doing(tree))) if tree is not None else frozenset()


def _doing(tree: ast.Module) -> Iterable[int]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for function in functions:
        for node in (inner for statement in function.body for inner in ast.walk(statement)):
            idle = isinstance(
                node,
                ast.Raise | ast.Pass | ast.Nonlocal | ast.Global | ast.Try | ast.FunctionDef | ast.AsyncFunctionDef,
            )
            if isinstance(node, ast.stmt) and not idle and not _is_text(node):
                yield node.lineno


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def new_functions(before: str, after: str) -> tuple[str, ...]:
    """Names of functions and methods that the patch adds."""
    trees = [parse_quietly(text) for text in (before, after)]
    if trees[0] is None or trees[1] is None:
        return ()
    old, new = (set(_names(tree, "")) for tree in trees if tree is not None)
    return tuple(sorted(new - old))


def _names(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name
        elif isinstance(child, ast.ClassDef):
            yield from _names(child, f"{prefix}{child.name}.")
        else:
            yield from _names(child, prefix)
