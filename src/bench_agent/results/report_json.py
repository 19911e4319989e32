"""The published JSON of a report: small whatever the suite's size, safe to show, described by `findings.schema.json`.

A finished Report becomes one line of JSON. Nothing is judged here; what is cut is the least urgent, and is counted.
"""

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from bench_agent.results.plain import number
from bench_agent.results.report import CLEARED, MAX_CHARS, Report
from bench_agent.results.told import trend_text, with_texts
from bench_agent.results.trends import TRENDS_SCHEMA, Trend
from bench_agent.text.clean import MAX_TEXT, clean_text
from bench_agent.text.markup import clean_lines

SMALLEST_LIMIT = 5_000  # characters: one regression with every text and list at its last bound is below this
MAX_BLOCK = 4_000  # characters of an issue's body or a diff's excerpt, the two texts of several lines
MAX_SENTENCE = 320  # characters of our own sentences: a name, two figures and a command
MAX_SHA = 12  # of a trend's commits: enough to find one

_BLOCKS = frozenset({"body", "excerpt"})
_SENTENCES = frozenset(
    {
        "actions",
        "celebrate",
        "concern",
        "counts",
        "evidence",
        "headline",
        "maintain",
        "monitor",
        "next_command",
        "next_targets",
        "reason",
        "text",
    }
    | {"note", "optimize_now", "suspects_note", "tips", "warnings"}
)
_LISTS = {
    "values": 30,
    "shas": 30,
    "dates": 30,
    "runs": 10,
    "warnings": 100,
    "changes": 8,
}  # items kept of each list inside an entry; others: _LIST
_LIST = 8
MOST_ROWS = 40  # that are kept whole as long as anything else can go
# What a reader can do without first: seen by whoever opens the file at `report_path`.
_ROW_DETAILS = frozenset(
    {"iterations", "rounds", "stddev_s", "iqr_s", "min_s", "max_s", "p99_s", "p99_is_max", "ops", "cpu_s", "cpu_use"}
    | {"peak_bytes", "mean_bytes", "extra"}
)
# And then: `text` has the figures, and the name tells which it is.
_ROW_NUMBERS = frozenset(
    {
        "id",
        "median_s",
        "figure",
        "mean_s",
        "p95_s",
        "p95_is_max",
        "target_p95_s",
        "ratio",
        "interval",
        "pairs",
        "against",
    }
    | {"ratio_last", "ratio_baseline", "seconds_to_settle"}
)

Document = dict[str, Any]


def schema() -> Document:
    """The JSON Schema (draft 2020-12) of what `to_json` writes."""
    text = resources.files("bench_agent.results").joinpath("findings.schema.json").read_text("utf-8")
    document: Document = json.loads(text)
    return document


