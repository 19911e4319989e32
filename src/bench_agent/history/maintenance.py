"""Lists and prunes the stored runs; says what was found or removed, in words and as plain values."""

from pathlib import Path
from typing import Any

from bench_agent.config import Config
from bench_agent.errors import UsageError
from bench_agent.history.command_result import Answer
from bench_agent.history.importing import committed_runs
from bench_agent.history.load import load_history
from bench_agent.history.series import index_history
from bench_agent.history.series import prune_history as prune_files
from bench_agent.history.store import Store
from bench_agent.records import Run
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def list_history(config: Config) -> Answer:
    """The stored runs, newest first, and results committed to git that are not among them."""
    store = Store(config.state_dir)
    stored = load_history(store, most=None)
    entries = [
        _entry(run, Path(run.source).name, "imported" if run.origin else "stored") for run in reversed(stored.runs)
    ]
    known = {entry["file"] for entry in entries}
    committed = [(name, run) for name, run in committed_runs(config) if name not in known]
    entries += [_entry(run, name, "git") for name, run in sorted(committed, reverse=True)]
    lines = [
        f"{e['started_at'] or '?':20}  {e['sha'] or '-':8}  {e['benchmarks']:4} benchmarks  {e['where']:8}  {e['file']}"
        for e in entries
    ]
    lines += [f"warning: {warning}" for warning in stored.warnings]
    if committed:
        lines.append(f"{len(committed)} only in git: bench-agent history import --from-git brings them here")
    if stored.earlier:
        count = quantity.counted(len(stored.earlier), "older run")
        lines.append(f"{count} pruned: their medians are kept in {config.state_dir.name}/series.jsonl, for trends")
    if not entries:
        lines.append("no run is stored here yet; start with: bench-agent run")
    return Answer(document={"runs": entries, "warnings": list(stored.warnings)}, lines=tuple(lines))


def prune_history(config: Config, *, keep: int | None, imported: bool) -> Answer:
    """Remove all but the newest runs; imported ones only if told so. keep: None for the setting."""
    newest = config.keep if keep is None else keep
    if newest < 1:
        raise UsageError("--keep must be at least 1", hint="such as --keep 30")
    store = Store(config.state_dir)
    spared = set[str]() if imported else index_history(store).imported
    removed = [path.name for path in prune_files(store, newest, imported=imported)]
    line = f"{quantity.counted(len(removed), 'run')} removed, the newest {newest} are kept"
    if spared:
        line += f", and {len(spared)} imported (--imported counts and removes these too)"
    return Answer(document={"removed": removed}, lines=(line,))


def _entry(run: Run, file: str, where: str) -> dict[str, Any]:
    return {
        "file": clean_text(file),
        "where": where,
        "started_at": run.started_at[:19],
        "sha": (run.head.sha or "")[:8] or None,
        "benchmarks": len(run.samples),
        "quick": run.quick,
    }
