"""How much a series moves by itself, and the step that is therefore worth suspecting. Pure; takes medians, oldest first."""

import math
import statistics
from collections.abc import Sequence

# `python tests/calibration/suspicion.py` shows what these give.
STEP = 0.10  # the least step worth suspecting: twice the 5.6 % by which a median moves on unchanged code
NOISES = 4.0  # standard deviations of the series before it that a step must also exceed
UNKNOWN_NOISE = 0.05  # with NOISES: a step of 20 %, the seed's threshold, while a series is too short to know its noise
MIN_SERIES = 4  # runs from which a series has a noise of its own


def least_step(medians: Sequence[float]) -> float:
    """The growth (0.2 is +20 %) that a step must exceed after runs with these medians. Whatever their scale."""
    noise = noise_of(medians)
    return max(STEP, NOISES * noise, _usual_rise(medians) + 2 * noise)


def noise_of(medians: Sequence[float]) -> float:
    """Relative spread of the earlier medians: 1.4826 x their median absolute deviation.

    From fewer than MIN_SERIES runs nothing can be said; UNKNOWN_NOISE stands in for it.
    """
    values = [value for value in medians if value > 0]
    if len(values) < MIN_SERIES:
        return UNKNOWN_NOISE
    centre = statistics.median(values)
    return 1.4826 * statistics.median(abs(v - centre) for v in values) / centre


def _usual_rise(medians: Sequence[float]) -> float:
    """By how much the slowest runs but a tenth of them lie above the middle one: a benchmark that now and then runs in a
    slow state (a core's other tenant, a frequency) has made no step when it does so again."""
    values = sorted(value for value in medians if value > 0)
    if len(values) < MIN_SERIES:
        return 0.0
    return values[math.ceil(0.9 * len(values)) - 1] / statistics.median(values) - 1
