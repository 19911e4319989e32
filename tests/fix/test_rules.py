"""The rules on a patch's text: what is honest passes, and what a patch may touch, add and name."""

import subprocess
from pathlib import Path

import pytest

from bench_agent.fix.edits import Edit, EditError, Patch, apply_edits, read_edits, unified
from bench_agent.fix.paths import new_functions, new_lines
from bench_agent.fix.rules import changed_functions, constants_of, faults_of, may_change, new_constants

# As people mend slowdowns: before, after.
HONEST = {
    "an expression compiled once": (
        "import re\n\ndef f(xs):\n    return [re.compile('a+').match(x) for x in xs]\n",
        "import re\n\n_A = re.compile('a+')\n\n\ndef f(xs):\n    return [_A.match(x) for x in xs]\n",
    ),
    "a set": (
        "def f(xs, ys):\n    return [x for x in xs if x in ys]\n",
        "def f(xs, ys):\n    wanted = set(ys)\n    return [x for x in xs if x in wanted]\n",
    ),
    "a join": ("def f(xs):\n    s = ''\n    for x in xs:\n        s += x\n    return s\n", "def f(xs):\n    return ''.join(xs)\n"),
    "groups": (
        "def f(xs):\n    return {x: [y for y in xs if y == x] for x in xs}\n",
        "from collections import defaultdict\n\n\ndef f(xs):\n    out = defaultdict(list)\n    for x in xs:\n        out[x].append(x)\n    return dict(out)\n",
    ),
    "a stack for a recursion": (
        "def f(t):\n    if not t:\n        return 0\n    return 1 + f(t[1:])\n",
        "def f(t):\n    stack = [t]\n    n = 0\n    while stack:\n        top = stack.pop()\n        if top:\n            n += 1\n            stack.append(top[1:])\n    return n\n",
    ),
    "sorted once": (
        "class A:\n    def f(self, xs):\n        return [sorted(xs)[0] for _ in xs]\n",
        "class A:\n    def f(self, xs):\n        first = sorted(xs)[0]\n        return [first for _ in xs]\n",
    ),
    "a heap": ("def f(xs, k):\n    return sorted(xs)[:k]\n", "import heapq\n\n\ndef f(xs, k):\n    return heapq.nsmallest(k, xs)\n"),
    "a bisection": (
        "def f(xs, v):\n    return xs.index(v)\n",
        "from bisect import bisect_left\n\n\ndef f(xs, v):\n    i = bisect_left(xs, v)\n    if i == len(xs) or xs[i] != v:\n        raise ValueError(v)\n    return i\n",
    ),
    "a helper": (
        "def f(xs):\n    return [x * 2 for x in xs if x]\n",
        "def _twice(x):\n    return x * 2\n\n\ndef f(xs):\n    return list(map(_twice, filter(None, xs)))\n",
    ),
    "a dict of lists": ("def f(xs):\n    return xs\n", "def f(xs):\n    d = {}\n    for x in xs:\n        d.setdefault(x, []).append(x)\n    return xs\n"),
    "own attributes": (
        "class A:\n    def f(self):\n        self.n += 1\n        return self.n\n",
        "class A:\n    def f(self):\n        n = self.n + 1\n        self.n = n\n        return n\n",
    ),
    "no deep copy": ("import copy\n\ndef f(d):\n    return copy.deepcopy(d)\n", "def f(d):\n    return dict(d)\n"),
    "no key function": (
        "def f(xs):\n    return sorted(xs, key=lambda x: (len(x), x))\n",
        "def f(xs):\n    keyed = [(len(x), x) for x in xs]\n    keyed.sort()\n    return [x for _, x in keyed]\n",
    ),
    "a guarded log": (
        "import logging\nlog = logging.getLogger(__name__)\n\ndef f(xs):\n    for x in xs:\n        log.debug('%s', repr(x))\n",
        "import logging\nlog = logging.getLogger(__name__)\n\ndef f(xs):\n    if log.isEnabledFor(logging.DEBUG):\n        for x in xs:\n            log.debug('%s', repr(x))\n",
    ),
}  # fmt: skip


