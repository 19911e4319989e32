"""What bench-agent refuses when Claude Code may run it without asking."""

from pathlib import Path

import pytest

from bench_agent.cli import main


@pytest.mark.parametrize(
    ("option", "value"),
    [("--command", "touch x"), ("--out", "README.md"), ("--markdown", "../x.md"), ("--html", "a.html")],
)
def test_what_claude_may_run_unasked_runs_no_other_command_and_writes_no_file_of_the_project(
    option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["run", option, value]) == 2
    assert "Claude Code" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_comparing_unasked_installs_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["compare", "--with", "requests==2.31"]) == 2
    assert "--with is not taken from Claude Code" in capsys.readouterr().err
