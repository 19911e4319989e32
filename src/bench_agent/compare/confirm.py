"""Whether what looked slower is slower: both versions measured in turns, exact counts first where they are wanted."""

import time
from collections.abc import Mapping, Sequence

from bench_agent.compare.base import equal_counts
from bench_agent.compare.revisions import in_turns, two_sides
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.measure.paired.counts import count_sides
from bench_agent.records import CountedWork, Run, Say
from bench_agent.results.comparison import Confirmation
from bench_agent.suspects.reach import compare_reach, executes_otherwise, split_key
from bench_agent.system.git import Repository
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_NAMED = 5  # functions in one sentence


def confirm(
    config: Config,
    repository: Repository | None,
    run: Run,
    *,
    base_sha: str | None,
    base_dirty: bool = False,
    ids: Sequence[str],
    count: Sequence[str] = (),
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Confirmation:
    """Measure those benchmarks of a run again, the working tree against `base_sha`. Never raises: `note` says why not.

    base_dirty: the earlier run had uncommitted changes, so its commit is not all of its code. count: benchmarks whose
    work is counted first on both sides; those whose work changed are measured before `ids`, on the same budget.

    Ctrl-C during it is the caller's: everything that was started is gone by then.
    """
    if repository is None or base_sha is None or run.suite is None or not (ids or count):
        return Confirmation(note="there is no earlier commit to measure against")
    if base_sha == run.head.sha and not run.head.dirty:
        note = f"the code is the same as in the earlier run ({base_sha[:8]}): what differs is around it"
        return Confirmation(base_sha=base_sha, same_code=not base_dirty, note=note)
    work: dict[str, CountedWork] = {}
    known = tuple(dict.fromkeys([*count, *ids]))
    try:
        with two_sides(
            config,
            repository,
            base=base_sha,
            head=None,
            suite=run.suite,
            ids=known,
            environment=environment,
            say=say,
        ) as sides:
            began = time.monotonic()
            if count:
                for pair in sides.pairs:
                    own = [id for id in count if id in pair.ids]
                    work |= count_sides(pair.base, pair.head, node_ids=own, env=environment) if own else {}
                say(describe_counts(work, base_sha))
            time_s = {sample.id: sample.median_s for sample in run.samples}  # the shortest first: most are decided so
            differing = [id for id, counted in work.items() if executes_otherwise(counted.base, counted.head)]
            changed = sorted(differing, key=lambda id: time_s.get(id, 0.0))
            ids = [*changed, *(id for id in ids if id not in changed)]
            left_s = max(budget_s - (time.monotonic() - began), budget_s / 2)
            if not ids:
                return Confirmation(base_sha=base_sha, work=work, warnings=(describe_counts(work, base_sha),))
            comparison = in_turns(sides, ids=ids, budget_s=left_s, environment=environment, say=say)
    except BenchAgentError as error:
        note = f"{error.message} ({error.hint})" if error.hint else error.message
        return Confirmation(base_sha=base_sha, work=work, note=note)
    return Confirmation(
        base_sha=base_sha,
        rows={row.benchmark: row for row in comparison.benchmarks},
        work=work,
        seconds=comparison.seconds,
        warnings=comparison.warnings,
    )


def describe_counts(work: Mapping[str, CountedWork], base_sha: str) -> str:
    """One sentence on what counting found: which benchmarks execute something else, and in which functions."""
    changes = {id: compare_reach(counted.base, counted.head) for id, counted in work.items()}
    told = [id for id, change in changes.items() if change.comparable]
    changed = [id for id in told if executes_otherwise(work[id].base, work[id].head)]
    if not changed:
        return equal_counts(len(told), base_sha) if told else "counts: no benchmark executes the same at each call"
    few = quantity.counted(len(told), "benchmark")
    grown = [split_key(key)[1] for id in changed for key, growth in changes[id].grown.items() if growth.itself]
    names = ", ".join(clean_text(name, limit=60) for name in list(dict.fromkeys(grown))[:MAX_NAMED])
    return f"{len(changed)} of {few} counted execute something else than at {base_sha[:8]}" + (
        f": more in {names}" if names else ""
    )
