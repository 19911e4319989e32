"""Settings: where they come from, and what is said of wrong ones: the file, the key, the nearest known key."""

import json
from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.errors import ConfigError
from bench_agent.measure.command import find_command


def _toml(root: Path, text: str | bytes) -> None:
    (root / "pyproject.toml").write_bytes(text.encode() if isinstance(text, str) else text)


def _yaml(root: Path, text: str | bytes) -> None:
    (root / "tests" / "benchmark").mkdir(parents=True, exist_ok=True)
    (root / "tests" / "benchmark" / "config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)


def test_each_source_overrules_the_one_before_and_is_remembered(tmp_path: Path) -> None:
    _toml(tmp_path, "[tool.bench-agent]\nkeep = 1\nwindow = 2\nthreshold = 0.5\nconsecutive = 9\n")
    _yaml(tmp_path, "window: 3\nthreshold: 0.4\nconsecutive: 8\n")
    config = load_config(
        tmp_path,
        environment={"BENCH_AGENT_THRESHOLD": "0.3", "BENCH_AGENT_CONSECUTIVE": "7"},
        flags={"consecutive": 6, "command": None},
    )
    assert (config.keep, config.window, config.threshold, config.consecutive) == (1, 3, 0.3, 6)
    assert config.origins == {
        "keep": "pyproject.toml [tool.bench-agent]",
        "window": "tests/benchmark/config.yaml",
        "threshold": "BENCH_AGENT_THRESHOLD",
        "consecutive": "the command line",
    }


def test_nothing_set_means_the_defaults(tmp_path: Path) -> None:
    _toml(tmp_path, "[project]\nname = 'x'\n")
    _yaml(tmp_path, "# nothing\n")
    config = load_config(tmp_path, environment={})
    assert (config.keep, config.threshold, config.origins) == (30, 0.2, {})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[tool.bench-agent]\nqick = 'a'\n", r"pyproject.toml \[tool.bench-agent\]: unknown key `qick`", "`quick`"),
        ("[tool.bench-agent]\nquick-second = 3\n", "unknown key `quick-second`", "`quick_seconds`"),
        ("[tool.bench-agent]\nzzzz = 3\n", "unknown key `zzzz`", "known keys: baseline, budget_s"),
        ("[tool.bench-agent]\nkeep = 'many'\n", "`keep` must be a whole number", "it is 'many'"),
        ("[tool.bench-agent]\nkeep = true\n", "`keep` must be a whole number", "it is True"),
        ("[tool.bench-agent]\nkeep = inf\n", "`keep` must be a whole number", "it is inf"),
        ("[tool.bench-agent]\nkeep = nan\n", "`keep` must be a whole number", "it is nan"),
        ("[tool.bench-agent]\nkeep = 0\n", "`keep` must be a whole number from 1", "it is 0"),
        ("[tool.bench-agent]\nthreshold = nan\n", "`threshold` must be a number above 0", "it is nan"),
        ("[tool.bench-agent]\ncommand = ''\n", "`command` must be text", "it is ''"),
        ("[tool.bench-agent]\nnames = ['a']\n", "`names` must map benchmark ids to names", "it is"),
        ("[tool.bench-agent\n", "pyproject.toml cannot be read: Expected", "mend the TOML"),
        (b"# \xff\n", "pyproject.toml cannot be read: 'utf-8' codec", "mend the TOML"),
        ("[tool]\nbench-agent = 3\n", "tool.bench-agent must be a table", "such as"),
    ],
)
def test_a_wrong_pyproject_is_named_with_its_key(tmp_path: Path, text: str | bytes, message: str, hint: str) -> None:
    _toml(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(tmp_path, environment={})
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("qick: a\n", "tests/benchmark/config.yaml: unknown key `qick`", "`quick`"),
        ("2020-01-01: a\n", "unknown key `2020-01-01`", "known keys"),
        ("a: [\n", "config.yaml cannot be read: while parsing", "mend the YAML"),
        ("- a\n", "config.yaml: expected keys and values, found a list", "`keep: 30`"),
        (b"\x00\x01", "config.yaml cannot be read", "mend the YAML"),
        ("targets:\n  a: {p95ms: 3}\n", "`targets` has an unknown key `p95ms` for `a`", "it is"),
        ("targets:\n  a: {p95_ms: -3}\n", "`targets`: `p95_ms` of `a` must be a number above 0", "it is"),
        ("targets:\n  a: 3\n", "`targets` must map `a` to", "it is"),
        ("names: {a: 1}\n", "`names` must map", "it is"),
        ("keep: !!python/object/apply:os.system ['true']\n", "config.yaml cannot be read: could not determine", "YAML"),
    ],
)
def test_a_wrong_config_yaml_is_named_with_its_key(tmp_path: Path, text: str | bytes, message: str, hint: str) -> None:
    _yaml(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(tmp_path, environment={})
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(("name", "value"), [("KEEP", "x"), ("KEEP", "inf"), ("KEEP", ""), ("COMMAND", " ")])
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"BENCH_AGENT_{name}: `{name.lower()}` must be"):
        load_config(tmp_path, environment={f"BENCH_AGENT_{name}": value})


