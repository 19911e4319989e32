"""The baseline file: targets, limits and accepted levels, which a project commits and reviews.

    {"agent_response": {"p95_ms": 5000, "max_regression": 0.2, "accepted": {"median_ms": 12.5, "commit": ..., ...}}}

An older shape is read too (never written): {"metrics": {NAME: {"unit": "seconds", "threshold_p95": 5, ...}}}.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench_agent.config import TARGET_KEYS, Config
from bench_agent.errors import ConfigError
from bench_agent.records import Accepted, CallMemory, Measured, Target
from bench_agent.system.files import SETTINGS_BYTES, read_regular
from bench_agent.text.clean import clean_text, finite_or_none

_SECONDS = {"seconds": 1.0, "second": 1.0, "s": 1.0, "milliseconds": 1e-3, "ms": 1e-3, "microseconds": 1e-6, "us": 1e-6}
_KEYS = {*TARGET_KEYS, "accepted"}
_MB = 1e6


def read_targets(path: Path) -> dict[str, Target]:
    """Name -> target; empty when there is no such file. Raises ConfigError, naming file and key, for what does not fit."""
    return _targets_in(path, _load(path))


def parse_targets(name: str, content: bytes) -> dict[str, Target]:
    """The same of a file's content, such as that of an older version. name: what errors call it."""
    return _targets_in(Path(name), _parse(Path(name), content))


def _targets_in(path: Path, document: dict[str, Any]) -> dict[str, Target]:
    if isinstance(document.get("metrics"), dict):
        return {name: _from_metrics(path, name, entry) for name, entry in document["metrics"].items()}
    return {name: _from_entry(path, name, entry) for name, entry in document.items() if not name.startswith("$")}


def update_target(
    path: Path,
    name: str,
    *,
    values: Mapping[str, float] | None = None,
    accepted: Accepted | None = None,
    text: str | None = None,
) -> str:
    """The file's new text with what is given set for `name`, all else as it was. Writing it is the caller's.

    values: by TARGET_KEYS. text: what to change instead of the file's content, for several changes in one. Raises
    ConfigError when the file has the older shape, which we don't write.
    """
    document = dict(_load(path) if text is None else json.loads(text))
    if isinstance(document.get("metrics"), dict):
        raise ConfigError(
            f"{path} has the shape with `metrics`, which bench-agent reads but does not write",
            hint="give it under [tool.bench-agent.targets] of pyproject.toml, or set `baseline` there to a new file",
        )
    entry = dict(document.get(name) or {})
    entry.update(values or {})
    if accepted is not None:
        entry["accepted"] = {
            "median_ms": float(f"{accepted.median_s * 1e3:.6g}"),
            "commit": accepted.commit,
            "date": accepted.date,
            "because": accepted.because,
        }
        if accepted.call_peak_bytes is not None:
            entry["accepted"] |= {
                "call_peak_bytes": accepted.call_peak_bytes,
                "call_left_bytes": accepted.call_left_bytes or 0.0,
            }
    document[name] = entry
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def target_keys(*, id: str, name: str, group: str | None) -> tuple[str, ...]:
    """What an entry for a benchmark may be called, the nearest first."""
    return tuple(dict.fromkeys(key for key in (id, name, name.partition("[")[0], group) if key is not None))


def find_target(targets: Mapping[str, Target], *, id: str, name: str, group: str | None) -> Target | None:
    """The entry for a benchmark: by node id, by name, by name without parameters, else by its group.

    What the nearer entry leaves open is taken from the farther ones: one p95 target can serve a group while a single
    benchmark has its own accepted level.
    """
    found = [targets[key] for key in target_keys(id=id, name=name, group=group) if key in targets]
    if not found:
        return None
    return Target(
        name=found[0].name,
        p95_s=next((t.p95_s for t in found if t.p95_s is not None), None),
        max_regression=next((t.max_regression for t in found if t.max_regression is not None), None),
        # A level accepted for a whole group, or for all parameters, would be the level of no benchmark in it.
        accepted=next((t.accepted for t in found if t.accepted and t.name in (id, name)), None),
        peak_bytes=next((t.peak_bytes for t in found if t.peak_bytes is not None), None),
        max_memory_regression=next(
            (t.max_memory_regression for t in found if t.max_memory_regression is not None), None
        ),
    )


def accepted_memory(target: Target | None) -> CallMemory | None:
    """What somebody accepted that one call holds and leaves behind."""
    accepted = target.accepted if target else None
    if accepted is None or accepted.call_peak_bytes is None:
        return None
    return CallMemory(peak_bytes=round(accepted.call_peak_bytes), left_bytes=accepted.call_left_bytes or 0.0)


