"""The published result of a search, from how it went: what is named, what is left, and a sentence for each thing to know. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from bench_agent.bisection import decisions
from bench_agent.bisection.decisions import Ending
from bench_agent.bisection.lineage import Line
from bench_agent.bisection.span import Span
from bench_agent.bisection.strategy import Beside, Strategy
from bench_agent.results.culprits import UNCOMMITTED, Culprit, Search, SearchedRange, Skipped
from bench_agent.results.report import Suspect
from bench_agent.suspects.same_code import MOVED
from bench_agent.text import quantity
from bench_agent.text.clean import clean_id, clean_text

MAX_SHOWN = 5  # suspects

_METHODS: dict[frozenset[str], Literal["counts", "time", "both", "none"]] = {
    frozenset(): "none",
    frozenset({"counts"}): "counts",
    frozenset({"time"}): "time",
    frozenset({"counts", "time"}): "both",
}


def ending_of(strategy: Strategy, *, interrupted: bool = False) -> Ending:
    """How a search ended."""
    return decisions.judge_ending(
        strategy.measured.verdict,
        proofs=len(strategy.proofs),
        undecided=len(strategy.undecided),
        unsearched=len(strategy.unsearched),
        out_of_time=strategy.out_of_time,
        interrupted=interrupted,
    )


def build_search(
    strategy: Strategy,
    culprits: Sequence[Culprit],
    suspects: Sequence[Suspect],
    warnings: Sequence[str],
    *,
    benchmark: str,
    seconds: float,
    interrupted: bool,
) -> Search:
    """The result. suspects: those that the measurements leave. warnings: what is to be told beside what the search tells."""
    measured, whole = strategy.measured, strategy.measured.whole
    ending = ending_of(strategy, interrupted=interrupted)
    slower, open_ = measured.verdict == "slower", ending != "settled"
    left = strategy.narrowing.left if slower and open_ else []
    return Search(
        benchmark=clean_id(benchmark),
        good="",
        bad="",
        verdict=measured.verdict,
        ratio=whole.ratio if whole and whole.analysis.n else None,
        interval=whole.interval if whole and whole.analysis.looks else None,
        culprits=tuple(sorted(culprits, key=lambda culprit: -(culprit.share or 0.0))) if slower else (),
        suspects=_rounded(suspects) if open_ and measured.verdict in ("slower", "undecided") else (),
        skipped=skipped_of(measured.line, measured.checkpoint.skipped),
        range=SearchedRange(
            commits=measured.line.last, left=tuple(measured.version_at(p).sha or UNCOMMITTED for p in left)
        ),
        method=_METHODS[frozenset(strategy.narrowing.methods)],
        measurements=measured.checkpoint.measured,
        seconds=seconds,
        interrupted=interrupted,
        out_of_time=ending == "no_time",
        warnings=(*warnings, *measured.notes, *warnings_of(strategy, ending)),
    )


def _rounded(suspects: Sequence[Suspect]) -> tuple[Suspect, ...]:
    return tuple(replace(suspect, score=float(f"{suspect.score:.3g}")) for suspect in suspects[:MAX_SHOWN])


def warnings_of(strategy: Strategy, ending: Ending) -> tuple[str, ...]:
    """What beside the culprits is to be known: passing, faster, moved, undecided and unsearched."""
    line = strategy.measured.line
    found = [*passing_in_words(strategy), *(_beside_in_words(line, each) for each in strategy.beside)]
    found += [_moved_in_words(line, proof.position, proof.step.size) for proof in strategy.moved]
    if strategy.measured.verdict == "slower":
        found += [f"what got slower between {_between(line, span)} could not be proved" for span in strategy.undecided]
        if ending in ("no_time", "interrupted"):
            found += [
                f"what got slower between {_between(line, span)} was not searched to the end"
                for span in strategy.unsearched
            ]
    return tuple(found)


def passing_in_words(strategy: Strategy) -> list[str]:
    """What made it slower for a while."""
    line = strategy.measured.line
    return [
        f"{line.versions[proof.position].short} made it slower too ({_percent(proof.step.size)}), until "
        f"{line.versions[back].short} at the latest"
        for proof, back in strategy.passing
    ]


def _beside_in_words(line: Line, each: Beside) -> str:
    what = "something"
    if each.position is not None:
        commit, version = line.commit(each.position), line.versions[each.position]
        what = f"{version.label} {clean_text(commit.subject, limit=60)}, by what is executed,"
    way, size = "faster" if each.step.size < 0 else "slower too", _percent(each.step.size)
    if each.is_sure:
        return f"between {_between(line, each.span)} {what} made it {way} ({size})"
    return f"between {_between(line, each.span)} {what} may have made it {way} ({size}, not sure)"


def _moved_in_words(line: Line, position: int, size: float) -> str:
    return (
        f"{line.versions[position].short} was measured {_percent(size, digits=1)} slower than its parent and changes nothing "
        f"that the benchmark executes: it is not named, code moved in memory does up to {_percent(MOVED)}"
    )


def whole_moved_in_words(size: float) -> str:
    """Of a range in which nothing that the benchmark executes was changed."""
    return (
        f"measured {_percent(size, digits=1)}, and no commit changes anything that the benchmark executes: this is not called "
        f"slower, code moved in memory does up to {_percent(MOVED)}"
    )


def _between(line: Line, span: Span) -> str:
    return f"{line.versions[span.low].short} and {line.versions[span.high].short}"


def _percent(size: float, *, digits: int = 0) -> str:
    return f"{100 * math.expm1(size):+.{digits}f} %"


def skipped_of(line: Line, skipped: Mapping[str, str]) -> tuple[Skipped, ...]:
    """The commits that can't be measured, oldest first; those inside merges last."""
    order = {version.key: position for position, version in enumerate(line.versions)}
    known = sorted(skipped.items(), key=lambda item: order.get(item[0], len(order)))
    return tuple(Skipped(sha=key, reason=clean_text(why)) for key, why in known if not key.startswith("-"))


def inside_in_words(inner: Strategy, merge: str) -> str:
    """Why a proved merge is named itself, and none of the commits that it brought."""
    ending = ending_of(inner)
    count = quantity.counted(inner.measured.line.last, "commit")
    if ending == "no_time":
        return f"which of the {count} of {merge}'s branch did it is not known: the time ended before that (--budget)"
    if inner.measured.verdict == "undecided":
        return (
            f"which of the {count} of its branch did it could not be told: the branch alone shows no clear change; it may be the "
            "merge itself"
        )
    return "no commit of its branch explains it alone: the merge itself is the answer"
