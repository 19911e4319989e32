"""Two revisions measured against each other, now, on this machine: what turns a suspicion into a verdict.

Puts together the worktrees, the ring and the verdicts. Comes in: revisions, and which benchmarks. Goes out: a Comparison.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench_agent.config import Config, find_command
from bench_agent.detect.verdict import compare_suite, decided
from bench_agent.errors import BenchAgentError, MeasureError, StoreError, UsageError
from bench_agent.history.store import Store
from bench_agent.measure.collection_cache import keep_collection, only_these, recall_collection
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides
from bench_agent.measure.paired.ring_counts import count_sides
from bench_agent.measure.paired.session import Side
from bench_agent.measure.probe_results import parse_probe
from bench_agent.measure.suite import run_suite
from bench_agent.records import Reach, Run, Suite
from bench_agent.results.comparison import Comparison, CountedWork, Settled
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.reach import compare_reach, executes_otherwise, split_key
from bench_agent.system.git import Repository
from bench_agent.system.worktrees import CONFIG_FILES, Trees, benchmark_files
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

WORKING_TREE = "working tree"
BUDGET_S = 60.0
QUICK_BUDGET_S = 15.0
MAX_NAMED = 5  # functions in one sentence
LOCK_WAIT_S = 30.0  # for another run of ours in this repository to end
NO_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
COLLECT_TIMEOUT_S = 300.0

Say = Callable[[str], None]


def compare_revisions(
    config: Config,
    repository: Repository,
    *,
    base: str,
    head: str | None,
    suite: Suite,
    ids: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Comparison:
    """Measure the benchmarks `ids` at `head` (None: the working tree as it is) against `base`, both full shas.

    The benchmark files come from head for both sides, so that only the code under test differs; what head does not have
    of them comes from the working tree, where they were found. Raises MeasureError when a side can't be had, collected,
    or measured as the copy it is meant to be.
    """
    with two_sides(config, repository, base=base, head=head, suite=suite, ids=ids, say=say) as sides:
        return in_turns(sides, ids=ids, budget_s=budget_s, environment=environment, say=say)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions as trees. arguments: the suite's own, for pytest in them. warnings: what of them is not as in the
    repository."""

    base: Side
    head: Side
    arguments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@contextlib.contextmanager
def two_sides(
    config: Config,
    repository: Repository,
    *,
    base: str | None,
    head: str | None,
    suite: Suite,
    ids: Sequence[str],
    say: Say,
) -> Iterator[Pair]:
    """Two versions as trees of their own (None: copies of the working tree), for as long as the block runs."""
    root = config.root.resolve()
    top = repository.root.resolve()
    inside = Path(suite.rootdir).resolve()
    if not inside.is_relative_to(top):
        inside = root
    below = inside.relative_to(top)
    labels = [WORKING_TREE if sha is None else sha[:8] for sha in (base, head)]
    with Trees(repository, setup=config.setup, wait_s=LOCK_WAIT_S, on_wait=say) as trees:
        say(f"checking out {labels[0]} beside {'itself' if labels[0] == labels[1] else labels[1]}")

        def side(label: str, sha: str | None, slot: str) -> Side:
            tree = trees.checkout_working_tree(slot) if sha is None else trees.checkout(sha, slot)
            python, env = (suite.executable, *suite.flags), {} if suite.autoload else {NO_AUTOLOAD: "1"}
            return Side(label=label, root=tree / below, tree=tree, python=python, not_from=top, env=env)

        newer, older = side(labels[1], head, "head"), side(labels[0], base, "base")
        if base is not None:
            files = suite_files(config, [top, newer.tree or newer.root], suite, ids, below, root.relative_to(top))
            if head is not None:
                trees.fill("head", [path for path in files if path not in CONFIG_FILES])
            trees.overlay("head", "base", files)
        arguments = tuple(in_trees(suite.arguments, inside, top))
        yield Pair(base=older, head=newer, arguments=arguments, warnings=tuple(dict.fromkeys(trees.warnings)))


