"""A change as what CI services show beside the code: GitHub's workflow commands, GitLab's code quality and metrics reports.

Takes a finished `Change`, returns text. Escaping is the services' own: a subject with line breaks or `::` starts no command.
Sources: actions/toolkit packages/core/src/command.ts; docs.gitlab.com, "Code Quality report format" and "Metrics reports".
"""

import hashlib
import json
import re

from bench_agent.render import change_words as words
from bench_agent.render import wording
from bench_agent.results.change import Change, ChangedBenchmark, Place, marks_of
from bench_agent.text.clean import clean_text

MAX_ANNOTATIONS = 10  # GitHub shows no more of one level a step
MAX_METRICS = 500


def github_commands(change: Change) -> str:
    """Lines for stdout of a step: a warning at each place, an error where a regression has none; "" for no news."""
    told = {(place.benchmark, place.path): place for place in change.places}
    lines = [_command("warning", message(change, place), place) for place in told.values()]
    placed = {place.benchmark for place in change.places}
    rest = [row for row in marks_of(change, "regressed") if row.benchmark not in placed]
    lines += [_command("warning", _without_place(row)) for row in rest]
    return "".join(f"{line}\n" for line in lines[:MAX_ANNOTATIONS])


def message(change: Change, place: Place) -> str:
    """ "search got 7.2x (6.9x to 7.5x) slower: proved of 1a2b3c4d Rank every token"."""
    row = next((row for row in change.benchmarks if row.benchmark == place.benchmark), None)
    size = f" {words.told(row)} ({words.interval(row)})" if row is not None and row.ratio is not None else ""
    how = "proved" if place.proved else "suspected, not proved"
    sha = clean_text(place.sha, limit=40)[:8]
    name = wording.name(place.benchmark, limit=80)
    return f"{name} got slower:{size}; {how}: {sha} {clean_text(place.subject, limit=100)}"


def _without_place(row: ChangedBenchmark) -> str:
    return f"{wording.name(row.benchmark, limit=80)} got slower: {words.told(row)} ({words.interval(row)})"


def _command(level: str, text: str, place: Place | None = None) -> str:
    where = f" file={_property(place.path)},line={place.line}," if place else " "
    return f"::{level}{where}title={_property('Slower benchmark')}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def gitlab_code_quality(change: Change) -> str:
    """GitLab's code quality report: one entry a place; the same slowdown keeps its fingerprint from run to run."""
    entries = [
        {
            "description": message(change, place),
            "check_name": "bench-agent",
            "fingerprint": hashlib.sha256(f"{place.benchmark}\0{place.path}".encode("utf-8", "replace")).hexdigest(),
            "severity": "major" if place.proved else "minor",
            "location": {"path": clean_text(place.path, limit=1_000), "lines": {"begin": place.line}},
        }
        for place in change.places
    ]
    return json.dumps(entries, ensure_ascii=False) + "\n"


def gitlab_metrics(change: Change) -> str:
    """GitLab's metrics report, OpenMetrics text: the ratio of each measured benchmark, worst first."""
    measured = [row for row in change.benchmarks if row.ratio is not None][:MAX_METRICS]
    lines = ["# TYPE benchmark_ratio gauge"] if measured else []
    lines += [f'benchmark_ratio{{benchmark="{_label(row.benchmark)}"}} {row.ratio:.6g}' for row in measured]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _label(text: str) -> str:
    plain = re.sub(r"[^\x20-\x7e]", "?", clean_text(text, limit=120))
    return plain.replace("\\", "\\\\").replace('"', '\\"')
