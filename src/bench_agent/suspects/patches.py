"""A patch of git, without context lines, as records. Text in, records out; nothing is judged."""

import re
from dataclasses import dataclass, replace

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_INDEX = re.compile(r"index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})")
_ESCAPE = re.compile(r'\\([abtnvfr"\\]|[0-7]{3})')
_ESCAPES = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines taken out and put in, from 1; the number of a side without lines is that of the line before."""

    old_start: int
    new_start: int
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def old_lines(self) -> range:
        return range(self.old_start, self.old_start + len(self.removed))

    @property
    def new_lines(self) -> range:
        return range(self.new_start, self.new_start + len(self.added))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    path: str
    old_blob: str | None = None  # None: the file is new
    new_blob: str | None = None  # None: the file is gone
    hunks: tuple[Hunk, ...] = ()


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    """The changed text files of a patch made with --unified=0 --full-index and the prefixes a/ and b/.

    Lines of a hunk are counted, so that no content is taken for a header. Binary files have no hunks and are left out;
    a patch cut short gives what is whole.
    """
    lines = text.split("\n")  # not splitlines: a form feed is content
    files: list[FilePatch] = []
    hunks: list[Hunk] = []
    old_blob = new_blob = old_path = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("diff --git "):
            old_blob = new_blob = old_path = None
        elif match := _INDEX.match(line):
            old_blob, new_blob = (None if set(blob) == {"0"} else blob for blob in match.groups())
        elif line.startswith("--- "):
            old_path = _path(line[4:])
        elif line.startswith("+++ "):
            path = _path(line[4:]) or old_path
            hunks = []
            while at < len(lines) and (match := _HUNK.match(lines[at])):
                old_start, old_count, new_start, new_count = (int(n) if n else 1 for n in match.groups())
                removed, at = _take(lines, at + 1, "-", old_count)
                added, at = _take(lines, at, "+", new_count)
                hunks.append(Hunk(old_start=old_start, new_start=new_start, removed=removed, added=added))
            if path:
                files.append(FilePatch(path=path, old_blob=old_blob, new_blob=new_blob, hunks=tuple(hunks)))
    return tuple(files)


def join_moves(files: tuple[FilePatch, ...]) -> tuple[FilePatch, ...]:
    """The same, with a file that went and one that came as one change where it is the file that was moved.

    That is: the content is equal, or one path is the other with folders before it (`pkg/a.py`, `src/pkg/a.py`).
    """
    gone = [file for file in files if file.new_blob is None]
    joined: dict[str, FilePatch] = {}
    for file in files if gone else ():
        if file.old_blob is not None or file.new_blob is None:
            continue
        same = [old for old in gone if old.old_blob == file.new_blob or _is_below(old.path, file.path)]
        if same:
            gone.remove(same[0])
            joined[file.path] = replace(file, old_blob=same[0].old_blob, hunks=(*same[0].hunks, *file.hunks))
    kept = {file.path for file in gone}
    return tuple(
        joined.get(file.path, file) for file in files if not joined or file.new_blob is not None or file.path in kept
    )


def _is_below(one: str, other: str) -> bool:
    return "/" in one and "/" in other and (other.endswith(f"/{one}") or one.endswith(f"/{other}"))


def _take(lines: list[str], at: int, sign: str, count: int) -> tuple[tuple[str, ...], int]:
    taken: list[str] = []
    while len(taken) < count and at < len(lines) and lines[at].startswith(sign):
        taken.append(lines[at][1:])
        at += 1
    if at < len(lines) and lines[at].startswith("\\"):  # "\ No newline at end of file"
        at += 1
    return tuple(taken), at


def _path(text: str) -> str | None:
    """The file's name from a header line; None for /dev/null. Git quotes names with control characters like C does."""
    name = text[:-1] if text.endswith("\t") else text  # git ends a name that holds a space with a tab
    if name.startswith('"') and name.endswith('"'):
        raw = _ESCAPE.sub(lambda m: _ESCAPES.get(m[1]) or chr(int(m[1], 8)), name[1:-1])
        # With quotePath off only control bytes are octal; everything else is the text itself.
        name = raw
    return None if name == "/dev/null" else name[2:]
