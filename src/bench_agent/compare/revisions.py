"""Two revisions measured against each other, now, on this machine: what turns a suspicion into a verdict.

Puts together the worktrees, the ring and the verdicts. Comes in: revisions, and which benchmarks. Goes out: a Comparison.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench_agent.config import Config
from bench_agent.detect.verdict import compare_suite, decided
from bench_agent.measure.installed_copy import installed_modules
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides, join_results
from bench_agent.measure.paired.interleave import NO_SUCH_BENCHMARK
from bench_agent.measure.paired.same_process import side_of
from bench_agent.measure.paired.side import Side, SideError
from bench_agent.measure.paired.trees import CONFIG_FILES, compiled_modules, open_trees, suite_files
from bench_agent.records import PairSample, PytestProcess, Say, Suite
from bench_agent.results.comparison import Comparison, Uncompared
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

WORKING_TREE = "working tree"
BUDGET_S = 60.0
QUICK_BUDGET_S = 15.0


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
    with two_sides(
        config, repository, base=base, head=head, suite=suite, ids=ids, environment=environment, say=say
    ) as sides:
        return in_turns(sides, ids=ids, budget_s=budget_s, environment=environment, say=say)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions as one pytest process of the suite measures them, and the benchmarks that are that process's."""

    base: Side
    head: Side
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoVersions:
    """Two versions as trees. pairs: one for each pytest process of the suite. warnings: what is not as in the repository."""

    pairs: tuple[Pair, ...]
    warnings: tuple[str, ...] = ()
    restore_base: Callable[[], None] | None = None  # gives the base its own benchmark files back


