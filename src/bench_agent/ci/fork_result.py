"""What a fork's job wrote, made fit to stand in a comment of ours: figures that can be, shas that are shas, our own sentences.

Takes a `Change` that was read from another job's file; returns one whose every sentence and command is made here. Names,
subjects, notes and diffs stay: they are shown as code or escaped, as everywhere.
"""

import dataclasses
import math
import re
from dataclasses import replace

from bench_agent.ci.advice import accept_commands, is_plain_name, repeat_commands
from bench_agent.results.change import Change, marks_of
from bench_agent.results.culprits import Culprit, GrownFunction, Search
from bench_agent.text.quantity import counted

MOST = 1e12  # of any figure: seconds, counts
MOST_RATIO = 1e9  # from a nanosecond to a second
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_RATIOS = ("ratio", "geomean", "pair_ratios")
_NOT_NEGATIVE = ("base_s", "head_s", "pairs", "seconds", "base_moved", "seconds_to_settle")
MAX_FUNCTIONS = 3


def check_change(change: Change) -> Change:
    """The change, where its commits are shas and its figures can have been measured. Raises ValueError."""
    for name, sha in (("base", change.base), ("head", change.head)):
        if _SHA.fullmatch(sha) is None:
            raise ValueError(f"{name} is no sha")
    _check_figures(change, "change")
    return change


def _check_figures(value: object, name: str) -> None:
    """Every figure in it, by the name of its field. One that is not finite is shown as not known, but for a ratio."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _check_figures(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for inner in value:
            _check_figures(inner, name)
    elif isinstance(value, int | float) and not isinstance(value, bool) and not _can_be(value, name):
        raise ValueError(f"{name} is a figure that can't have been measured")


def _can_be(value: float, name: str) -> bool:
    if name in _RATIOS:
        return 1 / MOST_RATIO <= value <= MOST_RATIO
    if isinstance(value, float) and not math.isfinite(value):
        return True
    most = MOST_RATIO if name == "interval" else MOST
    return (0 if name in _NOT_NEGATIVE else -most) <= value <= most


def in_own_words(change: Change, *, number: int, base_branch: str) -> Change:
    """The change with our sentences and commands in place of the file's. base_branch: of pull request `number`, as GitHub says."""
    merge = change.base_kind == "merge_parent"
    slower = [row.benchmark if is_plain_name(row.benchmark) else "NAME" for row in marks_of(change, "regressed")]
    return replace(
        change,
        base_name=base_branch if merge or change.base_kind == "fork_point" else None,
        searches=tuple(_search(search) for search in change.searches),
        warnings=_warnings(len(change.warnings)),
        machine="",
        python="",
        commands={
            "repeat": repeat_commands(change.base, change.head, merge_of=number if merge else None),
            "accept": accept_commands(dict.fromkeys(slower), baseline=None),
        },
    )


def _warnings(count: int) -> tuple[str, ...]:
    return (f"the job that measured noted {counted(count, 'warning')}: its summary has them",) if count else ()


def _search(search: Search) -> Search:
    suspects = tuple(replace(suspect, evidence=()) for suspect in search.suspects)
    return replace(search, suspects=suspects, culprits=tuple(_culprit(culprit) for culprit in search.culprits))


def _culprit(culprit: Culprit) -> Culprit:
    plain = [function for function in culprit.functions if is_plain_name(function.name)]
    return replace(culprit, evidence=tuple(_grown(function) for function in plain[:MAX_FUNCTIONS]))


def _grown(function: GrownFunction) -> str:
    (calls, calls_then), (lines, lines_then) = function.calls, function.lines
    return (
        f"{function.name}, in one call of the benchmark: {calls:,} -> {calls_then:,} times called, "
        f"{lines:,} -> {lines_then:,} lines executed"
    )
