"""The cells of the table of benchmarks in words, and its footnotes."""

from collections.abc import Sequence

from bench_agent.records import MIN_ROUNDS_P95
from bench_agent.results.figure_texts import row_change as row_change
from bench_agent.results.figure_texts import row_interval as row_interval
from bench_agent.results.report import BenchmarkRow
from bench_agent.text import quantity
from bench_agent.text.clean import short_sha


def in_turns(row: BenchmarkRow) -> str:
    """What stands beside a chart of stored runs, which were measured at different times: "4.8x with 1a2b3c4d (4.3x to 5.3x)"."""
    change = row_change(row)
    return f"{change} with {short_sha(row.against)} ({row_interval(row)})" if change else ""


def row_last(row: BenchmarkRow) -> str:
    """The loose change against the last run; "" where a better one is known, or none."""
    return "" if row.ratio_last is None else quantity.change(row.ratio_last)


def p95(row: BenchmarkRow) -> str:
    """The 95th percentile, marked with * where too few rounds make it the maximum; "-" for a single round."""
    text = quantity.duration(row.p95_s)
    return text + "*" if row.p95_is_max and row.p95_s is not None else text


def time_title(rows: Sequence[BenchmarkRow]) -> str:
    """What the times in the table are: "Median"; of imported files without rounds "Mean", or "Time" where it is not the same."""
    figures = {r.figure or "median" for r in rows if r.median_s is not None} or {"median"}
    return figures.pop().capitalize() if len(figures) == 1 else "Time"


def p95_footnote(rows: Sequence[BenchmarkRow]) -> str:
    """What the * means, with how many rounds there were, and why others have no P95; "" when there is nothing to say."""
    texts = []
    rounds = sorted({r.rounds for r in rows if r.p95_is_max and r.p95_s is not None})
    few = [n for n in rounds if n < MIN_ROUNDS_P95]
    if few:
        seen = f"max of {few[0]}" if len(few) == 1 else f"max of {few[0]} to {few[-1]} rounds"
        texts.append(f"* fewer than 20 rounds: P95 is the largest value seen ({seen})")
    if len(rounds) > len(few):
        texts.append("* single rounds were not kept: P95 is the largest value seen")
    for figure, words in (("mean", "is the mean"), ("time", "is what the file calls so"), ("median", "is the median")):
        if count := sum(r.figure == figure for r in rows):
            texts.append(f"the file has no rounds of {quantity.counted(count, 'benchmark')}: the time {words}, no P95")
    singles = sum(r.rounds == 1 and r.p95_s is None and not r.figure for r in rows)
    if singles:
        texts.append(
            f"{quantity.counted(singles, 'benchmark')} of one round: no P95, and noise shows only from run to run"
        )
    return "; ".join(texts)
