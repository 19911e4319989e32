"""What differs between two versions of a Python file as code: functions by name, or the top level. Pure.

Two files are the same code when their syntax trees are equal without positions, docstrings, constants that nobody uses and
`pass`. Plain functions (no decorators, nothing called in their signature) are compared by name, so that their order is no
difference. Everything else of the top level and of class bodies runs at import and is compared in its order. Where code may
look at its own text, and where this Python can't read it, everything is taken to differ.
"""

import ast
import functools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from bench_agent.suspects.reached_code import parse_quietly

# Code that looks at its own text or lines: there a comment can be data.
_READS_ITSELF = re.compile(
    rb"getsource|getcomments|findsource|linecache|f_lineno|co_firstlineno|tb_lineno|open\(__file__|Path\(__file__\)\.read"
)
_READS_DOCSTRINGS = re.compile(rb"__doc__|getdoc|doctest|docopt")
# In such a module or class the set and order of names may be data.
_LISTS_NAMES = frozenset({"globals", "locals", "vars", "dir", "exec", "eval", "getmembers", "setattr", "__dict__"})
# ply and its kin: the docstrings of these functions are a grammar, and their order is its order.
_GRAMMAR = re.compile(r"[pt]_")
_DECORATORS_THAT_ONLY_WRAP = frozenset({
    "property", "staticmethod", "classmethod", "abstractmethod", "contextmanager", "asynccontextmanager", "override",
    "final", "overload", "wraps", "cached_property", "cache", "lru_cache", "setter", "fixture", "dataclass", "total_ordering",
})  # fmt: skip
# Called by Python or by pytest, by their names.
_CALLED_BY_NAME = re.compile(r"__|pytest_|test|bench|setup|teardown")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_CALLS_NOTHING = (
    ast.Constant | ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.List | ast.BinOp | ast.UnaryOp
    | ast.expr_context | ast.operator | ast.unaryop
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDifference:
    """What differs between two versions of a file, apart from positions, layout, comments and docstrings.

    functions: qualnames of functions of the module and its classes (with what is defined inside them) whose own code
    differs, or that only one version has. perhaps_called: those of them that others may call without naming them: decorated,
    methods of a class with bases, found by name. top_level: something else differs, which runs at import.
    """

    functions: frozenset[str] = frozenset()
    perhaps_called: frozenset[str] = frozenset()
    top_level: bool = False

    @property
    def is_same(self) -> bool:
        return not self.functions and not self.top_level


_UNSURE = CodeDifference(top_level=True)


def compare_code(old: bytes | None, new: bytes | None, *, docstrings: bool = False) -> CodeDifference:
    """What differs; all of it at the top level where a version is missing or this Python can't read it.

    docstrings: whether they count too, as where other code reads them.
    """
    if old == new:
        return CodeDifference()
    if old is None or new is None:
        return _UNSURE
    before, after = _code_of(old, docstrings), _code_of(new, docstrings)
    if before is None or after is None:
        return _UNSURE
    if before.skeleton != after.skeleton:
        return _UNSURE
    names = before.functions.keys() | after.functions.keys()
    changed = frozenset(name for name in names if before.functions.get(name) != after.functions.get(name))
    only_one = before.functions.keys() ^ after.functions.keys()
    special = {name for name in only_one if name.rpartition(".")[2].startswith("__")}
    risky = before.perhaps_called | after.perhaps_called
    return CodeDifference(functions=changed, perhaps_called=changed & risky, top_level=bool(special))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    skeleton: str  # everything but the functions that are compared by name, in order
    functions: dict[str, str]  # qualname -> the function's tree
    perhaps_called: frozenset[str]


@functools.lru_cache(maxsize=256)
def _code_of(content: bytes, docstrings: bool) -> _Code | None:
    if _READS_ITSELF.search(content):
        return None
    tree = parse_quietly(content)
    if tree is None:
        return None
    try:
        return _Reader(keep_docstrings=docstrings or _READS_DOCSTRINGS.search(content) is not None).read(tree)
    except RecursionError:
        return None


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Takes a syntax tree apart; the tree is changed on the way."""

    keep_docstrings: bool
    functions: dict[str, str] = field(default_factory=dict)
    perhaps_called: set[str] = field(default_factory=set)

    def read(self, tree: ast.Module) -> _Code:
        self._strip(tree)
        declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
        tree.body = self._scope(tree.body, "", inherits=False, declared=declared)
        return _Code(skeleton=ast.dump(tree), functions=self.functions, perhaps_called=frozenset(self.perhaps_called))

    def _strip(self, tree: ast.AST) -> None:
        """Take out what leaves no instruction: docstrings, constants nobody uses, `pass`, the u of u"text"."""
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.Constant):
                node.kind = None
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    kept = [s for at, s in enumerate(block) if not _is_idle(s) or self._is_read(node, name, at, s)]
                    setattr(node, name, kept or ([ast.Pass()] if name == "body" and block else []))

    def _is_read(self, owner: ast.AST, block: str, at: int, statement: ast.stmt) -> bool:
        """Whether it is a docstring that the program may look at."""
        if at or block != "body" or not _is_text(statement):
            return False
        if isinstance(owner, _Function | ast.ClassDef):
            is_plain = all(_last_name(d) in _DECORATORS_THAT_ONLY_WRAP for d in owner.decorator_list)
            looked_at = bool(_GRAMMAR.match(owner.name)) or not is_plain or bool(getattr(owner, "keywords", ()))
            return self.keep_docstrings or looked_at
        return self.keep_docstrings and isinstance(owner, ast.Module)

    def _scope(
        self, body: Sequence[ast.stmt], prefix: str, *, inherits: bool, declared: Collection[str] = ()
    ) -> list[ast.stmt]:
        """The statements of a module or class that stay, functions without the bodies; the bodies go to `functions`.

        inherits: whether a base class may call what is here. declared: names that functions bind here (`global`).
        """
        once = _bound_once(body) - set(declared)
        kept: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, ast.ClassDef) and statement.name in once:
                bases = bool(statement.keywords) or any(_last_name(base) != "object" for base in statement.bases)
                inner = self._scope(statement.body, f"{prefix}{statement.name}.", inherits=bases)
                statement.body = inner or [ast.Pass()]
                kept.append(statement)
            elif isinstance(statement, _Function) and statement.name in once:
                kept += self._function(statement, prefix, ordered=_lists_names(body), inherits=inherits)
            else:
                kept.append(statement)
        return kept

    def _function(self, node: _Function, prefix: str, *, ordered: bool, inherits: bool) -> Iterator[ast.stmt]:
        """Remember the function; what stays of it where its place in the order matters."""
        qualname = prefix + node.name
        self.functions[qualname] = ast.dump(node)
        if inherits or node.decorator_list or _CALLED_BY_NAME.match(node.name):
            self.perhaps_called.add(qualname)
        if not ordered and not _GRAMMAR.match(node.name) and _is_plain(node):
            return
        node.body = [ast.Pass()]
        yield node


def _bound_once(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Names that this scope binds in one place; none where it imports what can't be seen here."""
    bound = Counter(name for statement in body for name in _bindings(statement))
    return frozenset(name for name, count in bound.items() if count == 1 and "*" not in bound)


def _bindings(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _Function | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, _Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _lists_names(body: Sequence[ast.stmt]) -> bool:
    """Whether the scope's own statements may look at which names it has."""
    outside = (statement for statement in body if not isinstance(statement, _Function))
    return any(_last_name(node) in _LISTS_NAMES for statement in outside for node in ast.walk(statement))


def _is_plain(node: _Function) -> bool:
    """Whether making the function does nothing but bind its name, so that its place in the order does not matter."""
    arguments = node.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    annotations = [argument.annotation for argument in every if argument is not None]
    parts = [*arguments.defaults, *arguments.kw_defaults, *annotations, node.returns]
    return not node.decorator_list and all(
        isinstance(inner, _CALLS_NOTHING) for part in parts if part is not None for inner in ast.walk(part)
    )


def _is_idle(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _last_name(node: ast.AST) -> str | None:
    """ "setter" of `@x.setter`, "lru_cache" of `@functools.lru_cache(maxsize=None)`."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
