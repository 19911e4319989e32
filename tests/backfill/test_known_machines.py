"""Answers of unlike machines about one commit: kept apart where they don't agree."""

import math
import random

from bench_agent.backfill.known import Known
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.result import Found, _disagreements
from bench_agent.backfill.stretch import Stretch
from bench_agent.bisection.lineage import Line, Version
from bench_agent.records import Commit, Machine, MeasuredPoint, MeasuringTask, PairSample, TaskResult

BENCHMARK = "tests/test_engine.py::test_parse"
ONE, OTHER = "a" * 40, "b" * 40


def _pair(log: float) -> PairSample:
    return PairSample(
        cpu_log_ratio=log, wall_log_ratio=log, base_s=1e-3, head_s=1e-3, base_cpu_s=1e-3, head_cpu_s=1e-3, cpu_use=1.0,
        rounds=20, iterations=1, seconds=0.1,
    )  # fmt: skip


def _answer(part: int, cpu: str, logs: list[float]) -> TaskResult:
    task = MeasuringTask(
        purpose="prove", repository="", anchor=ONE, commits=(OTHER,), benchmarks=(BENCHMARK,), sets=len(logs), part=part
    )
    point = MeasuredPoint(commit=OTHER, benchmark=BENCHMARK, pairs=tuple(map(_pair, logs)))
    return TaskResult(task=task, points=(point,), machine=Machine(cpu=cpu, python="3.12.1", implementation="CPython"))


def _known(on_arm: float, on_x86: float) -> Known:
    rng, known = random.Random(0), Known()
    known.add(_answer(0, "Neoverse-N1", [on_arm + rng.gauss(0, 0.02) for _ in range(8)]))
    known.add(_answer(1, "AMD EPYC", [on_x86 + rng.gauss(0, 0.02) for _ in range(8)]))
    return known


def _told(known: Known) -> list[str]:
    line = Line(versions=(Version(ONE), Version(OTHER)), commits=(Commit(sha=OTHER, subject="", parents=(ONE,)),))
    stretch = Stretch(repository="", line=line, anchor=OTHER, benchmarks=(BENCHMARK,), survey=(0, 1))
    step = known.step(BENCHMARK, ONE, OTHER, proof=True)
    assert step is not None
    return _disagreements(
        known, [Found(stretch=stretch, proof=Proved(benchmark=BENCHMARK, position=1, parent=0, step=step), position=1)]
    )


def test_what_one_kind_of_machine_alone_shows_is_evidence_of_its_own() -> None:
    (said,) = _told(_known(math.log(1.4), 0.0))
    assert said.startswith("test_parse: machines disagree: +")
    assert "on Neoverse-N1, CPython 3.12" in said
    assert "on AMD EPYC, CPython 3.12" in said


def test_machines_that_agree_are_pooled_without_a_word() -> None:
    known = _known(math.log(1.4), math.log(1.4))
    assert _told(known) == []
    assert {kind: len(logs) for kind, logs in known.by_machine(BENCHMARK, ONE, OTHER).items()} == {
        "Neoverse-N1, CPython 3.12": 8,
        "AMD EPYC, CPython 3.12": 8,
    }
