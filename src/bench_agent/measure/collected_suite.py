"""What a pytest session told of how it was started and collected, as records. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_agent.records import Collection, ModuleOrigin, PytestProcess


def process_of(
    first: Mapping[str, Any], ids: Sequence[str], handed_over: Mapping[str, Any] | None, modules: Iterable[Any] = ()
) -> PytestProcess | None:
    """The process of a session's first line and the benchmarks it selected; None when it selected none.

    handed_over: what it told beside its results (probe/bench_agent_process.py); None: nothing. modules: what they were
    imported as.
    """
    if not ids or not first.get("executable"):
        return None
    told = handed_over or {}
    return PytestProcess(
        executable=first["executable"],
        rootdir=first["rootdir"],
        ids=tuple(ids),
        flags=tuple(first.get("flags") or ()),
        under=tuple(first.get("under") or ()),
        path=tuple(first.get("path") or ()),
        options=kept_options(told.get("options") or (), told.get("cwd") or ""),
        cwd=told.get("cwd"),
        environment=_without_ours(told.get("environment")),
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


def _without_ours(environment: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Without what belongs to the `make` that ran it, whose descriptors are closed, and the mark of our own process."""
    left_out = ("MAKEFLAGS", "MFLAGS", "BENCH_AGENT_PROCESS")
    return environment and {name: value for name, value in environment.items() if name not in left_out}


# Left out: what reports or writes results, stops early, selects by what the last run did, or spreads tests over processes;
# and what each session in turns has of its own. Option -> whether a value follows: "no", "yes", "perhaps".
_LEFT_OUT = {
    **dict.fromkeys(("--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--new-first"), "no"),
    **dict.fromkeys(("--sw", "--stepwise", "--sw-skip", "--stepwise-skip", "--cache-clear"), "no"),
    **dict.fromkeys(("--co", "--collect-only", "--setup-only", "--setup-plan", "--pdb", "--trace"), "no"),
    **dict.fromkeys(("--forked", "--boxed", "-f", "--looponfail", "-d"), "no"),
    **dict.fromkeys(("--benchmark-autosave", "--benchmark-save-data"), "no"),
    **dict.fromkeys(("--junitxml", "--junit-xml", "--report-log", "--html", "--alluredir", "--json-report-file"), "yes"),
    **dict.fromkeys(("--rootdir", "--basetemp", "--pdbcls", "--log-file", "--maxfail", "--cov-fail-under", "--cov-report"), "yes"),
    **dict.fromkeys(("-n", "--numprocesses", "--maxprocesses", "--dist", "--tx"), "yes"),
    **dict.fromkeys(("--benchmark-json", "--benchmark-save", "--benchmark-storage"), "yes"),
    **dict.fromkeys(("--benchmark-compare-fail", "--benchmark-cprofile", "--benchmark-cprofile-dump"), "yes"),
    **dict.fromkeys(("--benchmark-compare", "--benchmark-histogram", "--cache-show"), "perhaps"),
}  # fmt: skip
_CONFIG_FILE = ("-c", "--config-file")
_OWN = (("-p", "no:cacheprovider"), ("-o", "cache_dir="), ("--override-ini", "cache_dir="))  # by the start of the value


def kept_options(words: Sequence[str], folder: str) -> tuple[str, ...]:
    """Of the words of a pytest command, without its tests, those that another session of the same suite needs, in order.

    folder: where the command was started; a configuration file is named by its absolute path.
    """
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, value = _split(word)
        follows = _LEFT_OUT.get(name)
        if follows is not None:
            if value is None and rest and (follows == "yes" or (follows == "perhaps" and rest[0][:1] != "-")):
                rest.pop(0)
        elif name in ("-p", "-o", "--override-ini", *_CONFIG_FILE):
            value = value if value is not None else rest.pop(0) if rest else ""
            if not any(name == own and value.startswith(start) for own, start in _OWN):
                kept += ["-c", str(Path(folder, value))] if name in _CONFIG_FILE else [name, value]
        else:
            kept.append(word)
    return tuple(kept)


def _split(word: str) -> tuple[str, str | None]:
    """("-o", "a=b") of `-oa=b`, ("--config-file", "x") of `--config-file=x`; no value where it is the next word."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    return (word[:2], word[2:] or None) if word[:2] in ("-p", "-o", "-c", "-n") else (word, None)
