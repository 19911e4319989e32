"""Reads what is stored in `.benchmark/`: the runs of the history, what they executed, the newest report. Writes that report."""

import contextlib
import gc
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, StoreError, UsageError
from bench_agent.formats.foreign_values import NotResultsError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.series import Line
from bench_agent.formats.stored import decode_reach, own_part
from bench_agent.history.series import Index, index_history
from bench_agent.history.store import Store
from bench_agent.records import Reach, Run
from bench_agent.results.report import Report, as_dict, from_dict
from bench_agent.results.status import LastRun
from bench_agent.system.files import RESULTS_BYTES, read_regular
from bench_agent.system.seal import read_sealed
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MOST_RUNS = 2_000  # newest, that a history is judged by: 0.1 s of looking for changes of level for each benchmark
MOST_SAMPLES = 200_000  # of these runs; 70 MB
JUDGED_BY = 120  # runs that a new one is judged by at least, where so many are known: it finds what 45 lose for good
JUDGED_SAMPLES = 60_000  # with them; more would make the judging of a run of 1,000 benchmarks take seconds
RECENT = 50  # newest runs that are read from their files; of older ones the series holds what they are judged by


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuns:
    """The readable runs of the history, oldest first, and what could not be read, in words.

    earlier: those whose files were pruned, with what the series keeps of them.
    """

    runs: tuple[Run, ...] = ()
    earlier: tuple[Run, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def whole(self) -> tuple[Run, ...]:
        """All of them, oldest first."""
        return tuple(sorted((*self.earlier, *self.runs), key=_when))

    @property
    def judging(self) -> tuple[Run, ...]:
        """What a new run is judged by, oldest first: all whose files are there, and before them pruned ones, up to JUDGED_BY."""
        first = _when(self.runs[0]) if self.runs else ("", "")
        samples = sum(len(run.samples) for run in self.runs)
        before: list[Run] = []
        for run in reversed([run for run in self.earlier if _when(run) < first]):
            samples += len(run.samples)
            if len(before) + len(self.runs) >= JUDGED_BY or samples > JUDGED_SAMPLES:
                break
            before.append(run)
        return (*before[::-1], *self.runs)


def load_history(store: Store, *, most: int | None = MOST_RUNS) -> StoredRuns:
    """The stored runs; files that can't be read become warnings and stay where they are.

    most: how many of the newest; None: all. Samples come without their thinned rounds and their reach; those of all but the
    newest runs with median, minimum, mean and p95 alone. 30 runs of 1,000 benchmarks take 0.2 s of CPU; a file that has no line
    in the series yet costs a millisecond or more.
    """
    with _uncollected():
        index = index_history(store, newest=most)
        warnings, pruned = list(index.warnings), {line.file for line in index.pruned}
        entries = [_Entry(line.started_at, line.file, line) for line in (*index.lines, *index.pruned)]
        entries += [_Entry(index.runs[file.name].started_at, file.name, None) for file in index.odd]
        runs: list[Run] = []
        earlier: list[Run] = []
        samples = 0
        for entry in sorted(entries, reverse=True, key=lambda entry: (entry.started_at, entry.file)):
            if entry.started_at > _tomorrow():
                when = f"it is dated {clean_text(entry.started_at[:10])}, in the future"
                warnings.append(f"{store.dir.name}/history/{clean_text(entry.file)} is left out: {when}")
                continue
            if most is not None and (len(runs) + len(earlier) >= most or samples > MOST_SAMPLES):
                break
            is_pruned = entry.file in pruned
            run = _run_of(store, index, entry, whole=len(runs) < RECENT and not is_pruned)
            if run is not None:
                run = replace(
                    run, run_id=run.run_id or Path(entry.file).stem, source=str(store.history_dir / entry.file)
                )
                (earlier if is_pruned else runs).append(run)
                samples += len(run.samples)
    return StoredRuns(
        runs=tuple(sorted(runs, key=_when)), earlier=tuple(sorted(earlier, key=_when)), warnings=tuple(sorted(warnings))
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    started_at: str
    file: str
    line: Line | None  # None: the run was read from its file


def _when(run: Run) -> tuple[str, str]:
    return run.started_at, run.run_id


def _tomorrow() -> str:
    """What is dated later is left out: it would stay the newest for ever, and nothing after it would be judged. Clocks differ."""
    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _run_of(store: Store, index: Index, entry: _Entry, *, whole: bool) -> Run | None:
    """The run, from its file where it is wanted whole and can be read, else as the series has it."""
    if entry.file in index.runs:
        return index.runs[entry.file]
    if whole:
        with contextlib.suppress(OSError, NotResultsError):
            content = read_regular(store.history_dir / entry.file, limit=RESULTS_BYTES)
            return parse_results(content, whole=False)
    return index.series.run(entry.line) if entry.line is not None else None


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
        return decode_reach(own_part(read_regular(Path(run.source), limit=RESULTS_BYTES)) or {})
    except OSError:
        return {}


def load_rounds(run: Run) -> dict[str, tuple[float, ...]]:
    """The thinned rounds of each benchmark of a stored run, ascending, by id; empty when they are not known."""
    try:
        whole = parse_results(read_regular(Path(run.source), limit=RESULTS_BYTES))
    except (OSError, NotResultsError):
        return {}
    return {sample.id: sample.quantiles_s for sample in whole.samples if sample.quantiles_s}


MAX_NAMES = 60  # of benchmarks that `status` lists


def save_report(store: Store, report: Report, *, kind: Literal["full", "quick"] | None = None) -> None:
    """Keep the report for `report` and its brief for `status`. kind: of the run; None: a selection. Raises StoreError."""
    before = _last_brief(store)
    takes = before.get("takes_s", {})
    if kind is not None:
        takes = {**takes, kind: round(report.run.seconds, 1)}
    names = [row.benchmark for row in report.benchmarks]
    if kind != "full":
        names = list(dict.fromkeys([*names, *before.get("names", ())]))
    brief: LastRun = {
        "takes_s": takes,
        "names": names[:MAX_NAMES],
        "run_id": report.run.run_id,
        "started_at": report.run.started_at,
        "status": report.status,
        "headline": report.summary.headline,
        "regressions": [f"{f.benchmark} {quantity.change(f.ratio)} ({f.verdict})" for f in report.regressions[:5]],
        "report_path": report.report_path,
    }
    store.write_report(
        json.dumps(as_dict(report), separators=(",", ":"), allow_nan=False), brief=json.dumps(brief, allow_nan=False)
    )


def _last_brief(store: Store) -> LastRun:
    """What the run before left for `status`; empty where there is none that is ours."""
    with contextlib.suppress(ValueError, RecursionError):
        found: LastRun = json.loads(read_sealed(str(store.dir / "status.json")) or b"{}")
        return found
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What the newest report left open, or told as slower. since: id -> the commit at which it was last as fast as before.

    at: the report's commit. proved: ids of those it told as slower; of the others it is not known.
    """

    since: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    proved: frozenset[str] = frozenset()


def open_questions(config: Config) -> Questions:
    """Of the newest report; nothing where there is none that can be read."""
    try:
        report = latest_report(config)
    except BenchAgentError:
        return Questions()
    proved = frozenset(finding.id for finding in report.regressions if finding.confirmed)
    return Questions(since=report.open_since, at=report.run.sha, proved=proved)


def open_memory(config: Config) -> dict[str, str]:
    """The same of memory, as `Report.memory_open`."""
    try:
        return latest_report(config).memory_open
    except BenchAgentError:
        return {}


def latest_report(config: Config) -> Report:
    """The report of the newest run. Raises UsageError when there is none yet, StoreError when it can't be read."""
    store = Store(config.state_dir)
    store.check()
    path = store.report
    if not os.path.lexists(path):
        raise UsageError("no run is stored here yet", hint="run: bench-agent run")
    data = read_sealed(str(path))
    if data is None:
        raise StoreError(f"{path} was not written by bench-agent on this machine", hint="run: bench-agent run")
    try:
        return from_dict(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read: {clean_text(error)}", hint="run: bench-agent run") from error
