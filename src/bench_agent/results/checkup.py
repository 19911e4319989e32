"""The published result of `bench-agent doctor`: what was looked at, and what to do about it, most valuable first.

`to_json` writes the contract `bench-agent/doctor/1`: `schema`, `measurable`, `root`, `version`, `seconds`, `findings` (each
`severity` blocks | harms | note, `area`, `message`, `advice`), then the facts they rest on, each an object of the fields below:
`suite`, `tools`, `machine`, `git`, `history`, `benchmarks` (the least precise first), `settings`, `slash_command`. Times are
seconds, changes are ratios less one (0.2 is +20 %), None is "not known". Records only; nothing is looked at or judged here.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from bench_agent.results import plain

CHECKUP_SCHEMA = "bench-agent/doctor/1"

FOUND = "found by itself"  # the origin of a command that nobody configured
Severity = Literal["blocks", "harms", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFacts:
    """What came of asking the project's own command for its benchmarks, without running one."""

    command: str | None = None  # None: nothing to run was found
    origin: str = ""  # what named it
    measurable: bool = False
    reason: str | None = None  # why not, or not wholly, in pytest's or the shell's words
    hint: str | None = None
    benchmarks: int = 0
    collect_s: float | None = None
    quick: int | None = None  # how many of them the quick expression seems to select
    must_be_built: str | None = None  # why, where versions must be built and the setting `setup` is not there
    setup: str | None = None  # the line that would build them
    installed_copy: str | None = None  # a sentence, where an installed copy is imported in place of the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The interpreter and the packages that the suite runs with; versions as they name themselves."""

    executable: str | None = None  # None: no pytest session told of itself
    python: str = ""
    implementation: str = ""
    pytest: str | None = None
    pytest_benchmark: str | None = None
    plugins: dict[str, str] = field(default_factory=dict)  # distribution -> version, of pytest's installed plugins
    coverage: bool = False  # pytest-cov measures coverage in this very command
    codspeed: bool = False  # --codspeed is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """What of this machine bears on timings, now."""

    cpu: str = ""
    cores: int | None = None
    usable_cores: int | None = None  # that this process may run on
    cpu_limit: float | None = None  # a container's, in cores
    load_1m: float | None = None
    governor: str | None = None
    virtual: bool | None = None
    on_battery: bool | None = None
    spread: float | None = None  # of the same work done again and again: interquartile range / median
    lost: float | None = None  # the share of that time in which the process did not run
    probe_rounds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """The repository around the project."""

    repository: bool = False
    problem: str | None = None
    sha: str | None = None
    branch: str | None = None
    commits: int | None = None
    default_branch: str | None = None
    shallow: bool = False
    dirty: int = 0
    leftovers: tuple[str, ...] = ()  # worktrees of ours that a killed run left
    busy: str | None = None  # who holds our lock on this repository


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFacts:
    """The stored runs."""

    runs: int = 0
    newest: str | None = None  # ISO 8601
    newest_s: float | None = None  # how long that run took
    unreadable: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # why older runs are not compared with the newest
    unmatched_targets: tuple[str, ...] = ()  # targets that are the name of no benchmark of the newest run


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """What stored runs can tell of one benchmark."""

    benchmark: str
    median_s: float
    rounds: int
    iterations: int
    runs: int  # that may be compared with the newest, itself among them
    noise: float | None  # relative spread of its medians from run to run; None: too few runs to know
    round_spread: float  # of its rounds in the newest run: slow quartile / fast quartile, less one
    detectable: float  # the least growth that a run's history would call a suspected step
    spent_s: float | None
    has_p95_target: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    key: str
    value: str
    origin: str  # "default", or the file, variable or flag that set it


@dataclass(frozen=True, slots=True, kw_only=True)
class SlashCommand:
    """state: "unchanged" is as it should be; the others are `init`'s words, or "unknown" with the reason in `notes`."""

    state: str = "unknown"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One finding. advice: what to do, a sentence or a command."""

    severity: Severity
    area: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Everything `doctor` looked at; `findings` are empty until it was judged."""

    root: str
    version: str
    suite: SuiteFacts = SuiteFacts()
    tools: Tools = Tools()
    machine: MachineFacts = MachineFacts()
    git: GitFacts = GitFacts()
    history: HistoryFacts = HistoryFacts()
    benchmarks: tuple[Precision, ...] = ()
    settings: tuple[Setting, ...] = ()
    settings_problem: str | None = None  # settings nobody can read: all the rest was looked at with the defaults
    slash_command: SlashCommand = SlashCommand()
    findings: tuple[Advice, ...] = ()  # most valuable first
    seconds: float = 0.0
    schema: str = CHECKUP_SCHEMA


class Judged(TypedDict):
    """What `bench-agent doctor --json` says before everything else."""

    measurable: bool  # whether the suite can be measured: the same as `suite.measurable`


def as_dict(checkup: Checkup) -> dict[str, Any]:
    """The checkup as plain JSON values to six digits, the verdict and the findings first."""
    values = plain.document(checkup, digits=6)
    judged: Judged = {"measurable": checkup.suite.measurable}
    return {"schema": values["schema"], **judged, "findings": values["findings"], **values}


def to_json(checkup: Checkup) -> str:
    """The contract `bench-agent doctor --json` prints."""
    return plain.to_json(as_dict(checkup))
