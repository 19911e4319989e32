"""What a benchmark executes: how it differs between two commits, and which lines of a file are which function.

Takes `Reach` and the source of a file as bytes. Returns what grew, and spans of lines. The counts themselves are made
elsewhere; a diff is not read here.
"""

import ast
import functools
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bench_agent.records import Reach

MODULE = "<module>"
MAX_SOURCE = 2_000_000  # bytes of one file; larger ones are generated, and parsing them costs seconds
# Code objects inside a function that nobody would call a function; Python 3.12 has most of them inlined.
_ANONYMOUS = frozenset({"<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How often a function ran in one iteration, and how many lines of it."""

    calls: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A function that now does more. `itself` tells the cause from the effect: more lines for each call, or new calls
    of something that was not called at all, as against being called more often by a caller that grew.
    """

    function: str  # "path::qualname"
    before: Work
    now: Work
    itself: bool

    @property
    def ran(self) -> bool:
        return bool(self.before.calls or self.before.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChange:
    """Base against head. When either is incomplete `comparable` is False and nothing is said to have changed."""

    comparable: bool = False
    grown: dict[str, Growth] = field(default_factory=dict)  # most added lines first
    new_files: tuple[str, ...] = ()
    moved: dict[str, str] = field(default_factory=dict)  # function at base -> the same in another file at head


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpan:
    """The lines of one function or class, decorators included, both ends inclusive, from 1."""

    qualname: str  # as in `co_qualname`: "Class.method", "outer.<locals>.inner"
    first: int
    last: int
    is_class: bool = False


class Paths:
    """Finds a file of a commit among the files a benchmark executed, also when the project moved to `src/` in between."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = set(known)
        self._by_tail: dict[str, set[str]] = {}
        for path in self._known:
            parts = path.split("/")
            for start in range(len(parts) - 1):  # two components at least: many files are called __init__.py
                self._by_tail.setdefault("/".join(parts[start:]), set()).add(path)

    def find(self, path: str) -> str | None:
        """The known path that is this one, or the only one that differs by leading folders alone."""
        if path in self._known:
            return path
        parts = path.split("/")
        for start in range(len(parts) - 1):
            found = self._by_tail.get("/".join(parts[start:]), ())
            if len(found) == 1:
                (match,) = found
                return match if start == 0 or match.count("/") == len(parts) - start - 1 else None
        return None


def split_key(key: str) -> tuple[str, str]:
    """("path", "qualname") of a Reach's key. A path may hold "::", a qualname cannot."""
    path, _, qualname = key.rpartition("::")
    return path, qualname


def is_own(key: str) -> bool:
    """Whether a function is the project's: not the standard library's, an installed package's, or made by exec."""
    return not key.startswith(("std:", "site:", "generated::"))


def owner_of(key: str) -> str:
    """The key of the function people would name for it: itself, or for a comprehension or lambda the function around it."""
    path, qualname = split_key(key)
    parts = qualname.split(".")
    anonymous = False
    while parts and (parts[-1] in _ANONYMOUS or (anonymous and parts[-1] == "<locals>")):
        anonymous = True
        parts.pop()
    return f"{path}::{'.'.join(parts) or MODULE}" if anonymous else key


def executed(reach: Reach | None) -> dict[str, Work]:
    """Function -> its work, with comprehensions and lambdas counted as lines of the function around them."""
    work: dict[str, Work] = {}
    if reach is None:
        return work
    for key in reach.functions.keys() | reach.lines.keys():
        owner = owner_of(key)
        old = work.get(owner, Work())
        calls = reach.functions.get(key, 0) if owner == key else 0
        work[owner] = Work(calls=old.calls + calls, lines=old.lines + reach.lines.get(key, 0))
    return work


def compare_reach(base: Reach | None, head: Reach | None) -> ReachChange:
    """What the benchmark does now that it did not, or did less of. Exact: counts are the same from run to run.

    Functions of files that only moved are matched by the end of their path, those that went to another file (a module that
    became a package) by their name: see `find_moved`.
    """
    if base is None or head is None or not (base.complete and head.complete):
        return ReachChange()
    now = executed(head)
    head_files = {*head.files, *(split_key(key)[0] for key in now)}
    places = Paths(head_files)
    before: dict[str, Work] = {}
    for key, work in executed(base).items():
        path, qualname = split_key(key)
        before[f"{places.find(path) or path}::{qualname}"] = work
    base_files = {places.find(path) or path for path in base.files} | {split_key(key)[0] for key in before}
    moved = find_moved(before.keys() - now.keys(), now.keys() - before.keys())
    before = {moved.get(key, key): work for key, work in before.items()}
    # What a module that is gone was cut into is nothing new: neither where its functions are now, nor the rest of its package.
    gone = base_files - head_files
    parts = {split_key(moved[key])[0] for key in moved if split_key(key)[0] in gone}
    parts |= {path for path in head_files if any(is_part_of(path, module) for module in gone)}
    grown = []
    for key, work in now.items():
        old = before.get(key, Work())
        if work.calls > old.calls or work.lines > old.lines:
            # lines / calls grew, without dividing: one line more per call is the function's own doing
            itself = work.lines * max(old.calls, 1) > old.lines * max(work.calls, 1) or not old.calls
            grown.append(Growth(function=key, before=old, now=work, itself=itself))
    grown.sort(key=lambda g: (g.before.lines - g.now.lines, g.before.calls - g.now.calls, g.function))
    return ReachChange(
        comparable=True,
        grown={growth.function: growth for growth in grown},
        new_files=tuple(sorted(head_files - base_files - parts)),
        moved=moved,
    )


def is_part_of(path: str, module: str) -> bool:
    """Whether a file lies in the package that this module, of the same name, may have become: pkg/mod.py, pkg/mod/parse.py."""
    return module.endswith(".py") and path.startswith(f"{module[:-3]}/")


def find_moved(gone: Iterable[str], came: Iterable[str]) -> dict[str, str]:
    """Function that went -> the one that came in its place: of the same name, in another file, and the only such pair.

    Where a name went or came several times, those count whose new file is part of the package the old module became.
    """
    by_name: dict[str, list[str]] = {}
    for key in sorted(came):
        by_name.setdefault(split_key(key)[1], []).append(key)
    pairs = [(old, new) for old in sorted(gone) for new in by_name.get(split_key(old)[1], ()) if not _is_module(old)]
    alone = _only_pairs(pairs)
    inside = _only_pairs([(old, new) for old, new in pairs if is_part_of(split_key(new)[0], split_key(old)[0])])
    return {**alone, **inside}


def _is_module(key: str) -> bool:
    return split_key(key)[1] == MODULE


def _only_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Those of which neither side is in another pair."""
    listed = list(pairs)
    olds, news = Counter(old for old, _ in listed), Counter(new for _, new in listed)
    return {old: new for old, new in listed if olds[old] == news[new] == 1}


def executes_otherwise(base: Reach | None, head: Reach | None) -> bool | None:
    """Whether the work of one iteration changed, in either direction; None where the counts can't tell.

    True is proof. False says nothing about time: a list where a set was executes the same lines.
    """
    change, back = compare_reach(base, head), compare_reach(head, base)
    return bool(change.grown or back.grown) if change.comparable else None


@functools.lru_cache(maxsize=1024)
def find_spans(source: bytes) -> tuple[LineSpan, ...] | None:
    """Every function and class of the file, outer before inner; None when this Python cannot parse it.

    Cached by content, and by each top-level block within: two versions of a file differ in one or two of them.
    About 10 ms for 1,000 new lines.
    """
    if len(source) > MAX_SOURCE:
        return None
    spans: list[LineSpan] = []
    for first, block in cut_blocks(source):
        found = _block_spans(block)
        if found is None:  # a line at the margin inside a string or a bracket: only the whole file makes sense
            return _block_spans(source)
        spans += [replace(span, first=span.first + first, last=span.last + first) for span in found]
    return tuple(spans)


def cut_blocks(source: bytes) -> list[tuple[int, bytes]]:
    """The file cut before every top-level definition, each piece with the number of lines before it.

    A cut inside a string leaves an unfinished one, so that piece does not parse.
    """
    lines = source.split(b"\n")
    starts, decorated = [0], False
    for number, line in enumerate(lines):
        if line.startswith((b"@", b"def ", b"class ", b"async def ")):
            if not decorated and number:
                starts.append(number)
            decorated = line.startswith(b"@")
    ends = [*starts[1:], len(lines)]
    return [(start, b"\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=True)]


@functools.lru_cache(maxsize=16384)
def _block_spans(source: bytes) -> tuple[LineSpan, ...] | None:
    tree = parse_quietly(source)
    if tree is None:
        return None
    spans: list[LineSpan] = []
    try:
        _walk(tree, "", spans)
    except RecursionError:
        return None
    return tuple(spans)


def parse_quietly(source: bytes | str) -> ast.Module | None:
    """The syntax tree, or None. Other people's source may be of another Python, binary, or nested a thousand deep."""
    if len(source) > MAX_SOURCE:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their invalid escapes are not news to our user
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _walk(node: ast.AST, prefix: str, spans: list[LineSpan]) -> None:
    """Statements only: no expression holds a definition."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, name, ()):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                _walk(child, prefix, spans)
                continue
            qualname = prefix + child.name
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            is_class = isinstance(child, ast.ClassDef)
            spans.append(
                LineSpan(qualname=qualname, first=first, last=child.end_lineno or child.lineno, is_class=is_class)
            )
            _walk(child, f"{qualname}." if is_class else f"{qualname}.<locals>.", spans)


def owners(spans: Iterable[LineSpan], lines: Iterable[int]) -> Mapping[str, list[int]]:
    """Innermost function or class -> which of these lines are its own; MODULE for those outside all."""
    ordered = list(spans)
    found: dict[str, list[int]] = {}
    for line in lines:
        inside = [span for span in ordered if span.first <= line <= span.last]
        owner = min(inside, key=lambda span: span.last - span.first).qualname if inside else MODULE
        found.setdefault(owner, []).append(line)
    return found


def own_part(reach: Reach | None) -> Reach | None:
    """Of the counts, those of the project's own files: what the ranking knows how to read."""
    if reach is None:
        return None

    def ours(key: str) -> bool:
        return not key.startswith(("std:", "site:", "generated::"))

    return Reach(
        functions={key: n for key, n in reach.functions.items() if ours(key)},
        lines={key: n for key, n in reach.lines.items() if ours(key)},
        files=tuple(path for path in reach.files if ours(path) and path != "generated"),
        complete=reach.complete,
    )
