"""Where results may be written to: nowhere in what git keeps, whatever the option and however it is named."""

from pathlib import Path

import pytest

from bench_agent.cli import main
from bench_agent.commands.output import refuse_in_git, write_file
from bench_agent.errors import UsageError

HEAD = "ref: refs/heads/main\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text(HEAD)
    (tmp_path / "link").symlink_to(".git/HEAD")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLAUDECODE", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", [".git/HEAD", "x/../.git/HEAD", "link", ".git", "sub/.git", ".Git/HEAD"])
def test_what_git_keeps_is_not_written(repository: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is of git"):
        refuse_in_git(name)
    with pytest.raises(UsageError, match="is of git"):
        write_file(name, "x")
    assert (repository / ".git/HEAD").read_text() == HEAD


@pytest.mark.parametrize("name", ["-", ".gitignore", "a.git", "x.html"])
def test_other_names_are_taken(repository: Path, name: str) -> None:
    refuse_in_git(name)


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--html"),
        ("report", "--badge"),
        ("backfill", "HEAD", "--out"),
        ("compare", "HEAD", "--markdown"),
        ("explain", "--out"),
        ("fix", "--out"),
    ],
)
def test_every_command_refuses_first(
    repository: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, ".git/HEAD"]) == 2
    assert "is of git" in capsys.readouterr().err
