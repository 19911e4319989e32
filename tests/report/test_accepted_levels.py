"""What an accepted level says of later runs: where it holds, what it settles, and what is measured against it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench_agent.config import load_config
from bench_agent.formats.stored import dump_run
from bench_agent.history.load import Questions
from bench_agent.history.store import Store
from bench_agent.history.targets import accept_levels
from bench_agent.pipeline.measure_again import looks_of
from bench_agent.records import Head, Run, Sample
from bench_agent.report.judge_by_history import JudgedRun, judge_run, last_good, with_open, with_unproved
from histories import make_runs

FIELDS = ("mean_s", "median_s", "min_s", "max_s", "q1_s", "q3_s", "p95_s", "p99_s", "cpu_s")
SHAS = [f"{n}" * 40 for n in range(1, 9)]


def quiet(benchmark: int, run: int, random: object) -> float:
    return 1.0


def scaled(sample: Sample, factor: float) -> Sample:
    return replace(sample, **{name: getattr(sample, name) * factor for name in FIELDS})


@pytest.fixture
def judged(tmp_path: Path):  # type: ignore[no-untyped-def]
    def judged(factors: list[float], *, accepted: float, at: int) -> tuple[JudgedRun, Sample]:
        """The last of runs with these times the usual, against those before; the level of run `at` was accepted."""
        runs: list[Run] = []
        for run, factor, sha in zip(make_runs(len(factors), 1, factor=quiet), factors, SHAS, strict=False):
            runs.append(replace(run, samples=(scaled(run.samples[0], factor),), head=Head(sha=sha)))
        sample = runs[-1].samples[0]
        usual_s = sample.median_s / factors[-1]
        level = {"median_ms": usual_s * accepted * 1e3, "commit": SHAS[at][:12], "because": "encrypts"}
        (tmp_path / "levels.json").write_text(json.dumps({sample.name: {"accepted": level}}))
        config = replace(load_config(tmp_path, environment={}), baseline="levels.json")
        return judge_run(config, runs[-1], runs[:-1]), sample

    return judged


def test_a_level_settles_the_question_of_its_own_run_and_no_later_one(judged) -> None:  # type: ignore[no-untyped-def]
    found, sample = judged([1.0, 1.5, 1.5], accepted=1.5, at=1)
    asked = {sample.id: SHAS[0]}
    settled = with_open(found, Questions(since=asked, at=SHAS[1], proved=frozenset(asked)))
    assert (settled.judgements[0].rules, settled.open_since, settled.proved) == ((), {}, frozenset())
    assert with_open(found, Questions(since=asked, at=SHAS[2])).judgements[0].rules == ("open",), (
        "what came after was not accepted"
    )


def test_what_a_change_touches_is_held_against_the_runs_since_the_level(judged) -> None:  # type: ignore[no-untyped-def]
    found, sample = judged([1.0, 1.0, 1.9, 1.4], accepted=1.9, at=2)  # accepted while the machine was slow
    assert found.judgements[0].rules == (), "it lies below the level"
    (judgement,) = with_unproved(found, [sample.id]).judgements
    assert judgement.rules == ("unclear",), "two runs tell too little: it is measured"
    good = last_good(judgement, found)
    assert good is not None
    assert good.run.head.sha == SHAS[2], "before the level was accepted it was faster, and that is agreed"


def test_what_is_above_the_level_is_measured_against_the_commit_that_was_accepted(judged) -> None:  # type: ignore[no-untyped-def]
    found, _ = judged([1.9, 1.9, 1.9], accepted=1.0, at=4)  # no stored run is as fast
    assert "baseline" in found.judgements[0].rules
    (look,) = looks_of(found)
    assert look.good == Head(sha=SHAS[4][:12])


def test_the_level_is_that_of_the_quickest_run_of_the_same_code(tmp_path: Path) -> None:
    store = Store(tmp_path / ".benchmark")
    store.prepare()
    runs = make_runs(4, 1, factor=quiet)
    for run, factor, sha in zip(runs, (0.5, 1.0, 1.6, 1.2), ("a", "b", "b", "b"), strict=True):
        stored = replace(run, samples=(scaled(run.samples[0], factor),), head=Head(sha=sha * 40))
        store.write(f"{run.run_id}_{sha * 8}", dump_run(stored))
    usual_ms = runs[0].samples[0].median_s * 1e3
    config = load_config(tmp_path, environment={})
    level = json.loads(accept_levels(config, ["work_0"], because="meant").text)["work_0"]["accepted"]
    assert (level["commit"], level["median_ms"]) == ("b" * 12, pytest.approx(usual_ms, rel=0.03))
