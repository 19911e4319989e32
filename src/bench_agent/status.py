"""What is known here and what is going on: instant, and it never fails in a healthy project. Imports next to nothing.

Reads two kinds of small file: `.benchmark/status.json`, which each run leaves, and the state of runs under way.
"""

import json
import os
import time
from typing import Any

from bench_agent.project import STATE_DIR, find_root

SCHEMA = "bench-agent/status/1"


def show_status(*, as_json: bool) -> int:
    """Print the status of the project around the current folder; exit code 0."""
    status = read_status(find_root(os.getcwd()))
    print(json.dumps(status) if as_json else in_words(status))
    return 0


def read_status(root: str) -> dict[str, Any]:
    """`status` (that of the newest run, "no_results" before the first, "running" during one) and what belongs to it."""
    folder = os.path.join(root, STATE_DIR)
    running = [_progress(state) for state in _states(os.path.join(folder, "runs"))]
    last = _load(os.path.join(folder, "status.json"))
    status: dict[str, Any] = {
        "schema": SCHEMA,
        "status": "running" if running else (last or {}).get("status", "no_results"),
    }
    if running:
        status["running"] = running
    if last:
        status["last"] = last
    else:
        status["next_command"] = "bench-agent run --quick"
    status["runs_stored"] = _count(os.path.join(folder, "history"))
    return status


def in_words(status: dict[str, Any]) -> str:
    """The status for people, a few plain lines."""
    lines = []
    for run in status.get("running", ()):
        done = f"{run['done']} of {run['of']}" if run.get("of") else f"{run['done']}"
        left = f", about {run['estimate_s']:.0f} s left" if run.get("estimate_s") else ""
        now = f", now {run['current']}" if run.get("current") else ""
        lines.append(f"running: {run['run_id']}, {done} benchmarks done in {run['elapsed_s']:.0f} s{left}{now}")
        lines.append(f"         bench-agent wait {run['run_id']}")
    last = status.get("last")
    if last:
        lines.append(f"last run {last.get('run_id')} ({last.get('started_at')}): {last.get('headline')}")
        lines += [f"  {name}" for name in last.get("regressions", ())]
        lines.append(f"{status['runs_stored']} runs stored; see: bench-agent report, bench-agent trend")
    elif not lines:
        lines.append("nothing measured here yet; start with: bench-agent run --quick")
    return "\n".join(lines)


def _states(runs: str) -> list[dict[str, Any]]:
    try:
        names = sorted(os.listdir(runs))
    except OSError:
        return []
    folders = [os.path.join(runs, name) for name in names]
    states = [_load(os.path.join(f, "state.json")) for f in folders if not os.path.exists(os.path.join(f, "finished"))]
    return [state for state in states if state and _is_alive(state.get("pid"))]


def _progress(state: dict[str, Any]) -> dict[str, Any]:
    kept = {key: state.get(key) for key in ("run_id", "done", "of", "current", "estimate_s")}
    return {**kept, "elapsed_s": round(max(time.time() - float(state.get("started_at") or time.time()), 0.0), 1)}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _load(path: str) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            value = json.load(file)
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _count(folder: str) -> int:
    try:
        return sum(name.endswith(".json") and not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return 0
