"""Which functions a benchmark may use, in import, fixtures, set-up and calls: by names. Pure.

A function is taken to be used where code that is used names it: whatever runs at import or may be called unasked, the
benchmark's own test function with the fixtures that it names, and so on from there. Of a class that is named all public methods
are: an object of it may be given to code of others, which calls `read` or `keys` unseen. Names are compared without regard to
whose they are, so that too much is taken to be used, never too little; where code asks for names that can't be read off it,
everything is.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bench_agent.suspects.reached_code import parse_quietly

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# Who names one of these may use what no text names: all names of a scope, a name from a file, another process, a source as data.
_ASKS_FOR_NAMES = frozenset({
    "getmembers", "globals", "locals", "vars", "dir", "eval", "exec", "__dict__", "iter_modules", "import_module", "__import__",
    "entry_points", "attrgetter", "methodcaller", "getsource", "getsourcelines", "linecache", "tokenize", "run_module",
    "run_path", "pkgutil", "subprocess", "Popen", "system", "popen", "create_subprocess_exec", "create_subprocess_shell",
    "<computed>",
})  # fmt: skip
# Of these: a source as data, wherever it is done; and what reads any file, where the benchmark itself does it.
_READS_SOURCES = frozenset({
    "getsource", "getsourcelines", "getsourcefile", "findsource", "getcomments", "linecache", "tokenize",
})  # fmt: skip
_READS_FILES = frozenset({
    "eval", "exec", "run_module", "run_path", "subprocess", "Popen", "system", "popen", "create_subprocess_exec",
    "create_subprocess_shell",
})  # fmt: skip
_READS_DOCSTRINGS = frozenset({"__doc__", "getdoc", "doctest", "docopt"})
_WHOLE = "<whole> "  # before a name: the thing itself is handed over, not something of it
_COMPUTED = "<computed>"  # stands among the names of a function for one that is computed, as with getattr
_CALLED_UNASKED = re.compile(r"__\w+__$|pytest_|setup|teardown|setUp|tearDown|asyncSetUp")
_CALLED_BY_OTHERS = re.compile(r"_asdict$|_\w*_$")  # json encoders and notebooks do
_TESTS = re.compile(r"test|bench")
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A function of a module or class, with what is defined inside it, and what it names."""

    name: str
    names: frozenset[str]
    called_unasked: bool


@dataclass(slots=True)
class NameUse:
    """What the files of a project name, function by function. Made once for all benchmarks."""

    units: dict[str, list[_Unit]] = field(default_factory=dict)  # by the function's own name
    at_import: set[str] = field(default_factory=set)  # names
    other_names: dict[str, set[str]] = field(default_factory=dict)  # `import x as y`: y -> x
    is_readable: bool = True  # False: a file can't be parsed, so that anything may be used
    _always: frozenset[str] | None = None

    def used(self, test_name: str) -> frozenset[str] | None:
        """The names of functions that may be used by a benchmark; None: any.

        test_name: of its function, without class and parameters; where there is none of that name, it may be any.
        """
        found = self._named(test_name)
        return None if found is None or found & _ASKS_FOR_NAMES else found

    def may_read_sources(self, test_name: str) -> bool:
        """Whether what a benchmark uses may look at the text of code, for which a comment is a difference."""
        found = self._named(test_name)
        return found is None or bool(found & _READS_SOURCES or (found - self._always_named()) & _READS_FILES)

    def may_read_docstrings(self, test_name: str) -> bool:
        """The same of docstrings."""
        if not self.is_readable:
            return True
        found = self._named(test_name) or self.at_import.union(
            *(u.names for units in self.units.values() for u in units)
        )
        return not found.isdisjoint(_READS_DOCSTRINGS)

    def is_called_unasked(self, name: str) -> bool:
        """Whether a function of that name may be called without being named."""
        return any(unit.called_unasked for unit in self.units.get(name, ()))

    def _named(self, test_name: str) -> frozenset[str] | None:
        """All names that what it uses has; None: not known."""
        if not self.is_readable or test_name not in self.units:
            return None
        return self._closure({test_name}, known=self._always_named())

    def _always_named(self) -> frozenset[str]:
        """The names of what runs at import or may be called unasked, whichever benchmark is measured."""
        if self._always is None:
            unasked = [unit for units in self.units.values() for unit in units if unit.called_unasked]
            self._always = self._closure({*self.at_import, *(n for unit in unasked for n in unit.names)})
        return self._always

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
        yield from self.other_names.get(name, ())
        if name.startswith(_WHOLE):
            yield from (_WHOLE + other for other in self.other_names.get(name.removeprefix(_WHOLE), ()))
        if name.endswith("_"):
            yield from (other for other in self.units if other.startswith(name))
        if name.startswith("_"):
            yield from (other for other in self.units if other.endswith(name))


