import math
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.text.clean import MAX_TEXT, clean_text, finite_or_none
from reports import HOSTILE

anything = st.one_of(
    st.text(),
    st.text(alphabet="\x1b[]m;0123\x07\\ a\u202e\u200b\n\t\x00\x9b"),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Co", "Zs", "Ll"])),
)


@given(anything, st.integers(min_value=1, max_value=300))
def test_cleaned_text_is_one_bounded_line_without_control_characters(text, limit):
    cleaned = clean_text(text, limit=limit)
    assert len(cleaned) <= limit
    assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    assert cleaned == " ".join(cleaned.split())


@given(anything, st.integers(min_value=1, max_value=300))
def test_cleaning_again_changes_nothing(text, limit):
    cleaned = clean_text(text, limit=limit)
    assert clean_text(cleaned, limit=limit) == cleaned


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=MAX_TEXT))
def test_readable_text_stays_as_it_is(text):
    assert clean_text(text) == text


def test_escape_sequences_go_whole():
    assert clean_text("\x1b[31mred\x1b[0m \x1b]0;title\x07and \x1b]8;;https://x\x1b\\link") == "red and link"


def test_hostile_text_keeps_its_words():
    cleaned = clean_text(HOSTILE)
    assert "\x1b" not in cleaned
    assert "\u202e" not in cleaned
    assert "line break" in cleaned


def test_what_is_cut_is_marked():
    assert clean_text("x" * 300) == "x" * (MAX_TEXT - 1) + "…"


def test_a_subject_of_ten_megabytes_costs_next_to_nothing():
    began = time.process_time()
    clean_text("\x1b[" * 5_000_000)
    assert time.process_time() - began < 0.5


def test_other_values_are_written_first():
    assert clean_text(None) == "None"
    assert clean_text(b"\x00") == "b'\\x00'"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "1", None, [1]])
def test_what_is_no_number_is_none(value):
    assert finite_or_none(value) is None


def test_finite_numbers_stay():
    assert finite_or_none(3) == 3.0
    assert finite_or_none(-0.5) == -0.5
