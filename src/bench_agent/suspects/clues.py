"""A clue against a commit, and how it is worded. What makes a clue is in `evidence` and `changed_function`."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench_agent.suspects.patches import Hunk
from bench_agent.suspects.reached_code import Growth, split_key
from bench_agent.suspects.syntax import Remark
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    text: str
    weight: float
    path: str
    function: str | None = None
    hunks: tuple[Hunk, ...] = ()
    indirect: bool = False  # through a value, data, settings or a new file: what may explain growth nobody touched
    explains: str | None = None  # the grown function it accounts for


def describe_growth(growth: Growth) -> str:
    """ "it now runs 41 times as many lines"."""
    before, now = growth.before, growth.now
    if not before.calls and not before.lines:
        return f"it did not run before, and now runs {max(now.calls, 1)} {'time' if now.calls < 2 else 'times'} an iteration"
    what, was, is_now = ("lines", before.lines, now.lines) if growth.itself else ("calls", before.calls, now.calls)
    if not was:
        return f"it now runs {is_now} {what} an iteration"
    ratio = is_now / was
    often = f"{ratio:.0f} times" if ratio >= 1.95 else f"{(ratio - 1) * 100:.2g} % more"
    if what == "calls":
        return f"it is now called {often} as often" if ratio >= 1.95 else f"it is now called {often} often"
    return f"it now runs {often} as many lines" if ratio >= 1.95 else f"it now runs {often} lines"


def with_remarks(text: str, remarks: Iterable[Remark]) -> str:
    said = "; ".join(remark.text for remark in sorted(remarks, key=lambda remark: -remark.weight)[:3])
    return f"{text}; the diff {said}" if said else text


def shown_path(path: str) -> str:
    return clean_text(path, limit=100)


def using_in_words(called: Growth | None) -> str:
    if called is None:
        return ""
    return f", and which uses {clean_text(split_key(called.function)[1], limit=60)}: {describe_growth(called)}"
