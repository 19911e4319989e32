"""Looking after what is stored: the list of runs, imports, targets and accepted levels. Nothing is measured.

Returns what changed, in words and as plain values; writing a reviewed file is the caller's.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench_agent import quantity
from bench_agent.config import Config
from bench_agent.errors import GitError, UsageError
from bench_agent.history.baseline import update_target
from bench_agent.history.store import Store, is_run_id
from bench_agent.parse.pytest_benchmark import NotResultsError, parse_results
from bench_agent.parse.stored import dump_run
from bench_agent.recall import find_benchmark, load_history, load_targets
from bench_agent.records import Accepted, Run
from bench_agent.repo import open_repository
from bench_agent.units import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer twice: plain values for --json, lines for people."""

    document: dict[str, Any]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """The new text of a file and what is new in it."""

    text: str
    changes: tuple[str, ...]


def list_history(config: Config) -> Said:
    """The stored runs, newest first, and results committed to git that are not among them."""
    store = Store(config.state_dir)
    stored = load_history(store)
    entries = [_entry(run, Path(run.source).name, "stored") for run in reversed(stored.runs)]
    known = {entry["file"] for entry in entries}
    committed = [(name, run) for name, run in _committed(config) if name not in known]
    entries += [_entry(run, name, "git") for name, run in sorted(committed, reverse=True)]
    lines = [
        f"{e['started_at'] or '?':20}  {e['sha'] or '-':8}  {e['benchmarks']:4} benchmarks  {e['where']:6}  {e['file']}"
        for e in entries
    ]
    lines += [f"warning: {warning}" for warning in stored.warnings]
    if committed:
        lines.append(f"{len(committed)} only in git: bench-agent history import --from-git brings them here")
    if not entries:
        lines.append("no run is stored here yet; start with: bench-agent run")
    return Said(document={"runs": entries, "warnings": list(stored.warnings)}, lines=tuple(lines))


def import_results(config: Config, files: Sequence[str], *, from_git: bool) -> Said:
    """Take pytest-benchmark files (or those committed to git) into the history; one that can't be read becomes a warning.

    Imported runs are named after the time they say they ran, so they take their place in the series, and pruning sees
    them. Raises UsageError when there is nothing to import.
    """
    if not files and not from_git:
        raise UsageError(
            "nothing to import", hint="name files: bench-agent history import .benchmarks/*/*.json, or --from-git"
        )
    found: list[tuple[str, Run]] = []
    warnings: list[str] = []
    for name in files:
        try:
            found.append((Path(name).name, parse_results(Path(name).read_bytes())))
        except OSError as error:
            warnings.append(f"{clean_text(name)}: {error.strerror}")
        except NotResultsError as error:
            warnings.append(f"{clean_text(name)}: {error}")
    if from_git:
        found += _committed(config)
    store = Store(config.state_dir)
    known = {path.name for path in store.paths()}
    names = []
    for file, run in found:
        stem = _stem(run, file)
        if stem is None:
            warnings.append(f"{clean_text(file)}: does not say when it was measured (no `datetime`)")
            continue
        if f"{stem}.json" in known:
            warnings.append(f"{clean_text(file)}: already in the history as {stem}.json")
            continue
        known.add(f"{stem}.json")
        store.write(stem, dump_run(replace(run, run_id=run.run_id or stem)), newest=False)
        names.append(f"{stem}.json")
    lines = (f"{len(names)} runs imported", *(f"warning: {warning}" for warning in warnings))
    return Said(document={"imported": names, "warnings": warnings}, lines=lines)


