"""The values that travel between the packages: what was measured, where, on which commit.

No behaviour beyond what follows from a field. Units are in the names: `_s` seconds, `_bytes`, `_at` an ISO 8601
time in UTC. A ratio is candidate / baseline. None means "not known", never zero.
"""

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

Say = Callable[[str], None]  # what long work calls with one line for whoever waits
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
class FileChange:
    path: str
    added: int | None = None  # lines; None for a binary file, and where they were not counted
    deleted: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as git tells it. Subject and author are other people's text: `text.clean.clean_text` before showing."""

    sha: str  # 40 hex digits; "" for uncommitted changes
    subject: str
    author: str = ""
    author_date: str = ""  # ISO 8601
    parents: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The state of the working tree a run measured. sha None: no git, or no commit yet."""

    sha: str | None = None
    branch: str | None = None  # None when detached
    dirty: tuple[str, ...] = ()  # tracked files that differ from HEAD, bounded
    shallow: bool = False
    problem: str | None = None  # why git could not tell more, for the warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one iteration of a benchmark executes in the project's own files.

    functions: "path::qualname" -> calls in one iteration. lines: the same keys -> lines executed (on Python 3.12+ loop
    turns and branches too), which shows work that grew inside one function. files: every project file imported by then.
    complete is False when tracing was cut short or there was no spare iteration: then counts are a lower bound and are
    never compared.
    """

    functions: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    complete: bool = False


def reach_from(counts: Mapping[str, Sequence[int]], *, files: tuple[str, ...] = (), complete: bool) -> Reach:
    """The Reach of what the probe counted: "path::qualname" -> (calls, lines)."""
    return Reach(
        functions={key: calls for key, (calls, _) in counts.items()},
        lines={key: lines for key, (_, lines) in counts.items()},
        files=files,
        complete=complete,
    )


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
    body_hash: str | None = None  # of the benchmark's source: another body is another series
    timer: str | None = None
    figure: str = (
        ""  # what a file had instead of rounds, and `median_s` holds: "mean", "median", or "time" where it doesn't say
    )
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


MIN_ROUNDS_P95 = 20  # below this the nearest-rank 95th percentile is the maximum
MIN_ROUNDS_P99 = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a benchmark ran, on the system-wide monotonic clock, in seconds."""

    started: float
    stopped: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A benchmark that was asked for and gave no usable timing. Its timings, if any, are never results."""

    id: str
    outcome: Outcome
    message: str = ""


