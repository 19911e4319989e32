"""The versions to measure, each checked out into a worktree of its own with the benchmark files it is measured by."""

import os
from collections.abc import Sequence
from pathlib import Path

from bench_agent.config import Config
from bench_agent.records import Suite
from bench_agent.system.worktrees import benchmark_files

LOCK_WAIT_S = 30.0  # for another run of ours in this repository to end
NO_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


def in_trees(arguments: Sequence[str], inside: Path, top: Path) -> list[str]:
    """A suite's arguments for a pytest started in a tree where it is in `inside`: files of the checkout are the tree's."""
    return [
        os.path.relpath(argument, inside)
        if Path(argument).is_absolute() and Path(argument).is_relative_to(top)
        else argument
        for argument in arguments
    ]


def suite_files(
    config: Config, tops: Sequence[Path], suite: Suite, ids: Sequence[str], below: Path, project: Path
) -> tuple[str, ...]:
    """What all sides have the same of: the setting `overlay`, else the benchmark files; relative to the top of a tree.

    tops: the checkout, then trees; in all of them the patterns of `overlay` are looked up. below, project: from the top
    to where ids begin, and to where the settings are.
    """
    named = [Path(argument) for argument in suite.arguments if Path(argument).is_absolute()]
    files = [str(path.relative_to(tops[0])) for path in named if path.is_relative_to(tops[0])]
    if config.overlay:
        found = [
            path.relative_to(top)
            for top in tops
            for pattern in config.overlay
            for path in sorted((top / project).glob(pattern))
        ]
        return tuple(dict.fromkeys([*files, *map(str, found)]))
    return (*benchmark_files([str(below / id) for id in ids]), *files)
