"""The word for each benchmark and for the run: what is cleared has a proof, what is open is never a pass."""

from dataclasses import replace

import pytest

from bench_agent.detect.series import comparable
from bench_agent.detect.suspicion import judge
from bench_agent.records import Measured, Target
from bench_agent.report.advice import with_advice
from bench_agent.report.finding import compose_finding, with_measurement
from bench_agent.report.marks import mark_of, status_of
from bench_agent.results.comparison import ComparedBenchmark, Confirmation, Uncompared
from bench_agent.results.report import MARKS
from histories import make_run, make_sample

BASE = "ab" * 20
ID = make_sample(0).id


def judged(*, past: int, factor: float = 1.0, target: Target | None = None):
    runs = [make_run(n, [make_sample(0)]) for n in range(past)]
    before = [Measured(run=run, sample=run.samples[0]) for run in runs]
    sample = make_sample(0, 1e-3 * factor)
    now = Measured(run=make_run(past, [sample]), sample=sample)
    return judge(now, comparable(now, before), target=target)


def again(verdict, ratio):
    return ComparedBenchmark(
        benchmark=ID, base=1e-3, head=1e-3 * ratio, unit="s", clock="cpu", ratio=ratio,
        interval=(ratio - 0.01, ratio + 0.01), verdict=verdict, detectable=0.02, pairs=8, seconds_to_settle=None,
        p_slower=0.5, p_faster=0.5,
    )  # fmt: skip


MEASURED = {
    verdict: Confirmation(base_sha=BASE, rows={ID: again(verdict, ratio)})
    for verdict, ratio in (("slower", 2.0), ("same", 1.0), ("faster", 0.5), ("undecided", 1.5))
}
LOST = {
    reason: Confirmation(base_sha=BASE, uncompared={ID: Uncompared(benchmark=ID, reason=reason, side=side)})
    for reason, side in (("not_reached", None), ("slow", None), ("missing", BASE[:8]), ("failed", BASE[:8]))
}
FAILS_NOW = Confirmation(base_sha=BASE, uncompared={ID: Uncompared(benchmark=ID, reason="failed", side="working tree")})
UNTOUCHED = Confirmation(base_sha=BASE, untouched=frozenset({ID}))


@pytest.mark.parametrize(
    ("past", "factor", "confirmation", "mark"),
    [
        # nothing known from before
        (0, 1.0, Confirmation(), "new"),
        (0, 1.0, UNTOUCHED, "untouched"),
        (0, 1.0, MEASURED["slower"], "regressed"),
        (0, 1.0, MEASURED["same"], "pass"),
        (0, 1.0, MEASURED["faster"], "faster"),
        (0, 1.0, MEASURED["undecided"], "undecided"),
        (0, 1.0, LOST["not_reached"], "undecided"),
        (0, 1.0, LOST["slow"], "undecided"),
        (0, 1.0, LOST["missing"], "new"),
        (0, 1.0, LOST["failed"], "new"),
        (0, 1.0, FAILS_NOW, "undecided"),
        # stored runs say it is as before
        (6, 1.0, Confirmation(), "pass"),
        (6, 1.0, LOST["not_reached"], "pass"),
        (6, 1.0, MEASURED["slower"], "regressed"),
        (6, 1.0, MEASURED["undecided"], "undecided"),
        # stored runs say it is slower
        (6, 2.0, Confirmation(), "suspected"),
        (6, 2.0, LOST["not_reached"], "suspected"),
        (6, 2.0, MEASURED["slower"], "regressed"),
        (6, 2.0, MEASURED["undecided"], "undecided"),
        (6, 2.0, MEASURED["same"], "pass"),
        (6, 2.0, MEASURED["faster"], "faster"),
        (6, 2.0, Confirmation(base_sha=BASE, same_code=True, note="the same"), "environment"),
    ],
)
def test_the_mark_of_a_benchmark(past: int, factor: float, confirmation: Confirmation, mark: str) -> None:
    j = judged(past=past, factor=factor)
    row = confirmation.rows.get(ID)
    in_question = j.slower or (row is not None and row.verdict in ("slower", "undecided"))
    finding = with_measurement(compose_finding(j), row, confirmation) if in_question else None
    if finding is not None and finding.verdict in ("same", "faster"):
        finding = None
    assert mark_of(j, finding, confirmation) == mark


