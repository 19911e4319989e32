"""The figures of a report as they are told: one text for each fact, beside its numbers in the JSON and in every rendering.

Pure; takes records of a finished report, returns plain text. Which clock, which baseline and how sure is part of the text.
"""

from collections.abc import Sequence
from dataclasses import replace

from bench_agent.results.report import BenchmarkRow, Finding, Report
from bench_agent.results.trends import Trend
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text


def with_texts(report: Report) -> Report:
    """The report with `text` in its summary, rows, findings and trends. O(their number)."""
    return replace(
        report,
        summary=replace(report.summary, text=summary_text(report)),
        benchmarks=tuple(replace(row, text=row_text(row)) for row in report.benchmarks),
        regressions=_told(report.regressions),
        improvements=_told(report.improvements),
        undecided=_told(report.undecided),
        environment=_told(report.environment),
        trends=tuple(replace(trend, text=trend_text(trend)) for trend in report.trends),
    )


def _told(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, text=finding_text(finding)) for finding in findings)


def summary_text(report: Report) -> str:
    """ "18 of 18 passing; 5 % faster over the 18 measured in turns; memory peak 256 MB, average 180 MB; trends: watch (...)"."""
    s = report.summary
    parts = [f"{s.passing:,} of {s.benchmarks + s.failed:,} passing"]
    if s.geomean_ratio is not None and not s.undecided:
        how = f"the {s.measured_in_turns:,} measured in turns" if s.measured_in_turns else "all, by stored runs"
        parts.append(f"{overall_change(s.geomean_ratio)} over {how}")
    if s.peak_bytes is not None:
        mean = "" if s.mean_bytes is None else f", average {quantity.size(s.mean_bytes)}"
        parts.append(f"memory peak {quantity.size(s.peak_bytes)}{mean}")
    if report.trends:
        word, counts = health(report.trends)
        parts.append(f"trends: {word.lower()} ({', '.join(counts).lower()})")
    return "; ".join(parts)


def row_text(row: BenchmarkRow) -> str:
    """ "23.1 ms, mean 23.4 ms, P95 24.5 ms (target 50 ms), +122 % (+116 % to +129 %) against 1a2b3c4d in turns".

    The first time is the median. "" for a benchmark that has no time.
    """
    if row.median_s is None:
        return ""
    parts = [f"{row.figure + ' ' if row.figure else ''}{quantity.duration(row.median_s)}"]
    if row.mean_s is not None and row.figure != "mean":
        parts.append(f"mean {quantity.duration(row.mean_s)}")
    target = "" if row.target_p95_s is None else f" (target {quantity.duration(row.target_p95_s)})"
    if row.p95_s is not None:
        most = " (the largest seen)" if row.p95_is_max else ""
        parts.append(f"P95 {quantity.duration(row.p95_s)}{most}{target}")
    if row.ratio is not None:
        change = row_change(row)
        change = "no change" if change == quantity.SAME else change
        parts.append(f"{change} ({row_interval(row)}) against {row.against or '?'} in turns")
    elif row.ratio_last is not None:
        parts.append(f"{quantity.change(row.ratio_last)} against the last runs, loose")
    return ", ".join(parts)


def row_change(row: BenchmarkRow) -> str:
    """The change of a row that was measured in turns: "+31 %", "~"; "+89 % so far" while it is undecided; "" for others."""
    if row.ratio is None:
        return ""
    same = row.mark in ("pass", "environment")
    text = quantity.told_change(row.ratio, row.interval, same=same)
    is_open = row.mark == "undecided" or row.seconds_to_settle is not None or row.interval is None
    return f"{text} so far" if is_open and text != quantity.SAME else text


def row_interval(row: BenchmarkRow) -> str:
    """The interval of that change, and the pairs it rests on where they are too few for one."""
    if row.ratio is None:
        return ""
    return quantity.change_interval(row.interval) if row.interval else quantity.counted(row.pairs or 0, "pair")


def finding_text(finding: Finding) -> str:
    """ "+122 % (+116 % to +129 %), CPU time 10.4 ms -> 23.1 ms, 12.7 ms slower, limit 20 %"."""
    change = finding_change(finding)
    interval = f" ({quantity.change_interval(finding.interval)})" if finding.interval else ""
    before, now = quantity.value(finding.baseline, finding.unit), quantity.value(finding.current, finding.unit)
    told = f"{'no change' if change == quantity.SAME else change}{interval}, {metric_name(finding.metric)} {before} -> {now}"
    if change != quantity.SAME:
        told += f", {difference(finding)}"
    if finding.verdict in ("suspected", "slower"):
        told += f", limit {quantity.percent(finding.threshold)}"
    return told


def finding_change(finding: Finding) -> str:
    """The change of a finding: "+31 %"; `~` where what was measured can't be told from no change."""
    return quantity.told_change(finding.ratio, finding.interval, same=finding.verdict == "same")


def difference(finding: Finding) -> str:
    """The change in the finding's unit: "15 ms faster", "0.4 ms slower", "12 MB less"."""
    more, less = {"s": ("slower", "faster")}.get(finding.unit, ("more", "less"))
    lost = finding.current - finding.baseline
    return f"{quantity.value(abs(lost), finding.unit)} {more if lost > 0 else less}"


def metric_name(metric: str) -> str:
    """A metric as readers know it: "P95", "median"."""
    if metric[:1] == "p" and metric[1:].isdigit():
        return metric.upper()
    return clean_text(metric, limit=30).replace("cpu", "CPU")


def overall_change(ratio: float) -> str:
    """All benchmarks together: "5 % faster", "3.1x as long", "no change"."""
    text = quantity.change(ratio)
    if text == "0 %":
        return "no change"
    if ratio > 1:
        return f"{text.removeprefix('+')} {'as long' if text.endswith('x') else 'slower'}"
    return f"{text.removeprefix('-').removesuffix(' less')} faster"


def trend_text(trend: Trend) -> str:
    """ "-18 % over 10 runs, -0.3 ms a run"; "" where no trend is called."""
    if trend.change is None:
        return ""
    step = trend.changes[-1] if trend.shape == "step" and trend.changes else None
    over = f"since {(step.sha or step.run)[:8]}, {quantity.counted(step.runs, 'run')}" if step else ""
    told = f"{quantity.change(1 + trend.change)} {over or 'over ' + quantity.counted(trend.runs, 'run')}"
    return told if trend.velocity_s is None else f"{told}, {quantity.duration_change(trend.velocity_s)} a run"


def health(trends: Sequence[Trend]) -> tuple[str, tuple[str, ...]]:
    """The state of all trends in a word or two, and how many go which way."""
    directions = ("improving", "degrading", "stable", "unclear", "unknown")
    counts = {d: sum(t.direction == d for t in trends) for d in directions}
    over = sum(bool(t.values) and t.target_s is not None and t.values[-1] > t.target_s for t in trends)
    open_ = counts["unclear"] + counts["unknown"]
    if over:
        word = "NEEDS WORK"
    elif counts["degrading"]:
        word = "WATCH"
    elif not open_:
        word = "HEALTHY"
    elif 2 * open_ < len(trends):
        word = "HEALTHY, AS FAR AS CAN BE TOLD"
    else:
        word = "CAN'T TELL" if counts["unclear"] else "TOO FEW RUNS"
    names = {"unclear": "Can't tell", "unknown": "Too few runs"}
    lines = [f"{names.get(d, d.capitalize())}: {n}/{len(trends)} benchmarks" for d, n in counts.items() if n]
    if over:
        lines.insert(0, f"Over target: {over}/{len(trends)} benchmarks")
    return word, tuple(lines)
