"""One execution of the suite: where it took place, and what each benchmark measured."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from bench_agent.records.commits import Head
from bench_agent.records.suite import Suite
from bench_agent.records.work import Reach

MIN_ROUNDS_P95 = 20  # below this the nearest-rank 95th percentile is the maximum
MIN_ROUNDS_P99 = 100  # the same of the 99th
Outcome = Literal["passed", "failed", "skipped", "xfailed", "xpassed", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where a run took place. `key` says which machines may be compared; load and the like only explain noise."""

    system: str = ""  # "Linux", "Darwin"
    arch: str = ""  # "x86_64"
    cpu: str = ""  # the model's name, without its clock rate: hashing unstable MHz splits one machine into many
    cores: int | None = None
    python: str = ""  # the interpreter that ran the benchmarks, "3.12.1"
    implementation: str = ""  # "CPython"
    harness: str = ""  # pytest-benchmark's version; "" where it is not known
    load_1m: float | None = None  # load average when the run began
    virtual: bool | None = None
    build: str = ""  # of the interpreter: when and with which compiler
    kernel: str = ""
    governor: str | None = None  # of the first core's frequency
    cpu_limit: float | None = None  # cores that a container or an affinity allows; None: all of them

    @property
    def key(self) -> str:
        """Machine class and interpreter, to the minor version: timings of different keys are not compared."""
        return _machine_key(self.system, self.arch, self.cpu, self.cores, self.implementation, self.python)


@lru_cache(maxsize=256)  # a history asks for it 30,000 times
def _machine_key(system: str, arch: str, cpu: str, cores: int | None, implementation: str, python: str) -> str:
    minor = ".".join(python.split(".")[:2])
    return "|".join((system, arch, cpu, str(cores or ""), implementation, minor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One benchmark in one run: its rounds, summed up. Times are seconds for one iteration."""

    id: str  # the test's node id, the key across runs
    name: str  # what people call it
    group: str | None = None
    rounds: int = 0
    iterations: int = 1
    mean_s: float = 0.0
    stddev_s: float = 0.0
    median_s: float = 0.0
    min_s: float = 0.0
    max_s: float = 0.0
    q1_s: float = 0.0
    q3_s: float = 0.0
    p95_s: float = 0.0  # nearest rank; the maximum when rounds < 20 or the single rounds are not known
    p99_s: float = 0.0  # nearest rank; the maximum when rounds < 100 or the single rounds are not known
    tails_known: bool = True  # False: only figures were read, not the rounds that percentiles come from
    ops: float | None = None  # iterations a second; None when the clock saw no time pass
    cpu_s: float | None = None  # CPU seconds of one iteration, median of rounds
    cpu_use: float | None = None  # CPU time / wall time, median of rounds; 0.3 waits, 1.0 computes, 2.0 uses two cores
    peak_bytes: int | None = None  # resident memory of the process tree while the benchmark ran, sampled from outside
    mean_bytes: int | None = None
    call_peak_bytes: int | None = None  # what one call holds at its peak, traced outside the timed rounds
    call_left_bytes: float | None = None  # what each call leaves behind
    body_hash: str | None = None  # of the benchmark's source: another body is another series
    timer: str | None = None
    # What a file had instead of rounds, and `median_s` holds: "mean", "median", or "time" where it doesn't say.
    figure: str = ""
    extra: dict[str, str] = field(default_factory=dict)  # what the benchmark reported of itself, as short text
    reach: Reach | None = None
    spent_s: float | None = None  # wall time the whole benchmark took, calibration included
    first_s: tuple[float, ...] = ()  # the first rounds, in time order: warm-up shows here
    last_s: tuple[float, ...] = ()
    quantiles_s: tuple[float, ...] = ()  # evenly spaced order statistics, ascending, the minimum and maximum among them

    @property
    def supports_p95(self) -> bool:
        return self.tails_known and self.rounds >= MIN_ROUNDS_P95

    @property
    def supports_p99(self) -> bool:
        return self.tails_known and self.rounds >= MIN_ROUNDS_P99


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a benchmark ran, on the system-wide monotonic clock, in seconds."""

    started: float
    stopped: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A benchmark that was asked for and gave no usable timing. Its timings, if any, are never results."""

    id: str  # as of Sample
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the suite: what was measured, on which commit, on which machine."""

    run_id: str  # "20261123_141502_1a2b3c4d", sorts by time
    started_at: str
    seconds: float = 0.0
    command: str = ""
    suite: Suite | None = None
    quick: bool = False
    selected: str | None = None  # the -k expression, if one was in force
    head: Head = field(default_factory=Head)
    machine: Machine = field(default_factory=Machine)
    samples: tuple[Sample, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: int = 0
    unmeasured: int = 0  # selected, and never begun or never finished: the run was interrupted, stopped or killed
    exit_code: int | None = None  # pytest's own, the worst of its sessions; make turns every failure into 2
    reason: str | None = None  # why nothing was measured, when nothing was
    packages: tuple[str, ...] = ()  # "name==version" of what the suite's interpreter has installed, bounded
    peak_bytes: int | None = None
    mean_bytes: int | None = None
    warnings: tuple[str, ...] = ()
    source: str = ""  # the file a stored run was read from
    origin: str = ""  # the format it was imported from; "" for what was measured by us

    def sample(self, benchmark_id: str) -> Sample | None:
        """The sample of that benchmark id, or None. O(benchmarks)."""
        return next((s for s in self.samples if s.id == benchmark_id), None)
