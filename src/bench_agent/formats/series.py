"""The series of all stored runs as a file of lines: what of each run is needed to judge later ones. Pure: bytes and runs.

    {"schema":"bench-agent/series/1"}
    {"table":"place","number":0,"machine":{...},"packages":[...]}
    {"table":"suite","number":0,"command":"make benchmark",...,"id":[...],"body_hash":[...]}
    {"file":"20261123_141502_1a2b3c4d.json","bytes":5120,"modified_ns":...,"pruned":false,...,"suite":0,"place":0,"median_s":[...]}

A run refers by number to the suite and the place it was measured in, which thousands of runs share. Its figures are exact, in
the order of the suite's ids. `bytes` and `modified_ns` are those of the file in the history that the line was made from: where
they are others now, the line is out of date. `pruned` says that we removed the file; such a line is all that is left of the run.
Whoever reads takes no line on trust: one that does not fit is as if it were not there.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bench_agent.formats.stored import fitting, samples_of_columns
from bench_agent.records import Head, Machine, Run, Sample

SCHEMA = "bench-agent/series/1"
MAX_BYTES = 32_000_000  # 10,000 runs of 25 benchmarks; the oldest pruned runs go first
MAX_PRUNED = 20_000  # runs

_FIGURES = ("median_s", "min_s", "mean_s", "p95_s")  # of each benchmark in each run; every one of them is a time
# Columns of a run in which it is known of some; null of the others.
_MEMORY = ("peak_bytes", "call_peak_bytes", "call_left_bytes")
# What a benchmark is, and hardly changes from run to run; a column that says what goes without saying is left out.
_TRAITS = ("id", "name", "group", "body_hash", "timer", "figure", "tails_known", "iterations")
_TRAIT_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("id", "name", "figure"), (str,)),
    **dict.fromkeys(("group", "body_hash", "timer"), (str, type(None))),
    "tails_known": (bool,),
    "iterations": (int,),
}
_DEFAULTS = {field.name: field.default for field in fields(Sample)}
# The beginning of a line, by which it is found and put in order without being parsed.
_BEGIN = re.compile(
    rb'\{"file":"([^"\\/\x00-\x1f]{1,200})","bytes":([0-9]{1,15}),"modified_ns":([0-9]{1,20}),"pruned":(true|false),'
    rb'"origin":"([a-z-]{0,40})","started_at":"([0-9T:Z+.-]{0,40})",'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One run of the series, not parsed yet."""

    file: str  # its name in the history
    size_bytes: int
    modified_ns: int
    pruned: bool
    origin: str  # as of `Run`
    started_at: str
    rest: bytes  # of the line, after what is above


class SeriesFile:
    """The content of the file, by the name of each run's file in the history. Lines are replaced, never changed."""

    def __init__(self, content: bytes = b"") -> None:
        """content: of the file, whatever it holds; b"" where there is none."""
        self.lines: dict[str, Line] = {}
        self._tables: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._texts: dict[tuple[str, int], bytes] = {}  # of the tables, as they stand in the file
        self._numbers: dict[str, int] = {}  # a table's content -> its number
        if len(content) > 2 * MAX_BYTES or not content.startswith(b'{"schema":"' + SCHEMA.encode() + b'"}\n'):
            return
        for text in content.split(b"\n")[1:]:
            if (line := _line(text)) is not None:
                self.lines[line.file] = line
            elif text.startswith(b'{"table":"'):
                self._take_table(text)

    def add(self, run: Run, *, file: str, size_bytes: int, modified_ns: int) -> None:
        """The run's line, in place of an older one; nothing where its file's name or date is none that we can write."""
        figures = {name: [getattr(sample, name) for sample in run.samples] for name in _FIGURES}
        columns = {name: [getattr(sample, name) for sample in run.samples] for name in _MEMORY}
        figures |= {name: column for name, column in columns.items() if any(value is not None for value in column)}
        body = {
            "suite": self._number("suite", _suite_of(run)),
            "place": self._number("place", _place_of(run)),
            "run_id": run.run_id,
            "seconds": round(run.seconds, 3),
            "sha": run.head.sha,
            "branch": run.head.branch,
            "dirty": bool(run.head.dirty),
            "unmeasured": run.unmeasured,
            "rounds": [sample.rounds for sample in run.samples],
            **figures,
        }
        begin = {"file": file, "bytes": size_bytes, "modified_ns": modified_ns, "pruned": False}
        begin |= {"origin": run.origin, "started_at": run.started_at}
        line = _line(_dumped({**begin, **body}))
        if line is not None:
            self.lines[file] = line

    def prune(self, files: Iterable[str]) -> None:
        """Mark the runs of these files as the only thing that will be left of them."""
        for file in files:
            if file in self.lines:
                self.lines[file] = replace(self.lines[file], pruned=True)

    def run(self, line: Line) -> Run | None:
        """The run of a line, with what is kept of its samples; None where it does not fit."""
        try:
            row = json.loads(b"{" + line.rest)
            suite, place = self._tables["suite", row["suite"]], self._tables["place", row["place"]]
            samples = _samples(suite, row)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if samples is None:
            return None
        machine = place.get("machine")
        texts = place.get("packages")
        return Run(
            **{
                "run_id": "",
                **fitting(Run, suite),
                **fitting(Run, row),
                "started_at": line.started_at,
                "origin": line.origin,
                "source": "",
            },
            samples=samples,
            head=Head(**fitting(Head, row), dirty=("(not recorded)",) if row.get("dirty") is True else ()),
            machine=Machine(**fitting(Machine, machine if isinstance(machine, dict) else {})),
            packages=tuple(map(str, texts)) if isinstance(texts, list) else (),
        )

    def dump(self) -> bytes:
        """The file's text, in the order of time. What has no room goes: runs that were pruned first, of each kind the oldest."""
        newest_first = sorted(
            self.lines.values(), key=lambda line: (not line.pruned, line.started_at, line.file), reverse=True
        )
        room, pruned = MAX_BYTES, 0
        kept: list[tuple[str, str, bytes]] = []
        tables: dict[tuple[str, int], bytes] = {}
        for line in newest_first:
            text = _text(line)
            needed = {key: self._texts[key] for key in _references(line) if key not in tables and key in self._texts}
            room -= len(text) + sum(map(len, needed.values()))
            pruned += line.pruned
            if room < 0 or pruned > MAX_PRUNED:
                break
            tables |= needed
            kept.append((line.started_at, line.file, text))
        return b"\n".join([_dumped({"schema": SCHEMA}), *tables.values(), *(text for *_, text in sorted(kept)), b""])

    def _take_table(self, text: bytes) -> None:
        try:
            table = json.loads(text)
            kind, number = table.pop("table"), table.pop("number")
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if kind in ("suite", "place") and type(number) is int and 0 <= number < 10**9:
            self._tables[kind, number], self._texts[kind, number] = table, text
            self._numbers[_key(kind, table)] = number

    def _number(self, kind: str, table: Mapping[str, Any]) -> int:
        """The number of that table, which is added where there is none like it."""
        key = _key(kind, table)
        if key not in self._numbers:
            number = 1 + max((n for k, n in self._tables if k == kind), default=-1)
            self._numbers[key], self._tables[kind, number] = number, table
            self._texts[kind, number] = _dumped({"table": kind, "number": number, **table})
        return self._numbers[key]