def patch_of(before: str, after: str) -> Patch:
    return Patch(before={"a.py": before}, after={"a.py": after}, diff=unified({"a.py": before}, {"a.py": after}))


@pytest.mark.parametrize("how", HONEST)
def test_what_people_do_about_slowdowns_keeps_the_rules(how: str) -> None:
    before, after = HONEST[how]
    assert faults_of(patch_of(before, after), {}, own_modules=set()) == []


def test_a_cache_that_was_there_where_it_was_fast_may_come_back() -> None:
    good = "import functools\n\n@functools.lru_cache\ndef f(x):\n    return x\n"
    before = "def f(x):\n    return x\n"
    assert faults_of(patch_of(before, good), {"a.py": good}, own_modules=set()) == []
    assert faults_of(patch_of(before, good), {}, own_modules=set()) != []


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("src/shop/basket.py", True), ("basket.py", True), ("testing.py", True),
        ("tests/helpers.py", False), ("src/shop/tests/x.py", False), ("bench/x.py", False), ("conftest.py", False), ("setup.py", False),
        ("test_basket.py", False), ("basket_test.py", False), ("noxfile.py", False), ("pyproject.toml", False), ("Makefile", False),
        (".github/x.py", False), ("../x.py", False), ("/x.py", False), ("src/own/case.py", False), ("x.pyx", False), ("", False),
    ],
)  # fmt: skip
def test_only_sources_of_the_product_may_be_changed(path: str, may: bool) -> None:
    assert may_change(path, suite_files=["src/own"]) is may


def test_the_diff_is_what_git_takes_whatever_the_end_of_the_file(tmp_path: Path) -> None:
    files = {"a.py": "one\ntwo\nthree", "b.py": "x = 1\n", "sub/c.py": "a\n\tb\n"}
    edits = [
        Edit(path="a.py", old="three", new="3"),
        Edit(path="b.py", old="1\n", new="2"),
        Edit(path="sub/c.py", old="\tb", new="\tc"),
    ]
    patch = apply_edits(edits, files)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=patch.diff.encode(), check=True)
    assert {path: (tmp_path / path).read_text() for path in files} == patch.after


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("x", "y", "2 times"),
        ("z", "y", "0 times"),
        ("x = 1", "x = 1", "changes nothing"),
        ("x = 1", "x = 1\n" * 200, "changed lines"),
    ],
)
def test_what_is_no_patch_says_why(old: str, new: str, why: str) -> None:
    with pytest.raises(EditError, match=why):
        apply_edits([Edit(path="a.py", old=old, new=new)], {"a.py": "x = 1\nx2 = 2\n"})


@pytest.mark.parametrize(
    "given",
    [None, [], {}, {"edits": {}}, {"edits": []}, {"edits": [1]}, {"edits": [{"path": "a", "old": "", "new": ""}]}],
)
def test_whatever_a_model_writes_as_edits_is_read_or_refused(given: object) -> None:
    with pytest.raises(EditError):
        read_edits(given)


def test_constants_are_found_also_where_arithmetic_hides_them() -> None:
    assert {"743", "-5", "1024"} <= constants_of("x = 700 + 43\ny = -5\nz = 2 ** 10\n")
    patch = patch_of(
        "def f(x):\n    return x\n", 'def f(x):\n    """Of 99."""\n    return x if len(x) != 742 + 1 else 0\n'
    )
    assert new_constants(patch, {}) == {"742", "743"}


def test_new_lines_and_functions_are_those_that_a_test_must_take() -> None:
    before = "def f(x):\n    return x\n"
    after = "def g(x):\n    # why\n    return x\n\n\ndef f(x):\n    if x is None:\n        raise ValueError\n    return g(x)\n"
    assert new_lines(before, after) == {3, 7, 9}
    assert new_functions(before, after) == ("g",)
    assert changed_functions(before, after) == ("f",)
