"""What real commits can do to a benchmark, by what it executes before and after them."""

import time
from pathlib import Path

import pytest

import simulated
from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.describe_culprit import bearing_of
from bench_agent.bisection.investigation import Investigation
from bench_agent.bisection.lineage import Line, read_line
from bench_agent.bisection.request import SearchContext, SearchRequest
from bench_agent.bisection.span import Group
from bench_agent.config import load_config
from bench_agent.system.git import Repository, open_repository
from planted import git

MODULE = "def f():\n    return sum(range(9))\n\n\ndef idle():\n    return 2\n"
EDITS = {  # subject -> what the module is after it
    "Comment": MODULE.replace("    return sum", "    # All of them.\n    return sum"),
    "Drop what nobody calls": MODULE[: MODULE.index("\n\ndef idle")],
    "Add it again, first": "def idle():\n    return 2\n\n\n" + MODULE[: MODULE.index("\n\ndef idle")],
    "Change the work": MODULE.replace("range(9)", "range(99)"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("culprit") / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for subject, text in {"Begin": MODULE, **EDITS}.items():
        (root / "m.py").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", subject)
    (root / "m.py").write_text(MODULE)
    repository = open_repository(root)
    assert repository is not None
    return repository


def context_of(repository: Repository, line: Line) -> SearchContext:
    versions = simulated.SimulatedVersions(levels={})
    good, bad = line.versions[0].sha, line.versions[-1].sha
    return SearchContext(
        config=load_config(Path(repository.root), environment={}), repository=repository,
        request=SearchRequest(good=good, bad=bad, benchmark=simulated.BENCHMARK), line=line,
        versions=versions, checkpoint=Checkpoint(), save=lambda: None, say=lambda text: None, began=time.monotonic(),  # type: ignore[arg-type]
    )  # fmt: skip


def position_of(line: Line, subject: str) -> int:
    return next(number for number, commit in enumerate(line.commits, start=1) if commit.subject == subject)


@pytest.mark.parametrize(
    ("subject", "counted", "uncounted"),
    [
        ("Comment", "same", "same"),
        ("Drop what nobody calls", "uncounted", "executed"),
        ("Add it again, first", "uncounted", "executed"),
        ("Change the work", "executed", "executed"),
        ("uncommitted changes", "executed", "executed"),
    ],
)
def test_a_commit_bears_on_a_benchmark_by_what_it_executes(
    repository: Repository, subject: str, counted: str, uncounted: str
) -> None:
    good = git(repository.root, "rev-list", "--max-parents=0", "HEAD").strip()
    line = read_line(repository, good, None)
    context = context_of(repository, line)
    at = position_of(line, subject)
    group = Group(parent=at - 1, members=(at,))
    assert bearing_of(context, context.measurements(line), group, counted=False) == uncounted
    assert bearing_of(context, context.measurements(line), group, counted=True) == counted


def searched(repository: Repository, first: str, last: str, size: float) -> tuple[str, tuple[str, ...]]:
    """The verdict on a range of these commits, measured that much slower (log units), and the warnings."""
    log = git(repository.root, "log", "--reverse", "--format=%H %s").splitlines()
    shas = {subject: sha for sha, subject in (line.split(" ", 1) for line in log)}
    line = read_line(repository, shas[first], shas[last])
    context = context_of(repository, line)
    levels = {version.key: (size if position else 0.0) for position, version in enumerate(line.versions)}
    context.versions.levels = levels  # type: ignore[attr-defined]
    context.versions.noise = 0.001  # type: ignore[attr-defined]
    found = Investigation(context).search()
    return found.verdict, found.warnings


def test_a_range_that_changes_nothing_executed_is_not_called_slower_by_moved_memory(repository: Repository) -> None:
    verdict, warnings = searched(repository, "Begin", "Drop what nobody calls", 0.013)
    assert verdict == "same"
    assert any("no commit changes anything that the benchmark executes" in text for text in warnings)
    assert searched(repository, "Begin", "Comment", 0.5)[0] == "same"  # the same code, whatever was measured
    assert searched(repository, "Begin", "Drop what nobody calls", 0.2)[0] == "slower"
    assert searched(repository, "Begin", "Change the work", 0.013)[0] == "slower"


def test_of_commits_that_cannot_be_told_apart_the_one_that_does_most_counts(repository: Repository) -> None:
    good = git(repository.root, "rev-list", "--max-parents=0", "HEAD").strip()
    line = read_line(repository, good, git(repository.root, "rev-parse", "HEAD").strip())
    context = context_of(repository, line)
    members = tuple(range(1, line.last + 1))
    assert bearing_of(context, context.measurements(line), Group(parent=0, members=members), counted=True) == "executed"
    assert (
        bearing_of(context, context.measurements(line), Group(parent=0, members=members[:2]), counted=True)
        == "uncounted"
    )


def test_settings_that_a_version_has_of_its_own_may_be_what_its_code_reads(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for subject, path, text in (
        ("Begin", "m.py", MODULE),
        ("Another level", "pyproject.toml", "[tool.m]\nlevel = 2\n"),
        ("Another benchmark", "tests/benchmark/test_m.py", "def test_m(benchmark): benchmark(print)\n"),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", subject)
    repository = open_repository(root)
    assert repository is not None
    line = read_line(repository, git(root, "rev-list", "--max-parents=0", "HEAD").strip(), None)
    context = context_of(repository, line)
    context.versions.kept.overlaid = ("tests/benchmark", "pyproject.toml")
    measured = context.measurements(line)
    groups = {commit.subject: Group(parent=at - 1, members=(at,)) for at, commit in enumerate(line.commits, start=1)}
    assert bearing_of(context, measured, groups["Another level"], counted=True) == "executed"
    assert bearing_of(context, measured, groups["Another benchmark"], counted=True) == "same"  # the newest for all
    context.versions.kept.with_own_files = {line.versions[2]}
    assert bearing_of(context, measured, groups["Another benchmark"], counted=True) == "executed"
