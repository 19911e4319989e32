"""What speaks against one commit: clues with a weight, from its patch and from what the benchmark executes.

Comes in: what is known of the benchmark, a commit's parsed patch, the blobs it names. Goes out: clues. Their sum, and
the comparison between commits, is made in `ranking.py`.

A weight is a difference in log odds (nats): 0.7 doubles the suspicion, 2.3 makes it tenfold, 5 is "this or something
unheard of". They were reasoned from real regressions with a known culprit and checked on planted ones
(`tests/calibration/ranking.py`); each constant says why.
"""

import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench_agent.culprit import reach as reaching
from bench_agent.culprit.inputs import compare_values, judge_data, judge_dependencies, kind_of
from bench_agent.culprit.patches import FilePatch, Hunk
from bench_agent.culprit.reach import MODULE, Growth, Paths, ReachChange, Span, Work, find_spans, owners, split_key
from bench_agent.culprit.structure import Change, Remark, compare_functions
from bench_agent.records import Reach
from bench_agent.units import clean_text

# Where the counts are exact they outweigh everything read from text: a function that itself does more is the place, and
# who touched it did it, or a caller, or its data. Less for a small part of the growth: harmless guards add lines too.
GREW_ITSELF = 5.0
GREW_LEAST = 1.5
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
# From so much added work on the counts are believed to tell the whole story. Slowdowns that raise a suspicion are 10-20 %;
# harmless guards and renamed variables add 1 % of lines.
FULL_GROWTH = 0.10
# The weight of a change that has no effect: the function, table or file is now what it was at the last good run (what this
# commit did was taken back), or this commit made it so again, or only its comments and annotations differ.
TAKEN_BACK = -1.0
LAYOUT_ONLY = -2.5
AS_BEFORE = "what it did there is not, or no longer, a difference from the last good run"
HOT = 1.0  # for all of the executed lines; the fourth root of the share, since time is spread unevenly over lines
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


class Benchmark:
    """What is known of one benchmark, prepared for looking commits up in it."""

    def __init__(
        self,
        head: Reach | None,
        base: Reach | None,
        sources: Mapping[str, bytes],
        before: Mapping[str, bytes] | None = None,
    ) -> None:
        """sources: head's content of the files in `head.files` and of other candidates, as far as they could be read.

        before: the same files at the last good run; None when that is not known.
        """
        self._before = before or {}
        self.reach = head
        self.known = head is not None and bool(head.functions or head.files)
        self.complete = head is not None and head.complete
        self.work: dict[str, Work] = reaching.executed(head)
        self.change: ReachChange = reaching.compare_reach(base, head)
        self.sources = sources
        self.new_files = set(self.change.new_files)
        places = {split_key(key)[0] for key in self.work}
        self.files = set(head.files if head else ()) | places
        self.paths = Paths(self.files)
        self.folders = {path.rpartition("/")[0] for path in self.files if kind_of(path) != "tests"}
        self._lines = max(1, sum(work.lines for work in self.work.values()))
        grown = self.change.grown.values()
        added = sum(map(_amount, (growth for growth in grown if growth.itself)))
        lines_before = max(1, self._lines - sum(growth.now.lines - growth.before.lines for growth in grown))
        self._added = max(1, added)
        self.strength = min(1.0, added / lines_before / FULL_GROWTH) if self.change.comparable else 0.0
        self._by_name: dict[str, list[Growth]] = {}
        for growth in grown:
            self._by_name.setdefault(growth.function.rpartition(".")[2].rpartition("::")[2], []).append(growth)

    def pick(self, weights: tuple[float, float, float]) -> float:
        """The weight that fits what the counts say: (grew, equal, not known)."""
        if not self.change.comparable:
            return weights[2]
        return self.strength * weights[0] + (1 - self.strength) * weights[1]

    def share(self, growth: Growth) -> float:
        """Of all added work, at most 1."""
        return min(1.0, _amount(growth) / self._added)

    def hot(self, key: str) -> float:
        return float(HOT * (self.work.get(key, Work()).lines / self._lines) ** 0.25)

    def grown_named(self, names: Iterable[str]) -> Growth | None:
        """The most grown function with one of these names."""
        found = [growth for name in names for growth in self._by_name.get(name, ())]
        return max(found, key=_amount, default=None)

    @functools.cached_property
    def bodies(self) -> dict[str, str]:
        """Executed function -> its source at head."""
        found = {}
        for path, source in self.sources.items():
            spans = find_spans(source) if path in self.files else None
            lines = source.decode("utf-8", "replace").split("\n") if spans else []
            for span in spans or ():
                key = f"{path}::{span.qualname}"
                if key in self.work and not span.is_class:
                    found[key] = "\n".join(lines[span.first - 1 : span.last])
        return found

    def same_function(self, key: str, made: str | None) -> bool:
        """Whether the function does at head, or in the version a commit made, what it did at the last good run."""
        place, qualname = split_key(key)
        before, now = self._before.get(place), self.sources.get(place)
        if before is None or now is None:
            return False
        good = _Text(before, _spans(before)).function(qualname)
        head = good if before == now else _Text(now, _spans(now)).function(qualname)
        return good is not None and any(
            text is not None and (text == good or compare_functions(good, text).same) for text in (made, head)
        )

    def same_value(self, place: str, name: str) -> bool:
        before, now = self._before.get(place), self.sources.get(place)
        return before is not None and now is not None and name not in {v.name for v in compare_values(before, now)}

    def same_file(self, path: str) -> bool:
        before, now = self._before.get(path), self.sources.get(path)
        return before is not None and before == now

    def users_of(self, name: str) -> list[str]:
        """Executed functions whose text holds that identifier."""
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        return [key for key, body in self.bodies.items() if name in body and pattern.search(body)]

    @functools.cached_property
    def _texts(self) -> tuple[tuple[str, str], ...]:
        """Those whose functions grew first."""
        grown = {split_key(growth.function)[0] for growth in self.change.grown.values() if growth.itself}
        ordered = sorted((path for path in self.sources if path in self.files), key=lambda path: path not in grown)
        return tuple((path, self.sources[path].decode("utf-8", "replace")) for path in ordered)

    def grown_share(self, path: str) -> float:
        """The part of the added work that this file's own functions do."""
        prefix = f"{path}::"
        return min(
            1.0, sum(self.share(g) for g in self.change.grown.values() if g.itself and g.function.startswith(prefix))
        )

    def namer_of(self, path: str) -> str | None:
        """A file the benchmark imports in which that file's name, or its stem in quotes, is written."""
        name = path.rpartition("/")[2]
        stem = name.partition(".")[0]
        wanted = [name, f'"{stem}"', f"'{stem}'"] if len(stem) > 2 else [name]
        return next((place for place, text in self._texts if any(word in text for word in wanted)), None)


