"""The order in which a run measures again: what looks slower, its commit, and then what stored runs can't clear."""

from pathlib import Path

import pytest

from bench_agent.compare.in_order import left_waiting, merged
from bench_agent.results.comparison import Confirmation
from projects import make_project

NAMES = ("one", "two", "three")
SUITE = "import mod\n\n\n" + "\n\n".join(f"def test_{name}(benchmark):\n    benchmark(mod.{name})\n" for name in NAMES)
LOOP = "def {name}():\n    total = 0\n    for n in range({steps}):\n        total += n % 7\n    return total\n"


def code(one: int, start: int) -> str:
    """Two of the three execute a changed line whose work is the same."""
    texts = [LOOP.format(name=name, steps=one if name == "one" else 20_000) for name in NAMES]
    return "\n\n".join([texts[0], *(text.replace("total = 0", f"total = {start}") for text in texts[1:])])


@pytest.mark.long
def test_the_commit_is_searched_before_the_doubtful_are_measured_and_they_go_on_after(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("mod.py", code(20_000, 0))
    project.commit()
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert project.run("run", "--json", "--no-confirm", timeout=120, **environment).code == 0
    for number, text in enumerate((code(20_000, 1), code(60_000, 1), code(60_000, 2))):
        project.write("mod.py", text)
        project.commit(f"Change {number}")
    slow = project.git("rev-parse", "HEAD~1")
    done = project.run("run", "--json", timeout=300, **environment)
    said = done.err.splitlines()
    searching = next(n for n, line in enumerate(said) if "looking for what made" in line)
    going_on = next(n for n, line in enumerate(said) if "measuring on: 2 benchmarks are still open" in line)
    assert searching < going_on, done.err
    (finding,) = [found for found in done.json["regressions"] if found["benchmark"] == "one"]
    assert (finding["suspects"][0]["sha"], finding["suspects"][0]["proved"]) == (slow, True)
    rows = {row["benchmark"]: row for row in done.json["benchmarks"]}
    assert all(rows[name]["pairs"] for name in NAMES), done.json["warnings"]


def test_what_waited_in_vain_is_said() -> None:
    known = Confirmation(base_sha="a" * 40, waiting=("x", "y"))
    told = left_waiting(known)
    assert told.waiting == ()
    assert told.warnings == (
        "2 benchmarks were not measured again: the budget went to the commit of what is confirmed; allow more with "
        "--budget, or choose with -k",
    )
    assert left_waiting(Confirmation()) == Confirmation()


def test_what_was_held_against_another_base_says_so_and_why_it_could_not_be_measured() -> None:
    known = Confirmation(base_sha="a" * 40, untouched=frozenset({"x"}))
    later = Confirmation(base_sha="b" * 40, untouched=frozenset({"y"}), note="no worktree")
    told = merged(known, later)
    assert (told.base_of("x"), told.base_of("y"), told.untouched) == ("a" * 40, "b" * 40, {"x", "y"})
    assert told.warnings == ("not all was measured again: no worktree",)


@pytest.mark.long
def test_questions_of_several_commits_are_each_measured_against_their_own(tmp_path: Path) -> None:
    early = "import mod\n\n\ndef test_early(benchmark):\n    benchmark(mod.early)\n"
    late = "\n\ndef test_late(benchmark):\n    benchmark(mod.late)\n"
    project = make_project(tmp_path / "project", suite=early)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    shas = []
    for early_steps, late_steps in ((20_000, 0), (28_000, 0), (28_000, 20_000), (28_000, 28_000)):
        text = LOOP.format(name="early", steps=early_steps)
        if late_steps:
            text += "\n\n" + LOOP.format(name="late", steps=late_steps)
            project.write("tests/benchmark/test_it.py", early + late)
        project.write("mod.py", text)
        project.commit(f"{early_steps} {late_steps}")
        shas.append(project.git("rev-parse", "HEAD"))
        done = project.run("run", "--json", timeout=300, **environment)
    rows = {row["benchmark"]: row for row in done.json["benchmarks"]}
    assert {name: (row["mark"], row["against"]) for name, row in rows.items()} == {
        "early": ("regressed", shas[0][:8]),
        "late": ("regressed", shas[2][:8]),
    }, done.json["warnings"]
    causes = {found["benchmark"]: found["suspects"][0]["sha"] for found in done.json["regressions"]}
    assert causes == {"early": shas[1], "late": shas[3]}
