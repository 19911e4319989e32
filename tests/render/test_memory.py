"""Memory in words, as a table and as Markdown; foreign text is only text."""

import json
from dataclasses import replace

from bench_agent.render.memory import markdown, render_memory
from bench_agent.render.memory_search import MemorySearchForms
from bench_agent.render.memory_wording import allocations, change, lines_of, sentences, verdict
from bench_agent.render.terminal import Screen
from bench_agent.results.culprits import SearchedRange, Skipped
from bench_agent.results.memory import AllocationProfile, GrownLine, MemoryRow
from bench_agent.results.memory_search import MemoryCulprit, MemorySearch, is_found_in
from searches import HOSTILE

SCREEN = Screen(width=120)
ID = "t.py::test_a"
LINE = GrownLine(path="mod.py", line=6, text="values = list(rows)", base_bytes=100, head_bytes=3_000_100, head_blocks=9)
ROW = MemoryRow(
    benchmark=ID, verdict="more", base_bytes=1e6, head_bytes=4e6, exact=True, sessions=3, regressed=True, lines=(LINE,)
)
LEAK = replace(
    ROW, verdict="same", regressed=False, leaks=True, head_left_bytes=1_684.0, head_bytes=1e6, left_lines=(LINE,)
)
NAMES = {ID: "parse"}


def test_a_growth_a_leak_and_a_suspicion_are_said_in_few_words() -> None:
    assert verdict(ROW) == "regressed: over its limit of 20 %"
    assert verdict(replace(ROW, target_bytes=2e6)) == "regressed: over its target of 2 MB"
    assert verdict(replace(ROW, regressed=False)) == "more"
    assert verdict(LEAK) == "leaks 1.68 kB a call"
    assert verdict(replace(LEAK, leaks=False)) == "the same"
    assert verdict(replace(LEAK, leaks=False, unseen_bytes=5e6)).startswith("suspected: the process grew by 5 MB")
    assert (
        verdict(replace(ROW, regressed=False, verdict="undecided")) == "undecided: it differs from session to session"
    )


def test_growth_from_nothing_is_told_in_bytes_and_the_same_as_about() -> None:
    assert (change(replace(ROW, base_bytes=0.0)), change(LEAK)) == ("+4 MB", "~")


def test_the_lines_of_a_leak_are_those_that_are_left_behind() -> None:
    assert lines_of(LEAK) == ["mod.py:6 3 MB more left behind a call (+9 allocations, was 100 B): values = list(rows)"]
    assert lines_of(ROW) == ["mod.py:6 3 MB more at the peak (+9 allocations, was 100 B): values = list(rows)"]
    assert lines_of(replace(ROW, regressed=False, verdict="less")) == []


def test_sentences_name_the_benchmark_the_line_and_the_command_for_the_commit() -> None:
    command = "bench-agent bisect parse --metric memory --good abc"
    told = sentences([replace(ROW, next_command=command), replace(LEAK, leaks=False)], NAMES)
    assert told[0] == "parse: one call holds 4 MB, was 1 MB (4x): regressed: over its limit of 20 %"
    assert told[1:] == [
        "  mod.py:6 3 MB more at the peak (+9 allocations, was 100 B): values = list(rows)",
        f"  which commit did it: {command}",
    ]
    assert f"`{command}`" in markdown([replace(ROW, next_command=command)], NAMES)


def test_the_table_shows_what_changed_and_counts_the_rest() -> None:
    same = replace(LEAK, leaks=False)
    text = "\n".join(render_memory([ROW, same], NAMES, SCREEN))
    assert "4x" in text
    assert "1 of 2 benchmarks the same; 2 to the byte in all sessions" in text
    assert (
        "2 traced of 5 benchmarks: 1 the same; 2 to the byte"
        in render_memory([ROW, same], NAMES, SCREEN, untraced=3)[-1]
    )
    assert render_memory([], NAMES, SCREEN) == []
    assert markdown([same], NAMES) == ""


def test_a_profile_tells_what_is_held_and_by_which_line() -> None:
    profile = AllocationProfile(benchmark=ID, peak_bytes=4_000_000, left_bytes=12.0, lines=(LINE,), left_lines=(LINE,))
    assert allocations([profile], NAMES) == [
        "parse: one call holds 4 MB, each leaves 12 B behind",
        "  3 MB in 9 blocks  mod.py:6  values = list(rows)",
        "  left behind a call: 3 MB in 9 blocks  mod.py:6  values = list(rows)",
    ]


def test_foreign_text_is_only_text() -> None:
    line = replace(LINE, path=HOSTILE, text=HOSTILE)
    row = replace(ROW, benchmark=HOSTILE, lines=(line,), next_command=HOSTILE)
    culprit = replace(CULPRIT, subject=HOSTILE, lines=(line,), note=HOSTILE)
    searched = replace(SEARCH, benchmark=HOSTILE, culprits=(culprit,), warnings=(HOSTILE,))
    forms = MemorySearchForms(searches=[searched], nothing=SEARCH, names={}, benchmarks=1)
    for text in (*sentences([row], {}), markdown([row], {}), forms.text(SCREEN), forms.markdown()):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert len(text) < 5_000


CULPRIT = MemoryCulprit(
    sha="abc12345" + "0" * 32, subject="Read it whole", parent_bytes=1e6, bytes=4e6, share=1.0, sessions=3, lines=(LINE,),
    restored=0.99,
)  # fmt: skip
SEARCH = MemorySearch(
    benchmark=ID, good="1111111122222222", bad="working tree", verdict="more", regressed=True, base_bytes=1e6,
    head_bytes=4e6, culprits=(CULPRIT,), range=SearchedRange(commits=9), measurements=17, seconds=4.2,
)  # fmt: skip


