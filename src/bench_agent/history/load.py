"""Reads what is stored in `.benchmark/`: the runs of the history, what they executed, the newest report. Writes that report."""

import contextlib
import gc
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from bench_agent.config import Config
from bench_agent.errors import BenchAgentError, StoreError, UsageError
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.reading import NotResultsError
from bench_agent.formats.stored import decode_reach, own_part
from bench_agent.history.store import Store
from bench_agent.records import Reach, Run
from bench_agent.results.report import Report, as_dict, from_dict
from bench_agent.results.status import LastRun
from bench_agent.system.files import RESULTS_BYTES, read_regular
from bench_agent.system.seal import read_sealed
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuns:
    """The readable runs of the history, oldest first, and what could not be read, in words."""

    runs: tuple[Run, ...] = ()
    warnings: tuple[str, ...] = ()


def load_history(store: Store) -> StoredRuns:
    """The stored runs; files that can't be read become warnings and stay where they are.

    Samples come without their thinned rounds and their reach. 30 runs of 1,000 benchmarks take 0.2 s of CPU.
    """
    runs, warnings = [], []
    # A run of the future would stay the newest for ever, and nothing after it would be judged. One day is allowed: clocks differ.
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _uncollected():
        for path in store.paths():
            try:
                run = parse_results(read_regular(path, limit=RESULTS_BYTES), whole=False)
            except (OSError, NotResultsError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                warnings.append(f"{store.dir.name}/history/{clean_text(path.name)} is left out: {reason}")
                continue
            if run.started_at > tomorrow:
                when = f"it is dated {clean_text(run.started_at[:10])}, in the future"
                warnings.append(f"{store.dir.name}/history/{clean_text(path.name)} is left out: {when}")
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
        return decode_reach(own_part(read_regular(Path(run.source), limit=RESULTS_BYTES)) or {})
    except OSError:
        return {}


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


def open_questions(config: Config) -> dict[str, str]:
    """What the newest report left open, as `Report.open_since`; nothing where there is none that can be read."""
    try:
        return latest_report(config).open_since
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
