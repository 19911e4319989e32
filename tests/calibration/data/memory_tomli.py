"""Benchmarks of tomli for `memory_releases.py`."""

import tomli

TEXT = "\n".join(
    '[table.t%d]\nname = "name %d"\nvalues = [%s]\nwhen = 2024-01-0%dT10:00:00Z\ninline = { a = 1, b = "x" }\n'
    % (n, n, ", ".join(map(str, range(20))), n % 9 + 1)
    for n in range(400)
)
NESTED = "a = " + "[" * 80 + "]" * 80 + "\n" + "\n".join("x.y%d.z = '''%s'''" % (n, "long " * 40) for n in range(300))
ARRAYS = "\n".join("[[item]]\nid = %d\nf = %d.5\nok = true" % (n, n) for n in range(1500))


def tables():
    return tomli.loads(TEXT)


def nested():
    return tomli.loads(NESTED)


def arrays():
    return tomli.loads(ARRAYS)


def test_tables(benchmark):
    benchmark(tables)


def test_nested(benchmark):
    benchmark(nested)


def test_arrays(benchmark):
    benchmark(arrays)
