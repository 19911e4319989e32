"""Whole searches on made-up histories: what is named, what is not, and what they cost."""

import math
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.backfill.journal import Journal
from bench_agent.backfill.known import Known
from bench_agent.backfill.result import levels_of
from bench_agent.backfill.search import Search
from bench_agent.backfill.stretch import Wish
from bench_agent.backfill.tasks import MOST_BENCHMARKS
from bench_agent.history.store import Store
from bench_agent.records import Conditions, TaskResult
from simulated_history import SimulatedExecutor, branch_at, search_in_memory, sha_of, stretch_of

NAMES = tuple(f"t.py::test_{name}" for name in "abcdef")


def search(executor: SimulatedExecutor, folder: Path, *, commits: int = 512, budget_s: float = 1e6) -> Search:
    """A finished search of one made-up line."""
    folder.mkdir(exist_ok=True)
    store = Store(folder / ".benchmark")
    journal = Journal(store, "0" * 20, TaskResult)
    known = Known()
    known.add_all(journal.read())
    found = Search(
        stretches=[stretch_of(commits, NAMES)],
        known=known,
        wish=Wish(),
        executor=executor,
        journal=journal,
        deadline=time.monotonic() + budget_s,
        say=lambda text: None,
        branches_of=lambda stretch, proof: [],
        priors=lambda stretch: {},
    )
    found.run()
    return found


def named(found: Search) -> dict[tuple[int, str], float]:
    return {(proof.position, proof.benchmark): proof.step.size for proof in found.plans[0].proved}


@pytest.mark.parametrize("counted", [frozenset(), frozenset(NAMES)])
def test_every_lasting_change_is_named_faster_ones_too(tmp_path: Path, counted: frozenset[str]) -> None:
    steps = {NAMES[0]: {37: 0.40, 300: 0.18}, NAMES[1]: {300: 0.18}, NAMES[2]: {200: -0.25}, NAMES[3]: {411: 0.10}}
    found = search(SimulatedExecutor(steps=steps, counted=counted), tmp_path)
    assert set(named(found)) == {(at, name) for name, own in steps.items() for at in own}
    assert named(found)[200, NAMES[2]] == pytest.approx(-0.25, abs=0.03)
    assert not found.plans[0].tasks


def test_a_change_that_is_taken_back_is_two_changes(tmp_path: Path) -> None:
    found = search(SimulatedExecutor(steps={NAMES[0]: {100: 0.3, 350: -0.3}}), tmp_path)
    assert set(named(found)) == {(100, NAMES[0]), (350, NAMES[0])}


def test_a_merge_that_changed_two_benchmarks_is_searched_for_both() -> None:
    branch, inside = branch_at(200, 6)
    own = [version.sha for version in branch.versions]
    steps = {NAMES[0]: {inside[own[2]]: 0.3}, NAMES[1]: {inside[own[5]]: 0.3}}
    found = search_in_memory(SimulatedExecutor(steps=steps, inside=inside), stretch_of(300, NAMES), {200: branch})
    assert set(named(found)) == {(200, NAMES[0]), (200, NAMES[1])}
    assert {(proof.position, proof.benchmark) for proof in found.plans[1].proved} == {(2, NAMES[0]), (5, NAMES[1])}


def test_many_benchmarks_are_measured_in_parts() -> None:
    names = tuple(f"t.py::test_{number}" for number in range(2 * MOST_BENCHMARKS + 5))
    executor = SimulatedExecutor(steps={names[-1]: {7: 0.3}}, noise=0.001)
    found = search_in_memory(executor, stretch_of(12, names, spread=2))
    assert set(named(found)) == {(7, names[-1])}
    assert max(len(task.benchmarks) for task in executor.asked if task.sets) == MOST_BENCHMARKS


def test_two_changes_between_neighbouring_looks_are_both_named(tmp_path: Path) -> None:
    found = search(SimulatedExecutor(steps={NAMES[0]: {129: 0.2, 140: 0.2}}), tmp_path)
    assert set(named(found)) == {(129, NAMES[0]), (140, NAMES[0])}


def test_without_a_change_nobody_is_named_and_little_is_measured(tmp_path: Path) -> None:
    executors = [SimulatedExecutor(steps={}, rng=random.Random(seed)) for seed in range(10)]
    assert [named(search(one, tmp_path / str(n))) for n, one in enumerate(executors)] == [{}] * 10


