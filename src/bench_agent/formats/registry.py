"""Whose results a file holds, told by its content, and the runs in it. Pure: bytes in, runs out."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bench_agent.formats.asv import describes_benchmarks, describes_machine, is_asv_results, read_asv
from bench_agent.formats.github_action import plain_json, read_github_action
from bench_agent.formats.go_bench import looks_like_go, read_go_bench
from bench_agent.formats.google_benchmark import read_google_benchmark
from bench_agent.formats.hyperfine import read_hyperfine
from bench_agent.formats.pyperf import read_pyperf
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.reading import NotResultsError, Reading, entries
from bench_agent.text.clean import clean_text

_JSON: Mapping[str, Callable[[Mapping[str, Any]], Reading]] = {
    "github-action-benchmark": read_github_action,
    "pyperf": read_pyperf,
    "hyperfine": read_hyperfine,
    "google-benchmark": read_google_benchmark,
}
FORMATS = ("pytest-benchmark", *_JSON, "asv", "go")


def recognise(content: bytes) -> str | None:
    """The format of a file, one of FORMATS; None where it is none of them, or what asv keeps beside its results."""
    if looks_like_go(content):
        return "go"
    try:
        document = _load(content)
    except NotResultsError:
        return None
    if isinstance(document.get("entries"), dict):
        return "github-action-benchmark"
    if is_asv_results(document):
        return "asv"
    if any("command" in entry and "mean" in entry for entry in entries(document.get("results"))):
        return "hyperfine"
    benchmarks = entries(document.get("benchmarks"))
    if any(isinstance(entry.get("runs"), list) for entry in benchmarks):
        return "pyperf"
    if isinstance(document.get("context"), dict) and not any("stats" in entry for entry in benchmarks):
        return "google-benchmark"
    return "pytest-benchmark" if isinstance(document.get("benchmarks"), list) else None


def read_results(content: bytes, *, format: str | None = None, described: Mapping[str, Any] | None = None) -> Reading:
    """The runs a file holds. Raises NotResultsError, saying why, for what is not results of that format.

    format: one of FORMATS; None: told by the content. described: the content of asv's benchmarks.json, if at hand.
    """
    known = format or recognise(content)
    if known == "pytest-benchmark" or (known is None and not content.strip()):
        run = parse_results(content)
        if not run.samples:
            raise NotResultsError("; ".join(["no benchmark with a usable time in it", *run.warnings]))
        return Reading(runs=(run,), left_out=run.warnings)
    if known is None:
        raise NotResultsError(f"not results in a known format ({', '.join(FORMATS)})")
    try:
        if known == "go":
            return read_go_bench(content)
        document = _load(content)
        return read_asv(document, described or {}) if known == "asv" else _JSON[known](document)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        if isinstance(error, NotResultsError):
            raise NotResultsError(f"{known}: {error}") from None
        # As for pytest-benchmark's: a file of another shape is left out, whatever it is that does not fit.
        raise NotResultsError(f"its fields have another shape than those of {known}: {clean_text(error)}") from None


def benchmarks_description(content: bytes) -> Mapping[str, Any] | None:
    """The content of asv's benchmarks.json; None where it is another file."""
    try:
        document = _load(content)
    except NotResultsError:
        return None
    return document if describes_benchmarks(document) else None


def stands_beside_results(content: bytes) -> bool:
    """Whether it is a file that asv keeps beside its results: nothing to import, nothing wrong either."""
    try:
        document = _load(content)
    except NotResultsError:
        return False
    return describes_benchmarks(document) or describes_machine(document)


def _load(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(plain_json(content))
    except (ValueError, RecursionError) as error:
        raise NotResultsError(f"not JSON: {clean_text(error)}") from None
    if not isinstance(document, dict):
        raise NotResultsError("no JSON object in it")
    return document
