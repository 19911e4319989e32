"""A folder of pages that is ours: only what we wrote is written over or removed, and every file is whole at any moment.

`.bench-agent-site` says that a folder is ours and lists its files. What else lies beside them is left alone.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from bench_agent.commands.output import is_state, refuse_in_git
from bench_agent.errors import StoreError, UsageError
from bench_agent.history.store import write_atomically
from bench_agent.project import STATE_DIR
from bench_agent.render.site import SiteFile
from bench_agent.system.files import read_regular
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

MARKER = ".bench-agent-site"
_FIRST_LINE = "bench-agent/site/1"
_MARKER_BYTES = 8_000_000  # of 40,000 benchmarks
_BESIDE = frozenset(
    {".git", ".gitignore", ".nojekyll", "CNAME"}
)  # of a branch that is published: a site may be put there
_FOLDERS = ("b", "csv")
_OURS = re.compile(r"(?:b/[a-z0-9-]{1,80}\.html|csv/[a-z0-9-]{1,80}\.csv|[a-z]{1,20}\.(?:html|csv|xml))")


def check_folder(name: str) -> Path:
    """The folder of that name, which may be written to. Raises UsageError where it may hold anything that is not ours."""
    folder = Path(os.path.realpath(name))
    shown = clean_text(name)
    if "CLAUDECODE" in os.environ and STATE_DIR not in folder.parts:
        raise UsageError(f"{shown} is not written for Claude Code", hint=f"name a folder in {STATE_DIR}/")
    refuse_in_git(name)
    if is_state(folder):
        raise UsageError(f"{shown} is kept by bench-agent itself", hint=f"take another, such as {STATE_DIR}/site")
    if not folder.parent.is_dir():
        raise UsageError(f"cannot write {shown}: there is no folder {clean_text(folder.parent)}", hint="make it first")
    if not folder.exists():
        return folder
    if not folder.is_dir():
        raise UsageError(f"{shown} is no folder", hint="name a new folder")
    if _listed(folder) is None and (foreign := sorted({path.name for path in folder.iterdir()} - _BESIDE)):
        what = clean_text(foreign[0], limit=60)
        raise UsageError(
            f"{shown} holds files that are not of a site of ours, such as {what}", hint="name a new folder"
        )
    for inner in _FOLDERS:
        if (folder / inner).is_symlink() or ((folder / inner).exists() and not (folder / inner).is_dir()):
            raise UsageError(f"{shown}/{inner} is no real folder, and is not followed", hint="remove it")
    return folder


def check_marker(folder: Path, repository: Repository | None) -> None:
    """Raises UsageError where the marker came with the project: a commit can't say which of the user's files are ours.

    A site that is published from a branch lies in a checkout of its own, which this does not concern.
    """
    if repository is None or not folder.is_relative_to(repository.root.resolve()):
        return
    marker = folder.relative_to(repository.root.resolve()) / MARKER
    if repository.git("ls-files", "-z", "--", marker.as_posix(), cwd=repository.root):
        shown = clean_text(folder)
        raise UsageError(
            f"{shown} is committed to this project, so that it can't be told whose files are in it",
            hint="name a new folder, or one outside of the project",
        )


def write_site(folder: Path, files: Sequence[SiteFile]) -> int:
    """Write the files in their order and remove those of the last time that are gone; how many are new or changed.

    Interrupted at any moment, every page that is linked to is there. Raises StoreError.
    """
    before, names = _listed(folder) or set(), {file.name for file in files}
    changed = 0
    try:
        for path in (folder, *(folder / inner for inner in _FOLDERS)):
            path.mkdir(exist_ok=True)
        if before | names != before:
            _mark(folder, before | names)  # first: a folder that is half written is ours too
        for file in files:
            changed += _write(folder / file.name, file.text())
        for name in before - names:
            (folder / name).unlink(missing_ok=True)
        _mark(folder, names)
    except OSError as error:
        hint = "check the folder, its owner and the space left"
        raise StoreError(
            f"could not write {clean_text(error.filename or folder)}: {error.strerror}", hint=hint
        ) from error
    return changed


def _listed(folder: Path) -> set[str] | None:
    """The files that the marker lists, those only that we can have written; None where there is no marker."""
    try:
        lines = read_regular(folder / MARKER, limit=_MARKER_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    return {line for line in lines[1:] if _OURS.fullmatch(line)} if lines[:1] == [_FIRST_LINE] else None


def _mark(folder: Path, names: set[str]) -> None:
    _write(folder / MARKER, "\n".join([_FIRST_LINE, *sorted(names)]) + "\n")


def _write(path: Path, text: str) -> bool:
    """Whether anything had to be written."""
    content = text.encode()
    try:
        if path.lstat().st_size == len(content) and read_regular(path, limit=len(content)) == content:
            return False
    except OSError:
        pass
    write_atomically(path, text)
    return True
