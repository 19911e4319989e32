"""What speaks against one commit: clues with a weight, from its patch and from what the benchmark executes.

Takes what is known of the benchmark, a commit's parsed patch and the blobs it names, and returns clues. Their weights are in
`weights.py`; their sum, and the comparison between commits, is made in `ranking.py`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench_agent.suspects.data_changes import compare_values, judge_data, judge_dependencies, kind_of
from bench_agent.suspects.executed_code import Benchmark, FileText, spans_of
from bench_agent.suspects.patches import FilePatch, Hunk
from bench_agent.suspects.reach import MODULE, Growth, find_moved, find_spans, owners, split_key
from bench_agent.suspects.syntax import Change, Remark, compare_functions
from bench_agent.suspects.weights import (
    COMPILED,
    DATA_BESIDE,
    DATA_NAMED,
    DATA_OF_GROWN,
    DEPENDENCY,
    EXECUTED,
    EXPLAINS,
    GREW_BY_CALLS,
    GREW_ITSELF,
    GREW_LEAST,
    LAYOUT_ONLY,
    LEVER,
    MENTIONS_GROWN,
    NEW_FILE,
    NEW_FUNCTION,
    NEWLY_CALLS_GROWN,
    NO_LEVER,
    NOT_EXECUTED,
    PER_SHARE,
    PERHAPS_EXECUTED,
    TAKEN_BACK,
    TOP_LEVEL,
    UNKNOWN_REACH,
    UNREAD,
    VALUE_LEAST,
    VALUE_OF_EXECUTED,
    VALUE_OF_GROWN,
)
from bench_agent.text.clean import clean_text

AS_BEFORE = "what it did there is not, or no longer, a difference from the last good run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    text: str
    weight: float
    path: str
    function: str | None = None
    hunks: tuple[Hunk, ...] = ()
    indirect: bool = False  # through a value, data, settings or a new file: what may explain growth nobody touched
    explains: str | None = None  # the grown function it accounts for


def collect_clues(patches: Iterable[FilePatch], blobs: Mapping[str, bytes], benchmark: Benchmark) -> list[Clue]:
    """Everything a commit's patch says, strongest first."""
    clues: list[Clue] = []
    patches = list(patches)
    moves = _find_moves(patches, blobs)
    for patch in patches:
        kind = kind_of(patch.path)
        place = benchmark.place_of(patch.path)
        old = blobs.get(patch.old_blob or "")
        new = blobs.get(patch.new_blob or "")
        if patch.path.endswith(".py") and (place or not benchmark.known):
            clues += _python(patch, place or patch.path, old, new, moves, benchmark)
        elif kind == "dependency":
            clues += _dependency(patch, old, new, benchmark)
        elif kind in ("data", "other"):
            clues += _data(patch, benchmark)
        elif kind == "compiled":
            weight = benchmark.pick(COMPILED)
            clues.append(_clue(f"changes {_name(patch.path)}, compiled code", weight, patch, indirect=True))
    return sorted(clues, key=lambda clue: -clue.weight)


def _clue(text: str, weight: float, patch: FilePatch, *, indirect: bool = False) -> Clue:
    return Clue(text=text, weight=weight, path=patch.path, hunks=patch.hunks, indirect=indirect)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """Functions a commit took from one file to another: "path::qualname" there -> its text before; and where they were."""

    former: Mapping[str, str]
    left: frozenset[str]


def _find_moves(patches: Iterable[FilePatch], blobs: Mapping[str, bytes]) -> _Moves:
    gone: dict[str, str] = {}
    came: set[str] = set()
    code = [patch for patch in patches if patch.path.endswith(".py")]
    for patch in code if len(code) > 1 else ():
        contents = (blobs.get(patch.old_blob or ""), blobs.get(patch.new_blob or ""))
        old, new = (FileText(content, spans_of(content)) for content in contents)
        gone |= {f"{patch.path}::{name}": old.function(name) or "" for name in old.functions - new.functions}
        came |= {f"{patch.path}::{name}" for name in new.functions - old.functions}
    moved = find_moved(gone, came)
    return _Moves(former={new: gone[old] for old, new in moved.items()}, left=frozenset(moved))


