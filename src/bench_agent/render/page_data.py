"""The figures that a page's script draws its charts from, as JSON that can stand in the page.

Only runs that a chart of the page shows are in it. Times are whole numbers of a chart's own unit, which halves the size.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from bench_agent.render.plot import Line, Mark
from bench_agent.results.courses import Course, Courses, DrawnRun
from bench_agent.text.clean import clean_text

ChartData = dict[str, Any]


def document(courses: Courses, charts: Sequence[ChartData]) -> str:
    """The charts and their runs, safe inside a script element. O(runs drawn)."""
    used = sorted({run for chart in charts for run in chart["r"]})
    place = {run: i for i, run in enumerate(used)}
    shown = []
    for chart in charts:
        runs = [place[run] for run in chart["r"]]
        all_of_them = runs == list(range(len(runs)))
        shown.append({key: value for key, value in {**chart, "r": None if all_of_them else runs}.items() if value})
    url = courses.commit_url if courses.commit_url.startswith("https://") else ""
    return embed({"url": url, "runs": [_run_data(courses.runs[run]) for run in used], "charts": shown})


def embed(document: Any) -> str:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _run_data(run: DrawnRun) -> list[Any]:
    subject = clean_text(run.subject, limit=80)
    full: list[Any] = [clean_text(run.at, limit=40)[:16], clean_text(run.sha or "", limit=64), subject]
    return [*full, 1] if run.dirty else full


def chart_data(key: str, course: Course, lines: Sequence[Line], marks: Sequence[Mark]) -> ChartData:
    """Times as whole multiples of `u`, to one part in 20,000 of the median."""
    values = course.trend.values
    unit = 10.0 ** (math.floor(math.log10(sorted(values)[len(values) // 2])) - 4)

    def whole(seconds: Sequence[float | None]) -> list[int | None]:
        return [None if s is None or not math.isfinite(s) else round(s / unit) for s in seconds]

    known = any(low is not None for low in course.low_s)
    return {
        "k": key,
        "u": unit,
        "v": whole(values),
        "l": whole(course.low_s) if known else None,
        "h": whole(course.high_s) if known else None,
        "r": course.runs,
        "t": [[line.value_s, line.kind, line.text, line.since] for line in lines],
        "m": [[mark.index, mark.kind, mark.label, mark.text] for mark in marks],
    }
