import math
from dataclasses import replace
from random import Random

import pytest

from bench_agent.detect.series import comparable
from bench_agent.detect.suspicion import Common, Judgement, find_common, judge, leaves_open
from bench_agent.history.lookup import index_runs
from bench_agent.records import Accepted, Measured, Target
from histories import MACHINE, make_run, make_sample
from suspicions import KINDS, count

FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")


def times(sample, factor):
    """The sample with every time multiplied."""
    return replace(sample, **{name: getattr(sample, name) * factor for name in FIELDS})


def judged(factors, **settings) -> Judgement:
    """The newest of runs whose times are these multiples of one level."""
    samples = [times(make_sample(0), factor) for factor in factors]
    everything = [Measured(run=make_run(n, [sample]), sample=sample) for n, sample in enumerate(samples)]
    return judge_newest(everything, **settings)


def judge_newest(everything, **settings):
    *before, now = everything
    return judge(now, comparable(now, before), **{"target": None, **settings})


NOISE = [1.0, 1.01, 0.99, 1.02, 0.98, 1.0]


def test_a_first_run_is_compared_with_nothing():
    found = judged([1.0])
    assert found.rules == ()
    assert (found.last_s, found.level_s, found.ratio_last, found.ratio_level, found.ratio_baseline) == (None,) * 5


def test_a_step_is_suspected_at_its_first_run():
    found = judged([*NOISE, 1.5])
    assert found.rules == ("step",)
    assert found.slower
    assert found.ratio_level == pytest.approx(1.5)


def test_a_step_within_the_noise_of_the_series_is_not():
    assert judged([1.0, 1.15, 0.8, 1.1, 0.7, 1.15, 1.19]).rules == ()


def test_beyond_its_limit_it_is_not_cleared_by_noise():
    assert judged([1.0, 1.3, 0.8, 1.2, 0.7, 1.25, 1.5]).rules == ("unclear",)
    assert judged([1.0, 1.3, 0.8, 1.2, 0.7, 1.25, 1.5], threshold=0.6).rules == ()


@pytest.mark.parametrize(
    ("factors", "limit", "open_"),
    [
        ([1.0], 0.2, False),  # nothing to compare with
        ([1.0, 1.0], 0.2, True),  # one run says nothing of how much runs differ
        ([1.0, 1.01, 1.0], 0.2, True),
        ([1.0, 1.01, 0.99, 1.0], 0.2, False),
        ([1.0, 1.01, 0.99, 1.0], 0.02, True),
        ([1.0, 1.01, 0.99, 1.17], 0.2, True),
        ([1.0, 1.4, 0.8, 1.3, 0.7, 1.0], 0.2, True),
        ([1.0, 1.4, 0.8, 1.3, 0.7, 1.0], 3.0, False),
    ],
)
def test_stored_runs_leave_open_what_their_number_and_their_noise_could_hide(factors, limit, open_):
    *before, now = [
        Measured(run=make_run(n, [sample]), sample=sample)
        for n, sample in enumerate(times(make_sample(0), factor) for factor in factors)
    ]
    assert leaves_open(now.sample, comparable(now, before), limit) is open_


def test_of_quiet_runs_few_are_left_open_and_of_slower_ones_nearly_all():
    """By 300 series of six runs with 3 % of noise: unchanged 1 in 5 at most, slower by 25 % all but 1 in 100."""
    left = {0.0: 0, 0.25: 0}
    for change in left:
        for seed in range(300):
            random = Random(seed)
            factors = [math.exp(random.gauss(0, 0.03)) for _ in range(6)]
            samples = [times(make_sample(0), f) for f in (*factors[:5], factors[5] * (1 + change))]
            *before, now = [Measured(run=make_run(n, [s]), sample=s) for n, s in enumerate(samples)]
            left[change] += leaves_open(now.sample, comparable(now, before), 0.2)
    assert left[0.0] <= 60
    assert left[0.25] >= 297


def test_beyond_its_limit_with_all_others_a_sample_of_them_is_asked():
    noisy = [1.0, 1.3, 0.8, 1.2, 0.7, 1.25]
    assert judged([*noisy, 1.5], common=Common(change=1.3)).together
    alone = judged([*noisy, 2.0], common=Common(change=1.3))
    assert (alone.together, alone.rules) == (False, ("unclear",))


def test_a_small_step_is_not_suspected_from_history():
    assert judged([*NOISE, 1.09]).rules == ()


