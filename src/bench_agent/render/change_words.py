"""What a change does to the benchmarks, in words: the same sentences for terminal, Markdown, annotations and page.

Takes a finished `Change`. Returns plain text without markup; names and subjects in it are cleaned and bounded, and whoever
puts it somewhere escapes it.
"""

from collections.abc import Sequence

from bench_agent.render import wording
from bench_agent.results.change import FAILS_BEFORE_TOO, Change, ChangedBenchmark, marks_of
from bench_agent.results.culprits import Culprit, Search
from bench_agent.results.report import Suspect
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

UNDER_WAY = "working tree"


def verdict(change: Change) -> str:
    """The first thing to read, in a few words: "1 regression: search 7.2x", "Nothing got slower"."""
    open_ = quantity.counted(len(change.untraced), "benchmark") if change.untraced else ""
    return _verdict(change) + (f", memory of {open_} not traced" if open_ else "")


def _verdict(change: Change) -> str:
    slower, failed = marks_of(change, "slower"), marks_of(change, "failed")
    kinds = (
        ([row for row in failed if row.note != FAILS_BEFORE_TOO], "benchmark failed", "benchmarks failed"),
        (marks_of(change, "regressed"), "regression", "regressions"),
        ([row for row in slower if row.accepted is None], "slowdown within its limit", "slowdowns within their limits"),
        ([row for row in slower if row.accepted is not None], "slowdown accepted", "slowdowns accepted"),
        (marks_of(change, "undecided"), "undecided", "undecided"),
        (marks_of(change, "vanished"), "benchmark gone", "benchmarks gone"),
        ([row for row in failed if row.note == FAILS_BEFORE_TOO], "fails as before", "fail as before"),
    )
    parts = [_worst(rows, one, many) for rows, one, many in kinds if rows]
    if grown := [row for row in change.memory if row.is_regression]:
        parts.insert(0, quantity.counted(len(grown), "memory regression"))
    if parts:
        return ", ".join(parts)
    if change.status == "not_compared" or not change.benchmarks:
        return "Nothing was compared"
    if faster := marks_of(change, "faster"):
        return f"Nothing got slower, {_worst(faster[::-1], 'faster', 'faster')}"
    if len(marks_of(change, "untouched")) == len(change.benchmarks):
        return "The change reaches no benchmark"
    return "Nothing got slower"


def _worst(rows: Sequence[ChangedBenchmark], one: str, many: str) -> str:
    """How many, with the first, where it has a size."""
    size = told(rows[0])
    named = f": {wording.name(rows[0].benchmark, limit=40)} {size}" if size not in ("", quantity.SAME) else ""
    return quantity.counted(len(rows), one, many) + named


def told(row: ChangedBenchmark) -> str:
    """The change of a benchmark: "+31 %", "7.2x so far" while it is undecided, `~` for none; "" where it has no figures."""
    if row.ratio is None:
        return ""
    size = quantity.told_change(row.ratio, row.interval, same=row.mark == "pass")
    return f"{size} so far" if row.mark == "undecided" and size != quantity.SAME else size


def interval(row: ChangedBenchmark) -> str:
    if row.ratio is None:
        return ""
    return quantity.change_interval(row.interval) if row.interval else "too few pairs"


def mark_word(row: ChangedBenchmark) -> str:
    """ "Regressed", "Slower (accepted: ...)", "Not measured: ..."."""
    word = "The same" if row.mark == "pass" else wording.MARKS[row.mark].capitalize()
    return f"{word}, accepted" if row.accepted is not None else word


def counts(change: Change) -> str:
    """How many of what, in one line: "2 measured in turns, 48 untouched: the change can't reach them"."""
    measured = [row for row in change.benchmarks if row.ratio is not None]
    untouched = marks_of(change, "untouched")
    new, vanished = marks_of(change, "new"), marks_of(change, "vanished")
    open_rows = [row for row in change.benchmarks if row.mark == "undecided" and row.ratio is None]
    parts = (
        (len(measured), f"{quantity.counted(len(measured), 'benchmark')} measured in turns"),
        (len(open_rows), f"{len(open_rows):,} not measured"),
        (len(untouched), f"{len(untouched):,} untouched: the change can't reach them"),
        (len(new), f"{len(new):,} new"),
        (len(vanished), f"{len(vanished):,} gone"),
    )
    return ", ".join(text for number, text in parts if number) or "no benchmark was found"


def versions(change: Change) -> str:
    """ "1a2b3c4d against 99887766, where it left main; main has 3 commits since"."""
    base, head = version(change.base), version(change.head)
    name = clean_text(change.base_name or "", limit=80)
    how = {
        "named": f" ({name})" if name and name != base else "",
        "fork_point": f", where it left {name}" if name else ", where the branch began",
        "merge_parent": f", the commit of {name or 'the target branch'} that it is merged into",
        "push": ", the commit before the push",
        "commit": ", the commit before",
    }[change.base_kind]
    moved = ""
    if change.base_moved:
        moved = f"; {name or 'the base'} has moved on by {quantity.counted(change.base_moved, 'commit')} since, not compared"
    return f"{head} against {base}{how}{moved}"


def version(sha: str) -> str:
    return "the working tree" if sha == UNDER_WAY else clean_text(sha, limit=40)[:8]


def method(change: Change) -> str:
    """How the figures came about."""
    pairs = [row.pairs for row in change.benchmarks if row.pairs]
    how = f"{min(pairs)} to {max(pairs)}" if pairs and min(pairs) != max(pairs) else str(max(pairs, default=0))
    told_pairs = f", {how} pairs of sessions a benchmark" if pairs else ""
    return (
        f"Both versions ran in turns on this machine{told_pairs}; the change is that of CPU time where the work computes, of "
        f"wall time where it waits; intervals hold 95 %, whenever measuring stopped. It took {quantity.elapsed(change.seconds)}."
    )


def proof(culprit: Culprit) -> str:
    """ "+31 % (+28 % to +34 %, 8 pairs) against its parent, 97 % of the change"."""
    share = "" if culprit.share is None else f", {quantity.percent(min(culprit.share, 1.0))} of the change"
    range_ = quantity.change_interval(culprit.interval)
    return f"{quantity.change(culprit.ratio)} ({range_}, {culprit.pairs} pairs) against its parent{share}"


def suspect_weight(suspect: Suspect) -> str:
    return f"{quantity.suspicion(suspect.score)} of the suspicion, not proved"


def unproved(search: Search) -> str:
    """Why nobody is named, where nobody is; "" otherwise."""
    if search.culprits or search.verdict not in ("slower", "undecided"):
        return ""
    if search.out_of_time or search.interrupted:
        return "the time ended before a commit was proved to have done it"
    return "no commit could be proved to have done it"
