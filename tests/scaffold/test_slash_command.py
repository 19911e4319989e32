"""`bench-agent init`'s engine on real folders."""

import contextlib
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.errors import ConfigError
from bench_agent.scaffold import slash_command
from bench_agent.scaffold.slash_command import (
    COMMAND_FILE,
    InstallError,
    PlannedFile,
    apply,
    detect_runner,
    plan_install,
)


def nowhere(program: str) -> str | None:
    return None


def test_a_project_without_the_command_gets_it_and_a_second_time_nothing_happens(tmp_path):
    assert apply(plan_install(tmp_path, runner="path")) == (COMMAND_FILE,)
    assert (tmp_path / COMMAND_FILE).read_text() == slash_command.command_text("path")
    again = plan_install(tmp_path, runner="path")
    assert [f.action for f in again.files] == ["unchanged"]
    assert apply(again) == ()


def test_planning_writes_nothing(tmp_path):
    plan_install(tmp_path, runner="path")
    assert list(tmp_path.iterdir()) == []


def test_a_file_the_user_changed_stays_until_told_otherwise(tmp_path):
    apply(plan_install(tmp_path, runner="path"))
    target = tmp_path / COMMAND_FILE
    target.write_text(target.read_text() + "\nAlways answer in French.\n")
    plan = plan_install(tmp_path, runner="path")
    assert [f.action for f in plan.files] == ["conflict"]
    with pytest.raises(InstallError, match="changed by hand") as caught:
        apply(plan)
    assert caught.value.exit_code == 2
    assert "--force" in caught.value.hint
    assert target.read_text().endswith("French.\n")
    assert apply(plan, force=True) == (COMMAND_FILE,)
    assert target.read_text() == slash_command.command_text("path")


def test_a_text_we_shipped_is_ours_to_replace(tmp_path):
    apply(plan_install(tmp_path, runner="path"))
    plan = plan_install(tmp_path, runner="uv")
    assert [f.action for f in plan.files] == ["update"]
    apply(plan)
    assert (tmp_path / COMMAND_FILE).read_text() == slash_command.command_text("uv")


@pytest.mark.parametrize("runner", ["path", "uv"])
def test_the_current_texts_are_known_as_shipped(runner):
    digest = slash_command.text_digest(slash_command.command_text(runner))
    assert digest in slash_command.SHIPPED, f'a new text: add "{digest}" to SHIPPED'


def test_a_checkout_with_windows_line_ends_is_unchanged(tmp_path):
    target = tmp_path / COMMAND_FILE
    target.parent.mkdir(parents=True)
    target.write_bytes(slash_command.command_text("path").replace("\n", "\r\n").encode())
    assert [f.action for f in plan_install(tmp_path, runner="path").files] == ["unchanged"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00not utf-8", b"# Run Performance Benchmarks\n"])
def test_any_other_file_of_that_name_is_a_conflict(tmp_path, content):
    target = tmp_path / COMMAND_FILE
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    plan = plan_install(tmp_path, runner="path")
    assert [f.action for f in plan.files] == ["conflict"]
    with pytest.raises(InstallError):
        apply(plan)
    assert target.read_bytes() == content


@pytest.mark.parametrize("linked", [".claude", ".claude/commands", ".claude/commands/benchmark.md"])
def test_nothing_is_written_through_a_link(tmp_path, linked):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = project / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere / "gone.md" if linked.endswith(".md") else elsewhere)
    with pytest.raises(InstallError, match=r"is a link to .*elsewhere"):
        plan_install(project, runner="path")
    assert list(elsewhere.iterdir()) == []


def test_a_link_to_the_current_text_is_fine_as_it_is(tmp_path):
    shared = tmp_path / "shared.md"
    shared.write_text(slash_command.command_text("path"))
    target = tmp_path / "project" / COMMAND_FILE
    target.parent.mkdir(parents=True)
    target.symlink_to(shared)
    assert [f.action for f in plan_install(tmp_path / "project", runner="path").files] == ["unchanged"]


@pytest.mark.parametrize("in_the_way", [".claude", ".claude/commands"])
def test_a_file_where_a_folder_belongs_is_named(tmp_path, in_the_way):
    place = tmp_path / in_the_way
    place.parent.mkdir(exist_ok=True)
    place.write_text("a file")
    with pytest.raises(InstallError, match=r"is not a folder"):
        plan_install(tmp_path, runner="path")


def test_a_folder_where_the_file_belongs_is_named(tmp_path):
    (tmp_path / COMMAND_FILE).mkdir(parents=True)
    with pytest.raises(InstallError, match=r"benchmark\.md is not a file"):
        plan_install(tmp_path, runner="path")


def test_a_project_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InstallError, match="is not a folder"):
        plan_install(tmp_path / "nope", runner="path")


