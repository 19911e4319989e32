"""A comparison of two revisions as a table: base, head, the change with its interval, a verdict or `~`, what it could tell.

Comes in: a finished Comparison and what people call its benchmarks. Goes out: text; plain when the screen is.
"""

from collections.abc import Mapping

from bench_agent.render.layout import render_table
from bench_agent.render.terminal import Screen
from bench_agent.results.comparison import ComparedBenchmark, Comparison
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_WORDS = {"slower": "slower", "faster": "faster", "same": "~", "inconclusive": "?"}


def render_comparison(comparison: Comparison, names: Mapping[str, str], screen: Screen) -> str:
    """The table, slower ones first, the geometric mean last, and footnotes for what it could not tell."""
    rows = [_row(row, clean_text(names.get(row.benchmark, row.benchmark))) for row in comparison.benchmarks]
    base, head = clean_text(comparison.base), clean_text(comparison.head)
    if comparison.geomean is not None:
        rows.append(("geometric mean", "", "", quantity.change(comparison.geomean), "", "", "", ""))
    columns = ("Benchmark", base, head, "Change", "95 % interval", "Verdict", "Can tell", "Pairs")
    lines = [render_table(columns, rows, screen).rstrip("\n")] if rows else ["nothing could be compared"]
    lines += _footnotes(comparison, names)
    return "\n".join(lines) + "\n"


def _row(row: ComparedBenchmark, name: str) -> tuple[str, ...]:
    return (
        name,
        quantity.duration(row.base),
        quantity.duration(row.head),
        quantity.change(row.ratio) if row.verdict != "same" else "~",
        quantity.change_interval(row.interval) if row.interval else "too few pairs",
        _WORDS[row.verdict],
        quantity.percent(row.detectable) if row.detectable is not None else "-",
        str(row.pairs),
    )


def _footnotes(comparison: Comparison, names: Mapping[str, str]) -> list[str]:
    counted = {word: [r for r in comparison.benchmarks if r.verdict == word] for word in _WORDS}
    lines = []
    slower = counted["slower"]
    total = quantity.counted(len(comparison.benchmarks), "benchmark")
    if slower:
        lines.append(
            f"{len(slower)} of {total} slower, measured in turns on this machine in {comparison.seconds:.0f} s"
        )
    elif comparison.benchmarks:
        lines.append(f"none of {total} found slower, measured in turns on this machine in {comparison.seconds:.0f} s")
    if counted["same"]:
        lines.append("~ the same within 3 %")
    undecided = counted["inconclusive"]
    if undecided:
        costs = [r.seconds_to_settle for r in undecided if r.seconds_to_settle is not None]
        more = (
            f"; about {sum(costs):.0f} s more would probably settle {'it' if len(costs) == 1 else 'them'} (--budget)"
            if costs
            else ""
        )
        lines.append(f"? can't tell yet{more}")
    noted = [row for row in comparison.benchmarks if row.note]
    lines += [f"{clean_text(names.get(row.benchmark, row.benchmark))}: {clean_text(row.note)}" for row in noted]
    lines += [f"warning: {clean_text(warning, limit=400)}" for warning in comparison.warnings]
    return lines
