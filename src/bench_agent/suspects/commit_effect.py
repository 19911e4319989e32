"""What a commit's patch can do to a benchmark: whether anything that the benchmark executes differs. Pure.

Python files are compared as code (`suspects/same_code.py`); of other files only their kind is known.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from bench_agent.records import Reach
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.patches import FilePatch
from bench_agent.suspects.same_code import Bearing, judge_change, most_bearing

_NOT_TEXT = ("\nBinary files ", "\nGIT binary patch", "\nold mode ")
MAX_PATCH = 200_000  # bytes; of a longer one the rest is not read


def judge_patch(
    text: str,
    patches: Sequence[FilePatch],
    blobs: Mapping[str, bytes],
    *,
    reaches: Sequence[Reach],
    held: Collection[str],
) -> Bearing:
    """The bearing of one commit. "executed" where that is not known, as of data, dependencies and compiled code.

    text, patches: the patch, as git wrote it and parsed; one of MAX_PATCH may be cut short. blobs: by their names, whole.
    reaches: counts of the version before and after it, which name files as git does, from the top of the repository.
    held: files or folders that all measured versions have from the newest, so that what the commit does to them was not
    measured.
    """
    if len(text.encode("utf-8", "replace")) >= MAX_PATCH or any(mark in text for mark in _NOT_TEXT):
        return "executed"
    return most_bearing(_judge_file(patch, blobs, reaches) for patch in patches if not _is_held(patch.path, held))


def _judge_file(patch: FilePatch, blobs: Mapping[str, bytes], reaches: Sequence[Reach]) -> Bearing:
    if not patch.path.endswith(".py"):
        return "uncounted" if kind_of(patch.path) in ("docs", "tooling", "tests") else "executed"
    if any(name is not None and name not in blobs for name in (patch.old_blob, patch.new_blob)):
        return "executed"
    old, new = (blobs[name] if name else None for name in (patch.old_blob, patch.new_blob))
    return judge_change(patch.path, old, new, reaches=reaches)


def _is_held(path: str, held: Collection[str]) -> bool:
    file = PurePosixPath(path)
    return any(file == PurePosixPath(name) or PurePosixPath(name) in file.parents for name in held)
