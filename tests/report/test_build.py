"""The report of a run on stored ones: every step but measuring. Whole runs are in `tests/e2e` and `tests/measure`."""

import json
from dataclasses import replace

import jsonschema
import pytest

from bench_agent.config import load_config
from bench_agent.history.load import Questions
from bench_agent.records import CountedWork, Failure, Head, Reach
from bench_agent.report.build import report_on
from bench_agent.report.judge_by_history import judge_run, with_open
from bench_agent.report.vanished import find_vanished
from bench_agent.results.comparison import ComparedBenchmark, Confirmation, Uncompared
from bench_agent.results.report_json import schema, to_json
from bench_agent.system.git import open_repository
from histories import MACHINE, make_run, make_runs, make_sample
from planted import plant
from reports import HOSTILE
from searches import proved, search
from traced import trace_benchmark

NOTHING_CONFIRMED = Confirmation()
FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")


def scaled(sample, factor):
    return replace(sample, **{name: getattr(sample, name) * factor for name in FIELDS})


def quiet(benchmark, run, random):
    return 1 + random.uniform(-0.01, 0.01)


@pytest.fixture
def report(tmp_path):
    def make(
        run,
        past,
        *,
        repository=None,
        confirmation=NOTHING_CONFIRMED,
        searches=None,
        vanished=(),
        open_since=(),
        **settings,
    ):
        config = replace(load_config(tmp_path, environment={}), **settings)
        judged = with_open(judge_run(config, run, past), Questions(since=dict(open_since)))
        found = report_on(
            config, run, judged, confirmation, repository=repository, searches=searches, vanished=vanished
        )
        jsonschema.validate(json.loads(to_json(found)), schema())
        return found

    return make


def test_a_run_with_nothing_to_compare_with_passes_nothing(report):
    (run,) = make_runs(1, 3)
    found = report(run, [])
    assert (found.status, found.summary.compared, found.run.compared_with) == ("not_compared", 0, None)
    assert (found.summary.passing, found.summary.new) == (0, 3)
    assert {row.mark for row in found.benchmarks} == {"new"}
    assert (found.regressions, found.improvements) == ((), ())


def test_an_unchanged_suite_passes(report):
    *past, run = make_runs(6, 20, factor=quiet)
    found = report(run, past)
    assert (found.status, found.regressions, found.warnings) == ("passing", (), ())
    assert found.run.compared_with == past[-1].run_id
    assert found.summary.compared == 20
    assert found.summary.geomean_ratio == pytest.approx(1.0, abs=0.03)


def test_a_slowdown_that_was_not_measured_again_leaves_the_run_undecided(report):
    *past, run = make_runs(6, 20, factor=quiet)
    run = replace(run, samples=(scaled(run.samples[0], 2.0), *run.samples[1:]))
    found = report(run, past)
    (finding,) = found.regressions
    assert (finding.benchmark, finding.verdict, finding.severity, finding.confirmed) == (
        "work_0",
        "suspected",
        "low",
        False,
    )
    assert finding.ratio == pytest.approx(2.0, abs=0.1)
    assert (found.status, found.summary.suspected, found.summary.passing) == ("undecided", 1, 19)
    assert found.benchmarks[0].mark == finding.mark == "suspected"
    assert finding.actions
    assert finding.issue


def slower_as_a_whole(factor=1.5):
    *past, run = make_runs(6, 12, factor=quiet)
    return replace(run, samples=tuple(scaled(s, factor) for s in run.samples)), past


def sampled(run, verdict, *, ratio, common, interval=None):
    """What measuring three benchmarks of a run in turns gave."""
    sample = run.samples[:3]
    interval = interval or (ratio - 0.01, ratio + 0.01)
    return Confirmation(
        base_sha="ab" * 20,
        rows={s.id: measured_again(s, verdict, ratio=ratio, interval=interval) for s in sample},
        sample=tuple(s.id for s in sample),
        common=common,
    )


