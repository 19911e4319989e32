"""Benchmarks of bidict for `memory_releases.py`."""

from bidict import OrderedBidict, bidict

DATA = {n: f"v{n}" for n in range(10000)}
BASE = bidict(DATA)


def build():
    return bidict(DATA)


def ordered():
    return OrderedBidict(DATA)


def update():
    b = bidict()
    b.update(DATA)
    return b


def putall():
    b = BASE.copy()
    b.putall({-1 - n: f"w{n}" for n in range(1000)}.items())
    return b


def inverse():
    return dict(bidict(DATA).inverse)


def test_build(benchmark):
    benchmark(build)


def test_ordered(benchmark):
    benchmark(ordered)


def test_update(benchmark):
    benchmark(update)


def test_putall(benchmark):
    benchmark(putall)


def test_inverse(benchmark):
    benchmark(inverse)
