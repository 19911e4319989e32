"""Benchmarks of tomli for `memory_releases.py`."""

import tomli

VALUES = ", ".join(map(str, range(20)))
TEXT = "\n".join(
    f'[table.t{n}]\nname = "name {n}"\nvalues = [{VALUES}]\nwhen = 2024-01-0{n % 9 + 1}T10:00:00Z\ninline = {{ a = 1, b = "x" }}\n'
    for n in range(400)
)
LONG = "long " * 40
NESTED = "a = " + "[" * 80 + "]" * 80 + "\n" + "\n".join(f"x.y{n}.z = '''{LONG}'''" for n in range(300))
ARRAYS = "\n".join(f"[[item]]\nid = {n}\nf = {n}.5\nok = true" for n in range(1500))


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
