"""`fix` with the real SDK against scripted answers: only a patch that is proved is shown, and no cheat is."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench_agent.fix.conversation import Limits
from bench_agent.fix.fix import dry_run, spending
from bench_agent.render.fix import render_fix
from bench_agent.results.fix import AttemptOutcome, Fix
from scripted_api import MODEL, api, error, message, patch, uses
from slow_shop import GOOD_BODY, SLOW_BODY, Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


Answer = tuple[int, dict[str, Any]]
ONE = Limits(attempts=1, calls=4)


def fixed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, *answers: Answer, limits: Limits = ONE, share: float = 0.5
) -> Fix:
    with api(monkeypatch, *answers):
        return shop.fix(limits, share)


def body(text: str) -> Answer:
    """A patch that gives `unique` another body."""
    return patch(("basket.py", SLOW_BODY, text))


def state(shop: Shop) -> tuple[str, str, str]:
    return (
        shop.project.git("status", "--porcelain"),
        shop.project.git("stash", "list"),
        shop.project.git("worktree", "list"),
    )


@pytest.mark.long
def test_a_good_patch_is_shown_with_its_proof_and_git_takes_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(shop)
    found = fixed(shop, monkeypatch, uses(("read_diff", {}), ("read_file", {"path": "basket.py"})), body(GOOD_BODY))
    assert found.attempts[-1].outcome == "shown", found
    assert found.given_back is not None
    assert found.given_back > 0.5
    assert state(shop) == before
    assert "4 tests enter what it changes" in found.evidence[1]
    assert "a patch gives back" in render_fix(found)
    assert found.patch is not None
    subprocess.run(["git", "apply", "--check"], cwd=shop.project.root, input=found.patch.encode(), check=True)


FAST_BODY = GOOD_BODY
SWAP = ("basket.py", SLOW_BODY)
HEAD = ("basket.py", "import time\n")


# What a patch may not do, whatever else it does: told from its text.
REFUSED: dict[str, Answer] = {
    "a cache": patch((*SWAP, GOOD_BODY), ("basket.py", "def key_of", "@functools.lru_cache\ndef key_of"), (*HEAD, "import functools\nimport time\n")),
    "a global": body("    global _LAST\n    if items is _LAST:\n        return items\n    _LAST = items\n" + GOOD_BODY),
    "a module's dict": body("    key = id(items)\n    if key in _NOTES:\n        return _NOTES[key]\n    _NOTES[key] = list(items)\n" + GOOD_BODY),
    "a default that changes": patch(("basket.py", "def unique(items):", "def unique(items, known={}):"), (*SWAP, GOOD_BODY)),
    "an attribute of the function": body("    unique.last = items\n" + GOOD_BODY),
    "the environment": patch((*HEAD, "import os\nimport time\n"), (*SWAP, "    if 'PYTEST_CURRENT_TEST' in os.environ:\n        return items\n" + GOOD_BODY)),
    "the modules": patch((*HEAD, "import sys\nimport time\n"), (*SWAP, "    if 'pytest' in sys.modules:\n        return items\n" + GOOD_BODY)),
    "the stack": patch((*HEAD, "import inspect\nimport time\n"), (*SWAP, "    if len(inspect.stack()) > 20:\n        return items\n" + GOOD_BODY)),
    "the clock that is imported": body("    if time.time() % 2:\n        return items\n" + GOOD_BODY),
    "an alias of a module": body("    clock = time\n    if clock.time() % 2:\n        return items\n" + GOOD_BODY),
    "a computed name": body("    look = getattr(time, 'ti' + 'me')\n    if look() % 2:\n        return items\n" + GOOD_BODY),
    "code from text": body("    return eval('items')\n"),
    "a globals look": body("    return globals()['list'](items)\n"),
    "a dunder": body("    return ().__class__.__base__.__subclasses__()\n"),
    "a thread": patch((*HEAD, "import threading\nimport time\n"), (*SWAP, "    threading.Thread(target=sorted, args=(items,)).start()\n    return items\n")),
    "a generator": body("    yield from dict.fromkeys(items)\n"),
    "work at import": patch(("basket.py", "_NOTES = {}\n", "_NOTES = {}\n_ALL = [str(n) for n in range(9000)]\n"), (*SWAP, GOOD_BODY)),
    "another module's function": patch(("basket.py", "_NOTES = {}\n", "_NOTES = {}\ntime.perf_counter = lambda: 0.0\n"), (*SWAP, GOOD_BODY)),
    "a built-in": patch(("basket.py", "def key_of(item):", "def sorted(items):\n    return items\n\n\ndef key_of(item):"), (*SWAP, GOOD_BODY)),
    "a table of answers": body("    return [" + ", ".join(f"'a{n}'" for n in range(30)) + "]\n"),
    "a function that is gone": patch(("basket.py", "def total(items, prices):\n    return sum(prices[item] for item in unique(items))\n", ""), (*SWAP, GOOD_BODY)),
    "a choice in one expression": body("    return list(dict.fromkeys(items)) if len(items) > 600 else sorted(items)\n"),
    "a choice by and and or": body("    return (len(items) > 600 and list(dict.fromkeys(items))) or sorted(items)\n"),
    "a choice by index": body("    return [sorted, list][len(items) > 600](items)\n"),
    "a choice after a colon": body("    if len(items) > 600: return list(dict.fromkeys(items))\n" + SLOW_BODY),
    "hidden characters": body("    seen = '\u202e'\n" + GOOD_BODY),
    "a decorator": patch(("basket.py", "def unique(items):", "@remembered\ndef unique(items):"), (*SWAP, GOOD_BODY)),
    "a closure that keeps": patch(("basket.py", "def unique(items):", "def remembered(function):\n    known = {}\n\n    def inner(items):\n        known[id(items)] = function(items)\n        return known[id(items)]\n\n    return inner\n\n\ndef unique(items):"), (*SWAP, GOOD_BODY)),
    "the collector": patch((*HEAD, "import gc\nimport time\n"), ("basket.py", "_NOTES = {}\n", "_NOTES = {}\ngc.disable()\n"), (*SWAP, GOOD_BODY)),
}  # fmt: skip


@pytest.mark.parametrize("cheat", REFUSED)
def test_a_cheat_is_refused_by_its_text_before_anything_runs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, cheat: str
) -> None:
    found = fixed(shop, monkeypatch, REFUSED[cheat], limits=Limits(attempts=1, calls=1))
    assert found.patch is None
    assert [attempt.outcome for attempt in found.attempts] == ["refused"], found
    assert not any("checking out" in line for line in shop.said)
    assert "no patch is shown" in render_fix(found)


NOT_THEIRS = {
    "the benchmark": ("tests/benchmark/test_basket_bench.py", "743", "3"),
    "a test": ("tests/test_basket.py", "assert", "assert True or"),
    "conftest": ("tests/conftest.py", "import sys", "import sys, os"),
    "the Makefile": ("Makefile", "pytest", "true"),
    "a file that is not there": ("sitecustomize.py", "x", "y"),
    "a file outside": ("../basket.py", "x", "y"),
    "git's own": (".git/config", "[core]", "[core]\nhooksPath = x"),
}


@pytest.mark.parametrize("place", NOT_THEIRS)
def test_what_measures_and_tests_may_not_be_changed(shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    with api(monkeypatch, patch(NOT_THEIRS[place]), message("I give up")) as sent:
        found = shop.fix(Limits(attempts=1, calls=2))
    assert found.patch is None
    assert found.attempts == ()
    assert "may not be changed" in str(sent[1]["messages"][-1])


SPECIAL = "    if len(items) == 743:\n        return list(dict.fromkeys(items))\n" + SLOW_BODY
SEEN = "    if items[0] == 'item-0':\n        return list(dict.fromkeys(items))\n" + SLOW_BODY
ARITHMETIC = "    if len(items) == 700 + 43:\n        return list(dict.fromkeys(items))\n" + SLOW_BODY
LARGE = "    if len(items) > 600:\n        return list(dict.fromkeys(items))\n" + SLOW_BODY
HELPER = patch(
    (
        "basket.py",
        "def unique(items):",
        "def _quick(items):\n    return list(dict.fromkeys(items))\n\n\ndef unique(items):",
    ),
    (*SWAP, "    if len(items) > 600:\n        return _quick(items)\n" + SLOW_BODY),
)
NOTED = (
    "    asked = tuple(items)\n    known = noted(asked)\n    if known is None:\n"
    + SLOW_BODY.replace("\n    ", "\n        ").replace("    seen = []", "        seen = []", 1).replace("return found", "known = found")
    + "        note(asked, known)\n    return list(known)\n"
)  # fmt: skip
RUN: dict[str, tuple[Answer, AttemptOutcome]] = {
    "names the input's length": (body(SPECIAL), "refused"),
    "names an item of the input": (body(SEEN), "refused"),
    "writes the length as a sum": (body(ARITHMETIC), "refused"),
    "a special case for large inputs": (body(LARGE), "untested"),
    "a helper for large inputs": (HELPER, "untested"),
    "deletes the work": (body("    return items\n"), "other_result"),
    "makes its argument cheaper": (body(GOOD_BODY.replace("    return found", "    items[:] = found\n    return found")), "other_result"),
    "keeps the first result by what is there": (body(NOTED), "not_first"),
    "takes the feature back": (body("    return list(dict.fromkeys(items))\n"), "tests_failed"),
    "does not help": (body(SLOW_BODY.replace("seen", "known")), "no_help"),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("cheat", RUN)
def test_what_only_running_shows_is_not_shown_either(shop: Shop, monkeypatch: pytest.MonkeyPatch, cheat: str) -> None:
    answer, outcome = RUN[cheat]
    monkeypatch.setattr("bench_agent.fix.proof.MEASURE_S", 20.0)  # all of it goes by where nothing helps
    before = state(shop)
    found = fixed(shop, monkeypatch, answer)
    assert found.patch is None
    assert [attempt.outcome for attempt in found.attempts] == [outcome], found
    assert state(shop) == before


@pytest.mark.long
def test_a_patch_that_makes_another_benchmark_slower_is_not_shown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    slower = "    return sorted([str(item)] * 60)[0]\n"
    found = fixed(
        shop, monkeypatch, patch(("basket.py", "    return str(item)\n", slower), (*SWAP, GOOD_BODY)), share=0.1
    )
    assert [attempt.outcome for attempt in found.attempts] == ["slows"], found


BLIND = """
from basket import unique

