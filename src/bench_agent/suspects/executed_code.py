"""What is known of one benchmark, prepared for looking commits up in it: what it executes now and executed at the last good run.

Takes two reaches and the source of the files they name, and answers questions. What a commit's patch means is in `evidence`.
"""

import functools
import re
from collections.abc import Iterable, Mapping

from bench_agent.records import Reach
from bench_agent.suspects import reached_code as reaching
from bench_agent.suspects.data_changes import compare_values, kind_of
from bench_agent.suspects.reached_code import Growth, LineSpan, Paths, ReachChange, Work, find_spans, split_key
from bench_agent.suspects.syntax import compare_functions

# From so much added work on the counts are believed to tell the whole story. Slowdowns that raise a suspicion are 10-20 %;
# harmless guards and renamed variables add 1 % of lines.
FULL_GROWTH = 0.10
HOT = 1.0  # for all of the executed lines; the fourth root of the share, since time is spread unevenly over lines
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Benchmark:
    """What is known of one benchmark, prepared for looking commits up in it."""

    def __init__(
        self,
        head: Reach | None,
        base: Reach | None,
        sources: Mapping[str, bytes],
        before: Mapping[str, bytes] | None = None,
    ) -> None:
        """sources: head's content of the files in `head.files` and of other candidates, as far as they could be read.

        before: the same files, and those of base, at the last good run; None when that is not known.
        """
        self._before = before or {}
        self.reach = head
        self.known = head is not None and bool(head.functions or head.files)
        self.complete = head is not None and head.complete
        self.work: dict[str, Work] = reaching.executed(head)
        self.change: ReachChange = reaching.compare_reach(base, head)
        self.sources = sources
        self.new_files = set(self.change.new_files)
        places = {split_key(key)[0] for key in self.work}
        self.files = set(head.files if head else ()) | places
        self._paths = Paths(self.files)
        self._moved = self.change.moved
        self._left = Paths(split_key(key)[0] for key in self._moved)  # files that some function of today was in
        self._came_from = {new: old for old, new in self._moved.items()}
        self.folders = {path.rpartition("/")[0] for path in self.files if kind_of(path) != "tests"}
        self._lines = max(1, sum(work.lines for work in self.work.values()))
        grown = self.change.grown.values()
        added = sum(map(added_work, (growth for growth in grown if growth.itself)))
        lines_before = max(1, self._lines - sum(growth.now.lines - growth.before.lines for growth in grown))
        self._added = max(1, added)
        self.strength = min(1.0, added / lines_before / FULL_GROWTH) if self.change.comparable else 0.0
        self._by_name: dict[str, list[Growth]] = {}
        for growth in grown:
            self._by_name.setdefault(growth.function.rpartition(".")[2].rpartition("::")[2], []).append(growth)

    def place_of(self, path: str) -> str | None:
        """The file of a commit as it is called among those the benchmark imports; a former one of its functions keeps its name."""
        found = self._paths.find(path) or self._left.find(path)
        return found or (path if any(reaching.is_part_of(file, path) for file in self.files) else None)

    def key_of(self, place: str, qualname: str) -> str:
        """The key of a function of that file, as it is today."""
        key = f"{place}::{qualname}"
        if key in self.work or key in self._moved:
            return self._moved.get(key, key)
        inside = [f"{file}::{qualname}" for file in self.files if reaching.is_part_of(file, place)]
        executed = [other for other in inside if other in self.work]
        return executed[0] if len(executed) == 1 else key

    def pick(self, weights: tuple[float, float, float]) -> float:
        """The weight that fits what the counts say: (grew, equal, not known)."""
        if not self.change.comparable:
            return weights[2]
        return self.strength * weights[0] + (1 - self.strength) * weights[1]

    def share(self, growth: Growth) -> float:
        """Of all added work, at most 1."""
        return min(1.0, added_work(growth) / self._added)

    def hot(self, key: str) -> float:
        return float(HOT * (self.work.get(key, Work()).lines / self._lines) ** 0.25)

    def grown_named(self, names: Iterable[str]) -> Growth | None:
        """The most grown function with one of these names."""
        found = [growth for name in names for growth in self._by_name.get(name, ())]
        return max(found, key=added_work, default=None)

    def ran(self, key: str) -> bool:
        """Whether it ran at the last good run, as far as is known. What did not was made to run by something else."""
        return key not in self.change.grown or self.change.grown[key].ran

    def called_by(self, keys: Iterable[str]) -> Growth | None:
        """The most grown function that one of these names in its text."""
        return self.grown_named({name for key in keys for name in _IDENTIFIER.findall(self.bodies.get(key, ""))})

    def behind(self, keys: Iterable[str]) -> set[str]:
        """These functions, and all grown ones that they lead to by name: work that came with theirs."""
        found: set[str] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                names = set(_IDENTIFIER.findall(self.bodies.get(key, "")))
                waiting += [growth.function for name in names for growth in self._by_name.get(name, ())]
        return found

    @functools.cached_property
    def bodies(self) -> dict[str, str]:
        """Executed function -> its source at head."""
        found = {}
        for path, source in self.sources.items():
            spans = find_spans(source) if path in self.files else None
            lines = source.decode("utf-8", "replace").split("\n") if spans else []
            for span in spans or ():
                key = f"{path}::{span.qualname}"
                if key in self.work and not span.is_class:
                    found[key] = "\n".join(lines[span.first - 1 : span.last])
        return found

    def same_function(self, key: str, made: str | None) -> bool:
        """Whether the function does at head, or in the version a commit made, what it did at the last good run."""
        place, qualname = split_key(key)
        before, now = self._before.get(split_key(self._came_from.get(key, key))[0]), self.sources.get(place)
        if before is None or now is None:
            return False
        good = FileText(before, spans_of(before)).function(qualname)
        head = good if before == now else FileText(now, spans_of(now)).function(qualname)
        return good is not None and any(
            text is not None and (text == good or compare_functions(good, text).same) for text in (made, head)
        )

    def same_value(self, place: str, name: str) -> bool:
        before, now = self._before.get(place), self.sources.get(place)
        return before is not None and now is not None and name not in {v.name for v in compare_values(before, now)}

    def same_file(self, path: str) -> bool:
        before, now = self._before.get(path), self.sources.get(path)
        return before is not None and before == now

    def users_of(self, name: str) -> list[str]:
        """Executed functions whose text holds that identifier."""
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        return [key for key, body in self.bodies.items() if name in body and pattern.search(body)]

    @functools.cached_property
    def _texts(self) -> tuple[tuple[str, str], ...]:
        """Those whose functions grew first."""
        grown = {split_key(growth.function)[0] for growth in self.change.grown.values() if growth.itself}
        ordered = sorted((path for path in self.sources if path in self.files), key=lambda path: path not in grown)
        return tuple((path, self.sources[path].decode("utf-8", "replace")) for path in ordered)

    def grown_share(self, path: str) -> float:
        """The part of the added work that this file's own functions do."""
        prefix = f"{path}::"
        return min(
            1.0, sum(self.share(g) for g in self.change.grown.values() if g.itself and g.function.startswith(prefix))
        )

    def namer_of(self, path: str) -> str | None:
        """A file the benchmark imports in which that file's name, or its stem in quotes, is written."""
        name = path.rpartition("/")[2]
        stem = name.partition(".")[0]
        wanted = [name, f'"{stem}"', f"'{stem}'"] if len(stem) > 2 else [name]
        return next((place for place, text in self._texts if any(word in text for word in wanted)), None)


def added_work(growth: Growth) -> int:
    return max(growth.now.lines - growth.before.lines, growth.now.calls - growth.before.calls, 0)


def spans_of(source: bytes | None) -> tuple[LineSpan, ...]:
    return (find_spans(source) or ()) if source is not None else ()


class FileText:
    """A file's functions as text."""

    def __init__(self, source: bytes | None, spans: tuple[LineSpan, ...]) -> None:
        self._lines = source.decode("utf-8", "replace").split("\n") if source is not None else []
        self._spans = {span.qualname: span for span in spans}  # of two with one name the later is in force

    @property
    def functions(self) -> set[str]:
        return {qualname for qualname, span in self._spans.items() if not span.is_class}

    def function(self, qualname: str) -> str | None:
        span = self._spans.get(qualname)
        return "\n".join(self._lines[span.first - 1 : span.last]) if span else None
