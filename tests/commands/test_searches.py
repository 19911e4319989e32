"""Which of several benchmarks are searched, and when no more are: with a made-up metric, on no repository."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench_agent.bisection.request import SearchRequest
from bench_agent.bisection.search import LEAST_S
from bench_agent.commands.searches import Asked, search_all
from bench_agent.errors import MeasureError


@dataclass(frozen=True)
class Found:
    benchmark: str
    earlier: int
    interrupted: bool = False


@dataclass
class MadeUp:
    """A metric by which all benchmarks got worse, the last most. refused: can't be searched. stopped: Ctrl-C in its search."""

    refused: frozenset[str] = frozenset()
    stopped: str = ""
    worse: str = "worse benchmarks"
    most: int | None = 3
    looked: list[str] = field(default_factory=list)

    def got_worse(self, asked: Asked) -> list[str]:
        self.looked.append("all")
        return [*reversed(asked.ids)]

    def search(self, asked: Asked, request: SearchRequest, earlier: Any) -> Found:
        self.looked.append(request.benchmark)
        if request.benchmark in self.refused:
            raise MeasureError(f"{request.benchmark} can't be measured")
        assert request.budget_s >= LEAST_S
        return Found(request.benchmark, len(earlier), interrupted=request.benchmark == self.stopped)


def asked(*ids: str, budget_s: float = 100.0) -> tuple[Asked, list[str]]:
    said: list[str] = []
    unused = cast(Any, None)
    progress = cast(Any, SimpleNamespace(note=said.append))
    return Asked(
        config=unused, repository=unused, good="g", bad=None, suite=unused, ids=ids, budget_s=budget_s, progress=progress
    ), said  # fmt: skip


def test_of_several_those_that_got_worse_are_searched_worst_first_and_no_more_than_asked() -> None:
    metric = MadeUp()
    found = search_all(asked("a", "b", "c", "d")[0], metric)
    assert [(one.benchmark, one.earlier) for one in found] == [("d", 0), ("c", 1), ("b", 2)]
    assert metric.looked[0] == "all"


def test_a_single_one_is_searched_without_looking_whether_it_got_worse() -> None:
    metric = MadeUp()
    assert [one.benchmark for one in search_all(asked("a")[0], metric)] == ["a"]
    assert metric.looked == ["a"]


def test_without_time_the_first_is_searched_and_the_others_are_counted() -> None:
    given, said = asked("a", "b", "c", budget_s=LEAST_S / 2)
    assert [one.benchmark for one in search_all(given, MadeUp())] == ["c"]
    assert said == ["no time left for 2 more worse benchmarks (--budget)"]


def test_one_that_cannot_be_searched_is_told_and_the_others_are() -> None:
    given, said = asked("a", "b")
    assert [one.benchmark for one in search_all(given, MadeUp(refused=frozenset("b")))] == ["a"]
    assert said == ["skipped: b can't be measured"]


@pytest.mark.parametrize("ids", ["a", "ab"])
def test_where_none_can_be_searched_that_is_the_error(ids: str) -> None:
    with pytest.raises(MeasureError, match="a can't be measured"):
        search_all(asked(*ids)[0], MadeUp(refused=frozenset("ab")))


def test_ctrl_c_in_one_search_ends_them_all() -> None:
    found = search_all(asked("a", "b")[0], MadeUp(stopped="b"))
    assert [one.benchmark for one in found] == ["b"]
