"""Commits that change what is installed, where both sides of a measurement have what is installed now, and what they change."""

from collections.abc import Mapping, Sequence

from bench_agent.records import Commit
from bench_agent.suspects.data_changes import judge_dependencies, kind_of
from bench_agent.suspects.patches import FilePatch, parse_patch
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_READ = 200  # commits whose requirements are looked at
MAX_SHOWN = 3  # commits, and requirements, in one sentence


def changed_requirements(patches: Sequence[FilePatch], blobs: Mapping[str, bytes]) -> tuple[str, ...]:
    """ "dialer: ==1.4.0 becomes ==2.0.1 (requirements.txt)" for what the patches change of them, at most MAX_SHOWN."""
    found = []
    for patch in patches:
        if kind_of(patch.path) == "dependency":
            old, new = (blobs.get(name) if name else None for name in (patch.old_blob, patch.new_blob))
            where = clean_text(patch.path, limit=60)
            found += [f"{remark.text} ({where})" for remark in judge_dependencies(patch, old, new)]
    return tuple(found[:MAX_SHOWN])


def describe_environment(repository: Repository, commits: Sequence[Commit]) -> str | None:
    """Which commits change what is installed, where nothing installs it; None when none does. Two calls of git."""
    paths = {c.path for commit in commits for c in commit.files if kind_of(c.path) == "dependency"}
    touching = [commit for commit in commits if any(c.path in paths for c in commit.files)][:MAX_READ]
    if not touching:
        return None
    texts = {**repository.patches([commit.sha for commit in touching if commit.sha], sorted(paths))}
    if any(not commit.sha for commit in touching):
        texts[""] = repository.diff(None, sorted(paths))
    patches = {sha: parse_patch(text) for sha, text in texts.items()}
    blobs = repository.blobs(
        blob for found in patches.values() for patch in found for blob in (patch.old_blob, patch.new_blob) if blob
    )
    told = [(commit, changed_requirements(patches.get(commit.sha, ()), blobs)) for commit in touching]
    named = [f"{name_of(commit)}: {'; '.join(changes)}" for commit, changes in told if changes]
    if not named:
        return None
    return (
        "the environment was held fixed, so what these change in it was not measured (the setting `setup` installs it "
        f"for each commit): {few_of(named)}"
    )


def name_of(commit: Commit) -> str:
    """Its short sha and subject."""
    return f"{commit.sha[:8]} {clean_text(commit.subject, limit=50)}".strip()


def few_of(named: Sequence[str]) -> str:
    """The first MAX_SHOWN of them, and how many more there are."""
    more = len(named) - MAX_SHOWN
    return ", ".join(named[:MAX_SHOWN]) + (f", and {quantity.counted(more, 'more commit')}" if more > 0 else "")
