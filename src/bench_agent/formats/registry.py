"""Every results format, told by a file's content, and the runs in a file. Bytes in, runs out; no file is opened here."""

from collections.abc import Mapping
from typing import Any

from bench_agent.formats import (
    asv,
    bencher,
    github_action,
    go_bench,
    google_benchmark,
    hyperfine,
    pyperf,
    pytest_benchmark,
)
from bench_agent.formats.foreign_values import NotResultsError, Reading
from bench_agent.formats.format import Content, Format
from bench_agent.text.clean import clean_text

# The first that matches a file reads it: pytest-benchmark's, which any list of `benchmarks` fits, come last.
FORMATS: tuple[Format, ...] = (
    go_bench.FORMAT,
    github_action.FORMAT,
    asv.FORMAT,
    hyperfine.FORMAT,
    pyperf.FORMAT,
    google_benchmark.FORMAT,
    bencher.FORMAT,
    pytest_benchmark.FORMAT,
)
NAMES = tuple(sorted(format.name for format in FORMATS))


def recognise(content: bytes) -> str | None:
    """The format of a file, one of NAMES; None where it is none of them, or what asv keeps beside its results."""
    found = _recognised(Content(content))
    return found.name if found else None


def read_results(content: bytes, *, format: str | None = None, described: Mapping[str, Any] | None = None) -> Reading:
    """The runs a file holds. Raises NotResultsError, saying why, for what is not results of that format.

    format: one of NAMES; None: told by the content. described: the content of asv's benchmarks.json, if at hand.
    """
    file = Content(content, described=described)
    if file.problem:
        raise NotResultsError(file.problem)
    known = next(f for f in FORMATS if f.name == format) if format else _recognised(file)
    if known is None:
        # Before 5.3 pytest-benchmark opens its file first: any failure leaves it empty.
        empty = "the file is empty: the run that should have written it failed"
        raise NotResultsError(empty if not content.strip() else f"not results in a known format ({', '.join(NAMES)})")
    try:
        return known.read(file)
    except NotResultsError as error:
        raise NotResultsError(f"{known.name}: {error}") from None
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        # Not worth a check for every field: a file of another shape is left out, whatever it is that does not fit.
        raise NotResultsError(
            f"its fields have another shape than those of {known.name}: {clean_text(error)}"
        ) from None


def _recognised(file: Content) -> Format | None:
    return next((format for format in FORMATS if format.matches(file)), None)
