"""Sample courses the tests draw: built by hand, so that what is shown depends on nothing but the renderer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import reports
from bench_agent.results.courses import AcceptedLevel, Course, Courses, DrawnRun
from bench_agent.results.trends import LevelChange, Trend

BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def runs(count: int, *, text: str = "") -> tuple[DrawnRun, ...]:
    """Two hours apart, each on a commit of its own but the newest, which is on that of the sample reports."""
    return tuple(
        DrawnRun(
            run=f"run_{i}",
            at=(BEGIN + timedelta(hours=2 * i)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            sha=reports.SHA if i == count - 1 else f"{i + 1:040x}",
            subject=f"Parse lazily, part {i}{text}",
        )
        for i in range(count)
    )


def course(trend: Trend) -> Course:
    values = trend.values
    return Course(
        trend=trend,
        runs=tuple(range(len(values))),
        low_s=tuple(0.97 * value for value in values),
        high_s=tuple(1.1 * value for value in values),
        group="agent",
        rounds=400,
        quantiles_s=tuple(values[-1] * (0.97 + 0.01 * i) for i in range(17)),
        peak_bytes=80_000_000,
        mean_bytes=75_000_000,
        memory_bytes=tuple(78_000_000 + 500_000 * (n % 9) for n in range(len(values))),
    )


def courses(*found: Course, text: str = "") -> Courses:
    longest = max(len(one.trend.values) for one in found)
    return Courses(
        runs=runs(longest, text=text),
        courses=found,
        commit_url="https://example.org/shop/commit/",
        project="shop",
    )


def wave(count: int, level: float = 2e-3) -> tuple[float, ...]:
    return tuple(level * (1 + n % 7 / 50) for n in range(count))


def of(name: str, count: int) -> Courses:
    """One benchmark's course, which ends with the value that the sample reports end with."""
    known = next(t for t in reports.two_slowdowns().trends if t.benchmark == name)
    if count > len(known.values):
        known = replace(known, values=(*wave(count - 1, known.values[-1] / 1.2), known.values[-1]))
    else:
        known = replace(known, values=wave(count))
    return courses(course(known))


def with_everything() -> Courses:
    """A target, an accepted level, two changes of level, one of them in common."""
    values = (*wave(8, 2e-3), *wave(12, 2.4e-3))
    changes = (
        LevelChange(run="run_3", sha=f"{4:040x}"[:12], ratio=0.9, before=2.2e-3, after=2e-3, runs=5, at="2026-11-01"),
        LevelChange(
            run="run_8", sha=f"{9:040x}"[:12], ratio=1.2, before=2e-3, after=2.4e-3, runs=12, at="2026-11-02",
            commits=1, subject="Rank by every token", benchmarks=3,
        ),
    )  # fmt: skip
    trend = reports.trend("search", values, target=2.7e-3, changes=changes)
    accepted = AcceptedLevel(value_s=2.4e-3, since=8, because="encrypts answers now")
    return courses(replace(course(trend), accepted=accepted), course(reports.trend("parse", wave(20, 1e-6))))


def many(count: int, *, runs: int) -> Courses:
    """For the benchmarks of `reports.many`."""
    found = [course(reports.trend(f"bench_{i}", (*wave(runs - 1, 1e-3), 1e-3))) for i in range(count)]
    ids = [row.id for row in reports.many(count).benchmarks]
    return courses(*(replace(c, trend=replace(c.trend, id=id)) for c, id in zip(found, ids, strict=True)))


def hostile() -> Courses:
    """Hostile text in every place the repository can fill."""
    text = reports.HOSTILE
    values = wave(30)
    changes = (LevelChange(run="run_9", sha=text, ratio=1.4, before=1e-3, after=1.4e-3, runs=3, at=text, subject=text),)
    trend = replace(reports.trend("x" + text, values, changes=changes), was=text, note=text, concern=text)
    one = replace(
        course(trend), group=text, accepted=AcceptedLevel(value_s=2e-3, because=text), quantiles_s=(float("nan"),) * 17
    )
    found = courses(one, replace(one, is_current=False), text=text)
    spoilt = tuple(replace(run, sha=text, at=text) for run in found.runs)
    return replace(found, runs=spoilt, commit_url="javascript:alert(1)//", project=text)
