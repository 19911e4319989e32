"""A report as a badge: the endpoint format of shields.io, kept beside the history. Source: shields.io/badges/endpoint-badge."""

import json

from bench_agent.results.report import Report, Status
from bench_agent.text import quantity

_COLORS: dict[Status, str] = {"passing": "brightgreen", "regressed": "red", "failed": "red", "undecided": "yellow"}


def render_badge(report: Report) -> str:
    """One JSON object. A green badge needs a comparison that left nothing open, as a passing run does."""
    document = {
        "schemaVersion": 1,
        "label": "benchmarks",
        "message": _message(report),
        "color": _COLORS.get(report.status, "lightgrey"),
    }
    return json.dumps(document) + "\n"


def _message(report: Report) -> str:
    s = report.summary
    if report.status == "passing":
        return f"{s.passing:,} passing" + (f", {s.slower:,} slower within limits" if s.slower else "")
    if report.status == "regressed":
        parts = [quantity.counted(s.regressed, "regression")] if s.regressed else []
        return ", ".join([*parts, *([f"{s.over_target:,} over target"] if s.over_target else [])]) or "regressed"
    if report.status == "undecided":
        return f"{s.undecided + s.suspected + s.unmeasured:,} undecided"
    if report.status == "failed":
        return f"{s.failed:,} failed"
    return report.status.replace("_", " ")
