"""Counts are exact: what grew, what is new, and which function a line belongs to."""

import textwrap

import pytest

from bench_agent.records import Reach
from bench_agent.suspects.reached_code import (
    Paths,
    Work,
    compare_reach,
    executed,
    find_moved,
    find_spans,
    owners,
    parse_quietly,
)


def reach(files=(), complete=True, **functions):
    """a__b=(calls, lines) is the function b of a.py."""
    keys = {name.replace("__", ".py::"): work for name, work in functions.items()}
    return Reach(
        functions={key: calls for key, (calls, _) in keys.items()},
        lines={key: lines for key, (_, lines) in keys.items()},
        files=tuple(files),
        complete=complete,
    )


def test_equal_counts_show_no_change():
    one = reach(a__f=(3, 30))
    change = compare_reach(one, one)
    assert (change.comparable, change.grown, change.new_files) == (True, {}, ())


def test_more_lines_a_call_are_the_functions_own_doing_and_more_calls_are_not():
    change = compare_reach(reach(a__outer=(1, 10), a__inner=(5, 10)), reach(a__outer=(1, 50), a__inner=(25, 50)))
    assert change.grown["a.py::outer"].itself
    assert not change.grown["a.py::inner"].itself
    assert change.grown["a.py::inner"].before == Work(calls=5, lines=10)


def test_less_work_is_no_growth():
    assert compare_reach(reach(a__f=(5, 50)), reach(a__f=(1, 10))).grown == {}


def test_functions_and_files_that_are_new():
    change = compare_reach(reach(["a.py"], a__f=(1, 1)), reach(["a.py", "b.py"], a__g=(1, 2)))
    assert (list(change.grown), change.new_files) == (["a.py::g"], ("b.py",))
    assert change.grown["a.py::g"].itself


@pytest.mark.parametrize("missing", ["base", "head", "both", "none"])
def test_incomplete_counts_are_never_compared(missing):
    base = reach(a__f=(1, 1), complete=missing not in ("base", "both"))
    head = reach(a__f=(9, 9), complete=missing not in ("head", "both"))
    change = compare_reach(None if missing == "none" else base, head)
    assert (change.comparable, change.grown) == (False, {})


def test_a_project_that_moved_to_src_is_compared_with_itself():
    base = Reach(
        functions={"pkg/url.py::parse": 2}, lines={"pkg/url.py::parse": 20}, files=("pkg/url.py",), complete=True
    )
    head = Reach(
        functions={"src/pkg/url.py::parse": 2},
        lines={"src/pkg/url.py::parse": 30},
        files=("src/pkg/url.py",),
        complete=True,
    )
    change = compare_reach(base, head)
    assert list(change.grown) == ["src/pkg/url.py::parse"]
    assert change.new_files == ()


def test_functions_of_a_module_that_became_a_package_are_the_same_and_its_files_are_not_new():
    base = Reach(functions={"p/m.py::f": 2, "p/m.py::C.g": 1}, lines={"p/m.py::f": 4}, files=("p/m.py",), complete=True)
    head = Reach(
        functions={"p/m/one.py::f": 2, "p/m/two.py::C.g": 1, "p/q.py::h": 1},
        lines={"p/m/one.py::f": 9},
        files=("p/m/__init__.py", "p/m/one.py", "p/m/two.py", "p/q.py"),
        complete=True,
    )
    change = compare_reach(base, head)
    assert change.moved == {"p/m.py::f": "p/m/one.py::f", "p/m.py::C.g": "p/m/two.py::C.g"}
    assert change.grown["p/m/one.py::f"].before == Work(calls=2, lines=4)
    assert set(change.grown) == {"p/m/one.py::f", "p/q.py::h"}
    assert change.new_files == ("p/q.py",)


def test_of_functions_with_one_name_only_those_inside_the_new_package_are_the_same():
    came = ["p/m/one.py::f", "other.py::f", "x.py::g", "y.py::g", "z.py::<module>"]
    assert find_moved(["p/m.py::f", "w.py::g", "v.py::<module>"], came) == {"p/m.py::f": "p/m/one.py::f"}