def test_two_runs_need_a_step_of_more_than_20_percent():
    assert judged([1.0, 1.19]).rules == ()
    assert judged([1.0, 1.21]).rules == ("step",)


@pytest.mark.parametrize("lagging", ["min_s", "cpu_s"])
def test_what_did_not_grow_in_median_minimum_and_cpu_time_alike_is_no_step_but_asked_about(lagging):
    base = make_sample(0)
    now = replace(times(base, 1.5), **{lagging: getattr(base, lagging)})
    everything = [Measured(run=make_run(n, [s]), sample=s) for n, s in enumerate([*[base] * 6, now])]
    assert judge_newest(everything).rules == ("unclear",)


@pytest.mark.parametrize("hidden", ["median_s", "q1_s"])
def test_what_grew_in_fastest_round_and_cpu_time_is_not_cleared_by_the_noise_of_the_others(hidden):
    base = make_sample(0)
    now = replace(times(base, 1.5), **{hidden: getattr(base, hidden)})
    everything = [Measured(run=make_run(n, [s]), sample=s) for n, s in enumerate([*[base] * 6, now])]
    assert judge_newest(everything).rules == ("unclear",)


def test_the_same_commit_is_not_cleared_either():
    """What differs may be around it: the installed packages, say. The plan asks what is known of that, and measures nothing."""
    base = make_sample(0)
    now = replace(times(base, 1.5), median_s=base.median_s)
    everything = [Measured(run=make_run(1, [s]), sample=s) for s in (base, now)]
    assert judge_newest(everything).rules == ("unclear",)


def test_cpu_time_does_not_count_where_the_work_waits():
    base = replace(make_sample(0), cpu_use=0.3)
    now = replace(times(base, 1.5), cpu_s=base.cpu_s, cpu_use=0.2)
    everything = [Measured(run=make_run(n, [s]), sample=s) for n, s in enumerate([*[base] * 6, now])]
    assert judge_newest(everything).rules == ("step",)


def test_a_step_that_everything_took_is_the_machines():
    assert judged([*NOISE, 1.5], common=Common(change=1.45)).rules == ()
    assert judged([*NOISE, 1.5], common=Common(change=0.7)).rules == ("step",)


def test_the_seeds_rule_keeps_its_name():
    found = judged([1.0] * 5 + [3.5 / 3.2, 3.8 / 3.2, 4.2 / 3.2])
    assert "seed_rule" in found.rules
    assert found.ratio_level == pytest.approx(4.2 / 3.2)  # the +31 % of the document: against the level, not the mean


def test_a_target_is_broken_whatever_came_before():
    sample = make_sample(0)
    found = judged([1.0], target=Target(name="x", p95_s=sample.p95_s * 0.99))
    assert (found.rules, found.over_target, found.slower) == (("target",), True, False)
    assert not judged([1.0], target=Target(name="x", p95_s=sample.p95_s)).over_target


def test_a_maximum_that_stands_for_the_percentile_breaks_no_target():
    sample = replace(make_sample(0), tails_known=False)
    now = Measured(run=make_run(0, [sample]), sample=sample)
    broken = {
        name: judge(now, comparable(now, ()), target=Target(name="x", p95_s=level * 0.99)).over_target
        for name, level in (("maximum", sample.max_s), ("third quartile", sample.q3_s))
    }
    assert broken == {"maximum": False, "third quartile": True}


def test_an_accepted_level_is_compared_with_by_its_own_limit():
    accepted = Accepted(median_s=make_sample(0).median_s)
    target = Target(name="x", max_regression=0.5, accepted=accepted)
    assert judged([1.4], target=target).rules == ()
    assert judged([1.51], target=target).rules == ("baseline",)
    assert judged([1.51], target=target).ratio_baseline == pytest.approx(1.51)
    assert judged([1.21], target=Target(name="x", accepted=accepted)).rules == ("baseline",)


def test_growth_up_to_an_accepted_level_has_been_agreed_to():
    target = Target(name="x", accepted=Accepted(median_s=make_sample(0).median_s * 1.5))
    assert judged([*NOISE, 1.5], target=target).rules == ()
    assert judged([1.0] * 5 + [1.1, 1.2, 1.5], target=target).rules == ()
    assert set(judged([*NOISE, 1.9], target=target).rules) == {"step", "baseline"}


