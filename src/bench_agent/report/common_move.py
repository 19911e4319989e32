"""What a report says of a move that all benchmarks made together: the machine's or the code's, with what shows it. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from bench_agent.detect.common_move import widest
from bench_agent.detect.suspicion import Judgement
from bench_agent.report.judge_by_history import JudgedRun
from bench_agent.results.comparison import Confirmation
from bench_agent.results.report import CommonMove
from bench_agent.text import quantity

NOTED = 0.05  # a common move from which the reader is told: medians move by 5.6 % on unchanged code


def common_move(judged: JudgedRun, confirmation: Confirmation) -> CommonMove | None:
    """The common move of the run; None for one that is too small to tell, and made nothing suspect."""
    together = [j for j in judged.judgements if j.together]
    if abs(judged.common - 1) <= NOTED and not together:
        return None
    return CommonMove(
        ratio=_moved_by(judged, together),
        benchmarks=len(together),
        verdict=confirmation.common if together else "unknown",
        measured=sum(id in confirmation.rows for id in confirmation.sample),
        interval=widest(confirmation.sample, confirmation.rows),
    )


def _moved_by(judged: JudgedRun, together: Sequence[Judgement]) -> float:
    """This run against the levels before; of a new level or a slow drift those are the ones from which it began."""
    lasting = [j.sample.median_s / j.base_s for j in together if (j.shift or j.drift) and j.base_s]
    return statistics.median(lasting) if 2 * len(lasting) > len(together) else judged.common


def with_common(judged: JudgedRun, confirmation: Confirmation) -> JudgedRun:
    """The judgements with the rule "together" where a common move was not shown to be the machine's: suspected, not cleared.

    Where it was, the seed's rule, which knows of no machine, has nothing more to say of those that moved.
    """

    def judged_again(j: Judgement) -> Judgement:
        if not j.together:
            return j
        if confirmation.common == "machine":
            return replace(j, rules=tuple(rule for rule in j.rules if rule != "seed_rule"))
        return replace(j, rules=(*j.rules, "together"))

    return replace(judged, judgements=tuple(map(judged_again, judged.judgements)))


def describe_common(move: CommonMove, confirmation: Confirmation) -> str:
    """One sentence: how far, and whose doing it is as far as that was measured."""
    moved = f"all benchmarks together moved by {quantity.change(move.ratio)} against their stored runs"
    if not move.benchmarks:
        return f"{moved}; whether that is the machine or the code was not measured"
    base = (confirmation.base_sha or "?")[:8]
    of = f"{move.measured} of the {move.benchmarks} that got slower"
    if move.verdict == "machine":
        within = f" ({quantity.change_interval(move.interval)})" if move.interval else ""
        return f"{moved}: that is the machine, not the code; in turns with {base}, {of} take what they took{within}"
    if move.verdict == "code":
        return f"{moved}: that is the code, not the machine alone; measured in turns with {base}: {of}"
    tried = f"measuring {of} in turns did not tell" if move.measured else "no sample of them was measured in turns"
    return f"{moved}, {move.benchmarks} of them by more than their noise: the machine or code that they share, {tried}"
