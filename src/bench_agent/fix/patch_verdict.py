"""What tests, first calls and measuring prove of a patch, and what they hold against it. Pure."""

from collections.abc import Collection, Mapping, Sequence

from bench_agent.compare.trial import AGAIN, Others
from bench_agent.compare.versions import PATCHED, WORKING_TREE
from bench_agent.measure.paired.first_calls import FirstCalls
from bench_agent.measure.watched_tests import TestRun
from bench_agent.results.verification import Verified
from bench_agent.suspects.reached_code import is_own
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

# How much more of a first call's work than of the later ones' a patch may need, against the same of the code before it. Counts are
# exact; what is imported or compiled at a first call differs a little between versions.
FIRST_SLACK = 1.25
FIRST_LINES = 200  # executed lines by which a first call may be longer, whatever the ratio: imports inside of functions


def lines_of(counts: Mapping[str, tuple[int, int]]) -> int:
    """Executed lines and calls, the measure of work that is the same from run to run."""
    return sum(calls + lines for calls, lines in counts.values())


def faults_of_results(calls: Mapping[str, FirstCalls]) -> list[str]:
    """Whether the benchmark gives the same with the patch as without, where that can be told."""
    patched, now, again = calls[PATCHED], calls[WORKING_TREE], calls[AGAIN]
    if now.results != again.results or now.says != patched.says:
        same_kind = now.says == patched.says
        return [] if same_kind else ["the benchmark's call gives something where it gave nothing, or the reverse"]
    if patched.results != now.results:
        return ["the benchmark's call gives another result than without it, or leaves its arguments otherwise"]
    return []


def has_result(calls: Mapping[str, FirstCalls]) -> bool:
    """Whether equal results say anything: something is returned, and is the same from process to process."""
    now = calls[WORKING_TREE]
    return now.says and now.whole and now.results == calls[AGAIN].results


def faults_of_first_call(calls: Mapping[str, FirstCalls]) -> list[str]:
    """Whether only later calls are fast, because the first one kept something for them."""
    patched = calls[PATCHED]
    first, again = lines_of(patched.functions), lines_of(patched.again)
    allowed = max(_first_share(each) for label, each in calls.items() if label != PATCHED)
    if first > FIRST_SLACK * allowed * again and first - again > FIRST_LINES + _first_extra(calls):
        return [
            f"it works from the second call on: {first:,} lines are executed by the first call of a process, {again:,} by the next"
        ]
    return []


def _first_share(calls: FirstCalls) -> float:
    return lines_of(calls.functions) / max(lines_of(calls.again), 1)


def _first_extra(calls: Mapping[str, FirstCalls]) -> int:
    """Lines that a first call executes beyond a later one without the patch, at most."""
    return max(
        (lines_of(each.functions) - lines_of(each.again) for label, each in calls.items() if label != PATCHED),
        default=0,
    )


def faults_of_constants(constants: Collection[str], facts: Collection[str]) -> list[str]:
    """Whether the patch names what the benchmark works on or gives."""
    named = sorted(set(constants) & set(facts))
    return [f"it names a value of the benchmark's input or result ({clean_text(named[0], limit=60)})"] if named else []


def dropped_functions(calls: Mapping[str, FirstCalls], changed: Collection[str]) -> tuple[str, ...]:
    """Functions of the project that the benchmark called before the patch and does not call any more.

    changed: keys of what the patch changes, which may well do without each other.
    """
    now, patched = calls[WORKING_TREE].again, calls[PATCHED].again
    return tuple(
        key
        for key, (times, _) in now.items()
        if times and is_own(key) and key not in changed and "<" not in key and not patched.get(key, (0, 0))[0]
    )


def faults_of_tests(before: TestRun, after: TestRun) -> list[str]:
    """Tests that passed without the patch and don't with it."""
    if after.exit_code is None:
        return ["the tests did not end in time with it"]
    if after.wrong:
        return [f"the tests ran another copy of the code ({after.wrong[0]})"]
    lost = sorted(before.passed - after.passed)
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return [f"tests fail with it: {clean_text(lost[0])}{more}"]
    if before.exit_code == 0 and after.exit_code != 0:
        return [f"the check fails with it (exit code {after.exit_code}: {after.last_line})"]
    return []


def covering(before: TestRun, functions: Collection[str]) -> dict[str, frozenset[str]]:
    """Function -> the passing tests that enter it."""
    return {
        key: frozenset(id for id in before.passed if key in before.entered.get(id, frozenset())) for key in functions
    }


def untaken(after: TestRun, wanted: Collection[str], *, benchmarks: Collection[str]) -> list[str]:
    """Lines that the patch writes and that no passing test takes. benchmarks: ids whose own calls count for nothing here."""
    taken = {line for id in after.passed if id not in benchmarks for line in after.lines.get(id, frozenset())}
    return sorted(set(wanted) - taken)


def faults_of_gain(verified: Verified, asked_share: float) -> list[str]:
    """Whether the patch gives back enough of the slowdown, measured."""
    given = given_back(verified)
    if verified.outcome == "not_reproduced":
        return ["the working tree is not slower any more, measured now: there is nothing to give back"]
    if verified.outcome in ("undecided", "not_measured") or given is None:
        return [f"it could not be told whether it helps: {verified.text}"]
    if given < asked_share:
        return [
            f"it gives back {quantity.percent(max(given, 0.0))} of the slowdown, and {quantity.percent(asked_share)} is asked"
        ]
    return []


def given_back(verified: Verified) -> float | None:
    """The share of the slowdown that is gone; 1 is all. Of a patch whose gain is not sure, None."""
    if verified.outcome == "gone":
        return 1.0
    if verified.outcome not in ("part_left", "still_there", "worse") or verified.share_left is None:
        return None
    return 1.0 - verified.share_left


def faults_of_others(others: Others, names: Mapping[str, str]) -> list[str]:
    """Other benchmarks that got slower by it."""
    slower = [row for row in others.rows if row.verdict == "slower"]
    return [
        f"it makes {clean_text(names.get(row.benchmark, row.benchmark))} slower: {quantity.change(row.ratio)}"
        for row in sorted(slower, key=lambda row: -row.ratio)[:3]
    ]


def evidence_of(
    verified: Verified, others: Others, *, tests: Sequence[str], noticed: int, equal_results: int
) -> tuple[str, ...]:
    """What was run and measured of a patch that passed, a sentence each."""
    given = given_back(verified) or 0.0
    lines = [f"Measured in turns: {verified.text} ({quantity.percent(given)} of the slowdown is given back)."]
    which = quantity.counted(len(tests), "test enters", "tests enter")
    lines.append(f"{which} what it changes; all of them pass as before, and {noticed} fail when its work is left out.")
    if equal_results:
        lines.append(
            f"{quantity.counted(equal_results, 'benchmark')} that execute it give the same results as without it."
        )
    same = sum(row.verdict == "same" for row in others.rows)
    faster = sum(row.verdict == "faster" for row in others.rows)
    parts = [f"{others.same_work} execute exactly the same"] if others.same_work else []
    parts += [f"{same} measured the same"] if same else []
    parts += [f"{faster} measured faster"] if faster else []
    open_ = len(others.unseen) + sum(row.verdict == "undecided" for row in others.rows)
    parts += [f"of {open_} it is not known"] if open_ else []
    if parts:
        lines.append(f"Other benchmarks: {', '.join(parts)}; none is slower.")
    return tuple(lines)
