"""What a benchmark may use by name: changes of every kind planted in small projects. Too much is no fault, too little is."""

import pytest

from bench_agent.suspects.use_of_names import COMPUTED, NameUse, read_names

LIBRARY = """
import functools

LIMIT = make_limit()

def make_limit(): return 3

class Base: pass

class Visitor(Base):
    def visit_name(self, node): return by_visitor(node)
    def plain(self): return 1

class Plain:
    def __enter__(self): return entered()
    def method(self): return inner()
    @property
    def size(self): return by_property()
    @register
    def registered(self): return by_registry()

@functools.lru_cache
def cached(n): return n

@app.route("/x")
def routed(): return by_route()

def default(x=by_default()): return x
def by_default(): return 1
def used(x): return helper(x)
def helper(x): return [element(y) for y in x]
def element(y): return y
def unused(x): return only_by_unused(x)
def only_by_unused(x): return x
def pieces(kind): return table["handle_" + kind]
def handle_text(): return 1
def other_text(): return 1
def dynamic(name): return getattr(object, name)
def evaluates(text): return eval(text)
def conditional(): return 1
if True:
    def under_condition(): return conditional()
"""

TESTS = """
import pytest
from lib import *

@pytest.fixture
def data(base_data): return by_fixture(base_data)
@pytest.fixture
def base_data(): return by_base_fixture()
@pytest.fixture
def other_data(): return by_other_fixture()
@pytest.fixture(autouse=True)
def prepare(): by_autouse()

def test_used(benchmark, data): benchmark(used, data)
def test_other(benchmark, other_data): benchmark(element, other_data)
@pytest.mark.usefixtures("data")
def test_marked(benchmark): benchmark(element, 1)
def test_method(benchmark): benchmark(Plain().method)
def test_pieces(benchmark): benchmark(pieces, "text")
def test_dynamic(benchmark): benchmark(dynamic, "text")
def test_evaluates(benchmark): benchmark(evaluates, "unused(1)")
class TestGroup:
    def setup_method(self): by_setup()
    def test_inside(self, benchmark): benchmark(cached, 1)
"""


@pytest.fixture(scope="module")
def project() -> NameUse:
    return read_names([("lib.py", LIBRARY.encode()), ("tests/test_x.py", TESTS.encode())])


@pytest.mark.parametrize(
    ("test", "function"),
    [
        ("test_used", "used"),
        ("test_used", "helper"),  # what that calls
        ("test_used", "element"),
        ("test_used", "by_fixture"),
        ("test_used", "by_base_fixture"),  # a fixture's fixture
        ("test_other", "by_other_fixture"),
        ("test_marked", "by_fixture"),
        ("test_method", "method"),
        ("test_method", "inner"),
        ("test_pieces", "handle_text"),  # a name put together
        ("test_inside", "cached"),
        *(("test_other", each) for each in (
            "make_limit",  # at import
            "by_default",
            "by_visitor",  # a base class may call it
            "entered",  # Python calls it
            "by_registry",  # a decorator may keep it
            "by_route",
            "by_autouse",
            "by_setup",
            "conditional",
        )),
    ],
)  # fmt: skip
def test_what_a_benchmark_may_use_is_among_the_names(project: NameUse, test: str, function: str) -> None:
    used = project.used(test, ())
    assert used is not None
    assert function in used


@pytest.mark.parametrize(
    ("test", "function"),
    [
        ("test_other", "used"),
        ("test_used", "unused"),
        ("test_used", "only_by_unused"),
        ("test_used", "handle_text"),
        ("test_pieces", "other_text"),
        ("test_method", "helper"),
    ],
)
def test_what_nothing_that_it_uses_names_is_not(project: NameUse, test: str, function: str) -> None:
    used = project.used(test, ())
    assert used is not None
    assert function not in used
    assert COMPUTED not in used


def test_names_that_no_text_shows_are_said_to_be_possible(project: NameUse) -> None:
    assert COMPUTED in (project.used("test_dynamic", ()) or ())
    assert project.used("test_evaluates", ()) is None


def test_what_was_counted_adds_what_it_names(project: NameUse) -> None:
    used = project.used("test_dynamic", ["lib.py::unused", "lib.py::helper.<locals>.<listcomp>"])
    assert used is not None
    assert {"only_by_unused", "element"} <= used


def test_what_cannot_be_read_may_use_anything() -> None:
    assert read_names([("lib.py", b"def broken(:")]).used("test_x", ()) is None
