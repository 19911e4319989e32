"""One benchmark's past, as far as it may be compared with now. Pure.

Like is compared with like: the same machine class and interpreter, the same timer, the same benchmark body, the same
minor version of pytest-benchmark, a machine that was not much busier. Runs that differ in one of them are left out, and the
notes say so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bench_agent.records import Machine, Measured, Point, Sample, Series

MUCH_BUSIER = 1.0  # load average per core above now's: at least one more process competes for each core


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a sample may be compared with, oldest first, and in words what was left out and why."""

    runs: tuple[Measured, ...] = ()
    notes: tuple[str, ...] = ()


def comparable(now: Measured, before: Sequence[Measured]) -> Past:
    """That part of `before` (oldest first) that `now` may be compared with. O(before)."""
    machine, sample = now.run.machine, now.sample
    kept, reasons = [], Counter[str]()
    for then in before:
        reason = _elsewhere(machine, then.run.machine) or _body_difference(sample, then.sample)
        if reason:
            reasons[reason] += 1
        else:
            kept.append(then)
    notes = (f"{n} older {'run' if n == 1 else 'runs'} left out: {reason}" for reason, n in reasons.items())
    return Past(runs=tuple(kept), notes=tuple(notes))


def collect_series(now: Measured, past: Past, *, metric: str = "median") -> Series:
    """The benchmark's metric over the runs it may be compared with and `now`, which comes last.

    metric: a time of Sample without its unit: median, min, mean, p95, cpu. A run without it, or whose clock saw no time
    pass, is left out; where that is `now` itself the series is empty, so that no older run is taken for the newest.
    """
    points = [
        Point(run_id=m.run.run_id, at=m.run.started_at, sha=m.run.head.sha, value=value, dirty=bool(m.run.head.dirty))
        for m in (*past.runs, now)
        if (value := getattr(m.sample, f"{metric}_s")) is not None and value > 0
    ]
    if not points or points[-1].run_id != now.run.run_id:
        points = []
    return Series(
        id=now.sample.id,
        name=now.sample.name,
        metric=metric,
        points=tuple(points),
        figure=now.sample.figure,
        epoch_notes=past.notes,
    )


@lru_cache(maxsize=256)  # every benchmark of a run asks it of every stored run
def _elsewhere(machine: Machine, old: Machine) -> str | None:
    """What keeps all of a run on `old` from being compared with one on `machine`."""
    if old.key != machine.key:
        return _machine_difference(machine, old)
    return _load_difference(machine, old) or _harness_difference(machine.harness, old.harness)


def _body_difference(new: Sample, old: Sample) -> str | None:
    if new.body_hash != old.body_hash and new.body_hash and old.body_hash:
        return "the benchmark itself was changed"
    if _figure(new) != _figure(old):
        return f"of them the file has the {_figure(old)}"
    if new.timer != old.timer and new.timer and old.timer:
        return f"measured with another timer ({old.timer})"
    return None


def _figure(sample: Sample) -> str:
    return sample.figure or "median"


def _harness_difference(new: str, old: str) -> str | None:
    if new == old or not new or not old or _minor(new) == _minor(old):
        return None
    return f"measured by another pytest-benchmark ({_minor(old)})"


def _machine_difference(machine: Machine, old: Machine) -> str:
    pairs = (
        ("Python", f"{machine.implementation} {_minor(machine.python)}", f"{old.implementation} {_minor(old.python)}"),
        ("machine", machine.cpu, old.cpu),
        ("number of cores", str(machine.cores), str(old.cores)),
        ("system", f"{machine.system} {machine.arch}", f"{old.system} {old.arch}"),
    )
    for what, now, then in pairs:
        if now != then:
            return f"another {what} ({then.strip() or 'not recorded'})"
    return "another machine"


def _load_difference(machine: Machine, old: Machine) -> str | None:
    """What a busy machine measured is no level for a calm one: against it a slowdown would look like a gain."""
    if machine.load_1m is None or old.load_1m is None or not machine.cores:
        return None
    much = (old.load_1m - machine.load_1m) / machine.cores >= MUCH_BUSIER
    return "the machine was much busier" if much else None


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
