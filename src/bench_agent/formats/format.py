"""What a results format is: a name, how a file of it is recognised, how it is read. `registry` lists them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench_agent.formats.reading import NotResultsError, Reading
from bench_agent.text.clean import clean_text

# github-action-benchmark keeps its JSON as a script: `window.BENCHMARK_DATA = {...};`
_ASSIGNMENT = re.compile(rb"^\s*(?:window\s*\.\s*)?BENCHMARK_DATA\s*=\s*")


class Content:
    """What a file holds, parsed as JSON at most once.

    described: the content of asv's benchmarks.json, which says more about asv's results; empty where it is not at hand.
    """

    def __init__(self, data: bytes, *, described: Mapping[str, Any] | None = None) -> None:
        self.data = data
        self.described = described or {}

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object. Raises NotResultsError, saying why, where there is none."""
        if isinstance(self._parsed, NotResultsError):
            raise self._parsed
        return self._parsed

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object; empty where there is none."""
        return {} if isinstance(self._parsed, NotResultsError) else self._parsed

    @cached_property
    def _parsed(self) -> Mapping[str, Any] | NotResultsError:
        begin = _ASSIGNMENT.match(self.data[:200])
        text = self.data[begin.end() :].rstrip().rstrip(b";") if begin else self.data
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            return NotResultsError(f"not JSON: {clean_text(error)}")
        return document if isinstance(document, dict) else NotResultsError("no JSON object in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. read: raises NotResultsError for what is not results of it; any other error means another shape."""

    name: str  # as `history import --format` takes it
    matches: Callable[[Content], bool]
    read: Callable[[Content], Reading]
