"""The schema that editors read accepts and refuses what `load_config` does."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench_agent.config import SETTINGS, load_config
from bench_agent.errors import ConfigError
from bench_agent.scaffold.settings_schema import PATH, settings_schema


def test_the_shipped_schema_is_that_of_the_settings() -> None:
    assert json.loads(PATH.read_text("utf-8")) == settings_schema(), "run `make schemas`"
    jsonschema.Draft7Validator.check_schema(settings_schema())


def test_every_setting_is_described_and_its_default_is_the_one_in_force() -> None:
    properties = settings_schema()["properties"]
    assert set(properties) == set(SETTINGS)
    assert all(form["description"] for form in properties.values())
    assert (properties["keep"]["default"], properties["threshold"]["default"]) == (30, 0.2)
    assert "default" not in properties["command"]


@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({"keep": 5, "threshold": 0.1, "command": "make bench", "overlay": "a.py", "budget_s": 9}, True),
        ({"overlay": ["a.py", "b.py"], "names": {"a": "b"}, "targets": {"a": {"p95_ms": 5}}}, True),
        ({"keep": 2.0}, True),
        ({"keep": 0}, False),
        ({"keep": 2.5}, False),
        ({"keep": True}, False),
        ({"threshold": 0}, False),
        ({"threshold": 1e9}, False),
        ({"command": " "}, False),
        ({"overlay": [1]}, False),
        ({"names": ["a"]}, False),
        ({"targets": {"a": {"p95": 5}}}, False),
        ({"targets": {"a": {"p95_ms": -5}}}, False),
        ({"qick": "a"}, False),
    ],
)
def test_the_schema_and_the_reader_agree(settings: dict[str, Any], right: bool, tmp_path: Path) -> None:
    try:
        load_config(tmp_path, environment={}, flags=settings)
    except ConfigError:
        accepted = False
    else:
        accepted = True
    assert (accepted, jsonschema.Draft7Validator(settings_schema()).is_valid(settings)) == (right, right)
