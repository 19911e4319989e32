from dataclasses import replace

import pytest

from bench_agent.detect.series import comparable
from bench_agent.detect.suspicion import judge
from bench_agent.records import Accepted, Failure, Head, Machine, Measured, Target
from bench_agent.report.finding import MAX_RUN_POINTS, compose_finding
from bench_agent.report.rows import compose_rows
from bench_agent.report.summary import compose_run_info
from histories import make_run, make_sample
from reports import HOSTILE

FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")
LEVEL = make_sample(0).median_s


def measured(factors, **changes):
    samples = [
        replace(make_sample(0), **{name: getattr(make_sample(0), name) * factor for name in FIELDS}, **changes)
        for factor in factors
    ]
    return [Measured(run=make_run(n, [sample]), sample=sample) for n, sample in enumerate(samples)]


def judged(factors, *, target=None, **changes):
    *before, now = measured(factors, **changes)
    return judge(now, comparable(now, before), target=target)


# --- findings


def test_the_documents_alert_reads_as_it_does_there():
    """Baseline 3.2 s; run -3 3.5 s (+9 %), run -2 3.8 s (+19 %), current 4.2 s (+31 %)."""
    finding = compose_finding(judged([1.0] * 5 + [3.5 / 3.2, 3.8 / 3.2, 4.2 / 3.2]))
    assert "seed_rule" in finding.rules
    assert round(finding.ratio, 2) == 1.31
    assert finding.baseline == pytest.approx(LEVEL)
    assert [(point.run, round(point.ratio, 2)) for point in finding.runs[-3:]] == [
        ("-2", 1.09),
        ("-1", 1.19),
        ("current", 1.31),
    ]
    assert finding.runs[-1].sha == f"{8:040x}"[:12]


def test_a_finding_is_a_suspicion_of_low_severity_until_it_is_measured_again():
    finding = compose_finding(judged([1.0] * 6 + [2.0]))
    assert (finding.verdict, finding.confirmed, finding.severity, finding.interval) == ("suspected", False, "low", None)
    assert len(finding.runs) == MAX_RUN_POINTS


def test_with_one_earlier_run_it_is_compared_with_that():
    assert compose_finding(judged([1.0, 2.0])).baseline_kind == "last run"
    assert compose_finding(judged([1.0, 1.0, 2.0])).baseline_kind == "level of the last comparable runs"


def test_over_the_accepted_level_it_is_compared_with_that():
    target = Target(name="x", accepted=Accepted(median_s=LEVEL * 0.5))
    finding = compose_finding(judged([1.0] * 4, target=target))
    assert (finding.baseline_kind, finding.rules) == ("accepted level", ("baseline",))
    assert finding.ratio == pytest.approx(2.0)


def test_a_broken_target_alone_is_compared_with_the_target():
    sample = make_sample(0)
    target = Target(name="x", p95_s=sample.p95_s / 2)
    finding = compose_finding(judged([1.0] * 4, target=target))
    assert (finding.baseline_kind, finding.metric, finding.rules, finding.runs) == ("target", "p95", ("target",), ())
    assert (finding.current, finding.baseline, finding.ratio) == (sample.p95_s, sample.p95_s / 2, pytest.approx(2.0))


def test_an_improvement_is_called_faster():
    judgement = judged([1.0] * 6 + [0.5])
    assert judgement.improved
    assert (compose_finding(judgement).verdict, compose_finding(judgement).ratio) == ("faster", pytest.approx(0.5))


def test_zero_times_make_no_ratio():
    finding = compose_finding(judged([0.0, 0.0], target=Target(name="x", p95_s=1.0)))
    assert (finding.ratio, finding.runs) == (1.0, ())


# --- rows


def test_rows_come_worst_first():
    def row(number, factor, target=None):
        base = replace(make_sample(number), name=f"n{number}")
        now = replace(base, **{name: getattr(base, name) * factor for name in FIELDS})
        before = Measured(run=make_run(0, [base]), sample=base)
        return judge(Measured(run=make_run(1, [now]), sample=now), comparable(before, [before]), target=target)

    judgements = [row(0, 1.0), row(1, 1.1), row(2, 2.0), row(3, 1.0, Target(name="n3", p95_s=1e-9))]
    findings = {f.id: f for f in map(compose_finding, judgements) if f.rules}
    failures = (
        Failure(id="a.py::test_f", outcome="failed", message="no"),
        Failure(id="a.py::test_g", outcome="xfailed"),
    )
    rows = compose_rows(judgements, failures, {"a.py::test_f": "f"}, findings=findings)
    assert [(row.benchmark, row.mark) for row in rows] == [
        ("f", "failed"),
        ("n3", "over_target"),
        ("n2", "suspected"),
        ("n1", "pass"),
        ("n0", "pass"),
    ]
    assert rows[0].message == "failed: no"


def test_a_row_says_what_its_rounds_support():
    (row,) = compose_rows([judged([1.0], rounds=50)], (), {}, findings={})
    assert (row.p95_is_max, row.p99_is_max) == (False, True)


def test_what_is_not_known_of_a_machine_is_not_shown():
    run = make_run(0, [], machine=Machine(cores=2))
    assert compose_run_info(run, compared_with=None).machine == "2 cores"
    assert compose_run_info(replace(run, machine=Machine()), compared_with=None).machine == ""


def test_a_row_of_one_round_pretends_no_distribution():
    (row,) = compose_rows([judged([1.0], rounds=1, iterations=100)], (), {}, findings={})
    assert row.median_s > 0
    assert (row.stddev_s, row.iqr_s, row.p95_s, row.p99_s) == (None, None, None, None)
    assert not row.p95_is_max


def test_a_percentile_of_rounds_that_were_not_kept_is_marked():
    (row,) = compose_rows([judged([1.0], rounds=2921, tails_known=False)], (), {}, findings={})
    assert (row.p95_is_max, row.p99_is_max) == (True, True)


def test_text_from_the_repository_is_cleaned_on_its_way_in():
    judgement = judged([1.0, 2.0], id=HOSTILE, name=HOSTILE, group=HOSTILE)
    (row, failed) = sorted(
        compose_rows([judgement], (Failure(id=HOSTILE, outcome="error", message=HOSTILE),), {}, findings={}),
        key=lambda row: row.mark == "failed",
    )
    finding = compose_finding(judgement)
    texts = [row.benchmark, row.id, row.group, failed.benchmark, failed.message, finding.benchmark, finding.id]
    assert not [text for text in texts if "\x1b" in text or "\n" in text or "\u202e" in text]


# --- the run


def test_what_is_told_of_a_run():
    run = replace(
        make_run(0, []), head=Head(sha="ab" * 20, branch="a\x1b[31mb", dirty=("x",)), command="make\nbenchmark"
    )
    info = compose_run_info(run, compared_with="y")
    assert (info.sha, info.branch, info.dirty, info.command) == ("ab" * 20, "ab", True, "make benchmark")
    assert (info.python, info.machine) == ("CPython 3.12.1", "AMD EPYC 7763, 2 cores, Linux")
