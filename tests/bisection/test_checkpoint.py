"""What a search measured comes back as it was; a file that can't be read is a search not yet begun."""

import json
from pathlib import Path

import pytest

from bench_agent.bisection.checkpoint import KEPT, Checkpoint, StoredSession, load_checkpoint, save_checkpoint
from bench_agent.records import PairSample, Reach
from bench_agent.system.seal import seal

SAMPLE = PairSample(
    cpu_log_ratio=0.1, wall_log_ratio=None, base_s=1.0, head_s=1.1, base_cpu_s=1.0, head_cpu_s=1.1, cpu_use=1.0,
    rounds=20, iterations=3, seconds=0.2,
)  # fmt: skip


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    checkpoint = Checkpoint(
        sessions=[StoredSession(benchmark="t.py::a", base="1" * 40, samples={"2" * 40: SAMPLE, "": SAMPLE})],
        reaches={"1" * 40: {"t.py::a": Reach(functions={"f": 1}, lines={"f": 2}, files=("f.py",), complete=True)}},
        skipped={"3" * 40: "it hangs"},
        iterations={"t.py::a": 3},
        measured=7,
    )
    save_checkpoint(tmp_path / "bisect" / "x.json", checkpoint)
    assert load_checkpoint(tmp_path / "bisect" / "x.json") == checkpoint


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 0}', '{"format": 2, "sessions": 3}'])
def test_a_broken_file_is_an_empty_search(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(seal(text) if text.startswith('{"') else text)
    assert load_checkpoint(tmp_path / "x.json") == Checkpoint()
    assert load_checkpoint(tmp_path / "none.json") == Checkpoint()


def test_only_the_newest_searches_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        save_checkpoint(tmp_path / f"{number:020x}.json", Checkpoint(measured=number))
    assert len(list(tmp_path.glob("*.json"))) == KEPT


def test_what_came_with_the_repository_was_not_measured_here(tmp_path: Path) -> None:
    """Else a commit could bring its own proof that another one is the culprit."""
    file = tmp_path / "x.json"
    save_checkpoint(file, Checkpoint(measured=7))
    document = json.loads(file.read_text())
    del document["seal"]
    file.write_text(json.dumps(document))
    assert load_checkpoint(file) == Checkpoint()


def test_files_that_are_no_checkpoints_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("mine")
    for number in range(KEPT + 5):
        save_checkpoint(tmp_path / f"{number:020x}.json", Checkpoint())
    assert (tmp_path / "notes.json").read_text() == "mine"


def test_a_confirmed_slowdown_is_where_a_search_starts() -> None:
    checkpoint = Checkpoint()
    checkpoint.start_with("t.py::a", "1" * 40, "", [SAMPLE, SAMPLE])
    assert [session.samples for session in checkpoint.sessions] == [{"": SAMPLE}] * 2
    checkpoint.start_with("t.py::a", "1" * 40, "", [SAMPLE])  # what the search measured itself stays as it is
    assert len(checkpoint.sessions) == 2
    checkpoint.start_with("t.py::b", "1" * 40, "", [SAMPLE])
    assert len(checkpoint.sessions) == 3