def _python(
    patch: FilePatch, place: str, old: bytes | None, new: bytes | None, moves: _Moves, benchmark: Benchmark
) -> list[Clue]:
    clues = []
    if patch.old_blob == patch.new_blob:
        return [_clue(f"moves {_name(place)}, as it is", LAYOUT_ONLY, patch)]
    if place in benchmark.new_files and patch.old_blob is None:
        clues.append(
            _clue(
                f"adds {_name(place)}, which the benchmark imports and did not before", NEW_FILE, patch, indirect=True
            )
        )
    if _unreadable(patch.old_blob, old) or _unreadable(patch.new_blob, new):
        return [*clues, _clue(f"changes {_name(place)}, which the benchmark imports", UNREAD, patch)]
    spans_old, spans_new = spans_of(old), spans_of(new)
    touched = owners(spans_new, (line for hunk in patch.hunks for line in hunk.new_lines))
    gone = owners(spans_old, (line for hunk in patch.hunks for line in hunk.old_lines))
    old_text, new_text = FileText(old, spans_old), FileText(new, spans_new)
    tops = {MODULE} | {span.qualname for span in (*spans_old, *spans_new) if span.is_class}
    for qualname in [*touched, *(name for name in gone if name not in touched)]:
        here = f"{patch.path}::{qualname}"
        if qualname not in tops and here not in moves.left:  # what left is judged where it came to
            before = old_text.function(qualname) or moves.former.get(here)
            change = compare_functions(before, new_text.function(qualname))
            hunks = _hunks_of(patch, touched.get(qualname, ()), gone.get(qualname, ()))
            key = benchmark.key_of(place, qualname)
            clue = _function(patch.path, key, change, hunks, benchmark)
            if not change.same and benchmark.same_function(key, new_text.function(qualname)):
                told = clue.text.partition("; ")[0]
                clue = replace(clue, text=f"{told}; {AS_BEFORE}", weight=TAKEN_BACK, explains=None)
            clues.append(clue)
    if any(qualname in tops for qualname in (*touched, *gone)):
        clues += _top_level(patch, place, old, new, benchmark)
    return clues


