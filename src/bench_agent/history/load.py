"""Answers from what is stored: past runs, targets, the newest report, what is going on right now. Nothing is measured.

Reads `.benchmark/` and the baseline file and judges with `detect`; what it returns is ready to be shown.
"""

import contextlib
import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench_agent.config import Config
from bench_agent.detect.seed_rule import SeedVerdict, seed_rule
from bench_agent.detect.series import Measured, Past, collect_series, comparable, index_runs
from bench_agent.errors import StoreError, UsageError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.reading import NotResultsError
from bench_agent.formats.stored import decode_reach, own_part
from bench_agent.history.baseline import find_target, read_targets
from bench_agent.history.store import Store
from bench_agent.records import Reach, Run, Target
from bench_agent.report import rows
from bench_agent.results.report import Report, Trend, as_dict, from_dict
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuns:
    """The readable runs of the history, oldest first, and what could not be read, in words."""

    runs: tuple[Run, ...] = ()
    warnings: tuple[str, ...] = ()


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
    runs: int
    threshold: float
    consecutive: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "bench-agent/gate/1",
            "rule": "seed_rule",
            "threshold": self.threshold,
            "consecutive": self.consecutive,
            "benchmarks": self.benchmarks,
            "runs": self.runs,
            "flagged": [
                {
                    "benchmark": f.benchmark,
                    "ratio": round(1 + (f.verdict.deviation or 0.0), 4),
                    "mean_s": f.verdict.mean,
                    "current_s": f.values[-1],
                    "worsening_runs": f.verdict.worsening,
                }
                for f in self.flagged
            ],
        }

    def in_words(self) -> list[str]:
        asked = f"more than {self.threshold:.0%} over the mean of the last runs, and {self.consecutive} worsening runs in a row"
        seen = f"{quantity.counted(self.benchmarks, 'benchmark')}, {quantity.counted(self.runs, 'stored run')}"
        if not self.flagged:
            few = (
                f" ({self.consecutive + 1} comparable runs are the least it needs)"
                if self.runs <= self.consecutive
                else ""
            )
            return [f"no regression in {seen}: none is {asked}{few}"]
        lines = [f"{quantity.counted(len(self.flagged), 'regression')} in {seen}: {asked}"]
        for found in self.flagged:
            last = " -> ".join(quantity.duration(value) for value in found.values[-self.consecutive - 1 :])
            lines.append(f"  {found.benchmark}  {quantity.change(1 + (found.verdict.deviation or 0.0))}  {last}")
        lines.append("history alone proves nothing; measure again and look for the commit: bench-agent run")
        return lines


