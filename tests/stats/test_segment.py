import itertools
import math
import random

import numpy
import pytest

from bench_agent.stats import segment
from bench_agent.stats.segment import SHORTEST, propose_cuts, sharpest_cut


def likelihoods(values):
    """start, end -> log likelihood, written down as the formula is, without tables."""
    counts = segment._count_below(values)

    def of(start, end):
        length, total = end - start, 0.0
        for below in (counts[:, end] - counts[:, start]) / 2:
            for part in (below, length - below):
                total += part * math.log(part / length) if part else 0.0
        return total / segment.THRESHOLDS

    return of


@pytest.mark.parametrize("seed", range(12))
def test_the_best_path_is_the_one_trying_all_partitions_finds(seed):
    source = random.Random(seed)
    values = [source.gauss(0, 1) + (3 if i >= 4 else 0) - (4 if i >= 9 else 0) for i in range(12)]
    of, n, price = likelihoods(values), len(values), 1.5
    best = -math.inf
    for count in range(5):
        for cuts in itertools.combinations(range(SHORTEST, n - SHORTEST + 1), count):
            edges = [0, *cuts, n]
            if min(b - a for a, b in itertools.pairwise(edges)) >= SHORTEST:
                total = sum(of(a, b) for a, b in itertools.pairwise(edges)) - price * count
                best = max(best, total)
    places = numpy.arange(n + 1)
    counts, entropy = segment._count_below(values), segment._entropies(n)
    edges = [0, *segment._best_path(places, segment._gains(counts, entropy, places), price), n]
    assert min(b - a for a, b in itertools.pairwise(edges)) >= SHORTEST
    found = sum(of(a, b) for a, b in itertools.pairwise(edges)) - price * (len(edges) - 2)
    assert found == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_the_sharpest_cut_is_the_one_trying_all_finds(seed):
    source = random.Random(seed)
    values = [source.gauss(0, 1) + (1.5 if i >= 13 else 0) for i in range(25)]
    of = likelihoods(values)
    assert sharpest_cut(values) == max(range(2, 24), key=lambda k: of(0, k) + of(k, 25))


def test_the_border_between_two_clear_levels_is_where_it_is():
    source = random.Random(4)
    for at in range(3, 38):
        values = [source.gauss(10, 0.3) * (1.6 if i >= at else 1) for i in range(40)]
        assert sharpest_cut(values, between=13) == at


@pytest.mark.parametrize("reach", [1, 2, 3, 4, 7, 8, 50])
def test_the_largest_around_is_that_of_the_whole_window(reach):
    source = random.Random(reach)
    values = [source.gauss(0, 1) for _ in range(40)]
    wanted = [max(values[max(0, i - reach) : i + reach + 1]) for i in range(40)]
    assert segment._largest_around(numpy.array(values), reach).tolist() == wanted


def test_places_left_out_would_hardly_be_cuts():
    """Of 60 series with two steps, all but three have the same proposals as with every place looked at."""
    other = 0
    for seed in range(60):
        source = random.Random(seed)
        values = [math.exp(source.gauss(0, 0.05)) * (1.1 if 40 <= i < 90 else 1) for i in range(150)]
        counts, entropy, price = segment._count_below(values), segment._entropies(150), math.log(150)
        all_places = numpy.arange(151)
        few = segment._sharpest(counts, entropy, price)
        assert len(few) < 75
        found = [
            segment._best_path(places, segment._gains(counts, entropy, places), price) for places in (few, all_places)
        ]
        other += found[0] != found[1]
    assert other <= 3


def test_spikes_are_hardly_ever_proposed():
    source = random.Random(5)
    spikes = [1.0 + source.gauss(0, 0.01) + (5 if i % 17 == 3 else 0) for i in range(120)]
    assert len(propose_cuts(spikes)) <= 2
