"""What a search of a range is asked for, and what follows from it before anything is measured: line, stretches, journal's key."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench_agent.backfill.stretch import FEWEST_SPREAD, Stretch, spread_for, spread_positions
from bench_agent.bisection.lineage import Line, read_line
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.records import Conditions, Suite
from bench_agent.system.git import Repository

BUDGET_S = 1800.0  # without --budget
RESOLUTION = 0.03  # without --resolution: what the first look can tell of in eight sets of sessions
MOST_RELEASES = 60  # that are looked at first; of more, evenly spread ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a search is asked for. Revisions are full shas."""

    first: str
    last: str
    budget_s: float = BUDGET_S
    resolution: float = RESOLUTION  # ratio - 1
    tags: Mapping[str, str] = field(default_factory=dict)  # sha -> name; those on the line are looked at first
    own_benchmarks: bool = False
    python: str = ""


def line_of(repository: Repository, asked: Asked) -> Line:
    """Raises UsageError where there is no range."""
    line = read_line(repository, asked.first, asked.last)
    if not line.last:
        raise UsageError("there are no commits in that range", hint="such as: bench-agent backfill v1.0..main")
    return line


def dates_of(repository: Repository, line: Line) -> dict[str, str]:
    """When each commit of the line was written, that where it begins too."""
    first = line.versions[0].sha
    dates = {commit.sha: commit.author_date for commit in line.commits}
    return dates | {first: repository.git("show", "-s", "--format=%aI", first, "--").strip()}


def stretches_of(repository: Repository, config: Config, suite: Suite, line: Line, asked: Asked) -> list[Stretch]:
    """One for each pytest process of the suite."""
    anchor = line.versions[-1].sha
    wanted = [p for p, version in enumerate(line.versions) if version.sha in asked.tags]
    if len(wanted) > MOST_RELEASES:
        wanted = [wanted[p] for p in spread_positions(len(wanted) - 1, MOST_RELEASES)]
    spread = spread_for(line.last)
    count = max(spread - len(wanted), FEWEST_SPREAD) if wanted else spread
    return [
        Stretch(
            repository=str(repository.root),
            line=line,
            anchor=anchor,
            benchmarks=ids,
            survey=spread_positions(line.last, count, wanted),
            conditions=Conditions(
                files_from="" if asked.own_benchmarks else anchor, python=asked.python, setup=config.setup or ""
            ),
        )
        for _, ids in suite.by_process(suite.ids)
    ]


def key_of(line: Line, suite: Suite, asked: Asked, *, of: str = "") -> str:
    """What the measurements belong to: the anchor, the interpreter and how the suite is started; a longer range uses them too.

    of: what is measured, where it is not time.
    """
    parts = [line.versions[-1].sha, asked.python, str(asked.own_benchmarks), *([of] if of else [])]
    for process in suite.processes:
        parts += [process.executable, process.rootdir, *process.options]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:20]
