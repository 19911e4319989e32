"""`status`: instant, right, and never failing, whatever lies in `.benchmark/`."""

import json
import os
from pathlib import Path

import pytest

from bench_agent.commands.status import in_words, read_status
from bench_agent.system.alive import birth_of
from bench_agent.system.seal import seal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / ".benchmark" / "history").mkdir(parents=True)
    (tmp_path / ".benchmark" / "runs" / "20260101_000000").mkdir(parents=True)
    return tmp_path / ".benchmark"


def _running(state: Path, **changes: object) -> None:
    pid = os.getpid()
    whole = {"run_id": "20260101_000000", "pid": pid, "birth": birth_of(pid), "done": 3, "of": 9, "started_at": 1.0}
    (state / "runs" / "20260101_000000" / "state.json").write_text(seal(json.dumps({**whole, **changes})))


def test_before_the_first_run_it_says_how_to_start(tmp_path: Path) -> None:
    status = read_status(str(tmp_path))
    assert status["status"] == "no_results"
    assert in_words(status) == "nothing measured here yet; start with: bench-agent run --quick"
    assert list(tmp_path.iterdir()) == []


def test_with_nothing_but_imported_runs_it_says_where_to_see_them(tmp_path: Path, state: Path) -> None:
    (state / "history" / "20260101_000000_nogit.json").write_text("{}")
    assert in_words(read_status(str(tmp_path))) == "1 run stored, none measured here yet; see: bench-agent report"


def test_the_newest_run_is_told_with_its_slowdowns(tmp_path: Path, state: Path) -> None:
    brief = {
        "run_id": "r",
        "started_at": "t",
        "status": "regressed",
        "headline": "1 regression",
        "regressions": ["a +31 %"],
    }
    (state / "status.json").write_text(seal(json.dumps(brief)))
    (state / "history" / "20260101_000000_x.json").touch()
    (state / "history" / ".20260101_000001_x.json.half").touch()
    status = read_status(str(tmp_path))
    assert (status["status"], status["runs_stored"], status["last"]) == ("regressed", 1, brief)
    assert in_words(status).splitlines()[:2] == ["last run r (t): 1 regression", "  a +31 %"]


def test_a_run_under_way_is_told_with_how_far_it_is(tmp_path: Path, state: Path) -> None:
    _running(state, current="parse", estimate_s=12.4)
    status = read_status(str(tmp_path))
    assert status["status"] == "running"
    words = in_words(status)
    assert "3 of 9 benchmarks done" in words
    assert "about 12 s left, now parse" in words
    assert "bench-agent wait 20260101_000000" in words


@pytest.mark.parametrize("changes", [{"pid": 2**31 - 2}, {"pid": "x"}, {"run_id": 5}, {"birth": "1"}])
def test_a_run_that_is_not_there_any_more_is_not_under_way(tmp_path: Path, state: Path, changes: dict) -> None:
    _running(state, **changes)
    assert read_status(str(tmp_path))["status"] == "no_results"


@pytest.mark.parametrize("name", ["status.json", "runs/20260101_000000/state.json"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\x00", b"[" * 100_000, b'{"pid": 1e400, "started_at": []}', b"7"]
)
def test_files_of_any_shape_are_survived(tmp_path: Path, state: Path, name: str, content: bytes) -> None:
    (state / name).write_bytes(content)
    json.dumps(read_status(str(tmp_path)))
    assert in_words(read_status(str(tmp_path)))


def test_wrong_types_are_as_if_they_were_not_there(tmp_path: Path, state: Path) -> None:
    _running(state, done="x", of=[], current=5, estimate_s="soon", started_at="then")
    (state / "status.json").write_text(seal('{"status": 5, "headline": {"a": 1}, "regressions": 7}'))
    words = in_words(read_status(str(tmp_path)))
    assert "0 benchmarks done in 0 s" in words


def test_text_from_a_foreign_file_cannot_reach_the_terminal_as_it_is(tmp_path: Path, state: Path) -> None:
    hostile = "\x1b[31mred\x1b[0m\nnext\r\u202egnp\x07\x9b" + "x" * 10_000
    brief = {"run_id": hostile, "started_at": hostile, "headline": hostile, "regressions": [hostile] * 50}
    (state / "status.json").write_text(seal(json.dumps(brief)))
    _running(state, current=hostile)
    words = in_words(read_status(str(tmp_path)))
    assert all(line.isprintable() for line in words.splitlines())
    assert max(map(len, words.splitlines())) < 1000
    assert len(words.splitlines()) < 12


def test_a_file_where_a_folder_should_be_is_survived(tmp_path: Path) -> None:
    (tmp_path / ".benchmark").write_text("not a folder")
    assert read_status(str(tmp_path))["status"] == "no_results"


def test_a_run_or_result_that_came_with_the_repository_is_not_believed(tmp_path: Path, state: Path) -> None:
    pid = os.getpid()
    forged = {
        "run_id": "20990101_000000",
        "pid": pid,
        "birth": birth_of(pid),
        "status": "running",
        "headline": "all fine",
    }
    for text in (json.dumps(forged), '{"seal":"' + "0" * 64 + '",' + json.dumps(forged)[1:]):
        (state / "status.json").write_text(text)
        (state / "runs" / "20260101_000000" / "state.json").write_text(text)
        status = read_status(str(tmp_path))
        assert status["status"] == "no_results"
        assert not {"last", "running"} & set(status)
        assert "all fine" not in in_words(status)
