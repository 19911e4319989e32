"""Student's t of a few sets of sessions, whose noise is told by all versions that ran in them, not only by the two compared.

Randomized blocks: a set of sessions is a block, a version is a treatment. What is left of the levels without the mean of
their set and of their version is noise; its mean square has (sets - 1)(versions - 1) degrees of freedom, so that three sets of
four versions tell as much of it as seven of two. Sets of other versions are further blocks, whose degrees of freedom add up.

That presumes normal noise, as large for every version. Where the difference in question scatters more than all together, its own
scatter is used, and it must stand out of that alone too, at a much larger error: else a version that alone is noisy would be
judged by the calm of those beside it. tests/stats/test_blocks.py bounds what is then called slower without a change.
Source: Montgomery, Design and Analysis of Experiments (2012), 4.1. Pure functions, in natural log units.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

FEWEST = 2  # sets
OWN_PART = 0.25  # of the error at which a difference must stand out of its own scatter
LEAST_SPREAD = (
    0.006  # natural log of a ratio, the least that is taken for the spread of a difference: few may agree by chance
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of two versions over some sets of sessions."""

    centre: float
    error: float  # standard error of the centre, by all versions
    freedom: int  # degrees, of that
    own_error: float  # by the difference alone, at most `error`
    own_freedom: int

    def p_above(self, part: float) -> float:
        """One-sided p-value that the centre is above zero. part: of the error, that this look may spend."""
        pooled = student_tail(self.centre / self.error, self.freedom) / part
        return max(pooled, student_tail(self.centre / self.own_error, self.own_freedom) / OWN_PART)

    def interval(self, tail: float, part: float) -> tuple[float, float]:
        """Bounds of the centre, each missed with probability `tail * part`."""
        pooled = student_quantile(tail * part, self.freedom) * self.error
        reach = max(pooled, student_quantile(tail * OWN_PART, self.own_freedom) * self.own_error)
        return self.centre - reach, self.centre + reach


def contrast(differences: Sequence[float], sets: Sequence[Mapping[str, float]]) -> Contrast:
    """What the sets say of a difference.

    differences: one for each set, FEWEST at least. sets: version -> level, both versions of the difference in each.
    Raises ValueError where these don't fit. O(sets x versions).
    """
    n = len(differences)
    if n < FEWEST or len(sets) != n or any(len(levels) < FEWEST for levels in sets):
        raise ValueError(f"{n} differences, and sets of {[len(levels) for levels in sets]} versions")
    centre = math.fsum(differences) / n
    own = math.fsum((value - centre) ** 2 for value in differences)
    of_same_versions: dict[frozenset[str], list[Mapping[str, float]]] = {}
    for levels in sets:
        of_same_versions.setdefault(frozenset(levels), []).append(levels)
    squares, freedom = 0.0, 0
    for versions, blocks in of_same_versions.items():
        squares += _left_over([[levels[version] for version in sorted(versions)] for levels in blocks])
        freedom += (len(blocks) - 1) * (len(versions) - 1)
    if freedom < n - 1:  # hardly two had the same versions
        squares, freedom = own / 2, n - 1
    spread = math.sqrt(max(own / (n - 1), 2 * squares / freedom))
    return Contrast(
        centre=centre,
        error=max(spread, LEAST_SPREAD) / math.sqrt(n),
        freedom=freedom,
        own_error=max(math.sqrt(own / (n - 1)), LEAST_SPREAD) / math.sqrt(n),
        own_freedom=n - 1,
    )


def _left_over(blocks: Sequence[Sequence[float]]) -> float:
    """The sum of squares of what is left without the means of rows and columns. blocks: rows of one width."""
    of_set = [math.fsum(row) / len(row) for row in blocks]
    of_version = [math.fsum(column) / len(blocks) for column in zip(*blocks, strict=True)]
    whole = math.fsum(of_set) / len(blocks)
    return math.fsum(
        (level - mean - middle + whole) ** 2
        for row, mean in zip(blocks, of_set, strict=True)
        for level, middle in zip(row, of_version, strict=True)
    )


def student_tail(x: float, freedom: int) -> float:
    """How probable it is that Student's t lies above x. Closed form; relative error below 1e-6 down to 1e-10.

    Source: Abramowitz, Stegun (1964), 26.7.3 and 26.7.4.
    """
    angle = math.atan(x / math.sqrt(freedom))
    cosine = math.cos(angle) ** 2
    # The sum's terms: cos^1, 2/3 cos^3, ... for odd degrees of freedom, 1, 1/2 cos^2, ... for even ones.
    term = math.cos(angle) if freedom % 2 else 1.0
    total = 0.0 if freedom == 1 else term
    for k in range(2 + freedom % 2, freedom - 1, 2):
        term *= cosine * (k - 1) / k
        total += term
    within = math.sin(angle) * total
    if freedom % 2:
        within = 2 / math.pi * (angle + within)
    return (1 - within) / 2


@lru_cache(maxsize=256)
def student_quantile(tail: float, freedom: int) -> float:
    """What Student's t exceeds with that probability, 0 < tail < 0.5."""
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > tail else (low, middle)
    return high
