"""The gate over stored history: the seed's rule on every benchmark of the newest stored run. Nothing is measured."""

from dataclasses import dataclass, replace

from bench_agent.config import Config
from bench_agent.detect.seed_rule import SeedVerdict, seed_rule
from bench_agent.detect.series import collect_series, comparable
from bench_agent.history.baseline import target_of
from bench_agent.history.lookup import indexed_samples
from bench_agent.report.gate_memory import flag_memory, memory_in_words, sorted_by_growth
from bench_agent.results.gate import Flagged, FlaggedMemory, GateResult
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFinding:
    """One benchmark that the gate over stored history flags."""

    benchmark: str
    verdict: SeedVerdict
    values: tuple[float, ...]  # medians, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate saw in the newest stored run and those before it."""

    flagged: tuple[GateFinding, ...]
    benchmarks: int
    too_few_runs: int  # of the benchmarks: that many the rule can't judge
    runs: int
    threshold: float
    consecutive: int
    memory: tuple[FlaggedMemory, ...] = ()

    def published(self) -> GateResult:
        """What `--json` prints."""
        return GateResult(
            threshold=self.threshold,
            consecutive=self.consecutive,
            benchmarks=self.benchmarks,
            too_few_runs=self.too_few_runs,
            runs=self.runs,
            flagged=tuple(
                Flagged(
                    benchmark=f.benchmark,
                    ratio=round(1 + (f.verdict.deviation or 0.0), 4),
                    mean_s=f.verdict.mean,
                    current_s=f.values[-1],
                    worsening_runs=f.verdict.worsening,
                )
                for f in self.flagged
            ),
            memory=self.memory,
        )

    def in_words(self) -> list[str]:
        over = quantity.percent(self.threshold)
        asked = f"more than {over} over the mean of the last runs, and {self.consecutive} worsening runs in a row"
        seen = f"{quantity.counted(self.benchmarks, 'benchmark')}, {quantity.counted(self.runs, 'stored run')}"
        if not self.flagged:
            return [*self._nothing_flagged(seen, asked), *memory_in_words(self.memory)]
        lines = [f"{quantity.counted(len(self.flagged), 'suspected slowdown')} in {seen}: {asked}"]
        for found in self.flagged:
            last = " -> ".join(quantity.duration(value) for value in found.values[-self.consecutive - 1 :])
            lines.append(f"  {found.benchmark}  {quantity.change(1 + (found.verdict.deviation or 0.0))}  {last}")
        lines.append("history alone proves nothing; measure again and look for the commit: bench-agent run")
        return [*lines, *memory_in_words(self.memory)]

    def _nothing_flagged(self, seen: str, asked: str) -> list[str]:
        """None is suspected, of those that the rule could judge: silence about the others would pass for a clearance."""
        least = f"{self.consecutive + 1} comparable runs are the least it needs"
        if self.too_few_runs == self.benchmarks:
            return [f"nothing compared in {seen}: {least}"]
        judged = quantity.counted(self.benchmarks - self.too_few_runs, "benchmark")
        seen = f"{judged}, {quantity.counted(self.runs, 'stored run')}"
        others = f"; {self.too_few_runs} more not compared: {least}" if self.too_few_runs else ""
        return [f"none suspected in {seen}: none is {asked}{others}"]


def run_gate(config: Config, *, threshold: float, consecutive: int) -> Gate:
    """The seed's rule on every benchmark of the newest stored run. Raises UsageError when nothing is stored.

    Growth up to an accepted level, and by the threshold beyond it, has been agreed to and is not flagged.
    """
    index, names, targets = indexed_samples(config, ())
    flagged = []
    memory = []
    too_few = 0
    for id, history in index.items():
        now = replace(history[-1], sample=replace(history[-1].sample, name=names[id]))
        past = comparable(now, history[:-1])
        series = collect_series(now, past)
        verdict = seed_rule(series.values, threshold=threshold, consecutive=consecutive, window=config.window)
        too_few += len(series.values) <= consecutive
        target = target_of(targets, now)
        limit = config.max_memory_regression
        if (grown := flag_memory(now, past.runs, target=target, limit=limit, window=config.window)) is not None:
            memory.append(grown)
        agreed_s = target.accepted.median_s * (1 + threshold) if target and target.accepted else 0.0
        if verdict.flagged and now.sample.median_s > agreed_s:
            flagged.append(GateFinding(benchmark=clean_id(names[id]), verdict=verdict, values=series.values))
    flagged.sort(key=lambda found: -(found.verdict.deviation or 0.0))
    return Gate(
        flagged=tuple(flagged),
        benchmarks=len(index),
        too_few_runs=too_few,
        runs=max(map(len, index.values()), default=0),
        threshold=threshold,
        consecutive=consecutive,
        memory=sorted_by_growth(memory),
    )
