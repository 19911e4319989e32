"""Whether what was measured again is what was run: the working tree's side must reproduce the run's own time and counts.

Takes a row of a comparison and the run's sample; returns why the row tells nothing of the run, or None. Pure. What was
different this time (a value from outside the project, a service, the time of day) shows here: the verdict is then withheld.
"""

from collections.abc import Sequence
from dataclasses import replace

from bench_agent.records import CountedWork, Run, Sample
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.suspects.reached_code import compare_reach, split_key
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

# `python tests/calibration/witness.py` shows the factor that unchanged code needs; docs/accuracy.md has the figures.
CPU_FACTOR = 2.0  # beyond the run's own rounds
WALL_FACTOR = 4.0  # where the work waits, other processes lengthen it
FEW_FACTOR = 2.0  # on top of it: of a handful of rounds, most often first calls, the spread is not known
FEW_ROUNDS = 20  # below this a run's rounds are a handful
SHORT_FACTOR = 2.0  # on top of it: of calls so short that the loop around them is half of what the run timed
SHORT_S = 1e-6  # a median below this is that of a short call
EDGE = 0.05  # of the run's rounds at either end are not counted as its spread
FEW_LINES = 0.5  # counts that differ by less of all lines may be a cache, a hash seed, a set's order
MAX_NAMED = 3  # benchmarks in one warning


def withhold(run: Run, comparison: Comparison, work: dict[str, CountedWork], *, built: bool = False) -> Comparison:
    """The comparison without verdicts on benchmarks whose newer side is not what the run measured; each is a warning.

    built: both sides by `setup`; where the run imported something compiled, that may be another build of it.
    """
    other_build = built and run.suite is not None and any(m.kind == "extension" for m in run.suite.modules)
    rows: list[ComparedBenchmark] = []
    told: list[str] = []
    for row in comparison.benchmarks:
        sample = run.sample(row.benchmark)
        why = sample and (
            other_time(row, sample, other_build=other_build) or other_work(sample, work.get(row.benchmark))
        )
        if not why:
            rows.append(row)
            continue
        rows.append(replace(row, verdict="undecided", seconds_to_settle=None, interval=None, note=why))
        told.append(f"{clean_text(sample.name if sample else row.benchmark)}: {why}")
    warnings = (*comparison.warnings, _in_words(told)) if told else comparison.warnings
    return replace(comparison, benchmarks=tuple(rows), warnings=warnings)


def _in_words(told: Sequence[str]) -> str:
    if len(told) == 1:
        return f"no verdict on {told[0]}"
    more = f"; and {len(told) - MAX_NAMED} more" if len(told) > MAX_NAMED else ""
    return f"no verdict on {quantity.counted(len(told), 'benchmark')}: {'; '.join(told[:MAX_NAMED])}{more}"


def other_time(row: ComparedBenchmark, sample: Sample, *, other_build: bool = False) -> str | None:
    """Why the time measured again can't be the run's work; None where it can."""
    cpu = row.clock == "cpu" and bool(sample.cpu_s)
    run_s = sample.cpu_s if cpu and sample.cpu_s else sample.median_s
    if run_s <= 0 or row.head <= 0 or sample.median_s <= 0:
        return None  # below what the clock can see
    low, high = spread_of(sample)
    factor = (CPU_FACTOR if cpu else WALL_FACTOR) * (FEW_FACTOR if sample.rounds < FEW_ROUNDS else 1.0)
    factor *= SHORT_FACTOR if run_s < SHORT_S else 1.0
    if run_s * low / factor <= row.head <= run_s * high * factor:
        return None
    again, then = quantity.duration(row.head), quantity.duration(run_s)
    excuse = _OTHER_BUILD if other_build else _excuse(row, sample)
    return f"measured again {again}, the run had {then}: not the same work{excuse}"


_OTHER_BUILD = (
    " (what is compiled may be built in another way: let `setup` build it as you do, `pip install -e .` where it stands in "
    "the tree, or install what it builds)"
)


def spread_of(sample: Sample) -> tuple[float, float]:
    """The run's rounds, without their outermost twentieths, as multiples of their median."""
    rounds: Sequence[float] = sample.quantiles_s or (sample.min_s, sample.max_s)
    edge = int(EDGE * len(rounds))
    return min(rounds[edge] / sample.median_s, 1.0), max(rounds[-1 - edge] / sample.median_s, 1.0)


def _excuse(row: ComparedBenchmark, sample: Sample) -> str:
    """What may be the difference, where the run shows it."""
    if sample.rounds * sample.iterations == 1 and row.head < sample.median_s:
        return " (the run timed one call, the first; later ones find what it has cached)"
    return " (it may depend on something outside the project and its environment: a file, a service, the time)"


def other_work(sample: Sample, counted: CountedWork | None) -> str | None:
    """Why the counts made again can't be the run's; None where they can, or nothing was counted."""
    if counted is None or sample.reach is None:
        return None
    more, less = compare_reach(sample.reach, counted.head), compare_reach(counted.head, sample.reach)
    if not more.comparable:
        return None
    lines = max(sum(sample.reach.lines.values()), sum(counted.head.lines.values()), 1)
    apart = sum(
        abs(growth.now.lines - growth.before.lines) for change in (more, less) for growth in change.grown.values()
    )
    if apart <= FEW_LINES * lines:
        return None
    named = [split_key(key)[1] for change in (less, more) for key in change.grown][:MAX_NAMED]
    functions = ", ".join(clean_text(name, limit=60) for name in named)
    return f"counted again it executes something else than in the run ({functions}): not the same work"
