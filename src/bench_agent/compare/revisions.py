"""Two revisions measured against each other, now, on this machine: what turns a suspicion into a verdict.

Puts together the worktrees, the ring and the verdicts. Comes in: revisions, and which benchmarks. Goes out: a Comparison.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench_agent.config import Config
from bench_agent.detect.verdict import compare_suite, decided
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides, join_results
from bench_agent.measure.paired.same_process import side_of
from bench_agent.measure.paired.session import Side
from bench_agent.measure.paired.trees import CONFIG_FILES, compiled_modules, open_trees, suite_files
from bench_agent.records import PairSample, PytestProcess, Say, Suite
from bench_agent.results.comparison import Comparison, Uncompared
from bench_agent.system.git import Repository
from bench_agent.text import quantity

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
                env=trees.variables(slot),
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
        yield TwoVersions(pairs=pairs, warnings=tuple(dict.fromkeys(trees.warnings)))


def in_turns(
    sides: TwoVersions, *, ids: Sequence[str], budget_s: float, environment: Mapping[str, str], say: Say
) -> Comparison:
    """The benchmarks measured on both sides in turns until they are decided or the budget is spent.

    One process of the suite after the other; each has the budget that the ones before left, by its number of benchmarks.
    """
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
    result = join_results(results)
    comparison = compare_suite(
        result.base,
        result.head,
        result.samples,
        problems=result.problems,
        pair_s=result.start_s,
        seconds=result.seconds,
    )
    left = not_reached(result, ids)
    warnings = (*sides.warnings, *comparison.warnings, *describe_not_reached(result, left, budget_s))
    uncompared = (*comparison.uncompared, *(Uncompared(benchmark=id, reason="not_reached") for id in left))
    return replace(comparison, warnings=warnings, uncompared=uncompared)


def _decided_beside(
    known: Mapping[str, Sequence[PairSample]], samples: Mapping[str, Sequence[PairSample]]
) -> frozenset[str]:
    """How sure each verdict must be depends on how many there are: those of the processes before count too."""
    return decided({**known, **samples})


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
