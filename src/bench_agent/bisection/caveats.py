"""What a search holds fixed although commits of the range change it: the benchmark's own files, and how the suite is started.

Takes the commits of a range and returns a sentence on each thing held fixed: readers would take silence for a measurement. What is
installed is one too: `suspects/held_environment`.
"""

from collections.abc import Collection, Sequence

from bench_agent.records import Commit
from bench_agent.suspects.held_environment import MAX_SHOWN, few_of, name_of
from bench_agent.text.clean import clean_text


def describe_benchmark(commits: Sequence[Commit], files: Collection[str]) -> str | None:
    """Which commits change the benchmark's own files, that all versions have from the end; None when none does."""
    if named := _changing(commits, files):
        return (
            "every version was measured with the newest version's benchmark files, so what these change in them is not "
            f"part of the answer: {named}"
        )
    return None


def describe_start(commits: Sequence[Commit], files: Collection[str]) -> str | None:
    """Which commits change how the suite is started, which is for all versions as it is now; None when none does."""
    if named := _changing(commits, files):
        return (
            "every version was started as the suite is now, so what these change in that is not part of the answer: "
            f"{named}"
        )
    return None


def _changing(commits: Sequence[Commit], files: Collection[str]) -> str:
    named = [
        f"{name_of(commit)} ({', '.join(clean_text(path, limit=60) for path in changed[:MAX_SHOWN])})"
        for commit in commits
        if (changed := [c.path for c in commit.files if c.path in files])
    ]
    return few_of(named) if named else ""
