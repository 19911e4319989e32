"""What is cut from a report's JSON until it fits, the least urgent first; everything cut is counted. Plain values in and out."""

import json
from collections.abc import Callable
from typing import Any

from bench_agent.results.report import CLEARED
from bench_agent.text.clean import clean_text

MOST_ROWS = 40  # that are kept whole as long as anything else can go
# What a reader can do without first: seen by whoever opens the file at `report_path`.
ROW_DETAILS = frozenset(
    {"iterations", "rounds", "stddev_s", "iqr_s", "min_s", "max_s", "p99_s", "p99_is_max", "ops", "cpu_s", "cpu_use"}
    | {"peak_bytes", "mean_bytes", "call_peak_bytes", "call_left_bytes", "extra"}
)
# And then: `text` has the figures, and the name tells which it is.
ROW_NUMBERS = frozenset(
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
_ROOM_FOR_COUNTS = 40  # what an entry of `omitted` may add to the text
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dump(value: Any) -> str:
    """The value as one line of JSON, as short as can be."""
    return _ENCODER.encode(value)


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
            excess -= len(dump(details)) if details else 0
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
        entries = document.get(key) or []
        order = list(range(len(entries)))
        if rank is not None:
            order[1:] = sorted(order[1:], key=lambda i: -rank(entries[i]))
        gone = set()
        while len(order) > keep and excess > 0:
            last = order.pop()
            gone.add(last)
            excess -= len(dump(entries[last])) + 1
        if key in document:
            document[key] = [entry for i, entry in enumerate(entries) if i not in gone]
        _count(document, key, len(gone))

    return cut


def _row_urgency(row: Document) -> float:
    return 0.0 if row["mark"] in CLEARED else 1.0


def trend_urgency(trend: Document) -> float:
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
    _shorten("allocations", 1),
    _drop_quiet_trends,
    _drop_of_rows(ROW_DETAILS, "row_details"),
    _shorten("benchmarks", MOST_ROWS, rank=_row_urgency),
    _shorten("trends", 6, rank=trend_urgency),
    _shorten("improvements", 5),
    _shorten_suspects(3),
    _shorten("regressions", 12, rank=_finding_urgency),
    _drop_of_rows(ROW_NUMBERS, "row_numbers"),
    _shorten("trends", 3, rank=trend_urgency),
    _shorten("improvements", 2),
    _shorten("regressions", 4, rank=_finding_urgency),
    _shorten("undecided", 2),
    _shorten("environment", 2),
    _shorten("allocations", 0),
    _shorten("memory", 2),
    _shorten_recommendations(3),
    _shorten("warnings", 5),
    _shorten("trends", 0, rank=trend_urgency),
    _shorten_suspects(1),
    _drop_of_later_findings,
    _shorten("regressions", 2, rank=_finding_urgency),
    _shorten("improvements", 0),
    _shorten("undecided", 1),
    _shorten("environment", 1),
    _shorten_recommendations(1),
    _shorten("warnings", 2),
    _shorten("benchmarks", 12, rank=_row_urgency),
    _shorten("undecided", 0),
    _shorten("environment", 0),
    _shorten("benchmarks", 0, rank=_row_urgency),
    _shorten("memory", 0),
    _shorten("regressions", 1, rank=_finding_urgency),
    _shorten_texts,
)


def fit(document: Document, limit: int) -> None:
    """Cut the document, in place, until it has fewer than `limit` characters or nothing is left to cut."""
    size = len(dump(document))
    for cut in _CUTS:
        if size < limit:
            return
        cut(document, size - limit + 1 + _ROOM_FOR_COUNTS)
        size = len(dump(document))
