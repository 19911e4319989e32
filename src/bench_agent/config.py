"""Settings: defaults < pyproject `[tool.bench-agent]` < tests/benchmark/config.yaml < environment < flags.

Remembers where each value came from, so that an error, or `--verbose`, can say it. Reads files; judges nothing else.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from bench_agent.errors import ConfigError
from bench_agent.project import STATE_DIR
from bench_agent.text.clean import clean_text

YAML_PATH = "tests/benchmark/config.yaml"
_ENV_PREFIX = "BENCH_AGENT_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting, validated. `origins` maps a key to the file, variable or flag that set it; defaults are not in it."""

    root: Path
    command: str | None = None  # None: found by `find_command`
    quick: str = "agent_response or authorization"  # the seed's critical path, a -k expression
    quick_seconds: float = 30.0
    targets: dict[str, dict[str, float]] = field(default_factory=dict)  # name -> {"p95_ms": 50, "max_regression": 0.2}
    threshold: float = 0.20
    consecutive: int = 3
    window: int = 5
    keep: int = 30
    baseline: str = "tests/regression/baseline_metrics.json"
    names: dict[str, str] = field(default_factory=dict)
    setup: str | None = None
    overlay: tuple[str, ...] = ()
    budget_s: float | None = None  # None: 60 in full, 15 in quick
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def state_dir(self) -> Path:
        return self.root / STATE_DIR


def load_config(root: Path, *, environment: Mapping[str, str], flags: Mapping[str, Any] | None = None) -> Config:
    """The project's settings. flags: key -> value from the command line, None where it was not given.

    Raises ConfigError, naming file, key and the nearest known key, for anything it does not understand.
    """
    config = Config(root=root)
    pyproject = root / "pyproject.toml"
    if pyproject.is_file():
        config = _merge(config, _read_pyproject(pyproject), f"{pyproject.name} [tool.bench-agent]")
    yaml_file = root / YAML_PATH
    if yaml_file.is_file():
        config = _merge(config, _read_yaml(yaml_file), YAML_PATH)
    for key in sorted(_CHECKS):
        variable = _ENV_PREFIX + key.upper()
        if variable in environment and _CHECKS[key] in (_text, _number, _count):
            config = _merge(config, {key: _from_text(key, environment[variable], variable)}, variable)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    return _merge(config, given, "the command line")


# --- reading


def _read_pyproject(path: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {clean_text(error)}", hint="mend the TOML there") from error
    tool = document.get("tool", {})
    table = tool.get("bench-agent", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.bench-agent must be a table", hint="such as [tool.bench-agent] and keep = 30")
    return table


def parse_yaml(text: str) -> Any:
    """What the YAML text holds. Raises ValueError when it is none."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (RecursionError, yaml.YAMLError) as error:
        raise ValueError(str(error)) from error


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {clean_text(error)}", hint="mend the YAML there") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(
            f"{path}: expected keys and values, found a {type(document).__name__}", hint="such as `keep: 30`"
        )
    return document


def _merge(config: Config, values: Mapping[str, Any], origin: str) -> Config:
    checked: dict[str, Any] = {}
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name not in _CHECKS:
            near = difflib.get_close_matches(name, _CHECKS, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(sorted(_CHECKS))}"
            raise ConfigError(f"{origin}: unknown key `{clean_text(key)}`", hint=hint)
        try:
            checked[name] = _CHECKS[name](value)
        except ValueError as error:
            raise ConfigError(
                f"{origin}: `{name}` {error}".replace("` :", "`:"),
                hint=f"it is {clean_text(repr(value), limit=80)}",
            ) from None
    return replace(config, **checked, origins={**config.origins, **dict.fromkeys(checked, origin)})


def _from_text(key: str, text: str, variable: str) -> object:
    if _CHECKS[key] is _text:
        return text
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{variable}: `{key}` must be a number", hint=f"it is {clean_text(repr(text))}") from None


# --- what each key may hold


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError("must be a number above 0")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < 1e9 or value != int(value):
        raise ValueError("must be a whole number from 1")
    return int(value)


def _names(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in value.items()):
        raise ValueError("must map benchmark ids to names")
    return dict(value)


def _targets(value: object) -> dict[str, dict[str, float]]:
    if not isinstance(value, dict):
        raise ValueError("must map benchmark names to {p95_ms: ..., max_regression: ...}")
    result: dict[str, dict[str, float]] = {}
    for name, target in value.items():
        if not isinstance(target, dict):
            raise ValueError(f"must map `{clean_text(name)}` to {{p95_ms: ..., max_regression: ...}}")
        result[str(name)] = {}
        for key, number in target.items():
            if key not in ("p95_ms", "max_regression"):
                raise ValueError(
                    f"has an unknown key `{clean_text(key)}` for `{clean_text(name)}` (known: p95_ms, max_regression)"
                )
            try:
                result[str(name)][key] = _number(number)
            except ValueError as error:
                raise ValueError(f": `{key}` of `{clean_text(name)}` {error}") from None
    return result


def _paths(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise ValueError("must be a path or a list of paths")
    return tuple(value)


_CHECKS: dict[str, Callable[[object], object]] = {
    "command": _text,
    "quick": _text,
    "quick_seconds": _number,
    "targets": _targets,
    "threshold": _number,
    "consecutive": _count,
    "window": _count,
    "keep": _count,
    "baseline": _text,
    "names": _names,
    "setup": _text,
    "overlay": _paths,
    "budget_s": _number,
}
assert set(_CHECKS) == {f.name for f in fields(Config)} - {"root", "origins"}