def show_targets(config: Config) -> Said:
    """Every target, limit and accepted level in force, by name."""
    targets = load_targets(config)
    document: dict[str, Any] = {}
    lines = []
    for name, target in sorted(targets.items()):
        accepted = target.accepted
        limit = config.threshold if target.max_regression is None else target.max_regression
        document[clean_text(name)] = {
            "p95_ms": None if target.p95_s is None else target.p95_s * 1e3,
            "max_regression": limit,
            "accepted": None
            if accepted is None
            else {
                "median_ms": accepted.median_s * 1e3,
                "commit": accepted.commit,
                "date": accepted.date,
                "because": accepted.because,
            },
        }
        text = f"{clean_text(name):30}  p95 < {quantity.duration(target.p95_s) if target.p95_s else '-':9}  limit +{limit:.0%}"
        if accepted:
            text += f"  accepted {quantity.duration(accepted.median_s)} on {accepted.date}: {accepted.because}"
        lines.append(text)
    if not lines:
        lines = [
            f"no targets yet: neither {config.baseline} nor the settings hold any",
            "set one: bench-agent baseline set NAME p95_ms=50 max_regression=0.2",
        ]
    return Said(document={"file": config.baseline, "targets": document}, lines=tuple(lines))


def accept_levels(config: Config, wanted: Sequence[str], *, because: str) -> Rewritten:
    """The baseline file with the newest measured medians of the wanted benchmarks as accepted levels.

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
        measured = find_benchmark(config, want)
        sample = measured.sample
        accepted = Accepted(
            median_s=sample.median_s,
            commit=(measured.run.head.sha or "")[:12] or None,
            date=time.strftime("%Y-%m-%d", time.gmtime()),
            because=reason,
        )
        text = update_target(path, sample.name, accepted=accepted, text=text or None)
        changes.append(f"{clean_text(sample.name)}: {quantity.duration(sample.median_s)} accepted: {reason}")
    return Rewritten(text=text, changes=tuple(changes))


def set_target(config: Config, name: str, values: Mapping[str, float]) -> Rewritten:
    """The baseline file with a target or limit set for a benchmark or a group."""
    text = update_target(
        config.root / config.baseline, name, p95_ms=values.get("p95_ms"), max_regression=values.get("max_regression")
    )
    said = ", ".join(f"{key} = {value:g}" for key, value in values.items())
    return Rewritten(text=text, changes=(f"{clean_text(name)}: {said}",))


def _committed(config: Config) -> list[tuple[str, Run]]:
    """(file name, run) of the results committed to git on any branch; none where git can't be asked."""
    try:
        repository = open_repository(config.root)
        if repository is None:
            return []
        prefix = config.state_dir.relative_to(repository.root.resolve()) / "history"
        found = repository.find_committed_results("benchmark", str(prefix))
    except (GitError, ValueError):
        return []
    runs = []
    for sha, path in found:
        content = repository.show_file(sha, path)
        try:
            if content is not None and path.endswith(".json"):
                runs.append((Path(path).name, parse_results(content)))
        except NotResultsError:
            continue  # somebody else's file with such a message
    return list({name: (name, run) for name, run in runs}.values())


def _entry(run: Run, file: str, where: str) -> dict[str, Any]:
    return {
        "file": clean_text(file),
        "where": where,
        "started_at": run.started_at[:19],
        "sha": (run.head.sha or "")[:8] or None,
        "benchmarks": len(run.samples),
        "quick": run.quick,
    }


def _stem(run: Run, file: str) -> str | None:
    """What the run is called in the history: as it was, else after its own time and commit; None without a time.

    The time is its `started_at`, else the one in the name pytest-benchmark gave the file.
    """
    stem = Path(file).stem
    if is_run_id(stem):
        return stem
    digits = "".join(c for c in run.started_at[:19] if c.isdigit())
    stamps = [f"{digits[:8]}_{digits[8:]}", *re.findall(r"(?<![0-9])[0-9]{8}_[0-9]{6}(?![0-9])", stem)]
    sha = (run.head.sha or "")[:8]
    named = (f"{stamp}_{sha if re.fullmatch('[0-9a-f]{8}', sha) else 'nogit'}" for stamp in stamps)
    return next((name for name in named if is_run_id(name)), None)
