"""What became of a suite that ran, in words: what to keep in mind about its results, or why there are none. Pure."""

import re

from bench_agent.measure.installed_copy import describe_installed_copy
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


def run_warnings(run: Run, probed: ProbeResult, result: SuiteResult) -> list[str]:
    """What a reader of this run's results should know of how it went, one sentence each."""
    found = list(probed.warnings)
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
        found.append(f"the command ended with exit code {result.exit_code} although its benchmarks passed")
    if copy := describe_installed_copy(run.suite):
        found.append(copy)
    elif run.head.dirty:
        found.append("the working tree has uncommitted changes: they were measured too")
    if run.head.shallow:
        found.append("this is a shallow clone: commits before its edge cannot be suspected (git fetch --unshallow)")
    return found


def explain_nothing(command: str, probed: ProbeResult, result: SuiteResult) -> ErrorInfo:
    """Why a suite that ran left no timing, and what to do about it."""
    shown = clean_text(command, limit=80)
    if unrecorded := _unrecorded(result):
        return ErrorInfo(kind="store", message=f"`{shown}` ran, but {unrecorded}", hint="free some space and run again")
    if result.timed_out:
        running = f"; it was running {clean_text(probed.unfinished[0])}" if probed.unfinished else ""
        return ErrorInfo(
            kind="timeout",
            message=f"`{shown}` was stopped after {result.seconds:.0f} s with nothing measured{running}",
            hint="allow more with --timeout SECONDS, or see what hangs: run the command yourself",
        )
    if result.interrupted:
        return ErrorInfo(kind="interrupted", message=f"`{shown}` was interrupted before anything was measured")
    reason, hint = probed.reason, probed.hint
    if reason is None:
        reason, hint = _from_output(result, seen=probed.sessions > 0)
    kind = "usage" if "passed to '-k'" in reason else "no_results"
    return ErrorInfo(
        kind=kind, message=f"`{shown}` left no results (exit code {result.exit_code}): {reason}", hint=hint
    )


def _unrecorded(result: SuiteResult) -> str | None:
    """What the probe said when it could not write, which is when the disk is full."""
    found = re.search(r"bench-agent: (.*recorded: .*)$", result.output, re.MULTILINE)
    return clean_text(found[1]) if found else None


def _from_output(result: SuiteResult, *, seen: bool) -> tuple[str, str]:
    """(reason, hint) from what the command printed. seen: a pytest session told of itself."""
    lines = [line.strip() for line in result.output.splitlines() if line.strip()]
    told = [line for line in lines if _COMPLAINT.search(line)]
    others = [line for line in lines if not _MAKE.match(line)] or lines
    said = clean_text(told[0] if told else others[-1] if others else "it printed nothing", limit=300)
    said = said.removeprefix("ERROR: ")
    if "bench_agent_probe" in said:
        return (
            "the interpreter ignores PYTHONPATH (python -I or -E), so the measuring plug-in could not be loaded",
            "take -I and -E out of the command: bench-agent measures through PYTEST_PLUGINS and PYTHONPATH",
        )
    if conftest := re.search(r"while loading conftest '(.+?)'", result.output):
        return (
            f"pytest could not load {clean_text(conftest[1])}: {said.removeprefix('E ')}",
            "mend the import or syntax error there",
        )
    if missing := re.search(r"(\S+): No module named pytest$", said):
        return (
            f"pytest is not installed for {missing[1]}",
            "install pytest and pytest-benchmark there, or set `command` to what runs the project's own",
        )
    # A shell's words, or make's for a recipe that it runs without one.
    if absent := re.search(r"(\S+): (?:command )?not found$|^make: (\S+): No such file or directory$", said):
        return (
            f"`{absent[1] or absent[2]}` is not on PATH",
            "install it, or set `command` to what runs the benchmarks here",
        )
    if "passed to '-k'" in said:
        return said, "as for pytest -k: names joined with and, or, not and brackets, such as -k 'parse and not slow'"
    if seen or told:
        return said, "run the command yourself and mend what it complains about"
    if result.exit_code == 0:
        return (
            f"no pytest session was seen; its last line: {said}",
            "it must run pytest, with PYTEST_PLUGINS and PYTHONPATH kept in the environment; what another harness "
            "(pyperf, asv, hyperfine) writes as JSON can be read: bench-agent history import FILE",
        )
    return (
        f"no pytest session was seen; its last line: {said}",
        "run the command yourself and mend what it complains about",
    )


# pytest's and argparse's own complaints, and a shell's: the first such line says more than the last, which is make's.
_COMPLAINT = re.compile(r"^ERROR: (?!usage)|: error: |Error importing plugin|: not found$|: command not found$")
_MAKE = re.compile(r"^make(\[\d+\])?: (\*\*\* \[|Entering|Leaving)")
