"""A self-test as a table: what each benchmark can tell here, and how often planted work was found; false alarms last.

Takes a finished SelfTest and the names of its benchmarks, returns text; without colour where the screen has none.
"""

from collections.abc import Mapping

from bench_agent.render.layout import render_table
from bench_agent.render.terminal import Screen
from bench_agent.results.selftest import PLANTED, Power, SelfTest, Tested
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text

MAX_LEFT_OUT = 5  # told by name


def render_selftest(result: SelfTest, names: Mapping[str, str], screen: Screen) -> str:
    """The table, shortest benchmark first, all together last; then false alarms, and what was left out."""
    columns = ("Benchmark", "Time", "Can tell", "After", *(quantity.change(1 + share) for share in PLANTED), "Estimate")
    rows = [_row(tested, clean_text(names.get(tested.benchmark, tested.benchmark))) for tested in result.benchmarks]
    if result.whole is None:
        lines = ["no comparison came to its end: nothing is known yet"]
    else:
        lines = [render_table(columns, [*rows, _row(result.whole, "all")], screen).rstrip("\n")]
        lines += _conclusion(result, result.whole)
    lines += _left_out(result, names)
    lines += [f"warning: {clean_text(text, limit=400)}" for text in result.warnings]
    return "\n".join(lines) + "\n"


def _row(tested: Tested, name: str) -> tuple[str, ...]:
    return (
        name,
        "" if tested.time_s is None else quantity.duration(tested.time_s),
        "-" if tested.detectable is None else quantity.percent(tested.detectable),
        f"{tested.seconds:.1f} s",
        *(_cell(power) for power in tested.planted),
        "-" if tested.error is None else f"{100 * tested.error:+.1f} points",
    )


def _cell(power: Power) -> str:
    if not power.tried:
        return "-"
    return f"{power.found}/{power.tried}" + ("" if power.seconds is None else f" {power.seconds:.1f} s")


def _conclusion(result: SelfTest, whole: Tested) -> list[str]:
    seen = whole.unchanged
    alarms = f"{seen.slower + seen.faster} of {seen.tried}"
    load = "" if result.load is None else f", load {result.load:g} on {result.cores} cores"
    return [
        f"false alarms: {alarms} comparisons of unchanged code ({seen.slower} slower, {seen.faster} faster, {seen.same} the "
        f"same within 3 %, {seen.undecided} undecided)",
        "Can tell: the change told with 95 % power after that time. +N %: found / tried with so much work planted, and the "
        "time it took. Estimate: measured minus planted, median",
        f"{quantity.counted(result.comparisons, 'comparison')} in {result.seconds:.0f} s"
        + (" (interrupted)" if result.interrupted else "")
        + f"; {clean_text(result.cpu)}{load}",
    ]


def _left_out(result: SelfTest, names: Mapping[str, str]) -> list[str]:
    grouped: dict[str, list[str]] = {}
    for id, reason in result.left_out.items():
        grouped.setdefault(reason, []).append(clean_text(names.get(id, id)))
    return [
        f"not tested: {', '.join(sorted(ids)[:MAX_LEFT_OUT])}"
        + (f" and {len(ids) - MAX_LEFT_OUT} more" if len(ids) > MAX_LEFT_OUT else "")
        + f": {clean_text(reason)}"
        for reason, ids in grouped.items()
    ]
