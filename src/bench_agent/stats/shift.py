"""Whether two neighbouring stretches of a series lie on different levels: ranks and robust spreads. Plain Python, no policy."""

import itertools
import math
import operator
from collections import Counter
from collections.abc import Sequence

# All but NORMAL: `python tests/calibration/history.py` shows what they give.
NORMAL = 1.4826  # a normal's standard deviation is this many median absolute deviations
MAX_DEPENDENCE = 0.9  # autocorrelation from which the inflation would no longer mean anything
LONG_ENOUGH = 4  # runs in a stretch that say something of the dependence between neighbours
# Beyond what was ever seen, chances are taken to fall with the square of the distance: as slowly as may be.
TAIL_INDEX = 2.0
REMEMBERED = 60  # runs of a level that a short stretch beside it is held against


def median(values: Sequence[float]) -> float:
    """As statistics.median, at a third of its cost."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread(values: Sequence[float]) -> float:
    """Standard deviation as the median distance from the median tells it: a third of the values may be wild."""
    centre = median(values)
    return NORMAL * median([abs(value - centre) for value in values])


def rank_z(before: Sequence[float], after: Sequence[float]) -> float:
    """How far the ranks of `after` lie above those of `before`, in standard deviations under no difference.

    Wilcoxon's rank sum with ties at their mean rank; 0.0 where all are equal. Source: Hollander, Wolfe, Chicken (2014), 4.1.
    """
    old, new = len(before), len(after)
    n = old + new
    ranks, ties = _mid_ranks([*before, *after])
    excess = math.fsum(ranks[old:]) - new * (n - 1) / 2
    variance = old * new / 12 * ((n + 1) - ties / (n * (n - 1)))
    return excess / math.sqrt(variance) if variance > 0 else 0.0


def inflation(values: Sequence[float], cuts: Sequence[int]) -> float:
    """By how much the dependence of neighbours inflates the variance of a mean: (1 + r) / (1 - r), at least 1.

    r: lag-1 autocorrelation of the ranks inside the stretches between the cuts.
    """
    edges = [0, *cuts, len(values)]
    together = total = 0.0
    for start, end in itertools.pairwise(edges):
        if end - start >= LONG_ENOUGH:
            ranks, _ = _mid_ranks(values[start:end])
            length = end - start
            # Each stretch weighs by its length: ranks are divided by it.
            middle = [(rank - (length - 1) / 2) / length for rank in ranks]
            together += math.fsum(map(operator.mul, middle, middle[1:]))
            total += math.fsum(map(operator.mul, middle, middle))
    r = min(max(together / total, 0.0), MAX_DEPENDENCE) if total else 0.0
    return (1 + r) / (1 - r)


def surprise(level: Sequence[float], block: Sequence[float], dependence: float, *, reach: float) -> float:
    """How unlikely it is, as minus a natural logarithm, that all of a short block lies so far out of the level by chance.

    level: the runs next to the block, the nearest last. Each run of the block is taken to lie beyond the block's inner edge
    with the share of the level that did, (k + 1) / (n + 1); `dependence` takes away from the block's length. 0.0 where the
    block's inner edge is not `reach` times as far from the middle as the level ever stood for as many runs together: what
    wanders has been there before.
    """
    near = level[-REMEMBERED:]
    centre, length = median(near), len(block)
    sign = 1 if median(block) > centre else -1
    edge = min(sign * value for value in block)
    heights = [sign * value for value in near]
    stood = (
        max((min(heights[i : i + length]) for i in range(len(heights) - length + 1)), default=sign * centre)
        - sign * centre
    )
    if edge - sign * centre < reach * max(stood, 0.0) or edge <= sign * centre:
        return 0.0
    beyond = sum(height >= edge for height in heights)
    rarity = math.log((len(near) + 1) / (beyond + 1))
    highest = max(max(heights) - sign * centre, spread(near))
    if not beyond and highest > 0:
        rarity += TAIL_INDEX * math.log(max((edge - sign * centre) / highest, 1.0))
    return rarity * length / dependence


def _mid_ranks(values: Sequence[float]) -> tuple[list[float], float]:
    """Ranks from 0, ties at their mean, and the sum of t^3 - t over groups of t equal values."""
    first: dict[float, int] = {}
    for position, value in enumerate(sorted(values)):
        first.setdefault(value, position)
    if len(first) == len(values):
        return [float(first[value]) for value in values], 0.0
    size = Counter(values)
    ties = sum(t**3 - t for t in size.values() if t > 1)
    return [first[value] + (size[value] - 1) / 2 for value in values], float(ties)
