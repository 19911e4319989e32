import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.text.benchmark_names import name_benchmarks, tell_apart

pieces = st.sampled_from(
    ["test_", "test_m", "m", "bench_m", "a.py", "b/a.py", "TestK", "::", "/", ".", "[", "]", "x::y", ""]
)
ids = st.lists(st.one_of(st.lists(pieces, max_size=6).map("".join), st.text(max_size=12)), unique=True, max_size=12)


@given(ids, st.dictionaries(st.one_of(st.sampled_from(["test_m", "m"]), st.text(max_size=6)), st.text(max_size=4)))
def test_distinct_ids_have_distinct_names(ids, configured):
    names = name_benchmarks(ids, configured)
    assert list(names) == ids
    assert len(set(names.values())) == len(ids)


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("tests/benchmark/test_shop.py::test_checkout", "checkout"),
        ("tests/benchmark/test_shop.py::TestCart::test_add", "add"),
        ("bench/bench_core.py::bench_parse", "parse"),
        ("tests/a/test_a.py::test_param[a/b::c[d]]", "param[a/b::c[d]]"),
        ("tests/a.py::test_", "test_"),
        ("just a name", "just a name"),
        ("BM_copy<std::string>/8", "BM_copy<std::string>/8"),
    ],
)
def test_a_name_is_the_tests_own_without_its_prefix(id, name):
    assert name_benchmarks([id], {}) == {id: name}


def test_two_of_one_name_get_their_class_else_their_file_in_front():
    ids = ["a/test_a.py::TestK::test_m", "b/test_b.py::test_m", "b/test_b.py::test_other"]
    assert list(name_benchmarks(ids, {}).values()) == ["TestK.m", "test_b.m", "other"]


def test_what_class_and_file_do_not_tell_apart_keeps_its_id():
    ids = ["a/test_a.py::TestK::test_m", "b/test_b.py::TestK::test_m"]
    assert list(name_benchmarks(ids, {}).values()) == ids


def test_an_id_that_is_what_another_is_called_does_not_hide_it():
    names = name_benchmarks(["test_m", "m", "a.py::test_test_m"], {})
    assert len(set(names.values())) == 3


def test_configured_names_win_by_id_by_name_and_without_parameters():
    configured = {"a.py::test_x": "by id", "test_y": "by name", "test_z": "short"}
    ids = ["a.py::test_x", "b.py::TestK::test_y", "b.py::test_z[1-2]", "c.py::test_w"]
    assert list(name_benchmarks(ids, configured).values()) == ["by id", "by name", "short[1-2]", "w"]


def test_a_configured_name_can_tell_classes_apart():
    configured = {"TestA::test_m": "first", "a.py::TestB::test_m": "second", "test_m": "any"}
    ids = ["a.py::TestA::test_m[1]", "a.py::TestB::test_m", "a.py::TestC::test_m"]
    assert list(name_benchmarks(ids, configured).values()) == ["first[1]", "second", "any"]


def test_a_thousand_benchmarks_of_one_name_cost_little():
    ids = [f"a.py::TestK::test_m[{i}]" for i in range(1000)] + [f"{i}/a.py::TestK::test_n" for i in range(1000)]
    assert len(set(name_benchmarks(ids, {}).values())) == 2000


def test_names_cut_to_the_room_stay_different():
    names = [
        f"multidict_getall_str_hit[{kind}-module-{lib}]" for kind in ("case-sensitive", "ci") for lib in ("c", "py")
    ]
    assert len(set(tell_apart(names, 24))) == 4


def test_a_name_that_is_different_in_its_middle_only_is_cut_elsewhere():
    shown = tell_apart([f"hook_and_wrappers_speed[{hooks}-wrappers=10]" for hooks in (10, 20)], 26)
    assert len(set(shown)) == 2
    assert all(len(text) <= 26 for text in shown)


def test_names_that_fit_and_equal_names_are_left_as_they_are():
    assert tell_apart(["a", "b", "a"], 5) == ["a", "b", "a"]


def test_names_that_no_single_cut_tells_apart_get_more_room():
    names = [f"a{'x' * 20}{one}{'y' * 20}{two}{'z' * 20}" for one in "12" for two in "12"]
    shown = tell_apart(names, 20)
    assert len(set(shown)) == 4
    assert max(map(len, shown)) < 64


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(3, 40))
def test_different_names_are_shown_differently_in_any_room(names, room):
    shown = tell_apart(names, room)
    assert len(set(shown)) == len(set(names))