def in_turns(
    sides: Pair, *, ids: Sequence[str], budget_s: float, environment: Mapping[str, str], say: Say
) -> Comparison:
    """The benchmarks measured on both sides in turns until they are decided or the budget is spent."""
    result = compare_sides(
        sides.base,
        sides.head,
        decided=decided,
        budget_s=budget_s,
        node_ids=ids,
        arguments=sides.arguments,
        env=dict(environment),
        on_progress=say,
    )
    comparison = compare_suite(
        sides.base.label,
        sides.head.label,
        result.samples,
        problems=result.problems,
        pair_s=result.start_s,
        seconds=result.seconds,
    )
    unreached = not_reached(result, ids, budget_s)
    warnings = (*sides.warnings, *comparison.warnings, *([unreached] if unreached else []))
    return replace(comparison, warnings=warnings)


def not_reached(result: RingResult, ids: Sequence[str], budget_s: float) -> str | None:
    """A sentence about the benchmarks whose turn never came, None when there are none: silence would pass for a result."""
    told = {*result.samples, *(problem.benchmark for problem in result.problems)}
    left = [id for id in ids if id not in told]
    if not left:
        return None
    which = quantity.counted(len(left), "benchmark was", "benchmarks were")
    start = f"; starting the suite alone took {result.start_s:.0f} s of it" if result.start_s > budget_s / 2 else ""
    return (
        f"{which} not reached within the budget of {budget_s:.0f} s{start}: allow more with --budget, or choose with -k"
    )


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


def look_at_suite(config: Config, *, keyword: str | None, environment: Mapping[str, str]) -> Suite:
    """What the project's command would measure, found out by collecting. Raises MeasureError when that is nothing."""
    command = find_command(config)
    known = recall_collection(config.state_dir, command)
    with tempfile.TemporaryDirectory(prefix="bench-agent-") as folder:
        result = run_suite(
            command,
            root=config.root,
            folder=Path(folder) / "collect",
            timeout_s=COLLECT_TIMEOUT_S,
            select=keyword,
            collect_only=True,
            only=only_these(known) if known else None,
            environment=environment,
        )
    probed = parse_probe(result.files)
    if probed.suite is None:
        lines = [line for line in result.output.splitlines() if line.strip()]
        last = f" ({clean_text(lines[-1])})" if lines else ""
        reason = probed.reason or f"exit code {result.exit_code}, and no pytest session was seen{last}"
        raise MeasureError(f"`{clean_text(command, limit=80)}` found no benchmarks: {reason}", hint=probed.hint)
    if probed.collection:
        with contextlib.suppress(StoreError):
            Store(config.state_dir).prepare()
            keep_collection(config.state_dir, command, probed.collection)
    return probed.suite


def resolve(repository: Repository, revision: str) -> str:
    """The full sha of a revision somebody typed. Raises UsageError with a hint when there is none."""
    sha = repository.resolve(revision)
    if sha is None:
        hint = "this is a shallow clone: git fetch --unshallow" if repository.is_shallow() else "see: git log --oneline"
        raise UsageError(f"`{clean_text(revision)}` names no commit here", hint=hint)
    return sha


def natural_base(repository: Repository, head_sha: str, *, dirty: bool) -> str | None:
    """What a first run is compared with: where the branch left the default branch, else the commit before this one.

    With uncommitted changes on the default branch itself that is HEAD: the question is what they do. None for a
    repository's only commit.
    """
    default = repository.default_branch()
    base = repository.merge_base(default, head_sha) if default else None
    if base is not None and base != head_sha:
        return base
    return head_sha if dirty else repository.resolve(f"{head_sha}~1")


