"""Whether a call holds more memory than before, or leaves some behind: decided from exact figures of a few sessions. Pure.

Time is noisy and is judged by intervals. Memory mostly is not: a call of unchanged code holds the same to the byte whatever
the hash seed. So two sessions of each version prove a change where those of either agree. Where they differ among themselves,
as what allocates at random does, two of each lie apart by chance in one of three: there it takes five of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench_agent.records import AllocatingLine, CallMemory, Sample
from bench_agent.results.memory import GrownLine

LIMIT = 0.20  # without the setting: as the limit of time
LEAST_BYTES = 1_000_000  # a growth of less is no regression, however large its share
# A larger share of more bytes is told; `python tests/calibration/memory.py` shows what unchanged code differs by.
TOLD_SHARE, TOLD_BYTES = 0.01, 4096
# Own sessions that differ by more than this share of what parts the versions are no proof. Two a side of evenly or log-normally
# drawn sizes pass in 2 of 10,000 (200,000 simulated); of five a side all lie above all others in 2 of 252, both ways together.
STEADY_SHARE = 0.02
ENOUGH = 5
LINES_TOLD = 32  # of a session at most: MOST_LINES of probe/bench_agent_memory_lines.py
LINE_SHARE = 0.05  # of the growth: what a line explains at least to be named; the tracer's frames were seen to be 132 to some 700
LEFT_BYTES = (
    256.0  # left behind by each call: less may be an interpreter's own bookkeeping (67 an `open` of Python 3.11)
)

MemoryVerdict = Literal["more", "less", "same", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryChange:
    """What became of one benchmark's memory. Bytes are medians of the sessions."""

    verdict: MemoryVerdict
    base_bytes: float
    head_bytes: float
    unsettled: bool  # sessions differ among themselves, and more of them could settle it
    exact: bool  # all sessions of either version agree to the byte
    regressed: bool  # grown beyond the limit; of a benchmark with a target of its own: over that
    leaks: bool  # every call leaves something behind that the base's does not
    base_left_bytes: float
    head_left_bytes: float

    @property
    def is_blurred(self) -> bool:
        """Whether it is called the same although the medians are not: the sessions overlap."""
        apart = abs(self.head_bytes - self.base_bytes)
        return self.verdict == "same" and apart >= max(TOLD_SHARE * self.base_bytes, TOLD_BYTES)

    @property
    def is_regression(self) -> bool:
        return self.regressed or self.leaks

    @property
    def ratio(self) -> float | None:
        return self.head_bytes / self.base_bytes if self.base_bytes > 0 else None


def judge_memory(
    base: Sequence[CallMemory],
    head: Sequence[CallMemory],
    *,
    limit: float = LIMIT,
    target_bytes: float | None = None,
    accepted: CallMemory | None = None,
) -> MemoryChange:
    """What one benchmark's sessions say; at least one of each version. target_bytes: its own bound, in place of the limit.

    accepted: what somebody accepted that a call holds and leaves behind: growth begins there.
    """
    before, after = ([float(m.held_bytes) for m in side] for side in (base, head))
    left_before, left_after = ([m.left_bytes for m in side] for side in (base, head))
    accepted_left = accepted.left_bytes if accepted else 0.0
    verdict = _compare(before, after, differs=differ_within((*base, *head)))
    level = max(median(before), accepted.held_bytes if accepted else 0)
    beyond = verdict == "more" and median(after) - level >= max(limit * level, LEAST_BYTES)
    differs = verdict == "undecided" and not _overlap(before, after)
    if target_bytes is not None:
        beyond = is_above([target_bytes], after, differs=differ_within(head)) or (
            len(after) >= ENOUGH and min(after) > target_bytes
        )
        differs = differs or (min(after) > target_bytes and not beyond)
    return MemoryChange(
        verdict=verdict,
        base_bytes=median(before),
        head_bytes=median(after),
        unsettled=differs and min(len(base), len(head)) < ENOUGH,
        exact=len(set(before)) == len(set(after)) == 1,
        regressed=beyond,
        leaks=leaks(head) and not leaks(base) and min(left_after) >= 2 * max(*left_before, accepted_left),
        base_left_bytes=median(left_before),
        head_left_bytes=median(left_after),
    )


def memory_of(sample: Sample) -> CallMemory | None:
    """What a stored run knows of one call; None where it was not traced."""
    if sample.call_peak_bytes is None:
        return None
    return CallMemory(peak_bytes=sample.call_peak_bytes, left_bytes=sample.call_left_bytes or 0.0)