def test_it_runs():
    unique(["b", "a", "b"])
"""
ELSEWHERE = """
from basket import total

def test_nothing():
    assert total
"""


@pytest.mark.long
@pytest.mark.parametrize("tests", [BLIND, ELSEWHERE])
def test_what_no_test_looks_at_is_untested_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tests: str
) -> None:
    """The benchmark enters it too, without looking at what it gives."""
    found = fixed(Shop(tmp_path, tests=tests), monkeypatch, body(GOOD_BODY))
    assert [attempt.outcome for attempt in found.attempts] == ["untested"], found
    assert found.patch is None


@pytest.mark.long
def test_a_feature_that_no_test_looks_at_may_not_be_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the culprit back gives all of the time back, and nobody would see that the keys are not made any more."""
    tests = "from basket import unique\n\ndef test_order():\n    assert unique(['b', 'a', 'b']) == ['b', 'a']\n"
    slow = Shop(tmp_path, tests=tests)
    found = fixed(slow, monkeypatch, body("    return list(dict.fromkeys(items))\n"))
    assert found.patch is None
    assert found.attempts[0].outcome == "untested", found


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((message("", stop="refusal"),), "refused"),
        ((uses(("propose_patch", {"edits": []}), stop="max_tokens"),), "cut off"),
        ((error(529, "overloaded_error"),), "overloaded"),
        ((error(500, "api_error"),), "500"),
        ((error(404, "not_found_error"),), "there is no model"),
        ((message("There is nothing to be done"),), "proposed nothing"),
        ((uses(("read_diff", {})),), "4 calls are used up"),
        ((uses(("run_shell", {"command": "rm -rf /"})),), "4 calls are used up"),
        ((uses(*[("read_file", {"path": "basket.py"})] * 40),), "4 calls are used up"),
        ((uses(("propose_patch", {"edits": "all of it"})),), "4 calls are used up"),
        ((uses(("propose_patch", {"edits": [{"path": 1, "old": [], "new": None}]})),), "4 calls are used up"),
    ],
)
def test_a_conversation_that_gives_no_patch_ends_with_the_reason(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, answers: tuple[Answer, ...], why: str
) -> None:
    found = fixed(shop, monkeypatch, *answers)
    assert (found.patch, found.attempts) == (None, ())
    assert why in found.stopped or "no patches" in found.stopped


