"""Whether an edit made hot code do more: one counted call of the benchmarks that execute the edited file, against kept counts.

Counts are the same from run to run, so that one call tells what no timing of seconds could. Takes a suite and counts; what is kept
is a plain document. Nothing is timed, and nothing is written but what the benchmarks themselves write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench_agent.measure.paired.counts import Counting
from bench_agent.measure.paired.same_process import side_of
from bench_agent.measure.paired.side import Side
from bench_agent.records import PytestProcess, Reach, Suite
from bench_agent.suspects.clues import describe_growth
from bench_agent.suspects.reached_code import compare_reach, is_own, split_key
from bench_agent.text.clean import clean_text

GROWN = 1.05  # times the lines from which an edit is worth a word: less is a changed line or two
START_S = 60.0  # for the suite to be collected, when the counts are first taken
HOOK_START_S = 8.0  # the same after an edit: somebody waits
CALL_S = 1.0  # for one counted call; benchmarks with longer ones are not watched
MAX_LOOKED = 6  # benchmarks counted after one edit
MAX_WATCHED = 60
_LABEL = "working tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One benchmark's counts. told: the work at the last warning; 0 where there was none since it was as before."""

    id: str
    name: str
    functions: Mapping[str, tuple[int, int]]  # "path::qualname" -> (calls, lines)
    told: int = 0

    @property
    def work(self) -> int:
        return sum(calls + lines for calls, lines in self.functions.values())

    @property
    def reach(self) -> Reach:
        return _reach(self.functions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What is kept. processes: how the suite's are started, without their environment, which may hold secrets."""

    processes: tuple[PytestProcess, ...]
    watched: tuple[Watched, ...]


def start_guard(
    suite: Suite, ids: Sequence[str], names: Mapping[str, str], *, top: Path, root: Path, env: Mapping[str, str]
) -> Guard:
    """The counts of these benchmarks as the working tree is now. O(benchmarks); three calls each."""
    watched: list[Watched] = []
    for process, own in suite.by_process(list(ids)[:MAX_WATCHED]):
        counted = _count(_side(process, top, root), own, env, start_s=START_S)
        watched += [
            Watched(id=id, name=clean_text(names.get(id, id)), functions=functions) for id, functions in counted.items()
        ]
    return Guard(
        processes=tuple(replace(p, environment=None, modules=()) for p in suite.processes), watched=tuple(watched)
    )


def look(guard: Guard, edited: str, *, top: Path, root: Path, env: Mapping[str, str]) -> tuple[Guard, list[str]]:
    """The guard after an edit of that file, relative to `top`, and a sentence for each benchmark whose work grew by it."""
    touched = [w for w in guard.watched if any(split_key(key)[0] == edited for key in w.functions)][:MAX_LOOKED]
    sentences: list[str] = []
    now: dict[str, Watched] = {}
    for process in guard.processes:
        own = [w for w in touched if w.id in process.ids and w.id not in now]
        if not own:
            continue
        counted = _count(_side(process, top, root), [w.id for w in own], env, start_s=HOOK_START_S)
        for watched in own:
            functions = counted.get(watched.id)
            if functions is not None:
                now[watched.id], told = judge(watched, functions)
                sentences += [told] if told else []
    return replace(guard, watched=tuple(now.get(w.id, w) for w in guard.watched)), sentences


def judge(watched: Watched, functions: Mapping[str, tuple[int, int]]) -> tuple[Watched, str]:
    """The benchmark with what was told of it, and the sentence, "" where there is nothing new to tell. Pure."""
    work = replace(watched, functions=functions).work
    if work <= GROWN * watched.work:
        return replace(watched, told=0), ""
    if work == watched.told:
        return watched, ""
    grown = compare_reach(watched.reach, _reach(functions)).grown
    where = "".join(
        f"; {clean_text(split_key(key)[1], limit=80)}: {describe_growth(growth)}"
        for key, growth in list(grown.items())[:3]
    )
    times = work / max(watched.work, 1)
    often = f"{times:.1f} times" if times >= 1.95 else f"{(times - 1) * 100:.0f} % more"
    sentence = f"one call of `{watched.name}` now executes {often} lines ({watched.work:,} -> {work:,}){where}"
    return replace(watched, told=work), sentence.replace("times lines", "times the lines")


def to_document(guard: Guard) -> dict[str, Any]:
    return asdict(guard)


def from_document(document: Mapping[str, Any]) -> Guard:
    """Raises KeyError, TypeError or ValueError for what `to_document` did not write."""
    processes = tuple(_process(process) for process in document["processes"])
    watched = tuple(
        Watched(
            id=w["id"],
            name=w["name"],
            functions={key: (int(calls), int(lines)) for key, (calls, lines) in w["functions"].items()},
            told=int(w["told"]),
        )
        for w in document["watched"]
    )
    return Guard(processes=processes, watched=watched)


def _process(document: Mapping[str, Any]) -> PytestProcess:
    def words(key: str) -> tuple[str, ...]:
        return tuple(map(str, document[key]))

    return PytestProcess(
        executable=str(document["executable"]),
        rootdir=str(document["rootdir"]),
        cwd=str(document["cwd"]) if document["cwd"] else None,
        ids=words("ids"),
        options=words("options"),
        flags=words("flags"),
        under=words("under"),
        path=words("path"),
    )


def _side(process: PytestProcess, top: Path, root: Path) -> Side:
    """The checkout itself: what was just edited there is what is asked about."""
    return replace(side_of(process, label=_LABEL, tree=top, top=top, root=root), not_from=None)


def _count(
    side: Side, ids: Sequence[str], env: Mapping[str, str], *, start_s: float
) -> dict[str, dict[str, tuple[int, int]]]:
    """id -> counts in the project's own files, of those that can be counted and execute the same at each call."""
    with Counting(side.python, env=env) as counting:
        result = counting.count([side], ids, start_timeout_s=start_s, patience_s=3 * CALL_S, count_s=CALL_S)
    found = {}
    for id, reach in result.reaches.get(side.label, {}).items():
        if reach.complete:
            own = [key for key in reach.functions if is_own(key)]
            found[id] = {key: (reach.functions[key], reach.lines.get(key, 0)) for key in own}
    return found


def _reach(functions: Mapping[str, tuple[int, int]]) -> Reach:
    return Reach(
        functions={key: calls for key, (calls, _) in functions.items()},
        lines={key: lines for key, (_, lines) in functions.items()},
        files=tuple(sorted({split_key(key)[0] for key in functions})),
        complete=True,
    )
