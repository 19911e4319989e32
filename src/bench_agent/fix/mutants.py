"""Versions of a source in which something is left out: what the project's tests must notice, or they prove nothing. Pure."""

import ast
from collections.abc import Callable

from bench_agent.fix.suspicious_names import words
from bench_agent.suspects.reached_code import parse_quietly

# Calls that a faster way of doing the same may well do without: of containers and of what makes them.
_CONTAINERS = words(
    """append add extend insert pop popleft appendleft remove discard update setdefault get keys values items index count
    copy clear deepcopy list set frozenset dict tuple deque sorted sort reversed range len enumerate zip map filter any
    all iter next sum min max fromkeys join compile match search fullmatch findall finditer sub heappush heappop bisect
    bisect_left bisect_right insort isinstance hasattr chain islice repeat"""
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_work(text: str, qualname: str, *, gives: str = "None") -> str | None:
    """The source with that function doing nothing; None where it is not there. gives: what it returns, in Python."""

    def empty(node: Function) -> None:
        body = "return\n    yield" if _yields(node) else f"return {gives}"
        made = ast.parse(f"def f():\n    {body}").body[0]
        assert isinstance(made, ast.FunctionDef)
        node.body = made.body

    return _changed(text, qualname, empty)


def first_argument(text: str, qualname: str) -> str | None:
    """The name of what a function is given first, `self` and `cls` left out."""
    tree = parse_quietly(text)
    node = _find(tree, qualname) if tree is not None else None
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)] if node else []
    return next((name for name in names if name not in ("self", "cls")), None)


def lost_calls(before: str, after: str, qualname: str) -> tuple[str, ...]:
    """Names that the function calls before the patch and not after it, but for those of containers."""
    called = []
    for text in (before, after):
        tree = parse_quietly(text)
        node = _find(tree, qualname) if tree is not None else None
        called.append(set(filter(None, (_called(n) for n in ast.walk(node)))) if node is not None else set())
    return tuple(sorted(called[0] - called[1] - _CONTAINERS))


def without_call(text: str, qualname: str, name: str) -> str | None:
    """The source with each call of that name in the function replaced by what it is called on, or given first."""

    class Leave(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            if _called(node) != name:
                return node
            if node.args:
                return node.args[0]
            return node.func.value if isinstance(node.func, ast.Attribute) else ast.Constant(value=None)

    def leave(node: Function) -> None:
        node.body = [Leave().visit(statement) for statement in node.body]

    return _changed(text, qualname, leave)


def raises(text: str, qualname: str) -> int:
    """How many places of the function raise."""
    tree = parse_quietly(text)
    node = _find(tree, qualname) if tree is not None else None
    return sum(isinstance(part, ast.Raise | ast.Assert) for part in ast.walk(node)) if node is not None else 0


def without_raises(text: str, qualname: str) -> str | None:
    """The source with nothing raised by the function itself."""

    class Calm(ast.NodeTransformer):
        def visit_Raise(self, _: ast.Raise) -> ast.AST:
            return ast.Pass()

        def visit_Assert(self, _: ast.Assert) -> ast.AST:
            return ast.Pass()

    def calm(node: Function) -> None:
        node.body = [Calm().visit(statement) for statement in node.body]

    return _changed(text, qualname, calm)


def _changed(text: str, qualname: str, change: Callable[[Function], None]) -> str | None:
    tree = parse_quietly(text)
    node = _find(tree, qualname) if tree is not None else None
    if tree is None or node is None:
        return None
    change(node)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def _find(tree: ast.Module, qualname: str) -> Function | None:
    scope: ast.AST = tree
    for name in (name for name in qualname.split(".") if name != "<locals>"):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        inner = [
            node for node in ast.walk(scope) if isinstance(node, kinds) and node.name == name and node is not scope
        ]
        if not inner:
            return None
        scope = inner[-1]
    return scope if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _yields(function: Function) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False
