"""The values that travel between the packages: what was measured, where, on which commit.

No behaviour beyond what follows from a field. Units are in the names: `_s` seconds, `_bytes`, `_at` an ISO 8601
time in UTC. A ratio is candidate / baseline. None means "not known", never zero.
"""

from bench_agent.records.backfill_points import (
    MOST_ABREAST,
    Conditions,
    Executor,
    MeasuredPoint,
    MeasuringTask,
    Purpose,
    TaskResult,
)
from bench_agent.records.commits import Commit, FileChange, Head
from bench_agent.records.memory import AllocatingLine, CallMemory, MemorySides
from bench_agent.records.own_time import EventCosts, OwnTime, Place, Profile, Turn
from bench_agent.records.pairs import PairSample, Problem, ProblemKind
from bench_agent.records.progress import Say
from bench_agent.records.runs import MIN_ROUNDS_P95, MIN_ROUNDS_P99, Failure, Machine, Outcome, Run, Sample, Window
from bench_agent.records.series import Accepted, Measured, Point, Series, Target
from bench_agent.records.suite import Collection, ModuleKind, ModuleOrigin, PytestProcess, Suite
from bench_agent.records.work import CountedWork, Reach, reach_from

__all__ = [
    "MIN_ROUNDS_P95",
    "MIN_ROUNDS_P99",
    "MOST_ABREAST",
    "Accepted",
    "AllocatingLine",
    "CallMemory",
    "Collection",
    "Commit",
    "Conditions",
    "CountedWork",
    "EventCosts",
    "Executor",
    "Failure",
    "FileChange",
    "Head",
    "Machine",
    "Measured",
    "MeasuredPoint",
    "MeasuringTask",
    "MemorySides",
    "ModuleKind",
    "ModuleOrigin",
    "Outcome",
    "OwnTime",
    "PairSample",
    "Place",
    "Point",
    "Problem",
    "ProblemKind",
    "Profile",
    "Purpose",
    "PytestProcess",
    "Reach",
    "Run",
    "Sample",
    "Say",
    "Series",
    "Suite",
    "Target",
    "TaskResult",
    "Turn",
    "Window",
    "reach_from",
]
