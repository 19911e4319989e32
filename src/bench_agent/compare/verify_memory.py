"""Whether memory that had grown is as small as it was: the working tree traced beside the good commit, and beside the grown one.

Takes claims; returns what became of each. Figures are exact, so two sessions of each version tell; what they mean is decided by
pure functions here, by the rule of `detect/memory`.
"""

import time
from collections.abc import Mapping, Sequence

from bench_agent.compare.memory import compare_memory
from bench_agent.compare.memory_sessions import MemoryLimits
from bench_agent.compare.versions import two_sides
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.records import Say, Suite
from bench_agent.results.memory import MemoryRow
from bench_agent.results.verification import OUTCOMES, Claim, MemoryVerified, Outcome
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

LEAST_TOLD = 16.0  # bytes: one small object; below, sizes of containers that grow now and then


def verify_memory(
    config: Config,
    repository: Repository,
    *,
    claims: Sequence[Claim],
    limits: MemoryLimits,
    suite: Suite,
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> tuple[tuple[MemoryVerified, ...], tuple[str, ...]]:
    """What became of each claim, the worst outcome first, and warnings. Never raises for a version's sake."""
    groups: dict[str, list[str]] = {}
    for claim in claims:
        for sha in filter(None, (claim.good, claim.slow)):
            groups.setdefault(sha, []).append(claim.id)
    rows: dict[tuple[str, str], MemoryRow] = {}
    warnings: list[str] = []
    for sha, ids in groups.items():
        try:
            with two_sides(
                config,
                repository,
                base=sha,
                head=None,
                suite=suite,
                ids=ids,
                environment=environment,
                say=say,
            ) as sides:
                share_s = budget_s / len(groups)
                found = compare_memory(
                    sides,
                    ids,
                    limits=limits,
                    budget_s=share_s,
                    environment=environment,
                    say=say,
                    deadline=time.monotonic() + share_s,
                )
        except BenchAgentError as error:
            warnings.append(f"memory at {sha[:8]} was not traced: {error.message}")
            continue
        rows |= {(sha, row.benchmark): row for row in found.rows}
        warnings += found.warnings
    told = [judge(claim, rows.get((claim.good, claim.id)), rows.get((claim.slow or "", claim.id))) for claim in claims]
    return tuple(sorted(told, key=lambda one: OUTCOMES.index(one.outcome))), tuple(dict.fromkeys(warnings))


def judge(claim: Claim, left: MemoryRow | None, gained: MemoryRow | None) -> MemoryVerified:
    """left: the working tree against `good`; gained: against `slow`. None: it was not traced."""
    outcome = outcome_of(left, gained)
    return MemoryVerified(
        benchmark=claim.name,
        id=claim.id,
        good=claim.good[:8],
        slow=claim.slow and claim.slow[:8],
        outcome=outcome,
        text=describe(outcome, claim, left, gained),
        good_bytes=left.base_bytes if left else None,
        slow_bytes=gained.base_bytes if gained else None,
        now_bytes=left.head_bytes if left else None,
        now_left_bytes=left.head_left_bytes if left else 0.0,
        lines=(left.left_lines if left.leaks else left.lines) if left and outcome != "gone" else (),
    )


def outcome_of(left: MemoryRow | None, gained: MemoryRow | None) -> Outcome:
    if left is None:
        return "not_measured"
    if not left.leaks and left.verdict in ("same", "less"):
        return "gone"
    if left.verdict == "undecided" and not left.leaks:
        return "undecided"
    if gained is None:
        return "left"
    if left.leaks and left.verdict != "more":  # what is left is the leak alone
        return "still_there" if gained.head_left_bytes >= gained.base_left_bytes else "part_left"
    by_gain: dict[str, Outcome] = {"less": "part_left", "same": "still_there", "more": "worse"}
    return by_gain.get(gained.verdict, "left")


def describe(outcome: Outcome, claim: Claim, left: MemoryRow | None, gained: MemoryRow | None) -> str:
    """The outcome in one sentence, with its figures."""
    if left is None:
        return "not traced: see the warnings"
    held = f"one call holds {quantity.size(left.head_bytes)}"
    then = f"{quantity.size(left.base_bytes)} at {claim.good[:8]}"
    slow = f", {quantity.size(gained.base_bytes)} at {(claim.slow or '')[:8]}" if gained else ""
    leak = f"; each call leaves {quantity.size(left.head_left_bytes)} behind" if left.leaks else ""
    if not left.leaks and left.head_left_bytes >= left.base_left_bytes + LEAST_TOLD:
        leak = f"; each call leaves {quantity.size(left.head_left_bytes)} behind, too little to be told from the interpreter's own"
    words = {
        "gone": "gone",
        "part_left": "part of it is left",
        "still_there": "still there",
        "worse": "worse",
        "left": "still more",
        "undecided": "undecided, it differs from session to session",
    }
    return clean_text(f"{words[outcome]}: {held}, was {then}{slow}{leak}", limit=300)
