"""After a fix of memory: what is gone, what is left, by exact figures; and the command on a real project."""

from pathlib import Path

import pytest

from bench_agent.compare.verify_memory import judge, outcome_of
from bench_agent.results.memory import GrownLine, MemoryRow
from bench_agent.results.verification import Claim, Verification, is_fixed
from projects import make_project

MB = 1_000_000
CLAIM = Claim(id="t.py::test_a", name="a", good="1a2b3c4d" * 5, slow="0a0b0c0d" * 5)


def row(verdict: str, base: float, head: float, **changes: object) -> MemoryRow:
    values = {"benchmark": CLAIM.id, "exact": True, "sessions": 2, **changes}
    return MemoryRow(verdict=verdict, base_bytes=base, head_bytes=head, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "gained", "outcome"),
    [
        (row("same", MB, MB), row("less", 5 * MB, MB), "gone"),
        (row("less", MB, 100), None, "gone"),
        (row("more", MB, 5 * MB), row("same", 5 * MB, 5 * MB), "still_there"),
        (row("more", MB, 2 * MB), row("less", 5 * MB, 2 * MB), "part_left"),
        (row("more", MB, 9 * MB), row("more", 5 * MB, 9 * MB), "worse"),
        (row("more", MB, 2 * MB), None, "left"),
        (row("undecided", MB, 2 * MB), row("less", 5 * MB, 2 * MB), "undecided"),
        (None, row("less", 5 * MB, MB), "not_measured"),
        (row("same", MB, MB, leaks=True, head_left_bytes=900.0),
         row("same", MB, MB, base_left_bytes=900.0, head_left_bytes=900.0), "still_there"),
        (row("same", MB, MB, leaks=True, head_left_bytes=400.0),
         row("same", MB, MB, base_left_bytes=900.0, head_left_bytes=400.0), "part_left"),
    ],
)  # fmt: skip
def test_the_outcome(left: MemoryRow | None, gained: MemoryRow | None, outcome: str) -> None:
    assert outcome_of(left, gained) == outcome


def test_what_is_left_is_told_with_its_figures_and_lines() -> None:
    line = GrownLine(path="a.py", line=3, text="x = []", head_bytes=MB)
    told = judge(CLAIM, row("more", MB, 2 * MB, lines=(line,)), row("less", 5 * MB, 2 * MB))
    assert told.text == "part of it is left: one call holds 2 MB, was 1 MB at 1a2b3c4d, 5 MB at 0a0b0c0d"
    assert told.lines == (line,)
    assert not is_fixed(Verification(benchmarks=(), memory=(told,)))
    assert is_fixed(Verification(benchmarks=(), memory=(judge(CLAIM, row("same", MB, MB), None),)))
    assert not is_fixed(Verification(benchmarks=()))


def test_what_each_call_still_leaves_behind_is_told_though_it_is_no_leak_by_the_rule() -> None:
    told = judge(CLAIM, row("same", MB, MB, head_left_bytes=130.0), None)
    assert told.outcome == "gone"
    assert "each call leaves 130 B behind, too little to be told" in told.text
    assert "leaves" not in judge(CLAIM, row("same", MB, MB, base_left_bytes=67.0, head_left_bytes=67.0), None).text


SUITE = "import mod\n\n\ndef test_total(benchmark):\n    benchmark(mod.total)\n"
BEFORE = "def total():\n    values = (n * 1000 for n in range(40_000))\n    return sum(values)\n"
AFTER = BEFORE.replace("(n * 1000 for n in range(40_000))", "[n * 1000 for n in range(40_000)]")


@pytest.mark.long
def test_the_command_says_whether_the_memory_is_given_back(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    project.write("mod.py", BEFORE)
    project.commit()
    project.git("tag", "start")
    project.write("mod.py", AFTER)
    project.commit("Read it whole")
    asked = ("verify", "total", "--good", "start", "--slow", "HEAD", "--metric", "memory", "--fail-on", "any")
    project.write("mod.py", AFTER + "\n\nUNUSED = 1\n")
    done = project.run(*asked)
    assert (done.code, "total: memory still there: one call holds 1.63 MB" in done.out) == (1, True), done.text
    assert "mod.py:2 1.6 MB more at the peak" in done.out
    project.write("mod.py", BEFORE)
    done = project.run(*asked)
    assert (done.code, "total: memory gone: one call holds" in done.out) == (0, True), done.text
