"""Which commits' patches are read, and of which files: those that can tell most, within what git and we can read."""

from collections.abc import Mapping, Sequence

from bench_agent.records import Commit
from bench_agent.suspects.file_names import MERGE, FileNames
from bench_agent.suspects.patch_source import Source

MAX_DIFFS = 600  # commits whose patch is read; that of 60,000 would take minutes
MAX_OTHERS = 180  # of these, at most, for data, settings and dependencies where there is more code than can be read
MAX_PATHS = 400  # on one command line of git
MAX_LINES = 5000  # of one changed file; more is a vendored, moved or generated file, judged by its name


def choose_patches(
    commits: Sequence[Commit], names: FileNames, floors: Mapping[str, float], source: Source
) -> tuple[list[str], list[str]]:
    """The commits whose patches are worth reading, most plausible first, and the files worth reading of them."""
    promises = {
        commit.sha: promise
        for commit in commits
        if (len(commit.parents) < 2 or floors[commit.sha] != MERGE) and (promise := names.promise(commit)) >= 0
    }
    ordered = sorted(promises, key=lambda sha: -promises[sha])
    code = [sha for sha in ordered if promises[sha] >= 1.0]
    others = [sha for sha in ordered if promises[sha] < 1.0]
    code = code[: MAX_DIFFS - min(MAX_OTHERS, len(others))]
    wanted = [*code, *others[: MAX_DIFFS - len(code)]]
    files = {commit.sha: commit.files for commit in commits}
    named = dict.fromkeys(change.path for sha in wanted for change in files[sha] if names.is_telling(change.path))
    counted = source.lines_of(wanted, list(named)[:MAX_PATHS]) if wanted else {}
    chosen: list[str] = []
    paths: dict[str, None] = {}
    for sha in wanted:
        telling = [
            change.path
            for change in counted.get(sha, ())
            if change.added is not None
            and change.added + (change.deleted or 0) <= MAX_LINES
            and names.is_telling(change.path)
        ]
        if telling:
            chosen.append(sha)
            paths.update(dict.fromkeys(telling))
    return chosen, list(paths)[:MAX_PATHS]
