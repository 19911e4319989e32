"""The JSON Schema of the settings, for editors: made from `config.Config`, shipped as `settings.schema.json`."""

import dataclasses
from pathlib import Path
from typing import Any

from bench_agent.config import SETTINGS, Config
from bench_agent.results.plain import plain
from bench_agent.results.schema import descriptions_of

DRAFT = "http://json-schema.org/draft-07/schema#"  # that of SchemaStore and validate-pyproject, which take no other
PATH = Path(__file__).with_name("settings.schema.json")


def settings_schema() -> dict[str, Any]:
    """The schema of `[tool.bench-agent]` in pyproject.toml, and of tests/benchmark/config.yaml. Needs config.py's source."""
    descriptions = descriptions_of(Config)
    return {
        "$schema": DRAFT,
        "$id": "https://bench-agent.example/settings.schema.json",
        "title": "Settings of bench-agent",
        "description": "The table [tool.bench-agent] of pyproject.toml, or tests/benchmark/config.yaml.",
        "type": "object",
        "properties": {
            key: {"description": descriptions[key], **check.form, **_default(key)} for key, check in SETTINGS.items()
        },
        "additionalProperties": False,
    }


def _default(key: str) -> dict[str, Any]:
    """Nothing where leaving the key out means more than any value of it could."""
    (default,) = [f.default for f in dataclasses.fields(Config) if f.name == key]
    unset = default is None or default is dataclasses.MISSING or default == ()
    return {} if unset else {"default": plain(default)}