_REFERENCES = re.compile(rb'"suite":([0-9]{1,9}),"place":([0-9]{1,9}),')


def _references(line: Line) -> list[tuple[str, int]]:
    found = _REFERENCES.match(line.rest)
    return [("suite", int(found[1])), ("place", int(found[2]))] if found else []


def _dumped(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def _key(kind: str, table: Mapping[str, Any]) -> str:
    return kind + json.dumps(table, sort_keys=True)


def _line(text: bytes) -> Line | None:
    begin = _BEGIN.match(text)
    if begin is None or not text.endswith(b"}"):
        return None
    file, size, modified, pruned, origin, started = begin.groups()
    return Line(
        file=file.decode("utf-8", "replace"),
        size_bytes=int(size),
        modified_ns=int(modified),
        pruned=pruned == b"true",
        origin=origin.decode("ascii"),
        started_at=started.decode("ascii"),
        rest=text[begin.end() :],
    )


def _text(line: Line) -> bytes:
    begin = {"file": line.file, "bytes": line.size_bytes, "modified_ns": line.modified_ns, "pruned": line.pruned}
    return _dumped({**begin, "origin": line.origin, "started_at": line.started_at})[:-1] + b"," + line.rest


def _suite_of(run: Run) -> dict[str, Any]:
    columns = {name: [getattr(sample, name) for sample in run.samples] for name in _TRAITS}
    told = {k: v for k, v in columns.items() if k in ("id", "name") or set(v) != {_DEFAULTS[k]}}
    return {"command": run.command, "quick": run.quick, "selected": run.selected, **told}


def _place_of(run: Run) -> dict[str, Any]:
    """Without the load, which is another one in every run."""
    return {"machine": asdict(replace(run.machine, load_1m=None)), "packages": list(run.packages)}


def _samples(suite: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[Sample, ...] | None:
    """The run's samples; None unless every column is whole and of its type."""
    size = len(suite["id"]) if "name" in suite else -1
    columns: dict[str, Sequence[Any]] = {name: suite[name] for name in _TRAITS if name in suite}
    for name, column in columns.items():
        if type(column) is not list or not {*map(type, column)} <= {*_TRAIT_TYPES[name]}:
            return None
    columns["rounds"] = row["rounds"]
    if not all(type(rounds) is int and rounds >= 0 for rounds in row["rounds"]):
        return None
    for name in _FIGURES:
        columns[name] = row[name]
        if not all(map(_is_time, row[name])):
            return None
    for name in _MEMORY:
        if name in row:
            columns[name] = row[name]
            if not all(value is None or _is_size(value, whole=name != "call_left_bytes") for value in row[name]):
                return None
    return samples_of_columns(columns, size) if all(len(column) == size for column in columns.values()) else None


def _is_size(value: object, *, whole: bool) -> bool:
    return _is_time(value) and (not whole or type(value) is int)


def _is_time(value: object) -> bool:
    if type(value) is int:
        return 0 <= value < 10**15  # a larger one is no float
    return type(value) is float and 0 <= value < math.inf
