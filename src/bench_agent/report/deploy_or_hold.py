"""Whether a run speaks against deploying, in one word with its reason. Pure; it follows the marks, and judges nothing anew."""

from bench_agent.results.report import Go, Status, Summary
from bench_agent.text import quantity


def decide_go(status: Status, summary: Summary, *, quick: bool) -> Go:
    """ "hold" where something failed or broke its limit or target, "safe" where all that was asked was compared and nothing
    is open, else "cant_tell". quick: part of the suite only, which the reason says.

    summary: its counts and its headline. A slowdown within its limit does not hold; what is new has nothing to be slower
    than; what was measured before and is not any more can't be told of.
    """
    if status in ("no_results", "running"):
        return Go(verdict="cant_tell", reason=summary.headline)
    if bad := _reasons_to_hold(summary):
        return Go(verdict="hold", reason=", ".join(bad))
    if unknown := _unknown(summary):
        return Go(verdict="cant_tell", reason=", ".join(unknown))
    if status == "not_compared":
        return Go(verdict="cant_tell", reason=summary.headline)
    return Go(verdict="safe", reason=_safe(summary, quick=quick))


def _reasons_to_hold(s: Summary) -> list[str]:
    grown = s.memory_regressed or 0
    return _told(
        (s.failed, f"{quantity.counted(s.failed, 'benchmark')} failed"),
        (s.regressed, f"{quantity.counted(s.regressed, 'regression')} confirmed beyond the limit"),
        (
            grown,
            f"memory of {quantity.counted(grown, 'benchmark')} beyond the limit or leaking",
        ),
        (s.over_target, f"{quantity.counted(s.over_target, 'benchmark')} over target"),
    )


def _unknown(s: Summary) -> list[str]:
    return _told(
        (s.unmeasured, f"{s.unmeasured:,} not measured"),
        (s.suspected, f"{quantity.counted(s.suspected, 'suspected slowdown')} not measured again"),
        (s.undecided, f"{s.undecided:,} undecided"),
        (s.vanished, f"{s.vanished:,} no longer measured"),
    )


def _safe(s: Summary, *, quick: bool) -> str:
    within = s.slower - s.regressed
    told = "nothing that was compared is slower beyond its limit"
    asides = _told(
        (within, f"{quantity.counted(within, 'slowdown')} within the limit"),
        (s.environment, f"{s.environment:,} slower by the environment, not the code"),
        (s.new, f"{s.new:,} new, compared with nothing"),
        (int(quick), "only part of the suite was measured"),
    )
    return "; ".join([told, *asides])


def _told(*counts: tuple[int, str]) -> list[str]:
    return [text for number, text in counts if number > 0]
