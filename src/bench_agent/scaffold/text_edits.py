"""Additions to files that belong to the user. Pure: text in, text out; every byte that was there stays as it was.

Line ends are the file's own. Each edit is checked by reading its result; one that could mean anything else is refused (None).
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from bench_agent.config import parse_yaml

Settings = Mapping[str, str | Mapping[str, str]]
TABLE = "tool.bench-agent"


def add_toml_settings(text: str, settings: Settings) -> str | None:
    """The pyproject.toml with a [tool.bench-agent] table at its end; None when the TOML does not allow for one there."""
    plain = [f"{key} = {_quoted(value)}" for key, value in settings.items() if isinstance(value, str)]
    lines = [f"[{TABLE}]", *plain] if plain else []
    for key, values in settings.items():
        if not isinstance(values, str):
            lines += [*([""] if lines else []), f"[{TABLE}.{key}]"]
            lines += [f"{_quoted(name)} = {_quoted(value)}" for name, value in values.items()]
    new = _appended(text, lines, apart=True)
    try:
        before, after = tomllib.loads(_unix(text)), tomllib.loads(_unix(new))
    except (ValueError, RecursionError):
        return None
    tool = before.get("tool", {})
    if not isinstance(tool, dict) or "bench-agent" in tool:
        return None
    return new if after == {**before, "tool": {**tool, "bench-agent": _plain(settings)}} else None


def add_yaml_settings(text: str, settings: Settings) -> str | None:
    """The config.yaml with the settings at its end; None when it is no plain list of keys, or has one of them."""
    # A JSON value is a YAML value: no quoting rules of our own.
    lines = [f"{key}: {json.dumps(_plain({key: value})[key], ensure_ascii=False)}" for key, value in settings.items()]
    new = _appended(text, lines)
    try:
        before, after = parse_yaml(text), parse_yaml(new)
    except ValueError:
        return None
    known = {} if before is None else before
    fits = isinstance(known, dict) and known.keys().isdisjoint(settings) and after == {**known, **_plain(settings)}
    return new if fits else None


def add_line(text: str, line: str) -> str:
    """The text with one more line at its end."""
    return _appended(text, [line])


def add_target(text: str, target: str, command: str) -> str | None:
    """The Makefile with a target that runs `command`; None where recipes don't begin with a tab."""
    if re.search(r"^\s*\.RECIPEPREFIX\b", text, re.MULTILINE) or "\n" in command:
        return None
    recipe = command.replace("$", "$$")
    return _appended(text, [f".PHONY: {target}", f"{target}:", f"\t{recipe}"], apart=True)


def _appended(text: str, lines: list[str], *, apart: bool = False) -> str:
    """The lines after the text, in its own line ends. apart: an empty line between them."""
    end = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += end
    if apart and text and not text.endswith(end + end):
        text += end
    return text + "".join(line + end for line in lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(settings: Settings) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else dict(value) for key, value in settings.items()}


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