def test_a_run_that_was_slower_as_a_whole_is_suspected_until_it_was_measured(report):
    run, past = slower_as_a_whole()
    found = report(run, past)
    assert (found.status, found.summary.suspected, found.summary.passing) == ("undecided", 12, 0)
    assert all("together" in finding.rules for finding in found.regressions)
    assert (found.common.verdict, found.common.benchmarks) == ("unknown", 12)
    text = "".join(found.warnings)
    assert "the machine or code that they share, no sample of them was measured in turns" in text
    assert "not the code" not in text


def test_a_common_move_is_the_machine_where_base_and_head_say_so(report):
    run, past = slower_as_a_whole()
    found = report(run, past, confirmation=sampled(run, "same", ratio=1.0, common="machine"))
    assert (found.status, found.summary.environment, found.regressions) == ("passing", 12, ())
    assert {row.mark for row in found.benchmarks} == {"environment"}
    assert (found.common.measured, found.common.interval) == (3, (0.99, 1.01))
    (told,) = [text for text in found.warnings if "together" in text]
    assert "that is the machine, not the code; in turns with abababab, 3 of the 12 that got slower" in told
    assert "(-1 % to +1 %)" in told


def test_a_common_move_is_the_code_where_one_of_the_sample_is_slower(report):
    run, past = slower_as_a_whole()
    found = report(run, past, confirmation=sampled(run, "slower", ratio=1.5, common="code"))
    assert (found.status, found.summary.regressed, found.summary.suspected) == ("regressed", 3, 9)
    assert "not the code" not in "".join(found.warnings)


def test_a_run_that_was_faster_as_a_whole_claims_no_cause(report):
    run, past = slower_as_a_whole(0.7)
    found = report(run, past)
    assert (found.status, found.common.benchmarks) == ("passing", 0)
    assert "whether that is the machine or the code was not measured" in "".join(found.warnings)


def test_a_benchmark_that_is_gone_since_the_last_run_has_a_row(report):
    *past, run = make_runs(3, 3, factor=quiet)
    run = replace(run, samples=run.samples[1:])
    found = report(run, past, vanished=find_vanished(run, past[-1]))
    (row,) = [row for row in found.benchmarks if row.mark == "vanished"]
    assert (row.benchmark, row.message) == ("work_0", "last measured in the run of 2026-11-01 13:00 UTC")
    assert (found.status, found.summary.vanished, found.summary.benchmarks) == ("passing", 1, 2)
    assert "1 no longer measured" in found.summary.headline


def test_a_question_that_was_not_settled_is_asked_again_though_the_slow_run_is_stored(report):
    *past, run = make_runs(4, 3, factor=quiet)
    slow = replace(run, samples=(scaled(run.samples[0], 1.5), *run.samples[1:]))
    first = report(slow, past)
    assert (first.status, first.open_since) == ("undecided", {run.samples[0].id: past[-1].head.sha})
    again, *stored = (replace(slow, run_id=make_run(n, []).run_id) for n in (9, 6, 7, 8))
    # The last runs are all slow: history alone says nothing any more.
    assert report(again, [*past[-1:], *stored]).status == "passing"
    found = report(again, [*past[-1:], *stored], open_since=first.open_since)
    assert (found.status, found.summary.undecided, found.undecided[0].rules) == ("undecided", 1, ("open",))
    assert found.undecided[0].next_command.startswith(f"bench-agent compare {past[-1].head.sha[:12]} -k test_work_0")
    assert found.open_since == first.open_since


def test_a_first_run_that_could_not_be_compared_is_asked_about_again(report):
    """Else the next one passes against it: what was missing (`setup`, say) is set by then, and the slow code stored."""
    first, again = make_runs(2, 3, factor=quiet)
    untouched = first.samples[0].id
    why = Confirmation(base_sha="ab" * 20, note="it must be built", untouched=frozenset([untouched]))
    told = report(first, [], confirmation=why)
    assert (told.summary.new, set(told.open_since.values())) == (2, {"ab" * 20})
    assert untouched not in told.open_since
    assert report(again, [first], open_since=told.open_since).status == "undecided"
    assert report(first, [], confirmation=replace(why, base_sha=None)).open_since == {}


