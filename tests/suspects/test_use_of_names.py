"""What a benchmark may use by name: changes of every kind planted in small projects. Too much is no fault, too little is."""

import pytest

from bench_agent.suspects.use_of_names import NameUse, read_names

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
from lib import helper as help_me
__all__ = ["unused"]

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
def test_process(benchmark): benchmark(subprocess.run, ["tool"])
def test_evaluates(benchmark): benchmark(evaluates, "unused(1)")
def test_renamed(benchmark): benchmark(help_me, [1])
class TestGroup:
    def setup_method(self): by_setup()
    def test_inside(self, benchmark): benchmark(cached, 1)
"""


@pytest.fixture(scope="module")
def project() -> NameUse:
    return read_names([("library.py", LIBRARY.encode()), ("test_it.py", TESTS.encode())])


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
        ("test_renamed", "element"),
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
    used = project.used(test)
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
    used = project.used(test)
    assert used is not None
    assert function not in used


@pytest.mark.parametrize("test", ["test_dynamic", "test_evaluates", "test_process", "README.md"])
def test_where_no_text_shows_what_is_used_it_may_be_anything(project: NameUse, test: str) -> None:
    assert project.used(test) is None


def test_what_cannot_be_read_may_use_anything() -> None:
    assert read_names([("a.py", b"def test_x(): pass"), ("b.py", b"def broken(:")]).used("test_x") is None


def test_of_a_module_that_is_handed_over_all_is_used() -> None:
    files = {
        "lib/plug.py": "def on_event(n): pass\ndef _own(n): pass\n",
        "lib/other.py": "def on_end(n): pass\n",
        "test_it.py": "from lib import plug as p, other\ndef test_x(benchmark): benchmark(run, p)\ndef test_y(benchmark): other.go()\n",
    }
    names = read_names([(path, text.encode()) for path, text in files.items()])
    assert {"on_event"} == {"on_event", "_own", "on_end"} & (names.used("test_x") or set())
    assert not {"on_event", "on_end"} & (names.used("test_y") or set())


def test_docstrings_matter_only_where_something_used_reads_them() -> None:
    files = {"lib.py": "def tell(f): return f.__doc__\n", "test_it.py": "def test_x(): tell(1)\ndef test_y(): pass\n"}
    names = read_names([(path, text.encode()) for path, text in files.items()])
    assert (names.may_read_docstrings("test_x"), names.may_read_docstrings("test_y")) == (True, False)
