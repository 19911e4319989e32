"""Variables by which git is told where a repository is, and an environment without them. Standard library only."""

from collections.abc import Mapping

# git exports these to hooks; left set, git below would read, or write, another repository: `worktree add` the wrong index.
_LOCATION = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES",
    # and these change what a path argument means; we pass file names, never patterns
    "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip


def names_of_location(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the variables that are set."""
    return tuple(name for name in _LOCATION if name in environment)


def without_location(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without them: for what runs in a worktree, where git must find the repository by itself."""
    return {name: value for name, value in environment.items() if name not in _LOCATION}