def test_a_question_still_open_is_no_slowdown_where_the_run_is_faster(report):
    *past, run = make_runs(4, 3, factor=quiet)
    fast = replace(run, samples=(scaled(run.samples[0], 0.6), *run.samples[1:]))
    found = report(fast, past, open_since={run.samples[0].id: past[-1].head.sha})
    (row,) = [row for row in found.benchmarks if row.id == run.samples[0].id]
    assert (row.mark, found.summary.suspected, found.regressions) == ("undecided", 0, ())


@pytest.mark.parametrize(("verdict", "status", "open_"), [("same", "passing", 0), ("slower", "regressed", 1)])
def test_a_question_is_closed_once_it_was_measured_and_not_slower(report, verdict, status, open_):
    *past, run = make_runs(4, 3, factor=quiet)
    id = run.samples[0].id
    ratio = 1.5 if verdict == "slower" else 1.0
    row = measured_again(run.samples[0], verdict, ratio=ratio, interval=(ratio - 0.01, ratio + 0.01))
    found = report(run, past, confirmation=Confirmation(base_sha="ab" * 20, rows={id: row}), open_since={id: "ab" * 20})
    assert (found.status, len(found.open_since)) == (status, open_)


def test_no_command_proposes_to_compare_the_commit_with_itself(report):
    *past, run = make_runs(4, 3, factor=quiet)
    id, sha = run.samples[0].id, run.head.sha
    here = Confirmation(base_sha=sha, is_head=True, note="the code is the same")
    for known in ({id: sha}, {id: "ab" * 20}):
        found = report(run, past, confirmation=here, open_since=known)
        (row,) = [row for row in found.benchmarks if row.id == id]
        assert row.mark == "undecided"
        assert f"compare {sha[:12]}" not in f"{row.next_command} {found.undecided[0].actions}"


def test_a_regression_is_asked_about_until_it_is_fixed_or_accepted(report):
    *past, run = make_runs(4, 3, factor=quiet)
    id, sha = run.samples[0].id, "ab" * 20
    slow = replace(run, samples=(scaled(run.samples[0], 2.0), *run.samples[1:]))
    row = measured_again(slow.samples[0], "slower", ratio=2.0, interval=(1.9, 2.1))
    told = report(slow, past, confirmation=Confirmation(base_sha=sha, rows={id: row}))
    assert (told.status, told.open_since) == ("regressed", {id: sha})
    again = replace(slow, run_id=make_run(9, []).run_id)
    # The slow run is stored and stands for the level before: nothing but the question says that it is slower.
    assert report(again, [slow], open_since=told.open_since).status == "undecided"
    still = report(again, [slow], confirmation=Confirmation(base_sha=sha, rows={id: row}), open_since=told.open_since)
    assert (still.status, still.open_since) == ("regressed", {id: sha})
    fixed = measured_again(slow.samples[0], "same", ratio=1.0, interval=(0.99, 1.01))
    settled = report(
        again, [slow], confirmation=Confirmation(base_sha=sha, rows={id: fixed}), open_since=told.open_since
    )
    assert (settled.status, settled.open_since) == ("passing", {})


@pytest.mark.parametrize(("ratio", "kept"), [(1.14, True), (1.05, True), (1.04, False)])
def test_a_slowdown_below_the_limit_is_asked_about_again_from_a_quarter_of_it_on(report, ratio, kept):
    *past, run = make_runs(4, 3, factor=quiet)
    id, sha = run.samples[0].id, "ab" * 20
    row = measured_again(run.samples[0], "slower", ratio=ratio, interval=(ratio - 0.01, ratio + 0.01))
    told = report(run, past, confirmation=Confirmation(base_sha=sha, rows={id: row}))
    assert (told.status, told.open_since) == ("passing", {id: sha} if kept else {})
    again = report(replace(run, run_id=make_run(9, []).run_id), [*past, run], open_since=told.open_since)
    assert again.status == ("undecided" if kept else "passing"), "what the next run does not measure does not pass"


