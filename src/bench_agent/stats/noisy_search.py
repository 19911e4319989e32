"""Noisy search for the place in an ordered range where a level rises: which place, how sure, and where to look next.

It takes observations at places (differences from the level before the range) and a prior over places. It returns the posterior
over places with the size of the rise, and the places whose measurement is expected to tell most. Pure functions; nothing is
known here of commits or clocks.

The model: places 1..n in order; at one of them, `p`, the level rises by an unknown size and stays: an observation at place
i is noise around 0 for i < p and around the size for i >= p. Noise is Student's t with 4 degrees of freedom: now and then a
session of a benchmark is far off, and under a normal model that single observation would decide.
Source: Bayesian noisy binary search; Burnashev, Zigangirov (1974); Waeber, Frazier, Henderson, SIAM J. Control 51 (2013).
"""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

# `python tests/calibration/bisection.py` shows what searches with these constants find, and how many measurements they take.
FREEDOM = 4  # degrees, of the noise's distribution
SURE = 0.99  # probability of one place from which the search ends
FLOOR = 0.3  # share of the prior that stays uniform: a misleading ranking then costs less than 15 % more measurements
SIZES = tuple(0.6 + 0.05 * step for step in range(16))  # of the estimated rise, 0.6 to 1.35 times: its likely true size
LARGER = (1.6, 2.0)  # an estimate can be this far off when its sessions were few
SIZE_SPREAD = 0.15  # relative error expected of the estimate, as a normal prior over SIZES
MIN_SCALE = 0.006  # natural log of a ratio: less is memory layout, which differs from commit to commit
CANDIDATES = 40  # places considered for the next measurement, evenly spread over the posterior


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is known after the observations. places: probability of each place 1..n, in order, summing to 1."""

    places: tuple[float, ...]
    size: float  # expected rise
    best: int  # the most probable place, from 1
    surety: float  # its probability

    def top(self, count: int) -> list[tuple[int, float]]:
        """The most probable places with their probabilities."""
        order = heapq.nlargest(count, range(len(self.places)), key=self.places.__getitem__)
        return [(i + 1, self.places[i]) for i in order]

    def among(self, probability: float) -> int:
        """How few places hold that probability together."""
        total = 0.0
        for number, p in enumerate(sorted(self.places, reverse=True), start=1):
            total += p
            if total >= probability:
                return number
        return len(self.places)


def mix_prior(weights: Sequence[float], *, floor: float = FLOOR) -> list[float]:
    """The weights as probabilities, of which `floor` is spread evenly. Weights that make no sense count as zero."""
    clean = [w if math.isfinite(w) and w > 0 else 0.0 for w in weights]
    total = math.fsum(clean)
    even = 1.0 / len(clean)
    if not total:
        return [even] * len(clean)
    return [floor * even + (1 - floor) * w / total for w in clean]


def locate(
    prior: Sequence[float], observations: Mapping[int, Sequence[float]], *, size: float, scale: float
) -> Posterior:
    """The posterior over places 1..len(prior).

    observations: place (from 1) -> differences from the level before; those at the last place tell of the size alone.
    size: the estimated rise, not 0. scale: spread of one observation (see `noise_scale`). Raises ValueError without places.
    O(observations x sizes + places).
    """
    if not prior:
        raise ValueError("a range without places")
    sizes = [size * factor for factor in (*SIZES, *LARGER)]
    weights = [-0.5 * ((s / size - 1) / SIZE_SPREAD) ** 2 if s / size <= SIZES[-1] else -6.0 for s in sizes]
    scale = max(scale, MIN_SCALE)
    measured = sorted(i for i in observations if 1 <= i <= len(prior) and observations[i])
    # For p in the gap before measured[j]: measured[:j] are at the old level, measured[j:] at the new.
    before = [0.0]
    for place in measured:
        before.append(before[-1] + math.fsum(_log_density(y, scale) for y in observations[place]))
    after = [[0.0] * len(sizes)]
    for place in reversed(measured):
        after.append(
            [
                old + math.fsum(_log_density(y - s, scale) for y in observations[place])
                for old, s in zip(after[-1], sizes, strict=True)
            ]
        )
    after.reverse()
    gaps = [
        [start + gain + weight for gain, weight in zip(gains, weights, strict=True)]
        for start, gains in zip(before, after, strict=True)
    ]
    top = max(value for gap in gaps for value in gap)
    masses = [[math.exp(value - top) for value in gap] for gap in gaps]
    likelihood = [math.fsum(mass) for mass in masses]
    bounds = [*measured, len(prior)]
    places, gap = [], 0
    for place in range(1, len(prior) + 1):
        while gap < len(measured) and place > bounds[gap]:
            gap += 1
        places.append(prior[place - 1] * likelihood[gap])
    total = math.fsum(places)
    if total <= 0:  # observations at the last place alone speak against any rise: the prior is all there is
        places, total = list(prior), math.fsum(prior)
    found = tuple(p / total for p in places)
    best = max(range(len(found)), key=found.__getitem__)
    gap = next((j for j, bound in enumerate(bounds) if best + 1 <= bound), len(measured))
    expected = math.fsum(m * s for m, s in zip(masses[gap], sizes, strict=True)) / max(likelihood[gap], 1e-300)
    return Posterior(places=found, size=expected, best=best + 1, surety=found[best])


def _log_density(y: float, scale: float) -> float:
    return -0.5 * (FREEDOM + 1) * math.log1p((y / scale) ** 2 / FREEDOM)


def noise_scale(spread: float) -> float:
    """The scale of the model's noise from a robust standard deviation: the same central half of the observations."""
    return max(0.911 * spread, MIN_SCALE) if math.isfinite(spread) else 2 * MIN_SCALE


