"""Which benchmarks the next pair of sessions measures: decided from what is known of each and the time that is left. Pure.

First what looks worst, then what is cheapest to decide. Only so many are taken as can be decided in the time that is left; the
others wait until there is time again. Deciding a few is worth more than deciding none.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from bench_agent.records import PairSample
from bench_agent.stats.sequential import LOOKS

LARGE = 0.15  # natural log of a ratio: what all pairs show to be so much is decided in LARGE_PAIRS
LARGE_PAIRS, MOST_PAIRS = 6, LOOKS[1]  # for most; what takes more than MOST_PAIRS is planned for again then
SUSPECT = 0.02  # natural log of a ratio, in the middle: what looks worse than that goes first
OVERRUN = 1.5  # where deciding all takes no more than so many times what is left, all go on: what a pair costs is known to a half
FIRST_PART = 0.3  # of the budget for the first look at all: where that is too short, the first in order are looked at


def choose(
    waiting: Sequence[str], samples: Mapping[str, Sequence[PairSample]], *, left_s: float, start_s: float
) -> list[str]:
    """Those of the undecided to measure next, the most urgent first; at least one where any is waiting.

    waiting: in the caller's order. left_s: wall seconds; start_s: of starting a pair of sessions, beside measuring.
    """
    ranked = sorted(waiting, key=lambda id: _urgency(samples.get(id, ())))
    if seconds_to_reach(waiting, samples, start_s=start_s) <= OVERRUN * left_s:
        return ranked
    chosen: list[str] = []
    rounds, measuring_s, pair_s = 0, 0.0, 0.0
    for id in ranked:
        more, own_s = pairs_to_go(samples.get(id, ())), cost_s(id, samples)
        rounds, measuring_s, pair_s = max(rounds, more), measuring_s + more * own_s, pair_s + own_s
        # What measuring takes no longer than the start is nearly free: the next sessions start meanwhile.
        if chosen and pair_s > start_s and measuring_s + rounds * start_s > left_s:
            break
        chosen.append(id)
    return chosen


def pairs_to_go(values: Sequence[PairSample]) -> int:
    """About how many more pairs decide it; at least one."""
    planned = LARGE_PAIRS if is_large(values) else LOOKS[0] if len(values) < LOOKS[0] else MOST_PAIRS
    return max(planned - len(values), 1)


def is_large(values: Sequence[PairSample]) -> bool:
    """Whether all pairs show a large change, in the same direction."""
    logs = _logs(values)
    return bool(logs) and min(abs(v) for v in logs) >= LARGE and len({v > 0 for v in logs}) == 1


def cost_s(id: str, samples: Mapping[str, Sequence[PairSample]]) -> float:
    """Seconds of one more pair of a benchmark, without the start of its sessions; of one never measured, the usual."""
    own = samples.get(id)
    if own:
        return median(value.seconds for value in own)
    known = [value.seconds for values in samples.values() for value in values]
    return median(known) if known else 0.0


def seconds_to_reach(ids: Sequence[str], samples: Mapping[str, Sequence[PairSample]], *, start_s: float) -> float:
    """About how long deciding these would take."""
    if not ids:
        return 0.0
    rounds = max(pairs_to_go(samples.get(id, ())) for id in ids)
    return rounds * start_s + sum(pairs_to_go(samples.get(id, ())) * cost_s(id, samples) for id in ids)


def _urgency(values: Sequence[PairSample]) -> tuple[int, float]:
    """Sorts first what is surely looked at next: never measured before the rest, then the worst, then what changed least."""
    logs = _logs(values)
    if not logs:
        return (1, 0.0)
    middle = median(logs)
    if middle >= SUSPECT:
        return (0, -middle)
    return (2, abs(middle))


def _logs(values: Sequence[PairSample]) -> list[float]:
    return [
        ratio
        for value in values
        if (ratio := value.wall_log_ratio if value.cpu_log_ratio is None else value.cpu_log_ratio) is not None
    ]