def _function(path: str, key: str, change: Change, hunks: tuple[Hunk, ...], benchmark: Benchmark) -> Clue:
    """What it means that this commit changes this function."""
    name = f"{clean_text(split_key(key)[1], limit=80)} ({_name(path)})"
    if change.same:
        text = f"touches comments or layout of {name} only"
        return Clue(text=text, weight=LAYOUT_ONLY, path=path, function=key, hunks=hunks)
    found = _Relation.of(key, change, benchmark)
    growth = found.growth
    weight, explains, text = change.weight, found.newly.function if found.newly else None, f"changes {name}"
    if growth is not None and growth.itself:
        weight += _weigh_grown(found, growth, change, benchmark)
        text += f", which the benchmark executes; {describe_growth(growth)}{_using(found.newly)}"
        explains = key if found.is_cause(growth, change, benchmark) else explains
    elif key in benchmark.work or not benchmark.known:
        weight += _weigh_executed(found, benchmark)
        text += ", which the benchmark executes" if benchmark.known else ""
        if growth is not None:
            text += f"; {describe_growth(growth)}"
            explains = key if change.weight > EXPLAINS else explains
        elif benchmark.strength > 0:
            text += _using(found.called)
    else:
        weight *= NOT_EXECUTED if benchmark.complete else PERHAPS_EXECUTED
        text += ", which the benchmark imports"
    weight += benchmark.hot(key)
    return Clue(
        text=_with(text, change.remarks), weight=weight, path=path, function=key, hunks=hunks, explains=explains
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """How a changed function stands to the work that grew."""

    growth: Growth | None  # of the function itself
    newly: Growth | None  # of the most grown function that the change is the first to name
    called: Growth | None  # of the most grown function that it names at all
    through: float  # the weight of naming it

    @classmethod
    def of(cls, key: str, change: Change, benchmark: Benchmark) -> "_Relation":
        own = split_key(key)[1].rpartition(".")[2]
        newly = benchmark.grown_named(change.came - {own})
        called = newly or benchmark.grown_named(change.names - {own})
        weight = NEWLY_CALLS_GROWN if newly else MENTIONS_GROWN
        through = weight * benchmark.share(called) ** 0.5 if called else 0.0
        return cls(growth=benchmark.change.grown.get(key), newly=newly, called=called, through=through)

    def has_lever(self, growth: Growth, change: Change) -> bool:
        """Whether the change holds something that can multiply the work, rather than add a line to it."""
        return change.new or self.newly is not None or (change.weight > LEVER and growth.ran)

    def is_cause(self, growth: Growth, change: Change, benchmark: Benchmark) -> bool:
        """Whether the growth is explained by the function itself, and not by one that it names now."""
        through_newly = self.newly is not None and benchmark.share(self.newly) > benchmark.share(growth)
        return self.has_lever(growth, change) and not through_newly


def _weigh_grown(found: _Relation, growth: Growth, change: Change, benchmark: Benchmark) -> float:
    """Of a function that itself does more."""
    strong = max(GREW_LEAST, GREW_ITSELF + PER_SHARE * math.log(benchmark.share(growth)))
    if not growth.ran and not change.new:
        strong = GREW_BY_CALLS  # what did not run before was made to run by somebody else
    strong = max(strong, found.through if found.newly else 0.0)
    weight = benchmark.strength * strong + (1 - benchmark.strength) * benchmark.pick(EXECUTED)
    if not found.has_lever(growth, change) and growth.now.lines >= 2 * growth.before.lines:
        weight += benchmark.strength * NO_LEVER
    if change.new and not growth.ran:
        weight += benchmark.strength * NEW_FUNCTION
    return weight


def _weigh_executed(found: _Relation, benchmark: Benchmark) -> float:
    """Of a function that is executed, or may be, and does not itself do more."""
    weight = benchmark.pick(EXECUTED) if benchmark.known else UNKNOWN_REACH
    if found.growth is not None:
        weight += benchmark.strength * (max(GREW_BY_CALLS, found.through if found.newly else 0.0) - EXECUTED[0])
    elif found.called is not None and benchmark.strength > 0:
        weight += benchmark.strength * max(0.0, found.through - EXECUTED[0])
    return weight


def _using(called: Growth | None) -> str:
    if called is None:
        return ""
    return f", and which uses {clean_text(split_key(called.function)[1], limit=60)}: {describe_growth(called)}"


def _top_level(patch: FilePatch, place: str, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    """Constants, tables, class attributes and registrations: what runs when the file is imported."""
    clues = []
    for value in compare_values(old, new):
        users = [key for key in benchmark.users_of(value.name) if benchmark.ran(key)]
        grown = [benchmark.change.grown[key] for key in users if key in benchmark.change.grown]
        top = max((g for g in grown if g.itself), key=benchmark.share, default=None)
        weight, text = value.remark.weight, f"{value.remark.text} ({_name(patch.path)})"
        if top is not None:
            strong = max(VALUE_LEAST, VALUE_OF_GROWN + PER_SHARE * math.log(benchmark.share(top)))
            weight += benchmark.strength * strong + (1 - benchmark.strength) * VALUE_OF_EXECUTED
            text += f", which {clean_text(split_key(top.function)[1], limit=60)} uses; {describe_growth(top)}"
        elif users:
            called = benchmark.called_by(users)
            weight += VALUE_OF_EXECUTED
            weight += benchmark.strength * MENTIONS_GROWN * benchmark.share(called) ** 0.5 if called else 0.0
            text += f", which {clean_text(split_key(users[0])[1], limit=60)} uses{_using(called)}"
        if benchmark.same_value(place, value.name):
            weight, top, text = TAKEN_BACK, None, f"{text}; {AS_BEFORE}"
        hunks = tuple(h for h in patch.hunks if any(value.name in line for line in (*h.added, *h.removed)))
        clues.append(
            Clue(
                text=text,
                weight=weight,
                path=patch.path,
                hunks=hunks or patch.hunks,
                indirect=bool(users) or not benchmark.known,  # a version number explains nothing
                explains=top.function if top else None,
            )
        )
    if not clues:
        lines = [line for hunk in patch.hunks for line in (*hunk.added, *hunk.removed)]
        if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
            return []
        added = " ".join(line for hunk in patch.hunks for line in hunk.added)
        called = benchmark.grown_named(set(re.findall(r"[A-Za-z_]\w*", added[:20_000])))
        text, weight = f"changes the top level of {_name(patch.path)}, which the benchmark imports", TOP_LEVEL
        if called is not None and patch.old_blob is not None and benchmark.strength > 0:
            weight += benchmark.strength * MENTIONS_GROWN * benchmark.share(called) ** 0.5
            text += f"; it names {clean_text(split_key(called.function)[1], limit=60)}: {describe_growth(called)}"
        clues.append(_clue(text, weight, patch))
    return clues


def _dependency(patch: FilePatch, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    remarks = judge_dependencies(patch, old, new)
    if not remarks:
        return []
    text = f"dependencies ({_name(patch.path)}): " + "; ".join(remark.text for remark in remarks)
    weight = benchmark.pick(DEPENDENCY) + remarks[0].weight
    if benchmark.same_file(patch.path):
        weight, text = TAKEN_BACK, f"{text}; {AS_BEFORE}"
    return [_clue(text, weight, patch)]


def _data(patch: FilePatch, benchmark: Benchmark) -> list[Clue]:
    namer = benchmark.namer_of(patch.path)
    beside = any(patch.path.startswith(f"{folder}/") for folder in benchmark.folders if folder)
    if not (namer or beside or not benchmark.known):
        return []
    remarks = judge_data(patch)
    text = f"changes {_name(patch.path)}"
    if namer:
        text += f", which {_name(namer)} names"
    elif beside:
        text += ", beside code the benchmark imports"
    weight = benchmark.pick(DATA_NAMED if namer else DATA_BESIDE) + sum(remark.weight for remark in remarks)
    if namer:
        weight += DATA_OF_GROWN * benchmark.strength * benchmark.grown_share(namer)
    if benchmark.same_file(patch.path):
        weight, text = TAKEN_BACK, f"{text}; {AS_BEFORE}"
    return [_clue(_with(text, remarks), weight, patch, indirect=True)]


def describe_growth(growth: Growth) -> str:
    """ "it now runs 41 times as many lines"."""
    before, now = growth.before, growth.now
    if not before.calls and not before.lines:
        return f"it did not run before, and now runs {max(now.calls, 1)} {'time' if now.calls < 2 else 'times'} an iteration"
    what, was, is_now = ("lines", before.lines, now.lines) if growth.itself else ("calls", before.calls, now.calls)
    if not was:
        return f"it now runs {is_now} {what} an iteration"
    ratio = is_now / was
    often = f"{ratio:.0f} times" if ratio >= 1.95 else f"{(ratio - 1) * 100:.2g} % more"
    if what == "calls":
        return f"it is now called {often} as often" if ratio >= 1.95 else f"it is now called {often} often"
    return f"it now runs {often} as many lines" if ratio >= 1.95 else f"it now runs {often} lines"


def _with(text: str, remarks: Iterable[Remark]) -> str:
    said = "; ".join(remark.text for remark in sorted(remarks, key=lambda remark: -remark.weight)[:3])
    return f"{text}; the diff {said}" if said else text


def _name(path: str) -> str:
    return clean_text(path, limit=100)


def _unreadable(blob: str | None, source: bytes | None) -> bool:
    """There, but too much to read, or of a syntax this Python does not know."""
    return blob is not None and (source is None or find_spans(source) is None)


def _hunks_of(patch: FilePatch, new_lines: Iterable[int], old_lines: Iterable[int]) -> tuple[Hunk, ...]:
    new, old = set(new_lines), set(old_lines)
    return tuple(h for h in patch.hunks if not new.isdisjoint(h.new_lines) or not old.isdisjoint(h.old_lines))