ModuleKind = Literal["source", "extension", "bytecode", "archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleOrigin:
    """A module of the project as a run imported it, where that is not a plain source file of the checkout."""

    name: str
    kind: ModuleKind
    path: str  # absolute


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestProcess:
    """How one pytest process of the suite was started, by its own account: enough to start another that does the same."""

    executable: str  # the interpreter
    rootdir: str  # pytest's, which node ids are relative to; absolute
    ids: tuple[str, ...] = ()  # of the benchmarks it selected
    # Of pytest, the project's own among them; neither those that report or write, nor what names tests.
    options: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # of the interpreter: -O, -W ..., -X ...
    under: tuple[str, ...] = ()  # what runs pytest in it, such as -m coverage run -m pytest; none: -m pytest
    cwd: str | None = None  # where it was started; None: rootdir
    # At its start, whatever set it; None: not known. Never in a repr, a report or a stored file: values can be secrets.
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    modules: tuple[ModuleOrigin, ...] = ()  # of the project: compiled, archived, or imported from outside the checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The pytest processes of a run that had benchmarks, in order."""

    processes: tuple[PytestProcess, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(id for process in self.processes for id in process.ids))

    @property
    def modules(self) -> tuple[ModuleOrigin, ...]:
        return tuple(dict.fromkeys(module for process in self.processes for module in process.modules))

    def process_of(self, id: str) -> PytestProcess:
        """The last process that selected the benchmark, whose timing counts; the first process for an unknown one."""
        return next((p for p in reversed(self.processes) if id in p.ids), self.processes[0])

    def by_process(self, ids: Iterable[str]) -> list[tuple[PytestProcess, tuple[str, ...]]]:
        """These benchmarks by the process that each belongs to; processes in order of their first benchmark."""
        found: dict[int, tuple[PytestProcess, list[str]]] = {}
        for id in ids:
            process = self.process_of(id)
            found.setdefault(builtins.id(process), (process, []))[1].append(id)
        return [(process, tuple(some)) for process, some in found.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Where pytest looked for tests, and which files hold benchmarks. All paths absolute."""

    roots: tuple[str, ...]  # files and folders
    patterns: tuple[str, ...]  # names of test files
    settings: tuple[str, ...]  # files that pytest took its settings from
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the suite: what was measured, on which commit, on which machine."""

    run_id: str  # "20261123_141502_1a2b3c4d", sorts by time
    started_at: str
    seconds: float = 0.0
    command: str = ""
    suite: "Suite | None" = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run's value of one metric, with where it came from."""

    run_id: str
    at: str
    sha: str | None
    value: float
    dirty: bool = False  # with uncommitted changes: other code than that of the commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One benchmark's metric over runs that may be compared, oldest first: same machine class, interpreter and body.

    epoch_notes say what was left out and why ("3 older runs: other machine").
    """

    id: str
    name: str
    metric: str  # a Sample field without its unit: "median", "min", "mean", "p95"
    points: tuple[Point, ...] = ()
    figure: str = ""  # of its samples: what the values are where they are no medians
    epoch_notes: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(p.value for p in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the baseline file says of one benchmark (or of a whole group: `name` is then the group)."""

    name: str
    p95_s: float | None = None
    max_regression: float | None = None  # 0.2 is 20 %; None: the configured threshold
    accepted: "Accepted | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A level somebody accepted, with the reason: compare from here on, not with what was before."""

    median_s: float
    commit: str | None = None
    date: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One benchmark's sample together with the run it belongs to."""

    run: Run
    sample: Sample


ProblemKind = Literal["missing", "failed", "skipped", "unused", "died", "timeout", "slow", "in_turns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSample:
    """One benchmark in one pair of fresh sessions: a single independent observation of its log ratio.

    cpu_log_ratio is None where a round used no CPU time that the clock could see, wall_log_ratio where the rounds of both
    sides ran at once and so lengthened each other's; base_s and head_s are then the CPU seconds.
    """

    cpu_log_ratio: float | None  # median over rounds of log(candidate / base), CPU time with the children's
    wall_log_ratio: float | None  # the same for wall time
    base_s: float  # wall seconds of one iteration, median of the rounds
    head_s: float
    base_cpu_s: float
    head_cpu_s: float
    cpu_use: float  # CPU / wall without waiting for a core, 90th percentile of the rounds, at most 1: low means the work waits
    rounds: int
    iterations: int
    seconds: float  # what taking this observation cost, without the start of the sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a benchmark was not measured, or not as usual ("in_turns": measured, but not side by side)."""

    benchmark: str
    kind: ProblemKind
    side: str | None  # None: both, or neither in particular
    message: str
    seconds_needed: float | None = None  # kind "slow": what deciding it would have cost


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedWork:
    """What one iteration of a benchmark executes at the base and now, counted in the same way on both sides."""

    base: Reach
    head: Reach


class Place(NamedTuple):
    """Where time goes: a function ("path::qualname", as in `records.Reach`), or a built-in called by it."""

    function: str  # "" where the benchmark calls the built-in itself
    built_in: str = ""  # "sorted", "str.join", "time.sleep"; "" for the function's own code


@dataclass(frozen=True, slots=True)
class OwnTime:
    calls: float
    own_s: float
    function_calls: float = 0.0  # that it makes; what the profiler adds to it depends on them
    built_in_calls: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCosts:
    """Seconds the profiler adds for one call, measured on empty calls: to the called and to its caller."""

    function: float
    function_caller: float
    built_in: float
    built_in_caller: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    plain_s: float  # as many calls right before, without the profiler
    profiled_s: float
    delay_s: float  # of that, ready to run, but others had the core
    places: Mapping[Place, OwnTime]
    costs: EventCosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Turns of a commit and its parent beside each other, in pairs; none where `problem` says why."""

    before: tuple[Turn, ...] = field(default=())
    after: tuple[Turn, ...] = field(default=())
    problem: str = ""