@pytest.mark.parametrize(
    ("confirmation", "verdict"),
    [
        (Confirmation(), "undecided"),
        (LOST["not_reached"], "undecided"),
        (UNTOUCHED, "environment"),
        (Confirmation(base_sha=BASE, same_code=True), "environment"),
        (MEASURED["slower"], "slower"),
    ],
)
def test_what_stored_runs_do_not_clear_passes_by_nothing_but_a_measurement(
    confirmation: Confirmation, verdict: str
) -> None:
    j = replace(judged(past=6, factor=1.5), rules=("unclear",))
    found = with_measurement(compose_finding(j), confirmation.rows.get(ID), confirmation)
    assert found.verdict == verdict
    assert mark_of(j, found, confirmation) == ("regressed" if verdict == "slower" else verdict)


def test_an_open_question_is_not_answered_by_versions_that_were_both_started_by_another_recipe() -> None:
    j = replace(judged(past=6, factor=1.0), rules=("open",))
    row = again("same", 1.0)
    settled = Confirmation(base_sha=BASE, rows={ID: row})
    assert with_measurement(compose_finding(j), row, settled).verdict == "same"
    found = with_measurement(compose_finding(j), row, replace(settled, restarted=("Makefile",)))
    assert (found.verdict, found.evidence.differs) == ("undecided", ("Makefile differs",))


def test_another_recipe_or_benchmark_is_undecided_for_good_as_is_a_file_whose_reader_is_not_known() -> None:
    j = judged(past=6, factor=2.0)
    row = replace(again("same", 1.0), base=j.sample.median_s, head=j.sample.median_s, interval=(0.98, 1.02))
    held = Confirmation(base_sha=BASE, rows={ID: row}, held=("the newer benchmark files: conftest.py",))
    finding = with_advice(with_measurement(compose_finding(j), row, held), base_sha=BASE)
    assert (finding.verdict, finding.seconds_to_settle) == ("undecided", None)
    assert finding.next_command == f"git diff {BASE[:12]}"
    assert not any("--budget" in action for action in finding.actions)
    recipe = replace(held, starts=("Makefile",))
    finding = with_advice(with_measurement(compose_finding(j), row, recipe), base_sha=BASE)
    assert (finding.verdict, finding.evidence.differs) == ("undecided", ("Makefile differs",))
    unread = replace(held, held=(), unread=("conf/size.txt",))
    finding = with_advice(with_measurement(compose_finding(j), row, unread), base_sha=BASE)
    assert (finding.verdict, finding.evidence.differs) == ("undecided", ("conf/size.txt differs",))
    assert finding.next_command == f"git diff {BASE[:12]}"
    alike = replace(held, held=())
    assert with_measurement(compose_finding(j), row, alike).verdict == "environment"


def test_a_slowdown_below_the_limit_is_slower_and_one_over_its_target_too_is_told_by_the_target() -> None:
    slightly = Confirmation(base_sha=BASE, rows={ID: again("slower", 1.1)})
    j = judged(past=6, factor=2.0)
    finding = with_measurement(compose_finding(j), slightly.rows[ID], slightly)
    assert mark_of(j, finding, slightly) == "slower"
    over = judged(past=6, target=Target(name="x", p95_s=1e-9))
    assert mark_of(over, None, Confirmation()) == "over_target"
    assert mark_of(replace(over, rules=("step", "target")), finding, slightly) == "over_target"


@pytest.mark.parametrize(
    ("marks", "unmeasured", "status"),
    [
        ([], 0, "no_results"),
        (["vanished"], 0, "no_results"),
        (["new", "new"], 0, "not_compared"),
        (["new", "vanished"], 0, "not_compared"),
        (["pass", "new"], 0, "passing"),
        (["untouched"], 0, "passing"),
        (["faster", "vanished"], 0, "passing"),
        (["environment", "pass"], 0, "passing"),
        (["slower", "pass"], 0, "passing"),
        (["pass"], 1, "undecided"),
        (["pass", "suspected"], 0, "undecided"),
        (["pass", "undecided"], 0, "undecided"),
        (["new", "undecided"], 0, "undecided"),
        (["regressed", "undecided"], 0, "regressed"),
        (["over_target", "new"], 0, "regressed"),
        (["failed", "regressed"], 0, "failed"),
    ],
)
def test_a_run_passes_only_if_something_was_compared_and_nothing_is_open(
    marks: list[str], unmeasured: int, status: str
) -> None:
    assert status_of(marks, unmeasured=unmeasured) == status  # type: ignore[arg-type]


def test_every_mark_gives_a_status() -> None:
    for mark in MARKS:
        assert status_of([mark, "pass"])
