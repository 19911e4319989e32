"""A repository's history as one file, and the clone that is made of it on another machine.

The user's repository gets no reference for it: the file is written by an empty repository of ours that borrows its objects.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from bench_agent.errors import GitError
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.git_command import GitCommand
from bench_agent.system.temporary import temporary_folder

ROOM = "refs/heads/bench-agent"  # the names in the file


def make_bundle(repository: Repository, shas: Sequence[str]) -> bytes:
    """These commits with all their history, as `git bundle` writes it; of a shallow clone what there is of it.

    Raises GitError where objects are missing, as in a partial clone.
    """
    objects = repository.git("rev-parse", "--path-format=absolute", "--git-path", "objects").rstrip("\n")
    shallow = Path(repository.git("rev-parse", "--path-format=absolute", "--git-path", "shallow").rstrip("\n"))
    kind = repository.git("rev-parse", "--show-object-format").strip()
    with temporary_folder() as folder:
        own = folder / "own"
        _git(folder, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(own))
        (own / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (own / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8", errors="surrogateescape")
        if shallow.is_file():
            shutil.copyfile(shallow, own / "shallow")
        names = [f"{ROOM}-{number}" for number, _ in enumerate(dict.fromkeys(shas))]
        for name, sha in zip(names, dict.fromkeys(shas), strict=True):
            _git(own, "update-ref", name, sha)
        _git(own, "bundle", "create", "--quiet", str(folder / "bundle"), *names)
        return (folder / "bundle").read_bytes()


def clone_bundle(bundle: Path, folder: Path, sha: str) -> Repository:
    """A repository in `folder`, which must not exist, with `sha` checked out. No hook and no template of the machine is used."""
    folder.mkdir()
    heads = _git(folder, "bundle", "list-heads", str(bundle)).split()
    kind = "sha256" if heads and len(heads[0]) == 64 else "sha1"
    _git(folder, "init", "--quiet", "--template=", f"--object-format={kind}")
    _git(folder, "config", "gc.auto", "0")
    for line in _git(folder, "bundle", "unbundle", str(bundle)).splitlines():
        commit, _, name = line.partition(" ")
        _git(folder, "update-ref", name, commit)
    _git(folder, "checkout", "--quiet", "--detach", sha)
    repository = open_repository(folder)
    if repository is None:
        raise GitError(f"git finds no repository in {folder}")
    return repository


def _git(folder: Path, *args: str) -> str:
    return GitCommand(folder).run(args).decode("utf-8", "surrogateescape")