def read_names(files: Iterable[tuple[str, bytes]]) -> NameUse:
    """What these Python files name, each a path and its content; where one differs, both of its versions are to be among them."""
    use = NameUse()
    for path, content in files:
        tree = parse_quietly(content)
        if tree is None:
            use.is_readable = False
            continue
        for statement in tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    if alias.asname and alias.asname != alias.name:
                        use.other_names.setdefault(alias.asname, set()).add(alias.name.rpartition(".")[2])
        units = list(_read_scope(tree.body, use.at_import, inherits=False))
        for unit in (*units, _as_a_whole(path, units)):
            use.units.setdefault(unit.name, []).append(unit)
    return use


def _as_a_whole(path: str, units: Iterable[_Unit]) -> _Unit:
    """The module, for who is given it as an object: all that it offers is used."""
    place = PurePosixPath(path)
    name = place.parent.name if place.stem == "__init__" else place.stem
    return _Unit(_WHOLE + name, names=frozenset(u.name for u in units if _is_public(u)), called_unasked=False)


def _read_scope(body: Iterable[ast.stmt], at_import: set[str], *, inherits: bool) -> Iterator[_Unit]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            outside = [*statement.decorator_list, *statement.bases, *statement.keywords]
            at_import.update(name for node in outside for name in _names_in(node))
            has_bases = bool(statement.bases or statement.keywords)
            methods = list(_read_scope(statement.body, at_import, inherits=has_bases))
            own = [replace(unit, name=f"{statement.name}.{unit.name}") for unit in methods if _is_public(unit)]
            yield _Unit(statement.name, names=frozenset(unit.name for unit in own), called_unasked=False)
            yield from [*methods, *own]
        elif isinstance(statement, _Function):
            signature = [*statement.decorator_list, statement.args, *filter(None, [statement.returns])]
            named_at_import = {name for node in signature for name in _names_in(node, arguments=False)}
            at_import.update(named_at_import)
            yield _Unit(
                name=statement.name,
                names=frozenset(_names_in(statement)),
                called_unasked=_is_called_unasked(statement, inherits=inherits),
            )
        elif not _only_binds(statement):  # what is defined under a condition counts as run at import
            at_import.update(_names_in(statement))


def _is_public(unit: _Unit) -> bool:
    """Whether others may call it by its name: nothing of a class inside, and no test, which is only of its benchmark."""
    is_private = unit.name.startswith("_") and not _CALLED_BY_OTHERS.match(unit.name)
    return not is_private and "." not in unit.name and not _TESTS.match(unit.name)


def _only_binds(statement: ast.stmt) -> bool:
    """Whether it makes names known, and uses nothing that has them: an import, `__all__`."""
    if isinstance(statement, ast.Assign):
        return [t.id for t in statement.targets if isinstance(t, ast.Name)] == ["__all__"]
    # Of these, the module is used by its own name wherever something of it is.
    return isinstance(statement, ast.Import | ast.ImportFrom)


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
    owners: set[int] = set()  # what something of is named: a parent is walked before its children
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            owners.add(id(each.value))
        if isinstance(each, ast.Name | ast.Attribute) and id(each) not in owners:
            yield _WHOLE + (each.id if isinstance(each, ast.Name) else each.attr)
        if isinstance(each, ast.Call) and _computes_a_name(each):
            yield _COMPUTED
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
