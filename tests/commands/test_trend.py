"""The command `trend --html`: a page of the runs that were asked for, where it was asked for."""

from pathlib import Path

import pytest

import histories
from bench_agent.cli import main
from pages import check_page


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    histories.keep(tmp_path, histories.make_runs(12, 3))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLAUDECODE", raising=False)
    return tmp_path


def test_a_page_is_written_beside_the_text(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "--html", "trends.html"]) == 0
    assert "PERFORMANCE TRENDS" in capsys.readouterr().out
    page = check_page((project / "trends.html").read_text("utf-8"))
    assert [len(chart["v"]) for chart in page.data["charts"]] == [12, 12, 12]


def test_only_what_was_asked_for_is_on_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "work_1", "--last", "7", "--html", "-"]) == 0
    out = capsys.readouterr().out
    assert "PERFORMANCE TRENDS" not in out
    (chart,) = check_page(out).data["charts"]
    assert len(chart["v"]) == 7


def test_two_results_do_not_go_to_stdout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "--json", "--html", "-"]) == 2
    assert main(["trend", "--html", "no/such/folder/t.html"]) == 2


def test_the_report_s_page_shows_the_stored_runs(project: Path) -> None:
    assert main(["report", "--html", "report.html"]) == 0
    page = check_page((project / "report.html").read_text("utf-8"))
    assert [len(chart["v"]) for chart in page.data["charts"]] == [12, 12, 12]
    assert all(chart["l"] for chart in page.data["charts"]), "with the spread of each run, which a report does not have"
