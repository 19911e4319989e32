"""What people call a benchmark: the configured name, else the test's own without its prefix, else enough to tell it apart."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

_PREFIXES = ("test_", "bench_", "benchmark_")
_WIDER = 4  # columns by which a table's first column grows until its names are told apart


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


def tell_apart(names: Sequence[str], room: int, *, width: Callable[[str], int] = len) -> list[str]:
    """The names in at most `room` columns, each cut once, where those that are different stay different.

    Cut in the middle, for the end of a name tells one parameter from another; elsewhere where that leaves two the same. Names
    that no single cut tells apart get more columns than `room`, as few as will do. width: the columns a text takes.
    """
    shown = {name: _cut(name, room, _head(room), width) for name in names}
    for group in _equal(shown):
        shown.update(_apart(group, {text for name, text in shown.items() if name not in group}, room, width))
    return [shown[name] for name in names]


def _equal(shown: Mapping[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, text in shown.items():
        groups[text].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _apart(group: Sequence[str], taken: set[str], room: int, width: Callable[[str], int]) -> dict[str, str]:
    for wider in range(room, max(map(width, group)), _WIDER):
        middle = _head(wider)
        for head in sorted(range(wider), key=lambda place: (abs(place - middle), place)):
            cut = {name: _cut(name, wider, head, width) for name in group}
            if len(set(cut.values())) == len(group) and taken.isdisjoint(cut.values()):
                return cut
    return {name: name for name in group}


def _head(room: int) -> int:
    return max(1, (room - 1) * 2 // 3)


def _cut(name: str, room: int, head: int, width: Callable[[str], int]) -> str:
    """At most `room` columns of a text: its start up to `head` columns, an ellipsis, and as much of its end as fits."""
    if width(name) <= room:
        return name
    if name.isascii():
        return f"{name[:head]}…{name[len(name) - (room - 1 - head) :]}"
    start, end = "", ""
    for c in name:
        if width(start + c) > head:
            break
        start += c
    for c in reversed(name):
        if width(c + end) > room - 1 - width(start):
            break
        end = c + end
    return f"{start}…{end}"
