"""A search as people read it."""

import dataclasses
from typing import Any

import pytest

import searches
from bench_agent.render.culprits import left_in_words, render_search
from bench_agent.render.terminal import Screen
from bench_agent.results.culprits import SearchedRange

PLAIN = Screen(width=100, color=False, plain=True, box=False)


def first_line(found: object) -> str:
    return render_search(found, PLAIN).split("\n")[0]  # type: ignore[arg-type]


def test_the_first_line_says_who_how_much_with_what_proof_and_through_which_function() -> None:
    assert first_line(searches.search(searches.proved())) == (
        "`abc12340 Feat: nested joins` made `test_parse_deep` 5.8x slower (proved: 5.7-5.9x against its parent, "
        "the whole of the change); `Parser._parse_table` now runs 41x as often"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"own_s": (1.2e-3, 6.9e-3)},
            "`Parser._parse_table` now runs 41x as often (1.2 ms -> 6.9 ms per call of the benchmark)",
        ),
        (
            {"own_s": (1.2e-3, 6.9e-3), "calls": (3, 3), "lines": (60, 60)},
            "`Parser._parse_table` now takes 1.2 ms -> 6.9 ms per call of the benchmark",
        ),
        (
            {"own_s": (1.2e-3, 6.9e-3), "calls": (3, 3), "lines": (0, 0), "built_in": "sorted"},
            "built-in `sorted`, called by `Parser._parse_table`, now takes 1.2 ms -> 6.9 ms per call of the benchmark",
        ),
        (
            {"own_s": (0.0, 6.9e-3), "calls": (0, 3), "lines": (0, 0), "built_in": "sorted", "name": ""},
            "built-in `sorted`, called by the benchmark, now runs 3 times, and did not before "
            "(0 s -> 6.9 ms per call of the benchmark)",
        ),
        ({"own_s": (1.2e-3, 1.1e-3)}, "`Parser._parse_table` now runs 41x as often"),
    ],
)
def test_the_first_line_has_the_own_time_before_and_after(changes: dict[str, Any], words: str) -> None:
    grown = dataclasses.replace(searches.PARSED, **changes)
    assert first_line(searches.search(searches.proved(grown=grown))).endswith(f"; {words}")


def test_several_culprits_have_a_line_and_a_share_each() -> None:
    text = render_search(
        searches.search(searches.proved(share=0.7, ratio=1.3), searches.proved(share=0.3, ratio=1.12)), PLAIN
    )
    lines = text.split("\n")
    assert "30 % slower (proved: +27 % to +33 % against its parent, 70 % of the change)" in lines[0]
    assert "30 % of the change" in lines[1]


def test_without_a_culprit_nobody_is_named_and_suspects_are_called_suspects() -> None:
    assert first_line(searches.search(verdict="same", interval=(0.99, 1.01))) == (
        "`test_parse_deep` did not get slower between 11111111 and the working tree (-1 % to +1 %): nobody is named"
    )
    text = render_search(searches.search(range=SearchedRange(commits=40, left=("a" * 40, "b" * 40))), PLAIN)
    assert "no commit could be proved" in text
    assert "suspects, not proved:" in text
    assert "if one commit did it, it lies among: aaaaaaaa, bbbbbbbb" in text


def test_a_search_that_ended_for_lack_of_time_does_not_word_itself_as_a_result() -> None:
    text = render_search(searches.search(out_of_time=True, range=SearchedRange(commits=40, left=("a" * 40,))), PLAIN)
    assert text.split("\n")[0] == (
        "`test_parse_deep` got slower between 11111111 and the working tree (5.7x to 6.1x); the time ended before a commit was "
        "proved to have done it: the same command with a larger --budget goes on where it stopped"
    )
    assert "could be proved" not in text
    assert "it lies so far among: aaaaaaaa" in text


def test_a_culprit_beside_what_was_not_searched_is_not_told_as_all_of_it() -> None:
    text = render_search(searches.search(searches.proved(share=0.4), out_of_time=True), PLAIN)
    assert "the time ended before the rest of the slowdown was searched" in text.split("\n")[1]
    assert "suspects of the rest, if one commit did it, not proved:" in text


def test_what_it_rests_on_what_was_skipped_and_what_it_cost_follow() -> None:
    text = render_search(searches.search(searches.proved()), PLAIN)
    assert "reverting it in the newest version gives back 97 % of the change, measured" in text
    assert "+ return self._parse_table()" in text
    assert "skipped eeeeeeee: ImportError: half done" in text
    assert "something made it faster" in text
    assert (
        "40 commits in 11111111..the working tree searched, by counting what it executes: 44 measurements, 12 s" in text
    )


def test_text_from_the_repository_cannot_reach_the_terminal() -> None:
    found = searches.search(searches.proved(subject=searches.HOSTILE), benchmark=f"t.py::{searches.HOSTILE}")
    text = render_search(found, PLAIN)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.split("\n"))) < 700


def test_what_the_ends_left_open_is_no_answer_that_nobody_did_it() -> None:
    open_ = [searches.search(benchmark=f"b.py::test_{n}", verdict="undecided", ratio=1.23, culprits=()) for n in "ab"]
    left = [searches.search(benchmark="b.py::test_s", ratio=1.4), *open_]
    left += [searches.search(benchmark=f"b.py::test_{n}", verdict="undecided", ratio=None) for n in "cdef"]
    assert left_in_words(left, {"b.py::test_a": "a"}, since="1" * 40) == (
        "not known of 7 benchmarks since 11111111, for lack of time: b.py::test_s (+40 %, not searched), a (+23 % so far), "
        "b.py::test_b (+23 % so far), b.py::test_c (not measured), b.py::test_d (not measured) and 2 more; "
        "name one, or allow more with --budget"
    )
    assert left_in_words([], {}, since="1" * 40) == ""