def settle(
    config: Config,
    repository: Repository | None,
    run: Run,
    *,
    base_sha: str | None,
    base_dirty: bool = False,
    ids: Sequence[str],
    count: Sequence[str] = (),
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Settled:
    """Measure those benchmarks of a run again, the working tree against `base_sha`. Never raises: `note` says why not.

    base_dirty: the earlier run had uncommitted changes, so its commit is not all of its code. count: benchmarks whose
    work is counted first on both sides; those whose work changed are measured before `ids`, on the same budget.

    Ctrl-C during it is the caller's: everything that was started is gone by then.
    """
    if repository is None or base_sha is None or run.suite is None or not (ids or count):
        return Settled(note="there is no earlier commit to measure against")
    if base_sha == run.head.sha and not run.head.dirty:
        note = f"the code is the same as in the earlier run ({base_sha[:8]}): what differs is around it"
        return Settled(base_sha=base_sha, same_code=not base_dirty, note=note)
    work: dict[str, CountedWork] = {}
    known = tuple(dict.fromkeys([*count, *ids]))
    try:
        with two_sides(config, repository, base=base_sha, head=None, suite=run.suite, ids=known, say=say) as sides:
            began = time.monotonic()
            if count:
                work = count_sides(sides.base, sides.head, node_ids=count, arguments=sides.arguments, env=environment)
                say(describe_counts(work, base_sha))
            time_s = {sample.id: sample.median_s for sample in run.samples}  # the shortest first: most are decided so
            differing = [id for id, counted in work.items() if executes_otherwise(counted.base, counted.head)]
            changed = sorted(differing, key=lambda id: time_s.get(id, 0.0))
            ids = [*changed, *(id for id in ids if id not in changed)]
            left_s = max(budget_s - (time.monotonic() - began), budget_s / 2)
            if not ids:
                return Settled(base_sha=base_sha, work=work, warnings=(describe_counts(work, base_sha),))
            comparison = in_turns(sides, ids=ids, budget_s=left_s, environment=environment, say=say)
    except BenchAgentError as error:
        note = f"{error.message} ({error.hint})" if error.hint else error.message
        return Settled(base_sha=base_sha, work=work, note=note)
    return Settled(
        base_sha=base_sha,
        rows={row.benchmark: row for row in comparison.benchmarks},
        work=work,
        seconds=comparison.seconds,
        warnings=comparison.warnings,
    )


def describe_counts(work: Mapping[str, CountedWork], base_sha: str) -> str:
    """One sentence on what counting found: which benchmarks execute something else, and in which functions."""
    changes = {id: compare_reach(counted.base, counted.head) for id, counted in work.items()}
    told = [id for id, change in changes.items() if change.comparable]
    changed = [id for id in told if executes_otherwise(work[id].base, work[id].head)]
    if not changed:
        return equal_counts(len(told), base_sha) if told else "counts: no benchmark executes the same at each call"
    few = quantity.counted(len(told), "benchmark")
    grown = [split_key(key)[1] for id in changed for key, growth in changes[id].grown.items() if growth.itself]
    names = ", ".join(clean_text(name, limit=60) for name in list(dict.fromkeys(grown))[:MAX_NAMED])
    return f"{len(changed)} of {few} counted execute something else than at {base_sha[:8]}" + (
        f": more in {names}" if names else ""
    )


def equal_counts(number: int, base_sha: str) -> str:
    """What is said when nothing differs: no more than is known."""
    few = quantity.counted(number, "benchmark")
    return f"counts: {few} executed what they did at {base_sha[:8]}; equal counts prove nothing about time"


def touched_benchmarks(repository: Repository, run: Run, base_sha: str) -> list[str]:
    """The benchmarks of a run whose speed may differ from the base, by id: those that execute, or where that is not known
    import, a file that changed; all of them when data, settings, dependencies or compiled code changed.

    Documentation, and code that no benchmark reaches, touch none. O(commits + benchmarks x functions).
    """
    changed = {change.path for commit in repository.commits(base_sha, "HEAD") for change in commit.files}
    changed |= {change.path for change in repository.uncommitted()}
    if any(kind_of(path) in _TOUCH_ALL for path in changed):
        return [sample.id for sample in run.samples]
    return [sample.id for sample in run.samples if sample.reach is None or _executes(sample.reach, changed)]


_TOUCH_ALL = ("compiled", "dependency", "data", "other")


def _executes(reach: Reach, changed: set[str]) -> bool:
    if reach.functions:
        return any(key.partition("::")[0] in changed for key in reach.functions)
    return not reach.files or not changed.isdisjoint(reach.files)
