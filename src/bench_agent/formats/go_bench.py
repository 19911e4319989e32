"""The text that `go test -bench` prints, or its -json events: a line for each benchmark and each -count.

Lines "commit: ..." and "date: ..." before the results are read too, as Go's own benchmark format has it.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from bench_agent.formats.foreign_values import Reading, reading_of, sample_of_rounds, utc_of_text, whole
from bench_agent.formats.format import Format
from bench_agent.records import Failure, Head, Machine, Run, Sample
from bench_agent.text.clean import clean_text

_LINE = re.compile(r"^(Benchmark\S*)[ \t]+(\d+)((?:[ \t]+[0-9.eE+-]+[ \t]+\S+)+)[ \t]*$", re.MULTILINE)
_CONFIG = re.compile(r"^([a-z][\w-]*):[ \t]*(\S.*)$")
_FAILED = re.compile(r"^\s*--- FAIL: (Benchmark\S*)")
_PROCS = re.compile(r"-(\d+)$")


@dataclass(slots=True)
class _Lines:
    """What was read of one benchmark: seconds, other figures, iterations, line by line."""

    seconds: list[float] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    iterations: int = 1


def looks_like_go(content: bytes) -> bool:
    """Whether a line of a benchmark's figures stands in it."""
    begin = content[:300].lstrip()
    if begin.startswith((b"{", b"[", b"window")) and b'"Action"' not in begin:
        return False  # 53 MB of JSON are not searched for lines
    return _LINE.search(_plain(content)) is not None


def read_go_bench(content: bytes) -> Reading:
    """The run it holds. Raises NotResultsError when no benchmark in it has ns/op.

    Figures beside ns/op (bytes, allocations, a benchmark's own) are kept as text. The number of processors at the end of
    the names is taken off where all have the same.
    """
    config: dict[str, str] = {}
    found: dict[str, _Lines] = {}
    failures: dict[str, Failure] = {}
    others = Counter[str]()
    procs: set[str | None] = set()
    for line in _plain(content).splitlines():
        known, failed, match = _CONFIG.match(line), _FAILED.match(line), _LINE.match(line)
        if match:
            id = f"{config['pkg']}.{match[1]}" if "pkg" in config else match[1]
            _take(found, id, match, others)
            ending = _PROCS.search(match[1])
            procs.add(ending[1] if ending else None)
        elif failed:
            id = f"{config['pkg']}.{failed[1]}" if "pkg" in config else failed[1]
            failures[id] = Failure(id=id, outcome="failed", message="see the output of go test")
        elif known:
            config[known[1]] = known[2].strip()
    cores = next(iter(procs)) if len(procs) == 1 else None
    samples = [_sample(id if cores is None else id.removesuffix(f"-{cores}"), lines) for id, lines in found.items()]
    run = Run(
        run_id="",
        started_at=utc_of_text(config.get("date") or config.get("commit-time")),
        head=Head(sha=config.get("commit")),
        machine=Machine(
            system=config.get("goos", ""),
            arch=config.get("goarch", ""),
            cpu=clean_text(config.get("cpu", "")),
            cores=whole(cores),
        ),
        samples=tuple(s for s in samples if s is not None and not any(_within(s.id, id) for id in failures)),
        failures=tuple(failures.values()),
    )
    notes = [f"{len(failures)} benchmarks that failed left out"] if failures else []
    return reading_of([run], others, notes=notes)


def _take(found: dict[str, _Lines], id: str, match: "re.Match[str]", others: Counter[str]) -> None:
    words = match[3].split()
    figures = dict(zip(words[1::2], words[::2], strict=True))
    time = figures.pop("ns/op", None)
    if time is None:
        others.update(figures.keys())
        return
    try:
        seconds = float(time) * 1e-9
    except ValueError:
        return
    lines = found.setdefault(id, _Lines(iterations=whole(match[2]) or 1))
    lines.seconds.append(seconds)
    lines.extra = {clean_text(unit, limit=60): clean_text(value, limit=60) for unit, value in figures.items()}


def _sample(id: str, lines: _Lines) -> Sample | None:
    return sample_of_rounds(id, lines.seconds, iterations=lines.iterations, extra=lines.extra)


def _within(id: str, failed: str) -> bool:
    """Whether it is the benchmark that failed, or a part of it."""
    return id == failed or id.startswith(f"{failed}/")


def _plain(content: bytes) -> str:
    """The text, put together again where it is the events of -json."""
    text = content.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return text
    outputs, began = [], ""
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("Output"), str):
            began = began or f"date: {event.get('Time', '')}\n"
            outputs.append(event["Output"])
    return began + "".join(outputs)


FORMAT = Format(
    name="go",
    matches=lambda file: looks_like_go(file.data),
    read=lambda file: read_go_bench(file.data),
)
