"""The versions to measure, each checked out into a worktree of its own with the benchmark files it is measured by."""

from collections.abc import Sequence
from pathlib import Path

from bench_agent.config import Config
from bench_agent.measure.paired.same_process import root_in
from bench_agent.records import Suite
from bench_agent.system.worktrees import benchmark_files

LOCK_WAIT_S = 30.0  # for another run of ours in this repository to end


def suite_files(config: Config, tops: Sequence[Path], suite: Suite, ids: Sequence[str], top: Path) -> tuple[str, ...]:
    """What all sides have the same of: the setting `overlay`, else the benchmark files; relative to the top of a tree.

    tops: the checkout, then trees; in all of them the patterns of `overlay` are looked up.
    """
    project = config.root.resolve().relative_to(top)
    named = [Path(word) for process in suite.processes for word in process.options if Path(word).is_absolute()]
    files = [str(path.relative_to(top)) for path in named if path.is_relative_to(top) and path.is_file()]
    if config.overlay:
        found = [
            path.relative_to(top)
            for top in tops
            for pattern in config.overlay
            for path in sorted((top / project).glob(pattern))
        ]
        return tuple(dict.fromkeys([*files, *map(str, found)]))
    placed = [
        str(root_in(process, top, config.root.resolve()) / id) for process, own in suite.by_process(ids) for id in own
    ]
    return (*benchmark_files(placed), *files)