def test_a_first_run_that_a_new_recipe_keeps_from_being_compared_asks_once(report):
    (run,) = make_runs(1, 2)
    held = {s.id: Uncompared(benchmark=s.id, reason="held", because="Makefile differs") for s in run.samples}
    found = report(run, [], confirmation=Confirmation(base_sha="ab" * 20, uncompared=held))
    assert (found.status, found.open_since) == ("undecided", {})


@pytest.mark.parametrize("factor", [1.0, 1.4, 2.5])
def test_neither_a_move_of_all_nor_the_same_code_answers_an_open_question(report, factor):
    *past, run = make_runs(6, 8, factor=quiet)
    moved = replace(run, samples=tuple(scaled(sample, factor) for sample in run.samples))
    id, sha = run.samples[0].id, "ab" * 20
    others = frozenset(sample.id for sample in run.samples[1:])
    for why in (
        Confirmation(common="machine", base_sha="cd" * 20),
        Confirmation(same_code=True, base_sha="cd" * 20, note="the code is the same"),
        Confirmation(untouched=others | {id}, base_sha="cd" * 20),
    ):
        found = report(moved, past, confirmation=why, open_since={id: sha})
        (row,) = [row for row in found.benchmarks if row.id == id]
        assert row.mark in ("undecided", "suspected")
        assert found.open_since[id] == sha


def test_the_question_of_a_benchmark_that_was_not_run_stays_open(report):
    *past, run = make_runs(4, 3, factor=quiet)
    found = report(run, past, open_since={"other.py::test_x": "ab" * 20})
    assert (found.status, found.open_since) == ("passing", {"other.py::test_x": "ab" * 20})


def test_what_a_run_did_not_come_to_is_not_gone():
    *past, run = make_runs(3, 3, factor=quiet)
    run = replace(run, samples=run.samples[1:])
    assert find_vanished(replace(run, unmeasured=1), past[-1]) == ()
    assert find_vanished(replace(run, quick=True), past[-1]) == ()
    failed = replace(run, failures=(Failure(id=past[-1].samples[0].id, outcome="failed", message=""),))
    assert find_vanished(failed, past[-1]) == ()
    (row,) = find_vanished(replace(run, skipped=1), past[-1])
    assert row.message.endswith("; now skipped or gone")


def test_runs_on_another_machine_are_no_comparison_and_it_is_said(report):
    *past, run = make_runs(4, 6, factor=quiet)
    found = report(run, [replace(r, machine=replace(MACHINE, cpu="slow one")) for r in past])
    assert (found.summary.compared, found.run.compared_with) == (0, None)
    assert "3 older runs left out: another machine (slow one)" in found.trends[0].note


def test_a_benchmark_that_is_another_one_now_says_what_it_was(report):
    *past, run = make_runs(3, 3, factor=quiet)
    renamed = replace(run.samples[0], id="tests/benchmark/test_new.py::test_renamed", name="renamed")
    rewritten = replace(run.samples[1], body_hash="f" * 12)
    run = replace(run, samples=(renamed, rewritten, run.samples[2]))
    found = report(run, past, vanished=find_vanished(run, past[-1]))
    rows = {row.benchmark: row for row in found.benchmarks}
    assert [rows[name].mark for name in ("renamed", "work_0", "work_1", "work_2")] == ["new", "vanished", "new", "pass"]
    assert "test_work_0, with the same body" in rows["renamed"].message
    assert "with another body" in rows["work_1"].message
    assert rows["work_2"].message is None


def test_why_nothing_was_compared_is_said_beside_a_failed_benchmark(report):
    (run,) = make_runs(1, 3)
    failed = Failure(id=run.samples[0].id, outcome="failed", message="no")
    found = report(
        replace(run, samples=run.samples[1:], failures=(failed,)),
        [],
        confirmation=Confirmation(note="_c.so is another's"),
    )
    assert found.summary.headline == "1 benchmark failed; 2 benchmarks measured, none compared: _c.so is another's"