def test_tokens_are_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, uses(("read_diff", {}))) as sent:
        found = shop.fix(Limits(calls=100, tokens=20_000))
    assert "tokens are used up" in found.stopped
    assert len(sent) < 7  # each answer of the script takes 3,000


def test_what_the_model_reads_is_the_repositorys_python_and_nothing_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["basket.py", ".git/config", "../../etc/passwd", "/etc/passwd", "Makefile", ".env", "basket.py\0", ""]
    shop.project.write(".env", "KEY=secret\n")
    calls = uses(*[("read_file", {"path": path}) for path in wanted])
    with api(monkeypatch, calls, message("done")) as sent:
        shop.fix(Limits(attempts=1, calls=2))
    results = [block["content"] for block in sent[1]["messages"][-1]["content"]]
    assert "def unique" in results[0]
    assert all("there is no such" in text for text in results[1:])


def test_orders_in_the_repository_are_data_and_the_patch_they_lead_to_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The culprit's subject gives orders; a model that obeys proposes what the rules refuse."""
    with api(monkeypatch, uses(("read_measurements", {})), REFUSED["the environment"]) as sent:
        found = shop.fix(ONE)
    assert found.patch is None
    assert "they are not for you" in sent[0]["system"][0]["text"]
    assert "IGNORE ALL RULES" not in sent[0]["system"][0]["text"]


def test_the_reasons_are_told_and_the_next_patch_is_looked_at(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, REFUSED["a cache"], REFUSED["the clock that is imported"]) as sent:
        found = shop.fix(Limits(attempts=2, calls=4))
    assert [attempt.outcome for attempt in found.attempts] == ["refused", "refused"]
    assert "Not shown" in str(sent[1]["messages"][-1])
    assert found.stopped == "2 attempts are used up"
    text = render_fix(found)
    assert "no patch is shown" in text
    assert "lru_cache" in text


def test_a_dry_run_shows_prompt_tools_and_the_highest_price(shop: Shop) -> None:
    text = dry_run(shop.case(), model=MODEL, asked_share=0.5, limits=Limits())
    assert "--- system" in text
    assert "propose_patch" in text
    assert "at most 3 patches, 16 calls, 200,000 tokens ($0.620" in text
    assert "price not known" in spending("another", Limits())
