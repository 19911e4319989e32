"""What is known of a run: each figure with its kind and its role, by benchmark; commits, verdicts and texts. Records alone."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

Document = Mapping[str, Any]
HEX = re.compile(r"(?<![\w.])[0-9a-f]{7,40}(?!\w|\.\w)")
MEMORY = "memory"  # the role of a ratio of bytes
CLEARED = ("pass", "faster", "untouched")  # as in results/report, which the hook does not import


class Fact(NamedTuple):
    """A figure. kind: time (seconds), change (a ratio), share (0.2 is 20 %), size (bytes) or count."""

    kind: str
    role: str
    value: float


class Subject(NamedTuple):
    """What is known of one benchmark. slower, faster: whether anything that was measured says so."""

    name: str
    facts: tuple[Fact, ...]
    mark: str
    confirmed: bool
    slower: bool
    faster: bool
    shas: frozenset[str]
    proved: frozenset[str]
    suspects: tuple[str, ...]  # the most suspected first
    severity: str
    undecided: bool  # whether one of its findings is
    steps: frozenset[str] = frozenset()  # commits at which its level changed, by its trend


class Facts(NamedTuple):
    """All of a report. overall: figures of no single benchmark. texts: its sentences, which may be quoted."""

    subjects: dict[str, Subject]
    overall: tuple[Fact, ...]
    shas: frozenset[str]
    texts: tuple[str, ...]
    summary: dict[str, Any]
    status: str
    go: str
    directions: dict[str, int]  # of the trends
    memory: frozenset[str] = (
        frozenset()
    )  # what the memory of calls did: more, less, leaks; empty where nothing is told of it
    notes: tuple[str, ...] = ()  # warnings: of the run, and of no single benchmark
    unsaid: frozenset[str] = frozenset()  # names that are read as plain words where they stand outside of code
