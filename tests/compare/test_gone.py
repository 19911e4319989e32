"""What is said to be gone or new, of texts."""

from pathlib import PurePosixPath

import pytest

from bench_agent.compare.gone import (
    add_missing,
    benchmark_functions,
    gone_functions,
    is_chosen,
    is_looked_at,
    new_ones,
)
from bench_agent.results.comparison import Comparison, Uncompared

FILE = b"""import pytest

def helper(benchmark): ...
def test_plain(): ...
def test_one(benchmark): ...
@pytest.mark.benchmark(group="x")
def test_marked(): ...
@pytest.mark.parametrize("n", [1])
async def test_kept(codspeed_benchmark, n): ...
class TestAll:
    def test_inner(self, *, benchmark): ...
    def test_plain(self): ...
"""
HERE = ["bench/test_a.py::test_kept[1]"]


def test_benchmarks_are_told_from_tests_by_fixture_or_mark() -> None:
    assert benchmark_functions(FILE) == ["helper", "test_one", "test_marked", "test_kept", "TestAll::test_inner"]
    assert benchmark_functions(b"def broken(:") == benchmark_functions(None) == []


def test_what_the_newer_file_has_not_is_gone_and_a_helper_is_no_benchmark() -> None:
    newer = FILE.replace(b"test_one(", b"test_renamed(")
    assert gone_functions(FILE, newer, HERE, HERE) == ["test_one"]
    assert gone_functions(FILE, None, [], HERE) == ["test_one", "test_marked", "test_kept", "TestAll::test_inner"]
    assert gone_functions(FILE, FILE + b"# more\n", HERE, HERE) == []
    assert gone_functions(FILE, FILE.replace(b"test_one(benchmark)", b"test_one()"), HERE, HERE) == ["test_one"]


def test_a_benchmark_that_the_suite_still_collects_is_not_gone() -> None:
    assert gone_functions(b"def test_a(benchmark): ...", b"from x import *", ["t.py::test_a[2]"], []) == []


def test_bench_functions_count_where_the_suite_has_such() -> None:
    old = b"def bench_a(benchmark): ..."
    assert gone_functions(old, None, [], ["t.py::test_b"]) == []
    assert gone_functions(old, None, [], ["t.py::bench_b"]) == ["bench_a"]


def test_new_is_what_the_older_file_has_no_word_of() -> None:
    here = ["t.py::test_kept[1]", "t.py::test_added"]
    assert new_ones(FILE, here) == ["t.py::test_added"]
    assert new_ones(None, here) == here


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("bench/test_b.py", True),
        ("bench/deep/test_b.py", True),
        ("bench/helpers.py", False),
        ("bench/data.json", False),
        ("tests/test_b.py", False),
        ("perf/odd.py", True),
        ("test_top.py", False),
    ],
)
def test_only_files_where_the_suite_looks_are_read(path: str, is_it: bool) -> None:
    folders = {PurePosixPath("bench"), PurePosixPath("perf")}
    assert is_looked_at(path, folders, ["bench/test_a.py", "perf/odd.py"]) is is_it
    assert not is_looked_at("tests/test_b.py", {PurePosixPath()}, ["test_a.py"])


def test_a_word_chooses_and_an_expression_says_nothing() -> None:
    assert is_chosen("t.py::test_Remap", "remap")
    assert is_chosen("t.py::test_x", None)
    assert not is_chosen("t.py::test_x", "remap")
    assert not is_chosen("t.py::test_x", "x or y")


def test_a_new_one_is_not_untouched_and_one_that_is_gone_is_missing_at_head() -> None:
    held = tuple(Uncompared(benchmark=id, reason="held", because="its file") for id in ("t::beside", "t::added"))
    before = Comparison(
        base="aa", head="bb", benchmarks=(), geomean=None, untouched=("t::old", "t::new"), uncompared=held
    )
    after = add_missing(before, gone=["t::lost"], new=["t::new", "t::added", "t::measured"])
    assert after.untouched == ("t::old",)
    assert [(one.benchmark, one.reason, one.side) for one in after.uncompared] == [
        ("t::beside", "held", None),
        ("t::lost", "missing", "bb"),
        ("t::added", "missing", "aa"),
        ("t::new", "missing", "aa"),
    ]
