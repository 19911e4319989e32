"""What a pytest session told of how it collects, as records: where it looked, and how to start one like it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_agent.records import Collection, ModuleOrigin, Suite


def suite_of(first: Mapping[str, Any], ids: Sequence[str], modules: Iterable[Any] = ()) -> Suite | None:
    """The suite of a session's first line, the benchmarks it selected, and what its modules were imported as."""
    if not ids or not first.get("executable"):
        return None
    return Suite(
        executable=first["executable"],
        rootdir=first["rootdir"],
        ids=tuple(ids),
        flags=tuple(first.get("flags") or ()),
        arguments=kept_arguments(first.get("argv") or (), first.get("cwd") or ""),
        autoload=first.get("autoload") is not False,
        modules=_origins(modules),
    )


def _origins(told: Iterable[Any]) -> tuple[ModuleOrigin, ...]:
    found = {}
    for entry in told:
        match entry:
            case [str(name), "source" | "extension" | "bytecode" | "archive" as kind, str(path)]:
                found[name] = ModuleOrigin(name=name, kind=kind, path=path)
    return tuple(found.values())


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


# The configuration, plug-ins, warnings that are errors: without them the same files may collect to nothing. What selects,
# reports, or belongs to a plug-in is left out: the other call selects by itself and reports nothing.
_WITH_VALUE = {
    "-c": "-c", "--config-file": "-c", "-o": "-o", "--override-ini": "-o", "-p": "-p", "-W": "-W", "--pythonwarnings": "-W",
    "--import-mode": "--import-mode",
}  # fmt: skip


def kept_arguments(arguments: Sequence[str], folder: str) -> tuple[str, ...]:
    """Pairs of option and value, flat, in order; a configuration file by its absolute path, wherever it was."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            break
        name, value = _split(argument)
        if name not in _WITH_VALUE:
            continue
        value = next(rest, None) if value is None else value
        if value not in (None, "no:cacheprovider"):  # each session of the ring has a cache of its own
            kept += [_WITH_VALUE[name], str(Path(folder, value)) if _WITH_VALUE[name] == "-c" else value]
    return tuple(kept)


def _split(argument: str) -> tuple[str, str | None]:
    """("-o", "a=b") of `-oa=b`, ("--config-file", "x") of `--config-file=x`; no value where it is the next argument."""
    if argument.startswith("--"):
        name, equals, value = argument.partition("=")
        return name, value if equals else None
    return argument[:2], argument[2:] or None
