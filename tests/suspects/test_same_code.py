"""What counts as the same code for a benchmark, and above all what must not."""

import pytest

from bench_agent.records import Reach
from bench_agent.suspects.code_difference import compare_code
from bench_agent.suspects.same_code import judge_change, most_bearing

MODULE = b'''"""A module."""
import json

LIMIT = 10


def fast(values):
    """Sum."""
    # all of them
    return sum(value for value in values if value < LIMIT)


def helper(text: str = "x") -> str:
    return text * 2


class Table(dict):
    size = 3

    def first(self):
        return self.size

    def second(self):
        return lambda: self.size + 1
'''


def reach(*functions: str, files: tuple[str, ...] = ("m.py",), complete: bool = True) -> Reach:
    return Reach(functions=dict.fromkeys(functions, 1), files=files, complete=complete)


def edited(old: str, new: str, source: bytes = MODULE) -> bytes:
    assert old.encode() in source
    return source.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# all of them", "# each of them\n    # and more"),
        ('"""Sum."""', '"""Another text."""'),
        ('    """Sum."""\n', ""),
        ('"""A module."""\n', ""),
        ("import json\n", "\n\nimport json  # noqa\n\n"),
        ("sum(value for value in values if value < LIMIT)", "sum(\n        value\n        for value in values\n        if (value < LIMIT)\n    )"),
        ('"x"', "'x'"),
        ("LIMIT = 10", "LIMIT = 0xA  # ten"),
        ("    size = 3\n", '    """A table."""\n\n    size = 3\n'),
        ("    size = 3\n", "    size = 3\n    pass\n"),
        ("    return self.size\n", "    return self.size\n    ...\n"),
    ],
)  # fmt: skip
def test_layout_comments_and_docstrings_are_the_same_code(old: str, new: str) -> None:
    assert compare_code(MODULE, edited(old, new)).is_same
    assert judge_change("m.py", MODULE, edited(old, new), reaches=[reach("m.py::fast")]) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"@register\ndef a(): ...\n@register\ndef b(): ...\n", b"@register\ndef b(): ...\n@register\ndef a(): ...\n"),  # registered in turn
        (b"def a(): ...\ndef b(x=make()): ...\n", b"def b(x=make()): ...\nX = 1\ndef a(): ...\n"),  # called at import
        (b"def a(): return 1\na = cached(a)\n", b"a = cached(a)\ndef a(): return 1\n"),  # bound twice
        (b"def a(): return 1\ndef a(): return 2\n", b"def a(): return 2\ndef a(): return 1\n"),
        (b"from x import *\ndef a(): return 1\n", b"def a(): return 1\nfrom x import *\n"),  # may bring its own
        (b"def a(): ...\ndef b(): ...\nALL = list(globals())\n", b"def b(): ...\ndef a(): ...\nALL = list(globals())\n"),
        (b"def p_a(): ...\ndef p_b(): ...\n", b"def p_b(): ...\ndef p_a(): ...\n"),  # ply takes rules in their order
        (b"import a\nimport b\n", b"import b\nimport a\n"),
        (b"class C:\n    a: int = 1\n    b: int = 2\n", b"class C:\n    b: int = 2\n    a: int = 1\n"),  # fields
    ],
)  # fmt: skip
def test_an_order_that_may_matter_is_a_difference(one: bytes, other: bytes) -> None:
    assert not compare_code(one, other).is_same
    assert judge_change("m.py", one, other, reaches=[reach("m.py::z")]) == "executed"


def test_a_benchmark_that_reads_sources_sees_comments() -> None:
    commented = MODULE + b"# more\n"
    reading = reach("m.py::fast", "std:inspect.py::getsource")
    assert judge_change("m.py", MODULE, commented, reaches=[reading]) == "executed"


def test_a_function_that_an_iteration_executes_is_executed() -> None:
    changed = edited("return text * 2", "return text * 3")
    assert judge_change("m.py", MODULE, changed, reaches=[reach("m.py::helper")]) == "executed"
    inner = edited("self.size + 1", "self.size + 2")
    assert judge_change("m.py", MODULE, inner, reaches=[reach("m.py::Table.second.<locals>.<lambda>")]) == "executed"


