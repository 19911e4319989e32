"""What counts as the same code, and which functions differ where it is not."""

import pytest

from bench_agent.suspects.code_difference import compare_code


def test_reordered_functions_and_methods_are_the_same_code() -> None:
    one = b"def a():\n    return 1\n\ndef b(x=1, *, y: int = 2):\n    return 2\n\nclass C:\n    def c(self): ...\n    def d(self): return 1\n"
    other = b"class C:\n    def d(self): return 1\n    def c(self): ...\n\ndef b(x=1, *, y: int = 2):\n    return 2\n\ndef a():\n    return 1\n"
    assert compare_code(one, other).is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'def f():\n    "a"\ng = f.__doc__\n', b'def f():\n    "b"\ng = f.__doc__\n'),
        (b'@command\ndef f():\n    "a"\n', b'@command\ndef f():\n    "b"\n'),  # a decorator may read it
        (b'def p_rule(p):\n    "a : b"\n', b'def p_rule(p):\n    "a : b c"\n'),  # a grammar of ply
        (b"import inspect\ninspect.getsource(f)\n", b"import inspect\n# x\ninspect.getsource(f)\n"),
        (b"DATA = open(__file__).read()\n", b"DATA = open(__file__).read()\n# more\n"),
        (b'def f(x):\n    return f"{x=}"\n', b'def f(x):\n    return f"{x = }"\n'),  # the layout is in the text
        (b"def f(x):\n    assert x\n", b"def f(x):\n    pass\n"),
        (b"def f(x: int): ...\n", b"def f(x: str): ...\n"),
        (b"x = 1\n", b"x = 1.0\n"),
        (b"x = True\n", b"x = 1\n"),
        (b"x = 'a'\n", b"x = b'a'\n"),
        (b"# coding: latin-1\nx = '\xe9'\n", b"# coding: cp1251\nx = '\xe9'\n"),
        (b"def f(:\n", b"def f(:\n# broken\n"),
    ],
)  # fmt: skip
def test_what_looks_like_layout_and_is_not_is_a_difference(one: bytes, other: bytes) -> None:
    assert not compare_code(one, other).is_same


def test_the_functions_that_differ_are_named_with_their_classes() -> None:
    one = b"def f():\n    return 1\n\n\nclass C:\n    def g(self):\n        return lambda: 1\n"
    assert compare_code(one, one.replace(b"lambda: 1", b"lambda: 2")).functions == {"C.g"}
    assert compare_code(one, one.replace(b"return 1", b"return 3")).functions == {"f"}
    added = compare_code(one, one + b"\n\ndef h():\n    return 4\n")
    assert (added.functions, added.top_level) == ({"h"}, False)


def test_a_file_that_came_or_went_differs_as_a_whole() -> None:
    assert compare_code(None, b"x = 1\n").top_level
    assert compare_code(b"x = 1\n", None).top_level
    assert compare_code(None, None).is_same
