"""Why a commit made it slower, from counts and the diff."""

from bench_agent.bisection.explanation import explain, touched_functions
from bench_agent.bisection.own_time import OwnChange, OwnGrowth
from bench_agent.records import Place, Reach
from bench_agent.suspects.patches import parse_patch

SOURCE = b"def load():\n    return 1\n\n\ndef rank(xs):\n    for x in xs:\n        load()\n"
PATCH = """diff --git a/a.py b/a.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/a.py
+++ b/a.py
@@ -6 +6,2 @@ def rank(xs):
-    load()
+    for x in xs:
+        load()
"""
BLOBS = {"2" * 40: SOURCE}


def reach(**functions: tuple[int, int]) -> Reach:
    keys = {name.replace("__", "::"): counts for name, counts in functions.items()}
    return Reach(
        functions={key: calls for key, (calls, _) in keys.items()},
        lines={key: lines for key, (_, lines) in keys.items()},
        files=tuple({key.partition("::")[0] for key in keys}),
        complete=True,
    )


def counts(**functions: tuple[int, int]) -> Reach:
    return reach(**{f"a.py__{name}": value for name, value in functions.items()})


def test_the_functions_a_patch_touches_are_those_its_new_lines_lie_in() -> None:
    assert touched_functions(parse_patch(PATCH), BLOBS) == {"a.py::rank"}


def test_the_changed_function_that_itself_does_more_comes_first_and_what_it_calls_after() -> None:
    why = explain(counts(load=(1, 1), rank=(1, 2)), counts(load=(50, 50), rank=(1, 101)), parse_patch(PATCH), BLOBS)
    assert [(f.name, f.in_diff) for f in why.functions] == [("a.py::rank", True), ("a.py::load", False)]
    assert why.functions[1].calls == (1, 50)
    assert "rank executes 50x as many lines" in why.evidence[0]
    assert "load (a.py, not in the diff) runs 50x as often" in why.evidence[1]


def test_work_outside_the_diff_is_said_to_be_outside() -> None:
    before = reach(**{"std:json/decoder.py__decode": (1, 10)})
    after = reach(**{"std:json/decoder.py__decode": (40, 400), "b.py__plugin": (40, 80)})
    why = explain(before, after, parse_patch(PATCH), BLOBS)
    assert {f.name for f in why.functions} == {"std:json/decoder.py::decode", "b.py::plugin"}
    assert any("none of these is changed by the commit" in text for text in why.evidence)
    assert any(text == "now executed and not before: b.py" for text in why.evidence)


def test_equal_counts_say_where_the_time_must_be() -> None:
    same = counts(rank=(1, 2))
    assert "in a built-in" in explain(same, same, parse_patch(PATCH), BLOBS).evidence[0]
    assert "could not be counted" in explain(None, same, (), {}).evidence[0]


def test_equal_counts_of_a_benchmark_that_starts_processes_are_not_put_down_to_data() -> None:
    same = reach(**{"std:subprocess.py__run": (1, 20)})
    assert "in a process that the benchmark starts" in explain(same, same, parse_patch(PATCH), BLOBS).evidence[0]


def test_a_changed_requirement_is_named_beside_the_functions_that_do_more() -> None:
    pins = "diff --git a/requirements.txt b/requirements.txt\nindex " + "3" * 40 + ".." + "4" * 40 + " 100644\n"
    pins += "--- a/requirements.txt\n+++ b/requirements.txt\n@@ -1 +1 @@\n-dialer==1.4.0\n+dialer==2.0.1\n"
    before, after = (reach(**{"site:dialer.py__turn": (1, lines)}) for lines in (4, 400))
    why = explain(before, after, parse_patch(pins), {})
    assert why.functions[0].name == "site:dialer.py::turn"
    assert "it changed a requirement, what they are given" in why.evidence[1]
    assert why.evidence[-1] == "it changes a requirement: dialer: ==1.4.0 becomes ==2.0.1 (requirements.txt)"
    assert "it changes a requirement" in explain(None, None, parse_patch(pins), {}).evidence[1]


def times(*grown: OwnGrowth, added_s: float, others: tuple[OwnGrowth, ...] = ()) -> OwnChange:
    return OwnChange(grown=grown, shrunk=(), times={g.place: g for g in (*grown, *others)}, added_s=added_s)


def took(
    function: str, before_s: float, after_s: float, built_in: str = "", calls: tuple[int, int] = (1, 1)
) -> OwnGrowth:
    return OwnGrowth(place=Place(function, built_in), own_s=(before_s, after_s), calls=calls)


