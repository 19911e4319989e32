"""Own time per function of one benchmark on two versions, from sessions that live beside each other and take turns.

Takes two sides and a benchmark, returns turns of both, or why there are none. What a difference means is decided in
`bisection/own_time`; the profiling itself is probe/bench_agent_profile.py.
"""

import json
import os
import struct
import time
from typing import Any

from bench_agent.errors import MeasureError
from bench_agent.measure.paired.cores import pinned
from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.session import Session, SessionLost
from bench_agent.measure.paired.side import Side
from bench_agent.records import EventCosts, OwnTime, Place, Profile, Turn
from bench_agent.text.clean import clean_text

TURN_S = 0.001  # of plain calls in one turn: under the profiler still less than a time slice of the scheduler
MEASURE_S = 0.3  # for all turns, where that is enough for the fewest
BUSY_S = 2.0  # at most, while others take the core away: fewer undisturbed turns tell nothing
FEWEST, MOST = 4, 40  # turns a side
UNDISTURBED = 0.02  # of a turn: that much waiting for the core at most
LONGEST_CALL_S = 5.0  # a benchmark with longer calls is not profiled: its turns would take minutes
SLOWDOWN = 4.0  # seconds of a turn for a second of its plain calls, those included: the others are profiled
MOST_SLOWDOWN = 100.0  # the same, at most
_CALLS = struct.Struct("!I")


class _UnfitError(Exception):
    """The benchmark can't be profiled; the text says why."""


def profile_sides(
    counting: Counting,
    before: Side,
    after: Side,
    benchmark: str,
    *,
    start_timeout_s: float,
    patience_s: float,
    budget_s: float,
    call_s: float = 0.0,
) -> Profile:
    """Profile the benchmark's call on both sides in turns. Never raises for a side's sake.

    counting: whose interpreter starts the sessions. patience_s: longest wait for one call. budget_s: for the turns; where
    the fewest would take longer, there are none. call_s: what a call took before, where that is known.
    """
    if why := _why_too_long(call_s, budget_s):
        return Profile(problem=why)
    sessions = counting.start((before, after), [benchmark])
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    try:
        for session in sessions:
            session.hello(start_timeout_s)
        with pinned(core):
            for session in sessions:
                _hold(session, benchmark, core, patience_s)
            try:
                return _take_turns(sessions[0], sessions[1], patience_s, budget_s)
            finally:  # the tests clear away what they made; and where the code came from is checked again
                for session in sessions:
                    session.done(patience_s)
                    session.quit()
    except (SessionLost, MeasureError) as lost:
        return Profile(problem=clean_text(lost.message))
    except _UnfitError as unfit:
        return Profile(problem=clean_text(str(unfit)))


def _hold(session: Session, benchmark: str, core: int | None, patience_s: float) -> None:
    session.plan([benchmark], core)
    session.send(b"n", benchmark.encode("utf-8", "surrogateescape"))
    kind, payload = session.receive(patience_s)
    if kind != b"B":
        raise _UnfitError(json.loads(payload)["message"] or "it can't be called")


def _take_turns(before: Session, after: Session, patience_s: float, budget_s: float) -> Profile:
    longest = max(_round(session, 1, patience_s) for session in (before, after) for _ in range(2))
    if why := _why_too_long(longest, budget_s):
        raise _UnfitError(why)
    calls = max(round(TURN_S / max(longest, 1e-7)), 1)
    timeout_s = patience_s + MOST_SLOWDOWN * calls * longest
    turns: tuple[list[Turn], list[Turn]] = ([], [])
    began = time.monotonic()
    while not _are_enough(turns, time.monotonic() - began):
        order = (0, 1) if len(turns[0]) % 2 else (1, 0)
        for number in order:
            turns[number].append(_turn((before, after)[number], calls, timeout_s))
        if time.monotonic() - began > max(budget_s, 4 * MEASURE_S):
            raise _UnfitError("it takes too long under a profiler")
    return Profile(before=tuple(turns[0]), after=tuple(turns[1]))


def _why_too_long(call_s: float, budget_s: float) -> str | None:
    if call_s <= LONGEST_CALL_S and 2 * FEWEST * SLOWDOWN * call_s <= max(budget_s, MEASURE_S):
        return None
    return f"one call takes {call_s:.1f} s, too long to be profiled in turns"


def _are_enough(turns: tuple[list[Turn], list[Turn]], took_s: float) -> bool:
    if len(turns[0]) < FEWEST:
        return False
    if len(turns[0]) >= MOST or took_s >= BUSY_S:
        return True
    quiet = min(sum(turn.delay_s <= UNDISTURBED * turn.profiled_s for turn in side) for side in turns)
    return took_s >= MEASURE_S and quiet >= FEWEST


def _round(session: Session, calls: int, timeout_s: float) -> float:
    """Seconds that this number of plain calls takes."""
    found = session.round(calls, timeout_s)
    if found is None:
        raise _UnfitError("it raises when it is called again")
    return found.wall_s


def _turn(session: Session, calls: int, timeout_s: float) -> Turn:
    """Two rounds, not one: a process that has just slept keeps the core for a while."""
    plain_s = _round(session, calls, timeout_s) / calls
    session.send(b"f", _CALLS.pack(calls))
    kind, payload = session.receive(timeout_s)
    if kind != b"F":
        session.pending = payload
        raise _UnfitError("it raises when it is called again")
    found: dict[str, Any] = json.loads(payload)
    if "why" in found:
        raise _UnfitError(found["why"])
    n = found["calls"]
    places = {
        Place(key): OwnTime(called / n, own / n, python / n, built_in / n)
        for key, (called, python, built_in, own) in found["functions"].items()
    }
    places |= {Place(caller, name): OwnTime(called / n, own / n) for caller, name, called, own in found["builtins"]}
    costs = found["costs"]
    return Turn(
        plain_s=plain_s,
        profiled_s=found["profiled"] / n,
        delay_s=found["delay"] / n,
        places=places,
        costs=EventCosts(function=costs[0], function_caller=costs[1], built_in=costs[2], built_in_caller=costs[3]),
    )
