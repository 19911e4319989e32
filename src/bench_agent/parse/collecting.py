"""What a pytest session told of how it collects, as records: where it looked, and how to start one like it. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench_agent.records import Collection, Suite

_LOADING = ("-o", "-c", "-p", "--override-ini", "--config-file", "--import-mode", "--confcutdir", "--asyncio-mode")
_LOADING_SHORT = re.compile(r"-[ocp][^-=]")  # the value in the same word: -pno:cov, -oaddopts=


def suite_of(first: Mapping[str, Any], ids: Sequence[str]) -> Suite | None:
    """The suite of a session's first line and the benchmarks it selected."""
    if not ids or not first.get("executable"):
        return None
    return Suite(
        executable=first["executable"],
        rootdir=first["rootdir"],
        ids=tuple(ids),
        flags=tuple(first.get("flags") or ()),
        options=loading_options(first.get("argv") or ()),
        autoload=first.get("autoload") is not False,
    )


def loading_options(argv: Sequence[str]) -> tuple[str, ...]:
    """Of a pytest command's arguments those that decide how tests are found and loaded; the rest is about one run."""
    found: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument in _LOADING:
            value = next(arguments, None)
            if value not in (None, "no:cacheprovider"):  # the ring gives each session a cache of its own
                found += [argument, value]
        elif argument.partition("=")[0] in _LOADING[3:] or _LOADING_SHORT.match(argument):
            found.append(argument)
    return tuple(found)


def collection_of(collected: Sequence[Mapping[str, Any]]) -> Collection | None:
    """What all sessions of a run collected together; None when one did not look at everything, or not to the end."""
    if not collected or not all(event.get("among") for event in collected):
        return None

    def union(values: Iterable[Sequence[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(value) for some in values for value in some))

    return Collection(
        roots=union(event["among"]["roots"] for event in collected),
        patterns=union(event["among"]["patterns"] for event in collected),
        settings=union(event["among"]["settings"] for event in collected),
        files=union(event.get("holding") or () for event in collected),
    )
