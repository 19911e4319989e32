"""Whether a move that all benchmarks of a run show together is the machine's or the code's: chosen and judged on a sample. Pure.

History can't tell the two apart, however many benchmarks there are: they may share a machine that is slow today, or a
function that is slow from now on. Base and head measured in turns can.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from bench_agent.results.comparison import CommonVerdict, ComparedBenchmark

# Benchmarks on which the machine's part must be shown. Were half of the benchmarks that moved slowed by the code, a sample of six
# would show none of them once in 64 times.
SAMPLE = 6


def pick_sample(ids: Sequence[str], *, size: int = SAMPLE) -> tuple[str, ...]:
    """At most `size` of the benchmarks, spread over files, functions and parameters: those of one function share its code.

    Each function gets its first before any gets a second; of many parameters the smallest, the largest and between.
    """
    groups = [_spread(list(members)) for _, members in groupby(sorted(ids, key=_natural), key=_function)]
    if len(groups) >= size:
        return tuple(groups[round(i * (len(groups) - 1) / (size - 1))][0] for i in range(size))
    turns = [id for turn in range(size) for group in groups if turn < len(group) for id in [group[turn]]]
    return tuple(turns[:size])


def _function(id: str) -> str:
    return id.partition("[")[0]


def _natural(id: str) -> tuple[str, list[tuple[int, int | str]]]:
    """By function, then by parameters with numbers in their order: [9] before [10]."""
    parts = re.split(r"(\d+)", id)
    return _function(id), [(0, int(part)) if part.isdigit() else (1, part) for part in parts]


def _spread(members: Sequence[str]) -> list[str]:
    """The members so that any first few of them lie far apart: the first, the last, the middle, the quarters."""
    order: list[int] = [0, len(members) - 1]
    parts = 2
    while len(order) < len(members) and parts < 4 * len(members):
        order += [round(i * (len(members) - 1) / parts) for i in range(1, parts, 2)]
        parts *= 2
    return [members[i] for i in dict.fromkeys(order)]


def judge_common(
    moves: Mapping[str, float], sample: Sequence[str], rows: Mapping[str, ComparedBenchmark], *, more_work: bool = False
) -> CommonVerdict:
    """What the sample says. moves: by id, this run / the level before; rows: what measuring in turns gave, by id.

    machine: of every benchmark of the sample base and head surely differ by less than half of its move, on a log scale.
    code: one of them is slower by more than that. unknown: anything else, and where exact counts show more work.
    """
    measured = [(moves[id], rows[id]) for id in sample if id in rows]
    if any(row.verdict == "slower" and row.ratio >= math.sqrt(move) for move, row in measured):
        return "code"
    if more_work or not sample or len(measured) < len(sample):
        return "unknown"
    if all(row.interval is not None and row.interval[1] < math.sqrt(move) for move, row in measured):
        return "machine"
    return "unknown"


def widest(sample: Sequence[str], rows: Mapping[str, ComparedBenchmark]) -> tuple[float, float] | None:
    """An interval that holds those of all measured benchmarks of the sample; None when there is none."""
    found = [row.interval for id in sample if (row := rows.get(id)) is not None and row.interval is not None]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None