def misreading(size: float, scale: float) -> float:
    """How often one observation lies nearer to the wrong level: of t4, exact, at most 0.5."""
    x = abs(size) / (2 * max(scale, MIN_SCALE))
    # Student's t with 4 degrees of freedom has a closed distribution function.
    z = x / math.sqrt(4 + x * x)
    return 0.5 - 0.5 * z * (1.5 - 0.5 * z * z) if x < 1e6 else 0.0


def choose(
    places: Sequence[float], count: int, *, error: float = 0.0, barred: frozenset[int] = frozenset()
) -> list[int]:
    """Up to `count` places, ascending, whose observations together are expected to tell most about where the rise is.

    places: the posterior. error: how often an observation is misread. barred: places that can't be measured, or need not.
    Greedy: each is the best addition to those before it. The last place is never chosen: it is at the new level in any case.
    """
    heads = list(accumulate(places))
    open_places = [i for i in range(1, len(places)) if i not in barred]
    wanted = _spread_over(heads, open_places)
    chosen: list[int] = []
    gained = 0.0
    while len(chosen) < count and wanted:
        gains = {i: _information(sorted([*chosen, i]), heads, error) for i in wanted}
        best = max(wanted, key=lambda i: (gains[i], -abs(heads[i - 1] - 0.5)))
        if gains[best] <= gained + 1e-9:
            break
        gained = gains[best]
        chosen.append(best)
        wanted.remove(best)
    return sorted(chosen)


def _spread_over(heads: Sequence[float], places: Sequence[int]) -> list[int]:
    """At most CANDIDATES of the places: at even steps of probability, the place on either side of each step."""
    if len(places) <= CANDIDATES:
        return list(places)
    found: dict[int, None] = {}
    at = 0
    for step in range(1, CANDIDATES // 2 + 1):
        level = step / (CANDIDATES // 2 + 1)
        while at + 1 < len(places) and heads[places[at] - 1] < level:
            at += 1
        found[places[at]] = None
        found[places[max(at - 1, 0)]] = None
    return list(found)


def _information(chosen: Sequence[int], heads: Sequence[float], error: float) -> float:
    """Bits that binary readings at these places tell about the place: H(readings) - H(readings | place)."""
    borders = [0.0, *(heads[i - 1] for i in chosen), 1.0]
    masses = [max(b - a, 0.0) for a, b in pairwise(borders)]
    n = len(chosen)
    total = 0.0
    for reading in range(2**n):
        likely = 0.0
        for gap, mass in enumerate(masses):  # the rise lies in that gap: chosen[gap:] are high
            wrong = sum((reading >> j & 1) != (j >= gap) for j in range(n))
            likely += mass * error**wrong * (1 - error) ** (n - wrong)
        total += _entropy(likely)
    return total - n * (_entropy(error) + _entropy(1 - error))


def _entropy(p: float) -> float:
    return -p * math.log2(p) if p > 0 else 0.0
