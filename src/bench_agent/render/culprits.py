"""A search for culprits as text: one line a culprit, then what it rests on, what was skipped, and what it cost.

Takes a finished Search and returns plain text. Repository text is cleaned here once more: a Search may come from a file.
"""

import math
import textwrap
from collections.abc import Mapping, Sequence

from bench_agent.render import wording
from bench_agent.render.terminal import Screen
from bench_agent.results.culprits import Culprit, GrownFunction, Search
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_SKIPPED = 5
MAX_LEFT = 5  # benchmarks named that were not searched
MAX_AMONG = 10  # of the commits that can't be told apart
WHOLE = 0.93  # from here a share reads as "the whole of the change"


def render_search(search: Search, screen: Screen) -> str:
    """The whole answer for one benchmark."""
    lines = [wrapped for line in headlines(search) for wrapped in _wrap(line, screen, "", "")]
    for culprit in search.culprits:
        if len(search.culprits) > 1:
            lines += ["", f"{_name(culprit)}:"]
        for text in _details(culprit):
            lines += _wrap(clean_text(text, limit=500), screen, "  - ", "    ")
        if culprit.excerpt:
            lines += [f"    {clean_text(line)}" for line in culprit.excerpt.split("\n")]
    lines += _suspects(search, screen)
    lines += ["", *_footer(search, screen)]
    return "\n".join(lines) + "\n"


def _suspects(search: Search, screen: Screen) -> list[str]:
    if search.verdict not in ("slower", "undecided") or not search.suspects:
        return []
    lines = [
        "",
        "suspects of the rest, if one commit did it, not proved:" if search.culprits else "suspects, not proved:",
    ]
    for suspect in search.suspects:
        name = f"{clean_text(suspect.sha[:8])} {clean_text(suspect.subject, limit=60)}"
        why = f": {clean_text(suspect.evidence[0])}" if suspect.evidence else ""
        lines += _wrap(f"{quantity.suspicion(suspect.score)} {name}{why}", screen, "  ", "    ")
    return lines


GOES_ON = "the same command goes on where it stopped"
MORE_TIME = "the same command with a larger --budget goes on where it stopped"


def headlines(search: Search) -> list[str]:
    """One sentence a culprit; where there is none, why; and whether the time ended before the search did."""
    if search.culprits:
        more = (
            [f"the time ended before the rest of the slowdown was searched: {MORE_TIME}"] if search.out_of_time else []
        )
        return [*(headline(search, culprit) for culprit in search.culprits), *more]
    name, between = f"`{_test(search)}`", f"between {clean_text(search.good[:8])} and {_short(search.bad)}"
    change = f" ({quantity.change_interval(search.interval)})" if search.interval else ""
    if search.interrupted:
        return [f"stopped before it was known whether a commit made {name} slower, and which: nobody is named"]
    match search.verdict:
        case "same":
            return [f"{name} did not get slower {between}{change}: nobody is named"]
        case "faster":
            return [f"{name} got faster {between}{change}: nobody is named"]
        case "undecided" if search.open_because:
            return [
                f"can't tell whether {name} got slower {between}{change}: {clean_text(search.open_because, limit=600)}"
            ]
        case "undecided":
            return [
                f"can't tell whether {name} got slower {between}{change}: nobody is named; allow more with --budget"
            ]
    if search.out_of_time:
        return [
            f"{name} got slower {between}{change}; the time ended before a commit was proved to have done it: {MORE_TIME}"
        ]
    return [f"{name} got slower {between}{change}, and no commit could be proved to have done it"]


def headline(search: Search, culprit: Culprit) -> str:
    """ "`abc1234 Subject` made `test` 5.8x slower (proved: ...); `f` now runs 41x as often"."""
    who = f"one of {len(culprit.among)} commits up to `{_name(culprit)}`" if culprit.among else f"`{_name(culprit)}`"
    share = ""
    if culprit.share is not None:
        share = (
            ", the whole of the change"
            if WHOLE <= culprit.share <= 2 - WHOLE
            else f", {quantity.percent(culprit.share)} of the change"
        )
    proof = f"(proved: {_range(culprit.interval)} against its parent{share})"
    grown = next((f for f in culprit.functions), None)
    return f"{who} made `{_test(search)}` {_slower(culprit.ratio)} {proof}" + (f"; {_doing(grown)}" if grown else "")


def _slower(ratio: float) -> str:
    change = quantity.change(ratio)
    return f"{change} slower" if change.endswith("x") else f"{change.lstrip('+')} slower"


def _range(interval: tuple[float, float]) -> str:
    low, high = interval
    if not (math.isfinite(low) and math.isfinite(high)):
        return "slower"
    if low >= quantity.TIMES_FROM:
        return f"{quantity.number(low, digits=2)}-{quantity.number(high, digits=2)}x"
    return quantity.change_interval(interval)


