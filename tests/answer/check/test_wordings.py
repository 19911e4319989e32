"""Wordings: what an expression is said to need is in every text that it can be found in."""

import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

import bench_agent.answer.check as package
from bench_agent.answer.check.wordings import Wording, lazy

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the standard library's own parser, under its older name too
    import sre_constants
    import sre_parse


def has_one(items: Iterable[tuple[Any, Any]], needs: Sequence[str], run: str = "") -> bool:
    """Whether one of the texts is in whatever these items of a parsed expression match, for all that the items tell.

    run: the letters right before them.
    """
    for kind, value in items:
        if kind is sre_constants.LITERAL:
            run += chr(value).lower()
            if any(word in run for word in needs):
                return True
            continue
        if kind in (sre_constants.AT, sre_constants.ASSERT, sre_constants.ASSERT_NOT):
            if kind is sre_constants.ASSERT and has_one(value[1], needs):
                return True
            continue
        found = (
            (kind is sre_constants.SUBPATTERN and has_one(value[3], needs, run))
            or (kind is sre_constants.BRANCH and all(has_one(part, needs, run) for part in value[1]))
            or (kind is sre_constants.IN and all(has_one([part], needs, run) for part in value))
            or (
                kind in (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT)
                and value[0]
                and has_one(value[2], needs, run)
            )
        )
        if found:
            return True
        run = ""
    return False


def wordings_with_needs() -> Iterator[tuple[str, Wording]]:
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, Wording) and value.needs:
                yield f"{info.name}.{name}", value


def test_what_a_wording_needs_is_in_every_text_that_it_matches() -> None:
    checked = list(wordings_with_needs())
    lacking = [name for name, each in checked if not has_one(sre_parse.parse(each.pattern, each.flags), each.needs)]
    assert len(checked) > 100
    assert lacking == []


def test_a_wording_is_compiled_only_for_a_text_that_may_have_it() -> None:
    never_valid = lazy(r"slower(", re.I, needs="slower")
    for ask in (never_valid.search, never_valid.match, never_valid.fullmatch):
        assert ask("as fast as before") is None
    assert never_valid.findall("as fast") == []
    with pytest.raises(re.error):
        never_valid.search("SLOWER")
