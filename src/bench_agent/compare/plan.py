"""What `run` measures again, and against which commit: decided from records alone, before anything is measured.

Takes what history says of each benchmark, where a base could be found and what the changes touch; returns a `Plan`. Pure.
"""

from collections.abc import Collection, Mapping, Sequence
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
    asked: no rule says so, only a question of an earlier run, or (unclear) stored runs that can't clear it. first: an earlier
    run asked, so that its turn comes before the others; proved: it was told as slower, which goes before all. more_work: one
    iteration executes more than in the run `good`, by exact counts. good: where the newest run was that was as fast as
    before; None without one. earlier: clean commits of runs before that one which were as fast too, newest first.
    """

    id: str
    ratio: float = 1.0
    slower: bool = False
    together: bool = False
    more_work: bool = False
    asked: bool = False
    unclear: bool = False
    first: bool = False
    proved: bool = False
    good: Head | None = None
    earlier: tuple[str, ...] = ()

    def was_fast_at(self, sha: str) -> bool:
        return sha in self.earlier or (self.good is not None and self.good.sha == sha)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure in turns with `base_sha`.

    ids: in this order, for what they are; asked: so many of them for a question of an earlier run alone, or because of `unclear`.
    unclear: those that only stored runs can't clear: they wait for the others. sample: those that stand for all that moved
    together; moves holds by how much each of these did, the sample among them. base_dirty: the run measured there had
    uncommitted changes. untouched: what can't differ from the base. note: why nothing is measured, as a sentence. say: what is
    said before it begins.
    """

    because: Because = "nothing"
    base_sha: str | None = None
    base_dirty: bool = False
    ids: tuple[str, ...] = ()
    asked: int = 0
    unclear: frozenset[str] = frozenset()
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

    The base is a commit at which the worst was as fast as before, and of these the newest at which most others were so too;
    those that were not are left out, the next run asks again. What moved with all others follows what stands out, as a sample.
    """
    alone = sorted(
        (look for look in looks if look.slower), key=lambda look: (not look.proved, not look.first, -look.ratio)
    )
    moved = sorted((look for look in looks if look.together), key=lambda look: (-look.more_work, -look.ratio))
    if not alone and not moved:
        return NOTHING
    base_sha = _base_of((*alone, *moved), head)
    if base_sha is None:
        return Plan(
            because="slower" if alone else "together", moves={}, note="there is no earlier commit to measure against"
        )
    there = {look.id for look in (*alone, *moved) if look.was_fast_at(base_sha)}
    dirty = any(look.good.dirty for look in (*alone, *moved) if look.good is not None and look.good.sha == base_sha)
    ids = tuple(look.id for look in alone if look.id in there)
    with_all = [look for look in moved if look.id in there]
    # More work by exact counts is no machine's doing: those stand for the others.
    telling = [look.id for look in with_all if look.more_work] or [look.id for look in with_all]
    plan = Plan(
        because="slower" if alone else "together",
        base_sha=base_sha,
        base_dirty=dirty,
        ids=ids,
        asked=sum(look.asked for look in alone if look.id in there),
        unclear=frozenset(look.id for look in alone if look.unclear and look.id in there),
        sample=pick_sample(telling),
        moves={look.id: look.ratio for look in with_all},
        more_work=any(look.more_work for look in with_all),
    )
    same_code = base_sha == head.sha and not head.dirty
    return plan if same_code else _announced(plan)


def plan_without(plan: Plan, untouched: Collection[str]) -> Plan:
    """The plan without benchmarks that can't differ from its base; they were `asked` about for noise alone."""
    if not untouched:
        return plan
    ids = tuple(id for id in plan.ids if id not in untouched)
    fewer = len(plan.ids) - len(ids)
    left = replace(
        plan,
        ids=ids,
        asked=plan.asked - fewer,
        unclear=plan.unclear.difference(untouched),
        untouched=plan.untouched | frozenset(untouched),
    )
    return _announced(left) if ids or left.sample else replace(left, because="nothing", say=None)


def _base_of(looks: Sequence[Looks], head: Head) -> str | None:
    """looks: the worst first. The commit of the run itself only where no other one is asked about: it needs no measuring."""
    here = None if head.dirty else head.sha
    bases = [look for look in looks if look.good and look.good.sha]
    worst = next((look for look in bases if look.good and look.good.sha != here), next(iter(bases), None))
    if worst is None or worst.good is None or worst.good.sha is None:
        return None
    others = (sha for sha in worst.earlier if sha != here)
    return max((worst.good.sha, *others), key=lambda sha: sum(look.was_fast_at(sha) for look in looks))


def _announced(plan: Plan) -> Plan:
    parts = []
    if slower := len(plan.ids) - plan.asked:
        parts.append(f"{quantity.counted(slower, 'benchmark')} looked slower")
    if open_ := plan.asked - len(plan.unclear):
        parts.append(f"{quantity.counted(open_, 'question')} of earlier runs {'is' if open_ == 1 else 'are'} open")
    if plan.unclear:
        parts.append(f"stored runs can't clear {quantity.counted(len(plan.unclear), 'benchmark')}")
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
        say=f"no earlier run to compare with: measuring {which} in turns with {base.sha[:8]}",
    )


def plan_counts(base: Base) -> Plan:
    """What a quick run that looks well does: it counts against `base`, and measures what executes something else."""
    return NOTHING if base.sha is None else Plan(because="counts", base_sha=base.sha, moves={})
