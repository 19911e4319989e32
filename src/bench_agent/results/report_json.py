"""The published JSON of a report: small whatever the suite's size, safe to show, described by `findings.schema.json`.

A finished Report becomes one line of JSON. Nothing is judged here; what is cut is the least urgent, and is counted.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from bench_agent.results.figure_texts import trend_text, with_texts
from bench_agent.results.fitting import ROW_DETAILS, ROW_NUMBERS, Document, dump, fit, trend_urgency
from bench_agent.results.plain import number
from bench_agent.results.report import MAX_CHARS, Report
from bench_agent.results.trends import TRENDS_SCHEMA, Trend
from bench_agent.text.clean import MAX_ID, MAX_TEXT, clean_text
from bench_agent.text.markup import clean_lines

SMALLEST_LIMIT = 5_000  # characters: one regression with every text and list at its last bound is below this
MAX_BLOCK = 4_000  # characters of an issue's body or a diff's excerpt, the two texts of several lines
MAX_SENTENCE = 320  # characters of our own sentences: a name, two figures and a command
MAX_SHA = 12  # of a trend's commits: enough to find one

_BLOCKS = frozenset({"body", "excerpt"})
# Cut, they would name another file or benchmark, or be another command.
_WHOLE = frozenset({"report_path", "benchmark", "id", "next_command"})
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
    fit(document, limit)
    return dump(document)


def trends_json(trends: Sequence[Trend], *, limit: int = MAX_CHARS) -> str:
    """Trends as one JSON object of fewer than `limit` characters; the steadiest are left out first, and counted."""
    documents = sorted((_plain(replace(t, text=trend_text(t))) for t in trends), key=trend_urgency)
    omitted = 0
    while True:
        text = dump({"schema": TRENDS_SCHEMA, "trends": documents, "omitted": omitted})
        if len(text) < limit or len(documents) <= 1:
            return text
        gone = max(1, len(documents) * (len(text) - limit) // len(text))
        documents, omitted = documents[:-gone], omitted + gone


_TOP_LEVEL = ("benchmarks", "regressions", "improvements", "undecided", "environment", "trends", "warnings")


# --- to plain values --------------------------------------------------------------------------------------------------


def _plain(record: Any) -> Document:
    """A record as JSON values, without its empty fields. A field without a default is kept whatever it holds."""
    document: Document = {}
    for field in dataclasses.fields(record):
        if field.name in _WHOLE_ONLY:
            continue
        value = getattr(record, field.name)
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        plain = _value(value, field.name)
        unset = (
            plain is None or plain == "" or plain == [] or plain == {} or (plain is False and value == field.default)
        )
        if required or not unset or field.name in _KEPT:
            document[field.name] = plain
    return document


_WHOLE_ONLY = frozenset({"pair_ratios", "grown"})  # for a page, not for whoever pays for each character
_KEPT = frozenset({"confirmed", "proved", "dirty", "recommendations", "report_path"})  # said even when false or empty
ALWAYS = _KEPT | {*_TOP_LEVEL, "omitted"}
# Fields that `fitting` may take out of what stays.
CUT_FIELDS = ROW_DETAILS | ROW_NUMBERS | {"body", "excerpt", "shas", "dates"}


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
        # The lists of entries are cut by `fitting`, which count; the lists inside an entry have a fixed bound.
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
    if name in _WHOLE:
        return MAX_ID
    if name in _BLOCKS:
        return MAX_BLOCK
    return MAX_SHA if name == "shas" else MAX_SENTENCE if name in _SENTENCES else MAX_TEXT


def max_items(name: str) -> int:
    """The most items that a list of plain values in a field of that name has."""
    return _LISTS.get(name, _LIST)
