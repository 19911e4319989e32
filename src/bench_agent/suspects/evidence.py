"""What speaks against one commit: clues with a weight, from its patch and from what the benchmark executes.

Takes what is known of the benchmark, a commit's parsed patch and the blobs it names, and returns clues. Their weights are in
`weights.py`; their sum, and the comparison between commits, is made in `ranking.py`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench_agent.suspects.changed_function import judge_function
from bench_agent.suspects.clues import Clue, describe_growth, shown_path, using_in_words, with_remarks
from bench_agent.suspects.data_changes import compare_values, judge_data, judge_dependencies, kind_of
from bench_agent.suspects.executed_code import Benchmark, FileText, spans_of
from bench_agent.suspects.patches import FilePatch, Hunk
from bench_agent.suspects.reached_code import MODULE, find_moved, find_spans, owners, split_key
from bench_agent.suspects.syntax import compare_functions
from bench_agent.suspects.weights import (
    COMPILED,
    DATA_BESIDE,
    DATA_NAMED,
    DATA_OF_GROWN,
    DEPENDENCY,
    LAYOUT_ONLY,
    MENTIONS_GROWN,
    NEW_FILE,
    PER_SHARE,
    TAKEN_BACK,
    TOP_LEVEL,
    UNREAD,
    VALUE_LEAST,
    VALUE_OF_EXECUTED,
    VALUE_OF_GROWN,
)
from bench_agent.text.clean import clean_text

AS_BEFORE = "what it did there is not, or no longer, a difference from the last good run"


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
            clues.append(_clue(f"changes {shown_path(patch.path)}, compiled code", weight, patch, indirect=True))
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
        return [_clue(f"moves {shown_path(place)}, as it is", LAYOUT_ONLY, patch)]
    if place in benchmark.new_files and patch.old_blob is None:
        clues.append(
            _clue(
                f"adds {shown_path(place)}, which the benchmark imports and did not before",
                NEW_FILE,
                patch,
                indirect=True,
            )
        )
    if _unreadable(patch.old_blob, old) or _unreadable(patch.new_blob, new):
        return [*clues, _clue(f"changes {shown_path(place)}, which the benchmark imports", UNREAD, patch)]
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
            clue = judge_function(patch.path, key, change, hunks, benchmark)
            if not change.same and benchmark.same_function(key, new_text.function(qualname)):
                told = clue.text.partition("; ")[0]
                clue = replace(clue, text=f"{told}; {AS_BEFORE}", weight=TAKEN_BACK, explains=None)
            clues.append(clue)
    if any(qualname in tops for qualname in (*touched, *gone)):
        clues += _top_level(patch, place, old, new, benchmark)
    return clues


def _top_level(patch: FilePatch, place: str, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    """Constants, tables, class attributes and registrations: what runs when the file is imported."""
    clues = []
    for value in compare_values(old, new):
        users = [key for key in benchmark.users_of(value.name) if benchmark.ran(key)]
        grown = [benchmark.change.grown[key] for key in users if key in benchmark.change.grown]
        top = max((g for g in grown if g.itself), key=benchmark.share, default=None)
        weight, text = value.remark.weight, f"{value.remark.text} ({shown_path(patch.path)})"
        if top is not None:
            strong = max(VALUE_LEAST, VALUE_OF_GROWN + PER_SHARE * math.log(benchmark.share(top)))
            weight += benchmark.strength * strong + (1 - benchmark.strength) * VALUE_OF_EXECUTED
            text += f", which {clean_text(split_key(top.function)[1], limit=60)} uses; {describe_growth(top)}"
        elif users:
            called = benchmark.called_by(users)
            weight += VALUE_OF_EXECUTED
            weight += benchmark.strength * MENTIONS_GROWN * benchmark.share(called) ** 0.5 if called else 0.0
            text += f", which {clean_text(split_key(users[0])[1], limit=60)} uses{using_in_words(called)}"
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
        text, weight = f"changes the top level of {shown_path(patch.path)}, which the benchmark imports", TOP_LEVEL
        if called is not None and patch.old_blob is not None and benchmark.strength > 0:
            weight += benchmark.strength * MENTIONS_GROWN * benchmark.share(called) ** 0.5
            text += f"; it names {clean_text(split_key(called.function)[1], limit=60)}: {describe_growth(called)}"
        clues.append(_clue(text, weight, patch))
    return clues


def _dependency(patch: FilePatch, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    remarks = judge_dependencies(patch, old, new)
    if not remarks:
        return []
    text = f"dependencies ({shown_path(patch.path)}): " + "; ".join(remark.text for remark in remarks)
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
    text = f"changes {shown_path(patch.path)}"
    if namer:
        text += f", which {shown_path(namer)} names"
    elif beside:
        text += ", beside code the benchmark imports"
    weight = benchmark.pick(DATA_NAMED if namer else DATA_BESIDE) + sum(remark.weight for remark in remarks)
    if namer:
        weight += DATA_OF_GROWN * benchmark.strength * benchmark.grown_share(namer)
    if benchmark.same_file(patch.path):
        weight, text = TAKEN_BACK, f"{text}; {AS_BEFORE}"
    return [_clue(with_remarks(text, remarks), weight, patch, indirect=True)]


def _unreadable(blob: str | None, source: bytes | None) -> bool:
    """There, but too much to read, or of a syntax this Python does not know."""
    return blob is not None and (source is None or find_spans(source) is None)


def _hunks_of(patch: FilePatch, new_lines: Iterable[int], old_lines: Iterable[int]) -> tuple[Hunk, ...]:
    new, old = set(new_lines), set(old_lines)
    return tuple(h for h in patch.hunks if not new.isdisjoint(h.new_lines) or not old.isdisjoint(h.old_lines))
