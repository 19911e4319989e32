"""What is known here and what is going on: instant, and it never fails in a healthy project. Imports next to nothing.

Reads two kinds of small file: `.benchmark/status.json`, which each run leaves, and the state of runs under way.
"""

import json
import os
import time
from typing import TYPE_CHECKING, Any

from bench_agent.project import STATE_DIR, find_root
from bench_agent.system.alive import is_alive
from bench_agent.system.seal import read_sealed

if TYPE_CHECKING:
    from bench_agent.results.status import RunUnderWay, Status

MOST_BYTES = 100_000  # of one file


def main(options: Any, _: list[str]) -> int:
    """Print the status of the project around the current folder; exit code 0."""
    status = read_status(find_root(os.getcwd()))
    print(json.dumps(status) if options.json else in_words(status))
    return 0


def read_status(root: str) -> "Status":
    """`status` (that of the newest run, "no_results" before the first, "running" during one) and what belongs to it."""
    folder = os.path.join(root, STATE_DIR)
    running = [_progress(state) for state in _states(os.path.join(folder, "runs"))]
    last = _load(os.path.join(folder, "status.json"))
    status: Status = {
        "schema": "bench-agent/status/1",
        "status": "running" if running else (last or {}).get("status", "no_results"),
        "runs_stored": _count(os.path.join(folder, "history")),
    }
    if running:
        status["running"] = running
        # A second run would spoil both: what to do is to wait for this one.
        status["next_command"] = f"bench-agent wait {_clean(running[-1]['run_id'])} --json"
    else:
        status["takes"] = _how_long((last or {}).get("takes_s"))
    if last:
        status["last"] = last  # type: ignore[typeddict-item]  # as the file has it
    elif not running:
        status["next_command"] = "bench-agent run --quick"
    return status


def in_words(status: "Status") -> str:
    """The status for people, a few plain lines. The files may be somebody else's: their text is made safe here."""
    lines = []
    for run in status.get("running", ()):
        done = f"{run['done']} of {run['of']}" if run.get("of") else f"{run['done']}"
        left = f", about {run['estimate_s']:.0f} s left" if run.get("estimate_s") else ""
        now = f", now {_clean(run['current'])}" if run.get("current") else ""
        lines.append(f"running: {_clean(run['run_id'])}, {done} benchmarks done in {run['elapsed_s']:.0f} s{left}{now}")
        lines.append(f"         bench-agent wait {_clean(run['run_id'])}")
    last = status.get("last")
    if last:
        when, headline = _clean(last.get("started_at")), _clean(last.get("headline"), limit=400)
        lines.append(f"last run {_clean(last.get('run_id'))} ({when}): {headline}")
        slower = last.get("regressions")
        lines += [f"  {_clean(name)}" for name in (slower[:5] if isinstance(slower, list) else ())]
        stored = status["runs_stored"]
        lines.append(f"{stored} run{'s' * (stored != 1)} stored; see: bench-agent report, bench-agent trend")
    elif not lines and status["runs_stored"]:
        stored = status["runs_stored"]
        lines.append(f"{stored} run{'s' * (stored != 1)} stored, none measured here yet; see: bench-agent report")
    elif not lines:
        lines.append("nothing measured here yet; start with: bench-agent run --quick")
    if "takes" in status and last and last.get("takes_s"):
        lines.append(_clean(status["takes"]))
    return "\n".join(lines)


def _how_long(takes: object) -> str:
    """How long a run may take, from those before: "a run takes about 2 min, with --quick 28 s"."""
    known = takes if isinstance(takes, dict) else {}
    full, quick = (known.get(kind) for kind in ("full", "quick"))
    parts = [f"a run takes {_about(full)}" if isinstance(full, int | float) else "a run takes 2-3 minutes as a rule"]
    parts.append(f"with --quick {_about(quick) if isinstance(quick, int | float) else 'about 30 s'}")
    return ", ".join(parts)


def _about(seconds: float) -> str:
    return f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {seconds:.0f} s"


def _clean(text: object, limit: int = 200) -> str:
    """As `text.clean.clean_text`, without the expressions that cost more to compile than all of `status`."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)[: 2 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _states(runs: str) -> list[dict[str, Any]]:
    try:
        names = sorted(os.listdir(runs))
    except OSError:
        return []
    folders = [os.path.join(runs, name) for name in names]
    states = [_load(os.path.join(f, "state.json")) for f in folders if not os.path.exists(os.path.join(f, "finished"))]
    known = [state for state in states if state and isinstance(state.get("run_id"), str)]
    return [state for state in known if is_alive(state.get("pid"), state.get("birth"))]


def _progress(state: dict[str, Any]) -> "RunUnderWay":
    """What is told of a run under way; a field of the wrong type is as one that is not there."""
    known: dict[str, Any] = {}
    for key, kind in (("run_id", str), ("done", int), ("of", int), ("current", str), ("estimate_s", (int, float))):
        known[key] = state.get(key) if isinstance(state.get(key), kind) else None
    began = state.get("started_at")
    elapsed = time.time() - began if isinstance(began, int | float) and 0 < began < 1e12 else 0.0
    return {
        "run_id": known["run_id"],
        "done": known["done"] or 0,
        "of": known["of"],
        "current": known["current"],
        "estimate_s": known["estimate_s"],
        "elapsed_s": round(max(elapsed, 0.0), 1),
    }


def _load(path: str) -> dict[str, Any] | None:
    """A file that we wrote on this machine. What came with the repository is not believed."""
    try:
        value = json.loads(read_sealed(path, limit=MOST_BYTES) or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _count(folder: str) -> int:
    try:
        return sum(name.endswith(".json") and not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return 0