def test_a_path_is_found_by_its_end_only_where_one_file_has_it():
    paths = Paths(["src/pkg/url.py", "src/one/__init__.py", "src/two/__init__.py"])
    assert paths.find("pkg/url.py") == "src/pkg/url.py"
    assert paths.find("src/pkg/url.py") == "src/pkg/url.py"
    assert paths.find("lib/pkg/url.py") is None
    assert paths.find("three/__init__.py") is None
    assert paths.find("url.py") is None
    assert Paths(["pkg/url.py"]).find("src/pkg/url.py") == "pkg/url.py"


def test_comprehensions_and_lambdas_count_for_the_function_around_them():
    inner = "a.py::f.<locals>.g.<locals>"
    work = executed(
        Reach(
            functions={"a.py::f": 1, "a.py::f.<locals>.<listcomp>": 1, f"{inner}.<lambda>": 7, "a.py::<lambda>": 2},
            lines={"a.py::f": 3, "a.py::f.<locals>.<listcomp>": 100, f"{inner}.<lambda>": 7, "a.py::<lambda>": 2},
        )
    )
    assert work == {
        "a.py::f": Work(calls=1, lines=103),
        "a.py::f.<locals>.g": Work(calls=0, lines=7),
        "a.py::<module>": Work(calls=0, lines=2),
    }


SOURCE = textwrap.dedent(
    """\
    import functools
    LIMIT = 3
    @functools.cache
    @other(
        1)
    def decorated():
        return 1

    class Parser:
        table = {}
        async def parse(self):
            def inner():
                return 2
            if inner():
                def late():
                    pass
            return 3
        class Deep:
            def method(self): pass
    match LIMIT:
        case 3:
            def in_case():
                pass
    """
)


def test_every_line_has_its_function_decorators_included():
    spans = find_spans(SOURCE.encode())
    assert spans is not None
    found = owners(spans, range(1, 24))
    assert found == {
        "<module>": [1, 2, 8, 20, 21],
        "decorated": [3, 4, 5, 6, 7],
        "Parser": [9, 10],
        "Parser.parse": [11, 14, 17],
        "Parser.parse.<locals>.inner": [12, 13],
        "Parser.parse.<locals>.late": [15, 16],
        "Parser.Deep": [18],
        "Parser.Deep.method": [19],
        "in_case": [22, 23],
    }


def test_a_definition_inside_a_string_or_between_decorators_cuts_nothing():
    source = '"""Doc\ndef not_one():\n"""\n@a\n@b(\n1)\nclass C:\n    x = """\ndef nor_this(): """\n    def m(self): pass\ny = 1\n'
    spans = find_spans(source.encode()) or ()
    assert [(span.qualname, span.first, span.last) for span in spans] == [("C", 4, 10), ("C.m", 10, 10)]


def test_the_names_are_those_the_interpreter_gives():
    names = set()

    def collect(code):
        for constant in code.co_consts:
            if hasattr(constant, "co_qualname"):
                names.add(constant.co_qualname)
                collect(constant)

    collect(compile(SOURCE, "x.py", "exec"))
    assert {span.qualname for span in find_spans(SOURCE.encode()) or ()} == names


@pytest.mark.parametrize(
    "source",
    [
        b"print 'python 2'",
        b"def f(:\n",
        b"\0\0",
        b"\xff\xfe\x00",
        b"(" * 10_000,
        b"x = " + b"-" * 100_000 + b"1",
        b"#" * 3_000_000,
    ],
)
def test_a_file_that_cannot_be_parsed_has_no_spans(source):
    assert find_spans(source) is None


def test_other_peoples_invalid_escapes_are_not_our_users_news(recwarn):
    assert parse_quietly('x = "\\d"') is not None
    assert not recwarn.list
