"""Which commits are proved to have changed a benchmark, and which stretches between are left to search. Pure.

A commit is proved by sets of sessions that were taken for that: it beside the newest measurable version before it. What it was
found by does not count again.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bench_agent.backfill.known import Known
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.bisection.span import Span
from bench_agent.bisection.steps import LEAST, Step
from bench_agent.stats.multiple import step_up
from bench_agent.stats.sequential import EARLY_LOOK, LOOKS

PART = 0.5  # of the resolution: a proved step is told from there on; a search looks for whole ones
# Part of what is named that may be wrong, and of unchanged histories in which anybody is. Fewer than in comparisons of suites:
# whoever is named was sought out. At 5 % it was 2 of 60 unchanged histories with much noise (tests/calibration/backfill_noise.py).
SUITE = 0.01
MOST_PROOF_SETS = LOOKS[4]  # more would hardly decide it

ProofVerdict = Literal["proved", "refuted", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """One benchmark's step at one position of a stretch."""

    benchmark: str
    position: int
    parent: int  # the newest measurable position before it; more than one before where commits can't be measured
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """All that sets for a proof were taken of."""

    proved: tuple[Proved, ...] = ()  # oldest first
    refuted: Mapping[str, frozenset[int]] = field(default_factory=dict)  # benchmark -> positions that are not the cause


def judge(step: Step | None, wish: Wish, *, surety: float = 0.0) -> ProofVerdict:
    """What the sets taken for a proof say. surety: the step's p-value adjusted for all trials; above SUITE it is not sure."""
    if step is None:
        return "open"
    a = step.analysis
    is_small = abs(step.size) < max(LEAST, PART * wish.resolution)
    if step.is_slower or step.is_faster:
        if is_small:
            return "refuted"
        if surety <= SUITE:
            return "proved"
    if a.n >= LOOKS[0] and (step.is_decided or a.n >= MOST_PROOF_SETS):
        return "refuted" if a.n >= MOST_PROOF_SETS or not (step.is_slower or step.is_faster) else "open"
    return "open"


def sets_to_prove(step: Step | None, *, agreed: bool) -> int:
    """How many more sets of sessions to take for a proof. agreed: exact counts say the same as the clock so far."""
    n = step.analysis.n if step else 0
    if n == 0 and agreed:
        return EARLY_LOOK
    return next(look for look in (*LOOKS, n + LOOKS[0]) if look > n) - n


def trials_in(stretch: Stretch, known: Known, wish: Wish) -> Trials:
    """What is proved and what is refuted. Many trials make one that passes by chance likely, so all are judged together."""
    tried = {
        (benchmark, parent, position): step
        for benchmark in stretch.benchmarks
        for parent, position in _tried(stretch, known, benchmark)
        if (step := known.step(benchmark, stretch.sha(parent), stretch.sha(position), proof=True)) is not None
    }
    surety = step_up({str(at): min(1.0, 2 * min(s.analysis.p_greater, s.analysis.p_less)) for at, s in tried.items()})
    proved: list[Proved] = []
    refuted: dict[str, set[int]] = defaultdict(set)
    for (benchmark, parent, position), step in tried.items():
        verdict = judge(step, wish, surety=surety[str((benchmark, parent, position))])
        if verdict == "proved":
            proved.append(Proved(benchmark=benchmark, position=position, parent=parent, step=step))
        elif verdict == "refuted":
            refuted[benchmark].add(position)
    proved.sort(key=lambda proof: (proof.position, proof.benchmark))
    return Trials(proved=tuple(proved), refuted={name: frozenset(some) for name, some in refuted.items()})


def _tried(stretch: Stretch, known: Known, benchmark: str) -> list[tuple[int, int]]:
    """(parent, position) of everything that sets for a proof were taken of."""
    taken = [one for one in known.sets.get(benchmark, ()) if one.purpose == "prove"]
    if not taken:  # most benchmarks, of which this is asked again and again
        return []
    places = {version.sha: position for position, version in enumerate(stretch.line.versions)}
    found = set()
    for one in taken:
        if one.anchor in places:
            low = places[one.anchor]
            later = [places[sha] for sha in one.logs if sha in places and places[sha] > low]
            if later:  # beside it there may run the far end of the stretch it was found in
                found.add((low, min(later)))
    return sorted(found)


def unmeasurable(stretch: Stretch, known: Known, benchmark: str) -> frozenset[int]:
    """Positions of which it is known that the benchmark can't be measured there."""
    if not known.reasons:
        return frozenset()
    return frozenset(
        p for p, version in enumerate(stretch.line.versions) if not known.is_measurable(version.sha, benchmark)
    )


def gaps_of(stretch: Stretch, known: Known, benchmark: str, proved: Iterable[Proved]) -> list[Span]:
    """The stretches between neighbouring positions that are surveyed or proved, without the proved steps themselves."""
    own = [proof for proof in proved if proof.benchmark == benchmark]
    skipped = unmeasurable(stretch, known, benchmark)
    ends = {p for p in stretch.survey if p not in skipped}
    ends |= {p for proof in own for p in (proof.parent, proof.position)}
    ordered = sorted(ends)
    steps = {(proof.parent, proof.position) for proof in own}
    return [Span(low=a, high=b) for a, b in itertools.pairwise(ordered) if (a, b) not in steps]
