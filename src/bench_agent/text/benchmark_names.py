"""What people call a benchmark: the configured name, else the test's own without its prefix, else enough to tell it apart."""

from collections import Counter
from collections.abc import Mapping, Sequence

_PREFIXES = ("test_", "bench_", "benchmark_")


def name_benchmarks(ids: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Node id -> name, one to one for distinct ids.

    `names` maps a node id, or what follows one of its "::", with or without parameters, to the name to use. Two
    benchmarks that would have the same name get their class, else their file, in front.
    """
    short = {id: _configured(id, names) or _short(id) for id in ids}
    taken = Counter(short.values())
    result = {}
    for id, name in short.items():
        if taken[name] > 1:
            name = f"{_owner(id)}.{name}" if _owner(id) else id
        result[id] = name
    # Names that are still shared give way to the ids; an id can in turn be what another benchmark is called.
    while True:
        taken = Counter(result.values())
        shared = [id for id, name in result.items() if taken[name] > 1 and name != id]
        if not shared:
            return result
        result.update({id: id for id in shared})


def _split(id: str) -> tuple[str, str]:
    """(what stands before the test's name, the name with its parameters). A parameter may hold "::"."""
    head, bracket, parameters = id.partition("[")
    if "<" in head:  # a C++ name, BM_copy<std::string>/8: its "::" stand before no test
        return "", id
    before, _, name = head.rpartition("::")
    return before, name + bracket + parameters


def _configured(id: str, names: Mapping[str, str]) -> str | None:
    before, name = _split(id)
    plain, bracket, parameters = name.partition("[")
    places = before.split("::")
    owners = ["".join(f"{part}::" for part in places[i:]) for i in range(len(places))] if before else []
    for owner in (*owners, ""):  # the most precise key wins: the id, a class and its test, the test
        if owner + name in names:
            return names[owner + name]
        if owner + plain in names:
            return names[owner + plain] + bracket + parameters
    return None


def _short(id: str) -> str:
    name = _split(id)[1]
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            return name[len(prefix) :]
    return name


def _owner(id: str) -> str:
    before = _split(id)[0]
    return before.rpartition("::")[2].rpartition("/")[2].removesuffix(".py")
