"""The project's settings, checked: `[tool.bench-agent]` of pyproject.toml, tests/benchmark/config.yaml, variables, flags.

A later place in this order overrides an earlier one, and each overrides the defaults. Of every value it is kept where it came
from. What a setting means to the measurement is not known here.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bench_agent.errors import ConfigError
from bench_agent.project import STATE_DIR
from bench_agent.system.files import SETTINGS_BYTES, read_regular
from bench_agent.text.clean import clean_text

YAML_PATH = "tests/benchmark/config.yaml"
_ENV_PREFIX = "BENCH_AGENT_"  # and the setting in capitals: BENCH_AGENT_KEEP
TARGET_KEYS = ("p95_ms", "max_regression", "peak_mb", "max_memory_regression")  # of one benchmark or group
_MOST = 1e9  # a larger number is a slip: as seconds it is thirty years


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting, validated. The comments beside the fields are what an editor shows (`settings.schema.json`)."""

    root: Path
    command: str | None = None  # the command that runs the suite; not set: found in the project
    quick: str = "agent_response or authorization"  # what --quick selects: a pytest -k expression
    quick_seconds: float = 30.0  # the seconds that --quick may take where `quick` matches nothing
    targets: dict[str, dict[str, float]] = field(default_factory=dict)  # targets and limits by benchmark or group
    threshold: float = 0.20  # the limit of a regression for benchmarks without their own: 0.2 is 20 %
    max_memory_regression: float = 0.20  # the same of the memory that one call holds; growth below 1 MB is none
    consecutive: int = 3  # worsening runs that the rule of `bench-agent detect` asks for
    window: int = 5  # runs whose mean the rule of `bench-agent detect` uses
    keep: int = 30  # stored runs that are kept
    baseline: str = "tests/regression/baseline_metrics.json"  # the file with targets and accepted levels
    names: dict[str, str] = field(default_factory=dict)  # a benchmark's node id or test name -> the name people use
    setup: str | None = None  # the command that builds an older version before it is measured: pip install -e .
    overlay: tuple[str, ...] = ()  # files that an older version takes from today; not set: the benchmark files
    budget_s: float | None = None  # seconds for measuring again and for the search; not set: 60, with --quick 15
    model: str | None = None  # the model that `explain`, `fix` and `ci --explain` ask; not set: claude-sonnet-5-5
    check: str | None = (
        None  # the command that tests a patch of `bench-agent fix`; not set: pytest on the tests of what it changes
    )
    origins: dict[str, str] = field(default_factory=dict)  # key -> what set it: a file, a variable, the command line

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
    for key in sorted(SETTINGS):
        variable = _ENV_PREFIX + key.upper()
        if variable in environment:
            config = _merge(config, {key: _from_text(key, environment[variable], variable)}, variable)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    return _merge(config, given, "the command line")


# --- reading


