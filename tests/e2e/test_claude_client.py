"""What the slash command relies on in the client: each test is a fact, so that a new version shows what it changes.

The project is a toy and its program a few lines of shell: here the client is tested, in test_slash_command ours.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from e2e.claude_client import NoNodeError, Session, installed_client, run_claude
from e2e.messages_stub import Step, bash, say

pytestmark = pytest.mark.claude

FRONT = "---\ndescription: toy\nallowed-tools: Bash(toy run:*), Bash(toy status:*)\n---\n"
TOY = """#!/bin/sh
case "$*" in
  *--fail*) echo '{"error": {}}'; echo boom >&2; exit 3;;
  *--long*) i=0; while [ $i -lt 1000 ]; do echo "line $i 0123456789 0123456789 0123456789"; i=$((i+1)); done;;
  *) echo "toy got: $*";;
esac
"""
Run = Callable[..., Session]


@pytest.fixture
def run(client: Path, tmp_path: Path) -> Run:
    """Runs the client in a toy project: run(command body, script, text)."""

    def run_toy(body: str, script: Sequence[Step], text: str = "/toy", front: str = FRONT) -> Session:
        project, home = tmp_path / "project", tmp_path / "home"
        for folder in (project / ".claude/commands", project / "bin", home):
            folder.mkdir(parents=True, exist_ok=True)
        (project / ".claude/commands/toy.md").write_text(front + body)
        (project / "bin/toy").write_text(TOY)
        (project / "bin/toy").chmod(0o755)
        path = f"{project / 'bin'}:/usr/bin:/bin"
        return run_claude(client, project, text, script, home=home, path=path)

    return run_toy


def test_a_command_expands_with_its_arguments_and_its_frontmatter_stays_out(run):
    session = run("Run `toy run $ARGUMENTS`.", [say("done")], "/toy --quick -k 'a or b'")
    assert "<command-args>--quick -k 'a or b'</command-args>" in session.prompt
    assert "Run `toy run --quick -k 'a or b'`." in session.prompt
    assert "allowed-tools" not in session.prompt
    assert (session.exit_code, session.stdout.strip(), session.unplayed) == (0, "done", 0)


def test_a_permitted_subcommand_runs_and_another_one_of_the_same_program_is_refused(run):
    session = run("Run it.", [bash("toy run --json 'x y'"), bash("toy accept"), say("done")])
    ran, refused = session.results
    assert (ran.text, ran.is_error) == ("toy got: run --json x y", False)
    assert refused.is_error
    assert "requires approval" in refused.text


def test_git_commands_that_only_read_need_no_permission_but_writing_a_file_with_them_does(run, tmp_path):
    stolen = tmp_path / "stolen"
    session = run("Run it.", [bash("git log -1"), bash("git diff HEAD"), bash(f"git show --output={stolen}"), say("")])
    assert ["requires approval" in r.text for r in session.results] == [False, False, True]
    assert not stolen.exists()


def test_exit_3_is_an_error_that_holds_both_streams(run):
    (result,) = run("Run it.", [bash("toy run --fail"), say("done")]).results
    assert result.is_error
    assert result.text.startswith("Exit code 3")
    assert '{"error": {}}' in result.text
    assert "boom" in result.text


def test_output_over_30_000_characters_is_put_into_a_file(run):
    (result,) = run("Run it.", [bash("toy run --long"), say("done")]).results
    assert "Full output saved to:" in result.text
    assert len(result.text) < 3_000


def test_a_failing_pre_execution_aborts_the_command_without_a_word(run):
    session = run("State: !`toy status --fail`", [say("never")])
    assert (session.exit_code, session.stdout.strip(), session.conversation) == (0, "", ())


def test_or_true_turns_a_failing_pre_execution_into_text(run):
    session = run("State: !`toy status --fail || true`", [say("done")])
    assert 'State: {"error": {}}' in session.prompt
    assert session.stdout.strip() == "done"


def test_without_node_the_client_is_not_there_and_the_reason_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoNodeError, match="node and npm not found"):
        installed_client(tmp_path / "cache")
