"""What `bisect --metric memory` gives out: text, JSON and Markdown of finished searches for the commits behind more memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.detect.memory import LEFT_BYTES
from bench_agent.render.memory_wording import where
from bench_agent.render.terminal import Screen
from bench_agent.results import memory_search, plain
from bench_agent.results.memory_search import MemoryCulprit, MemorySearch
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.markup import fenced

MAX_SKIPPED = 5
MAX_LINES = 3
MAX_LEFT = 5  # benchmarks named that were not searched
WHOLE = 0.93  # from here a share reads as "the whole", as for time


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySearchForms:
    """nothing: the range, where nothing grew. names: id -> what people call it. benchmarks: how many were meant.

    left: what the ends did not clear and was not searched.
    """

    searches: Sequence[MemorySearch]
    nothing: MemorySearch
    names: Mapping[str, str]
    benchmarks: int
    left: Sequence[MemorySearch] = ()

    def text(self, _: Screen) -> str:
        return "\n".join(self._lines()) + "\n"

    def json(self) -> str:
        documents = [memory_search.as_dict(search) for search in (*self.searches, *self.left)]
        first = documents[0] if documents else None
        return plain.to_json({**first, "others": documents[1:]} if first else memory_search.as_dict(self.nothing))

    def markdown(self) -> str:
        text = "\n".join(self._lines())
        return f"## Memory of one call\n\n{fenced(text, limit=20_000)}\n"

    def html(self) -> str:
        raise NotImplementedError("checked before: there is no page of it")

    def _lines(self) -> list[str]:
        lines = [line for search in self.searches for line in self._told(search)]
        if self.left:
            lines.append(left_in_words(self.left, self.names))
        if lines:
            return lines
        since = clean_text(self.nothing.good[:8])
        few = quantity.counted(self.benchmarks, "benchmark")
        return [f"none of {few} holds more in one call since {since}: nobody is named"]

    def _told(self, search: MemorySearch) -> list[str]:
        name = clean_text(self.names.get(search.benchmark, search.benchmark), limit=100) or "no benchmark"
        lines = [line for culprit in search.culprits for line in _culprit(search, culprit, name)]
        if not lines:
            lines = [_nobody(search, name)]
        if search.out_of_time:
            lines.append("the time ended before the search did: allow more with --budget")
        if search.interrupted:
            lines.append("interrupted before the search was over: this is what is known")
        if search.range.left:
            lines.append(
                f"what is largest of it lies so far among: {', '.join(clean_text(sha[:8]) for sha in search.range.left)}"
            )
        lines += [f"skipped {clean_text(s.sha[:8])}: {clean_text(s.reason)}" for s in search.skipped[:MAX_SKIPPED]]
        if len(search.skipped) > MAX_SKIPPED:
            lines.append(f"… and {len(search.skipped) - MAX_SKIPPED} more skipped")
        lines += [f"warning: {clean_text(text, limit=400)}" for text in search.warnings]
        commits = quantity.counted(search.range.commits, "commit")
        return [*lines, f"{commits}, {search.measurements} sessions, {search.seconds:.1f} s"]


def _culprit(search: MemorySearch, culprit: MemoryCulprit, name: str) -> list[str]:
    sha = "the uncommitted changes" if culprit.sha == "uncommitted" else clean_text(culprit.sha[:8])
    who = f"`{sha} {clean_text(culprit.subject, limit=80)}`"
    who = f"one of {len(culprit.among)} commits up to {who}" if culprit.among else who
    before, after = quantity.size(culprit.parent_bytes), quantity.size(culprit.bytes)
    did = (
        f"made one call of `{name}` hold {after}, was {before}{_left(culprit.parent_left_bytes, culprit.left_bytes)}"
        if search.metric == "peak"
        else f"made each call of `{name}` leave {after} behind, was {before}"
    )
    share = culprit.share or 0.0
    part = "the whole of the growth" if WHOLE <= share <= 2 - WHOLE else f"{quantity.percent(share)} of the growth"
    lines = [f"{who} {did} (proved: {culprit.sessions} sessions each lie apart; {part})"]
    lines += [f"  - {where(line, left=search.metric == 'left')}" for line in culprit.lines[:MAX_LINES]]
    if culprit.merge:
        lines.append(f"  - came with the merge {clean_text(culprit.merge[:8])}")
    if culprit.restored is not None:
        lines.append(f"  - taking only this commit back gives {quantity.percent(culprit.restored)} of the growth back")
    if culprit.note:
        lines.append(f"  - taking it back was not tried: {clean_text(culprit.note)}")
    return lines


def left_in_words(left: Sequence[MemorySearch], names: Mapping[str, str]) -> str:
    """What tracing the ends did not clear and was not searched, with why, or what each is so far."""
    called = [clean_text(names.get(search.benchmark, search.benchmark), limit=60) for search in left[:MAX_LEFT]]
    told = [f"{name} ({_so_far(search)})" for name, search in zip(called, left, strict=False)]
    more = f" and {len(left) - len(told)} more" if len(left) > len(told) else ""
    few, since = quantity.counted(len(left), "benchmark"), clean_text(left[0].good[:8])
    hint = "name one, or allow more with --budget" if any(search.out_of_time for search in left) else "name one"
    return f"memory not known of {few} since {since}: {', '.join(told)}{more}; {hint}"


def _so_far(search: MemorySearch) -> str:
    if search.verdict == "more":
        did = "holds" if search.metric == "peak" else "each call leaves"
        return f"{did} {quantity.size(search.head_bytes or 0.0)}, was {quantity.size(search.base_bytes or 0.0)}; not searched"
    if search.base_bytes is None:
        return "; ".join(clean_text(text, limit=160) for text in search.warnings) or "not traced"
    return "one session of each end" if search.out_of_time else "differs from session to session"


def _left(before: float | None, after: float | None) -> str:
    """What each call leaves behind, where that differs by what is a leak of its own; "" else."""
    if before is None or after is None or abs(after - before) < LEFT_BYTES:
        return ""
    now, was = (quantity.size(size) if size else "nothing" for size in (after, before))
    return f"; each leaves {now} behind, was {was}"


def _nobody(search: MemorySearch, name: str) -> str:
    between = f"between {clean_text(search.good[:8])} and {clean_text(search.bad[:12])}"
    left = _left(search.base_left_bytes, search.head_left_bytes) if search.metric == "peak" else ""
    figures = (
        f" ({quantity.size(search.base_bytes)}, {quantity.size(search.head_bytes)}{left})"
        if search.base_bytes is not None
        else ""
    )
    if search.verdict == "more" and (search.interrupted or search.out_of_time):
        return f"one call of `{name}` holds more {between}{figures}: stopped before it was known which commit did it"
    if search.verdict == "more":
        return f"one call of `{name}` holds more {between}{figures}, and no commit could be proved to have done it"
    if search.verdict == "undecided":
        return f"whether one call of `{name}` holds more {between}{figures} can't be told: it differs from session to session"
    word = {"less": "less", "same": "no more"}[search.verdict]
    return f"one call of `{name}` holds {word} {between}{figures}: nobody is named"
