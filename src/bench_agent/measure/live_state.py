"""What a run tells others while it lasts: one small file that `status` and `wait` read. Written whole, at most once a second."""

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench_agent.system.alive import birth_of, is_alive
from bench_agent.system.seal import read_sealed, seal
from bench_agent.text.clean import clean_id, clean_text

_PERIOD_S = 1.0  # between two writes of the state
MOST_STATE_BYTES = 100_000  # of a state file: more was not written by us


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """How far a run is. estimate_s: what is left, from the last run; None when there was none."""

    run_id: str
    pid: int
    command: str
    started_at: float  # seconds since the epoch
    birth: str | None = None  # of the process: its id may be another's by now
    done: int = 0
    of: int | None = None
    current: str | None = None
    estimate_s: float | None = None


def write_state(folder: Path, state: RunState) -> None:
    """Replace the folder's state file. A full disk is not worth ending a run for: it is simply not updated."""
    temporary = folder / ".state.json"
    try:
        temporary.write_text(seal(json.dumps(asdict(state))), encoding="utf-8")
        temporary.replace(folder / "state.json")
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_state(folder: Path) -> RunState | None:
    """What a run of ours tells of itself; None where there is no state file, or one that we did not write."""
    data = read_sealed(str(folder / "state.json"), limit=MOST_STATE_BYTES)
    try:
        state = RunState(**json.loads(data)) if data else None
    except (ValueError, TypeError, RecursionError):
        return None
    return state if state and isinstance(state.run_id, str) and isinstance(state.pid, int) else None


def running_states(runs_dir: Path) -> list[RunState]:
    """The runs of this project that are under way right now, oldest first. Costs one small file a kept run."""
    try:
        folders = sorted(runs_dir.iterdir())
    except OSError:
        return []
    states = [read_state(folder) for folder in folders if not (folder / "finished").exists()]
    return [state for state in states if state and is_alive(state.pid, state.birth)]


class StateWriter:
    """Keeps one run's state file up to date from what the probe tells."""

    def __init__(self, folder: Path, *, run_id: str, command: str, expected_s: dict[str, float]) -> None:
        """expected_s: benchmark id -> seconds it took in the last run, for the estimate."""
        self._folder = folder
        self._expected = expected_s
        self._left: set[str] = set()
        self._left_known = 0  # of those left, how many the last run had
        self._left_s = 0.0
        self._written = 0.0
        pid = os.getpid()
        self.state = RunState(
            run_id=run_id, pid=pid, birth=birth_of(pid), command=clean_text(command), started_at=time.time()
        )
        write_state(folder, self.state)

    def collected(self, ids: list[str]) -> None:
        for id in ids:
            self._left.add(id)
            self._left_known += id in self._expected
            self._left_s += self._expected.get(id, 0.0)
        self._update(of=(self.state.of or 0) + len(ids), force=True)

    def started(self, id: str) -> None:
        self._update(current=clean_id(id))

    def finished(self, id: str) -> None:
        if id in self._left:
            self._left.remove(id)
            self._left_known -= id in self._expected
            self._left_s -= self._expected.get(id, 0.0)
        self._update(done=self.state.done + 1)

    def _update(self, *, force: bool = False, **changes: Any) -> None:
        known = self._left_known > 0 and self._left_known >= len(self._left) / 2
        estimate_s = max(self._left_s, 0.0) if known else None
        self.state = replace(self.state, **changes, estimate_s=estimate_s)
        if force or time.monotonic() - self._written > _PERIOD_S:
            self._written = time.monotonic()
            write_state(self._folder, self.state)
