"""The plugin for Claude Code: its files say what the product is and does, and its launcher finds the program.

The launcher is run by the real shell; the programs that it may call are scripts of a line. In the real client the plugin is
tested by tests/e2e/test_plugin.py.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bench_agent import RELEASE
from bench_agent.commands.arguments import build_parser
from bench_agent.scaffold.slash_command import command_text

TOP = Path(__file__).parents[2]
SKILLS = sorted((TOP / "skills").glob("*/SKILL.md"))
_spec = importlib.util.spec_from_file_location("write_plugin", TOP / "scripts/write_plugin.py")
assert _spec is not None
assert _spec.loader is not None
write_plugin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(write_plugin)


def _name(path: Path) -> str:
    return path.parent.name


def _parts(skill: Path) -> tuple[dict, str]:
    front, body = skill.read_text("utf-8").removeprefix("---\n").split("\n---\n", 1)
    return yaml.safe_load(front), body


def _help(command: str) -> str:
    """The help of a command; what it does not know is a mistake of the skill."""
    actions = build_parser()._subparsers._group_actions
    return actions[0].choices[command].format_help()


# --- the files


@pytest.mark.parametrize("path", write_plugin.files(), ids=lambda path: str(path.relative_to(TOP)))
def test_the_generated_files_are_what_the_sources_say(path):
    assert path.read_text("utf-8") == write_plugin.files()[path], "run `make plugin`"


def test_the_plugins_benchmark_is_the_command_but_for_where_its_hook_looks():
    command, skill = command_text().splitlines(), (TOP / "skills/benchmark/SKILL.md").read_text("utf-8").splitlines()
    different = [(a, b) for a, b in zip(command, skill, strict=True) if a != b]
    assert [(a.strip(), b.strip()) for a, b in different] == [
        (f"command: {write_plugin.HOOK}", f"command: {write_plugin.PLUGIN_HOOK}")
    ]


def test_a_command_without_its_hook_is_not_made_into_a_skill():
    with pytest.raises(ValueError, match="Stop hook"):
        write_plugin.skill_text(command_text().replace("check-answer", "check"))


def test_the_manifest_has_the_version_of_the_package_and_the_marketplace_offers_it():
    plugin = json.loads((TOP / ".claude-plugin/plugin.json").read_text("utf-8"))
    marketplace = json.loads((TOP / ".claude-plugin/marketplace.json").read_text("utf-8"))
    assert plugin["version"] == RELEASE
    assert [(entry["name"], entry["source"]) for entry in marketplace["plugins"]] == [(plugin["name"], "./")]


def test_no_file_of_the_plugin_names_an_address():
    for path in (*(TOP / ".claude-plugin").iterdir(), TOP / "bin/bench-agent", *SKILLS):
        assert not re.search(r"://|@|\bwww\.|github\.", path.read_text("utf-8").replace('"$@"', "")), path


def test_there_is_a_skill_for_each_thing_that_is_measured():
    assert [_name(path) for path in SKILLS] == ["benchmark", "bisect", "compare", "verify"]


@pytest.mark.parametrize("skill", SKILLS, ids=_name)
def test_the_frontmatter_is_sound_and_short(skill):
    front, _ = _parts(skill)
    # A misspelt key is dropped without a word.
    assert set(front) - {"hooks"} == {"description", "argument-hint", "allowed-tools"}
    assert len(front["description"]) < 160  # every session of a user pays for it


@pytest.mark.parametrize("skill", [path for path in SKILLS if _name(path) != "benchmark"], ids=_name)
def test_a_skill_permits_its_own_command_and_the_state_and_orders_no_other(skill):
    front, body = _parts(skill)
    own = f"bench-agent {_name(skill)}"
    assert re.findall(r"Bash\((.*?):\*\)", front["allowed-tools"]) == [own, "bench-agent status"]
    assert set(re.findall(r"Run `(bench-agent [\w-]+)", body)) == {own}
    assert re.findall(r"!`([^`]*)`", body) == ["bench-agent status --json || true"]
    assert set(re.findall(r"\$\S?\w+", body)) == {"$ARGUMENTS"}
    assert body.count("$ARGUMENTS") == 1  # in no command: words would end in a usage error
    assert len(body) < 3_000


@pytest.mark.parametrize("skill", SKILLS, ids=_name)
def test_the_options_that_a_skill_names_are_those_of_its_command(skill):
    front, body = _parts(skill)
    command = "run" if _name(skill) == "benchmark" else _name(skill)
    named = set(re.findall(r"(?<![\w-])--[a-z]+", front["argument-hint"] + body))
    known = _help(command) + " --json --stat --patch --hook"  # of `status`, of `git show` and of the check
    assert {option for option in named if option not in known} == set()


# --- the launcher


class Desk:
    """A machine with nothing but the launcher, the shell's tools and what a test adds."""

    def __init__(self, folder: Path) -> None:
        self.plugin, self.project, self.programs = folder / "plug in", folder / "project", folder / "programs"
        self.home = folder / "home"
        for place in (self.plugin / "bin", self.project / ".git", self.programs, self.home):
            place.mkdir(parents=True)
        shutil.copy2(TOP / "bin/bench-agent", self.plugin / "bin/bench-agent")
        (self.plugin / "pyproject.toml").write_text('dependencies = ["a"]')
        for tool in ("sh", "dirname", "cksum", "tr", "grep", "mkdir", "rm", "tail", "ln", "cp", "chmod", "cat"):
            found = shutil.which(tool)
            assert found
            (self.programs / tool).symlink_to(found)

    def call(self, *arguments: str, path: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The launcher by its name, as from a skill: its folder is the last of PATH."""
        environment = {"PATH": f"{path}{self.programs}:{self.plugin / 'bin'}", "HOME": str(self.home)}
        return subprocess.run(
            ["sh", "-c", 'bench-agent "$@"', "sh", *arguments],
            cwd=folder or self.project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def program(path: Path, body: str = 'echo "$0 as ${BENCH_AGENT_TYPED-typed}: $*"') -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_one_that_is_installed_comes_first_also_where_the_plugins_folder_does(desk, tmp_path):
    mine = program(tmp_path / "my programs/bench-agent")
    program(desk.project / ".venv/bin/bench-agent")
    done = desk.call("run", "-k", "a or b", path=f"{desk.plugin / 'bin'}:{mine.parent}:")
    assert (done.stdout, done.returncode) == (f"{mine} as typed: run -k a or b\n", 0)


def test_else_the_projects_own_is_called_from_any_folder_of_it(desk):
    own = program(desk.project / ".venv/bin/bench-agent")
    (desk.project / "src/deep").mkdir(parents=True)
    done = desk.call("run", "-k", "a or b", folder=desk.project / "src/deep")
    assert done.stdout == f"{own} as bench-agent: run -k a or b\n"


def test_a_project_of_uv_is_called_through_uv(desk):
    program(desk.project / ".venv/bin/bench-agent")
    program(desk.programs / "uv", 'echo "uv $*"')
    (desk.project / "uv.lock").touch()
    assert desk.call("run").stdout == "uv run bench-agent run\n"


def test_a_project_of_poetry_is_called_through_poetry_where_its_lock_has_bench_agent(desk):
    program(desk.programs / "poetry", 'echo "poetry $*"')
    (desk.project / "poetry.lock").write_text('[[package]]\nname = "other"\n')
    assert "not installed yet" in desk.call("report").stderr
    (desk.project / "poetry.lock").write_text('[[package]]\nname = "bench-agent"\n')
    assert desk.call("report").stdout == "poetry run bench-agent report\n"


def test_what_lies_above_the_repository_is_not_called(desk):
    program(desk.project.parent / ".venv/bin/bench-agent")
    assert "not installed yet" in desk.call("report").stderr


def test_before_it_is_installed_the_state_says_so_and_nothing_is_installed_for_it(desk):
    program(desk.programs / "uv", "exit 9")
    done = desk.call("status", "--json")
    assert done.returncode == 0
    assert "not installed yet" in json.loads(done.stdout)["note"]
    assert desk.call("check-answer", "--hook").returncode == 3
    assert list(desk.home.iterdir()) == []


UV = """[ "$1" = venv ] && { for last; do :; done; mkdir -p "$last/bin"; exit; }
printf '#!/bin/sh\\necho "$0 as $BENCH_AGENT_TYPED: $*, from %s"\\n' "$PWD" >"$VIRTUAL_ENV/bin/bench-agent"
chmod +x "$VIRTUAL_ENV/bin/bench-agent"
echo installed >>"$HOME/log"
"""


def test_the_first_run_installs_the_plugins_own_copy_once(desk):
    program(desk.programs / "uv", UV)
    first, second = desk.call("run", "--quick"), desk.call("status")
    assert "installing it from the plugin" in first.stderr
    assert f"as bench-agent: run --quick, from {desk.plugin}" in first.stdout
    assert "as bench-agent: status, from" in second.stdout
    assert second.stderr == ""
    assert (desk.home / "log").read_text() == "installed\n"


def test_a_plugin_with_other_dependencies_is_installed_anew(desk):
    program(desk.programs / "uv", UV)
    desk.call("run")
    (desk.plugin / "pyproject.toml").write_text('dependencies = ["a", "b"]')
    assert "not installed yet" in desk.call("status").stdout
    assert "installing it" in desk.call("run").stderr


def test_an_installation_that_fails_leaves_nothing_and_says_what_to_do(desk):
    program(desk.programs / "uv", 'echo "no network" >&2; exit 2')
    done = desk.call("run")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "error: bench-agent could not be installed from the plugin\nno network\nhint: " in done.stderr
    (cache,) = (desk.home / ".cache/bench-agent").iterdir()
    assert [path.name for path in cache.iterdir()] == ["log"]


def test_without_any_python_the_reason_is_told(desk):
    assert "no Python 3.11 or later on PATH, and no uv" in desk.call("run").stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_launcher_is_sound_shell():
    assert subprocess.run(["shellcheck", TOP / "bin/bench-agent"], check=False).returncode == 0


def test_the_launcher_can_be_run():
    assert os.access(TOP / "bin/bench-agent", os.X_OK)