def test_a_function_that_nobody_names_is_unused() -> None:
    changed = edited("return text * 2", "return text * 3")
    deleted = edited('def helper(text: str = "x") -> str:\n    return text * 2\n', "")
    for new in (changed, deleted):
        assert judge_change("m.py", MODULE, new, reaches=[reach("m.py::fast")], texts=[b"import m"]) == "unused"
        assert judge_change("m.py", new, MODULE, reaches=[reach("m.py::fast")], texts=[b"import m"]) == "unused"


@pytest.mark.parametrize(
    "text", [b"m.helper()", b'getattr(m, "hel" "per") or "helper"', b"from m import *", b"vars(m)"], ids=str
)
def test_a_function_that_somebody_may_call_before_the_iteration_is_uncounted(text: bytes) -> None:
    changed = edited("return text * 2", "return text * 3")
    assert judge_change("m.py", MODULE, changed, reaches=[reach("m.py::fast")], texts=[text]) == "uncounted"
    assert judge_change("m.py", MODULE, changed, reaches=[reach("m.py::fast")]) == "uncounted"  # others not known


def test_a_name_put_together_is_found() -> None:
    one, other = b"def do_sum(): return 1\ndef other(): ...\n", b"def do_sum(): return 2\ndef other(): ...\n"
    for text in (b"getattr(m, f'do_{kind}')", b'getattr(m, "do_" + kind)', b'f"{kind}_sum"'):
        assert judge_change("m.py", one, other, reaches=[reach("m.py::other")], texts=[text]) == "uncounted"
    assert judge_change("m.py", one, other, reaches=[reach("m.py::other")], texts=[b"'undo_all'"]) == "unused"


def test_methods_that_a_base_may_call_and_functions_with_decorators_are_uncounted() -> None:
    changed = edited("        return self.size\n", "        return 4\n")
    assert judge_change("m.py", MODULE, changed, reaches=[reach("m.py::fast")], texts=[]) == "uncounted"
    one, other = b"@lru_cache\ndef f():\n    return 1\n", b"@lru_cache\ndef f():\n    return 2\n"
    assert judge_change("m.py", one, other, reaches=[reach("m.py::g")], texts=[]) == "uncounted"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ("import json", "import json, re"),
        ("    size = 3\n", "    size = 4\n"),
        ("    size = 3\n", "    size = 3\n\n    def __len__(self):\n        return 3\n"),  # changes built-ins
        ("class Table(dict)", "class Table(list)"),
        ("def helper(text", "@cache\ndef helper(text"),
    ],
)
def test_what_runs_at_import_is_executed(old: str, new: str) -> None:
    assert judge_change("m.py", MODULE, edited(old, new), reaches=[reach("m.py::fast")], texts=[]) == "executed"


def test_without_complete_counts_what_is_not_the_same_is_executed() -> None:
    changed = edited("return text * 2", "return text * 3")
    assert judge_change("m.py", MODULE, changed, reaches=[], texts=[]) == "executed"
    assert judge_change("m.py", MODULE, changed, reaches=[reach("m.py::fast", complete=False)]) == "executed"


def test_a_file_that_is_not_imported_can_only_be_reached_by_name() -> None:
    known = {"reaches": [reach("a.py::f")], "imported": {"a.py"}}
    assert judge_change("pkg/m.py", MODULE, None, **known, texts=[b"import json"]) == "unused"
    assert judge_change("pkg/m.py", None, MODULE, **known, texts=[b"run('m')"]) == "uncounted"
    assert judge_change("a.py", None, MODULE, **known, texts=[]) == "executed"
    assert judge_change("pkg/m.py", None, MODULE, reaches=[reach("a.py::f")], texts=[]) == "executed"


def test_the_worst_of_several_changes_counts() -> None:
    assert most_bearing(["same", "unused"]) == "unused"
    assert most_bearing(["executed", "same"]) == "executed"
    assert most_bearing([]) == "same"
