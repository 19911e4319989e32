"""What became of a suite that ran, in words: what to keep in mind about its results, or why there are none. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from bench_agent.measure.installed_copy import describe_installed_copy
from bench_agent.measure.other_harness import OWN_SCRIPT
from bench_agent.measure.probe_results import ProbeResult
from bench_agent.measure.suite import SuiteResult
from bench_agent.records import Failure, Run
from bench_agent.results.report import ErrorInfo
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def unfinished(probed: ProbeResult, result: SuiteResult) -> tuple[Failure, ...]:
    """The benchmarks that ran when the suite was stopped or died: they hang, crash, or take too long. Not those of a Ctrl-C."""
    if result.interrupted or _unrecorded(result):
        return ()
    after = f"after {result.seconds:.0f} s (--timeout)"
    message = f"it was under way when the suite was stopped {after}" if result.timed_out else "pytest died while it ran"
    return tuple(Failure(id=id, outcome="error", message=message) for id in probed.unfinished)


def run_warnings(run: Run, probed: ProbeResult, result: SuiteResult, *, setup: str | None = None) -> list[str]:
    """What a reader of this run's results should know of how it went, one sentence each. setup: the setting of that name."""
    found = list(probed.warnings)
    if result.unreached and result.unreached.can_be_started and run.samples:
        found.append(
            f"the command gives pytest {_OWN[result.unreached.kept_out]}, which keeps the measuring plug-in out: "
            f"{_which(result)} started again without the rest of the command"
        )
    measured = f"{len(run.samples)} of {quantity.counted(probed.collected, 'benchmark')} measured and kept"
    if unrecorded := _unrecorded(result):
        found.append(f"{unrecorded}: {measured}")
    elif result.interrupted:
        found.append(f"the run was interrupted: {measured}")
    elif result.timed_out:
        found.append(f"the suite was stopped after {result.seconds:.0f} s (--timeout): {measured}")
    elif probed.sessions > probed.finished and run.samples:
        found.append(f"pytest did not come to its end (the suite was killed or crashed): {measured}")
    elif result.exit_code not in (0, None) and not run.failures and run.samples:
        found.append(
            f"the command ended with exit code {result.exit_code} although its benchmarks passed{_why_failed(result)}"
        )
    if copy := describe_installed_copy(run.suite, setup=setup):
        found.append(copy)
    elif run.head.dirty and run.samples:
        found.append("the working tree has uncommitted changes: they were measured too")
    if run.head.shallow:
        found.append("this is a shallow clone: commits before its edge cannot be suspected (git fetch --unshallow)")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNothing:
    """Why a suite that ran left no timing. what: became of it, as said after the command. reason: more, where more is known."""

    kind: str
    what: str
    reason: str | None = None
    hint: str | None = None

    @property
    def alone(self) -> str:
        """The reason where the command is named beside it."""
        return self.reason or self.what


def explain_nothing(command: str, probed: ProbeResult, result: SuiteResult) -> ErrorInfo:
    """Why a suite that ran left no timing, and what to do about it."""
    why = why_nothing(probed, result)
    reason = f": {why.reason}" if why.reason else ""
    return ErrorInfo(kind=why.kind, message=f"`{clean_text(command, limit=80)}` {why.what}{reason}", hint=why.hint)


def why_nothing(probed: ProbeResult, result: SuiteResult) -> WhyNothing:
    """The same without the command's name, in its parts."""
    if unrecorded := _unrecorded(result):
        return WhyNothing(kind="store", what=f"ran, but {unrecorded}", hint="free some space and run again")
    if result.timed_out:
        running = f"; it was running {clean_text(probed.unfinished[0])}" if probed.unfinished else ""
        return WhyNothing(
            kind="timeout",
            what=f"was stopped after {result.seconds:.0f} s with nothing measured{running}",
            hint="allow more with --timeout SECONDS, or see what hangs: run the command yourself",
        )
    if result.interrupted:
        return WhyNothing(kind="interrupted", what="was interrupted before anything was measured")
    if probed.nothing:
        reason, hint = probed.nothing.reason, probed.nothing.hint
    else:
        reason, hint = _from_output(result, seen=probed.sessions > 0)
    kind = "usage" if "passed to '-k'" in reason else "no_results"
    code = "" if result.exit_code is None else f" (exit code {result.exit_code})"
    return WhyNothing(kind=kind, what=f"left no results{code}", reason=reason, hint=hint)


def _which(result: SuiteResult) -> str:
    if result.restarted > 1:
        return f"its {result.restarted} pytest calls were each"
    if result.unreached and result.unreached.kept_out == "environment":
        return "its first pytest was"  # whether there are more is not known
    return "that pytest was"


