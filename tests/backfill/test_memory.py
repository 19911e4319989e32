"""`backfill --metric memory` on a real history: growth, a leak, a merge and what takes growth back, from the command to the trend."""

import os
from pathlib import Path

import jsonschema
import pytest

from bench_agent.backfill.memory import stamp_of
from bench_agent.results.contracts import CONTRACTS
from bench_agent.results.memory_history import MemoryHistory
from bench_agent.results.plain import read_as
from projects import Project, make_project

SUITE = (
    "import mod\n\n\ndef test_total(benchmark):\n    benchmark(mod.total)\n\n\n"
    "def test_words(benchmark):\n    benchmark(mod.words)\n"
)
MODULE = """
_seen = []

def total():
    values = TOTAL
    return sum(values)

def words():
    text = WORDS
    KEEP
    return len(text)
"""
LAZY, WHOLE = "(n * 1000 for n in range(20_000))", "[n * 1000 for n in range(20_000)]"
SHORT, LONG = "'word ' * 1000", "'word ' * 100_000"
TOTAL_ID, WORDS_ID = (f"tests/benchmark/test_it.py::test_{name}" for name in ("total", "words"))


def module(total: str = LAZY, words: str = SHORT, keep: str = "pass") -> str:
    return MODULE.replace("TOTAL", total).replace("WORDS", words).replace("KEEP", keep)


def plant(folder: Path) -> tuple[Project, dict[str, str]]:
    """Fourteen commits on the first-parent line; the shas of those that change memory, by what they do."""
    project = make_project(folder, suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", module())
    project.commit()
    project.git("tag", "v1")
    notes = iter(range(100))

    def note(count: int) -> None:
        for _ in range(count):
            project.write("notes.txt", f"{next(notes)}\n")
            project.commit("Note")

    def change(subject: str, text: str) -> str:
        project.write("mod.py", text)
        return project.commit(subject)

    note(3)
    shas = {"whole": change("Read it whole", module(WHOLE))}
    note(2)
    project.git("checkout", "-q", "-b", "topic")
    note(1)
    shas["long"] = change("Longer texts", module(WHOLE, LONG))
    project.git("checkout", "-q", "main")
    project.write("more.txt", "a\n")
    project.commit("More")
    project.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
    shas["merge"] = project.git("rev-parse", "HEAD")
    project.git("tag", "v2")
    shas["lazy"] = change("Read it bit by bit", module(LAZY, LONG))
    note(2)
    shas["leak"] = change("Keep the texts", module(LAZY, LONG, "_seen.append(bytes(3000))"))
    note(1)
    return project, shas


@pytest.mark.long
def test_every_change_of_memory_is_named_with_its_line_and_told_by_trend(tmp_path: Path) -> None:
    project, shas = plant(tmp_path / "project")
    markdown = tmp_path / "notes.md"
    done = project.run(
        "backfill", "v1..main", "--tags", "v*", "--metric", "memory", "--json", "--markdown", str(markdown)
    )
    assert done.code == 0, done.text
    contract = next(contract for contract in CONTRACTS if contract.name == "memory-history")
    jsonschema.Draft202012Validator(contract.schema()).validate(done.json)
    found: MemoryHistory = read_as(MemoryHistory, done.json)
    rows = {(change.sha, each.benchmark, each.metric): each for change in found.changes for each in change.benchmarks}
    assert set(rows) == {
        (shas["whole"], TOTAL_ID, "peak"),
        (shas["long"], WORDS_ID, "peak"),
        (shas["lazy"], TOTAL_ID, "peak"),
        (shas["leak"], WORDS_ID, "left"),
    }, done.text
    whole, leak = rows[shas["whole"], TOTAL_ID, "peak"], rows[shas["leak"], WORDS_ID, "left"]
    assert whole.after_bytes - whole.before_bytes > 600_000
    assert whole.taken_back_by == shas["lazy"]
    assert (whole.lines[0].path, whole.lines[0].text) == ("mod.py", f"values = {WHOLE}")
    assert leak.after_bytes == pytest.approx(3_033, abs=60)
    assert leak.lines[0].text == "_seen.append(bytes(3000))"
    assert [change.merge for change in found.changes if change.sha == shas["long"]] == [shas["merge"]]
    assert [commit.name for commit in found.commits if commit.name] == ["v1", "v2"]
    assert (found.unexplained, found.skipped, found.out_of_time) == ((), (), False)
    assert "Read it whole" in markdown.read_text()
    assert project.git("status", "--porcelain") == ""
    again = project.run("backfill", "v1..main", "--tags", "v*", "--metric", "memory", "--json")
    assert again.json["changes"] == done.json["changes"]
    assert f"going on with {found.measurements} sessions that were traced before" in again.err
    assert again.json["seconds"] < found.seconds / 2, "nothing is traced again"
    told = project.run("trend", "total")
    assert "By bench-agent backfill --metric memory, not from runs:" in told.out, told.text
    assert f"{shas['whole'][:8]} Read it whole" in told.out
    assert "Longer texts" not in told.out


def test_what_was_traced_with_other_packages_does_not_stand_beside_what_comes_now(tmp_path: Path) -> None:
    python, packages = tmp_path / "bin" / "python", tmp_path / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True)
    python.parent.mkdir()
    python.touch()
    before = stamp_of(str(python))
    assert before == stamp_of(str(python))
    os.utime(packages, (1, 1))
    assert stamp_of(str(python)) != before
    assert stamp_of(str(tmp_path / "gone")) == ""


def test_what_a_search_by_memory_does_not_have_is_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.commit()
    for option in (("--html", "page.html"), ("--cluster", "local:2")):
        done = project.run("backfill", "HEAD", "--metric", "memory", *option)
        assert (done.code, "memory" in done.err) == (2, True), done.text