def collect_clues(patches: Iterable[FilePatch], blobs: Mapping[str, bytes], benchmark: Benchmark) -> list[Clue]:
    """Everything a commit's patch says, strongest first."""
    clues: list[Clue] = []
    for patch in patches:
        kind = kind_of(patch.path)
        place = benchmark.paths.find(patch.path)
        old = blobs.get(patch.old_blob or "")
        new = blobs.get(patch.new_blob or "")
        if patch.path.endswith(".py") and (place or not benchmark.known):
            clues += _python(patch, place or patch.path, old, new, benchmark)
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


def _python(patch: FilePatch, place: str, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    clues = []
    if place in benchmark.new_files and patch.old_blob is None:
        clues.append(
            _clue(
                f"adds {_name(place)}, which the benchmark imports and did not before", NEW_FILE, patch, indirect=True
            )
        )
    if _unreadable(patch.old_blob, old) or _unreadable(patch.new_blob, new):
        return [*clues, _clue(f"changes {_name(place)}, which the benchmark imports", UNREAD, patch)]
    spans_old, spans_new = _spans(old), _spans(new)
    touched = owners(spans_new, (line for hunk in patch.hunks for line in hunk.new_lines))
    gone = owners(spans_old, (line for hunk in patch.hunks for line in hunk.old_lines))
    old_text, new_text = _Text(old, spans_old), _Text(new, spans_new)
    tops = {MODULE} | {span.qualname for span in (*spans_old, *spans_new) if span.is_class}
    for qualname in [*touched, *(name for name in gone if name not in touched)]:
        if qualname not in tops:
            change = compare_functions(old_text.function(qualname), new_text.function(qualname))
            hunks = _hunks_of(patch, touched.get(qualname, ()), gone.get(qualname, ()))
            key = f"{place}::{qualname}"
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
    explains = None
    if change.same:
        text = f"touches comments or layout of {name} only"
        return Clue(text=text, weight=LAYOUT_ONLY, path=path, function=key, hunks=hunks)
    weight = change.weight
    if growth is not None and growth.itself:
        strong = max(GREW_LEAST, GREW_ITSELF + 0.7 * math.log(benchmark.share(growth)))
        weight += benchmark.strength * strong + (1 - benchmark.strength) * benchmark.pick(EXECUTED)
        text = f"changes {name}, which the benchmark executes; {describe_growth(growth)}"
        lever = change.weight > 0.3
        weight += 0.0 if lever or growth.now.lines < 2 * growth.before.lines else benchmark.strength * NO_LEVER
        explains = key if lever else None
    elif key in benchmark.work or not benchmark.known:
        called = benchmark.grown_named(change.names - {qualname.rpartition(".")[2]})
        weight += benchmark.pick(EXECUTED) if benchmark.known else UNKNOWN_REACH
        text = f"changes {name}, which the benchmark executes" if benchmark.known else f"changes {name}"
        if growth is not None:
            weight += benchmark.strength * (GREW_BY_CALLS - EXECUTED[0])
            text += f"; {describe_growth(growth)}"
            explains = key if change.weight > 1.0 else None
        elif called is not None and benchmark.strength > 0:
            weight += benchmark.strength * (MENTIONS_GROWN - EXECUTED[0]) * benchmark.share(called) ** 0.5
            text += f", and which uses {clean_text(split_key(called.function)[1], limit=60)}: {describe_growth(called)}"
    else:
        weight *= NOT_EXECUTED if benchmark.complete else 0.5
        text = f"changes {name}, which the benchmark imports"
    weight += benchmark.hot(key)
    return Clue(
        text=_with(text, change.remarks), weight=weight, path=path, function=key, hunks=hunks, explains=explains
    )


def _top_level(patch: FilePatch, place: str, old: bytes | None, new: bytes | None, benchmark: Benchmark) -> list[Clue]:
    """Constants, tables, class attributes and registrations: what runs when the file is imported."""
    clues = []
    for value in compare_values(old, new):
        users = benchmark.users_of(value.name)
        grown = [benchmark.change.grown[key] for key in users if key in benchmark.change.grown]
        top = max((g for g in grown if g.itself), key=benchmark.share, default=None)
        weight, text = value.remark.weight, f"{value.remark.text} ({_name(patch.path)})"
        if top is not None:
            strong = max(0.5, VALUE_OF_GROWN + 0.7 * math.log(benchmark.share(top)))
            weight += benchmark.strength * strong + (1 - benchmark.strength) * VALUE_OF_EXECUTED
            text += f", which {clean_text(split_key(top.function)[1], limit=60)} uses; {describe_growth(top)}"
        elif users:
            weight += VALUE_OF_EXECUTED
            text += f", which {clean_text(split_key(users[0])[1], limit=60)} uses"
        if benchmark.same_value(place, value.name):
            weight, top, text = TAKEN_BACK, None, f"{text}; {AS_BEFORE}"
        hunks = tuple(h for h in patch.hunks if any(value.name in line for line in (*h.added, *h.removed)))
        clues.append(
            Clue(text=text, weight=weight, path=patch.path, hunks=hunks or patch.hunks, indirect=True,
                 explains=top.function if top else None)
        )  # fmt: skip
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


def _amount(growth: Growth) -> int:
    return max(growth.now.lines - growth.before.lines, growth.now.calls - growth.before.calls, 0)


def _with(text: str, remarks: Iterable[Remark]) -> str:
    said = "; ".join(remark.text for remark in sorted(remarks, key=lambda remark: -remark.weight)[:3])
    return f"{text}; the diff {said}" if said else text


def _name(path: str) -> str:
    return clean_text(path, limit=100)


def _unreadable(blob: str | None, source: bytes | None) -> bool:
    """There, but too much to read, or of a syntax this Python does not know."""
    return blob is not None and (source is None or find_spans(source) is None)


def _spans(source: bytes | None) -> tuple[Span, ...]:
    return (find_spans(source) or ()) if source is not None else ()


class _Text:
    """A file's functions as text."""

    def __init__(self, source: bytes | None, spans: tuple[Span, ...]) -> None:
        self._lines = source.decode("utf-8", "replace").split("\n") if source is not None else []
        self._spans = {span.qualname: span for span in spans}  # of two with one name the later is in force

    def function(self, qualname: str) -> str | None:
        span = self._spans.get(qualname)
        return "\n".join(self._lines[span.first - 1 : span.last]) if span else None


def _hunks_of(patch: FilePatch, new_lines: Iterable[int], old_lines: Iterable[int]) -> tuple[Hunk, ...]:
    new, old = set(new_lines), set(old_lines)
    return tuple(h for h in patch.hunks if not new.isdisjoint(h.new_lines) or not old.isdisjoint(h.old_lines))
