"""What the probe wrote, as records. Pure: lines in, samples and outcomes out; which file they came from is not known here."""

import base64
import binascii
import json
import math
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from bench_agent.formats.foreign_values import sample_of_summary
from bench_agent.measure.collected_suite import collection_of, process_of
from bench_agent.measure.nothing_measured import NOT_COLLECTED, NothingMeasured, PytestTold, explain_told
from bench_agent.records import Collection, Failure, Outcome, PytestProcess, Sample, Suite, Window, reach_from
from bench_agent.stats.round_summary import quantile, summarise_rounds
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_GOOD = ("passed", "xpassed")
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")  # in a parameter's repr
_USAGE_ERROR = 4  # pytest.ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """Everything the pytest sessions of one run told. Memory is not in it: `with_memory` joins that on `windows`."""

    samples: tuple[Sample, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: int = 0
    collected: int = 0  # benchmarks selected, over all sessions
    sessions: int = 0
    finished: int = 0  # sessions that came to their end
    exit_code: int | None = None  # the first that is not zero; None when no session finished
    suite: Suite | None = None  # None when no session had benchmarks
    collection: Collection | None = None  # of all sessions; None when one of them did not look at everything
    python: str = ""
    implementation: str = ""
    harness: str = ""  # pytest-benchmark's version
    build: str = ""
    packages: tuple[str, ...] = ()
    windows: dict[str, Window] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()  # benchmarks under way when their pytest ended without coming to its end
    nothing: NothingMeasured | None = None  # why no benchmark was measured, if none was and pytest knows why
    warnings: tuple[str, ...] = ()


def parse_line(line: bytes) -> dict[str, Any] | None:
    """One line as a mapping with a `kind`, or None for a line cut short by a kill."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("kind"), str) else None


def parse_probe(
    files: Sequence[bytes],
    handed_over: Sequence[Mapping[str, Any] | None] = (),
    start_files: Sequence[str] = (),
) -> ProbeResult:
    """The content of every file the probe wrote in one run, oldest first, and what each process handed over beside it.

    start_files: what starting the processes runs or may read, as `recipe.Start` has them.

    A benchmark measured twice (two pytest calls in one target) keeps its last timing, and a warning says so. Timings of
    a benchmark whose test did not pass are dropped.
    """
    sessions = [
        _Session([e for e in map(parse_line, content.splitlines()) if e], told)
        for content, told in zip_longest(files, handed_over)
    ]
    sessions = [s for s in sessions if s.first is not None]
    samples: dict[str, Sample] = {}
    failures: dict[str, Failure] = {}
    windows: dict[str, Window] = {}
    warnings: list[str] = []
    again = 0
    for session in sessions:
        for sample in session.samples():
            again += sample.id in samples
            samples[sample.id] = sample
        failures.update({f.id: f for f in session.failures()})
        windows.update(session.windows)
        warnings += session.faults()
    if again:
        warnings.append(
            f"{quantity.counted(again, 'benchmark')} measured more than once in this run: the last timing counts"
        )
    good = tuple(s for s in samples.values() if s.id not in failures)
    if moving := [s.id for s in good if _ADDRESS.search(s.id)]:
        which = quantity.counted(len(moving), "benchmark has", "benchmarks have")
        warnings.append(
            f"{which} a memory address in its id, so no other run can be compared: {clean_text(moving[0], limit=120)}"
        )
    processes = tuple(process for s in sessions if (process := s.process()))
    exits = [s.end["exit"] for s in sessions if s.end]
    first = sessions[0].first if sessions else None
    nothing = explain_told(_told(sessions, failures.values())) if sessions and not good else None
    return ProbeResult(
        samples=good,
        failures=tuple(failures.values()),
        skipped=sum(s.skipped() for s in sessions),
        collected=sum(len(s.collected) for s in sessions),
        sessions=len(sessions),
        finished=len(exits),
        exit_code=next((e for e in exits if e), 0) if exits else None,
        suite=Suite(processes=processes, start_files=tuple(start_files), uncollected=_uncollected(sessions))
        if processes
        else None,
        collection=collection_of([next((e for e in s.events if e["kind"] == "collected"), {}) for s in sessions]),
        python=str(first.get("python") or "") if first else "",
        implementation=str(first.get("implementation") or "") if first else "",
        harness=str(first.get("pytest_benchmark") or "") if first else "",
        build=clean_text(first.get("build") or "") if first else "",
        packages=next((found for s in sessions if (found := s.packages())), ()),
        windows=windows,
        unfinished=tuple(id for s in sessions if (id := s.under_way()) is not None),
        nothing=nothing,
        warnings=tuple(text for text in warnings if nothing is None or text != nothing.reason),
    )


def with_memory(result: ProbeResult, memory: Mapping[str, tuple[int, int]]) -> ProbeResult:
    """The result with (peak, mean) bytes per benchmark id."""
    samples = tuple(
        replace(s, peak_bytes=memory[s.id][0], mean_bytes=memory[s.id][1]) if s.id in memory else s
        for s in result.samples
    )
    return replace(result, samples=samples)


class _Session:
    """The lines of one pytest process."""

    def __init__(self, events: list[dict[str, Any]], handed_over: Mapping[str, Any] | None) -> None:
        self.events, self._handed_over = events, handed_over
        self.first = next((e for e in events if e["kind"] == "session"), None)
        self.end = next((e for e in events if e["kind"] == "end"), None)
        self.collected: list[str] = [i for e in events if e["kind"] == "collected" for i in e.get("benchmarks", ())]
        self.windows = {
            e["id"]: Window(started=e["started"], stopped=e["stopped"]) for e in events if e["kind"] == "benchmark"
        }

    def process(self) -> PytestProcess | None:
        modules = [entry for e in self.events if e["kind"] == "modules" for entry in e.get("modules") or ()]
        return process_of(self.first or {}, self.collected, self._handed_over, modules)

    def packages(self) -> tuple[str, ...]:
        return tuple(clean_text(p) for e in self.events if e["kind"] == "collected" for p in e.get("packages", ()))

    def samples(self) -> Iterable[Sample]:
        files: list[str] = []
        for event in self.events:
            if event["kind"] == "benchmark":
                files += event.get("files") or ()
                if event.get("outcome") in _GOOD and (sample := _sample(event, tuple(files))):
                    yield sample

    def failures(self) -> Iterable[Failure]:
        seen: dict[str, Failure] = {}
        for event in self.events:
            if event["kind"] != "outcome":
                continue
            if event["outcome"] in (*_GOOD, "skipped"):
                seen.pop(event["id"], None)  # a plugin ran the test again: its last attempt counts
            else:
                outcome: Outcome = event["outcome"]
                seen[event["id"]] = Failure(
                    id=event["id"], outcome=outcome, message=clean_text(event.get("message", ""))
                )
        return seen.values()

    def under_way(self) -> str | None:
        """The benchmark that ran when the process was killed, if it was."""
        if self.end is not None:
            return None
        last = next((e for e in reversed(self.events) if e["kind"] in ("start", "outcome")), None)
        return str(last["id"]) if last and last["kind"] == "start" else None

    def skipped(self) -> int:
        return sum(e["kind"] == "outcome" and e["outcome"] == "skipped" for e in self.events)

    def faults(self) -> list[str]:
        found = [clean_text(e.get("error")) for e in self.events if e["kind"] == "probe_error"]
        found += [
            f"{clean_text(e['id'])}: its rounds are no times"
            for e in self.events
            if e["kind"] == "benchmark" and e.get("outcome") in _GOOD and not _usable(_floats(e.get("data")))
        ]
        told = [f"a benchmark could not be recorded: {text}" for text in dict.fromkeys(found)]
        if lost := (self.end or {}).get("collect_errors"):
            told.append(f"{NOT_COLLECTED} {clean_text(lost[0]['id'])}: {clean_text(lost[0]['message'])}")
        return told + [
            f"{clean_text(e['id'])} measures how long a coroutine takes to make, not its work: "
            "benchmark(lambda: asyncio.run(work()))"
            for e in self.events
            if e["kind"] == "benchmark" and e.get("coroutine")
        ]


def _sample(event: dict[str, Any], files: tuple[str, ...]) -> Sample | None:
    data = _floats(event.get("data"))
    if not _usable(data):
        return None
    iterations = max(int(event.get("iterations") or 1), 1)
    # CPU seconds a second of wall time; of short rounds only some have it, the others are NaN.
    read = [(share, wall) for share, wall in zip(_floats(event.get("cpu")), data, strict=False) if share == share]
    return sample_of_summary(
        event["id"],
        summarise_rounds(data),
        group=event.get("group"),
        iterations=iterations,
        cpu_s=_median([share * wall for share, wall in read]),
        cpu_use=_median([share for share, _ in read]),  # not over all rounds: one that was preempted outweighs the rest
        body_hash=event.get("body"),
        timer=event.get("timer"),
        extra={clean_text(k): clean_text(v) for k, v in (event.get("extra") or {}).items()},
        reach=reach_from(event.get("functions") or {}, files=files, complete=bool(event.get("complete"))),
        spent_s=event["stopped"] - event["started"],
    )


def _usable(data: Sequence[float]) -> bool:
    """Whether they are times: a suite's own timer can give anything, and a clock that was set back negative ones."""
    return bool(data) and all(map(math.isfinite, data)) and min(data) >= 0


def _median(values: Sequence[float]) -> float | None:
    return quantile(sorted(values), 0.5) if values else None


def about_median(event: Mapping[str, Any]) -> float | None:
    """The median round of a benchmark's line, for a look while the suite runs; beyond 10,000 rounds of a part of them."""
    rounds = _floats(event.get("data"))
    some = sorted(rounds[:: len(rounds) // 10_000 + 1])
    return quantile(some, 0.5) if some else None


def _floats(text: str | None) -> "array[float]":
    values = array("d")
    try:
        values.frombytes(base64.b64decode(text or "", validate=True))
    except (binascii.Error, ValueError):
        return array("d")
    return values


def _uncollected(sessions: Sequence[_Session]) -> tuple[tuple[str, str], ...]:
    errors = [error for session in sessions if session.end for error in session.end.get("collect_errors", ())]
    return tuple(dict.fromkeys((clean_text(error["id"]), clean_text(error["message"])) for error in errors))


def _told(sessions: Sequence[_Session], failures: Iterable[Failure]) -> PytestTold:
    """What the sessions, of which there is at least one, know of why nothing was measured."""
    ends = [s.end for s in sessions if s.end]
    first = sessions[0].first or {}
    errors = [error for end in ends for error in end.get("collect_errors", ())]

    def count(key: str) -> int:
        return sum(int(end.get(key) or 0) for end in ends)

    return PytestTold(
        ended=bool(ends),
        collected=any(e["kind"] == "collected" for s in sessions for e in s.events),
        items=count("items"),
        benchmarks=count("benchmarks"),
        deselected=count("deselected"),
        has_plugin=bool(first.get("pytest_benchmark") or first.get("codspeed")),
        autoload=first.get("autoload") is not False,
        xdist=bool(count("xdist")),
        disabled=bool(count("disabled")),
        skip=bool(count("skip")),
        refused=any(end.get("exit") == _USAGE_ERROR for end in ends),
        failures=tuple(failures),
        error=(clean_text(errors[0].get("id")), clean_text(errors[0].get("message"))) if errors else None,
    )
