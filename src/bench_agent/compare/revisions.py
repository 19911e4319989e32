"""Two revisions measured against each other, now, on this machine: what turns a suspicion into a verdict.

Takes revisions and which benchmarks, returns a Comparison. Makes the worktrees, measures in turns, asks for the verdicts.
"""

import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench_agent.compare import memory
from bench_agent.compare.held import alike, differ_in_that_alone, find_held, with_held
from bench_agent.compare.impact import EVERYTHING, Impact, find_impact
from bench_agent.compare.memory_sessions import NOT_REACHED, MemoryLimits
from bench_agent.compare.moved import without_moved
from bench_agent.compare.versions import TwoVersions, two_sides
from bench_agent.config import Config
from bench_agent.detect.verdict import compare_suite, decide, decided
from bench_agent.measure.nothing_measured import NOT_COLLECTED
from bench_agent.measure.paired.compare_sides import RingResult, compare_sides, join_results
from bench_agent.measure.paired.interleave import NO_SUCH_BENCHMARK
from bench_agent.measure.paired.schedule import cost_s, is_large
from bench_agent.measure.paired.side import SideError
from bench_agent.records import PairSample, ProblemKind, Say, Suite
from bench_agent.results.comparison import Comparison, Uncompared
from bench_agent.system.git import Repository
from bench_agent.text import quantity

BUDGET_S = 60.0  # without --budget and the setting `budget_s`
QUICK_BUDGET_S = 15.0  # the same, of `run --quick`
LAST_PAIR = 0.1  # of what is left of the budget: a pair that will probably confirm more may take so much
_LACKING: tuple[ProblemKind, ...] = ("failed", "missing", "died")  # what a benchmark without its files may come to


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
    measure_all: bool = False,
    taken: dict[str, tuple[PairSample, ...]] | None = None,
    memory_limits: MemoryLimits | None = None,
) -> Comparison:
    """Measure the benchmarks `ids` at `head` (None: the working tree as it is) against `base`, both full shas.

    The benchmark files come from head for both sides, so that only the code under test differs; what head does not have
    of them comes from the working tree, where they were found. What can't differ is not measured, unless `measure_all`.
    memory_limits: traces the memory of one call of the same benchmarks too, after that: in what timing leaves of the
    budget, a tenth at least.
    The budget counts from here on, but for builds; half of it is kept for measuring. taken: as for `in_turns`.
    Raises MeasureError when a side can't be had,
    collected, or measured as the copy it is meant to be.
    """
    began = time.monotonic()
    with two_sides(
        config, repository, base=base, head=head, suite=suite, ids=ids, environment=environment, say=say
    ) as sides:
        known = impact_of(repository, sides, suite, base=base, head=head)
        impact = EVERYTHING if measure_all else known
        held = find_held(repository, sides, base_sha=base)
        touched = [id for id in ids if id not in impact.untouched]
        untouched = tuple(id for id in ids if id in impact.untouched and id not in held)
        if untouched:
            say(f"{quantity.counted(len(untouched), 'benchmark')} untouched: {impact.because}")
        left_s = max(budget_s - (time.monotonic() - began - sides.built_s), budget_s / 2)
        memory_s = max(memory.SHARE * budget_s, memory.LEAST_S) if memory_limits else 0.0
        timing_s = max(left_s - memory_s, left_s / 2)
        measured = in_turns(sides, ids=touched, budget_s=timing_s, environment=environment, say=say, taken=taken)
        if measure_all:
            measured = without_noise(measured, known.untouched)
        measured = without_moved(
            measured, sides, repository, base_sha=base, head_sha=head, environment=environment, say=say
        )
        if memory_limits:
            time_s = {row.benchmark: row.head for row in measured.benchmarks}
            # What can't be timed is told once, with its reason.
            failed = {one.benchmark for one in measured.uncompared if one.reason != "not_reached"}
            shortest_first = sorted(set(touched) - failed, key=lambda id: (time_s.get(id, float("inf")), id))
            now = time.monotonic()
            memory_s = max(memory.LEAST_S, began + sides.built_s + budget_s - now)
            try:
                traced = memory.compare_memory(
                    sides,
                    shortest_first,
                    limits=memory_limits,
                    budget_s=memory_s,
                    environment=environment,
                    say=say,
                    deadline=now + memory_s,
                )
            except KeyboardInterrupt:  # what was timed stands
                traced = memory.MemoryResult(
                    left_out=dict.fromkeys(shortest_first, NOT_REACHED), warnings=("interrupted: no memory was traced",)
                )
                measured = replace(measured, interrupted=True)
            warnings = (*measured.warnings, *traced.warnings)
            measured = replace(measured, memory=traced.rows, untraced=traced.untraced, warnings=warnings)
        measured = with_held(measured, held, unmeasured=[id for id in ids if id in impact.untouched])
        measured = with_uncollected(measured, lost_benchmark_files(suite))
        return replace(
            measured,
            untouched=untouched,
            untouched_because=impact.because if untouched else None,
            seconds=time.monotonic() - began,
        )


