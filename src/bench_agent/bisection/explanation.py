"""Why a commit made a benchmark slower: what the benchmark executes after it that it did not before, and where the diff is.

Takes the counts of one iteration at the commit and at its parent, what takes longer by itself, the commit's patch and the
files it names. Returns functions that do more or take longer, and sentences. Nothing is measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.bisection.own_time import NOTABLE as OWN_NOTABLE
from bench_agent.bisection.own_time import OwnChange, OwnGrowth
from bench_agent.records import Place, Reach
from bench_agent.results.culprits import GrownFunction
from bench_agent.suspects.data_changes import kind_of
from bench_agent.suspects.held_environment import changed_requirements
from bench_agent.suspects.patches import FilePatch
from bench_agent.suspects.reached_code import Growth, compare_reach, executed, find_spans, owners, split_key
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_FUNCTIONS = 5  # named of one culprit
# Parts, chosen on the culprits of `python tests/calibration/own_time.py` and `cases.py`: the function that was edited comes first.
NOTABLE = 0.1  # of all added work: from here a function that itself does more comes before those that are called more
_STARTS_PROCESSES = frozenset({"std:subprocess.py", "std:multiprocessing/process.py", "std:asyncio/subprocess.py"})
EXPLAINED = 0.5  # of the added time: from here what takes longer by itself is the answer
SMALL = 0.02  # of all added work: a function that added less is not named, unless the diff changes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    functions: tuple[GrownFunction, ...] = ()
    evidence: tuple[str, ...] = ()


def explain(
    before: Reach | None,
    after: Reach | None,
    patches: Sequence[FilePatch],
    blobs: Mapping[str, bytes],
    own: OwnChange | None = None,
) -> Explanation:
    """What grew from the parent to the commit, by counts and, where `own` is known, by time.

    Empty functions: neither shows any; the evidence says why. What takes most of the added time comes first, if the times
    explain it.
    """
    change = compare_reach(before, after)
    requirements = [f"it changes a requirement: {text}" for text in changed_requirements(patches, blobs)]
    touched = touched_functions(patches, blobs)
    grown = list(change.grown.values())
    added = sum(max(_added(g), 0) for g in grown) or 1
    telling = [g for g in grown if g.function in touched or _added(g) >= SMALL * added]
    # What the diff changes and itself does more, then what itself does more: a callee that is called more is an effect.
    telling.sort(
        key=lambda g: (
            not (g.itself and g.function in touched and _added(g) >= NOTABLE * added),
            not (g.itself and _added(g) >= NOTABLE * added),
            -_added(g),
        )
    )
    evidence = [_in_words(g, touched) for g in telling[:3]]
    if not change.comparable:
        evidence = ["what it executes could not be counted to the end"]
    elif not grown:
        evidence = [_equal_counts(patches, after, own)]
    outside = [g for g in telling if g.function not in touched]
    if outside and not any(g.function in touched for g in telling):
        what = "a requirement, " if requirements else ""
        evidence.append(
            f"none of these is changed by the commit: it changed {what}what they are given, or who calls them"
        )
    new = [path for path in change.new_files if any(split_key(g.function)[0] == path for g in grown)]
    if new:
        evidence.append(f"now executed and not before: {', '.join(clean_text(path, limit=80) for path in new[:3])}")
    if own is not None:
        evidence.append(times_in_words(own))
    counted = {g.function: g for g in telling}
    timed = [_timed(growth, counted, (before, after), touched) for growth in own.grown] if own else []
    # The cause, then its effects.
    timed.sort(key=lambda f: not (f.in_diff and f.name in counted and counted[f.name].itself))
    named = {f.name for f in timed if f.built_in is None}
    others = [_counted(g, own, touched) for g in telling if clean_text(g.function) not in named]
    functions = [*timed, *others] if own and own.explained >= EXPLAINED else [*others, *timed]
    return Explanation(functions=tuple(functions[:MAX_FUNCTIONS]), evidence=(*evidence, *requirements))


def _counted(growth: Growth, own: OwnChange | None, touched: frozenset[str]) -> GrownFunction:
    """With its own time, unless that changed by so much that it would be among the grown if it did not scatter as much."""
    time = own.times.get(Place(growth.function)) if own else None
    scatters = own is not None and time is not None and abs(time.added_s) >= OWN_NOTABLE * own.added_s
    return GrownFunction(
        name=clean_text(growth.function),
        calls=(growth.before.calls, growth.now.calls),
        lines=(growth.before.lines, growth.now.lines),
        in_diff=growth.function in touched,
        own_s=time.own_s if time and not scatters else None,
    )


def _timed(
    growth: OwnGrowth, counted: Mapping[str, Growth], reaches: Sequence[Reach | None], touched: frozenset[str]
) -> GrownFunction:
    name, built_in = growth.place
    calls, lines = growth.calls, (0, 0)
    if not built_in and name in counted:
        work = counted[name]
        calls, lines = (work.before.calls, work.now.calls), (work.before.lines, work.now.lines)
    elif not built_in:
        before, after = (executed(reach).get(name) for reach in reaches)
        if after is not None:
            before = before or after  # its file moved, and it does no more than it did
            calls, lines = (before.calls, after.calls), (before.lines, after.lines)
    return GrownFunction(
        name=clean_text(name),
        calls=calls,
        lines=lines,
        in_diff=name in touched,
        built_in=clean_text(built_in, limit=80) or None,
        own_s=growth.own_s,
    )


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


def _equal_counts(patches: Sequence[FilePatch], after: Reach | None, own: OwnChange | None) -> str:
    kinds = {kind_of(patch.path) for patch in patches}
    if "dependency" in kinds:
        return "the benchmark executes the same Python lines as before: the time is in a dependency or in compiled code"
    executed_files = {split_key(key)[0] for key in (after.functions if after else ())}
    if executed_files & _STARTS_PROCESSES:
        return (
            "this process executes the same Python lines as before: the time is in a process that the benchmark starts"
        )
    if any(patch.path in executed_files for patch in patches):
        if own is not None and own.explained >= EXPLAINED:
            return "the same Python lines run as often as before, and take longer"
        return "the same Python lines run as often as before: each takes longer, in a built-in or in compiled code"
    return "the benchmark executes the same Python lines as before: its data or compiled code changed"


def times_in_words(own: OwnChange) -> str:
    """Whose own time grew, and how much of the added time that is; or that it is nobody's."""
    if not own.grown:
        return (
            "no function takes longer by itself beyond what its measurements scatter: the time is spread over many, or not "
            "where a profiler sees it (other threads or processes, memory)"
        )
    parts = [f"{_place_in_words(g)} {_change_of(g)}" for g in own.grown[:3]]
    less = [f"; less: {_place_in_words(g)} {_change_of(g)}" for g in own.shrunk[:1]]
    rough = any(growth.is_rough for growth in own.grown) and own.explained < 1
    share = f"{'at least ' if rough else ''}{quantity.percent(own.explained)} of what was added"
    together = f"together {share}" if len(own.grown) + len(own.shrunk) > 1 else share
    if rough:
        together += " (a profiler makes calls as short as these longer: how much of them is theirs is not sure)"
    elif own.explained < EXPLAINED:
        together += "; the rest was not seen in any one function"
    return f"own time in one call of the benchmark: {', '.join(parts)}{''.join(less)}; {together}"


def _place_in_words(growth: OwnGrowth) -> str:
    function, built_in = growth.place
    name = clean_text(split_key(function)[1], limit=80) if function else "the benchmark"
    return f"built-in {clean_text(built_in, limit=80)}, called by {name}," if built_in else name


def _change_of(growth: OwnGrowth) -> str:
    before, after = growth.own_s
    return f"{quantity.duration(before)} -> {quantity.duration(after)}"
