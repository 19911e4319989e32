"""The pages of all stored history: an index, a page and a CSV for each benchmark, a list and an Atom feed of the changes.

Takes the courses of all benchmarks, returns the files of a folder. The same history makes the same files: nothing in them
depends on when or where they are written. Every page is whole by itself, so that it opens from disk.
"""

import csv
import hashlib
import io
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench_agent.render import plot
from bench_agent.render import trends as trend_words
from bench_agent.render.cards import Deck, drawable
from bench_agent.render.webpage import fill, state_of_trend, urgency
from bench_agent.results.courses import Course, Courses
from bench_agent.results.report import Finding
from bench_agent.results.trends import LevelChange
from bench_agent.text import quantity
from bench_agent.text.clean import clean_text
from bench_agent.text.commit_pages import commit_page

MAX_LISTED = 12  # changes on the index; the CSV has all
MAX_ENTRIES = 100  # of the feed
MAX_MEMBERS = 12  # benchmarks that are named of one change
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
_NO_MOMENT = "1970-01-01T00:00:00Z"
NOTHING_FOUND: Mapping[str, Finding] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    name: str  # below the site's folder
    text: Callable[[], str]  # made when it is written: hundreds of pages need not be held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A lasting change of level, of one benchmark or of several at one run in one direction."""

    id: str  # urn:uuid:...
    at: str
    who: str  # "parse", "5 benchmarks together"
    size: str  # "+32 %", "+20 % to +32 %"
    where: str  # day, commit, subject
    url: str  # of the commit, "" where it is not known
    worse: bool
    members: tuple[tuple[str, str, str], ...]  # name, page, change
    more: int = 0


def compose_site(courses: Courses, findings: Mapping[str, Finding] = NOTHING_FOUND) -> tuple[SiteFile, ...]:
    """Its files, what the index links to before the index. findings: of the newest report, by benchmark id."""
    ordered = sorted(
        courses.courses, key=lambda c: (not c.is_current, -urgency(c.trend), c.trend.benchmark, c.trend.id)
    )
    changes = changes_of(courses)

    def page(course: Course) -> Callable[[], str]:
        return lambda: _benchmark_page(courses, course, findings.get(course.trend.id))

    def table(course: Course) -> Callable[[], str]:
        return lambda: _runs_csv(courses, course)

    return (
        *(SiteFile(name=f"csv/{slug_of(course)}.csv", text=table(course)) for course in ordered),
        *(SiteFile(name=f"b/{slug_of(course)}.html", text=page(course)) for course in ordered),
        SiteFile(name="benchmarks.csv", text=lambda: _benchmarks_csv(courses, ordered)),
        SiteFile(name="changes.csv", text=lambda: _changes_csv(ordered)),
        SiteFile(name="feed.xml", text=lambda: _feed(courses, changes)),
        SiteFile(name="index.html", text=lambda: _index(courses, ordered, changes)),
    )


def slug_of(course: Course) -> str:
    """The name of its page without the ending: readable, the same for ever, another one for every id."""
    words = re.sub(r"[^a-z0-9]+", "-", course.trend.benchmark.lower())[:60].strip("-")
    return f"{words}-{hashlib.sha256(course.trend.id.encode()).hexdigest()[:10]}".lstrip("-")


def changes_of(courses: Courses) -> tuple[Change, ...]:
    """All lasting changes of level, the newest first."""
    groups: dict[tuple[str, str, bool], list[tuple[Course, LevelChange]]] = {}
    for course in courses.courses:
        for change in course.trend.changes:
            groups.setdefault((change.at or "", change.run, change.ratio > 1), []).append((course, change))
    ordered = sorted(groups.items(), key=lambda item: item[0], reverse=True)
    return tuple(_change(courses, run, worse, group) for (_, run, worse), group in ordered)


def _change(courses: Courses, run: str, worse: bool, group: Sequence[tuple[Course, LevelChange]]) -> Change:
    ratios = sorted(change.ratio for _, change in group)
    sizes = list(dict.fromkeys((quantity.change(ratios[0]), quantity.change(ratios[-1]))))
    first = group[0][1]
    members = [(c.trend.benchmark, f"b/{slug_of(c)}.html", quantity.change(change.ratio)) for c, change in group]
    who = members[0][0] if len(group) == 1 else f"{len(group)} benchmarks together"
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"bench-agent:{courses.project}:{run}:{'slower' if worse else 'faster'}")
    return Change(
        id=f"urn:uuid:{made}",
        at=_moment(first.at),
        who=clean_text(who, limit=100),
        size=" to ".join(sizes),
        where=clean_text(trend_words.level_of(first), limit=300),
        url=commit_page(courses.commit_url, _whole_sha(courses, first)),
        worse=worse,
        members=tuple(members[:MAX_MEMBERS]),
        more=max(0, len(members) - MAX_MEMBERS),
    )