def test_a_speed_up_is_an_improvement_unless_everything_sped_up():
    assert judged([*NOISE, 0.6]).improved
    assert not judged([*NOISE, 0.6], common=Common(change=0.6)).improved
    assert not judged([*NOISE, 0.95]).improved


def test_only_comparable_runs_count():
    base = make_sample(0)
    old = [Measured(run=make_run(n, [base], machine=replace(MACHINE, cpu="slow")), sample=base) for n in range(6)]
    now = Measured(run=make_run(9, []), sample=times(base, 3.0))
    found = judge_newest([*old, now])
    assert (found.rules, found.ratio_last) == ((), None)
    assert "6 older runs left out: another machine (slow)" in found.series.epoch_notes


def test_a_clock_that_saw_no_time_pass_gives_no_ratio_and_no_suspicion():
    for factors in ([*NOISE, 0.0], [0.0] * 6 + [1.0], [0.0, 0.0]):
        found = judged(factors)
        assert (found.rules, found.ratio_level) == ((), None)


def test_a_run_without_time_does_not_let_an_older_slowdown_be_judged_as_the_newest():
    assert judged([1.0] * 5 + [1.2, 1.5, 2.0, 0.0]).rules == ()


# --- common mode


def runs_of(factors_of_runs, benchmarks):
    runs = [
        make_run(n, [times(make_sample(i), factor) for i in range(benchmarks)])
        for n, factor in enumerate(factors_of_runs)
    ]
    index = index_runs(runs[:-1])
    measured = [Measured(run=runs[-1], sample=sample) for sample in runs[-1].samples]
    return [(now, comparable(now, index.get(now.sample.id, ()))) for now in measured]


def test_what_moved_everything_is_the_median_growth():
    assert find_common(runs_of([1.0, 1.0, 1.0, 1.4], 9)).change == pytest.approx(1.4)


def test_a_small_suite_may_have_been_changed_on_purpose():
    assert find_common(runs_of([1.0, 1.4], 4)).change == 1.0


def test_a_step_that_all_make_together_suspects_none_alone_and_all_together():
    for factors in ([1.0, 1.5], [1.0, 1.02, 0.99, 1.01, 1.0, 1.5]):
        pairs = runs_of(factors, 12)
        common = find_common(pairs)
        judgements = [judge(now, past, target=None, common=common) for now, past in pairs]
        assert common.is_step
        assert {j.together for j in judgements} == {True}
        assert not [j for j in judgements if "step" in j.rules]


def test_what_stood_still_while_most_others_moved_is_not_among_them():
    pairs = [*runs_of([1.0, 2.0], 8), *runs_of([1.0, 1.0], 10)[8:]]
    judgements = [judge(now, past, target=None, common=find_common(pairs)) for now, past in pairs]
    assert [j.together for j in judgements] == [True] * 8 + [False] * 2
    assert not any(j.improved for j in judgements)


def test_a_machine_that_always_swings_makes_no_step_together():
    pairs = runs_of([1.0, 1.18, 1.0, 1.18, 1.0, 1.18, 1.0, 1.18], 9)
    common = find_common(pairs)
    assert not common.is_step
    assert not any(judge(now, past, target=None, common=common).together for now, past in pairs)


def test_a_run_that_is_faster_as_a_whole_has_nothing_to_sample():
    pairs = runs_of([1.0, 0.7], 9)
    assert not any(judge(now, past, target=None, common=find_common(pairs)).together for now, past in pairs)


def test_how_far_everything_stood_from_its_usual_level_is_told_for_every_run():
    runs = runs_of([1.0, 1.0, 1.3, 1.0, 1.4], 9)
    of_run = find_common(runs).of_run
    assert [round(of_run[make_run(n, []).run_id], 2) for n in range(5)] == [1.0, 1.0, 1.3, 1.0, 1.4]


def test_taking_out_the_common_part_makes_up_no_step():
    """The others got faster and this one did not: it is no slower than it was."""
    pairs = runs_of([1.0, 1.3, 1.0, 1.3, 1.0, 1.3, 1.0, 1.3, 0.6], 9)
    (now, past), *_ = runs_of([1.0, 1.3, 1.0, 1.3, 1.0, 1.3, 1.0, 1.3, 1.0], 1)
    assert judge(now, past, target=None, common=find_common(pairs)).rules == ()