def test_where_counts_are_equal_the_built_in_that_takes_longer_is_named_with_its_caller() -> None:
    same = counts(rank=(1, 2))
    own = times(took("a.py::rank", 1e-3, 3e-3, "sorted"), added_s=2e-3)
    why = explain(same, same, parse_patch(PATCH), BLOBS, own)
    (function,) = why.functions
    assert (function.name, function.built_in, function.in_diff) == ("a.py::rank", "sorted", True)
    assert (function.calls, function.lines, function.own_s) == ((1, 1), (0, 0), (1e-3, 3e-3))
    assert why.evidence == (
        "the same Python lines run as often as before, and take longer",
        "own time in one call of the benchmark: built-in sorted, called by rank, 1 ms -> 3 ms; 100 % of what was added",
    )


def test_a_function_that_takes_longer_at_equal_counts_has_its_counts() -> None:
    same = counts(rank=(3, 20))
    why = explain(same, same, parse_patch(PATCH), BLOBS, times(took("a.py::rank", 1e-3, 3e-3), added_s=2e-3))
    assert [(f.calls, f.lines) for f in why.functions] == [((3, 3), (20, 20))]


def test_what_takes_most_of_the_added_time_comes_before_what_merely_does_more() -> None:
    before = counts(load=(1, 1), rank=(1, 2), heavy=(1, 1))
    after = counts(load=(50, 50), rank=(1, 101), heavy=(2, 2))
    own = times(took("a.py::heavy", 1e-3, 3e-3), added_s=2e-3, others=(took("a.py::rank", 1e-6, 2e-6),))
    why = explain(before, after, parse_patch(PATCH), BLOBS, own)
    assert [f.name for f in why.functions] == ["a.py::heavy", "a.py::rank", "a.py::load"]
    assert [f.own_s for f in why.functions] == [(1e-3, 3e-3), (1e-6, 2e-6), None]
    # As much more, and not among the grown: it scatters as much, and is not told beside "no function takes longer".
    rough = times(added_s=2e-3, others=(took("a.py::rank", 1e-3, 2e-3),))
    assert [f.own_s for f in explain(before, after, parse_patch(PATCH), BLOBS, rough).functions] == [None, None]
    assert why.functions[0].calls == (1, 2)


def test_the_changed_function_that_itself_does_more_stays_before_its_effects() -> None:
    before, after = counts(load=(1, 1), rank=(1, 2)), counts(load=(50, 50), rank=(1, 101))
    own = times(took("a.py::load", 1e-3, 3e-3), took("a.py::rank", 1e-3, 2e-3), added_s=3e-3)
    why = explain(before, after, parse_patch(PATCH), BLOBS, own)
    assert [f.name for f in why.functions] == ["a.py::rank", "a.py::load"]


def test_times_that_do_not_explain_the_growth_say_so_and_do_not_lead() -> None:
    before, after = counts(rank=(1, 2)), counts(rank=(1, 101))
    own = times(took("b.py::other", 1e-3, 2e-3), added_s=4e-3)
    why = explain(before, after, parse_patch(PATCH), BLOBS, own)
    assert [f.name for f in why.functions] == ["a.py::rank", "b.py::other"]
    assert why.evidence[-1].endswith("25 % of what was added; the rest was not seen in any one function")
    nothing = explain(before, after, parse_patch(PATCH), BLOBS, times(added_s=4e-3))
    assert "no function takes longer by itself" in nothing.evidence[-1]


def test_times_name_functions_even_where_counting_was_cut_short() -> None:
    why = explain(None, None, (), {}, times(took("a.py::rank", 1e-3, 3e-3, calls=(4, 5)), added_s=2e-3))
    assert [(f.name, f.calls) for f in why.functions] == [("a.py::rank", (4, 5))]
    assert "could not be counted" in why.evidence[0]


def test_times_that_are_mostly_the_profilers_own_are_a_lower_bound_and_said_to_be() -> None:
    grown = OwnGrowth(place=Place("a.py::rank"), own_s=(0.0, 1e-3), calls=(0, 900), is_rough=True)
    words = explain(counts(), counts(rank=(900, 900)), (), {}, times(grown, added_s=4e-3)).evidence[-1]
    assert "at least 25 % of what was added (a profiler makes calls as short as these longer" in words
    assert "the rest was not seen" not in words