def test_failed_benchmarks_fail_the_run_and_come_first(report):
    *past, run = make_runs(3, 3, factor=quiet)
    run = replace(
        run, samples=run.samples[1:], failures=(Failure(id=run.samples[0].id, outcome="failed", message="no"),)
    )
    found = report(run, past)
    assert (found.status, found.summary.failed) == ("failed", 1)
    assert (found.benchmarks[0].benchmark, found.benchmarks[0].mark) == ("work_0", "failed")


def test_a_run_without_results_says_why(report):
    found = report(replace(make_run(3, []), reason="pytest collected no tests"), make_runs(3, 3))
    assert found.status == "no_results"
    assert "pytest collected no tests" in found.summary.headline


def test_a_broken_target_is_a_regression_of_the_status(report):
    *past, run = make_runs(6, 6, factor=quiet)
    found = report(run, past, targets={"work_1": {"p95_ms": 1e-6}})
    assert (found.status, found.summary.over_target) == ("regressed", 1)
    assert found.regressions[0].rules == ("target",)


def test_a_thousand_benchmarks_fit_the_findings(report):
    *past, run = make_runs(3, 1000, rounds=5, factor=quiet)
    slow = tuple(scaled(s, 2.0) if number < 50 else s for number, s in enumerate(run.samples))
    found = report(replace(run, samples=slow), past)
    assert len(found.regressions) == 50
    text = to_json(found)
    assert len(text) < 10_000
    assert json.loads(text)["summary"]["suspected"] == 50


def test_hostile_ids_and_messages_do_no_harm(report):
    sample = replace(make_sample(0), id=HOSTILE, name=HOSTILE, group=HOSTILE, extra={HOSTILE: HOSTILE})
    run = replace(
        make_run(2, [scaled(sample, 3.0)]),
        failures=(Failure(id=HOSTILE + "x", outcome="failed", message=HOSTILE),),
        head=Head(sha="ab" * 20, branch=HOSTILE, problem=HOSTILE),
        command=HOSTILE,
        machine=replace(MACHINE, cpu=HOSTILE),
    )
    past = [replace(make_run(n, [sample]), machine=run.machine) for n in range(2)]
    text = to_json(report(run, past))
    assert not [c for c in text if ord(c) < 32 or c in "\u202e\u202c"]
    assert "\\u001b" not in text


def test_zero_times_do_no_harm(report):
    past = [make_run(n, [scaled(make_sample(0), 0.0)]) for n in range(5)]
    found = report(make_run(6, [scaled(make_sample(0), 0.0)]), past)
    assert (found.status, found.regressions) == ("passing", ())


def test_the_culprit_among_the_commits_since_the_last_good_run_is_suspected(report, tmp_path):
    repo = tmp_path / "repo"
    planted = plant(repo, commits=8, seed=1)
    base = replace(make_sample(0), reach=trace_benchmark(repo, planted.good, planted.benchmark))
    now = replace(scaled(base, 2.0), reach=trace_benchmark(repo, planted.head, planted.benchmark))
    past = [replace(make_run(n, [base]), head=Head(sha=planted.good)) for n in range(3)]
    found = report(replace(make_run(4, [now]), head=Head(sha=planted.head)), past, repository=open_repository(repo))
    (finding,) = found.regressions
    assert planted.culprit in [suspect.sha for suspect in finding.suspects[:3]]
    assert not [suspect for suspect in finding.suspects if suspect.proved]