def _read_pyproject(path: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(read_regular(path, limit=SETTINGS_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read: {clean_text(error)}", hint="mend the TOML there") from error
    tool = document.get("tool", {})
    table = tool.get("bench-agent", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.bench-agent must be a table", hint="such as [tool.bench-agent] and keep = 30")
    return table


def parse_yaml(text: str) -> Any:
    """The values in a YAML text. Raises ValueError when it is no YAML."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (RecursionError, yaml.YAMLError) as error:
        raise ValueError(str(error)) from error


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        document = parse_yaml(read_regular(path, limit=SETTINGS_BYTES).decode("utf-8"))
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
    """The settings with these values, checked, over them. origin: the file, the variable or "the command line"."""
    checked: dict[str, Any] = {}
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(sorted(SETTINGS))}"
            raise ConfigError(f"{origin}: unknown key `{clean_text(key)}`", hint=hint)
        try:
            checked[name] = SETTINGS[name].read(value)
        except ValueError as error:
            raise ConfigError(
                f"{origin}: `{name}` {error}".replace("` :", "`:"),
                hint=f"it is {clean_text(repr(value), limit=80)}",
            ) from None
    return replace(config, **checked, origins={**config.origins, **dict.fromkeys(checked, origin)})


def _from_text(key: str, text: str, variable: str) -> object:
    """A setting from an environment variable: text and numbers as they are, lists and tables as TOML."""
    if SETTINGS[key] is _TEXT:
        return text
    if SETTINGS[key] in (_NUMBER, _COUNT):
        try:
            return float(text)
        except ValueError:
            raise ConfigError(f"{variable}: `{key}` must be a number", hint=f"it is {clean_text(repr(text))}") from None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        hint = 'such as ["tests/data"] for a list, { test_x = "name" } for a table'
        raise ConfigError(f"{variable}: `{key}` must be a TOML value", hint=hint) from None


# --- what each key may hold


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MOST:
        raise ValueError("must be a number above 0")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < _MOST or value != int(value):
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
            if key not in TARGET_KEYS:
                raise ValueError(
                    f"has an unknown key `{clean_text(key)}` for `{clean_text(name)}` (known: {', '.join(TARGET_KEYS)})"
                )
            try:
                result[str(name)][key] = _number(number)
            except ValueError as error:
                raise ValueError(f": `{key}` of `{clean_text(name)}` {error}") from None
    return result


def _paths(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(v, str) for v in given):
        raise ValueError("must be a path or a list of paths")
    return tuple(_inside(path) for path in given)


def _inside(path: object) -> str:
    """A path below the project's folder. The settings come with the repository: they may not name files outside it."""
    text = _text(path)
    parts = PurePosixPath(text).parts
    if (
        not parts
        or PurePosixPath(text).is_absolute()
        or ".." in parts
        or "\0" in text
        or parts[0] in (".git", STATE_DIR)
    ):
        raise ValueError(f"must be a path inside the project, and `{clean_text(text, limit=80)}` is none")
    return str(PurePosixPath(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a setting may hold: `read` returns the checked value or raises ValueError, `form` says the same to editors."""

    read: Callable[[object], object]
    form: Mapping[str, Any]  # JSON Schema


_ABOVE_0 = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": _MOST}
_TARGET = {
    "type": "object",
    "properties": {
        "p95_ms": {**_ABOVE_0, "description": "The target for the 95th percentile, in milliseconds."},
        "max_regression": {**_ABOVE_0, "description": "The limit of a regression: 0.2 is 20 %."},
        "peak_mb": {**_ABOVE_0, "description": "The most that one call may hold, in megabytes."},
        "max_memory_regression": {**_ABOVE_0, "description": "The limit of a regression of memory: 0.2 is 20 %."},
    },
    "additionalProperties": False,
}
_PATHS = {"type": "array", "items": {"type": "string"}}
_TEXT = Check(read=_text, form={"type": "string", "pattern": r"\S"})
_NUMBER = Check(read=_number, form=_ABOVE_0)
_COUNT = Check(read=_count, form={"type": "integer", "minimum": 1, "exclusiveMaximum": _MOST})
SETTINGS: Mapping[str, Check] = {
    "command": _TEXT,
    "quick": _TEXT,
    "quick_seconds": _NUMBER,
    "targets": Check(read=_targets, form={"type": "object", "additionalProperties": _TARGET}),
    "threshold": _NUMBER,
    "max_memory_regression": _NUMBER,
    "consecutive": _COUNT,
    "window": _COUNT,
    "keep": _COUNT,
    "baseline": Check(read=_inside, form={"type": "string", "pattern": r"\S"}),
    "names": Check(read=_names, form={"type": "object", "additionalProperties": {"type": "string"}}),
    "setup": _TEXT,
    "model": _TEXT,
    "check": _TEXT,
    "overlay": Check(read=_paths, form={"anyOf": [{"type": "string"}, _PATHS]}),
    "budget_s": _NUMBER,
}
assert set(SETTINGS) == {f.name for f in fields(Config)} - {"root", "origins"}
