"""A model's proposal as files: exact pieces of text replaced, and the unified diff that comes of it. Pure."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_EDITS = 12
MAX_EDIT = 20_000  # characters of one piece
MAX_FILES = 3
MAX_LINES = 160  # added and removed: a larger patch is a rewrite, which nobody reviews on the word of a measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """before, after: the files that change, by their paths from the top. diff: as git takes it."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    diff: str


class EditError(ValueError):
    """A proposal that is no patch, in words for whoever made it."""


def read_edits(given: Any) -> tuple[Edit, ...]:
    """The edits in a tool's input, which may be anything. Raises EditError."""
    edits = given.get("edits") if isinstance(given, dict) else None
    if not isinstance(edits, list) or not 1 <= len(edits) <= MAX_EDITS:
        raise EditError(f"edits must be a list of 1 to {MAX_EDITS}")
    found = []
    for edit in edits:
        texts = [edit.get(key) if isinstance(edit, dict) else None for key in ("path", "old", "new")]
        path, old, new = (text if isinstance(text, str) and len(text) <= MAX_EDIT else None for text in texts)
        if path is None or old is None or new is None or not old:
            raise EditError(f"each edit has path, old and new: texts of at most {MAX_EDIT:,} characters, old not empty")
        found.append(Edit(path=path, old=old, new=new))
    return tuple(found)


def apply_edits(edits: Sequence[Edit], files: Mapping[str, str]) -> Patch:
    """The patch. files: what may be changed, by path. Raises EditError where a piece is not there exactly once."""
    after: dict[str, str] = {}
    for edit in edits:
        if edit.path not in files:
            allowed = ", ".join(sorted(files)[:20]) or "none"
            raise EditError(f"{edit.path[:120]!r} may not be changed; these files may: {allowed}")
        text = after.get(edit.path, files[edit.path])
        if (times := text.count(edit.old)) != 1:
            raise EditError(f"old must be in {edit.path} exactly once, and is there {times} times")
        after[edit.path] = text.replace(edit.old, edit.new)
    after = {path: text for path, text in after.items() if text != files[path]}
    if not after:
        raise EditError("it changes nothing")
    before = {path: files[path] for path in after}
    diff = unified(before, after)
    lines = sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in diff.splitlines())
    if len(after) > MAX_FILES or lines > MAX_LINES:
        raise EditError(
            f"a patch has at most {MAX_FILES} files and {MAX_LINES} changed lines, and this one has {lines}"
        )
    return Patch(before=before, after=after, diff=diff)


def unified(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """A unified diff of those files, as `git apply` takes it from the top of the working tree."""
    return "".join(line for path in sorted(after) for line in _of_file(path, before[path], after[path]))


def _of_file(path: str, before: str, after: str) -> Iterable[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    yield f"diff --git a/{path} b/{path}\n"
    for line in difflib.unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
