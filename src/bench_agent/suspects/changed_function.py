"""What it means that a commit changes one function, by what the benchmark executes and what grew. Pure."""

import math
from dataclasses import dataclass

from bench_agent.suspects.clues import Clue, describe_growth, shown_path, using_in_words, with_remarks
from bench_agent.suspects.executed_code import Benchmark
from bench_agent.suspects.patches import Hunk
from bench_agent.suspects.reached_code import Growth, split_key
from bench_agent.suspects.syntax import Change
from bench_agent.suspects.weights import (
    EXECUTED,
    EXPLAINS,
    GREW_BY_CALLS,
    GREW_ITSELF,
    GREW_LEAST,
    LAYOUT_ONLY,
    LEVER,
    MENTIONS_GROWN,
    NEW_FUNCTION,
    NEWLY_CALLS_GROWN,
    NO_LEVER,
    NOT_EXECUTED,
    PER_SHARE,
    PERHAPS_EXECUTED,
    UNKNOWN_REACH,
)
from bench_agent.text.clean import clean_text


def judge_function(path: str, key: str, change: Change, hunks: tuple[Hunk, ...], benchmark: Benchmark) -> Clue:
    """What it means that this commit changes this function."""
    name = f"{clean_text(split_key(key)[1], limit=80)} ({shown_path(path)})"
    if change.same:
        text = f"touches comments or layout of {name} only"
        return Clue(text=text, weight=LAYOUT_ONLY, path=path, function=key, hunks=hunks)
    found = _Relation.of(key, change, benchmark)
    growth = found.growth
    weight, explains, text = change.weight, found.newly.function if found.newly else None, f"changes {name}"
    if growth is not None and growth.itself:
        weight += _weigh_grown(found, growth, change, benchmark)
        text += f", which the benchmark executes; {describe_growth(growth)}{using_in_words(found.newly)}"
        explains = key if found.is_cause(growth, change, benchmark) else explains
    elif key in benchmark.work or not benchmark.known:
        weight += _weigh_executed(found, benchmark)
        text += ", which the benchmark executes" if benchmark.known else ""
        if growth is not None:
            text += f"; {describe_growth(growth)}"
            explains = key if change.weight > EXPLAINS else explains
        elif benchmark.strength > 0:
            text += using_in_words(found.called)
    else:
        weight *= NOT_EXECUTED if benchmark.complete else PERHAPS_EXECUTED
        text += ", which the benchmark imports"
    weight += benchmark.hot(key)
    return Clue(
        text=with_remarks(text, change.remarks), weight=weight, path=path, function=key, hunks=hunks, explains=explains
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """How a changed function stands to the work that grew."""

    growth: Growth | None  # of the function itself
    newly: Growth | None  # of the most grown function that the change is the first to name
    called: Growth | None  # of the most grown function that it names at all
    through: float  # the weight of naming it

    @classmethod
    def of(cls, key: str, change: Change, benchmark: Benchmark) -> "_Relation":
        own = split_key(key)[1].rpartition(".")[2]
        newly = benchmark.grown_named(change.came - {own})
        called = newly or benchmark.grown_named(change.names - {own})
        weight = NEWLY_CALLS_GROWN if newly else MENTIONS_GROWN
        through = weight * benchmark.share(called) ** 0.5 if called else 0.0
        return cls(growth=benchmark.change.grown.get(key), newly=newly, called=called, through=through)

    def has_lever(self, growth: Growth, change: Change) -> bool:
        """Whether the change holds something that can multiply the work, rather than add a line to it."""
        return change.new or self.newly is not None or (change.weight > LEVER and growth.ran)

    def is_cause(self, growth: Growth, change: Change, benchmark: Benchmark) -> bool:
        """Whether the growth is explained by the function itself, and not by one that it names now."""
        through_newly = self.newly is not None and benchmark.share(self.newly) > benchmark.share(growth)
        return self.has_lever(growth, change) and not through_newly


def _weigh_grown(found: _Relation, growth: Growth, change: Change, benchmark: Benchmark) -> float:
    """Of a function that itself does more."""
    strong = max(GREW_LEAST, GREW_ITSELF + PER_SHARE * math.log(benchmark.share(growth)))
    if not growth.ran and not change.new:
        strong = GREW_BY_CALLS  # what did not run before was made to run by somebody else
    strong = max(strong, found.through if found.newly else 0.0)
    weight = benchmark.strength * strong + (1 - benchmark.strength) * benchmark.pick(EXECUTED)
    if not found.has_lever(growth, change) and growth.now.lines >= 2 * growth.before.lines:
        weight += benchmark.strength * NO_LEVER
    if change.new and not growth.ran:
        weight += benchmark.strength * NEW_FUNCTION
    return weight


def _weigh_executed(found: _Relation, benchmark: Benchmark) -> float:
    """Of a function that is executed, or may be, and does not itself do more."""
    weight = benchmark.pick(EXECUTED) if benchmark.known else UNKNOWN_REACH
    if found.growth is not None:
        weight += benchmark.strength * (max(GREW_BY_CALLS, found.through if found.newly else 0.0) - EXECUTED[0])
    elif found.called is not None and benchmark.strength > 0:
        weight += benchmark.strength * max(0.0, found.through - EXECUTED[0])
    return weight
