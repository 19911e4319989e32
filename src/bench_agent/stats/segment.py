"""Where a series may have changed its level: values in, proposed cuts out. Whether a cut is believed is not decided here.

Two costs propose. One counts, for a few thresholds spread over the values, how many of a stretch lie below each: it sees any
change of distribution, however skewed or many-humped the noise is, and no spike weighs more than any other value. It
cannot see a short stretch far away, since three values are three counts at any distance; so squared distances, with lone
spikes pulled in, propose too. Sources: Haynes, Fearnhead, Eckley, Statistics and Computing 27 (2017) 1293-1305 (the counts);
Jackson et al., IEEE Signal Processing Letters 12 (2005) 105-108 (optimal partitioning).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench_agent.stats.shift import NORMAL, inflation, median

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# `python tests/calibration/history.py --data DIR` shows what these give: changes found and false ones.
THRESHOLDS = 12  # spread evenly over the quantiles; 8 miss a little more, 16 find the same for a third more time
SHORTEST = 2  # runs in a stretch: one alone is a spike
CLIP = 3.0  # standard deviations from the running median up to which a value weighs by its distance
# Squared distances are charged four times as much as counts: real noise has tails that normal noise has not.
SQUARES_PENALTY = 4.0
# A place is looked at when its two sides, in some window, differ by this share of a cut's price, or by this share of how far two
# sides so short can differ at all. With half of each the same cuts are proposed, by more work.
WORTH_A_LOOK = 0.15
CLEAR_ENOUGH = 0.25


def propose_cuts(values: Sequence[float]) -> list[int]:
    """First indices of new stretches, ascending. values: finite, oldest first.

    A cut costs log(n), the usual price of one in a likelihood, times the inflation of a mean's variance by the
    dependence between neighbours. Cuts are looked for at the sharpest places of windows of 2, 4, 8... to either side; on
    500 values exact search gives the same ones. 2 ms for 500 values (numpy's import of 0.1 s apart).
    """
    import numpy as np

    n, largest = len(values), max(map(abs, values)) or 1.0
    values = [value / largest for value in values]  # squares of what is near the ends of a float's range would be lost
    counts, entropy = _count_below(values), _entropies(n)
    tame, noise = _pull_in_spikes(values)
    sums = np.concatenate([[0.0], np.cumsum(tame)])
    price = math.log(n)
    places = _sharpest(counts, entropy, price)
    gains = _gains(counts, entropy, places)
    cuts = _best_path(places, gains, price)
    dependence = inflation(values, cuts)
    if dependence > 1.0:
        cuts = _best_path(places, gains, price * dependence)
    lengths = np.maximum(places - places[:, None], 1)
    squares = ((sums[places] - sums[places][:, None]) / noise) ** 2 / lengths / 2
    return sorted({*cuts, *_best_path(places, squares, SQUARES_PENALTY * price * dependence)})


def sharpest_cut(values: Sequence[float], *, between: float | None = None) -> int:
    """The one place where the counts tell the two sides apart best. values: at least 4.

    between: a value between two levels that lie clear of each other; then only what lies below and above it counts.
    """
    import numpy as np

    n = len(values)
    counts, entropy = _count_below(values, between), _entropies(n)
    at = np.arange(SHORTEST, n - SHORTEST + 1)
    gain = _likelihoods(counts, entropy, 0 * at, at) + _likelihoods(counts, entropy, at, 0 * at + n)
    return int(at[gain.argmax()])


def _count_below(values: Sequence[float], between: float | None = None) -> Ints:
    """Column i: twice how many of the first i values lie below each threshold, or the one given; a value on it counts half."""
    import numpy as np

    data = np.asarray(values, dtype=float)
    quantiles = ((np.arange(THRESHOLDS) + 0.5) / THRESHOLDS * len(data)).astype(int)
    thresholds = (np.sort(data)[quantiles] if between is None else np.array([between]))[:, None]
    below = (data < thresholds).astype(np.int64) + (data <= thresholds)
    counts = np.zeros((len(thresholds), len(data) + 1), dtype=np.int64)
    np.cumsum(below, axis=1, out=counts[:, 1:])
    return counts


def _entropies(n: int) -> Floats:
    """x log x for x = 0, 1/2, 1 ... n: looking up is faster than a logarithm."""
    import numpy as np

    x = np.arange(1, 2 * n + 1) / 2.0
    return np.concatenate([[0.0], x * np.log(x)])


def _likelihoods(counts: Ints, entropy: Floats, start: Ints, end: Ints) -> Floats:
    """Log likelihood of the stretches [start, end), each with its own shares below the thresholds, averaged over these."""
    below = counts[:, end] - counts[:, start]
    length = 2 * (end - start)
    likelihood = entropy.take(below).sum(0) + entropy.take(length - below).sum(0)
    result: Floats = likelihood / len(counts) - entropy[length]
    return result


def _gains(counts: Ints, entropy: Floats, places: Ints) -> Floats:
    """Row i, column j > i: the likelihood of the stretch from place i to place j."""
    import numpy as np

    first, second = np.triu_indices(len(places), 1)
    gains = np.zeros((len(places), len(places)))
    gains[first, second] = _likelihoods(counts, entropy, places[first], places[second])
    return gains


def _sharpest(counts: Ints, entropy: Floats, price: float) -> Ints:
    """Both ends and the places whose two sides differ more than at any other within the window, for windows of each size.

    What is far from worth a price is left out: each place costs the search as much as there are places.
    """
    import numpy as np

    n = counts.shape[1] - 1
    kept = np.zeros(n + 1, dtype=bool)
    kept[[0, n]] = True
    width = SHORTEST
    starts = np.arange(n - width + 1)
    narrow = _likelihoods(counts, entropy, starts, starts + width)
    while 2 * width <= n:
        starts = starts[: n - 2 * width + 1]
        wide = _likelihoods(counts, entropy, starts, starts + 2 * width)
        gain = narrow[: len(starts)] + narrow[width : width + len(starts)] - wide
        least = min(WORTH_A_LOOK * price, CLEAR_ENOUGH * 2 * width * math.log(2))
        kept[starts[(gain >= _largest_around(gain, width)) & (gain > least)] + width] = True
        width, narrow = 2 * width, wide
    return np.flatnonzero(kept)


def _largest_around(values: Floats, reach: int) -> Floats:
    """Of each value and its neighbours up to that many places to either side. O(n log reach)."""
    import numpy as np

    edge = np.full(reach, -np.inf)
    found = np.concatenate([edge, values, edge])
    covered, wanted = 1, 2 * reach + 1
    while covered < wanted:
        step = min(covered, wanted - covered)
        found = np.maximum(found[:-step], found[step:])
        covered += step
    return found


def _best_path(places: Ints, gains: Floats, price: float) -> list[int]:
    """The cuts among `places` with the largest sum of gains less the price of each. gains[i, j]: of places i to j."""
    import numpy as np

    allowed = np.where(places - places[:, None] >= SHORTEST, gains - price, -np.inf).T.copy()
    best = np.full(len(places), -np.inf)
    best[0] = price
    before = [0] * len(places)
    for j in range(1, len(places)):
        total = best[:j] + allowed[j, :j]
        before[j] = i = int(total.argmax())
        best[j] = total[i]
    cuts: list[int] = []
    j = before[-1]
    while j > 0:
        cuts.append(int(places[j]))
        j = before[j]
    return cuts[::-1]


def _pull_in_spikes(values: Sequence[float]) -> tuple[Floats, float]:
    """The values, none farther than CLIP from the running median of five (steps survive), and the noise between neighbours."""
    import numpy as np

    data = np.asarray(values, dtype=float)
    middle = _running_median(data)
    apart = data - middle
    # Where more than half of the steps are none (a coarse clock), the range over 100 stands for the noise.
    noise = _spread(np.diff(data)) / math.sqrt(2) or _spread(apart) or float(np.ptp(data)) / 100 or 1.0
    return middle + np.clip(apart, -CLIP * noise, CLIP * noise), noise


def _running_median(data: Floats) -> Floats:
    """Of five, at the ends of the three or four there are."""
    import numpy as np

    n = len(data)
    ends = [median(data[max(0, i - 2) : i + 3].tolist()) for i in (0, 1, n - 2, n - 1)]
    inside = np.partition(np.lib.stride_tricks.sliding_window_view(data, 5), 2, axis=1)[:, 2]
    return np.concatenate([ends[:2], inside, ends[2:]])


def _spread(data: Floats) -> float:
    """As `stats.shift.spread`, for many values."""
    import numpy as np

    return NORMAL * _middle(np.abs(data - _middle(data)))


def _middle(data: Floats) -> float:
    """The median; numpy's own takes ten times as long for a hundred values."""
    import numpy as np

    ordered, half = np.sort(data), len(data) // 2
    return float(ordered[half] if len(data) % 2 else (ordered[half - 1] + ordered[half]) / 2)
