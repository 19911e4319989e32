"""What a results format is: a name, how a file of it is recognised, how it is read. `registry` lists them."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench_agent.formats.foreign_values import NotResultsError, Reading, entries
from bench_agent.text.clean import clean_text

# github-action-benchmark keeps its JSON as a script: `window.BENCHMARK_DATA = {...};`
_ASSIGNMENT = re.compile(rb"^\s*(?:window\s*\.\s*)?BENCHMARK_DATA\s*=\s*")


_GZIP = b"\x1f\x8b"
MOST_UNPACKED = 128 << 20  # bytes: results of 10,000 benchmarks with all rounds have some 100 MB


class Content:
    """What a file holds, unpacked where it is gzip's, and parsed as JSON at most once.

    described: the content of asv's benchmarks.json, which says more about asv's results; empty where it is not at hand.
    """

    def __init__(self, data: bytes, *, described: Mapping[str, Any] | None = None) -> None:
        self.problem: str | None = None  # why it could not be unpacked
        self.data = data
        if data.startswith(_GZIP):
            self._unpack()
        self.described = described or {}

    def _unpack(self) -> None:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(self.data)) as file:
                self.data = file.read(MOST_UNPACKED + 1)
            if len(self.data) > MOST_UNPACKED:
                self.problem = f"unpacked it has more than {MOST_UNPACKED >> 20} MB"
        except (OSError, EOFError, zlib.error) as error:
            self.problem = f"it can't be unpacked: {clean_text(error)}"
        if self.problem:
            self.data = b""

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object. Raises NotResultsError, saying why, where there is none."""
        if isinstance(self._parsed, NotResultsError):
            raise self._parsed
        if not isinstance(self._parsed, dict):
            raise NotResultsError("no JSON object in it")
        return self._parsed

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object; empty where there is none."""
        return self._parsed if isinstance(self._parsed, dict) else {}

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """The objects of the JSON list; none where it holds anything else, or is no list."""
        found = entries(self._parsed)
        return found if isinstance(self._parsed, list) and len(found) == len(self._parsed) else []

    @cached_property
    def _parsed(self) -> object:
        begin = _ASSIGNMENT.match(self.data[:200])
        text = self.data[begin.end() :].rstrip().rstrip(b";") if begin else self.data
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            return NotResultsError(f"not JSON: {clean_text(error)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. read: raises NotResultsError for what is not results of it; any other error means another shape."""

    name: str  # as `history import --format` takes it
    matches: Callable[[Content], bool]
    read: Callable[[Content], Reading]
