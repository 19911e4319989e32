"""Where a series may have changed its level: values in, proposed cuts out. Whether a cut is believed is not decided here.

Two costs propose. One counts, for a few thresholds spread over the values, how many of a stretch lie below each: it sees any
change of distribution, however skewed or many-humped the noise is, and no spike weighs more than any other value. It
cannot see a short stretch far away, since three values are three counts at any distance; so squared distances, with lone
spikes pulled in, propose too. Sources: Haynes, Fearnhead, Eckley, Statistics and Computing 27 (2017) 1293-1305 (the counts);
Jackson et al., IEEE Signal Processing Letters 12 (2005) 105-108 (optimal partitioning).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench_agent.stats.shift import inflation, median, spread

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


def propose_cuts(values: Sequence[float]) -> list[int]:
    """First indices of new stretches, ascending. values: finite, oldest first.

    A cut costs log(n), the usual price of one in a likelihood, times the inflation of a mean's variance by the
    dependence between neighbours. Cuts are looked for at the sharpest places of windows of 2, 4, 8... to either side; on
    500 values exact search gives the same ones. 4 ms for 500 values, 0.6 s for 10,000 (numpy's import of 0.1 s apart).
    """
    import numpy as np

    n, largest = len(values), max(map(abs, values)) or 1.0
    values = [value / largest for value in values]  # squares of what is near the ends of a float's range would be lost
    counts, entropy = _count_below(values), _entropies(n)
    tame, noise = _pull_in_spikes(values)
    sums = np.concatenate([[0.0], np.cumsum(tame)])
    places = _sharpest(counts, entropy)
    gains = [_likelihoods(counts, entropy, places[:j], places[j : j + 1]) for j in range(1, len(places))]
    price = math.log(n)
    cuts = _best_path(places, gains, price)
    dependence = inflation(values, cuts)
    if dependence > 1.0:
        cuts = _best_path(places, gains, price * dependence)
    squares = [
        ((sums[places[j]] - sums[places[:j]]) / noise) ** 2 / (places[j] - places[:j]) / 2
        for j in range(1, len(places))
    ]
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
    """Row i: twice how many of the first i values lie below each threshold, or the one given; a value on it counts half."""
    import numpy as np

    data = np.asarray(values, dtype=float)
    quantiles = ((np.arange(THRESHOLDS) + 0.5) / THRESHOLDS * len(data)).astype(int)
    thresholds = np.sort(data)[quantiles] if between is None else np.array([between])
    below = 2 * (data[:, None] < thresholds) + (data[:, None] == thresholds)
    counts = np.zeros((len(data) + 1, len(thresholds)), dtype=np.int64)
    np.cumsum(below, axis=0, out=counts[1:])
    return counts


def _entropies(n: int) -> Floats:
    """x log x for x = 0, 1/2, 1 ... n: looking up is faster than a logarithm."""
    import numpy as np

    x = np.arange(1, 2 * n + 1) / 2.0
    return np.concatenate([[0.0], x * np.log(x)])


def _likelihoods(counts: Ints, entropy: Floats, start: Ints, end: Ints) -> Floats:
    """Log likelihood of the stretches [start, end), each with its own shares below the thresholds, averaged over these."""
    below = counts[end] - counts[start]
    length = 2 * (end - start)
    likelihood = entropy[below].sum(-1) + entropy[length[:, None] - below].sum(-1)
    result: Floats = likelihood / counts.shape[1] - entropy[length]
    return result


def _sharpest(counts: Ints, entropy: Floats) -> Ints:
    """Both ends and the places whose two sides differ more than at any other within the window, for windows of each size."""
    import numpy as np

    n = len(counts) - 1
    kept = np.zeros(n + 1, dtype=bool)
    kept[[0, n]] = True
    width = SHORTEST
    while 2 * width <= n:
        at = np.arange(width, n - width + 1)
        gain = _likelihoods(counts, entropy, at - width, at) + _likelihoods(counts, entropy, at, at + width)
        gain -= _likelihoods(counts, entropy, at - width, at + width)
        edge = np.full(width, -1.0)
        windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([edge, gain, edge]), 2 * width + 1)
        kept[at[(gain >= windows.max(axis=1)) & (gain > 0)]] = True
        width *= 2
    return np.flatnonzero(kept)


def _best_path(places: Ints, gains: Sequence[Floats], price: float) -> list[int]:
    """The cuts among `places` with the largest sum of gains less the price of each. gains[j - 1][i]: of places i to j."""
    import numpy as np

    best = np.full(len(places), -np.inf)
    best[0] = price
    before = np.zeros(len(places), dtype=int)
    for j in range(1, len(places)):
        total = np.where(places[j] - places[:j] >= SHORTEST, best[:j] + gains[j - 1], -np.inf)
        before[j] = total.argmax()
        best[j] = total[before[j]] - price
    cuts: list[int] = []
    j = int(before[-1])
    while j > 0:
        cuts.append(int(places[j]))
        j = int(before[j])
    return cuts[::-1]


def _pull_in_spikes(values: Sequence[float]) -> tuple[list[float], float]:
    """The values, none farther than CLIP from the running median of five (steps survive), and the noise between neighbours."""
    middle = [median(values[max(0, i - 2) : i + 3]) for i in range(len(values))]
    steps = [b - a for a, b in itertools.pairwise(values)]
    apart = [value - m for value, m in zip(values, middle, strict=True)]
    # Where more than half of the steps are none (a coarse clock), the range over 100 stands for the noise.
    noise = spread(steps) / math.sqrt(2) or spread(apart) or (max(values) - min(values)) / 100 or 1.0
    reach = CLIP * noise
    return [m + max(-reach, min(reach, far)) for m, far in zip(middle, apart, strict=True)], noise
