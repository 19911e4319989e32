"""`bisect`: the commits behind a slowdown, named and proved. Prepares the range, searches it and
inside its merges, and explains what was found.

Takes two revisions and benchmarks, returns a finished `Search` for each benchmark. The search itself is in
`bisection/strategy.py`.
"""

import contextlib
import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bench_agent.bisection.checkpoint import load_checkpoint, save_checkpoint
from bench_agent.bisection.investigation import Investigation
from bench_agent.bisection.kept_trees import END_SLOT
from bench_agent.bisection.lineage import Line, Version, read_line
from bench_agent.bisection.request import SearchContext, SearchRequest
from bench_agent.bisection.versions import Versions
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.history.store import Store
from bench_agent.measure.paired.trees import CONFIG_FILES, open_trees, suite_files
from bench_agent.records import PairSample, PytestProcess, Run, Say, Suite
from bench_agent.results.comparison import Confirmation
from bench_agent.results.culprits import Search, SearchedRange
from bench_agent.system.git import Repository
from bench_agent.system.worktrees import Trees
from bench_agent.text.clean import clean_text

LEAST_S = 8.0  # a search with less time is not begun


def search_slowdowns(
    config: Config,
    repository: Repository,
    run: Run,
    settled: Confirmation,
    *,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    searched: Mapping[str, Search] = MappingProxyType({}),
) -> dict[str, Search]:
    """The searches for the confirmed slowdowns of a run, worst first, by benchmark id, within the time. Never raises for theirs.

    searched: those that were before; they are not searched again. A range of a single commit is not searched: base against
    now was its proof.
    """
    deadline = time.monotonic() + budget_s
    asked = (row for row in settled.rows.values() if row.verdict == "slower" and row.benchmark not in searched)
    slower = sorted(asked, key=lambda row: -row.ratio)
    found: dict[str, Search] = {}
    hints = hints_of(searched.values())
    if settled.base_sha is None or run.suite is None:
        return found
    for row in slower:
        left_s = deadline - time.monotonic()
        try:
            base = settled.base_of(row.benchmark) or settled.base_sha
            if left_s < LEAST_S:
                break
            if read_line(repository, base, None).last < 2:
                continue
            say(f"looking for what made {clean_text(row.benchmark.rsplit('::', 1)[-1])} slower, up to {left_s:.0f} s")
            request = SearchRequest(good=base, bad=None, benchmark=row.benchmark, budget_s=left_s, hints=hints)
            search = find_culprits(
                config,
                repository,
                request,
                suite=run.suite,
                environment=environment,
                say=say,
                known=settled.samples.get(row.benchmark, ()),
            )
        except BenchAgentError as error:
            say(f"no commit was searched for {clean_text(row.benchmark)}: {error.message}")
            continue
        found[row.benchmark] = search
        hints = hints_of([*searched.values(), *found.values()])
        if search.interrupted:
            break
    return found


def hints_of(searches: Iterable[Search]) -> tuple[str, ...]:
    """The shas that did it to the benchmarks searched so far, and the merges that brought them."""
    culprits = [culprit for search in searches for culprit in search.culprits]
    return tuple(dict.fromkeys(sha for c in culprits for sha in (c.sha, c.merge) if sha))


def find_culprits(
    config: Config,
    repository: Repository,
    request: SearchRequest,
    *,
    suite: Suite,
    environment: Mapping[str, str],
    say: Say,
    known: Sequence[PairSample] = (),
) -> Search:
    """Search, prove and explain. Raises MeasureError where an end of the range can't be measured, UsageError without a range.

    known: observations of the two ends, newer against good, of just now: the ends are not measured again for themselves.
    KeyboardInterrupt ends the search, not the program: the result then says what is known so far, and `interrupted`.
    """
    began = time.monotonic()
    line = read_line(repository, request.good, request.bad)
    good, bad = line.versions[0].label, line.versions[-1].label
    if not line.last:
        searched = SearchedRange(commits=0)
        return Search(
            benchmark=request.benchmark, good=good, bad=bad, verdict="same", range=searched, warnings=line.notes
        )
    process = suite.process_of(request.benchmark)
    store = Store(config.state_dir)
    store.check()
    kept = store.searches_dir / f"{_key(repository, line, process)}.json"
    checkpoint = load_checkpoint(kept)
    checkpoint.start_with(request.benchmark, line.versions[0].key, line.versions[-1].key, known)

    def save() -> None:
        store.prepare()
        save_checkpoint(kept, checkpoint)

    with open_range(
        config,
        repository,
        request,
        line,
        suite=suite,
        environment=environment,
        say=say,
        iterations=checkpoint.iterations,
        began=began,
    ) as (trees, versions):
        context = SearchContext(
            config=config,
            repository=repository,
            request=request,
            line=line,
            versions=versions,
            checkpoint=checkpoint,
            save=save,
            say=say,
            began=began,
            start_files=suite.start_files,
        )
        investigation = Investigation(context)
        found = investigation.search()
        lacking = trees.left_out if found.skipped else ()
        warnings = (*line.notes, *found.warnings, *trees.warnings, *lacking, *_own_files(versions.kept.with_own_files))
        return replace(found, good=good, bad=bad, warnings=warnings)


@contextlib.contextmanager
def open_range(
    config: Config,
    repository: Repository,
    request: SearchRequest,
    line: Line,
    *,
    suite: Suite,
    environment: Mapping[str, str],
    say: Say,
    iterations: dict[str, int],
    began: float,
) -> Iterator[tuple[Trees, Versions]]:
    """The trees of a search and the versions in them, for as long as the block runs. began: time.monotonic() of the request."""
    top, root = repository.root.resolve(), config.root.resolve()
    with (
        open_trees(config, repository, suite, environment=environment, say=say) as trees,
        Versions(
            trees,
            end=line.versions[-1],
            end_sha=line.newest_commit.sha,
            top=top,
            root=root,
            process=suite.process_of(request.benchmark),
            environment=environment,
            iterations=iterations,
            modules=suite.modules,
            deadline=began + request.budget_s,
        ) as versions,
    ):
        files = suite_files(config, [top, versions.kept.end_tree], suite, [request.benchmark], top)
        if request.bad is not None:
            trees.fill(END_SLOT, [path for path in files if path not in CONFIG_FILES])
        versions.kept.overlaid = files
        yield trees, versions


def _own_files(versions: Collection[Version]) -> tuple[str, ...]:
    """What to keep in mind where versions were measured by other benchmark files than the newest."""
    if not versions:
        return ()
    label = min(version.label for version in versions)
    which = label if len(versions) == 1 else f"{label} and {len(versions) - 1} more"
    return (
        f"the newest benchmark files can't be imported at {which}, measured by its own there: a change of the benchmark itself "
        "would count too",
    )


def _key(repository: Repository, line: Line, process: PytestProcess) -> str:
    """What the measurements of a search belong to: the range, the interpreter, and the uncommitted changes."""
    parts = [line.versions[0].key, line.versions[-1].key, process.executable, process.rootdir, *process.options]
    if line.versions[-1].is_working_tree:
        parts += [line.versions[-2].key, repository.diff(None)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:20]
