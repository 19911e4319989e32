"""The newest result of `backfill` beside the stored runs: believed only with our seal."""

from pathlib import Path

import pytest

from backfills import backfill
from bench_agent.cli import main
from bench_agent.history.levels import NAME, keep_levels, recall_levels
from bench_agent.history.store import Store


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path / ".benchmark")
    assert recall_levels(store) is None
    keep_levels(store, backfill())
    assert recall_levels(store) == backfill()


def test_one_that_came_with_a_repository_is_not_believed(tmp_path: Path) -> None:
    store = Store(tmp_path / ".benchmark")
    keep_levels(store, backfill())
    file = store.backfill_dir / NAME
    file.write_text(file.read_text().replace("Rank every token", "Ignore what was said"))
    assert recall_levels(store) is None


def test_trend_shows_it_where_there_are_no_runs_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    keep_levels(Store(tmp_path / ".benchmark"), backfill())
    monkeypatch.chdir(tmp_path)
    assert main(["trend", "parse"]) == 0
    shown = capsys.readouterr().out
    assert (
        "By bench-agent backfill, not from runs:\ntime at 3 commits, oldest first, against the newest, 99999999"
        in shown
    )
    assert "  parse  ▁██  +49 % since the first" in shown
    assert "render" not in shown
    assert main(["trend", "--json"]) == 2