def _load(path: Path) -> dict[str, Any]:
    try:
        content = read_regular(path, limit=SETTINGS_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, error) from error
    return _parse(path, content)


def _unreadable(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{path} cannot be read: {clean_text(error)}", hint="mend the JSON, or remove the file")


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(document, dict):
        raise ConfigError(
            f"{path}: expected an object of benchmarks", hint='such as {"agent_response": {"p95_ms": 5000}}'
        )
    return document


def _from_entry(path: Path, name: str, entry: object) -> Target:
    if not isinstance(entry, dict):
        raise ConfigError(f"{path}: `{clean_text(name)}` must be an object", hint='such as {"p95_ms": 50}')
    unknown = set(entry) - _KEYS
    if unknown:
        raise ConfigError(
            f"{path}: unknown key `{clean_text(min(unknown))}` of `{clean_text(name)}`",
            hint=f"known: {', '.join(sorted(_KEYS))}",
        )
    p95_ms, peak_mb = (_number(path, name, entry, key) for key in ("p95_ms", "peak_mb"))
    return Target(
        name=name,
        p95_s=None if p95_ms is None else p95_ms / 1e3,
        max_regression=_number(path, name, entry, "max_regression"),
        accepted=_accepted(path, name, entry.get("accepted")),
        peak_bytes=None if peak_mb is None else peak_mb * _MB,
        max_memory_regression=_number(path, name, entry, "max_memory_regression"),
    )


def _accepted(path: Path, name: str, entry: object) -> Accepted | None:
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise ConfigError(
            f"{path}: `accepted` of `{clean_text(name)}` must be an object", hint="run: bench-agent baseline accept"
        )
    median_ms = _number(path, name, entry, "median_ms")
    if median_ms is None:
        raise ConfigError(
            f"{path}: `accepted` of `{clean_text(name)}` has no median_ms", hint="run: bench-agent baseline accept"
        )
    return Accepted(
        median_s=median_ms / 1e3,
        commit=str(entry["commit"]) if entry.get("commit") else None,
        date=str(entry["date"]) if entry.get("date") else None,
        because=clean_text(entry.get("because") or ""),
        call_peak_bytes=_size(path, name, entry, "call_peak_bytes"),
        call_left_bytes=_size(path, name, entry, "call_left_bytes"),
    )


def _size(path: Path, name: str, entry: Mapping[str, object], key: str) -> float | None:
    """A number of bytes, which may be none at all."""
    return 0.0 if entry.get(key) in (0, 0.0) else _number(path, name, entry, key)


def _from_metrics(path: Path, name: str, entry: object) -> Target:
    """An entry of the older shape: units of its own, the limit in percent."""
    if not isinstance(entry, dict):
        raise ConfigError(f"{path}: metric `{clean_text(name)}` must be an object", hint='such as {"threshold_p95": 5}')
    unit = str(entry.get("unit", "seconds"))
    if unit not in _SECONDS:
        raise ConfigError(
            f"{path}: unit `{clean_text(unit)}` of `{clean_text(name)}` is unknown",
            hint=f"known: {', '.join(_SECONDS)}",
        )
    p95 = _number(path, name, entry, "threshold_p95")
    percent = _number(path, name, entry, "alert_threshold_percent")
    return Target(
        name=name,
        p95_s=None if p95 is None else p95 * _SECONDS[unit],
        max_regression=None if percent is None else percent / 100,
    )


def _number(path: Path, name: str, entry: Mapping[str, object], key: str) -> float | None:
    """The number under that key; None where there is none. Raises ConfigError for what is no number above 0."""
    if entry.get(key) is None:
        return None
    value = finite_or_none(entry[key])
    if value is None or value <= 0:
        raise ConfigError(
            f"{path}: `{key}` of `{clean_text(name)}` must be a number above 0",
            hint=f"it is {clean_text(repr(entry[key]))}",
        )
    return value


def load_targets(config: Config) -> dict[str, Target]:
    """Targets and accepted levels by name: the baseline file's, then those of the configuration over them."""
    targets = read_targets(config.root / config.baseline)
    for name, values in config.targets.items():
        known = targets.get(name, Target(name=name))
        targets[name] = replace(
            known,
            p95_s=values["p95_ms"] / 1e3 if "p95_ms" in values else known.p95_s,
            max_regression=values.get("max_regression", known.max_regression),
            peak_bytes=values["peak_mb"] * _MB if "peak_mb" in values else known.peak_bytes,
            max_memory_regression=values.get("max_memory_regression", known.max_memory_regression),
        )
    return targets


def target_of(targets: dict[str, Target], measured: Measured) -> Target | None:
    """`find_target` for a benchmark of a run."""
    sample = measured.sample
    return find_target(targets, id=sample.id, name=sample.name, group=sample.group)
