"""What speaks against one commit: clues with a weight, from its patch and from what the benchmark executes.

Comes in: what is known of the benchmark, a commit's parsed patch, the blobs it names. Goes out: clues. Their sum, and
the comparison between commits, is made in `ranking.py`.

A weight is a difference in log odds (nats): 0.7 doubles the suspicion, 2.3 makes it tenfold, 5 is "this or something
unheard of". They were reasoned from real regressions with a known culprit and checked on planted ones
(`tests/calibration/ranking.py`); each constant says why.
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
from bench_agent.text.clean import clean_text

# Where the counts are exact they outweigh everything read from text: a function that itself does more is the place, and
# who touched it did it, or a caller, or its data. Less for a small part of the growth: harmless guards add lines too.
GREW_ITSELF = 5.0
GREW_LEAST = 1.5
NEW_FUNCTION = 1.5  # it did not run before, and this commit is where it comes from; others have only edited it since
NEWLY_CALLS_GROWN = 4.0  # the change is the first to name a function that now does more: the work it asks for
MENTIONS_GROWN = 2.5  # the cause may be what a changed function asks of one it calls
GREW_BY_CALLS = 1.5  # an effect of its callers, unless it lost a cache
# (counts grew, counts are equal, counts not known): when nothing grew, time went into what the counts can't see,
# a C function, a dependency, and any executed line may be the one.
EXECUTED = (1.0, 2.5, 2.5)
DEPENDENCY = (0.5, 2.5, 1.0)
DATA_NAMED = (1.5, 2.0, 1.5)  # a data or settings file whose name stands in a file the benchmark imports
DATA_BESIDE = (0.3, 0.8, 0.5)  # one in a folder of such a file: many are found by listing the folder
COMPILED = (0.5, 2.0, 1.5)  # not traced: what it does is seen by nobody
UNREAD = 1.0  # a file the benchmark imports, of a syntax or size that hides which function was changed
NEW_FILE = 4.0  # imported now and not before: plug-ins register themselves
UNKNOWN_REACH = 0.5  # Python code, when nobody knows what the benchmark executes
VALUE_OF_GROWN = 4.0  # a constant that a function which itself does more mentions
VALUE_OF_EXECUTED = 1.0
UNEXPLAINED = 3.0  # growth in code nobody touched: it must come from values, data, settings or a new file
DATA_OF_GROWN = 2.0  # the more so when that file's own function does more now
# An edit that touches no loop, call or constant adds a line or two to each turn; it does not double them.
NO_LEVER = -1.5
# The weight of a change that has no effect: the function, table or file is now what it was at the last good run (what this
# commit did was taken back), or this commit made it so again, or only its comments and annotations differ.
TAKEN_BACK = -1.0
LAYOUT_ONLY = -2.5
AS_BEFORE = "what it did there is not, or no longer, a difference from the last good run"
NOT_EXECUTED = 0.1  # what a remark on code counts that the benchmark does not run


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
    qualname = split_key(key)[1]
    name = f"{clean_text(qualname, limit=80)} ({_name(path)})"
    growth = benchmark.change.grown.get(key)
    own = qualname.rpartition(".")[2]
    newly = benchmark.grown_named(change.came - {own})
    called = newly or benchmark.grown_named(change.names - {own})
    through = (NEWLY_CALLS_GROWN if newly else MENTIONS_GROWN) * benchmark.share(called) ** 0.5 if called else 0.0
    explains = newly.function if newly else None
    if change.same:
        text = f"touches comments or layout of {name} only"
        return Clue(text=text, weight=LAYOUT_ONLY, path=path, function=key, hunks=hunks)
    weight = change.weight
    if growth is not None and growth.itself:
        strong = max(GREW_LEAST, GREW_ITSELF + 0.7 * math.log(benchmark.share(growth)))
        if not growth.ran and not change.new:
            strong = GREW_BY_CALLS  # what did not run before was made to run by somebody else
        strong = max(strong, through if newly else 0.0)
        weight += benchmark.strength * strong + (1 - benchmark.strength) * benchmark.pick(EXECUTED)
        text = f"changes {name}, which the benchmark executes; {describe_growth(growth)}"
        lever = change.new or newly is not None or (change.weight > 0.3 and growth.ran)
        weight += 0.0 if lever or growth.now.lines < 2 * growth.before.lines else benchmark.strength * NO_LEVER
        weight += benchmark.strength * NEW_FUNCTION if change.new and not growth.ran else 0.0
        explains = key if lever and not (newly and benchmark.share(newly) > benchmark.share(growth)) else explains
        text += _using(newly)
    elif key in benchmark.work or not benchmark.known:
        weight += benchmark.pick(EXECUTED) if benchmark.known else UNKNOWN_REACH
        text = f"changes {name}, which the benchmark executes" if benchmark.known else f"changes {name}"
        if growth is not None:
            weight += benchmark.strength * (max(GREW_BY_CALLS, through if newly else 0.0) - EXECUTED[0])
            text += f"; {describe_growth(growth)}"
            explains = key if change.weight > 1.0 else explains
        elif called is not None and benchmark.strength > 0:
            weight += benchmark.strength * max(0.0, through - EXECUTED[0])
            text += _using(called)
    else:
        weight *= NOT_EXECUTED if benchmark.complete else 0.5
        text = f"changes {name}, which the benchmark imports"
    weight += benchmark.hot(key)
    return Clue(
        text=_with(text, change.remarks), weight=weight, path=path, function=key, hunks=hunks, explains=explains
    )


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
            strong = max(0.5, VALUE_OF_GROWN + 0.7 * math.log(benchmark.share(top)))
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
        text, weight = f"changes the top level of {_name(patch.path)}, which the benchmark imports", 0.3
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
