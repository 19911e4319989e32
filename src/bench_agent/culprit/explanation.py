"""Why a commit made a benchmark slower: what the benchmark executes after it that it did not before, and where the diff is.

Comes in: counts of one iteration at the commit and at its parent, the commit's patch and the files it names. Goes out:
functions that do more, those the diff touches first, and sentences. Nothing is measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent import quantity
from bench_agent.culprit.held import changed_requirements
from bench_agent.culprit.inputs import kind_of
from bench_agent.culprit.patches import FilePatch
from bench_agent.culprit.reach import Growth, compare_reach, find_spans, owners, split_key
from bench_agent.culprits import GrownFunction
from bench_agent.records import Reach
from bench_agent.units import clean_text

MAX_FUNCTIONS = 5
NOTABLE = 0.1  # of all added work: from here a function that itself does more comes before those that are called more
_STARTS_PROCESSES = frozenset({"std:subprocess.py", "std:multiprocessing/process.py", "std:asyncio/subprocess.py"})
SMALL = 0.02  # of all added work: a function that added less is not named, unless the diff changes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    functions: tuple[GrownFunction, ...] = ()
    evidence: tuple[str, ...] = ()


def explain(
    before: Reach | None, after: Reach | None, patches: Sequence[FilePatch], blobs: Mapping[str, bytes]
) -> Explanation:
    """What grew from the parent to the commit. Empty functions: the counts are equal, or not known; the evidence says which."""
    change = compare_reach(before, after)
    requirements = [f"it changes a requirement: {text}" for text in changed_requirements(patches, blobs)]
    if not change.comparable:
        return Explanation(evidence=("what it executes could not be counted to the end", *requirements))
    touched = touched_functions(patches, blobs)
    grown = list(change.grown.values())
    if not grown:
        return Explanation(evidence=(_equal_counts(patches, after), *requirements))
    added = sum(max(g.now.lines + g.now.calls - g.before.lines - g.before.calls, 0) for g in grown) or 1
    telling = [g for g in grown if g.function in touched or _added(g) >= SMALL * added]
    # What the diff changes and itself does more, then what itself does more: a callee that is called more is an effect.
    telling.sort(
        key=lambda g: (
            not (g.itself and g.function in touched and _added(g) >= NOTABLE * added),
            not (g.itself and _added(g) >= NOTABLE * added),
            -_added(g),
        )
    )
    functions = tuple(
        GrownFunction(
            name=clean_text(g.function),
            calls=(g.before.calls, g.now.calls),
            lines=(g.before.lines, g.now.lines),
            in_diff=g.function in touched,
        )
        for g in telling[:MAX_FUNCTIONS]
    )
    evidence = [_in_words(g, touched) for g in telling[:3]]
    outside = [g for g in telling if g.function not in touched]
    if outside and not any(g.function in touched for g in telling):
        what = "a requirement, " if requirements else ""
        evidence.append(
            f"none of these is changed by the commit: it changed {what}what they are given, or who calls them"
        )
    new = [path for path in change.new_files if any(split_key(g.function)[0] == path for g in grown)]
    if new:
        evidence.append(f"now executed and not before: {', '.join(clean_text(path, limit=80) for path in new[:3])}")
    return Explanation(functions=functions, evidence=(*evidence, *requirements))


def _added(growth: Growth) -> int:
    return growth.now.lines + growth.now.calls - growth.before.lines - growth.before.calls


def touched_functions(patches: Sequence[FilePatch], blobs: Mapping[str, bytes]) -> frozenset[str]:
    """ "path::qualname" of every function whose lines, as they are after the commit, the patch changes."""
    found = set()
    for patch in patches:
        for blob, side in ((patch.new_blob, "new_lines"), (patch.old_blob, "old_lines")):
            spans = find_spans(blobs[blob]) if blob and blob in blobs and patch.path.endswith(".py") else None
            if spans:
                lines = [line for hunk in patch.hunks for line in getattr(hunk, side)]
                found |= {f"{patch.path}::{name}" for name in owners(spans, lines)}
    return frozenset(found)


def _in_words(growth: Growth, touched: frozenset[str]) -> str:
    path, qualname = split_key(growth.function)
    where = "" if growth.function in touched else f" ({clean_text(path, limit=60)}, not in the diff)"
    name = clean_text(qualname, limit=80)
    calls, lines = (growth.before.calls, growth.now.calls), (growth.before.lines, growth.now.lines)
    if not calls[0]:
        return f"{name}{where} is now called {quantity.counted(calls[1], 'time')}, and was not"
    if calls[1] > calls[0]:
        return f"{name}{where} runs {times(calls)} as often, {calls[0]:,} -> {calls[1]:,} times"
    return f"{name}{where} executes {times(lines)} as many lines, {lines[0]:,} -> {lines[1]:,}"


def times(pair: tuple[int, int]) -> str:
    ratio = pair[1] / max(pair[0], 1)
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x" if ratio >= 1.1 else f"{ratio:.2f}x"


def _equal_counts(patches: Sequence[FilePatch], after: Reach | None) -> str:
    kinds = {kind_of(patch.path) for patch in patches}
    if "dependency" in kinds:
        return "the benchmark executes the same Python lines as before: the time is in a dependency or in compiled code"
    executed = {split_key(key)[0] for key in (after.functions if after else ())}
    if executed & _STARTS_PROCESSES:
        return (
            "this process executes the same Python lines as before: the time is in a process that the benchmark starts"
        )
    if any(patch.path in executed for patch in patches):
        return "the same Python lines run as often as before: each takes longer, in a built-in or in compiled code"
    return "the benchmark executes the same Python lines as before: its data or compiled code changed"