def told(*searches: MemorySearch) -> str:
    return forms(*searches).text(SCREEN)


def forms(*searches: MemorySearch, left: tuple[MemorySearch, ...] = ()) -> MemorySearchForms:
    nothing = replace(SEARCH, benchmark="", verdict="same", culprits=(), base_bytes=None, head_bytes=None)
    return MemorySearchForms(searches=searches, left=left, nothing=nothing, names=NAMES, benchmarks=3)


def test_a_proved_commit_is_one_line_with_its_line_and_its_revert_below() -> None:
    assert told(SEARCH).splitlines() == [
        "`abc12345 Read it whole` made one call of `parse` hold 4 MB, was 1 MB (proved: 3 sessions each lie apart; the whole "
        "of the growth)",
        "  - mod.py:6 3 MB more at the peak (+9 allocations, was 100 B): values = list(rows)",
        "  - taking only this commit back gives 99 % of the growth back",
        "9 commits, 17 sessions, 4.2 s",
    ]


def test_a_leak_and_a_set_of_commits_are_named_as_such() -> None:
    among = replace(CULPRIT, among=("a", "b"), share=0.5, restored=None, note="it does not apply")
    text = told(replace(SEARCH, metric="left", culprits=(among,)))
    assert text.startswith(
        "one of 2 commits up to `abc12345 Read it whole` made each call of `parse` leave 4 MB behind"
    )
    assert "50 % of the growth" in text
    assert "taking it back was not tried: it does not apply" in text


def test_a_search_that_was_stopped_names_nobody_and_says_where_it_lies() -> None:
    left = SearchedRange(commits=9, left=("a" * 40, "b" * 40))
    text = told(replace(SEARCH, culprits=(), interrupted=True, range=left))
    assert "stopped before it was known which commit did it" in text
    assert "what is largest of it lies so far among: aaaaaaaa, bbbbbbbb" in text
    assert "allow more with --budget" in told(replace(SEARCH, culprits=(), out_of_time=True))


def test_nobody_is_named_where_nothing_grew() -> None:
    assert told() == "none of 3 benchmarks holds more in one call since 11111111: nobody is named\n"
    assert "holds no more between 11111111 and working tree" in told(replace(SEARCH, verdict="same", culprits=()))
    assert "no commit could be proved" in told(replace(SEARCH, culprits=()))
    skipped = tuple(Skipped(sha=f"{n}" * 40, reason="no") for n in range(9))
    assert "… and 4 more skipped" in told(replace(SEARCH, skipped=skipped))


def test_json_holds_the_first_search_and_the_others() -> None:
    document = json.loads(forms(SEARCH, SEARCH).json())
    assert document["schema"] == "bench-agent/memory-culprits/1"
    assert (document["culprits"][0]["subject"], len(document["others"])) == ("Read it whole", 1)


def test_what_the_ends_did_not_clear_is_named_with_why_and_is_no_pass() -> None:
    untraced = replace(
        SEARCH,
        verdict="undecided",
        culprits=(),
        regressed=False,
        base_bytes=None,
        head_bytes=None,
        warnings=("it hangs",),
    )
    left = (replace(SEARCH, culprits=(), out_of_time=True), replace(untraced, benchmark="a.py::test_b"))
    text = forms(left=left).text(SCREEN)
    assert "nobody is named" not in text
    assert text == (
        "memory not known of 2 benchmarks since 11111111: parse (holds 4 MB, was 1 MB; not searched), "
        "a.py::test_b (it hangs); name one, or allow more with --budget\n"
    )
    document = json.loads(forms(left=left).json())
    assert [document["verdict"], document["others"][0]["verdict"]] == ["more", "undecided"]
    assert is_found_in([untraced], "undecided")
    assert is_found_in([untraced], "any")
    assert not is_found_in([untraced], "regression")
    several = replace(untraced, warnings=(), base_bytes=1.0)
    assert "(differs from session to session); name one\n" in forms(left=(several,)).text(SCREEN)


def test_a_peak_that_grew_by_a_leak_tells_the_leak_too() -> None:
    leaking = replace(CULPRIT, parent_left_bytes=0.0, left_bytes=5_050.0)
    assert "hold 4 MB, was 1 MB; each leaves 5.05 kB behind, was nothing (proved" in told(
        replace(SEARCH, culprits=(leaking,))
    )
    nobody = replace(SEARCH, culprits=(), base_left_bytes=0.0, head_left_bytes=5_050.0)
    assert "(1 MB, 4 MB; each leaves 5.05 kB behind, was nothing)" in told(nobody)
    assert "each leaves" not in told(replace(SEARCH, culprits=(replace(leaking, left_bytes=9.0),)))


def test_what_both_versions_had_alike_is_said_behind_the_sentence_once() -> None:
    rows = [replace(ROW, note="not in this: Makefile differs"), replace(LEAK, note="not in this: Makefile differs")]
    assert render_memory(rows, NAMES, SCREEN)[-1].endswith("in all sessions; not in this: Makefile differs")


def test_what_had_one_session_is_not_said_to_differ_from_session_to_session() -> None:
    row = replace(ROW, regressed=False, verdict="undecided", sessions=1)
    assert verdict(row) == "undecided: one session of each, and no time for more (--budget)"
