"""A verification as text: one sentence a benchmark, a small table of the three versions, and what else moved."""

from collections.abc import Mapping

from bench_agent.render.layout import render_table
from bench_agent.render.memory_wording import MOST_LINES, where
from bench_agent.render.terminal import Screen
from bench_agent.results.verification import Verification, Verified
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

_MOST_NAMED = 5


def render_verification(result: Verification, names: Mapping[str, str], screen: Screen) -> str:
    """The outcomes first, worst first; then the figures; then the other benchmarks. names: id -> what people call it."""
    lines = [f"{clean_text(verified.benchmark)}: {clean_text(verified.text)}" for verified in result.benchmarks]
    for held in result.memory:
        lines.append(f"{clean_text(held.benchmark)}: memory {clean_text(held.text)}")
        lines += [f"  {where(line)}" for line in held.lines[:MOST_LINES]]
    rows = [_row(verified) for verified in result.benchmarks if verified.left is not None]
    if rows:
        columns = ("Benchmark", "Fast at", "Slow at", "Working tree", "Left", "95 % interval", "Pairs")
        lines += ["", render_table(columns, rows, screen).rstrip("\n")]
    lines += _others(result, names)
    lines += [f"warning: {clean_text(warning, limit=400)}" for warning in result.warnings]
    return "\n".join(lines) + "\n"


def _row(verified: Verified) -> tuple[str, ...]:
    left = verified.left
    assert left is not None
    slow = f"{quantity.duration(verified.slow_s)} {verified.slow}" if verified.slow_s is not None else "-"
    same = verified.outcome == "gone"
    return (
        clean_text(verified.benchmark),
        f"{quantity.duration(verified.good_s)} {verified.good}",
        slow,
        quantity.duration(verified.now_s),
        quantity.told_change(left.ratio, left.interval, same=same and (left.interval is None or left.interval[1] > 1)),
        quantity.change_interval(left.interval) if left.interval else "too few pairs",
        str(left.pairs),
    )


def _others(result: Verification, names: Mapping[str, str]) -> list[str]:
    """What the change did to the other benchmarks, in a line for each that moved, and one that sums up."""
    before = clean_text(result.before or "")

    def name(id: str) -> str:
        return clean_text(names.get(id, id))

    moved = [row for row in result.others if row.verdict in ("slower", "faster")]
    lines = [
        f"also {row.verdict}: {name(row.benchmark)} {quantity.change(row.ratio)}"
        f" ({quantity.change_interval(row.interval)}) against {before}"
        for row in sorted(moved, key=lambda row: -row.ratio)
    ]
    rest = []
    if result.as_good:
        rest.append(
            f"{result.as_good} use nothing that differs from {clean_text(result.benchmarks[0].good)}, the fast commit"
        )
    rest += [f"{result.untouched} use nothing that differs from {before}"] if result.untouched else []
    rest += [f"{result.same_work} execute exactly the same as at {before}"] if result.same_work else []
    same = sum(row.verdict == "same" for row in result.others)
    rest += [f"{same} measured the same"] if same else []
    unsure = [*(row.benchmark for row in result.others if row.verdict == "undecided"), *result.unseen]
    if unsure:
        named = ", ".join(name(id) for id in unsure[:_MOST_NAMED])
        more = f" and {len(unsure) - _MOST_NAMED} more" if len(unsure) > _MOST_NAMED else ""
        rest.append(f"not known of {named}{more} (--budget)")
    if rest:
        lines.append(f"other benchmarks: {'; '.join(rest)}; all in {result.seconds:.0f} s")
    return ["", *lines] if lines else []