def impact_of(repository: Repository, sides: TwoVersions, suite: Suite, *, base: str, head: str | None) -> Impact:
    """What the difference between two open versions can't reach; nothing is sure with modules that are not in the trees alone."""
    # Installed or compiled, what they execute is not what the trees hold.
    if suite.modules and not differ_in_that_alone(repository, sides, base_sha=base, head_sha=head):
        return EVERYTHING
    pairs = [(pair.base, pair.head, pair.ids) for pair in sides.pairs]
    return find_impact(repository, base_sha=base, head_sha=head, sides=pairs, held=alike(sides))


def lost_benchmark_files(suite: Suite) -> list[tuple[str, str]]:
    """Of the files that can't be collected, and why, those that speak of benchmarks: other tests are none of ours."""
    roots = [Path(process.rootdir) for process in suite.processes]

    def speaks(id: str) -> bool:
        texts = [
            path.read_text("utf-8", "replace") for root in roots if (path := root / id.partition("::")[0]).is_file()
        ]
        return not texts or any("benchmark" in text for text in texts)

    return [(id, why) for id, why in suite.uncollected if speaks(id)]


def with_uncollected(comparison: Comparison, uncollected: Sequence[tuple[str, str]]) -> Comparison:
    """The comparison, in which files of the head that can't be collected fail: whatever benchmarks they had are lost."""
    told = {row.benchmark for row in comparison.uncompared}
    lost = [(id, why) for id, why in uncollected if id not in told]
    return replace(
        comparison,
        uncompared=(
            *comparison.uncompared,
            *(Uncompared(benchmark=id, reason="failed", side=comparison.head) for id, _ in lost),
        ),
        warnings=(*comparison.warnings, *(f"{NOT_COLLECTED} {id}: {why}" for id, why in lost)),
    )


def without_noise(comparison: Comparison, same: Collection[str]) -> Comparison:
    """The comparison, in which no benchmark of these is slower or faster: nothing that they use differs. same: ids.

    Some benchmarks differ from process to process for longer than their pairs show: allocations of random size, caches.
    """
    told = [
        row.benchmark for row in comparison.benchmarks if row.benchmark in same and row.verdict in ("slower", "faster")
    ]
    rows = tuple(
        replace(row, verdict="undecided", seconds_to_settle=None, note=_NOISE) if row.benchmark in told else row
        for row in comparison.benchmarks
    )
    return replace(comparison, benchmarks=rows)


_NOISE = "nothing that it uses differs between the two: what was measured is noise, of this machine or of the benchmark itself"


