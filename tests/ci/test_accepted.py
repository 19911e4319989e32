"""Which commit of a change accepts a level: what comes after it is measured against that one."""

import json
from dataclasses import replace
from pathlib import Path

from bench_agent.ci.accepted import accepted_here
from bench_agent.config import load_config
from bench_agent.history.baseline import read_targets
from planted import git
from repositories import opened

ID = "tests/benchmark/test_it.py::test_work"


def entry(median_ms: float, because: str) -> str:
    return json.dumps({"work": {"accepted": {"median_ms": median_ms, "commit": "abc", "because": because}}})


def test_the_first_commit_with_the_level_accepts_it_whatever_reason_later_ones_give(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    shas = []
    for number, text in enumerate(("{}", entry(1.0, "a"), "notes", entry(1.0, "a better reason"), entry(2.0, "b"))):
        name = "notes.txt" if text == "notes" else "levels.json"
        (tmp_path / name).write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", f"{number}")
        shas.append(git(tmp_path, "rev-parse", "HEAD").strip())
    config = replace(load_config(tmp_path, environment={}), baseline="levels.json")

    def found(base: int, head: int) -> str | None:
        git(tmp_path, "checkout", "-q", shas[head])
        targets = read_targets(tmp_path / "levels.json")
        told = accepted_here(config, opened(tmp_path), shas[base], shas[head], targets, {ID: "work"})
        return told[ID].sha if ID in told else None

    assert found(0, 1) == found(0, 2) == found(0, 3) == shas[1]
    assert found(0, 4) == shas[4]
    assert found(1, 3) is None, "the base has it, for another reason"
