"""What `run` measures again, and against which commit: decided from records alone, before anything is measured.

Takes what history says of each benchmark, where a base could be found and what the changes touch; returns a `Plan`. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench_agent.compare.base import Base
from bench_agent.detect.common_move import pick_sample
from bench_agent.records import Head
from bench_agent.text import quantity

Because = Literal["slower", "together", "first_run", "counts", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What stored runs say of one benchmark of a run.

    ratio: this run / the level before. slower: a rule says so. together: it moved with all others, so that no rule does.
    more_work: one iteration executes more than in the run `good`, by exact counts. good: where the newest run was that was
    as fast as before; None without one.
    """

    id: str
    ratio: float = 1.0
    slower: bool = False
    together: bool = False
    more_work: bool = False
    good: Head | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure in turns with `base_sha`.

    ids: in this order, for what they are. sample: those that stand for all that moved together; moves holds by how much
    each of these did, the sample among them. base_dirty: the run measured there had uncommitted changes. untouched: what
    can't differ from the base. note: why nothing is measured, as a sentence. say: what is said before it begins.
    """

    because: Because = "nothing"
    base_sha: str | None = None
    base_dirty: bool = False
    ids: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    moves: Mapping[str, float]
    more_work: bool = False
    untouched: frozenset[str] = frozenset()
    note: str | None = None
    say: str | None = None
    warnings: tuple[str, ...] = ()


NOTHING = Plan(moves={})


def plan_from_history(looks: Sequence[Looks], head: Head) -> Plan:
    """What to measure of a run that stored runs can be compared with; `NOTHING` when nothing looks slower.

    The base is the commit at which the worst was last as fast as before; those that were so at another commit are left
    out, the next run asks again. What moved with all others follows what stands out, as a sample.
    """
    alone = sorted((look for look in looks if look.slower), key=lambda look: -look.ratio)
    moved = sorted((look for look in looks if look.together), key=lambda look: (-look.more_work, -look.ratio))
    if not alone and not moved:
        return NOTHING
    good = next((look.good for look in (*alone, *moved) if look.good and look.good.sha), None)
    if good is None or good.sha is None:
        return Plan(
            because="slower" if alone else "together", moves={}, note="there is no earlier commit to measure against"
        )
    base_sha = good.sha
    there = {look.id for look in (*alone, *moved) if look.good and look.good.sha == base_sha}
    dirty = any(look.good is not None and look.good.dirty for look in (*alone, *moved) if look.id in there)
    ids = tuple(look.id for look in alone if look.id in there)
    with_all = [look for look in moved if look.id in there]
    # More work by exact counts is no machine's doing: those stand for the others.
    telling = [look.id for look in with_all if look.more_work] or [look.id for look in with_all]
    plan = Plan(
        because="slower" if alone else "together",
        base_sha=base_sha,
        base_dirty=dirty,
        ids=ids,
        sample=pick_sample(telling),
        moves={look.id: look.ratio for look in with_all},
        more_work=any(look.more_work for look in with_all),
    )
    same_code = base_sha == head.sha and not head.dirty
    return plan if same_code else _announced(plan)


def _announced(plan: Plan) -> Plan:
    parts = []
    if plan.ids:
        parts.append(f"{quantity.counted(len(plan.ids), 'benchmark')} looked slower")
    if plan.sample:
        few = f"{len(plan.sample)} of {quantity.counted(len(plan.moves), 'benchmark')} that got slower together"
        parts.append(f"the machine or the code: {few}" if not parts else few)
    return replace(plan, say=f"{' and '.join(parts)}: measuring again in turns with {(plan.base_sha or '?')[:8]}")


def plan_first_run(base: Base, all_ids: Sequence[str], touched: Sequence[str]) -> Plan:
    """What to measure of a run without anything stored to compare with: what can differ from the base of the branch."""
    if base.sha is None:
        return Plan(moves={}, note=base.problem)
    untouched = frozenset(all_ids) - set(touched)
    warnings = (base.problem,) if base.problem else ()
    if not touched:
        note = f"nothing the benchmarks execute changed since {base.sha[:8]}"
        return Plan(because="first_run", base_sha=base.sha, moves={}, untouched=untouched, note=note, warnings=warnings)
    which = f"the {quantity.counted(len(touched), 'benchmark')} that can differ"
    return Plan(
        because="first_run",
        base_sha=base.sha,
        ids=tuple(touched),
        moves={},
        untouched=untouched,
        warnings=warnings,
        say=f"no earlier run: measuring {which} in turns with {base.sha[:8]}",
    )


def plan_counts(base: Base) -> Plan:
    """What a quick run that looks well does: it counts against `base`, and measures what executes something else."""
    return NOTHING if base.sha is None else Plan(because="counts", base_sha=base.sha, moves={})
