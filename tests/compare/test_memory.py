"""Memory of two versions: which lines grew, and the whole way through `bench-agent compare`."""

import time
from pathlib import Path

import pytest

from bench_agent.compare.memory import in_words, no_lines_in_words, unseen_in_words
from bench_agent.compare.memory_sessions import NOT_REACHED, Clock, MemoryLimits, judge_sides
from bench_agent.detect.memory import LINES_TOLD, grown_lines
from bench_agent.records import AllocatingLine, CallMemory, MemorySides
from projects import make_project


def line(number: int, text: str, size: int, path: str = "a.py") -> AllocatingLine:
    return AllocatingLine(path=path, line=number, text=text, bytes=size, blocks=1)


def test_a_line_that_moved_is_the_same_line() -> None:
    assert grown_lines([line(3, "x = []", 50)], [line(9, "x = []", 50)], grown=50) == ()


def test_lines_that_grew_come_with_what_they_held_before_the_largest_first() -> None:
    found = grown_lines([line(1, "small", 10)], [line(1, "small", 60), line(7, "new", 500)], grown=550)
    assert [(one.line, one.base_bytes, one.head_bytes) for one in found] == [(7, 0, 500), (1, 10, 60)]


def test_two_lines_of_one_text_are_added_up() -> None:
    (found,) = grown_lines(
        [line(1, "x.append(y)", 10)], [line(1, "x.append(y)", 10), line(5, "x.append(y)", 40)], grown=40
    )
    assert (found.base_bytes, found.head_bytes, found.head_blocks) == (10, 50, 2)


def test_a_line_that_explains_next_to_nothing_is_not_blamed() -> None:
    after = [line(7, "new", 1_000_000), line(1, "def word(s):", 700), line(3, "benchmark(f)", 132)]
    assert [one.line for one in grown_lines([], after, grown=1_000_000)] == [7]


def test_lines_never_explain_more_than_grew_and_was_given_back() -> None:
    after = [line(7, "new", 800), line(8, "late", 700)]
    assert [one.line for one in grown_lines([], after, grown=1_000)] == [7]
    assert [one.line for one in grown_lines([line(1, "gone", 500)], after, grown=1_000)] == [7, 8]


def test_a_line_that_was_too_small_to_be_told_before_did_not_come_from_nothing() -> None:
    before = [line(number, f"line {number}", 5_000) for number in range(LINES_TOLD)]
    assert grown_lines(before, [line(90, "was the next", 5_000), line(91, "too", 5_010)], grown=5_000) == ()


def test_it_is_said_where_memory_of_extensions_is_not_seen() -> None:
    seen, unseen = (CallMemory(peak_bytes=1, native_seen=known) for known in (True, False))
    assert unseen_in_words({"a": MemorySides(base=(seen,), head=(seen,))}) == ()
    (text,) = unseen_in_words(
        {"a": MemorySides(base=(seen,), head=(seen,)), "b": MemorySides(base=(unseen,), head=(unseen,))}
    )
    assert "is not seen here" in text


@pytest.mark.parametrize(("count", "verdict", "unsettled"), [(1, "undecided", True), (2, "more", False)])
def test_one_session_of_each_version_proves_nothing(count: int, verdict: str, unsettled: bool) -> None:
    one, other = CallMemory(peak_bytes=1_000_000), CallMemory(peak_bytes=9_000_000, left_bytes=5_000.0)
    change = judge_sides("a", MemorySides(base=(one,) * count, head=(other,) * count), MemoryLimits())
    assert (change.verdict, change.unsettled, change.regressed, change.leaks) == (
        verdict,
        unsettled,
        count > 1,
        count > 1,
    )


def test_sessions_that_no_longer_fit_the_budget_are_not_begun() -> None:
    now = time.monotonic()
    clock = Clock(deadline=now + 5.0)
    assert not clock.is_over, "nothing is known of how long they take"
    clock.took(9.0)
    assert clock.is_over
    clock.took(1.0)
    assert not clock.is_over
    assert Clock(deadline=now - 1.0).is_past


SUITE = "import mod\n\n\ndef test_total(benchmark):\n    benchmark(mod.total)\n\n\ndef test_look(benchmark):\n    benchmark(mod.look)\n"
BEFORE = (
    "import itertools\n_seen, _count = {}, itertools.count()\n\n\ndef total():\n"
    "    values = (n * 1000 for n in range(40_000))\n    return sum(values)\n\n\n"
    "def look():\n    _seen['last'] = [0] * 200\n"
)
AFTER = BEFORE.replace("(n * 1000 for n in range(40_000))", "[n * 1000 for n in range(40_000)]").replace(
    "'last'", "next(_count)"
)


@pytest.mark.long
def test_compare_tells_what_holds_more_and_what_leaks_with_their_lines_and_fails_on_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", suite=SUITE)
    project.write("mod.py", BEFORE)
    project.write(".gitignore", ".benchmark/\n__pycache__/\n")
    project.commit()
    project.write("mod.py", AFTER)
    project.commit()
    done = project.run(
        "compare", "HEAD~1", "HEAD", "--json", "--budget", "150", "--fail-on", "regression",
        timeout=300, XDG_CACHE_HOME=str(tmp_path / "cache"),
    )  # fmt: skip
    assert done.json["memory"], done.json["warnings"]
    rows = {row["benchmark"].rpartition("::")[2]: row for row in done.json["memory"]}
    total, look = rows["test_total"], rows["test_look"]
    assert (total["verdict"], total["regressed"], total["leaks"]) == ("more", True, False)
    assert (total["lines"][0]["path"], total["lines"][0]["line"]) == ("mod.py", 6)
    assert look["leaks"]
    assert look["head_left_bytes"] > 1_500
    assert (look["left_lines"][0]["path"], look["left_lines"][0]["line"]) == ("mod.py", 11)
    assert done.code == 1


def test_what_was_not_traced_is_named_up_to_three_with_how_many_more() -> None:
    (text,) = in_words({f"bench/test_x.py::test_{name}": NOT_REACHED for name in "abcde"})
    assert text.startswith(
        "memory of 5 benchmarks not traced (test_a, test_b, test_c and 2 more): not reached in the time"
    )
    assert "(test_a)" in in_words({"t.py::test_a": "it can't be called"})[0]


def test_a_growth_whose_lines_were_not_found_says_so() -> None:
    assert no_lines_in_words([]) == ()
    (text,) = no_lines_in_words([f"bench/test_x.py::test_{name}" for name in "abcde"])
    assert text.startswith(
        "which lines hold more memory was not found in the time for test_a, test_b, test_c and 2 more: "
    )
