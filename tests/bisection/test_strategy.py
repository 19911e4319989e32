"""Whole searches on made-up lines: what is found, by which way, and what is said where the time ends."""

import itertools
import math
import random
import time
from collections.abc import Mapping, Sequence

import pytest

import simulated
from bench_agent.bisection.checkpoint import Checkpoint
from bench_agent.bisection.lineage import Line, Version
from bench_agent.bisection.measurements import Measurements
from bench_agent.bisection.result import ending_of
from bench_agent.bisection.strategy import Strategy
from bench_agent.records import Commit

AGES_S = 1e9


def search(
    steps: dict[int, float],
    commits: int = 64,
    *,
    counted: bool = False,
    broken: Sequence[int] = (),
    noise: float = 0.005,
    seed: int = 1,
    limit: int = 1_000_000,
    also: Mapping[str, float] | None = None,
    **how: object,
) -> Strategy:
    """A finished search. steps: position -> its step in log units. limit: questions asked until the time ends.

    also: levels of further versions, by key.
    """
    shas = [f"{number:08x}" * 5 for number in range(commits + 1)]
    levels = {sha: math.fsum(size for at, size in steps.items() if at <= n) for n, sha in enumerate(shas)}
    versions = simulated.SimulatedVersions(
        levels=levels | (dict(also) if also else {}),
        work={sha: round(1000 * math.exp(level)) for sha, level in levels.items()} if counted else {},
        broken={shas[position]: "ImportError" for position in broken},
        noise=noise,
        rng=random.Random(seed),
        limit=limit,
    )
    measured = Measurements(
        versions=versions,  # type: ignore[arg-type]
        checkpoint=Checkpoint(),
        line=Line(
            versions=tuple(map(Version, shas)),
            commits=tuple(Commit(sha=sha, subject="", parents=(parent,)) for parent, sha in itertools.pairwise(shas)),
        ),
        benchmark=simulated.BENCHMARK,
        deadline=time.monotonic() + AGES_S,
        say=lambda text: None,
        save=lambda: None,
    )

    def end() -> None:
        measured.deadline = 0.0

    versions.spent = end
    strategy = Strategy(measured=measured, weights=[1.0] * commits, **how)  # type: ignore[arg-type]
    strategy.run()
    return strategy


def named(found: Strategy) -> list[int]:
    return sorted(proof.position for proof in found.proofs)


@pytest.mark.parametrize(("counted", "method"), [(True, "counts"), (False, "time")])
def test_a_step_is_found_by_counts_where_they_grow_and_else_by_time(counted: bool, method: str) -> None:
    for seed in range(5):
        at = random.Random(seed).randint(1, 64)
        found = search({at: 0.2}, counted=counted, seed=seed)
        assert named(found) == [at]
        assert found.narrowing.methods == {method}
        assert ending_of(found) == "settled"
        assert found.measured.checkpoint.measured < (40 if counted else 80)


def test_nobody_is_named_without_a_change() -> None:
    for seed in range(10):
        found = search({}, seed=seed)
        assert named(found) == []
        assert ending_of(found) in ("settled", "unproved")


def test_both_sides_of_a_culprit_are_searched() -> None:
    assert named(search({10: 0.2, 40: 0.15})) == [10, 40]
    assert named(search({10: 0.2, 40: 0.15}, counted=True)) == [10, 40]


def test_what_made_up_for_some_of_it_is_told() -> None:
    found = search({10: 0.4, 40: -0.15}, counted=True)
    assert named(found) == [10]
    assert [(each.position, each.is_sure) for each in found.beside] == [(40, True)]


def test_a_step_that_was_taken_back_is_passed_over_for_what_lasts() -> None:
    found = search({8: 1.0, 30: -1.0, 50: 0.3})
    assert named(found) == [50]
    passing = [(proof.position, back) for proof, back in found.passing]
    assert all(at == 8 and back <= 64 for at, back in passing)


def test_commits_that_cannot_be_measured_are_part_of_the_answer_where_they_hide_it() -> None:
    (proof,) = search({21: 0.3}, broken=[20, 21]).proofs
    assert (proof.parent, proof.position, proof.among) == (19, 22, (20, 21, 22))
    (proof,) = search({24: 0.3}, broken=[20, 21]).proofs
    assert proof.position == 24


def test_a_commit_that_did_it_elsewhere_is_proved_first() -> None:
    assert named(search({30: 0.2}, first=30)) == [30]
    found = search({30: 0.2}, first=12)
    assert named(found) == [30]


def test_a_commit_that_changes_nothing_executed_is_not_named_for_moved_memory() -> None:
    found = search({30: 0.02}, noise=0.001, bearing=lambda group, size: "unused")
    assert named(found) == []
    assert [proof.position for proof in found.moved] == [30]
    assert ending_of(found) == "unproved"
    assert named(search({30: 0.02}, noise=0.001)) == [30]
    assert named(search({30: 0.2}, bearing=lambda group, size: "unused")) == [30]
    assert named(search({30: 0.2}, bearing=lambda group, size: "same")) == []


@pytest.mark.parametrize("limit", range(1, 24))
def test_whenever_the_time_ends_the_search_is_settled_or_says_that_it_is_not_at_its_end(limit: int) -> None:
    found = search({10: 0.2, 40: 0.15}, limit=limit)
    assert named(found) in ([], [10], [40], [10, 40])
    if named(found) == [10, 40] and not found.out_of_time:
        return
    assert ending_of(found) == "no_time"
    assert found.unsearched or found.measured.verdict == "undecided"
    assert not found.undecided


def test_where_the_time_ends_in_a_proof_the_candidate_is_what_is_left() -> None:
    last: list[int] = []
    for limit in range(2, 40):
        found = search({40: 0.2}, counted=True, limit=limit)
        if ending_of(found) == "settled":
            break
        last = found.narrowing.left
        assert last == [] or 40 in last
    assert last == [40]
    assert named(found) == [40]


def test_a_position_that_was_measured_and_is_not_it_is_not_left() -> None:
    for limit in range(8, 20):
        assert 12 not in search({30: 0.2}, first=12, limit=limit).narrowing.left


def test_what_the_newest_version_does_without_is_not_the_answer_where_something_later_is() -> None:
    """Slower at 10, taken back at 50 and slower again at 52, between the positions at which it is looked whether it lasts."""
    steps = {10: 0.2, 50: -0.2, 52: 0.3}
    without = {position: Version(f"{position:08x}" * 5, is_newest_without=True) for position in range(1, 65)}

    def extra(position: int) -> Version:
        return without[position]

    found = search(steps, extra=extra, also={without[10].key: 0.3, without[52].key: 0.0})
    assert named(found) == [52]
    assert [proof.position for proof, _ in found.passing] == [10]


def test_where_nothing_later_did_it_a_commit_whose_reverting_gives_nothing_stays_the_answer() -> None:
    version = Version("f" * 40, is_newest_without=True)
    found = search({10: 0.2}, extra=lambda position: version, also={version.key: 0.2})
    assert named(found) == [10]
    assert found.passing == []