def _doing(grown: GrownFunction) -> str:
    name = f"`{clean_text(grown.name.rpartition('::')[2], limit=80)}`" if grown.name else "the benchmark"
    if grown.built_in:
        name = f"built-in `{clean_text(grown.built_in, limit=80)}`, called by {name},"
    (before, now), (lines_before, lines) = grown.calls, grown.lines
    took = ""
    if grown.own_s is not None and grown.own_s[1] > grown.own_s[0]:
        took = f"{' -> '.join(quantity.duration(own) for own in grown.own_s)} per call of the benchmark"
    if now <= before and lines <= lines_before and took:
        return f"{name} now takes {took}"
    took = took and f" ({took})"
    if not before:
        return f"{name} now runs {quantity.counted(now, 'time')}, and did not before{took}"
    if now > before:
        return f"{name} now runs {quantity.number(now / before, digits=2)}x as often{took}"
    return f"{name} now executes {quantity.number(lines / max(lines_before, 1), digits=3)}x as many lines{took}"


def _details(culprit: Culprit) -> list[str]:
    found = [
        f"{quantity.change(culprit.ratio)} against its parent, in turns, {quantity.counted(culprit.pairs, 'pair')} of sessions"
    ]
    if culprit.among:
        shas = ", ".join(sha[:8] for sha in culprit.among[-MAX_AMONG:])
        more = len(culprit.among) - MAX_AMONG
        found.append(f"it is one of {shas}{f' and {more} before' if more > 0 else ''}: the others can't be measured")
    found += culprit.evidence
    restored = culprit.restored
    if restored is not None and restored.share is not None:
        given = quantity.measured_share(restored.share, restored.interval)
        gives = f"reverting it in the newest version gives back {given} of the change, measured"
        found.append(gives if given else quantity.UNTOLD_IN_WORDS)
    elif restored is not None and restored.note:
        found.append(f"what reverting it would give back was not measured: {restored.note}")
    return found


def _footer(search: Search, screen: Screen) -> list[str]:
    lines = []
    for skipped in search.skipped[:MAX_SKIPPED]:
        lines += _wrap(
            f"skipped {clean_text(skipped.sha[:8])}: {clean_text(skipped.reason, limit=160)}", screen, "", "  "
        )
    if len(search.skipped) > MAX_SKIPPED:
        lines.append(f"and {len(search.skipped) - MAX_SKIPPED} more that can't be measured")
    if search.range.left:
        so_far = " so far" if search.out_of_time or search.interrupted else ""
        what = "the rest" if search.culprits else "it"
        shas = ", ".join(sha[:8] for sha in search.range.left)
        lines += _wrap(f"if one commit did {what}, it lies{so_far} among: {shas}", screen, "", "  ")
    for warning in search.warnings:
        lines += _wrap(f"note: {clean_text(warning, limit=400)}", screen, "", "  ")
    how = {
        "counts": ", by counting what it executes",
        "time": ", by timing",
        "both": ", by counting and timing",
        "none": "",
    }[search.method]
    cost = f"{quantity.counted(search.measurements, 'measurement')}, {quantity.elapsed(search.seconds)}"
    between = f"{clean_text(search.good[:8])}..{_short(search.bad)}"
    to_the_end = not (
        search.out_of_time or search.interrupted or (search.verdict == "undecided" and not search.culprits)
    )
    searched = " searched" if to_the_end else ", not searched to the end"
    lines += _wrap(
        f"{quantity.counted(search.range.commits, 'commit')} in {between}{searched}{how}: {cost}", screen, "", "  "
    )
    return lines


def _wrap(text: str, screen: Screen, first: str, rest: str) -> list[str]:
    if screen.plain:
        return [first + text]
    return textwrap.wrap(text, screen.width, initial_indent=first, subsequent_indent=rest, break_long_words=False)


def _name(culprit: Culprit) -> str:
    sha = clean_text(culprit.sha if len(culprit.sha) < 12 else culprit.sha[:8])
    subject = clean_text(culprit.subject, limit=80).replace("`", "'")
    return subject if sha == "uncommitted" else f"{sha} {subject}"


def _test(search: Search) -> str:
    return wording.name(search.benchmark.rsplit("::", 1)[-1])


def _short(version: str) -> str:
    return "the working tree" if version == "working tree" else clean_text(version[:8])


def render_searches(searches: Sequence[Search], screen: Screen) -> str:
    return "\n".join(render_search(search, screen) for search in searches)


def render_left(left: Sequence[Search], names: Mapping[str, str], screen: Screen, *, since: str) -> str:
    """`left_in_words`, as wide as the screen."""
    return "\n".join(_wrap(left_in_words(left, names, since=since), screen, "", "")) if left else ""


def left_in_words(left: Sequence[Search], names: Mapping[str, str], *, since: str) -> str:
    """What the ends of the range did not clear and was not searched, with what each is so far; "" of nothing."""
    if not left:
        return ""
    called = wording.names([names.get(search.benchmark, search.benchmark) for search in left[:MAX_LEFT]], limit=60)
    told = [f"{name}{_so_far(search)}" for name, search in zip(called, left, strict=False)]
    more = f" and {len(left) - len(told)} more" if len(left) > len(told) else ""
    few = quantity.counted(len(left), "benchmark")
    return (
        f"not known of {few} since {clean_text(since)[:8]}, for lack of time: {', '.join(told)}{more}; "
        "name one, or allow more with --budget"
    )


def _so_far(search: Search) -> str:
    if search.ratio is None:
        return " (not measured)"
    if search.verdict == "slower":
        return f" ({quantity.change(search.ratio)}, not searched)"
    return f" ({quantity.change(search.ratio)} so far)"
