"""Stored samples by benchmark: every run's sample of it, oldest first, and the one benchmark a person names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.baseline import load_targets
from bench_agent.history.load import MOST_RUNS, load_history
from bench_agent.history.store import Store
from bench_agent.records import Measured, Run, Target
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_id, clean_text


def index_runs(runs: Sequence[Run]) -> dict[str, list[Measured]]:
    """Benchmark id -> its samples, in the order of `runs`. O(runs x benchmarks), once, instead of a search for each."""
    index: dict[str, list[Measured]] = {}
    for run in runs:
        for sample in run.samples:
            index.setdefault(sample.id, []).append(Measured(run=run, sample=sample))
    return index


def find_benchmark(config: Config, wanted: str) -> Measured:
    """The newest sample of the one benchmark `wanted` names. Raises UsageError, with the nearest names, otherwise."""
    return find_history(config, wanted)[-1]


def find_history(config: Config, wanted: str) -> list[Measured]:
    """All samples of the one benchmark `wanted` names, oldest first. Raises as `find_benchmark`."""
    index, names, _ = indexed_samples(config, (wanted,))
    if len(index) > 1:
        few = ", ".join(sorted(clean_id(names[id]) for id in index)[:5])
        raise UsageError(f"`{clean_text(wanted)}` fits {len(index)} benchmarks: {few}", hint="give the whole name")
    id, history = next(iter(index.items()))
    return [replace(each, sample=replace(each.sample, name=names[id])) for each in history]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """All that is stored, by benchmark id; samples oldest first. current: the ids of the newest run."""

    samples: dict[str, list[Measured]]
    current: frozenset[str]
    names: dict[str, str]
    targets: dict[str, Target]

    def choose(self, wanted: Sequence[str]) -> dict[str, list[Measured]]:
        """The benchmarks wanted by name, id or part of either; those of the newest run when none is.

        Raises UsageError where one fits nothing.
        """
        if not wanted:
            return {id: history for id, history in self.samples.items() if id in self.current}
        chosen: dict[str, list[Measured]] = {}
        for want in wanted:
            exact = [id for id in self.samples if want in (id, self.names[id])]
            found = exact or [id for id in self.samples if want in id or want in self.names[id]]
            if not found:
                known = ", ".join(sorted(clean_text(name) for name in self.names.values())[:12])
                raise UsageError(f"no stored benchmark is called `{clean_text(want)}`", hint=f"there are: {known}")
            chosen.update({id: self.samples[id] for id in found})
        return chosen


def load_stored(config: Config, *, most: int | None = MOST_RUNS) -> Stored:
    """The history, runs whose files were pruned with it; its newest `most` runs. Raises UsageError when nothing is stored."""
    runs = load_history(Store(config.state_dir), most=most).whole
    if not runs:
        raise UsageError("no run is stored here yet", hint="run: bench-agent run")
    index = index_runs(runs)
    current = [sample.id for sample in runs[-1].samples]
    # What the newest run calls them comes first: a benchmark that is gone must not change the name of one that is not.
    names = name_benchmarks(list(index), config.names) | name_benchmarks(current, config.names)
    return Stored(samples=index, current=frozenset(current), names=names, targets=load_targets(config))


def indexed_samples(
    config: Config, wanted: Sequence[str]
) -> tuple[dict[str, list[Measured]], dict[str, str], dict[str, Target]]:
    """Samples by id, oldest first, of the benchmarks wanted; their names; all targets."""
    stored = load_stored(config)
    return stored.choose(wanted), stored.names, stored.targets
