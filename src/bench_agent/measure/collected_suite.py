"""What a pytest session told of how it collects, as records: where it looked, and how to start one like it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench_agent.measure.arguments import kept_arguments
from bench_agent.records import Collection, Suite


def suite_of(first: Mapping[str, Any], ids: Sequence[str]) -> Suite | None:
    """The suite of a session's first line and the benchmarks it selected."""
    if not ids or not first.get("executable"):
        return None
    return Suite(
        executable=first["executable"],
        rootdir=first["rootdir"],
        ids=tuple(ids),
        flags=tuple(first.get("flags") or ()),
        arguments=kept_arguments(first.get("argv") or (), first.get("cwd") or ""),
        autoload=first.get("autoload") is not False,
    )


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