def leaks(sessions: Sequence[CallMemory]) -> bool:
    """Whether every call leaves something behind in each of these sessions."""
    return min((m.left_bytes for m in sessions), default=0.0) >= LEFT_BYTES


def _compare(before: Sequence[float], after: Sequence[float], *, differs: float) -> MemoryVerdict:
    least = max(TOLD_SHARE * median(before), TOLD_BYTES)
    for verdict, low, high in (("more", before, after), ("less", after, before)):
        if min(high) - max(low) >= least:
            if not is_above(low, high, differs=differs):
                return "undecided"
            return "more" if verdict == "more" else "less"
    hidden = max(abs(median(after) - median(before)), _spread(before), _spread(after))
    return "undecided" if hidden >= max(LIMIT * median(before), LEAST_BYTES) else "same"


def is_above(low: Sequence[float], high: Sequence[float], *, differs: float = 0.0) -> bool:
    """Whether it is proved that the one side is above the other. differs: the calls of a session, at most."""
    gap = min(high) - max(low)
    if gap <= 0 or min(len(low), len(high)) >= ENOUGH:
        return gap > 0
    return max(differs, _spread(low), _spread(high)) <= STEADY_SHARE * gap


def differ_within(sessions: Sequence[CallMemory]) -> float:
    """By how many bytes calls of one session differ, at most: what is random shows there too."""
    return max((float(m.differs_bytes) for m in sessions), default=0.0)


def _spread(sizes: Sequence[float]) -> float:
    return max(sizes) - min(sizes)


def _overlap(before: Sequence[float], after: Sequence[float]) -> bool:
    """Then further sessions won't part them."""
    return min(after) <= max(before) and min(before) <= max(after)


def is_in_question(base: Sequence[CallMemory], head: Sequence[CallMemory], change: MemoryChange) -> bool:
    """Whether one more session, in which the lines are looked for, is worth its time."""
    return change.verdict == "more" or change.regressed or change.leaks or leaks(head) != leaks(base)


def grew_unseen(base: Sequence[CallMemory], head: Sequence[CallMemory]) -> float:
    """Bytes by which the process grew more in a call than before, and no allocation explains: a suspicion, never proof."""
    seen = [[m.resident_bytes - m.held_bytes for m in side if m.resident_bytes is not None] for side in (base, head)]
    if not all(seen):
        return 0.0
    grown = min(seen[1]) - max(seen[0])
    return grown if grown >= max(LEAST_BYTES, LIMIT * median(m.held_bytes for m in base)) else 0.0


def grown_lines(
    before: Sequence[AllocatingLine], after: Sequence[AllocatingLine], *, grown: float
) -> tuple[GrownLine, ...]:
    """The lines behind this growth, the largest first. A line is the same where its file and its text are.

    What explains a small share of it may be the tracer's own frames, and is left out; so is what would explain more than there is.
    """
    known: dict[tuple[str, str], tuple[int, int]] = {}
    for line in before:
        held = known.get((line.path, line.text), (0, 0))
        known[line.path, line.text] = (held[0] + line.bytes, held[1] + line.blocks)
    # What is not among the lines told may hold nearly as much as the least of them.
    unknown = (min(line.bytes for line in before), 0) if len(before) >= LINES_TOLD else (0, 0)
    merged: dict[tuple[str, str], GrownLine] = {}
    for line in after:
        key = line.path, line.text
        old = known.get(key, unknown)
        seen = merged.get(key)
        merged[key] = GrownLine(
            path=line.path,
            line=seen.line if seen else line.line,
            text=line.text,
            base_bytes=old[0],
            head_bytes=line.bytes + (seen.head_bytes if seen else 0),
            base_blocks=old[1],
            head_blocks=line.blocks + (seen.head_blocks if seen else 0),
        )
    given_back = sum(max(held[0] - (merged[key].head_bytes if key in merged else 0), 0) for key, held in known.items())
    told: list[GrownLine] = []
    left = grown + given_back
    for one in sorted(merged.values(), key=lambda one: one.base_bytes - one.head_bytes):
        more = one.head_bytes - one.base_bytes
        if more < max(LINE_SHARE * grown, 1) or (told and more > left):
            break
        told.append(one)
        left -= more
    return tuple(told)