def load_history(store: Store) -> StoredRuns:
    """The stored runs; files that can't be read become warnings and stay where they are.

    Samples come without their thinned rounds and their reach. 30 runs of 1,000 benchmarks take 0.2 s of CPU.
    """
    runs, warnings = [], []
    with _uncollected():
        for path in store.paths():
            try:
                run = parse_results(path.read_bytes(), whole=False)
            except (OSError, NotResultsError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                warnings.append(f"{store.dir.name}/history/{clean_text(path.name)} is left out: {reason}")
                continue
            runs.append(replace(run, run_id=run.run_id or path.stem, source=str(path)))
    runs.sort(key=lambda run: (run.started_at, run.run_id))
    return StoredRuns(runs=tuple(runs), warnings=tuple(warnings))


def imported_files(runs: Sequence[Run]) -> set[str]:
    """The names of the files of runs that came from elsewhere: pruning is not for them."""
    return {Path(run.source).name for run in runs if run.origin}


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Records made meanwhile are not looked at by the garbage collector, now or later: they hold no cycles, and there
    are 30,000 of them, which would be a tenth of the time of whatever is done with them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def load_reach(run: Run) -> dict[str, Reach]:
    """What each benchmark of a stored run executed, by id; empty when that is not known."""
    try:
        return decode_reach(own_part(Path(run.source).read_bytes()) or {})
    except OSError:
        return {}


def load_targets(config: Config) -> dict[str, Target]:
    """Targets and accepted levels by name: the baseline file's, then those of the configuration over them."""
    targets = read_targets(config.root / config.baseline)
    for name, values in config.targets.items():
        known = targets.get(name, Target(name=name))
        targets[name] = replace(
            known,
            p95_s=values["p95_ms"] / 1e3 if "p95_ms" in values else known.p95_s,
            max_regression=values.get("max_regression", known.max_regression),
        )
    return targets


def target_of(targets: dict[str, Target], measured: Measured) -> Target | None:
    sample = measured.sample
    return find_target(targets, id=sample.id, name=sample.name, group=sample.group)


def save_report(store: Store, report: Report) -> None:
    """Keep the report for `report` and its brief for `status`. Raises StoreError."""
    brief = {
        "run_id": report.run.run_id,
        "started_at": report.run.started_at,
        "status": report.status,
        "headline": report.summary.headline,
        "regressions": [f"{f.benchmark} {quantity.change(f.ratio)} ({f.verdict})" for f in report.regressions[:5]],
        "report_path": report.report_path,
    }
    store.write_report(json.dumps(as_dict(report), separators=(",", ":")), brief=json.dumps(brief))


def latest_report(config: Config) -> Report:
    """The report of the newest run. Raises UsageError when there is none yet, StoreError when it can't be read."""
    path = Store(config.state_dir).report
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise ValueError("it holds no report")
        return from_dict(document)
    except FileNotFoundError:
        raise UsageError("no run is stored here yet", hint="run: bench-agent run") from None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read: {clean_text(error)}", hint="run: bench-agent run") from error


def recall_trends(config: Config, wanted: Sequence[str] = (), *, last: int = rows.TREND_RUNS) -> tuple[Trend, ...]:
    """The trend of each benchmark of the newest stored run, or of those `wanted` by name, id or part of either.

    Raises UsageError when nothing is stored, or when a wanted name fits nothing.
    """
    index, newest, targets = _indexed(config, wanted)
    trends = []
    for id, history in index.items():
        now = replace(history[-1], sample=replace(history[-1].sample, name=newest[id]))
        target = target_of(targets, now)
        past = comparable(now, history[:-1])
        series = collect_series(now, past, metric=trend_metric(now, past, target))
        trends.append(rows.compose_trend(newest[id], series, target, last=last))
    return tuple(trends)


def trend_metric(now: Measured, past: Past, target: Target | None) -> str:
    """ "p95" where there is a target for it and every run has rounds enough, as the target line wants; else "median"."""
    wanted = target is not None and target.p95_s is not None
    return "p95" if wanted and all(m.sample.supports_p95 for m in (*past.runs, now)) else "median"


def run_gate(config: Config, *, threshold: float, consecutive: int) -> Gate:
    """The seed's rule on every benchmark of the newest stored run. Raises UsageError when nothing is stored.

    Growth up to an accepted level, and by the threshold beyond it, has been agreed to and is not flagged.
    """
    index, names, targets = _indexed(config, ())
    flagged = []
    for id, history in index.items():
        now = replace(history[-1], sample=replace(history[-1].sample, name=names[id]))
        series = collect_series(now, comparable(now, history[:-1]))
        verdict = seed_rule(series.values, threshold=threshold, consecutive=consecutive, window=config.window)
        target = target_of(targets, now)
        agreed_s = target.accepted.median_s * (1 + threshold) if target and target.accepted else 0.0
        if verdict.flagged and now.sample.median_s > agreed_s:
            flagged.append(GateFinding(benchmark=clean_text(names[id]), verdict=verdict, values=series.values))
    flagged.sort(key=lambda found: -(found.verdict.deviation or 0.0))
    return Gate(
        flagged=tuple(flagged),
        benchmarks=len(index),
        runs=max(map(len, index.values()), default=0),
        threshold=threshold,
        consecutive=consecutive,
    )


def find_benchmark(config: Config, wanted: str) -> Measured:
    """The newest sample of the one benchmark `wanted` names. Raises UsageError, with the nearest names, otherwise."""
    index, names, _ = _indexed(config, (wanted,))
    if len(index) > 1:
        few = ", ".join(sorted(clean_text(names[id]) for id in index)[:5])
        raise UsageError(f"`{clean_text(wanted)}` fits {len(index)} benchmarks: {few}", hint="give the whole name")
    id, history = next(iter(index.items()))
    return replace(history[-1], sample=replace(history[-1].sample, name=names[id]))


def _indexed(
    config: Config, wanted: Sequence[str]
) -> tuple[dict[str, list[Measured]], dict[str, str], dict[str, Target]]:
    """Samples by id, oldest first, of the benchmarks wanted; their names; all targets."""
    runs = load_history(Store(config.state_dir)).runs
    if not runs:
        raise UsageError("no run is stored here yet", hint="run: bench-agent run")
    index = index_runs(runs)
    current = [sample.id for sample in runs[-1].samples]
    # What the newest run calls them comes first: a benchmark that is gone must not change the name of one that is not.
    names = name_benchmarks(list(index), config.names) | name_benchmarks(current, config.names)
    targets = load_targets(config)
    if not wanted:
        return {id: history for id, history in index.items() if id in current}, names, targets
    chosen: dict[str, list[Measured]] = {}
    for want in wanted:
        exact = [id for id in index if want in (id, names[id])]
        found = exact or [id for id in index if want in id or want in names[id]]
        if not found:
            known = ", ".join(sorted(clean_text(name) for name in names.values())[:12])
            raise UsageError(f"no stored benchmark is called `{clean_text(want)}`", hint=f"there are: {known}")
        chosen.update({id: index[id] for id in found})
    return chosen, names, targets
