"""What a change does to a function, read from its two syntax trees: loops, caches, copies, look-ups, constants.

Takes the source of a function (or of the top level of a file) before and after. Returns remarks with a weight, and
whether the code changed at all. Weights are in nats of suspicion, as in `ranking.py`; each is reasoned beside it.
Nothing is executed. What a function is called with is not known here: these are hints, not findings.
"""

import ast
import functools
import math
from collections import Counter
from dataclasses import dataclass, field

from bench_agent.suspects.reached_code import parse_quietly
from bench_agent.text.clean import clean_text

LOOP = 8.0  # how often a loop of unknown length is taken to run; only the order of magnitude matters
MAX_RANGE = 1000.0  # of a loop over range(literal)
MAX_FUNCTION = 20_000  # characters; larger ones are tables or tests, and take 50 ms each
COST_LIMIT = 3.0  # nats: a factor of 20 in estimated cost says no less than a factor of 1,000

# Calls that cost more than a call, by the last part of their name, in units of one expression. Orders of magnitude as
# timed on CPython 3.11: a deep copy of a small dict is 10 us, a compiled regex from the cache 0.3 us, opening a file 10 us.
_WHOLE = frozenset(
    {"sum", "min", "max", "any", "all", "list", "tuple", "set", "dict", "frozenset", "join", "count", "index"}
)
_COSTS: dict[str, float] = {
    **dict.fromkeys(_WHOLE, LOOP), "sorted": 3 * LOOP, "sort": 3 * LOOP, "copy": LOOP, "deepcopy": 30 * LOOP,
    "compile": 10.0, "findall": LOOP, "sub": LOOP, "open": 100.0, "read_text": 100.0, "read_bytes": 100.0, "load": 30.0,
    "loads": 20.0, "dumps": 20.0, "sleep": 10_000.0, "run": 1000.0, "urlopen": 10_000.0, "execute": 100.0, "glob": 100.0,
}  # fmt: skip
_WAITS = {"sleep": "a sleep", "urlopen": "a request", "run": "a process", "check_output": "a process"}
_READS = {
    "open": "opening a file",
    "read_text": "reading a file",
    "read_bytes": "reading a file",
    "glob": "a directory scan",
}
_SETS = frozenset({"set", "frozenset", "dict", "Counter", "defaultdict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    text: str  # "adds a loop inside a loop"
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """same: only comments, docstrings, annotations or layout differ. cost: log of the estimated cost, after over before."""

    same: bool = False
    cost: float = 0.0
    remarks: tuple[Remark, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)  # everything the new version mentions
    came: frozenset[str] = field(default_factory=frozenset)  # of these, what the old version did not
    new: bool = False  # there was no old version

    @property
    def weight(self) -> float:
        """Nats: the strongest remark, a third of the others, and half the cost. A cheaper function is less suspect."""
        weights = sorted((remark.weight for remark in self.remarks), reverse=True)
        return 0.0 if self.same else sum(weights[:1]) + sum(weights[1:4]) / 3 + self.cost / 2


def compare_functions(old: str | None, new: str | None) -> Change:
    """What the change does. None: the function was not there, or is no longer. Unreadable source: no remark."""
    after = _facts(new) if new is not None and len(new) <= MAX_FUNCTION else None
    before = _facts(old) if old is not None and len(old) <= MAX_FUNCTION else None
    if after is None:
        return Change()
    if before is None:
        if old is not None:
            return Change(names=after.names)
        return Change(remarks=_absolute(after), names=after.names, came=after.names, new=True)
    if before.shape == after.shape:
        return Change(same=True, names=after.names)
    cost = max(-COST_LIMIT, min(COST_LIMIT, math.log(after.cost / before.cost)))
    came = after.names - before.names
    return Change(cost=cost, remarks=tuple(_remarks(before, after)), names=after.names, came=came)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    shape: str
    cost: float
    depth: int  # of nested loops
    loops: int
    calls: dict[str, int]  # name -> deepest loop it is called in
    caches: Counter[str]
    cached: bool  # by a decorator
    lists: frozenset[str]  # names that hold a list, names that hold a set or a dict
    sets: frozenset[str]
    scans: int  # membership tests in something that is surely no set
    copies: int  # collections that a loop makes anew with each turn, one element longer
    numbers: Counter[float]
    defaults: str
    imports: int
    names: frozenset[str]


@functools.lru_cache(maxsize=2048)
def _facts(source: str) -> _Facts | None:
    tree = parse_quietly(f"if True:\n{source}" if source[:1] in " \t" else source)
    if tree is None:
        return None
    body = tree.body[0].body if source[:1] in " \t" and isinstance(tree.body[0], ast.If) else tree.body
    top = ast.Module(body=body, type_ignores=[])
    _strip(top)
    function = body[0] if body and isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef) else None
    counter = _Counter()
    try:
        cost = counter.cost(function.body if function else top, 0)
    except RecursionError:
        return None
    if function:  # decorators and defaults are evaluated once, not with every call
        decorators = [ast.unparse(decorator).lower() for decorator in function.decorator_list]
        defaults = ast.dump(ast.List(elts=[*function.args.defaults, *(d for d in function.args.kw_defaults if d)]))
        for node in ast.walk(function.args):
            counter.note_number(node)
    else:
        decorators, defaults = [], ""
    names = frozenset(
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(top) if isinstance(n, ast.Name | ast.Attribute)
    )
    return _Facts(
        shape=ast.dump(top), cost=max(cost, 1.0), depth=counter.depth, loops=counter.loops, calls=counter.calls,
        caches=Counter(n for n in map(_last_name, ast.walk(top)) if n and ("cache" in n.lower() or "memo" in n.lower())),
        cached=any("cache" in text or "memo" in text for text in decorators), lists=frozenset(counter.lists),
        sets=frozenset(counter.sets), scans=counter.scans, copies=counter.copies, numbers=counter.numbers, defaults=defaults,
        imports=sum(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(top)) if function else 0, names=names,
    )  # fmt: skip


def _strip(tree: ast.AST) -> None:
    """Take out what costs nothing when the function runs: docstrings and annotations."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None


class _Counter:
    """Walks a function once: estimated cost, and what was met on the way."""

    def __init__(self) -> None:
        self.depth = self.loops = self.scans = self.copies = 0
        self.calls: dict[str, int] = {}
        self.numbers: Counter[float] = Counter()
        self.lists: set[str] = set()
        self.sets: set[str] = set()

    def cost(self, node: object, depth: int) -> float:
        """In expressions evaluated. A branch is taken half the time, a handler rarely."""
        if isinstance(node, list):
            return sum(self.cost(item, depth) for item in node)
        if isinstance(node, ast.Module):
            return self.cost(node.body, depth)
        if isinstance(node, ast.For | ast.AsyncFor):
            return self.cost(node.iter, depth) + self._loop(node.iter, depth) * self.cost(node.body, depth + 1)
        if isinstance(node, ast.While):
            return self._loop(None, depth) * (self.cost(node.test, depth + 1) + self.cost(node.body, depth + 1))
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, depth)
        if isinstance(node, ast.If | ast.IfExp):
            return self.cost(node.test, depth) + 0.5 * (self.cost(node.body, depth) + self.cost(node.orelse, depth))
        if isinstance(node, ast.ExceptHandler):
            return 0.1 * self.cost(node.body, depth)
        if not isinstance(node, ast.AST):
            return 0.0
        self._note(node, depth)
        own = 1.0 if isinstance(node, ast.expr) and not isinstance(node, ast.Constant) else 0.0
        if isinstance(node, ast.Call):
            own = 4.0 + _COSTS.get(_last_name(node.func) or "", 0.0)
        elif isinstance(node, ast.Compare) and self._scans(node):
            own = LOOP
        return own + sum(self.cost(child, depth) for child in ast.iter_child_nodes(node))

    def _loop(self, iterated: ast.expr | None, depth: int) -> float:
        self.loops += 1
        self.depth = max(self.depth, depth + 1)
        if isinstance(iterated, ast.Call) and _last_name(iterated.func) == "range" and len(iterated.args) == 1:
            (stop,) = iterated.args
            if isinstance(stop, ast.Constant) and isinstance(stop.value, int):
                return max(1.0, min(MAX_RANGE, float(stop.value)))
        return LOOP

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, depth: int) -> float:
        total, times = 0.0, 1.0
        for place, generator in enumerate(node.generators):
            total += times * self.cost(generator.iter, depth + place)
            times *= self._loop(generator.iter, depth + place)
            total += times * self.cost(generator.ifs, depth + place + 1)
        inner: list[ast.expr] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return total + times * self.cost(inner, depth + len(node.generators))

    def _scans(self, node: ast.Compare) -> bool:
        """Membership in something that is searched from one end to the other."""
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                name = _last_name(right.func if isinstance(right, ast.Call) else right)
                built = isinstance(right, ast.Call) and name in ("list", "sorted", "tuple", "values")
                if isinstance(right, ast.ListComp) or built or (name in self.lists and name not in self.sets):
                    return True
        return False

    def note_number(self, node: ast.AST) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            self.numbers[node.value] += 1

    def _note(self, node: ast.AST, depth: int) -> None:
        self.note_number(node)
        if isinstance(node, ast.Call) and (name := _last_name(node.func)):
            self.calls[name] = max(depth, self.calls.get(name, 0))
        elif isinstance(node, ast.Compare) and self._scans(node):
            self.scans += 1
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            value, targets = node.value, node.targets if isinstance(node, ast.Assign) else [node.target]
            kind = _last_name(value.func) if isinstance(value, ast.Call) else None
            for name in filter(None, map(_last_name, targets)):
                if isinstance(value, ast.List | ast.ListComp) or kind in ("list", "sorted"):
                    self.lists.add(name)
                elif isinstance(value, ast.Set | ast.SetComp | ast.Dict | ast.DictComp) or kind in _SETS:
                    self.sets.add(name)
                elif depth and _is_extended_copy(value, name):
                    self.copies += 1


def _is_extended_copy(value: ast.expr, name: str) -> bool:
    """Whether it is `name | ...`, or `name + [...]`: numbers are added too, and cost nothing."""
    if not isinstance(value, ast.BinOp) or _last_name(value.left) != name:
        return False
    extended = isinstance(value.right, ast.List | ast.ListComp | ast.JoinedStr)
    return isinstance(value.op, ast.BitOr) or (isinstance(value.op, ast.Add) and extended)


def _last_name(node: ast.AST) -> str | None:
    """ "loads" of `json.loads`, "x" of `x`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def _absolute(after: _Facts) -> tuple[Remark, ...]:
    """Of a function that was not there before: only what is dear in itself."""
    return tuple(_dear_calls({}, after.calls))


def _remarks(before: _Facts, after: _Facts) -> list[Remark]:
    found = []
    if before.cached and not after.cached:
        # A cache is there because somebody found the function too slow.
        found.append(Remark(text="drops its cache decorator", weight=3.0))
    elif gone := [name for name in before.caches if after.caches[name] < before.caches[name]]:
        found.append(Remark(text=f"takes out a use of {clean_text(gone[0], limit=40)}", weight=1.5))
    if after.depth > before.depth:
        found.append(Remark(text="adds a loop inside a loop" if after.depth > 1 else "adds a loop", weight=1.5))
    elif after.loops > before.loops:
        found.append(Remark(text="adds a loop", weight=1.0))
    # What ran once and now runs for each element is the classic accident.
    moved = [n for n, depth in after.calls.items() if n in before.calls and depth > before.calls[n]]
    if moved:
        found.append(Remark(text=f"moves {clean_text(moved[0], limit=40)}() into a loop", weight=1.5))
    if after.scans > before.scans or (before.sets - before.lists) & (after.lists - after.sets):
        found.append(Remark(text="makes look-ups in a list", weight=2.0))
    if after.copies > before.copies:
        # Each turn copies what the turns before it gathered: the classic accidental O(n^2).
        found.append(Remark(text="copies what a loop gathers with every turn", weight=2.0))
    found += _dear_calls(before.calls, after.calls)
    if "cache" in " ".join(after.calls) and "cache" not in " ".join(before.calls):
        # A cache made inside a function is empty each time.
        found.append(Remark(text="makes a new cache with every call", weight=1.5))
    if after.imports > before.imports:
        found.append(Remark(text="imports inside the function", weight=0.7))
    found += _larger_number(before.numbers, after.numbers)
    if before.defaults != after.defaults:
        found.append(Remark(text="changes a default", weight=0.7))
    return found


def _dear_calls(before: dict[str, int], after: dict[str, int]) -> list[Remark]:
    """Calls that were not there, or not in a loop, and cost more than the code around them."""
    found = []
    for name, depth in after.items():
        if name in before and before[name] >= depth:
            continue
        where = " in a loop" if depth else ""
        if name in _WAITS:
            found.append(Remark(text=f"adds {_WAITS[name]}{where}", weight=3.0 if name == "sleep" else 2.0))
        elif name in _READS:
            found.append(Remark(text=f"adds {_READS[name]}{where}", weight=1.5))
        elif name == "deepcopy":
            found.append(Remark(text=f"adds a deep copy{where}", weight=2.0))
        elif name == "copy":
            found.append(Remark(text=f"adds a copy{where}", weight=1.0))
        elif name == "compile":
            # `re` caches 512 patterns, so this costs a look-up at least and a compilation at worst.
            found.append(Remark(text=f"compiles a regular expression with every call{where}", weight=2.0))
        elif name in ("sorted", "sort"):
            found.append(Remark(text=f"adds a sort{where}", weight=1.5 if depth else 1.0))
    return found


def _larger_number(before: Counter[float], after: Counter[float]) -> list[Remark]:
    gone, come = before - after, after - before
    if not (gone and come and gone.total() <= 3 and come.total() <= 3):
        return []
    old, new = max(gone), max(come)
    if old <= 0 or new < 1.5 * old or type(old) is not type(new):  # 0.01 * x written as x / 100 is no larger number
        return []
    # The number may be a limit or a colour; the further it moved, the less it is a matter of taste.
    return [Remark(text=f"raises a constant from {old:g} to {new:g}", weight=min(2.0, 0.5 + 0.5 * math.log(new / old)))]