def measured_again(sample, verdict, *, ratio=1.0, interval=(0.99, 1.01), base_s=None):
    """A row of the ring for that sample: `base_s`, or as slow as the sample is."""
    base_s = base_s or sample.median_s
    return ComparedBenchmark(
        benchmark=sample.id, base=base_s, head=base_s * ratio, unit="s", clock="cpu", ratio=ratio, interval=interval,
        verdict=verdict, detectable=0.02, pairs=10, seconds_to_settle=None, p_slower=0.5, p_faster=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(("share", "shown"), [(0.98, ["abc1234"]), (0.4, ["abc1234", "ddddddd"])])
def test_suspects_stand_beside_what_was_proved_only_where_that_does_not_explain_it(report, share, shown):
    *past, run = make_runs(6, 3, factor=quiet)
    slow = scaled(run.samples[0], 2.0)
    run = replace(run, samples=(slow, *run.samples[1:]))
    again = measured_again(slow, "slower", ratio=2.0, interval=(1.9, 2.1))
    found = report(
        run, past, confirmation=Confirmation(base_sha="ab" * 20, rows={slow.id: again}),
        searches={slow.id: search(proved(share=share), benchmark=slow.id)},
    )  # fmt: skip
    assert [suspect.sha[:7] for suspect in found.regressions[0].suspects] == shown


@pytest.mark.parametrize(("verdict", "interval"), [("same", (0.99, 1.01)), ("undecided", (0.9, 1.15))])
def test_old_code_as_slow_as_the_new_is_the_environment_and_what_differs_is_said(report, verdict, interval):
    *past, run = make_runs(6, 3, factor=quiet)
    past = [replace(p, packages=("numpy==1.26.4",)) for p in past]
    slow = scaled(run.samples[0], 2.0)
    run = replace(run, samples=(slow, *run.samples[1:]), packages=("numpy==2.0.0",))
    again = measured_again(slow, verdict, interval=interval)
    found = report(run, past, confirmation=Confirmation(base_sha="ab" * 20, rows={slow.id: again}))
    assert (found.regressions, found.undecided, found.summary.undecided) == ((), (), 0)
    (finding,) = found.environment
    assert (finding.verdict, finding.evidence.differs) == ("environment", ("numpy 1.26.4 -> 2.0.0",))
    assert (found.status, found.summary.environment, found.benchmarks[0].mark) == ("passing", 1, "environment")
    assert "not measured" not in finding.issue.body
    assert "numpy 1.26.4 -> 2.0.0" in "".join(found.warnings)


def test_what_can_still_be_slower_by_half_of_what_was_suspected_stays_untold(report):
    *past, run = make_runs(6, 3, factor=quiet)
    slow = scaled(run.samples[0], 2.0)
    again = measured_again(slow, "undecided", interval=(0.9, 1.5))
    found = report(
        replace(run, samples=(slow, *run.samples[1:])),
        past,
        confirmation=Confirmation(base_sha="ab" * 20, rows={slow.id: again}),
    )
    assert [(finding.verdict, finding.mark) for finding in found.undecided] == [("undecided", "undecided")]
    assert (found.status, found.summary.undecided, found.benchmarks[0].mark) == ("undecided", 1, "undecided")


WORK = CountedWork(
    base=Reach(functions={"a.py::rank": 1}, lines={"a.py::rank": 40}, complete=True),
    head=Reach(functions={"a.py::rank": 1}, lines={"a.py::rank": 60}, complete=True),
)


@pytest.mark.parametrize("verdict", ["slower", "undecided", "same"])
def test_more_work_is_a_rule_that_names_the_function_and_time_decides(report, verdict):
    (run,) = make_runs(1, 2)
    sample = run.samples[0]
    ratio = 1.5 if verdict == "slower" else 1.0
    row = measured_again(sample, verdict, ratio=ratio, interval=(ratio - 0.02, ratio + 0.02))
    confirmation = Confirmation(base_sha="ab" * 20, rows={sample.id: row}, work={sample.id: WORK})
    found = report(run, [], confirmation=confirmation)
    if verdict == "same":
        assert (found.regressions, found.undecided, found.summary.cleared) == ((), (), 1)
        assert "work_0 executes more (rank: 40 -> 60 lines" in found.warnings[0]
        return
    (finding,) = found.regressions if verdict == "slower" else found.undecided
    assert (finding.verdict, finding.rules) == (verdict, ("counts",))
    assert finding.counts[0].startswith("rank: 40 -> 60 lines an iteration")


def test_what_was_measured_in_turns_has_one_ratio_everywhere(report):
    *past, run = make_runs(6, 3, factor=quiet)
    slow = scaled(run.samples[0], 38.0)
    again = measured_again(slow, "slower", ratio=20.0, interval=(19.0, 21.0))
    found = report(
        replace(run, samples=(slow, *run.samples[1:])),
        past,
        confirmation=Confirmation(base_sha="ab" * 20, rows={slow.id: again}),
    )
    (row, *others) = found.benchmarks
    assert (row.ratio, row.interval, row.pairs, row.against, row.ratio_last) == (
        20.0,
        (19.0, 21.0),
        10,
        "abababab",
        None,
    )
    assert all(other.ratio is None and other.ratio_last for other in others)
    assert {point.ratio for point in found.regressions[0].runs} == {None}
    assert (found.summary.measured_in_turns, found.summary.geomean_ratio) == (1, pytest.approx(20.0))
    assert "20x" in found.summary.headline


def test_on_a_first_run_what_is_undecided_is_a_finding_with_what_settles_it(report):
    (run,) = make_runs(1, 2)
    open_, cleared = run.samples
    again = replace(
        measured_again(open_, "undecided", ratio=1.54, interval=(1.47, 1.61)), pairs=5, seconds_to_settle=35.0
    )
    rows = {open_.id: again, cleared.id: measured_again(cleared, "same")}
    found = report(run, [], confirmation=Confirmation(base_sha="ab" * 20, rows=rows, seconds=58.0))
    assert (found.status, found.summary.undecided, found.summary.passing) == ("undecided", 1, 1)
    (finding,) = found.undecided
    assert (finding.mark, finding.ratio, finding.interval) == ("undecided", 1.54, (1.47, 1.61))
    assert finding.next_command == f"bench-agent compare {'ab' * 6} -k test_work_0 --budget 120"
    row = found.benchmarks[0]
    assert (row.mark, row.seconds_to_settle, row.next_command) == ("undecided", 35.0, finding.next_command)
    assert "+54 % so far" in found.summary.headline


def test_on_a_first_run_what_got_faster_in_turns_is_an_improvement(report):
    (run,) = make_runs(1, 1)
    again = measured_again(run.samples[0], "faster", ratio=0.5, interval=(0.48, 0.52))
    found = report(run, [], confirmation=Confirmation(base_sha="ab" * 20, rows={run.samples[0].id: again}))
    assert (found.status, found.benchmarks[0].mark) == ("passing", "faster")
    assert [(f.verdict, f.confirmed, f.mark) for f in found.improvements] == [("faster", True, "faster")]


def test_less_work_is_no_suspicion(report):
    (run,) = make_runs(1, 2)
    work = CountedWork(base=WORK.head, head=WORK.base)
    found = report(run, [], confirmation=Confirmation(base_sha="ab" * 20, work={run.samples[0].id: work}))
    assert (found.status, found.regressions, found.undecided) == ("not_compared", (), ())


def test_benchmarks_that_are_alike_in_their_first_200_characters_are_told_apart(report):
    long = "tests/benchmark/test_it.py::test_x[" + "y" * 230
    runs = [
        make_run(
            n, [replace(scaled(make_sample(0), f), id=f"{long}-{name}]", name=f"{long}-{name}]") for name, f in each]
        )
        for n, each in enumerate([[("a", 1.0), ("b", 1.0)]] * 6 + [[("a", 1.0), ("b", 3.0)]])
    ]
    found = report(runs[-1], runs[:-1])
    assert {row.id[-2:]: row.mark for row in found.benchmarks} == {"a]": "pass", "b]": "suspected"}
    (finding,) = found.regressions
    assert finding.id == f"{long}-b]"
