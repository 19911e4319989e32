"""What `bench-agent baseline` does: shows the targets, limits and accepted levels in force, sets and accepts them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.baseline import load_targets, target_keys, update_target
from bench_agent.history.command_result import Answer
from bench_agent.history.load import load_history
from bench_agent.history.lookup import find_history
from bench_agent.history.store import Store
from bench_agent.records import Accepted, Measured, Sample, Target
from bench_agent.text import quantity
from bench_agent.text.benchmark_names import name_benchmarks
from bench_agent.text.clean import clean_id, clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """The new text of a file and what is new in it."""

    text: str
    changes: tuple[str, ...]


def show_targets(config: Config) -> Answer:
    """Every target, limit and accepted level in force, by name, and which of them no stored benchmark has."""
    targets = load_targets(config)
    unused = _unused(config, targets)
    document: dict[str, Any] = {}
    lines = []
    for name, target in sorted(targets.items()):
        accepted = target.accepted
        limit = config.threshold if target.max_regression is None else target.max_regression
        document[clean_id(name)] = {
            "p95_ms": None if target.p95_s is None else target.p95_s * 1e3,
            "max_regression": limit,
            "peak_mb": None if target.peak_bytes is None else target.peak_bytes / 1e6,
            "max_memory_regression": target.max_memory_regression,
            "accepted": None
            if accepted is None
            else {
                "median_ms": accepted.median_s * 1e3,
                "commit": accepted.commit,
                "date": accepted.date,
                "because": accepted.because,
                "call_peak_bytes": accepted.call_peak_bytes,
                "call_left_bytes": accepted.call_left_bytes,
            },
        }
        text = f"{clean_text(name):30}  p95 < {quantity.duration(target.p95_s) if target.p95_s else '-':9}  limit +{limit:.0%}"
        if target.peak_bytes:
            text += f"  peak < {quantity.size(target.peak_bytes)}"
        if target.max_memory_regression:
            text += f"  memory +{target.max_memory_regression:.0%}"
        if accepted:
            held = "" if accepted.call_peak_bytes is None else f" and {quantity.size(accepted.call_peak_bytes)} a call"
            text += f"  accepted {quantity.duration(accepted.median_s)}{held} on {accepted.date}: {accepted.because}"
        lines.append(text)
    lines += [f"no stored benchmark, nor a group, is called {name}" for name in unused]
    lines += [f"`names` has {name}, and no stored benchmark is called so" for name in _idle_names(config)]
    if unused:
        lines.append('map a test to the name people use: `names` in [tool.bench-agent], { test_x = "name" }')
    if not lines:
        lines = [
            f"no targets yet: neither {config.baseline} nor the settings hold any",
            "set one: bench-agent baseline set NAME p95_ms=50 max_regression=0.2",
        ]
    return Answer(document={"file": config.baseline, "targets": document, "unused": unused}, lines=tuple(lines))


def _idle_names(config: Config) -> list[str]:
    """Keys of the `names` map that fit no stored benchmark: a misspelt one would never be missed otherwise."""
    ids = {sample.id for run in load_history(Store(config.state_dir)).runs for sample in run.samples}
    if not ids:
        return []
    plain = name_benchmarks(list(ids), {})
    return [clean_text(key) for key in config.names if name_benchmarks(list(ids), {key: "\0"}) == plain]


def _unused(config: Config, targets: Mapping[str, Target]) -> list[str]:
    """Targets that no stored benchmark is judged by; none while nothing is stored."""
    runs = load_history(Store(config.state_dir)).runs
    if not runs:
        return []
    samples = {sample.id: sample for run in runs for sample in run.samples}
    names = name_benchmarks(list(samples), config.names)
    used = {key for s in samples.values() for key in target_keys(id=s.id, name=names[s.id], group=s.group)}
    return [clean_id(name) for name in sorted(targets) if name not in used]


def accept_levels(config: Config, wanted: Sequence[str], *, because: str) -> Rewritten:
    """The baseline file with what the wanted benchmarks took at the newest run's commit, and what their calls hold, as accepted.

    Raises UsageError when a benchmark is not known, ConfigError when the file can't be written in its shape.
    """
    reason = clean_text(because, limit=500)
    if not reason:
        raise UsageError(
            "--because needs a reason", hint="for whoever reviews the file: --because 'encrypts answers now'"
        )
    path = config.root / config.baseline
    text, changes = "", []
    for want in wanted:
        history = find_history(config, want)
        measured, level_s = history[-1], _level_at_its_commit(history)
        sample = measured.sample
        accepted = Accepted(
            median_s=level_s,
            commit=(measured.run.head.sha or "")[:12] or None,
            date=time.strftime("%Y-%m-%d", time.gmtime()),
            because=reason,
            call_peak_bytes=sample.call_peak_bytes,
            call_left_bytes=sample.call_left_bytes,
        )
        text = update_target(path, sample.name, accepted=accepted, text=text or None)
        changes.append(f"{clean_id(sample.name)}: {quantity.duration(level_s)}{_held(sample)} accepted: {reason}")
    return Rewritten(text=text, changes=tuple(changes))


def _level_at_its_commit(history: Sequence[Measured]) -> float:
    """The median of the quickest stored run of the newest one's code: a busy machine makes runs slower, never quicker."""
    newest = history[-1]
    head = newest.run.head
    if head.sha is None or head.dirty:
        return newest.sample.median_s
    alike = [
        each.sample.median_s
        for each in history
        if each.run.head.sha == head.sha
        and not each.run.head.dirty
        and each.sample.body_hash == newest.sample.body_hash
    ]
    return min(alike)


def _held(sample: Sample) -> str:
    if sample.call_peak_bytes is None:
        return ""
    left = f" and leaves {quantity.size(sample.call_left_bytes)} behind" if sample.call_left_bytes else ""
    return f", and that one call holds {quantity.size(sample.call_peak_bytes)}{left},"


def set_target(config: Config, name: str, values: Mapping[str, float]) -> Rewritten:
    """The baseline file with a target or limit set for a benchmark or a group."""
    text = update_target(config.root / config.baseline, name, values=values)
    said = ", ".join(f"{key} = {value:g}" for key, value in values.items())
    unused = _unused(config, {name: Target(name=name)})
    warned = [f"no stored benchmark, nor a group, is called {one}: the target is for one to come" for one in unused]
    return Rewritten(text=text, changes=(f"{clean_text(name)}: {said}", *warned))