def in_turns(
    sides: TwoVersions,
    *,
    ids: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    taken: dict[str, tuple[PairSample, ...]] | None = None,
    keep_s: float = 0.0,
    earlier: Mapping[str, Sequence[PairSample]] | None = None,
    beside: int = 0,
    left_told: list[str] | None = None,
) -> Comparison:
    """The benchmarks measured on both sides in turns until they are decided or the budget is spent.

    taken: gets the observations that the rows were made from, by id. keep_s: of the budget, left over once a slowdown is
    confirmed: for its commit. earlier: observations of just now, by id, that these go on from. beside: benchmarks of the same
    suite that are not among `ids`, because they wait or are decided. left_told: gets the sentence on what was not reached,
    instead of the warnings.
    """
    if not ids:
        labels = (sides.pairs[0].base.label, sides.pairs[0].head.label) if sides.pairs else ("", "")
        return Comparison(base=labels[0], head=labels[1], benchmarks=(), geomean=None, warnings=sides.warnings)
    notes: tuple[str, ...] = ()
    try:
        result = _measure(sides, ids, budget_s, environment, say, keep_s, earlier=earlier, beside=beside)
    except SideError as error:
        if sides.restore_base is None or not (error.side in [pair.base for pair in sides.pairs] and error.no_start):
            raise
        say(f"the suite does not start at {error.side.label} with the newer benchmark files: trying its own")
        sides.restore_base()
        result = _measure(sides, ids, budget_s, environment, say, beside=beside)
        notes = (f"measured at {result.base} by its own benchmark files: with today's the suite does not start there",)
    lost = not_importable(result)
    if lost and not notes and sides.restore_base is not None and budget_s > result.seconds:
        say(f"{quantity.counted(len(lost), 'benchmark')} can't be imported at {result.base}: trying its own files")
        sides.restore_base()
        with contextlib.suppress(SideError):  # then the reason is that of the newer files
            again = _measure(sides, lost, budget_s - result.seconds, environment, say, beside=beside)
            result = _joined(result, again)
        own = [id for id in lost if id in result.samples]
        if own:
            which = quantity.counted(len(own), "benchmark was", "benchmarks were")
            notes = (f"{which} measured at {result.base} by its own benchmark files: today's can't be imported there",)
    if taken is not None:
        taken |= result.samples
    comparison = compare_suite(
        result.base,
        result.head,
        result.samples,
        problems=result.problems,
        pair_s=result.start_s,
        seconds=result.seconds,
        beside=beside,
    )
    left = not_reached(result, ids)
    lacking = sides.left_out if any(problem.kind in _LACKING for problem in result.problems) else ()
    told = describe_not_reached(result, left, budget_s)
    if left_told is not None:
        left_told += told
    warnings = (*sides.warnings, *lacking, *notes, *comparison.warnings, *(told if left_told is None else ()))
    uncompared = (*comparison.uncompared, *(Uncompared(benchmark=id, reason="not_reached") for id in left))
    return replace(comparison, warnings=warnings, uncompared=uncompared)


def _measure(
    sides: TwoVersions,
    ids: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
    keep_s: float = 0.0,
    *,
    earlier: Mapping[str, Sequence[PairSample]] | None = None,
    beside: int = 0,
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
                decided=partial(_decided_beside, known, beside),
                budget_s=share * max(budget_s - (time.monotonic() - began), 0.0),
                node_ids=own,
                env=dict(environment),
                earlier={id: earlier[id] for id in own if id in earlier} if earlier else None,
                enough=partial(_is_enough, keep_s, beside) if keep_s else None,
                on_progress=say,
            )
        )
    return join_results(results)


def _decided_beside(
    known: Mapping[str, Sequence[PairSample]], beside: int, samples: Mapping[str, Sequence[PairSample]]
) -> frozenset[str]:
    """How sure each verdict must be depends on how many there are: those of the processes before count too."""
    return decided({**known, **samples}, beside=beside)


def _is_enough(keep_s: float, beside: int, samples: Mapping[str, Sequence[PairSample]], left_s: float) -> bool:
    """Whether what is left of the budget is worth more for finding the commit of what is confirmed than for the rest.

    What one more pair will probably confirm has that pair, where it is a small part of what is left.
    """
    if left_s > keep_s:
        return False
    decisions = decide(samples, beside=beside)
    if not any(d.verdict == "slower" for d in decisions.values()):
        return False
    nearly = [id for id, d in decisions.items() if d.verdict == "undecided" and is_large(samples[id])]
    return not nearly or sum(cost_s(id, samples) for id in nearly) > LAST_PAIR * left_s


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
    more = f"; about {result.seconds_to_go:.0f} s more would decide what is open" if result.seconds_to_go >= 1 else ""
    start = f"; starting the suite alone took {result.start_s:.0f} s of it" if result.start_s > budget_s / 2 else ""
    return [
        f"{which} not reached in the {budget_s:.0f} s of the budget that were left for timing{start}{more}: "
        "allow more with --budget, or choose with -k"
    ]
