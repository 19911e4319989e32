"""`backfill`: every lasting change of a range of commits, found against an anchor and proved. From what is asked to the result."""

import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.backfill import result
from bench_agent.backfill.journal import Journal
from bench_agent.backfill.known import Known
from bench_agent.backfill.moved_code import Bearings
from bench_agent.backfill.next_tasks import Plan
from bench_agent.backfill.on_this_machine import LocalExecutor
from bench_agent.backfill.priors import Priors
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.search import Search
from bench_agent.backfill.stretch import FEWEST_SPREAD, Stretch, Wish, spread_for, spread_positions
from bench_agent.bisection.lineage import Line, read_branch, read_line
from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.levels import keep_levels
from bench_agent.history.store import Store
from bench_agent.measure.paired.same_process import root_in
from bench_agent.measure.paired.trees import suite_files
from bench_agent.records import Conditions, Executor, Say, Suite, TaskResult
from bench_agent.results.backfill import Backfill, MeasuredCommit
from bench_agent.system.git import Repository
from bench_agent.text import quantity

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


def backfill(
    config: Config,
    repository: Repository,
    suite: Suite,
    asked: Asked,
    *,
    environment: Mapping[str, str],
    say: Say,
    executor: Executor | None = None,
) -> Backfill:
    """Search, prove and describe. executor: who measures; None: this machine. Ctrl-C ends it with what is known so far.

    Raises UsageError where there is no range, MeasureError where nothing can be measured at all.
    """
    began = time.monotonic()
    line = line_of(repository, asked)
    store = Store(config.state_dir)
    store.check()
    stretches = stretches_of(repository, config, suite, line, asked)
    known = Known()
    journal = Journal(store, key_of(line, suite, asked), TaskResult)
    known.add_all(journal.read())
    if known.tasks:
        say(f"going on with {known.sessions} sessions that were measured before")
    wish = _wish(asked)

    def search_with(executor: Executor) -> Search:
        search = Search(
            stretches=stretches,
            known=known,
            wish=wish,
            executor=executor,
            journal=journal,
            deadline=began + asked.budget_s,
            say=say,
            priors=Priors(repository, known).of,
            branch_of=lambda stretch, proof: branch_of(repository, stretch, proof),
        )
        search.run()
        return search

    if executor is not None:
        search = search_with(executor)
    else:
        with LocalExecutor(config, repository, suite, environment=environment, say=say) as local:
            search = search_with(local)
    top = repository.root.resolve()
    held = () if asked.own_benchmarks else suite_files(config, [top], suite, suite.ids, top)
    below = str(root_in(suite.processes[0], top, config.root.resolve()))
    bearings = Bearings(repository=repository, known=known, below=below, held=held)
    found = _result(repository, search, asked, line, bearings, seconds=time.monotonic() - began)
    if found.commits:
        keep_levels(store, found)
    return found


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


def _wish(asked: Asked) -> Wish:
    return Wish(resolution=math.log1p(asked.resolution))


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


def branch_of(repository: Repository, stretch: Stretch, proof: Proved) -> Stretch | None:
    """What a proved merge brought, as a stretch with the benchmarks that it changed; None for any other commit."""
    commit = stretch.line.commit(proof.position)
    branch = read_branch(repository, commit)
    if branch is None:
        return None
    return replace(
        stretch,
        line=branch,
        anchor=branch.versions[-1].sha,
        benchmarks=(proof.benchmark,),
        survey=(0, branch.last),
        merge=commit.sha,
    )


def key_of(line: Line, suite: Suite, asked: Asked, *, of: str = "") -> str:
    """What the measurements belong to: the anchor, the interpreter and how the suite is started; a longer range uses them too.

    of: what is measured, where it is not time.
    """
    parts = [line.versions[-1].sha, asked.python, str(asked.own_benchmarks), *([of] if of else [])]
    for process in suite.processes:
        parts += [process.executable, process.rootdir, *process.options]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:20]


def _result(
    repository: Repository, search: Search, asked: Asked, line: Line, bearings: Bearings, *, seconds: float
) -> Backfill:
    plans: dict[int, Plan] = {n: search.plans.get(n, Plan(tasks=())) for n in range(len(search.stretches))}
    steps = result.find_steps(search.stretches, plans)
    found = [each for each in steps if not bearings.is_moved(each)]
    main = [stretch for stretch in search.stretches if not stretch.merge]
    return Backfill(
        first=line.versions[0].sha,
        anchor=main[0].anchor,
        commits_in_range=line.last,
        resolution=asked.resolution,
        benchmarks=tuple(dict.fromkeys(benchmark for stretch in main for benchmark in stretch.benchmarks)),
        changes=result.rows_of(repository, search.known, found),
        commits=_levels(main, search.known, asked.tags, dates_of(repository, line)),
        unexplained=result.unexplained_of(search.stretches, plans, search.known),
        skipped=result.skipped_of(main, search.known),
        measurements=search.known.sessions,
        seconds=seconds,
        interrupted=search.interrupted,
        out_of_time=search.out_of_time,
        warnings=(*line.notes, *search.known.warnings, *_older(main), *_moved(len(steps) - len(found))),
    )


def _older(main: Sequence[Stretch]) -> list[str]:
    """What is measured against another commit than the newest."""
    return [
        f"up to {each.anchor[:8]} the newest benchmark files can't be imported: it has those of that commit, and ratios to it"
        for each in main
        if each.anchor != main[0].anchor
    ]


def _moved(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    what = quantity.counted(count, "small difference was", "small differences were")
    return (
        f"{what} measured beside commits that change nothing that is executed: code moved in memory, nobody is named",
    )


def _levels(
    main: Sequence[Stretch], known: Known, tags: Mapping[str, str], dates: Mapping[str, str]
) -> tuple[MeasuredCommit, ...]:
    found: dict[tuple[str, str], MeasuredCommit] = {}
    for stretch in main:
        for each in result.levels_of(stretch, known, tags, dates):
            old = found.get((each.sha, each.anchor))
            found[each.sha, each.anchor] = replace(old, levels=(*old.levels, *each.levels)) if old else each
    return tuple(sorted(found.values(), key=lambda each: each.position))
