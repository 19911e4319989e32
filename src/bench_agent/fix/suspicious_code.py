"""What a piece of Python has that a fix has no business adding, counted: so that two versions of a file can be compared. Pure.

Each signal is a kind and a name, such as ("looks at where it runs", "environ"). What a file had before counts for nothing: only
more of a signal than before is a fault.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bench_agent.fix.suspicious_names import AT_IMPORT, FINE_DUNDERS, FINE_METHODS, MUTATES, NAMES, SENSITIVE, TELLING

Signal = tuple[str, str]

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.AsyncFor)


def signals_of(tree: ast.Module) -> Counter[Signal]:
    """All signals of a file. O(nodes)."""
    found: Counter[Signal] = Counter()
    bound = _bound_names(tree)
    for node in ast.walk(tree):
        found.update(_of_node(node, bound))
    found.update(_at_import(tree))
    found.update(_of_state(tree))
    return found


def _bound_names(tree: ast.Module) -> frozenset[str]:
    """Arguments and variables: a local one called `stack` is no look at the stack."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    imported = {
        a.asname or a.name.partition(".")[0]
        for node in ast.walk(tree)
        for a in getattr(node, "names", ())
        if isinstance(a, ast.alias)
    }
    return frozenset(found - imported - set(vars(builtins)))


def _of_node(node: ast.AST, bound: frozenset[str]) -> Iterator[Signal]:
    if isinstance(node, ast.Name) and node.id not in bound:
        yield from _of_name(node.id)
        if node.id in SENSITIVE:
            yield ("looks at what runs it", node.id)
    if isinstance(node, ast.Attribute):
        yield from _of_name(node.attr, known=_root_of(node) not in bound)
    if isinstance(node, ast.alias):
        yield from _of_name(node.name.rpartition(".")[2])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "compile":
            yield ("reaches outside of the code", "compile")
        if node.func.id in ("getattr", "hasattr") and not _is_plain_name(node):
            yield ("reaches outside of the code", node.func.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (("looks at what runs it", word) for word in TELLING if word in node.value.lower())
    if isinstance(node, ast.Global):
        yield from (("keeps results for later calls", f"global {name}") for name in node.names)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.name.startswith("__") and node.name.endswith("__") and node.name not in FINE_METHODS:
            yield ("changes how objects behave", node.name)
        if node.name in vars(builtins):
            yield ("changes what others see", node.name)
    if isinstance(node, _SCOPES):
        defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
        yield from (("keeps results for later calls", "a default that changes") for d in defaults if _is_mutable(d))


def _root_of(node: ast.AST) -> str | None:
    """The name that a chain of attributes, subscripts and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _of_name(name: str, *, known: bool = True) -> Iterator[Signal]:
    """known: it is no part of a variable, whose parts may be called anything."""
    for kind, names in NAMES if known else ():
        if name in names:
            yield (kind, name)
    if name.startswith("__") and name.endswith("__") and name not in FINE_DUNDERS:
        yield ("reaches outside of the code", name)
    if name.startswith(("f_", "gi_", "cr_", "co_", "tb_")):
        yield ("reaches outside of the code", name)


def _is_plain_name(call: ast.Call) -> bool:
    return len(call.args) > 1 and isinstance(call.args[1], ast.Constant) and "__" not in str(call.args[1].value)


def _is_mutable(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return True
    return isinstance(node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


# --- what is done when the file is imported


def _at_import(tree: ast.Module) -> Iterator[Signal]:
    """Calls and loops outside of functions: work that no measured call would pay."""
    for node in _outside_functions(tree):
        if isinstance(node, _LOOPS):
            yield ("works while it is imported", "a loop")
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", "a call"))
            if name not in AT_IMPORT:
                yield ("works while it is imported", str(name))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            for target in targets:
                if isinstance(target, ast.Attribute | ast.Subscript):
                    yield ("changes what others see", ast.unparse(target)[:60])
                if isinstance(target, ast.Name) and target.id in vars(builtins):
                    yield ("changes what others see", target.id)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            yield from (part for part in getattr(child, "decorator_list", ()) for part in ast.walk(part))
            continue
        yield child
        yield from _outside_functions(child)


# --- what a function leaves behind outside of itself


def _of_state(tree: ast.Module) -> Iterator[Signal]:
    for function in (node for node in ast.walk(tree) if isinstance(node, _SCOPES)):
        own = _own_names(function)
        for node in _inside(function):
            yield from (
                ("keeps results for later calls", f"{root} changes")
                for root in _changed_roots(node)
                if root not in own and root != "super"
            )


def _inside(function: _Function) -> Iterator[ast.AST]:
    body = function.body if isinstance(function.body, list) else [function.body]
    for statement in body:
        yield from ast.walk(statement)


def _own_names(function: _Function) -> frozenset[str]:
    """Arguments and what is bound in it, but not what it declares global."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    names = {argument.arg for argument in arguments} - {"cls"}
    for node in _inside(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        if isinstance(node, _SCOPES):  # of an inner one: its own look is its own
            names |= {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)} - {"cls"}
    declared = {
        name for node in _inside(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    }
    return frozenset(names - declared)


def _changed_roots(node: ast.AST) -> Iterator[str]:
    """Names whose object a statement changes: a.b = , a[0] = , a.append()."""
    changed: Iterable[ast.AST] = ()
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        changed = (node.value,)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATES:
        changed = (node.func.value,)
    for part in changed:
        root = _root_of(part)
        while isinstance(part, ast.Attribute | ast.Subscript):
            part = part.value
        made = isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id != "super"
        if root is not None:
            yield "what a call gave" if made else root


def more_than(after: Counter[Signal], *before: Mapping[Signal, int]) -> list[Signal]:
    """The signals that a file has more of than any of its earlier versions."""
    return [key for key, times in after.items() if times > max((b.get(key, 0) for b in before), default=0)]
