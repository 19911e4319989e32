"""The first two calls of a benchmark in fresh processes of several versions: what they execute, and whether they give the same.

A call that is fast only because an earlier one left its result behind shows here, and so does one that gives something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_agent.measure.paired.counts import PATIENCE_S
from bench_agent.measure.paired.interleave import Ring, SetResult
from bench_agent.measure.paired.session import Session
from bench_agent.measure.paired.side import Side

CALL_S = 20.0  # for one counted call; what takes longer is not whole


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCalls:
    """Of one version. functions, again: "path::qualname" -> (calls, lines) of the first call in a process, and of the second.

    results: fingerprints of what both gave and left in their arguments. says: they returned something. whole: every part of it
    was looked into. facts: plain values that the call was given and gave.
    """

    functions: Mapping[str, tuple[int, int]]
    again: Mapping[str, tuple[int, int]]
    complete: bool
    results: tuple[str, ...]
    says: bool
    whole: bool
    facts: frozenset[str]


def first_calls(sides: Sequence[Side], id: str, *, env: Mapping[str, str]) -> dict[str, FirstCalls]:
    """By the label of each side; empty where one of them fails or can't be called. Raises MeasureError as `Ring.step`."""
    with _FirstCallRing(sides, node_ids=[id], env=env, patience_s=max(PATIENCE_S, 3 * CALL_S)) as ring:
        ring.step(last=True)
        return ring.taken


class _FirstCallRing(Ring):
    """Counts the first calls of what the sessions hold instead of timing them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.taken: dict[str, FirstCalls] = {}

    def _measure(self, sessions: Sequence[Session], benchmark: str, active: int, result: SetResult) -> None:
        if not self._hold(sessions, benchmark, result):
            return
        found = [session.count(CALL_S, self._patience_s, everywhere=True, first=True) for session in sessions]
        outcomes = {session.done(self._patience_s)["outcome"] for session in sessions}
        if outcomes == {"passed"} and all(document is not None for document in found):
            self.taken = {
                session.side.label: _read(document or {}) for session, document in zip(sessions, found, strict=True)
            }

    def _take_turns(self, ids: Sequence[str], result: SetResult) -> None:
        """What can't live side by side is not called."""


def _read(document: Mapping[str, Any]) -> FirstCalls:
    first, again = document["calls"]
    return FirstCalls(
        functions={key: (calls, lines) for key, (calls, lines) in first["functions"].items()},
        again={key: (calls, lines) for key, (calls, lines) in again["functions"].items()},
        complete=first["complete"] and again["complete"],
        results=(first["result"], again["result"]),
        says=first["says"],
        whole=first["whole"] and again["whole"],
        facts=frozenset(document["facts"]),
    )