@contextlib.contextmanager
def two_sides(
    config: Config,
    repository: Repository,
    *,
    base: str | None,
    head: str | None,
    suite: Suite,
    ids: Sequence[str],
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[TwoVersions]:
    """Two versions as trees of their own (None: copies of the working tree), for as long as the block runs."""
    root = config.root.resolve()
    top = repository.root.resolve()
    labels = [WORKING_TREE if sha is None else sha[:8] for sha in (base, head)]
    with open_trees(config, repository, suite, environment=environment, say=say) as trees:
        say(f"checking out {labels[0]} beside {'itself' if labels[0] == labels[1] else labels[1]}")

        def checkout(sha: str | None, slot: str) -> Path:
            return trees.checkout_working_tree(slot) if sha is None else trees.checkout(sha, slot)

        newer, older = checkout(head, "head"), checkout(base, "base")
        if base is not None:
            files = suite_files(config, [top, newer], suite, ids, top)
            if head is not None:
                trees.fill("head", [path for path in files if path not in CONFIG_FILES])
            trees.overlay("head", "base", files)

        def side(process: PytestProcess, label: str, tree: Path, slot: str) -> Side:
            return side_of(
                process,
                label=label,
                tree=tree,
                top=top,
                root=root,
                python=trees.python(slot),
                env=trees.variables(slot, process.environment or environment),
                compiled=compiled_modules(top, tree, process.modules, built=trees.has_setup),
            )

        pairs = tuple(
            Pair(
                base=side(process, labels[0], older, "base"),
                head=side(process, labels[1], newer, "head"),
                ids=own,
            )
            for process, own in suite.by_process(ids)
        )
        copies = {module.name.partition(".")[0] for module in installed_modules(suite)}
        if copies:
            named = clean_text(", ".join(sorted(copies)))
            trees.warnings.append(
                f"the suite imports an installed copy of {named}; here each version's own code is measured"
            )
        yield TwoVersions(
            pairs=pairs,
            warnings=tuple(dict.fromkeys(trees.warnings)),
            restore_base=partial(trees.remove_overlay, "base") if trees.has_overlay("base") else None,
        )


def in_turns(
    sides: TwoVersions, *, ids: Sequence[str], budget_s: float, environment: Mapping[str, str], say: Say
) -> Comparison:
    """The benchmarks measured on both sides in turns until they are decided or the budget is spent."""
    notes: tuple[str, ...] = ()
    try:
        result = _measure(sides, ids, budget_s, environment, say)
    except SideError as error:
        if sides.restore_base is None or not (error.side in [pair.base for pair in sides.pairs] and error.no_start):
            raise
        say(f"the suite does not start at {error.side.label} with the newer benchmark files: trying its own")
        sides.restore_base()
        result = _measure(sides, ids, budget_s, environment, say)
        notes = (f"measured at {result.base} by its own benchmark files: with today's the suite does not start there",)
    lost = not_importable(result)
    if lost and not notes and sides.restore_base is not None and budget_s > result.seconds:
        say(f"{quantity.counted(len(lost), 'benchmark')} can't be imported at {result.base}: trying its own files")
        sides.restore_base()
        with contextlib.suppress(SideError):  # then the reason is that of the newer files
            result = _joined(result, _measure(sides, lost, budget_s - result.seconds, environment, say))
        own = [id for id in lost if id in result.samples]
        if own:
            which = quantity.counted(len(own), "benchmark was", "benchmarks were")
            notes = (f"{which} measured at {result.base} by its own benchmark files: today's can't be imported there",)
    comparison = compare_suite(
        result.base,
        result.head,
        result.samples,
        problems=result.problems,
        pair_s=result.start_s,
        seconds=result.seconds,
    )
    left = not_reached(result, ids)
    warnings = (*sides.warnings, *notes, *comparison.warnings, *describe_not_reached(result, left, budget_s))
    uncompared = (*comparison.uncompared, *(Uncompared(benchmark=id, reason="not_reached") for id in left))
    return replace(comparison, warnings=warnings, uncompared=uncompared)


def _measure(
    sides: TwoVersions, ids: Sequence[str], budget_s: float, environment: Mapping[str, str], say: Say
) -> RingResult:
    """One process of the suite after the other; each has what the ones before left of the budget, by its number of benchmarks."""
    began = time.monotonic()
    results: list[RingResult] = []
    todo = [(pair, own) for pair in sides.pairs if (own := [id for id in ids if id in pair.ids])]
    for number, (pair, own) in enumerate(todo):
        share = len(own) / sum(len(later) for _, later in todo[number:])
        known = {id: samples for result in results for id, samples in result.samples.items()}
        results.append(
            compare_sides(
                pair.base,
                pair.head,
                decided=partial(_decided_beside, known),
                budget_s=share * max(budget_s - (time.monotonic() - began), 0.0),
                node_ids=own,
                env=dict(environment),
                on_progress=say,
            )
        )
    return join_results(results)


def _decided_beside(
    known: Mapping[str, Sequence[PairSample]], samples: Mapping[str, Sequence[PairSample]]
) -> frozenset[str]:
    """How sure each verdict must be depends on how many there are: those of the processes before count too."""
    return decided({**known, **samples})


def not_importable(result: RingResult) -> list[str]:
    """The benchmarks whose files, which come from the newer side, can't be imported at the base."""
    return [
        problem.benchmark
        for problem in result.problems
        if problem.kind == "missing" and problem.side == result.base and problem.message != NO_SUCH_BENCHMARK
    ]


def _joined(first: RingResult, second: RingResult) -> RingResult:
    """Both results; what the second measured is no problem of the first any more."""
    problems = [p for p in first.problems if not (p.kind == "missing" and p.benchmark in second.samples)]
    known = {(p.benchmark, p.side) for p in problems}
    return replace(
        first,
        samples={**first.samples, **second.samples},
        problems=(*problems, *(p for p in second.problems if (p.benchmark, p.side) not in known)),
        steps=first.steps + second.steps,
        seconds=first.seconds + second.seconds,
        start_s=second.start_s,
        stopped=second.stopped if second.samples else first.stopped,
    )


def not_reached(result: RingResult, ids: Sequence[str]) -> list[str]:
    """The benchmarks whose turn never came."""
    told = {*result.samples, *(problem.benchmark for problem in result.problems)}
    return [id for id in ids if id not in told]


def describe_not_reached(result: RingResult, left: Sequence[str], budget_s: float) -> list[str]:
    """A sentence about the benchmarks whose turn never came, none when there are none: silence would pass for a result."""
    if not left:
        return []
    which = quantity.counted(len(left), "benchmark was", "benchmarks were")
    start = f"; starting the suite alone took {result.start_s:.0f} s of it" if result.start_s > budget_s / 2 else ""
    return [
        f"{which} not reached within the budget of {budget_s:.0f} s{start}: allow more with --budget, or choose with -k"
    ]
