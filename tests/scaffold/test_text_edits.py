"""Additions to the user's files: every byte that was there stays, and the result says what was meant."""

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.scaffold.text_edits import add_line, add_target, add_toml_settings, add_yaml_settings

SETTINGS = {"command": "pytest \"my bench\" -k 'a\\b'", "names": {"test_é[x]": "é 😀"}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname = 'x'  # a comment\n",
        "[project]\nname = 'x'",
        "[project]\r\nname = 'x'\r\n",
        "[tool.ruff]\nline-length = 100\n\n\n",
        "[[tool.mypy.overrides]]\nmodule = 'x'\n",
        "tool.ruff.line-length = 100\n",
    ],
)
def test_a_table_is_added_at_the_end_and_all_else_stays(text: str) -> None:
    new = add_toml_settings(text, SETTINGS)
    assert new is not None
    assert new.startswith(text)
    assert ("\r\n" in text) == ("\r\n" in new)
    assert "\n" not in new.replace("\r\n", "") or "\r\n" not in text
    assert tomllib.loads(new.replace("\r\n", "\n"))["tool"]["bench-agent"] == SETTINGS


@pytest.mark.parametrize(
    "text",
    ["tool = {ruff = {}}\n", "tool = 3\n", "[tool.bench-agent]\nkeep = 9\n", "tool.bench-agent.keep = 9\n", "[x\n"],
)
def test_a_file_in_which_the_table_has_no_place_is_left_alone(text: str) -> None:
    assert add_toml_settings(text, SETTINGS) is None


def test_values_that_toml_cannot_hold_as_written_are_not_written() -> None:
    assert add_toml_settings("", {"command": "a\x7fb"}) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1))
def test_any_command_comes_back_from_toml_as_it_went_in(command: str) -> None:
    new = add_toml_settings("[a]\nb = 1\n", {"command": command})
    assert new is None or tomllib.loads(new)["tool"]["bench-agent"]["command"] == command


@pytest.mark.parametrize("text", ["", "# mine\nkeep: 9\n", "keep: 9", "targets:\n  x: {p95_ms: 3}\n"])
def test_yaml_settings_are_added_at_the_end(text: str) -> None:
    new = add_yaml_settings(text, SETTINGS)
    assert new is not None
    assert new.startswith(text)
    assert yaml.safe_load(new) == (yaml.safe_load(text) or {}) | SETTINGS


@pytest.mark.parametrize("text", ["[1, 2]\n", "command: x\n", "{keep: 9}\n", "a: [\n", "keep: 9\n...\n"])
def test_yaml_of_another_form_is_left_alone(text: str) -> None:
    assert add_yaml_settings(text, SETTINGS) is None


def test_a_line_keeps_the_files_line_ends_and_mends_a_missing_last_one() -> None:
    assert add_line("a", ".benchmark/") == "a\n.benchmark/\n"
    assert add_line("a\r\nb", ".benchmark/") == "a\r\nb\r\n.benchmark/\r\n"
    assert add_line("", ".benchmark/") == ".benchmark/\n"


def test_a_target_runs_the_command_as_a_shell_would() -> None:
    assert add_target("all:\n\ttrue", "benchmark", "pytest $X") == (
        "all:\n\ttrue\n\n.PHONY: benchmark\nbenchmark:\n\tpytest $$X\n"
    )
    assert add_target(".RECIPEPREFIX = >\nall:\n> true\n", "benchmark", "pytest") is None