def test_without_a_past_nothing_moved():
    assert find_common(runs_of([1.0], 9)).change == 1.0


# --- how often it is wrong: bounds that only a change for the worse can break; `tests/calibration/suspicion.py` has the figures


@pytest.mark.parametrize("kind", ["calm", "waiting work", "common swings", "machine states", "machine drifts"])
def test_unchanged_benchmarks_are_hardly_ever_suspected(kind):
    found = count(KINDS[kind], suites=20)
    assert found.judged == 400
    assert found.suspected["step"] <= 4


@pytest.mark.parametrize("kind", ["calm", "waiting work", "common swings", "machine drifts"])
def test_slowdowns_by_half_are_found_at_their_first_run(kind):
    found = count(KINDS[kind], change=1.5, suites=20)
    assert found.judged == 80
    assert found.share("step") >= 0.9


def test_a_benchmark_with_a_slow_state_of_its_own_is_seldom_suspected_for_it():
    assert count(KINDS["own states"], suites=20, runs=30).share("step") < 0.06


def test_a_machine_whose_speed_swings_hides_no_slowdown():
    """Its runs move by 15 % together: taken for each benchmark's own noise, that would hide everything below 60 %."""
    assert count(KINDS["common swings"], change=1.5, suites=20, runs=30).share("step") >= 0.9


def test_the_seeds_rule_alone_misses_them():
    assert count(KINDS["calm"], change=1.5, suites=20).share("seed_rule") < 0.5


# --- over a stored history: said once


def told_by(rule, factors, **settings):
    """Ends of the histories whose newest run the rule suspects."""
    return [end for end in range(1, len(factors) + 1) if rule in judged(factors[:end], **settings).rules]


def wobbling(runs, size=0.02):
    source = Random(3)
    return [math.exp(source.gauss(0, size)) for _ in range(runs)]


def test_a_new_level_is_said_once_and_not_at_every_run_after():
    factors = [f * (1.15 if i >= 20 else 1) for i, f in enumerate(wobbling(45))]
    (end,) = told_by("change_point", factors)
    assert 22 <= end <= 30
    assert told_by("step", factors)[-1:] <= [24]
    found = judged(factors[:end])
    assert found.shift.index == 20
    assert found.base_s == pytest.approx(make_sample(0).median_s, rel=0.03)


def test_a_spike_is_no_new_level():
    factors = wobbling(40)
    factors[25] *= 3
    assert told_by("change_point", factors) == told_by("drift", factors) == []


def test_slow_creep_is_summed_up_and_said_once():
    factors = [f * 1.005**i for i, f in enumerate(wobbling(32, 0.01))]
    (end,) = told_by("drift", factors)
    found = judged(factors[:end])
    assert found.drift.ratio == pytest.approx(1.1, abs=0.03)
    assert found.base_s == found.drift.level
    assert not any("step" in judged(factors[:n]).rules for n in range(1, 33))


def test_creep_is_counted_from_the_accepted_level_on():
    factors = [f * 1.005**i for i, f in enumerate(wobbling(32, 0.01))]
    level = make_sample(0).median_s * factors[-1]
    assert told_by("drift", factors, target=Target(name="x", accepted=Accepted(median_s=level))) == []


def test_a_new_level_of_the_whole_machine_is_none_of_a_benchmark():
    factors = [f * (1.15 if i >= 20 else 1) for i, f in enumerate(wobbling(30))]
    of_run = {make_run(i, []).run_id: (1.15 if i >= 20 else 1.0) for i in range(30)}
    common = Common(change=1.15, of_run=of_run)
    assert told_by("change_point", factors, common=common) == []


def test_a_lasting_move_that_all_make_together_is_asked_once_and_suspects_none_alone():
    """It may be the machine or code that all share: what all did is not taken out unseen."""
    creep = [f * 1.02**i for i, f in enumerate(wobbling(24, 0.01))]
    level = [f * (1.15 if i >= 15 else 1) for i, f in enumerate(wobbling(24, 0.01))]
    for factors in (creep, level):
        asked = []
        for end in range(2, 25):
            pairs = runs_of(factors[:end], 8)
            common = find_common(pairs)
            judgements = [judge(now, past, target=None, common=common) for now, past in pairs]
            assert not any(j.rules for j in judgements)
            asked += [end] * all(j.together for j in judgements)
        assert 1 <= len(asked) <= 3
        assert judgements[0].together is (24 in asked)