def test_when_the_disk_refuses_the_old_file_is_whole_and_nothing_is_left_behind(tmp_path):
    apply(plan_install(tmp_path, runner="uv"))
    target = tmp_path / COMMAND_FILE
    plan = plan_install(tmp_path, runner="path")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # every write beyond 100 bytes now fails, as on a full disk
    try:
        with pytest.raises(InstallError, match="cannot be written"):
            apply(plan)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_text() == slash_command.command_text("uv")
    assert [p.name for p in target.parent.iterdir()] == ["benchmark.md"]


def test_a_read_only_file_is_not_replaced_behind_its_owners_back(anyones_folder):
    apply(plan_install(anyones_folder, runner="uv"))
    target = anyones_folder / COMMAND_FILE
    target.chmod(0o444)
    plan = plan_install(anyones_folder, runner="path")
    with without_privileges(), pytest.raises(InstallError, match="Permission denied"):
        apply(plan)
    assert target.read_text() == slash_command.command_text("uv")


def test_when_one_file_may_not_be_written_none_is(anyones_folder):
    locked = anyones_folder / "pyproject.toml"
    locked.write_text("[a]\n")
    locked.chmod(0o444)
    plan = plan_install(anyones_folder, runner="path")
    edit = PlannedFile(path=Path("pyproject.toml"), action="update", text="[b]\n", before="[a]\n")
    with without_privileges(), pytest.raises(InstallError, match=r"pyproject\.toml cannot be written"):
        apply(replace(plan, files=(*plan.files, edit)))
    assert [path.name for path in anyones_folder.iterdir()] == ["pyproject.toml"]
    assert locked.read_text() == "[a]\n"


def test_an_edited_file_keeps_its_permissions(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[a]\n")
    (tmp_path / "pyproject.toml").chmod(0o664)
    edit = PlannedFile(path=Path("pyproject.toml"), action="update", text="[b]\n", before="[a]\n")
    apply(replace(plan_install(tmp_path, runner="path"), files=(edit,)))
    assert (tmp_path / "pyproject.toml").stat().st_mode & 0o777 == 0o664


def test_a_read_only_folder_is_an_error_that_names_the_file(anyones_folder):
    anyones_folder.chmod(0o555)
    plan = plan_install(anyones_folder, runner="path")
    with without_privileges(), pytest.raises(InstallError, match=r"benchmark\.md cannot be written"):
        apply(plan)


@pytest.mark.parametrize(
    ("files", "runner"),
    [
        ({}, "path"),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, "path"),
        ({"pyproject.toml": "[tool.uv]\ndev-dependencies = []\n"}, "uv"),
        ({"pyproject.toml": "[tool.uv.sources]\n"}, "uv"),
        ({"uv.lock": "version = 1\n"}, "uv"),
        ({"pyproject.toml": "tool = 3\n"}, "path"),
    ],
)
def test_uv_is_recognised_by_its_lock_or_its_table(tmp_path, files, runner):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert detect_runner(tmp_path) == runner


def test_a_broken_pyproject_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.uv\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml cannot be read"):
        detect_runner(tmp_path)


def test_a_program_that_is_not_on_path_is_said_with_the_ways_to_get_it(tmp_path):
    (note,) = plan_install(tmp_path, runner="path", which=nowhere).notes
    assert "pipx or uv tool" in note
    assert "dev dependency" in note


def test_a_program_in_this_environment_only_is_said(tmp_path):
    environment = tmp_path / "venv"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text("")
    found = str(environment / "bin/bench-agent")
    (note,) = plan_install(tmp_path, runner="path", which=lambda _: found, prefix=str(environment)).notes
    assert "activate it before starting claude" in note
    assert plan_install(tmp_path, runner="path", which=lambda _: "/usr/bin/bench-agent").notes == ()


def test_a_uv_project_that_does_not_depend_on_the_program_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.uv]\n")
    (note,) = plan_install(tmp_path, runner="uv", which=lambda _: "/usr/bin/uv").notes
    assert "`uv add --dev` it" in note
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "bench-agent"\n')
    assert plan_install(tmp_path, runner="uv", which=lambda _: "/usr/bin/uv").notes == ()
    assert "install uv" in plan_install(tmp_path, runner="uv", which=nowhere).notes[0]


def test_a_skill_of_the_same_name_is_mentioned_because_it_wins(tmp_path):
    skill = tmp_path / ".claude/skills/benchmark/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: benchmark\n---\n")
    assert "wins over the command" in plan_install(tmp_path, runner="path", which=lambda _: "/bin/x").notes[0]


def test_a_commit_sees_one_new_file_that_everyone_may_read(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    apply(plan_install(tmp_path, runner="path"))
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert status == "?? .claude/commands/benchmark.md\n"
    assert (tmp_path / COMMAND_FILE).stat().st_mode & 0o444 == 0o444


@pytest.fixture
def anyones_folder() -> Iterator[Path]:
    """An empty folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="bench-agent-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)
        Path(folder).chmod(0o777)


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions mean nothing to root: be nobody meanwhile, where we are root."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)
