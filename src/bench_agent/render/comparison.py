"""A comparison of two revisions as a table: base, head, the change with its interval, a verdict, what it could tell.

Takes a finished Comparison and the names of its benchmarks, returns text; without colour where the screen has none.
"""

from collections.abc import Mapping, Sequence

from bench_agent.render import wording
from bench_agent.render.layout import render_table
from bench_agent.render.memory import render_memory
from bench_agent.render.terminal import Screen
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_WORDS = {"slower": "slower", "undecided": "undecided", "same": "the same", "faster": "faster"}
_CHANGED = ("slower", "faster")  # always in the table
MOST_ROWS = 50  # of the table, beyond what changed
_MAX_NAMED = 3  # of the undecided, in the sentence that sums up


def render_comparison(comparison: Comparison, names: Mapping[str, str], screen: Screen) -> str:
    """The table, slower ones first, the geometric mean last, and footnotes for what it could not tell."""
    shown, left = _shown(comparison.benchmarks)
    rows = [_row(row, clean_text(names.get(row.benchmark, row.benchmark))) for row in shown]
    base, head = clean_text(comparison.base), clean_text(comparison.head)
    if comparison.geomean is not None:
        rows.append(("geometric mean", "", "", _mean_change(comparison.benchmarks, comparison.geomean), "", "", "", ""))
    columns = ("Benchmark", base, head, "Change", "95 % interval", "Verdict", "Can tell", "Pairs")
    lines = [render_table(columns, rows, screen).rstrip("\n")] if rows else [_nothing(comparison)]
    lines += [f"… and {left} (--json has all)"] if left else []
    lines += render_memory(comparison.memory, names, screen, untraced=len(comparison.untraced))
    lines += _footnotes(comparison, names)
    return "\n".join(lines) + "\n"


def _shown(rows: Sequence[ComparedBenchmark]) -> tuple[list[ComparedBenchmark], str]:
    """All that changed, and of the rest as many as make MOST_ROWS; how many of what are left out, in words."""
    room = MOST_ROWS - sum(row.verdict in _CHANGED for row in rows)
    shown, left = list[ComparedBenchmark](), dict.fromkeys(_WORDS, 0)
    for row in rows:
        if row.verdict in _CHANGED or room > 0:
            shown.append(row)
            room -= row.verdict not in _CHANGED
        else:
            left[row.verdict] += 1
    return shown, ", ".join(f"{count} {_WORDS[verdict]}" for verdict, count in left.items() if count)


def _nothing(comparison: Comparison) -> str:
    if comparison.untouched and not comparison.uncompared:
        return "nothing had to be measured"
    return "nothing could be compared"


def _row(row: ComparedBenchmark, name: str) -> tuple[str, ...]:
    return (
        name,
        quantity.duration(row.base),
        quantity.duration(row.head),
        _change(row),
        quantity.change_interval(row.interval) if row.interval else "too few pairs",
        _WORDS[row.verdict],
        quantity.percent(row.detectable) if row.detectable is not None and row.verdict != "same" else "-",
        str(row.pairs),
    )


def _change(row: ComparedBenchmark) -> str:
    text = quantity.told_change(row.ratio, row.interval, same=row.verdict == "same")
    return f"{text} so far" if row.verdict == "undecided" and text != quantity.SAME else text


def _mean_change(rows: Sequence[ComparedBenchmark], geomean: float) -> str:
    """That of all: of rows none of which can be told from no change it is none either."""
    if any(row.verdict == "undecided" for row in rows):
        return f"{quantity.change(geomean)} so far"
    return quantity.told_change(geomean, None, same=all(row.verdict == "same" for row in rows))


def _undecided(rows: Sequence[ComparedBenchmark], names: Mapping[str, str]) -> list[str]:
    """What is known of the undecided so far, the largest first, and what would settle them."""
    if not rows:
        return []
    worst = sorted(rows, key=lambda row: -row.ratio)[:_MAX_NAMED]
    called = wording.names([names.get(row.benchmark, row.benchmark) for row in worst], limit=60)
    named = [f"{text} {_change(row)}" for text, row in zip(called, worst, strict=True)]
    more = f" and {len(rows) - len(named)} more" if len(rows) > len(named) else ""
    costs = [row.seconds_to_settle for row in rows if row.seconds_to_settle is not None]
    settle = f"; about {sum(costs):.0f} s more would probably settle {'it' if len(costs) == 1 else 'them'} (--budget)"
    return [f"undecided: {', '.join(named)}{more}{settle if costs else ''}"]


def _held(comparison: Comparison, names: Mapping[str, str]) -> list[str]:
    """What was not compared since what differs is on both sides: a line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for missed in comparison.uncompared:
        if missed.reason == "held":
            by_reason.setdefault(missed.because or "", []).append(names.get(missed.benchmark, missed.benchmark))
    lines = []
    for because, ids in by_reason.items():
        called = ", ".join(wording.names(ids[:_MAX_NAMED], limit=60))
        more = f" and {len(ids) - _MAX_NAMED} more" if len(ids) > _MAX_NAMED else ""
        lines.append(f"{called}{more} not compared: {clean_text(because, limit=300)}")
    return lines


def _on_one_side(comparison: Comparison, names: Mapping[str, str]) -> list[str]:
    """What only one of the versions has."""
    lines = []
    for word, side in (("vanished", comparison.head), ("new", comparison.base)):
        ids = [one.benchmark for one in comparison.uncompared if one.reason == "missing" and one.side == side]
        if ids:
            called = ", ".join(wording.names([names.get(id, id) for id in ids[:_MAX_NAMED]], limit=60))
            more = f" and {len(ids) - _MAX_NAMED} more" if len(ids) > _MAX_NAMED else ""
            lines.append(f"{word}: {called}{more}; not in {clean_text(side)}")
    return lines


def _footnotes(comparison: Comparison, names: Mapping[str, str]) -> list[str]:
    counted = {word: [r for r in comparison.benchmarks if r.verdict == word] for word in _WORDS}
    lines = []
    if comparison.benchmarks:
        total = quantity.counted(len(comparison.benchmarks) + len(comparison.uncompared), "benchmark")
        told = [
            f"{len(rows)} {_WORDS[word]}"
            for word, rows in counted.items()
            if rows or (word == "slower" and not counted["undecided"])
        ]
        if comparison.uncompared:
            told.append(f"{len(comparison.uncompared)} not measured")
        lines.append(
            f"of {total}: {', '.join(told)}; measured in turns on this machine, {comparison.seconds:.0f} s in all"
        )
    if counted["same"]:
        lines.append("the same: within 3 %")
    if comparison.untouched:
        more = "more " if comparison.benchmarks else ""
        few = quantity.counted(len(comparison.untouched), f"{more}benchmark", f"{more}benchmarks")
        lines.append(f"{few} untouched: {clean_text(comparison.untouched_because or '')} (--all measures them)")
    lines += _on_one_side(comparison, names)
    lines += _held(comparison, names)
    lines += _undecided(counted["undecided"], names)
    noted = [row for row in comparison.benchmarks if row.note]
    lines += [
        f"{clean_text(names.get(row.benchmark, row.benchmark))}: {clean_text(row.note)}" for row in noted[:MOST_ROWS]
    ]
    lines += [f"… and {len(noted) - MOST_ROWS} more notes (--json has all)"] if len(noted) > MOST_ROWS else []
    lines += [f"warning: {clean_text(warning, limit=400)}" for warning in comparison.warnings]
    return lines