def test_commits_that_cannot_be_measured_are_stepped_over(tmp_path: Path) -> None:
    broken = dict.fromkeys(range(180, 200), "missing: ImportError")
    found = search(SimulatedExecutor(steps={NAMES[0]: {190: 0.3}}, broken=broken, counted=frozenset(NAMES)), tmp_path)
    assert [(p.parent, p.position) for p in found.plans[0].proved] == [(179, 200)]


class Interrupted(SimulatedExecutor):
    def measure(self, tasks):  # type: ignore[no-untyped-def]
        if len(self.asked) > 3:
            raise KeyboardInterrupt
        yield from super().measure(tasks)


def test_a_search_that_was_stopped_goes_on_with_what_was_measured(tmp_path: Path) -> None:
    steps = {NAMES[0]: {300: 0.3}}
    first = Interrupted(steps=steps)
    assert search(first, tmp_path).interrupted
    again = SimulatedExecutor(steps=steps, rng=random.Random(2))
    assert set(named(search(again, tmp_path))) == {(300, NAMES[0])}
    assert first.asked
    assert not {task.key for task in first.asked} & {task.key for task in again.asked}


def test_ctrl_c_ends_it_with_what_is_known(tmp_path: Path) -> None:
    found = search(Interrupted(steps={}), tmp_path)
    assert found.interrupted
    assert found.known.sessions > 0


@pytest.mark.long
def test_error_rates_over_many_made_up_histories(tmp_path: Path) -> None:
    """Changes of 5 % and more are named in nearly all, and nobody else. `make calibrate ARGS=backfill_noise` tries more of them."""
    rng = random.Random(5)
    wrong, found_right, wanted = 0, 0, 0
    for seed in range(10):
        steps = {
            name: {rng.randint(1, 512): math.log(1 + rng.choice((0.05, 0.08, -0.08, 0.15, 0.4)))} for name in NAMES[:4]
        }
        found = named(search(SimulatedExecutor(steps=steps, rng=random.Random(seed)), tmp_path / str(seed)))
        true = {(at, name) for name, own in steps.items() for at in own}
        wrong += len(set(found) - true)
        found_right += len(set(found) & true)
        wanted += len(true)
    assert wrong <= 1
    assert found_right >= 0.95 * wanted


@pytest.mark.long
def test_noise_that_puts_a_wrong_commit_forward_does_not_end_the_search() -> None:
    """It ended, when the steepest part of a gap was refuted: 21 of these 32 were named."""
    right = wrong = 0
    for seed in range(8):
        rng = random.Random(f"d0.02 5.0 {seed}")
        steps = {name: {rng.randint(1, 512): math.log1p(0.05)} for name in NAMES[:4]}
        found = set(
            named(search_in_memory(SimulatedExecutor(steps=steps, noise=0.02, rng=rng), stretch_of(512, NAMES)))
        )
        true = {(at, name) for name, own in steps.items() for at in own}
        right, wrong = right + len(found & true), wrong + len(found - true)
    assert wrong == 0
    assert right >= 25


def test_positions_and_names_of_made_up_commits_belong_together() -> None:
    assert sha_of(300).startswith("0000012c")


def test_commits_that_need_older_benchmark_files_are_searched_with_those_and_told_once() -> None:
    stretch = replace(stretch_of(100, NAMES[:1], spread=10), conditions=Conditions(files_from=sha_of(100)))
    found = search_in_memory(SimulatedExecutor(steps={NAMES[0]: {15: 0.2, 60: 0.3}}, moved=30, noise=0.005), stretch)
    proved = [(n, found.stretches[n].sha(p.position)) for n, plan in found.plans.items() for p in plan.proved]
    assert [each.anchor for each in found.stretches] == [sha_of(100), sha_of(30)]
    assert proved == [(0, sha_of(60)), (1, sha_of(15))]
    assert [each.position for each in levels_of(found.stretches[1], found.known, {}, {})][:2] == [0, 6]


def test_what_changed_most_is_named_first_however_late_it_came() -> None:
    small, large = NAMES[:2]
    executor = SimulatedExecutor(steps={small: {40 * n: 0.04 * (-1) ** n for n in range(1, 5)}, large: {290: 0.7}})
    found = search_in_memory(executor, stretch_of(300, (small, large)))
    assert [proof.position for proof in found.plans[0].proved if proof.benchmark == large] == [290]
    proofs = [task for task in executor.asked if task.purpose == "prove"]
    assert large in proofs[0].benchmarks
    assert any(small in task.benchmarks for task in proofs)
