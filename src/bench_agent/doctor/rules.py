"""From the facts of a checkup to what should be done about them, most valuable first. Pure: facts in, findings out.

"blocks": nothing can be measured before this is mended. "harms": results are worse, or mean less, than they could.
"note": good to know. Within each, in the order of the rules below, which is that of their value.
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from bench_agent.detect.noise import MIN_SERIES
from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.results.checkup import FOUND, Advice, Checkup, GitFacts, Precision, Severity
from bench_agent.system.machine import BUSY
from bench_agent.text import quantity

UNSTEADY = 0.10  # spread of the same work from which differences of a tenth drown in it
LOST = 0.15  # of the time, to other work
COARSE = 0.25  # a benchmark whose steps are seen only from here up is worth more rounds
LONG_S = 120.0  # a suite of this length is worth a quick selection
DOMINANT = 0.4  # of the suite's time in one benchmark
SHOWN = 3  # names in one sentence

_ORDER: dict[Severity, int] = {"blocks": 0, "harms": 1, "note": 2}


def diagnose(checkup: Checkup) -> Checkup:
    """The checkup with its findings."""
    found = [advice for rule in _RULES for advice in rule(checkup)]
    return dataclasses.replace(checkup, findings=tuple(sorted(found, key=lambda advice: _ORDER[advice.severity])))


def _settings(checkup: Checkup) -> Iterator[Advice]:
    if checkup.settings_problem:
        yield _blocks("settings", checkup.settings_problem, "mend the file it names; every command reads it first")


def _suite(checkup: Checkup) -> Iterator[Advice]:
    suite, tools = checkup.suite, checkup.tools
    if not suite.measurable:
        advice = suite.hint or "run the command yourself"
        if suite.origin == FOUND and re.search("--benchmark-disable|xdist", suite.reason or ""):
            advice += ": bench-agent init"  # it writes just that
        yield _blocks("suite", f"the suite can't be measured: {suite.reason}", advice)
    elif suite.reason:
        yield _harms("suite", f"{suite.reason}; what it holds is left out", suite.hint or "run the command yourself")
    if _at_least(tools.pytest, (9, 2)) and tools.pytest_benchmark and not _at_least(tools.pytest_benchmark, (5, 3)):
        yield _blocks(
            "tools",
            f"pytest {tools.pytest} with pytest-benchmark {tools.pytest_benchmark}: every benchmark fails (`_nodeid`)",
            "pip install 'pytest-benchmark>=5.3' in the project's environment",
        )
    if tools.pytest_benchmark and not _at_least(tools.pytest_benchmark, (4,)):
        yield _harms(
            "tools",
            f"pytest-benchmark {tools.pytest_benchmark} is older than what is tested with bench-agent (4.0)",
            "pip install --upgrade pytest-benchmark",
        )
    if tools.coverage:
        yield _harms(
            "tools", "coverage is measured in the same run: its tracing is timed too", "add --no-cov to the command"
        )


def _code(checkup: Checkup) -> Iterator[Advice]:
    """Whether what is measured is the code of this tree, and of any version's."""
    suite = checkup.suite
    if suite.installed_copy:
        message, _, advice = suite.installed_copy.replace("was measured", "is measured").partition(". ")
        yield _harms("suite", message, advice)
    if suite.must_be_built:
        yield _harms(
            "settings",
            f"{suite.must_be_built}: a commit that changes what is compiled or generated can't be compared until it is built",
            f'setup = "{suite.setup}" in [tool.bench-agent], or: bench-agent init'
            if suite.setup
            else "set `setup` in [tool.bench-agent] to the command that builds a fresh checkout",
        )


def _machine(checkup: Checkup) -> Iterator[Advice]:
    machine = checkup.machine
    cores = machine.usable_cores or machine.cores
    if machine.on_battery:
        yield _harms("machine", "it runs from its battery, and slows down to save it", "plug it in before measuring")
    if machine.cpu_limit is not None and cores and machine.cpu_limit < min(cores, 2):
        yield _harms(
            "machine",
            f"the container may use {quantity.number(machine.cpu_limit)} of {cores} cores: it is stopped in mid-round",
            "give it 2 cores or more",
        )
    said = []
    if machine.load_1m is not None and cores and machine.load_1m > BUSY * cores:
        said.append(f"it is busy: load {quantity.number(machine.load_1m)} on {quantity.counted(cores, 'core')}")
    if (machine.spread or 0) > UNSTEADY:
        said.append(f"the same work varies by {quantity.percent(machine.spread)}")
    if (machine.lost or 0) > LOST:
        said.append(f"{quantity.percent(machine.lost)} of the time went to other work")
    if said:
        yield _harms("machine", "; ".join(said), "close what else runs, or compare: both versions share the noise")
    if machine.governor not in (None, "performance", "schedutil"):
        yield _harms(
            "machine",
            f"the CPU's frequency governor is {machine.governor}: its clock rate changes while benchmarks run",
            "sudo cpupower frequency-set -g performance",
        )