def to_json(report: Report, *, limit: int = MAX_CHARS) -> str:
    """The report as one JSON object of fewer than `limit` characters; `omitted` says how many items were cut, by key.

    Every text is cleaned and bounded, figures have four significant digits, empty and unknown fields are left out; the
    top-level keys are always there. Cut in this order until it fits: issue bodies, diff excerpts, the commits of trends,
    trends that nothing is called of, details of rows, rows beyond the 40 most urgent, trends, improvements, suspects beyond
    the first three, regressions from the mildest, the numbers of rows whose `text` has them; then the same lists once more,
    shorter, the rows last. The first regression always stays, and so do the counts in
    `summary`. Raises ValueError when limit is below SMALLEST_LIMIT. O(size of the report).
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"limit is {limit}, at least {SMALLEST_LIMIT} characters are needed")
    document = _plain(with_texts(report))
    document["omitted"] = dict(report.omitted)
    for key in _TOP_LEVEL:
        document.setdefault(key, [])
    size = len(_dump(document))
    for cut in _CUTS:
        if size < limit:
            break
        cut(document, size - limit + 1 + _ROOM_FOR_COUNTS)
        size = len(_dump(document))
    return _dump(document)


def trends_json(trends: Sequence[Trend], *, limit: int = MAX_CHARS) -> str:
    """Trends as one JSON object of fewer than `limit` characters; the steadiest are left out first, and counted."""
    documents = sorted((_plain(replace(t, text=trend_text(t))) for t in trends), key=_trend_urgency)
    omitted = 0
    while True:
        text = _dump({"schema": TRENDS_SCHEMA, "trends": documents, "omitted": omitted})
        if len(text) < limit or len(documents) <= 1:
            return text
        gone = max(1, len(documents) * (len(text) - limit) // len(text))
        documents, omitted = documents[:-gone], omitted + gone


_ROOM_FOR_COUNTS = 40  # what an entry of `omitted` may add to the text


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _dump(value: Any) -> str:
    return _ENCODER.encode(value)


_TOP_LEVEL = ("benchmarks", "regressions", "improvements", "undecided", "environment", "trends", "warnings")


# --- to plain values --------------------------------------------------------------------------------------------------


def _plain(record: Any) -> Document:
    """A record as JSON values, without its empty fields. A field without a default is kept whatever it holds."""
    document: Document = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        plain = _value(value, field.name)
        unset = (
            plain is None or plain == "" or plain == [] or plain == {} or (plain is False and value == field.default)
        )
        if required or not unset or field.name in _KEPT:
            document[field.name] = plain
    return document


_KEPT = frozenset({"confirmed", "proved", "dirty", "recommendations", "report_path"})  # said even when false or empty
ALWAYS = _KEPT | {*_TOP_LEVEL, "omitted"}
CUT_FIELDS = (
    _ROW_DETAILS | _ROW_NUMBERS | {"body", "excerpt", "shas", "dates"}
)  # that one of `_CUTS` takes out of what stays


def _value(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return number(value, digits=4)
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, dict):
        pairs = list(value.items())[:_LIST]
        return {clean_text(k, limit=60): clean_text(v, limit=120) if isinstance(v, str) else v for k, v in pairs}
    if isinstance(value, tuple):
        # The lists of entries are cut by `_CUTS`, which count; the lists inside an entry have a fixed bound.
        if value and dataclasses.is_dataclass(value[0]) and name not in ("runs", "changes"):
            return [_plain(item) for item in value]
        most = max_items(name)
        newest = value[-most:] if name in ("values", "shas", "dates", "runs", "changes") else value[:most]
        return [_plain(item) if dataclasses.is_dataclass(item) else _value(item, name) for item in newest]
    return _plain(value)


def _text(text: str, name: str) -> str:
    if name == "shas":
        return clean_text(text[:MAX_SHA])
    return clean_lines(text, limit=MAX_BLOCK) if name in _BLOCKS else clean_text(text, limit=max_length(name))


def max_length(name: str) -> int:
    """The most characters that a text in a field of that name has."""
    if name == "report_path":  # cut, it would name another file
        return 1000
    if name in _BLOCKS:
        return MAX_BLOCK
    return MAX_SHA if name == "shas" else MAX_SENTENCE if name in _SENTENCES else MAX_TEXT


def max_items(name: str) -> int:
    """The most items that a list of plain values in a field of that name has."""
    return _LISTS.get(name, _LIST)


# --- cutting ----------------------------------------------------------------------------------------------------------

Cut = Callable[[Document, int], None]  # takes the document and the characters to lose; may lose fewer, or a few more


def _count(document: Document, key: str, items: int) -> None:
    if items:
        document["omitted"][key] = document["omitted"].get(key, 0) + items


def _drop_field(name: str, label: str, *, of: Callable[[Document], list[Document]]) -> Cut:
    def cut(document: Document, excess: int) -> None:
        _count(document, label, sum(entry.pop(name, None) is not None for entry in of(document)))

    return cut


def _findings(document: Document) -> list[Document]:
    return [f for key in ("regressions", "improvements", "undecided", "environment") for f in document[key]]


def _issues(document: Document) -> list[Document]:
    return [f["issue"] for f in _findings(document) if "issue" in f]


def _suspects(document: Document) -> list[Document]:
    return [s for f in _findings(document) for s in f.get("suspects", [])]


def _drop_of_rows(names: frozenset[str], label: str) -> Cut:
    """Cut fields of rows, those of the last row first."""

    def cut(document: Document, excess: int) -> None:
        gone = 0
        for row in reversed(document["benchmarks"]):
            details = {name: row.pop(name) for name in names & row.keys()}
            excess -= len(_dump(details)) if details else 0
            gone += len(details)
            if excess < 0:
                break
        _count(document, label, gone)

    return cut


def _drop_of_later_findings(document: Document, excess: int) -> None:
    """What a finding holds beside its figures, its verdict and its suspect, of all but the first."""
    details = ("actions", "counts", "issue", "rules", "runs", "suspects_note")
    gone = sum(f.pop(name, None) is not None for f in _findings(document)[1:] for name in details)
    _count(document, "finding_details", gone)


def _drop_quiet_trends(document: Document, excess: int) -> None:
    """Trends that nothing is called of: `summary` counts them."""
    called = [trend for trend in document["trends"] if "change" in trend]
    _count(document, "trends", len(document["trends"]) - len(called))
    document["trends"] = called


def _shorten(key: str, keep: int, *, rank: Callable[[Document], float] | None = None) -> Cut:
    """Cut entries of a list, the least urgent first, until enough is saved or `keep` are left.

    rank: the urgency of an entry; without it the list is in order, the most urgent first. The first entry goes last.
    """

    def cut(document: Document, excess: int) -> None:
        entries = document[key]
        order = list(range(len(entries)))
        if rank is not None:
            order[1:] = sorted(order[1:], key=lambda i: -rank(entries[i]))
        gone = set()
        while len(order) > keep and excess > 0:
            last = order.pop()
            gone.add(last)
            excess -= len(_dump(entries[last])) + 1
        document[key] = [entry for i, entry in enumerate(entries) if i not in gone]
        _count(document, key, len(gone))

    return cut


def _row_urgency(row: Document) -> float:
    return 0.0 if row["mark"] in CLEARED else 1.0


def _trend_urgency(trend: Document) -> float:
    kind = {"degrading": 3.0, "improving": 2.0, "unknown": 0.0}.get(trend["direction"], 1.0)
    return kind + min(0.9, abs(float(trend.get("change") or 0.0)))


def _finding_urgency(finding: Document) -> float:
    severity: int = ("low", "medium", "high", "critical").index(finding["severity"])
    confirmed = 0.5 if finding.get("confirmed") else 0.0
    return severity + confirmed + min(0.4, float(finding["ratio"] or 0.0) / 1000)


def _shorten_suspects(keep: int) -> Cut:
    def cut(document: Document, excess: int) -> None:
        for finding in _findings(document):
            suspects = finding.get("suspects", [])
            _count(document, "suspects", len(suspects[keep:]))
            del suspects[keep:]

    return cut


def _shorten_recommendations(keep: int) -> Cut:
    def cut(document: Document, excess: int) -> None:
        for entries in document["recommendations"].values():
            _count(document, "recommendations", len(entries[keep:]))
            del entries[keep:]

    return cut


def _shorten_texts(document: Document, excess: int) -> None:
    """The last bound: every text and every list inside what is left, whatever it was."""

    def shortened(value: Any) -> Any:
        if isinstance(value, str):
            return clean_text(value, limit=40)
        if isinstance(value, list):
            return [shortened(v) for v in value[:3]]
        if isinstance(value, dict):
            return {k: shortened(v) for k, v in value.items()}
        return value

    for key in document.keys() - {"schema", "omitted"}:
        document[key] = shortened(document[key])
    _count(document, "texts_shortened", 1)


_CUTS: tuple[Cut, ...] = (
    _drop_field("body", "issue_bodies", of=_issues),
    _drop_field("excerpt", "excerpts", of=_suspects),
    _drop_field("shas", "trend_commits", of=lambda document: document["trends"]),
    _drop_field("dates", "trend_dates", of=lambda document: document["trends"]),
    _drop_quiet_trends,
    _drop_of_rows(_ROW_DETAILS, "row_details"),
    _shorten("benchmarks", MOST_ROWS, rank=_row_urgency),
    _shorten("trends", 6, rank=_trend_urgency),
    _shorten("improvements", 5),
    _shorten_suspects(3),
    _shorten("regressions", 12, rank=_finding_urgency),
    _drop_of_rows(_ROW_NUMBERS, "row_numbers"),
    _shorten("trends", 3, rank=_trend_urgency),
    _shorten("improvements", 2),
    _shorten("regressions", 4, rank=_finding_urgency),
    _shorten("undecided", 2),
    _shorten("environment", 2),
    _shorten_recommendations(3),
    _shorten("warnings", 5),
    _shorten("trends", 0, rank=_trend_urgency),
    _shorten_suspects(1),
    _drop_of_later_findings,
    _shorten("regressions", 2, rank=_finding_urgency),
    _shorten("improvements", 0),
    _shorten("undecided", 1),
    _shorten("environment", 1),
    _shorten("benchmarks", 12, rank=_row_urgency),
    _shorten_recommendations(1),
    _shorten("warnings", 2),
    _shorten("undecided", 0),
    _shorten("environment", 0),
    _shorten("benchmarks", 0, rank=_row_urgency),
    _shorten("regressions", 1, rank=_finding_urgency),
    _shorten_texts,
)
