"""Whether two versions of a Python file can differ for a benchmark: the same code, code it never executes, or code it does.

Takes the contents of both versions and what one iteration executes; returns a `Bearing`. Nothing is read, run or measured
here, and files that are not Python are not judged here. Where this module is not sure, it says "executed".
"""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Literal

from bench_agent.records import Reach
from bench_agent.suspects.code_difference import CodeDifference, compare_code
from bench_agent.suspects.reached_code import find_spans, split_key

Bearing = Literal["same", "unused", "uncounted", "executed"]
"""What a change can do to a benchmark, from nothing to everything.

same: the code is the same. unused: no iteration executes what differs, and no file the benchmark imports names it.
uncounted: no iteration executes it, but import, set-up or a cache's first call might. executed: it is, or that is not known.
"""
BEARINGS: tuple[Bearing, ...] = ("same", "unused", "uncounted", "executed")
# Log units: a smaller difference is no proof against edits of nothing that is executed, because code that moves in memory can
# take longer. Of 222 benchmarks with such edits the largest difference was 2.4 % (`python tests/calibration/same_code.py`);
# public projects gave 1.2 and 1.3 %.
MOVED = 0.03

# Functions of the standard library that an iteration executes where it reads sources: there a comment is data.
_READS_SOURCES = ("std:inspect.py::getsource", "std:linecache.py::", "std:tokenize.py::", "std:ast.py::parse")
# Whoever does this in one file may reach every name of another.
_ANY_NAME = re.compile(rb"\bgetmembers\b|\bglobals\(|\bvars\(|\bdir\(|\bimport \*")


def judge_change(
    path: str,
    old: bytes | None,
    new: bytes | None,
    *,
    reaches: Sequence[Reach],
    imported: Collection[str] | None = None,
    texts: Iterable[bytes] | None = None,
) -> Bearing:
    """What the change of one Python file can do to a benchmark.

    path: of the file as the keys of `reaches` have it. old, new: its content, None where it is not there.
    reaches: what one iteration executes at the old and at the new version. One of them is enough where every changed file
    is judged: if all code that one version executes is the same in the other, that one executes it too. Without any, or
    where they are not complete, what is not the same is "executed".
    imported: all project files the benchmark imports (`Reach.files` of a run; those of a count are the executed ones only);
    None: not known, then every file may be.
    texts: the other project files the benchmark imports, in both versions where they changed; None: not known, then
    nothing is "unused". Costs about 10 ms for 1,000 lines; contents are cached.
    """
    if old == new:
        return "same"
    if any(_reads_sources(reach) for reach in reaches):
        return "executed"
    if imported is not None and path not in imported and not _executes_file(reaches, path):
        return "uncounted" if texts is None or _is_named([PurePosixPath(path).stem], texts) else "unused"
    difference = compare_code(old, new)
    if difference.is_same:
        return "same"
    if is_executed(difference, path, reaches):
        return "executed"
    if texts is None or difference.perhaps_called:
        return "uncounted"
    own = [_without(content, difference.functions) for content in (old, new) if content is not None]
    names = [qualname.rpartition(".")[2] for qualname in difference.functions]
    return "uncounted" if _is_named(names, [*own, *texts]) else "unused"


def most_bearing(bearings: Iterable[Bearing]) -> Bearing:
    """Of several changes together; "same" of none."""
    return max(bearings, key=BEARINGS.index, default="same")


def is_moved_code(bearing: Bearing, size: float) -> bool:
    """Whether a difference of that size (log units) is no work of edits that bear so on the benchmark."""
    return bearing == "same" or (bearing != "executed" and size < MOVED)


def is_executed(difference: CodeDifference, path: str, reaches: Sequence[Reach]) -> bool:
    """Whether an iteration executes something that differs; True where the counts are not complete."""
    if not reaches or not all(reach.complete for reach in reaches) or difference.top_level:
        return not difference.is_same
    keys = {key for reach in reaches for key in (*reach.functions, *reach.lines)}
    ran = {qualname.partition(".<locals>")[0] for file, qualname in map(split_key, keys) if file == path}
    return not difference.functions.isdisjoint(ran)


def _reads_sources(reach: Reach) -> bool:
    return any(key.startswith(_READS_SOURCES) for key in reach.functions)


def _executes_file(reaches: Sequence[Reach], path: str) -> bool:
    return not reaches or any(split_key(key)[0] == path for reach in reaches for key in reach.functions)


def _is_named(names: Iterable[str], texts: Iterable[bytes]) -> bool:
    """Whether one of these names stands in a text, or a string that a name may be put together from."""
    patterns = {_ANY_NAME.pattern}
    for name in names:
        word = re.escape(name.encode())
        patterns.add(rb"\b%s\b" % word)
        for at in (at for at, letter in enumerate(name[:-1]) if letter == "_"):
            start, end = (re.escape(part.encode()) for part in (name[: at + 1], name[at:]))
            patterns |= {rb"[\"']%s[\"'{%%]" % start, rb"[\"'}s]%s[\"']" % end}
    pattern = re.compile(b"|".join(sorted(patterns)))
    return any(pattern.search(text) for text in texts)


def _without(content: bytes, functions: frozenset[str]) -> bytes:
    lines = content.split(b"\n")
    for span in find_spans(content) or ():
        if span.qualname in functions:
            lines[span.first - 1 : span.last] = [b""] * (span.last - span.first + 1)
    return b"\n".join(lines)