def _precision(checkup: Checkup) -> Iterator[Advice]:
    coarse = [p for p in checkup.benchmarks if p.runs >= MIN_SERIES and p.detectable > COARSE and p.rounds > 1]
    varied = [p for p in coarse if p.round_spread >= p.detectable and p.rounds >= MIN_ROUNDS_P95]
    for some, advice in (
        (
            varied,
            "their rounds differ that much: the same input for each, set-up outside the timed call, a quiet machine",
        ),
        ([p for p in coarse if p not in varied], "more rounds: @pytest.mark.benchmark(min_rounds=50, warmup=True)"),
    ):
        if some:
            least = quantity.change(1 + some[-1].detectable)
            yield _harms("precision", f"{_named(some)}: a slowdown is suspected only from {least} up", advice)
    if single := [p for p in checkup.benchmarks if p.rounds == 1]:
        yield _harms(
            "precision", f"{_named(single)}: one round, whose noise nobody knows", "pedantic(rounds=20) or more"
        )
    few = [p for p in checkup.benchmarks if 1 < p.rounds < MIN_ROUNDS_P95]
    aimed = [p for p in few if p.has_p95_target]
    if few:
        rounds = f"min_rounds={MIN_ROUNDS_P95}"
        target = f"; {_named(aimed)} {'has' if len(aimed) == 1 else 'have'} a target on it" if aimed else ""
        message = f"{_named(few)}: fewer than {MIN_ROUNDS_P95} rounds, so the p95 is the maximum{target}"
        severity: Severity = "harms" if aimed else "note"
        yield Advice(severity=severity, area="precision", message=message, advice=f"@pytest.mark.benchmark({rounds})")


def _history(checkup: Checkup) -> Iterator[Advice]:
    history = checkup.history
    if history.unreadable:
        count = quantity.counted(len(history.unreadable), "stored file")
        yield _harms("history", f"{count} can't be read: {history.unreadable[0]}", "remove or mend them")
    if not history.runs:
        if checkup.suite.measurable:
            yield _note("history", "nothing is stored yet, so there is nothing to compare with", "bench-agent run")
    elif all(p.runs < MIN_SERIES for p in checkup.benchmarks):
        yield _note(
            "history",
            f"fewer than {MIN_SERIES} comparable runs: their noise is not known, and only large steps are suspected",
            "bench-agent run, a few times",
        )
    if history.left_out:
        yield _note("history", history.left_out[0], "nothing: the newest runs are a series of their own")
    if history.unmatched_targets:
        names = ", ".join(history.unmatched_targets[:SHOWN])
        yield _harms(
            "settings",
            f"{quantity.counted(len(history.unmatched_targets), 'target')} with the name of no benchmark: {names}",
            "map them in `names` of [tool.bench-agent]; bench-agent init proposes those beyond doubt",
        )


def _mend_git(git: GitFacts) -> str:
    if not git.repository:
        return "mend the repository"
    return "finish it, or take it back (--abort)" if git.sha else "commit something first"


def _git(checkup: Checkup) -> Iterator[Advice]:
    git = checkup.git
    if git.problem:
        yield _harms("git", git.problem, _mend_git(git))
    elif not git.repository:
        yield _harms("git", "no repository: no commit can be compared or suspected", "git init, and commit")
    if git.shallow:
        yield _harms("git", "a shallow clone: commits before its edge can't be suspected", "git fetch --unshallow")
    if git.busy:
        yield _harms("git", f"another bench-agent is measuring in this repository ({git.busy})", "bench-agent status")
    if git.leftovers:
        trees = quantity.counted(len(git.leftovers), "worktree")
        yield _note("git", f"{trees} left by a run that was killed", "nothing: the next comparison removes them")


def _time(checkup: Checkup) -> Iterator[Advice]:
    spent = [(p.spent_s, p) for p in checkup.benchmarks if p.spent_s]
    total = sum(seconds for seconds, _ in spent)
    if total > LONG_S:
        seconds, worst = max(spent, key=lambda pair: pair[0])
        if seconds > DOMINANT * total:
            yield _note(
                "time",
                f"{worst.benchmark} takes {quantity.duration(seconds)} of {quantity.duration(total)}",
                "bench-agent run -k for the others, or a smaller max_time there",
            )
    if checkup.suite.measurable and checkup.suite.quick == 0 and checkup.suite.benchmarks > 1:
        yield _note(
            "settings",
            "the quick expression matches no benchmark: --quick runs what fits quick_seconds",
            "set `quick` in [tool.bench-agent] to the names of your critical path",
        )


def _command(checkup: Checkup) -> Iterator[Advice]:
    command = checkup.slash_command
    if command.state == "update":
        yield _harms("claude", "the /benchmark command is out of date", "bench-agent init")
    elif command.state == "create":
        yield _note("claude", "the /benchmark command is not installed", "bench-agent init")
    elif command.state == "conflict":
        yield _note("claude", "the /benchmark command was changed by hand", "keep yours, or: bench-agent init --force")
    if command.state in ("unchanged", "update", "unknown"):
        for note in command.notes[:1]:
            message, _, advice = note.partition(": ")
            yield _harms("claude", message, advice or "bench-agent init --check")


_RULES = (_settings, _suite, _code, _git, _machine, _precision, _history, _command, _time)


def _blocks(area: str, message: str, advice: str) -> Advice:
    return Advice(severity="blocks", area=area, message=message, advice=advice)


def _harms(area: str, message: str, advice: str) -> Advice:
    return Advice(severity="harms", area=area, message=message, advice=advice)


def _note(area: str, message: str, advice: str) -> Advice:
    return Advice(severity="note", area=area, message=message, advice=advice)


def _named(some: Sequence[Precision]) -> str:
    if len(some) <= SHOWN:
        return ", ".join(p.benchmark for p in some)
    return f"{len(some)} benchmarks ({', '.join(p.benchmark for p in some[: SHOWN - 1])}, ...)"


def _at_least(version: str | None, wanted: tuple[int, ...]) -> bool:
    """Whether a version is known and not older; what follows its numbers is not looked at."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", (version or "").partition("+")[0])[: len(wanted)])
    return bool(numbers) and numbers >= wanted
