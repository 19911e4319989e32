"""Which functions a benchmark may use outside the call that was counted: import, fixtures, set-up, the first call. By names. Pure.

A function is taken to be used where code that is used names it: whatever runs at import, what the benchmark executes, its own
test function with the fixtures that it names, and so on from there. Names are compared without regard to whose they are, so that
too much is taken to be used, never too little; where code asks for names that can't be read off it, everything is.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench_agent.suspects.reach import parse_quietly

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# Who names one of these may use every name there is.
_ASKS_FOR_NAMES = frozenset(
    {"getmembers", "globals", "locals", "vars", "dir", "eval", "exec", "__dict__", "iter_modules"}
)
# Who names one of these may use what no text names: a name from a file, a source as data. Then counting has to tell.
_MAY_ASK = frozenset({
    "import_module", "__import__", "entry_points", "attrgetter", "methodcaller", "getsource", "getsourcelines", "linecache",
    "tokenize", "run_module", "run_path", "pkgutil", "importlib",
})  # fmt: skip
COMPUTED = "<computed>"  # stands among the used names for such a name, and for getattr with one
_CALLED_UNASKED = re.compile(r"__\w+__$|pytest_|setup|teardown|setUp|tearDown|asyncSetUp")
_TESTS = re.compile(r"test|bench")
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A function of a module or class, with what is defined inside it, and what it names."""

    name: str
    key: str  # path::qualname
    names: frozenset[str]
    called_unasked: bool


@dataclass(slots=True)
class NameUse:
    """What the files of a project name, function by function. Made once for all benchmarks."""

    units: dict[str, list[_Unit]] = field(default_factory=dict)  # by the function's own name
    by_key: dict[str, list[_Unit]] = field(default_factory=dict)
    at_import: set[str] = field(default_factory=set)  # names
    is_readable: bool = True  # False: a file can't be parsed, so that anything may be used
    _always: frozenset[str] | None = None

    def used(self, test_name: str, executed: Iterable[str]) -> frozenset[str] | None:
        """The names of functions that may be used by a benchmark; None: any.

        test_name: of its function, without class and parameters. executed: keys as of `Reach.functions`, as far as counted.
        COMPUTED is among them where others may be used that no text names.
        """
        if not self.is_readable:
            return None
        if self._always is None:
            unasked = [unit for units in self.units.values() for unit in units if unit.called_unasked]
            self._always = self._closure({*self.at_import, *(n for unit in unasked for n in unit.names)})
        own = [unit for key in executed for unit in self.by_key.get(_outermost(key), ())]
        found = self._closure({test_name, *(name for unit in own for name in unit.names)}, known=self._always)
        if found & _ASKS_FOR_NAMES:
            return None
        return found | {COMPUTED} if found & _MAY_ASK else found

    def _closure(self, names: set[str], known: frozenset[str] = frozenset()) -> frozenset[str]:
        found, waiting = set(known), list(names - known)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            for meant in self._meant(name):
                waiting += [n for unit in self.units.get(meant, ()) for n in unit.names if n not in found]
                found.add(meant)
        return frozenset(found)

    def _meant(self, name: str) -> Iterator[str]:
        """The functions of that name, and for a piece of a name ("visit_") all that may be put together from it."""
        yield name
        if name.endswith("_"):
            yield from (other for other in self.units if other.startswith(name))
        if name.startswith("_"):
            yield from (other for other in self.units if other.endswith(name))


def read_names(files: Iterable[tuple[str, bytes]]) -> NameUse:
    """What these files name. files: (path, content); one path may come in two versions, both count."""
    use = NameUse()
    for path, content in files:
        tree = parse_quietly(content)
        if tree is None:
            use.is_readable = False
            continue
        for unit in _read_scope(tree.body, path, "", use.at_import, inherits=False):
            use.units.setdefault(unit.name, []).append(unit)
            use.by_key.setdefault(unit.key, []).append(unit)
    return use


def _read_scope(
    body: Iterable[ast.stmt], path: str, prefix: str, at_import: set[str], *, inherits: bool
) -> Iterator[_Unit]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            outside = [*statement.decorator_list, *statement.bases, *statement.keywords]
            at_import.update(name for node in outside for name in _names_in(node))
            has_bases = bool(statement.bases or statement.keywords)
            yield from _read_scope(statement.body, path, f"{prefix}{statement.name}.", at_import, inherits=has_bases)
        elif isinstance(statement, _Function):
            signature = [*statement.decorator_list, statement.args, *filter(None, [statement.returns])]
            named_at_import = {name for node in signature for name in _names_in(node, arguments=False)}
            at_import.update(named_at_import)
            yield _Unit(
                name=statement.name,
                key=f"{path}::{prefix}{statement.name}",
                names=frozenset(_names_in(statement)),
                called_unasked=_is_called_unasked(statement, inherits=inherits),
            )
        elif any(isinstance(node, _Function | ast.ClassDef) for node in ast.walk(statement)):
            # Defined under a condition: all of it counts as run at import.
            at_import.update(_names_in(statement))
        else:
            at_import.update(_names_in(statement))


def _is_called_unasked(node: _Function, *, inherits: bool) -> bool:
    """Whether others may call it without naming it: Python, pytest, a base class, what a decorator gives it to."""
    if _CALLED_UNASKED.match(node.name):
        return True
    if _TESTS.match(node.name):
        return False  # only of the benchmark that it is
    return inherits or any(not _leaves_it_alone(decorator) for decorator in node.decorator_list)


_WRAPS = frozenset({
    "property", "staticmethod", "classmethod", "abstractmethod", "contextmanager", "asynccontextmanager", "override",
    "final", "overload", "wraps", "cached_property", "cache", "lru_cache", "setter",
})  # fmt: skip


def _leaves_it_alone(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    if name == "fixture":  # used by who names it, unless it is used by all or goes by another name
        keywords = {k.arg for k in decorator.keywords} if isinstance(decorator, ast.Call) else set()
        return not keywords & {"autouse", "name", None}
    return name in _WRAPS


def _names_in(node: ast.AST, *, arguments: bool = True) -> Iterator[str]:
    """Every name in it, strings that may be names or pieces of them, and what it imports. arguments: fixtures are named so."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and _computes_a_name(each):
            yield COMPUTED
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.arg):
            if arguments:
                yield each.arg
        elif isinstance(each, ast.keyword) and each.arg:
            yield each.arg
        elif isinstance(each, ast.alias):
            yield each.name.rpartition(".")[2]
            yield each.asname or each.name.partition(".")[0]
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and len(each.value) < MAX_STRING:
            yield from _NAME.findall(each.value)


def _computes_a_name(call: ast.Call) -> bool:
    called = (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )
    if called in ("getattr", "__getattribute__", "__getattr__"):
        return len(call.args) < 2 or not isinstance(call.args[1], ast.Constant)
    return False


MAX_STRING = 400  # characters of a string that may hold names: "pkg.module:function"; longer ones are texts


def _outermost(key: str) -> str:
    """The key of the function of a module or class that holds this one."""
    return key.partition(".<locals>")[0]