def _whole_sha(courses: Courses, change: LevelChange) -> str | None:
    """A trend has twelve digits of a sha, which a page can be found by too."""
    return next((run.sha for run in courses.runs if run.run == change.run), change.sha)


def _moment(at: str | None) -> str:
    return at if at and _MOMENT.fullmatch(at) else _NO_MOMENT


# --- pages


def _index(courses: Courses, ordered: Sequence[Course], changes: Sequence[Change]) -> str:
    trends = [course.trend for course in ordered if course.is_current]
    return fill(
        "site.html.j2",
        data="",
        courses=courses,
        rows=[_row(courses, course) for course in ordered],
        gone=sum(not course.is_current for course in ordered),
        changes=changes[:MAX_LISTED],
        more=max(0, len(changes) - MAX_LISTED),
        newest=courses.runs[-1] if courses.runs else None,
        health=trend_words.health(trends) if trends else None,
    )


def _row(courses: Courses, course: Course) -> dict[str, object]:
    trend = course.trend
    last = trend.changes[-1] if trend.changes else None
    return {
        "course": course,
        "page": f"b/{slug_of(course)}.html",
        "state": state_of_trend(trend) if course.is_current else "soft",
        "word": trend_words.trend_kind(trend) if course.is_current else "Gone",
        "newest_s": trend.values[-1] if trend.values else None,
        "level": quantity.change(last.ratio) if last else "",
        "level_ratio": last.ratio if last else None,
        "level_at": (last.at or "")[:10] if last else "",
        "news": urgency(trend) > 0,
        "measured": courses.runs[course.runs[-1]].at[:10] if course.runs else "",
        "spark": plot.spark(trend.values) if drawable(course) else "",
    }


def _benchmark_page(courses: Courses, course: Course, finding: Finding | None) -> str:
    deck = Deck(courses)
    deck.add(course, finding=finding)
    own = [
        (change, commit_page(courses.commit_url, _whole_sha(courses, change)))
        for change in reversed(course.trend.changes)
    ]
    return fill(
        "site_benchmark.html.j2",
        data=deck.data(),
        cards=deck.cards,
        course=course,
        trend=course.trend,
        state=state_of_trend(course.trend) if course.is_current else "doubt",
        changes=own,
        csv=f"../csv/{slug_of(course)}.csv",
        project=courses.project,
        last=courses.runs[course.runs[-1]] if course.runs else None,
    )


def _feed(courses: Courses, changes: Sequence[Change]) -> str:
    newest = courses.runs[-1].at if courses.runs else ""
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"bench-agent:{courses.project}")
    return fill(
        "feed.xml.j2",
        data="",
        id=f"urn:uuid:{made}",
        project=courses.project,
        updated=_moment(newest),
        changes=changes[:MAX_ENTRIES],
    )


# --- tables


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return stream.getvalue()


def _cell(value: object) -> object:
    """Text without control characters, and none that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if not isinstance(value, str):
        return value
    text = clean_text(value, limit=400)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _runs_csv(courses: Courses, course: Course) -> str:
    trend = course.trend
    head = ("run", "at", "sha", "uncommitted_changes", "subject", f"{trend.metric}_s", "min_s", "p95_s")
    rows = []
    for i, place in enumerate(course.runs):
        run = courses.runs[place]
        spread = course.low_s[i] if course.low_s else None, course.high_s[i] if course.high_s else None
        rows.append((run.run, run.at, run.sha, "yes" if run.dirty else "", run.subject, trend.values[i], *spread))
    return _table(head, rows)


def _benchmarks_csv(courses: Courses, ordered: Sequence[Course]) -> str:
    head = ("benchmark", "id", "page", "metric", "newest_s", "runs", "direction", "change", "measured", "current")
    return _table(
        head,
        [
            (
                course.trend.benchmark,
                course.trend.id,
                f"b/{slug_of(course)}.html",
                course.trend.metric,
                course.trend.values[-1] if course.trend.values else None,
                len(course.trend.values),
                course.trend.direction,
                course.trend.change,
                courses.runs[course.runs[-1]].at if course.runs else None,
                "yes" if course.is_current else "no",
            )
            for course in ordered
        ],
    )


def _changes_csv(ordered: Sequence[Course]) -> str:
    head = (
        "at",
        "benchmark",
        "id",
        "ratio",
        "before_s",
        "after_s",
        "runs",
        "sha",
        "previous_sha",
        "commits",
        "subject",
    )
    found = sorted(
        ((change, course.trend) for course in ordered for change in course.trend.changes),
        key=lambda item: (item[0].at or "", item[1].id),
        reverse=True,
    )
    return _table(
        head,
        [
            (c.at, t.benchmark, t.id, c.ratio, c.before, c.after, c.runs, c.sha, c.previous_sha, c.commits, c.subject)
            for c, t in found
        ],
    )
