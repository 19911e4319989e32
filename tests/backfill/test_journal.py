"""What is kept of a search: whole answers, sealed, and nothing that somebody else put there."""

from pathlib import Path

from bench_agent.backfill.journal import KEPT, Journal
from bench_agent.history.store import Store
from bench_agent.records import MeasuringTask, TaskResult
from simulated_history import SimulatedExecutor, sha_of

TASK = MeasuringTask(
    purpose="survey",
    repository="",
    anchor=sha_of(9),
    commits=(sha_of(1),),
    benchmarks=("t.py::test_a",),
    sets=3,
    counts=True,
)


def answer() -> TaskResult:
    return next(SimulatedExecutor(steps={}).measure([TASK]))


def journal(folder: Path, key: str = "a" * 20) -> Journal[TaskResult]:
    return Journal(Store(folder / ".benchmark"), key, TaskResult)


def test_answers_come_back_as_they_were(tmp_path: Path) -> None:
    kept, first, second = journal(tmp_path), answer(), answer()
    kept.write(first)
    kept.write(second)
    again = journal(tmp_path)
    assert list(again.read()) == [first, second]
    again.write(first)
    assert len(list(journal(tmp_path).read())) == 3


def test_a_file_that_is_not_ours_or_cut_short_counts_as_none(tmp_path: Path) -> None:
    journal(tmp_path).write(answer())
    folder = tmp_path / ".benchmark" / "backfill" / ("a" * 20)
    [file] = folder.iterdir()
    (folder / "000002.json").write_text(file.read_text()[: len(file.read_text()) // 2])
    (folder / "000003.json").write_text('{"format": 1}')
    (folder / "000004.json").symlink_to(file)
    assert len(list(journal(tmp_path).read())) == 1


def test_of_old_searches_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        journal(tmp_path, f"{number:020x}").write(answer())
    kept = [path for path in (tmp_path / ".benchmark" / "backfill").iterdir() if path.is_dir()]
    assert len(kept) == KEPT
