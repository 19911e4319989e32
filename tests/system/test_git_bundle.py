"""A history as one file, and the clone that another machine makes of it."""

import subprocess
from pathlib import Path

import pytest

from bench_agent.errors import GitError
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.git_bundle import clone_bundle, make_bundle


def _git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    return subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def _repository(folder: Path, *options: str) -> tuple[Repository, list[str]]:
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", *options)
    shas = []
    for number in range(3):
        (folder / "engine.py").write_text(f"SIZE = {number}\n")
        _git(folder, "add", ".")
        _git(folder, "commit", "--quiet", "-m", f"step {number}")
        shas.append(_git(folder, "rev-parse", "HEAD"))
    found = open_repository(folder)
    assert found is not None
    return found, shas


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_the_clone_has_every_commit_and_the_newest_checked_out(tmp_path: Path, options: tuple[str, ...]) -> None:
    repository, shas = _repository(tmp_path / "a name with spaces", *options)
    (tmp_path / "bundle").write_bytes(make_bundle(repository, [shas[-1], shas[0]]))
    clone = clone_bundle(tmp_path / "bundle", tmp_path / "clone", shas[-1])
    assert (clone.root / "engine.py").read_text() == "SIZE = 2\n"
    assert [clone.show_file(sha, "engine.py") for sha in shas] == [f"SIZE = {n}\n".encode() for n in range(3)]


def test_the_repository_itself_gets_nothing(tmp_path: Path) -> None:
    repository, shas = _repository(tmp_path / "own")

    def everything() -> list[tuple[str, bytes]]:
        return sorted((str(p), p.read_bytes()) for p in (tmp_path / "own").rglob("*") if p.is_file())

    before = everything()
    make_bundle(repository, shas)
    assert everything() == before


def test_of_a_shallow_clone_what_there_is(tmp_path: Path) -> None:
    _, shas = _repository(tmp_path / "own")
    _git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{tmp_path / 'own'}", "shallow")
    shallow = open_repository(tmp_path / "shallow")
    assert shallow is not None
    (tmp_path / "bundle").write_bytes(make_bundle(shallow, [shas[-1]]))
    clone = clone_bundle(tmp_path / "bundle", tmp_path / "clone", shas[-1])
    assert clone.show_file(shas[1], "engine.py") == b"SIZE = 1\n"
    assert clone.resolve(shas[0]) is None


def test_hooks_and_templates_of_the_machine_do_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, shas = _repository(tmp_path / "own")
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))
    (tmp_path / "bundle").write_bytes(make_bundle(repository, [shas[-1]]))
    clone_bundle(tmp_path / "bundle", tmp_path / "clone", shas[-1])
    assert not (tmp_path / "ran").exists()


def test_a_commit_that_is_not_there_is_gits_error(tmp_path: Path) -> None:
    repository, _ = _repository(tmp_path / "own")
    with pytest.raises(GitError):
        make_bundle(repository, ["0123456789" * 4])
