"""What one call of each benchmark holds and leaves behind on several versions: one session a version, in which nothing is timed.

Takes sides and benchmark ids; returns figures, or why there are none, by side and benchmark. What follows from a difference is
decided in `detect/memory`; the tracing itself is probe/bench_agent_memory.py.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench_agent.errors import MeasureError
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.session import Session, SessionLost
from bench_agent.measure.paired.side import Side
from bench_agent.records import AllocatingLine, CallMemory
from bench_agent.text.clean import clean_text

CALL_S = 2.0  # of CPU time for one benchmark in one session; a call that does not fit is not traced
LINES_S = 4.0  # the same where lines are asked for: every line that runs is looked at
PATIENCE = 10.0  # times that, in wall time, until a session counts as hanging: others use the machine too
OVER_S = 6.0  # after a deadline, for the session under way: a second on a calm machine, five were seen at load 10
LEAST_WAIT_S = 0.5  # for an answer, however late it is


@dataclass(slots=True)
class Remembered:
    """By side label: the memory of each benchmark, or why it, or all ("" as id), could not be told."""

    memory: dict[str, dict[str, CallMemory]] = field(default_factory=dict)
    problems: dict[str, dict[str, str]] = field(default_factory=dict)
    not_reached: set[str] = field(default_factory=set)  # benchmarks whose turn did not come before the deadline


def trace_memory(
    counting: Counting,
    sides: Sequence[Side],
    ids: Sequence[str],
    *,
    start_timeout_s: float,
    patience_s: float,
    call_s: float = CALL_S,
    lines: bool = False,
    left: bool = True,
    seconds: float | None = None,
    deadline: float = math.inf,
    at_once: bool = False,
    begun: Sequence[Session] = (),
) -> Remembered:
    """Trace these benchmarks, in this order, on every side; the sides' sessions start together. Never raises for a side's sake.

    at_once: all sides trace a benchmark at the same time, else one after the other, as calls may use the same file or port.
    seconds: after the sessions have started; then no further benchmark is begun. deadline: time.monotonic(), the start included;
    what is under way then is waited for a few seconds more, and counts as not reached. patience_s: for a test's set-up.
    left: also of what calls leave behind; else `left_bytes` is 0 and rests on no call. begun: sessions of exactly these sides
    and benchmarks that `counting` has started before.
    """
    result = Remembered()
    sessions = begun or counting.start(sides, ids)
    waits = Waits(deadline)
    live = [session for session in sessions if _begin(session, ids, result, waits.at_most(start_timeout_s))]
    until = deadline if seconds is None else min(time.monotonic() + seconds, deadline)
    for benchmark in ids:
        if time.monotonic() > until:
            result.not_reached.add(benchmark)
            continue
        asked = Asked(benchmark=benchmark, patience_s=patience_s, call_s=call_s, lines=lines, left=left, waits=waits)
        for group in [list(live)] if at_once else [[session] for session in live]:
            lost = _step_by_step({s: _trace_one(s, asked, result) for s in group}, asked, result)
            live = [session for session in live if session not in lost]
    for session in live:
        session.quit()
    return result


@dataclass(frozen=True, slots=True)
class Waits:
    """How long answers may take, so that a deadline is kept. deadline: time.monotonic()."""

    deadline: float

    @property
    def are_over(self) -> bool:
        return time.monotonic() > self.deadline

    def at_most(self, usual_s: float) -> float:
        return min(usual_s, max(self.deadline + OVER_S - time.monotonic(), LEAST_WAIT_S))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What each session is asked of one benchmark."""

    benchmark: str
    patience_s: float
    call_s: float
    lines: bool
    left: bool
    waits: Waits


def _begin(session: Session, ids: Sequence[str], result: Remembered, start_timeout_s: float) -> bool:
    label = session.side.label
    result.memory[label], result.problems[label] = {}, {}
    try:
        hello = session.hello(start_timeout_s)
        session.plan([id for id in ids if id in hello.ids], None)
    except (SessionLost, MeasureError) as lost:
        result.problems[label][""] = clean_text(lost.message)
        return False
    for benchmark in set(ids) - set(hello.ids):
        result.problems[label][benchmark] = next(iter(hello.errors), "no such benchmark there")
    return True


def _step_by_step(under_way: dict[Session, Iterator[None]], asked: Asked, result: Remembered) -> list[Session]:
    """Each does its next step in turn, and works meanwhile; the sessions that were lost."""
    lost = []
    while under_way:
        for session, steps in list(under_way.items()):
            try:
                next(steps)
            except StopIteration:
                del under_way[session]
            except (SessionLost, MeasureError) as error:
                if asked.waits.are_over:
                    result.not_reached.add(asked.benchmark)
                else:
                    result.problems[session.side.label][asked.benchmark] = clean_text(error.message)
                lost.append(session)
                del under_way[session]
    return lost


def _trace_one(session: Session, asked: Asked, result: Remembered) -> Iterator[None]:
    """Yields when the session has something to do."""
    label, benchmark, waits = session.side.label, asked.benchmark, asked.waits
    if benchmark in result.problems[label]:
        return
    session.send(b"n", benchmark.encode("utf-8", "surrogateescape"))
    yield
    kind, payload = session.receive(waits.at_most(asked.patience_s))
    found = None
    if kind == b"B":
        session.begin_memory(asked.call_s, lines=asked.lines, left=asked.left)
        yield
        found = session.end_memory(waits.at_most(asked.patience_s + PATIENCE * asked.call_s))
    else:
        session.pending = payload
    report = session.done(waits.at_most(asked.patience_s))
    if found is None or "why" in found:
        why = found["why"] if found else clean_text(report["message"]) or "it can't be called"
        result.problems[label][benchmark] = clean_text(why)
        return
    result.memory[label][benchmark] = memory_from(found)


def memory_from(told: Mapping[str, Any]) -> CallMemory:
    """The record of what the probe told."""
    return CallMemory(
        peak_bytes=told["peak"],
        native_bytes=told["native"],
        resident_bytes=told["resident"],
        left_bytes=told["left"] + told["native_left"],
        native_left_bytes=told["native_left"],
        calls=told["calls"],
        repeats=told["repeats"],
        differs_bytes=told.get("differs", 0),
        native_seen=told.get("native_seen", True),
        lines=_lines(told.get("lines", ())),
        whole=told.get("whole", True),
        left_lines=_lines(told.get("left_lines", ())),
    )


def _lines(told: Sequence[Sequence[Any]]) -> tuple[AllocatingLine, ...]:
    return tuple(
        AllocatingLine(path=clean_text(path), line=line, text=clean_text(text, limit=200), bytes=size, blocks=blocks)
        for path, line, text, size, blocks in told
    )
