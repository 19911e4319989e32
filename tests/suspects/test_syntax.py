"""What the syntax trees say of a change: the classic accidents, and what must not be taken for one."""

import pytest

from bench_agent.suspects.syntax import compare_functions


def remarks(old, new):
    return [remark.text for remark in compare_functions(old, new).remarks]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@lru_cache\ndef f(x):\n    return x", "def f(x):\n    return x", "drops its cache decorator"),
        ("@functools.cached_property\ndef f(x):\n    return x", "@property\ndef f(x):\n    return x", "drops its cache decorator"),
        (
            "def f(x):\n    if x in _CACHE:\n        return _CACHE[x]\n    return g(x)",
            "def f(x):\n    return g(x)", "takes out a use of _CACHE",
        ),
        ("def f(v):\n    k = key(v)\n    for x in v:\n        k(x)", "def f(v):\n    for x in v:\n        k = key(v)\n        k(x)", "moves key() into a loop"),
        ("def f(v):\n    for x in v:\n        g(x)", "def f(v):\n    for x in v:\n        for y in v:\n            g(x, y)", "adds a loop inside a loop"),
        ("def f(v):\n    s = set(v)\n    return [x for x in v if x in s]", "def f(v):\n    s = list(v)\n    return [x for x in v if x in s]", "makes look-ups in a list"),
        ("def f(v, s):\n    return v in s", "def f(v, s):\n    return v in sorted(s)", "makes look-ups in a list"),
        ("def f(v):\n    s = set()\n    for x in v:\n        s |= x", "def f(v):\n    s = set()\n    for x in v:\n        s = s | x", "copies what a loop gathers with every turn"),
        ("def f(v):\n    s = []\n    for x in v:\n        s.append(x)", "def f(v):\n    s = []\n    for x in v:\n        s = s + [x]", "copies what a loop gathers with every turn"),
        ("def f(t):\n    return _P.match(t)", "def f(t):\n    return re.compile('x').match(t)", "compiles a regular expression with every call"),
        ("def f(t):\n    return t", "def f(t):\n    time.sleep(0.1)\n    return t", "adds a sleep"),
        ("def f(t):\n    return t", "def f(t):\n    return copy.deepcopy(t)", "adds a deep copy"),
        ("def f(v):\n    for x in v:\n        g(x)", "def f(v):\n    for x in sorted(v):\n        g(x)", "adds a sort"),
        ("def f(v):\n    v.sort()\n    for x in v:\n        g(x)", "def f(v):\n    for x in v:\n        v.sort()\n        g(x)", "adds a sort in a loop"),
        ("def f(v):\n    return v[:10]", "def f(v):\n    return v[:400]", "raises a constant from 10 to 400"),
        ("def f(v, deep=False):\n    return v", "def f(v, deep=True):\n    return v", "changes a default"),
        ("def f(v):\n    return v", "def f(v):\n    import json\n    return json", "imports inside the function"),
        ("def f(v):\n    return v", "def f(v):\n    return open(v).read()", "adds opening a file"),
        ("def f(s):\n    s.x = 1", "def f(s):\n    s.x = lru_cache(None)(s.y)", "makes a new cache with every call"),
    ],
)  # fmt: skip
def test_an_accident_is_named(old, new, said):
    change = compare_functions(old, new)
    assert said in [remark.text for remark in change.remarks]
    assert change.weight > 0.5


def test_a_sum_of_numbers_copies_nothing():
    old, new = (f"def f(v):\n    n = 0\n    for x in v:\n        {line}" for line in ("n += x", "n = n + x"))
    assert remarks(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(x):\n    return x", "def f(x):\n    # why\n    return (x)"),
        ('def f(x):\n    """Old."""\n    return x', 'def f(x):\n    """New."""\n    return x'),
        ("def f(x, y=1):\n    return x", "def f(x: int, y: int = 1) -> int:\n\n    return x"),
        (
            '    def f(self):\n        """Doc\nwith odd indents."""\n        return 1',
            "    def f(self):\n        return 1",
        ),
    ],
)
def test_comments_docstrings_and_annotations_are_no_change(old, new):
    change = compare_functions(old, new)
    assert change.same
    assert change.weight == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(v):\n    out = []\n    return out", "def f(v):\n    kept = []\n    return kept"),
        ("def f(v):\n    s = list(v)\n    return [x for x in v if x in s]", "def f(v):\n    s = set(v)\n    return [x for x in v if x in s]"),
        ("def f(v):\n    return v[:400]", "def f(v):\n    return v[:10]"),
        ("def f(v):\n    return 0.01 * v", "def f(v):\n    return v / 100"),
        ("def f(v):\n    for x in v:\n        k = key(v)\n        k(x)", "def f(v):\n    k = key(v)\n    for x in v:\n        k(x)"),
    ],
)  # fmt: skip
def test_a_rename_or_an_improvement_is_not_suspicious(old, new):
    change = compare_functions(old, new)
    assert change.remarks == ()
    assert change.weight <= 0.05


def test_a_new_function_is_judged_by_what_is_dear_in_it():
    assert remarks(None, "def f(v):\n    for x in v:\n        time.sleep(x)") == ["adds a sleep in a loop"]
    assert remarks(None, "def f(v):\n    return v") == []


def test_unreadable_or_gone_code_has_no_remark():
    assert compare_functions("def f(:", "def f(x): pass").remarks == ()
    assert compare_functions("def f(x): pass", "def f(:").remarks == ()
    assert compare_functions("def f(x): pass", None).remarks == ()
    assert compare_functions(None, None).remarks == ()
    deep = "def f(x):\n    return " + "(" * 150 + "x" + ")" * 150
    assert compare_functions(deep, deep + " + 1").remarks == ()


def test_the_cost_of_a_moved_call_is_felt_in_the_loop():
    out = "def f(v):\n    k = key(v)\n    for x in v:\n        use(k, x)"
    inside = "def f(v):\n    for x in v:\n        k = key(v)\n        use(k, x)"
    assert compare_functions(out, inside).cost > 0.3
    assert compare_functions(inside, out).cost < -0.3
