"""Takes results into the history that were measured elsewhere: other tools' files, pytest-benchmark's, runs committed to git.

A file is taken whole or not at all, and once however often it is given. The `origin` of a run is the format it was read from.
Pruning spares such runs unless it is told otherwise: an imported history must not be cut by the next run.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench_agent.config import Config
from bench_agent.errors import GitError, UsageError
from bench_agent.formats.asv import benchmarks_description, stands_beside_results
from bench_agent.formats.foreign_values import NotResultsError, utc_of_text
from bench_agent.formats.pytest_benchmark import parse_results
from bench_agent.formats.registry import NAMES, read_results, recognise
from bench_agent.formats.stored import dump_run
from bench_agent.history.command_result import Answer
from bench_agent.history.load import load_history
from bench_agent.history.series import index_history
from bench_agent.history.store import Store, is_run_id
from bench_agent.records import Run
from bench_agent.system.files import RESULTS_BYTES, read_regular
from bench_agent.system.git import open_repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_SHA = re.compile(r"[0-9a-fA-F]{7,64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STAMP = re.compile(r"(?<![0-9])[0-9]{8}_[0-9]{6}(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The runs of one file, not stored yet."""

    name: str
    format: str
    runs: tuple[Run, ...]
    undated: bool = False  # of one at least the file does not say when it was measured


def import_results(
    config: Config, files: Sequence[str], *, from_git: bool, format: str | None = None, commit: str | None = None
) -> Answer:
    """Store the runs of results files, or of those committed to git; a file that can't be read becomes a warning.

    Imported runs are named after the time they say they ran, so they take their place in the series. format: one of
    NAMES; None: told by the content. commit: the revision measured, for files that don't say. Raises UsageError when
    there is nothing to import.
    """
    if not files and not from_git:
        raise UsageError(
            "nothing to import", hint="name files: bench-agent history import .benchmarks/*/*.json, or --from-git"
        )
    if format is not None and format not in NAMES:
        raise UsageError(f"`{clean_text(format)}` is not a format", hint=f"one of {', '.join(NAMES)}")
    sha = _resolve(config, commit)
    warnings: list[str] = []
    found = _read(files, format, warnings)
    readable = len(found)
    if files and not readable and not from_git:
        missing = not any(Path(file).exists() for file in files)
        hint = "name files that exist" if missing else "force a format with --format, see --help"
        raise UsageError(f"nothing could be imported: {'; '.join(warnings[:3])}", hint=hint)
    if from_git:
        found += [_File(name=name, format="", runs=(run,)) for name, run in committed_runs(config)]
    store = Store(config.state_dir)
    names, told = _store(store, found, sha, warnings)
    warnings += _prune_warning(config, store)
    lines = [f"{quantity.counted(len(names), 'run')} imported", *told, *(f"warning: {text}" for text in warnings)]
    return Answer(document={"imported": names, "warnings": warnings}, lines=tuple(lines))


def committed_runs(config: Config) -> list[tuple[str, Run]]:
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


def _resolve(config: Config, revision: str | None) -> str | None:
    """The commit that --commit names."""
    if revision is None:
        return None
    repository = open_repository(config.root)
    sha = repository.resolve(revision) if repository else None
    if sha is None:
        raise UsageError(f"there is no commit `{clean_text(revision)}` here", hint="--commit HEAD, or a sha")
    return sha


# --- reading


def _read(files: Sequence[str], format: str | None, warnings: list[str]) -> list[_File]:
    contents: dict[str, bytes] = {}
    for name in files:
        try:
            contents[name] = read_regular(Path(name), limit=RESULTS_BYTES)
        except OSError as error:
            warnings.append(f"{clean_text(name)}: {error.strerror}")
    given: dict[str, Any] = {}
    for content in contents.values():
        given.update(benchmarks_description(content) or {})
    found = []
    for name, content in contents.items():
        known = format or recognise(content)
        if known is None and stands_beside_results(content):
            continue
        try:
            described = given or (_description_near(Path(name)) if known == "asv" else {})
            reading = read_results(content, format=format, described=described)
        except NotResultsError as error:
            warnings.append(f"{clean_text(name)}: {error}")
            continue
        warnings += [f"{clean_text(name)}: {text}" for text in reading.left_out]
        said = [replace(run, started_at=_date(run.started_at)) for run in reading.runs]
        runs = tuple(_dated(run, Path(name), warnings) for run in said)
        undated = not all(run.started_at for run in said)
        found.append(_File(name=Path(name).name, format=known or "", runs=runs, undated=undated))
    return found


def _description_near(results: Path) -> Mapping[str, Any]:
    """asv's benchmarks.json, which stands beside the folders of results, one a machine; empty when it is not there."""
    try:
        return (
            benchmarks_description(
                read_regular(results.resolve().parent.parent / "benchmarks.json", limit=RESULTS_BYTES)
            )
            or {}
        )
    except OSError:
        return {}