def test_an_error_cannot_smuggle_escape_sequences_out_of_a_file(tmp_path: Path) -> None:
    _yaml(tmp_path, '"\\e[31mred\\e[0m\\nnext": 1\n')
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environment={})
    assert "`red next`" in caught.value.message
    assert "\x1b" not in caught.value.message + (caught.value.hint or "")


# --- the command


def _command(root: Path, **flags: str) -> str:
    return find_command(load_config(root, environment={}, flags=flags))


@pytest.mark.parametrize(
    "makefile", ["benchmark:\n\ttrue\n", "test benchmark: deps\n", "benchmark::\n", "x:\n\ty\nbenchmark :\n"]
)
def test_a_makefile_with_the_target_is_used(tmp_path: Path, makefile: str) -> None:
    (tmp_path / "Makefile").write_text(makefile)
    assert _command(tmp_path) == "make benchmark"
    assert _command(tmp_path, command="tox -e bench") == "tox -e bench"


@pytest.mark.parametrize(
    "makefile",
    [
        "",
        "test:\n\ttrue\n",
        "benchmark = 3\n",
        "benchmark := 3\n",
        ".PHONY: benchmark\n",
        "x:\n\tbenchmark: 3\n",
        "# benchmark: x\n",
        "benchmarks:\n",
    ],
)
def test_a_makefile_without_the_target_is_not_used(tmp_path: Path, makefile: str) -> None:
    (tmp_path / "Makefile").write_text(makefile)
    with pytest.raises(ConfigError, match="Makefile has no `benchmark` target, and no test file") as caught:
        _command(tmp_path)
    assert "--command" in (caught.value.hint or "")


def test_nothing_to_run_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no Makefile, and no test file"):
        _command(tmp_path)


# --- files and variables of any kind


def test_lists_and_tables_come_from_the_environment_too(tmp_path: Path) -> None:
    environment = {"BENCH_AGENT_OVERLAY": '["tests/data"]', "BENCH_AGENT_NAMES": '{ test_x = "x" }'}
    config = load_config(tmp_path, environment=environment)
    assert (config.overlay, config.names) == (("tests/data",), {"test_x": "x"})
    with pytest.raises(ConfigError, match="BENCH_AGENT_OVERLAY: `overlay` must be a TOML value"):
        load_config(tmp_path, environment={"BENCH_AGENT_OVERLAY": "tests/data"})


@pytest.mark.parametrize("path", ["/etc", "..", "a/../../b", ".", "", ".git/config", ".benchmark"])
def test_settings_name_no_file_outside_the_project(tmp_path: Path, path: str) -> None:
    for key, value in (("overlay", [path]), ("baseline", path)):
        (tmp_path / "pyproject.toml").write_text(f"[tool.bench-agent]\n{key} = {json.dumps(value)}\n")
        with pytest.raises(ConfigError, match="must be"):
            load_config(tmp_path, environment={})
