"""Evidence that grows with how far apart two sides are: bets against "nothing changed", one on each observation in turn.

They take log ratios, one per independent pair of sessions, in time order. What a gambler holds who bets that the next one lies
above a value is evidence at any moment: were the centre that value or less, his wealth would ever reach w times what he began
with with probability at most 1 / w (Ville), so one may look after every observation and stop when one likes. Pure, no policy.

Without a change an observation is u - v, where u and v are alike and independent given what both sides share (machine, hash
seed). Three things follow, each a fair bet (it pays at most 1 on average), the last with one more premise:

- It is above zero: pays 2. Of two alike either may be the larger.
- It lies between a and m a: pays 2 m / (m - 1). Among m + 1 values there are always two neighbours at most a apart or an outer
  two more than m a apart, so |u - v| lies there with probability at most 1 - 1 / m whatever the distribution (Turan's
  theorem, as Motzkin and Straus put it), and on the side that was bet on with half of that.
- It lies above t: pays 2 t / b where |u - v| exceeds any t with probability at most b / t: tails so heavy that no mean exists.
  Their scale b is taken from the observations before, and is never less than LEAST_SCALE.

What is bet on follows from the observations before: their median is the size expected of the next one.
Sources: Shafer, J. R. Stat. Soc. A 184 (2021) 407-431; Motzkin, Straus, Canad. J. Math. 17 (1965) 533-540.
"""

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Natural log of a ratio. Unchanged code as recorded in tests/stats/ring_noise.json has b = 0.003 to 0.008 (15 ms of work: 0.012),
# half to two thirds of its spread.
LEAST_SCALE = 0.006
SCALE_FROM = 3  # observations that say something of the scale
FIRST_BOUND = 4  # observations with which a bound can be finite
FARTHEST = 50.0  # natural log of a ratio: no two clocks are so far apart
HALVINGS = 7  # a bound is told too far out by at most a 128th of its distance
MOST_HELD = 1e200  # more evidence is not told apart
NORMAL_DISTANCE = 0.9539  # the median distance of two normal values, in standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gambler:
    """Which part of what he holds one puts on each bet; the rest he keeps. stake: his part of the whole at the start."""

    stake: float
    above: float = 0.0
    wide: float = 0.0  # between 1/2 and 3/2 of the size expected
    narrow: float = 0.0  # between 2/3 and 4/3
    tail: float = 0.0  # above 1/2


# From those who put all on the size expected to one who hardly goes beyond the sign. Chosen on recorded noise, with shifts of
# 3, 5, 10 and 40 % added: most are found with few observations when some of either kind are there.
GAMBLERS = (
    _Gambler(stake=0.35, narrow=0.4, tail=0.6),
    _Gambler(stake=0.15, narrow=1.0),
    _Gambler(stake=0.30, above=0.2, wide=0.2, narrow=0.2, tail=0.35),
    _Gambler(stake=0.20, above=0.3, wide=0.2, narrow=0.1, tail=0.1),
)
_PARTS = tuple(
    (1 - g.above - g.wide - g.narrow - g.tail, g.above, g.wide, g.narrow, g.tail) for g in GAMBLERS
)  # kept, and put on each bet


@dataclass(frozen=True, slots=True)
class Bets:
    """Observations, and what was known before each of them: the median and the scale of those before."""

    values: tuple[float, ...]
    middles: tuple[float, ...]  # NaN for the first
    scales: tuple[float, ...]  # NaN for the first SCALE_FROM

    def p_above(self, centre: float = 0.0) -> float:
        """p-value, valid under optional stopping, that the centre is above `centre`; at most 1.0. O(n)."""
        return 1 / _most_held([v - centre for v in self.values], [m - centre for m in self.middles], self.scales)

    def p_below(self, centre: float = 0.0) -> float:
        """The same that it is below."""
        return 1 / _most_held([centre - v for v in self.values], [centre - m for m in self.middles], self.scales)

    def interval(self, tail: float) -> tuple[float, float]:
        """Bounds of the centre, each missed with probability at most `tail` however long one goes on; may be infinite."""
        if len(self.values) < FIRST_BOUND:
            return -math.inf, math.inf
        return self._bound(tail, below=True), self._bound(tail, below=False)

    def _bound(self, tail: float, *, below: bool) -> float:
        """The value farthest from the median that the bets don't reject, found by halving: evidence grows with distance."""
        middle = median(self.values)
        p, sign = (self.p_above, -1) if below else (self.p_below, 1)
        far = LEAST_SCALE
        while p(middle + sign * far) > tail:
            far *= 2
            if far > FARTHEST:
                return sign * math.inf
        near = 0.0
        for _ in range(HALVINGS):
            half = (near + far) / 2
            near, far = (near, half) if p(middle + sign * half) <= tail else (half, far)
        return middle + sign * far


def bets_on(values: Sequence[float]) -> Bets:
    """What is needed to bet on the values, finite and in time order. O(n^2 log n)."""
    past: list[float] = []
    distances: list[float] = []
    middles, scales = [], []
    for value in values:
        middles.append(_middle(past))
        scales.append(max(LEAST_SCALE, _middle(distances) / NORMAL_DISTANCE) if len(past) >= SCALE_FROM else math.nan)
        for other in past:
            insort(distances, abs(value - other))
        insort(past, value)
    return Bets(values=tuple(values), middles=tuple(middles), scales=tuple(scales))


def _middle(ordered: Sequence[float]) -> float:
    if not ordered:
        return math.nan
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def _most_held(values: Sequence[float], sizes: Sequence[float], scales: Sequence[float]) -> float:
    """The most the gamblers ever held together, from 1, betting that values lie above zero. sizes: what was expected of each."""
    held = [gambler.stake for gambler in GAMBLERS]
    most = 1.0
    for value, size, scale in zip(values, sizes, scales, strict=True):
        if size <= 0:
            continue  # what came before speaks against it: nobody bets
        above, wide, narrow, tail = _payoffs(value, size, scale)
        held = [
            own * (kept + a * above + w * wide + n * narrow + t * tail)
            for own, (kept, a, w, n, t) in zip(held, _PARTS, strict=True)
        ]
        together = sum(held)
        if together > most:
            most = together
            if most > MOST_HELD:
                return MOST_HELD
    return most


def _payoffs(value: float, size: float, scale: float) -> tuple[float, float, float, float]:
    """What the bets pay: above zero, wide, narrow, tail. size, scale: as known before; NaN where nothing is."""
    if value <= 0:
        return 0.0, 0.0, 0.0, 0.0
    if size != size:
        return 2.0, 2.0, 2.0, 2.0
    part = value / size
    wide = 3.0 if 0.5 < part < 1.5 else 0.0
    hit = 2 / 3 < part < 4 / 3
    if scale != scale:
        return 2.0, wide, 4.0 if hit else 0.0, 4.0 if hit else 0.0
    known = size / scale
    narrow = max(4.0, known * 4 / 3) if hit else 0.0
    if known <= 2:  # the sign pays as much
        return 2.0, wide, narrow, 2.0
    return 2.0, wide, narrow, known if part > 0.5 else 0.0


def size_that_pays(wanted: float, n: int, *, scale: float) -> float:
    """How large observations must be so that the first gambler holds `wanted` after winning all of n bets; n > SCALE_FROM."""
    first = GAMBLERS[0]
    by_then = first.stake * 2 * 4 ** (SCALE_FROM - 1)
    each = first.narrow * 4 / 3 + first.tail  # for a size of one scale
    return float(scale / each * (wanted / by_then) ** (1 / (n - SCALE_FROM)))