def _date(text: str) -> str:
    """The date as it stands, where it is one by which runs can be put in order; else ""."""
    return text if utc_of_text(text) and _DATE.match(text) else ""


def _dated(run: Run, path: Path, warnings: list[str]) -> Run:
    """The run with the time it was measured: its own, else the one in its file's name, else its file's, which is said."""
    if run.started_at:
        return run
    for stamp in _STAMP.findall(path.stem):
        try:
            moment = datetime.strptime(stamp, "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        return replace(run, started_at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    warnings.append(
        f"{clean_text(path)}: does not say when it was measured; its file's time is taken, {moment:%Y-%m-%d %H:%M} UTC"
    )
    return replace(run, started_at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


# --- storing


def _store(store: Store, found: Iterable[_File], sha: str | None, warnings: list[str]) -> tuple[list[str], list[str]]:
    """(names of the files written, a line for each file of several runs). On an error or Ctrl-C nothing stays written."""
    taken = {path.name for path in store.paths()}
    known: dict[tuple[object, ...], dict[str, str]] = {}  # what was measured -> when it was -> the file
    for run in load_history(store, most=None).runs:
        known.setdefault(_fingerprint(run), {})[run.started_at[:19]] = Path(run.source).name
    names: list[str] = []
    told = []
    try:
        for file in found:
            again = []
            for run in file.runs:
                placed = _with_commit(run, sha)
                there = known.setdefault(_fingerprint(placed), {})
                # The time of a file is no measurement's: copied, it is another. Equal figures are then taken for the same.
                if placed.started_at[:19] in there or (file.undated and there):
                    again.append(there.get(placed.started_at[:19]) or next(iter(there.values())))
                    continue
                stem = _own_name(placed, file) or _free(_stem(placed), taken)
                if f"{stem}.json" in taken:
                    again.append(f"{stem}.json")
                    continue
                origin = "" if placed.run_id else file.format
                store.write(stem, dump_run(replace(placed, run_id=placed.run_id or stem, origin=origin)), newest=False)
                names.append(f"{stem}.json")
                taken.add(f"{stem}.json")
                there[placed.started_at[:19]] = f"{stem}.json"
            if again:
                warnings.append(_already(file, again))
            if len(file.runs) > 1:
                new = len(file.runs) - len(again)
                told.append(f"{clean_text(file.name)}: {new} of {len(file.runs)} runs, {file.format}")
    except BaseException:
        for name in names:
            (store.history_dir / name).unlink(missing_ok=True)
        raise
    return names, told


def _with_commit(run: Run, sha: str | None) -> Run:
    """The run with a commit that could be one: what its file says, else what --commit names."""
    said = run.head.sha if run.head.sha and _SHA.fullmatch(run.head.sha) else None
    return replace(run, head=replace(run.head, sha=said or sha))


def _own_name(run: Run, file: _File) -> str | None:
    """The name that a run of bench-agent already has as its file's name; None for others."""
    stem = Path(file.name).stem
    return stem if is_run_id(stem) and (run.run_id or file.format in ("", "pytest-benchmark")) else None


def _already(file: _File, names: Sequence[str]) -> str:
    """The warning for a file whose runs are stored. names: of the files that have them."""
    where = f"as {names[0]}" if len(names) == 1 else f"({len(names)} runs)"
    return f"{clean_text(file.name)}: already in the history {where}"


def _fingerprint(run: Run) -> tuple[object, ...]:
    """Tells one measurement from another, whatever its file is called: its commit and every figure. An empty run by its time."""
    figures = tuple((s.id, s.median_s, s.mean_s) for s in run.samples)
    return (run.head.sha, figures or run.started_at)


def _stem(run: Run) -> str:
    """The name of the run's file, without suffix: its own time and commit."""
    digits = "".join(c for c in run.started_at[:19] if c.isdigit())
    sha = (run.head.sha or "")[:8]
    return f"{digits[:8]}_{digits[8:]}_{sha if re.fullmatch('[0-9a-f]{8}', sha) else 'nogit'}"


def _free(stem: str, taken: set[str]) -> str:
    """The name, or the next one: of other runs that began in the same second (asv's environments share a commit's date)."""
    time, _, commit = stem.rpartition("_")
    names = (f"{time}{letter}_{commit}" for letter in ("", *"bcdefghijklmnopqrstuvwxyz"))
    free = next((name for name in names if f"{name}.json" not in taken), None)
    if free is None:
        raise UsageError(
            f"more than 26 different runs of {time}, {commit}", hint="import those of one machine at a time"
        )
    return free


def _prune_warning(config: Config, store: Store) -> list[str]:
    """A warning when more runs of bench-agent itself are stored than `keep`: the next run removes the oldest of them."""
    index = index_history(store)
    own = len(index.lines) + len(index.odd) - len(index.imported)
    if own <= config.keep:
        return []
    return [
        f"{own} runs of bench-agent are stored and `keep` is {config.keep}: the next run removes the oldest; raise it"
    ]
