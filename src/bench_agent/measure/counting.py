"""What one call of each benchmark executes on several versions: exact counts, from one session a version.

Comes in: sides and benchmark ids. Goes out: counts, or why there are none, by side and benchmark. What a difference means is
decided elsewhere; the counting itself is probe/bench_agent_counts.py.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_agent.errors import MeasureError
from bench_agent.measure.nursery import Nursery, is_possible
from bench_agent.measure.ring_worker import Side, Worker, WorkerLost, start_together
from bench_agent.proc import kill_marked
from bench_agent.records import Reach
from bench_agent.units import clean_text

COUNT_S = 5.0  # for one counted call; where it takes longer the counts are incomplete, and not compared


@dataclass(slots=True)
class Counted:
    """By side label: what each benchmark executes, or why one of them, or all ("" as id), could not be counted."""

    reaches: dict[str, dict[str, Reach]] = field(default_factory=dict)
    problems: dict[str, dict[str, str]] = field(default_factory=dict)


def count_sides(
    sides: Sequence[Side],
    ids: Sequence[str],
    *,
    arguments: Sequence[str] = (),
    env: Mapping[str, str],
    start_timeout_s: float,
    patience_s: float,
    count_s: float = COUNT_S,
) -> Counted:
    """Count one call of every benchmark on every side; the sides start together. Never raises for a side's sake.

    A call before fills caches, on all sides alike. patience_s: longest wait for one call.
    """
    result = Counted()
    folder = Path(tempfile.mkdtemp(prefix="bench-agent-"))
    workers: list[Worker] = []
    nursery: Nursery | None = None
    try:
        # One hash seed: the order of a set may decide how long a search in it takes.
        env = {**env, "PYTHONHASHSEED": "1"}
        for number, side in enumerate(sides):
            own = folder / str(number)
            files = [f for f in dict.fromkeys(i.split("::")[0] for i in ids) if (side.root / f).exists()]
            # None of them there: an empty folder, since without arguments pytest collects the whole project.
            workers.append(Worker(side, own, arguments=[*arguments, *(files or [str(own)])], env=env))
        if is_possible():
            nursery = start_together(workers, folder / "n", env, None)
        else:
            for worker in workers:
                worker.start(None)
        for worker in workers:
            label = worker.side.label
            result.reaches[label], result.problems[label] = {}, {}
            try:
                _count_one(worker, ids, result, start_timeout_s, patience_s, count_s)
            except (WorkerLost, MeasureError) as lost:
                result.problems[label][""] = clean_text(lost.message)
    finally:
        for worker in workers:
            worker.close()
        if nursery is not None:
            nursery.close()
        if any(not worker.has_quit for worker in workers):
            kill_marked({worker.mark for worker in workers})
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _count_one(
    worker: Worker, ids: Sequence[str], result: Counted, start_timeout_s: float, patience_s: float, count_s: float
) -> None:
    label = worker.side.label
    hello = worker.hello(start_timeout_s)
    known = [i for i in ids if i in hello.ids]
    for benchmark in set(ids) - set(known):
        why = next((e for e in hello.errors), "no such benchmark there")
        result.problems[label][benchmark] = why
    worker.plan(known, None)
    for benchmark in known:
        worker.send(b"n", benchmark.encode("utf-8", "surrogateescape"))
        kind, payload = worker.receive(patience_s)
        found = None
        if kind != b"B":
            worker.pending = payload
        else:
            found = worker.count(count_s, patience_s + 2 * count_s, everywhere=True)
        report = worker.done(patience_s)
        if found is None or report["outcome"] == "failed":
            result.problems[label][benchmark] = clean_text(report["message"]) or "it can't be called"
            continue
        functions = found["functions"]
        result.reaches[label][benchmark] = Reach(
            functions={key: calls for key, (calls, _) in functions.items()},
            lines={key: lines for key, (_, lines) in functions.items()},
            files=tuple(sorted({key.rpartition("::")[0] for key in functions})),
            complete=found["complete"] and found["repeats"],  # what differs from call to call tells nothing
        )
    worker.quit()
