"""Benchmarks of dacite for `memory_releases.py`."""

from dataclasses import dataclass, field

from dacite import Config, from_dict


@dataclass
class Tag:
    name: str
    weight: float = 1.0


@dataclass
class Item:
    id: int
    title: str
    tags: list[Tag]
    note: str | None = None
    extra: dict[str, int] = field(default_factory=dict)
    value: int | str = 0


@dataclass
class Order:
    items: list[Item]


def item(n):
    tags = [{"name": "a"}, {"name": "b", "weight": 2.0}]
    return {"id": n, "title": f"t{n}", "tags": tags, "extra": {"k": n}, "value": str(n)}


DATA = {"items": [item(n) for n in range(500)]}


def orders():
    return from_dict(Order, DATA)


def cast():
    return from_dict(Order, DATA, Config(cast=[float], check_types=False))


def flat():
    return [from_dict(Tag, {"name": "x"}) for _ in range(500)]


def local():
    @dataclass
    class Local:
        name: str
        tags: list[Tag]

    return from_dict(Local, {"name": "x", "tags": [{"name": "a"}]})


def test_orders(benchmark):
    benchmark(orders)


def test_cast(benchmark):
    benchmark(cast)


def test_flat(benchmark):
    benchmark(flat)


def test_local(benchmark):
    benchmark(local)