def _unrecorded(result: SuiteResult) -> str | None:
    """What the probe said when it could not write, which is when the disk is full."""
    found = re.search(r"bench-agent: (.*recorded: .*)$", result.output, re.MULTILINE)
    return clean_text(found[1]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A reason with its hint, for outputs in which `shows` is found; {0}, {1} are its groups, {line} the telling line."""

    shows: re.Pattern[str]
    reason: str
    hint: str
    among: Literal["line", "output"] = "line"


_OURS = (
    "run the command yourself: if it measures something, give bench-agent the pytest command itself in --command, "
    "or install bench-agent beside the suite"
)
# The first that fits: what is more special comes first.
_RULES = (
    _Rule(
        shows=re.compile(r"while loading conftest '(.+?)'"),
        among="output",
        reason="pytest could not load {0}: {line}",
        hint="mend the import or syntax error there",
    ),
    _Rule(
        shows=re.compile(
            r"Cannot connect to the Docker daemon|Run '(?:docker|podman) (?:run|exec|compose)\b[^']*--help'"
        ),
        among="output",
        reason="its benchmarks are to run in a container, which did not start: {line}",
        hint="start it as the command does and run bench-agent inside, or set `command` to what runs the benchmarks here",
    ),
    _Rule(
        shows=re.compile(r"(\S+): No module named pytest$"),
        reason="pytest is not installed for {0}",
        hint="install pytest and pytest-benchmark there, or set `command` to what runs the project's own",
    ),
    _Rule(  # a shell's words, or make's for a recipe that it runs without one
        shows=re.compile(r"(\S+): (?:command )?not found$"),
        reason="`{0}` is not on PATH",
        hint="install it, or set `command` to what runs the benchmarks here",
    ),
    _Rule(
        shows=re.compile(r"^make: (\S+): No such file or directory$"),
        reason="`{0}` is not on PATH",
        hint="install it, or set `command` to what runs the benchmarks here",
    ),
    _Rule(
        shows=re.compile(r"^make(?:\[\d+\])?: ['`](.+?)' is up to date"),
        reason="make ran nothing: it takes the file or folder `{0}` for what the target makes",
        hint="say in the Makefile that the target makes no file: .PHONY: {0}",
    ),
    _Rule(
        shows=re.compile(r"passed to '-k'"),
        reason="{line}",
        hint="as for pytest -k: names joined with and, or, not and brackets, such as -k 'parse and not slow'",
    ),
)


def _from_output(result: SuiteResult, *, seen: bool) -> tuple[str, str]:
    """(reason, hint) from what the command printed, and how its pytest was started. seen: a pytest session told of itself."""
    if result.other:
        what = f"{result.other.name} ({clean_text(result.other.path)})" if result.other.path else result.other.name
        return (
            f"it runs {what}, not pytest",
            f"let {'it' if result.other.name == OWN_SCRIPT else result.other.name} write its results as JSON and read them: "
            "bench-agent history import FILE; if there are pytest benchmarks too, set `command` to what runs them",
        )
    if result.unreached and not seen:
        return _KEPT_OUT[result.unreached.kept_out]
    said, complained = _telling_line(result.output)
    for rule in _RULES:
        found = rule.shows.search(said if rule.among == "line" else result.output)
        if found:
            named = [clean_text(group) for group in found.groups()]
            return rule.reason.format(*named, line=said.removeprefix("E ")), rule.hint.format(*named)
    if not seen and ran_unseen(result.output):
        return (
            "its pytest ran, but the plug-in that measures did not get into it: a `sitecustomize` of the project or another "
            "start of its own is in the way",
            "install bench-agent in the environment of the suite too, where it needs no such way in",
        )
    if seen or complained:
        return said, "run the command yourself and mend what it complains about"
    return (
        f"no pytest session was seen; its last line: {said}",
        "it must run pytest; what another harness (pyperf, asv, hyperfine) writes as JSON can be read: "
        "bench-agent history import FILE"
        if result.exit_code == 0
        else "run the command yourself and mend what it complains about",
    )


def ran_unseen(output: str) -> bool:
    """Whether pytest ran tests or benchmarks, by what it printed."""
    return _PYTEST_RAN.search(output) is not None


_PYTEST_RAN = re.compile(r"^=+ (?:.* )?(?:test session starts|\d+ passed)|^Legend:\n  Outliers:", re.MULTILINE)
_IN_CONTAINER = "its benchmarks run in a container, into which the measuring plug-in does not get"
_INSIDE = "run bench-agent in the container too, or set `command` to what runs the benchmarks outside of it"
_OWN = {"path": "a PYTHONPATH of its own", "environment": "an emptied environment"}
_KEPT_OUT = {
    "isolated": (
        "pytest was started by `python -I` or `-E`, which ignores PYTHONPATH, so the measuring plug-in could not be loaded",
        "take -I and -E out of the command, or install bench-agent beside the suite",
    ),
    "container": (_IN_CONTAINER, _INSIDE),
    "environment": (
        "the environment was emptied on the way to pytest (env -i, sudo, a container), and started again without that "
        "it measured nothing",
        _OURS,
    ),
    "path": ("pytest was started with a PYTHONPATH of its own, and started again with ours it measured nothing", _OURS),
}


def _telling_line(output: str) -> tuple[str, bool]:
    """(the line that says most, whether it is a complaint)."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if _COMPLAINT.search(line)]
    others = [line for line in lines if not _MAKE.match(line)] or lines
    line = clean_text(told[0] if told else others[-1] if others else "it printed nothing", limit=300)
    return line.removeprefix("ERROR: "), bool(told)


# pytest's and argparse's own complaints, and a shell's: the first such line says more than the last, which is make's.
_COMPLAINT = re.compile(r"^ERROR: (?!usage)|: error: |Error importing plugin|: not found$|: command not found$")
_MAKE = re.compile(r"^make(\[\d+\])?: (\*\*\* \[|Entering|Leaving)")

# Why a command whose benchmarks passed ended with a failure, by what its output says; the first that fits.
_FAILED_ALL_THE_SAME = (
    (re.compile(r"Required test coverage of [\d.]+% not reached"), "coverage is below its limit (--cov-fail-under)"),
    (re.compile(r"Performance has regressed|Performance regression"), "its own --benchmark-compare-fail says so"),
    (
        re.compile(r"Can't compare\. No benchmark files|--benchmark-compare-fail requires valid --benchmark-compare"),
        "its --benchmark-compare found no saved run to compare with",
    ),
    (re.compile(r"coverage (?:failure|error)|CoverageWarning: No data was collected"), "coverage reported an error"),
)


def _why_failed(result: SuiteResult) -> str:
    """ ": reason", from the output; nothing where it tells none."""
    return next((f": {reason}" for shows, reason in _FAILED_ALL_THE_SAME if shows.search(result.output)), "")
