"""Sample reports the tests render: built by hand, so that what is shown depends on nothing but the renderer."""

from dataclasses import replace

from bench_agent.report.advice import with_advice
from bench_agent.report.recommendations import recommend
from bench_agent.results.grown_functions import GrownFunction
from bench_agent.results.report import (
    BenchmarkRow,
    Evidence,
    Finding,
    Issue,
    Recommendations,
    Report,
    RunInfo,
    RunPoint,
    Summary,
    Suspect,
)
from bench_agent.results.trends import Trend

SHA = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
HOSTILE = (
    "[red]x[/red][/][link=https://evil.example]y[/link] \x1b[31mred\x1b[0m\x1b]0;title\x07 line\r\nbreak\t"
    "\u202eesrever\u202c `a|b` <script>alert(1)</script> @everyone #1 ${HOME} $(id) 🚀 https://evil.example/x "
)
LONG = HOSTILE + "x" * 10_000

GROWN = GrownFunction(
    name="rank.py::rank_documents", calls=(1, 40), lines=(12, 480), in_diff=True, own_s=(0.2e-3, 0.76e-3)
)

RUN = RunInfo(
    run_id="20261123_141502_1a2b3c4d",
    started_at="2026-11-23T14:15:02Z",
    seconds=41.2,
    command="make benchmark",
    quick=False,
    sha=SHA,
    branch="main",
    python="CPython 3.12.1",
    machine="Linux x86_64, 2 cores",
    exit_code=0,
    compared_with="20261122_101112_99887766",
)

# name, median, p95, rounds, cpu use, peak, target, ratio
_SUITE = (
    ("agent_response", 2.31e-3, 2.9e-3, 120, 0.41, 256e6, 5.0, 0.988),
    ("llm_call", 1.82e-3, 2.2e-3, 140, 0.22, 121e6, 10.0, 1.012),
    ("llm_streaming", 4.4e-3, 5.1e-3, 5, 0.18, 122e6, 10.0, 1.0),
    ("authorization", 25.3e-6, 45.1e-6, 900, 0.99, 80e6, 0.05, 1.003),
    ("authorization_cached", 1.07e-6, 1.4e-6, 4000, 1.0, 80e6, 0.05, 0.997),
    ("session_validation", 61.9e-6, 70e-6, 800, 0.99, 80e6, 0.05, 1.021),
    ("database_query", 152e-6, 301e-6, 300, 0.71, 96e6, 0.1, 0.979),
    ("database_transaction", 433e-6, 620e-6, 210, 0.64, 96e6, 0.1, 1.008),
    ("pool_contention", 1.2e-3, 2.4e-3, 90, 0.35, 97e6, 0.1, None),
    ("context_loading", 11.9e-3, 13e-3, 24, 0.97, 180e6, None, 0.78),
    ("history_budget", 842e-6, 900e-6, 200, 0.99, 178e6, None, 1.015),
    ("parse_results", 88e-3, 91e-3, 7, 1.0, 310e6, None, 0.994),
)


def row(
    name: str,
    median: float,
    p95: float,
    rounds: int,
    use: float,
    peak: float,
    target: float | None,
    ratio: float | None,
) -> BenchmarkRow:
    return BenchmarkRow(
        benchmark=name,
        id=f"tests/benchmark/test_suite.py::test_{name}",
        mark="pass",
        group=name.split("_")[0],
        rounds=rounds,
        iterations=1,
        median_s=median,
        mean_s=median * 1.031234567,
        stddev_s=median * 0.08,
        min_s=median * 0.96,
        max_s=p95 * 1.2,
        p95_s=p95,
        p99_s=p95 * 1.1,
        p95_is_max=rounds < 20,
        p99_is_max=rounds < 100,
        ops=1 / median,
        cpu_s=median * use,
        cpu_use=use,
        peak_bytes=int(peak),
        mean_bytes=int(peak * 0.8),
        target_p95_s=target,
        ratio_last=ratio,
    )


def advised(report: Report) -> Report:
    """The report with actions, issues and recommendations as the product gives them."""
    report = replace(report, regressions=tuple(with_advice(f) for f in report.regressions))
    advice = recommend(report.benchmarks, report.regressions, report.improvements, report.trends)
    return replace(report, recommendations=advice)


def trend(name: str, values: tuple[float, ...], *, target: float | None = None, **kind: object) -> Trend:
    first, last = values[0], values[-1]
    change = last / first - 1
    direction = "stable" if abs(change) < 0.05 else "improving" if change < 0 else "degrading"
    called = direction != "stable"
    return Trend(
        **{  # type: ignore[arg-type]
            "benchmark": name,
            "id": f"tests/benchmark/test_suite.py::test_{name}",
            "metric": "median",
            "direction": direction,
            "shape": "slope" if called else None,
            "change": change if called else None,
            "velocity_s": (last - first) / max(1, len(values) - 1) if called else None,
            "interval": (change - 0.02, change + 0.03),
            "p_value": 0.004 if called else 0.4,
            "runs": len(values),
            "values": values,
            "shas": (SHA,) * len(values),
            "dates": tuple(f"2026-11-{1 + i % 28:02}" for i in range(len(values))),
            "target_s": target,
            **kind,
        }
    )


def all_well() -> Report:
    rows = tuple(row(*figures) for figures in _SUITE)
    trends = (
        trend(
            "context_loading",
            (15.3e-3, 15.1e-3, 15.4e-3, 15.2e-3, 15.2e-3, 15.3e-3, 15.1e-3, 15.2e-3, 12.0e-3, 11.9e-3),
        ),
        trend("agent_response", tuple(2.3e-3 + 2e-5 * (i % 3) for i in range(10)), target=5.0),
        trend("authorization", (24.9e-6, 25.1e-6, 25.0e-6, 25.2e-6, 25.3e-6), target=50e-6),
    )
    improvement = Finding(
        benchmark="context_loading",
        id="tests/benchmark/test_suite.py::test_context_loading",
        metric="median",
        severity="low",
        ratio=0.78,
        current=11.9e-3,
        baseline=15.2e-3,
        rules=("step",),
        verdict="faster",
        mark="pass",
    )
    return advised(
        Report(
            status="passing",
            run=RUN,
            summary=Summary(
                headline="All 12 benchmarks pass, none slower than before.",
                benchmarks=12,
                passing=12,
                improved=1,
                compared=11,
                geomean_ratio=0.978,
                peak_bytes=310_000_000,
                mean_bytes=180_000_000,
            ),
            benchmarks=rows,
            improvements=(improvement,),
            trends=trends,
            report_path=".benchmark/latest.json",
        )
    )


def two_slowdowns() -> Report:
    """Two suspected slowdowns, the second over its target too; suspects with evidence for both."""
    well = all_well()
    changed = {
        "llm_call": {"mark": "suspected", "median_s": 2.38e-3, "mean_s": 2.46e-3, "p95_s": 2.9e-3, "ratio_last": 1.31},
        "database_query": {
            "mark": "over_target",
            "median_s": 1.1e-3,
            "mean_s": 9.8e-3,
            "p95_s": 0.123,
            "ratio_last": 7.24,
            "target_p95_s": 0.1,
        },
    }
    rows = tuple(replace(r, **changed.get(r.benchmark, {})) for r in well.benchmarks)  # type: ignore[arg-type]
    rows = tuple(sorted(rows, key=lambda r: ("over_target", "suspected", "pass").index(r.mark)))
    ranking = Suspect(
        sha=SHA,
        subject="Rank documents by every token, not by the first",
        author_date="2026-11-22T09:30:00Z",
        score=0.62,
        files=("tests/benchmark/agent/context.py", "tests/benchmark/agent/rank.py"),
        functions=("rank.py::rank_documents",),
        evidence=(
            "rank_documents is executed by this benchmark and was changed (+14 -2)",
            "rank_documents runs 40 times an iteration, was 1",
        ),
        excerpt="@@ -1,4 +1,5 @@\n+    for token in tokens:\n+        ranked = sorted(documents)",
    )
    lock = Suspect(
        sha="99887766554433221100aabbccddeeff00112233",
        subject="Bump sqlalchemy to 2.1",
        author_date="2026-11-21T17:02:11Z",
        score=0.21,
        files=("pyproject.toml",),
        evidence=("changes a dependency the benchmark imports: sqlalchemy 2.0.30 -> 2.1.0",),
    )
    dirty = Suspect(
        sha="uncommitted", subject="uncommitted changes", score=0.1, files=("tests/benchmark/agent/store.py",)
    )
    llm = Finding(
        benchmark="llm_call",
        id="tests/benchmark/test_suite.py::test_llm_call",
        metric="median",
        severity="low",
        ratio=1.31,
        current=2.38e-3,
        baseline=1.82e-3,
        baseline_kind="mean of the last 5 runs",
        rules=("step", "seed_rule"),
        runs=(
            RunPoint(run="-3", value=1.98e-3, ratio=1.09),
            RunPoint(run="-2", value=2.16e-3, ratio=1.19),
            RunPoint(run="current", value=2.38e-3, ratio=1.31),
        ),
        counts=("rank_documents runs 40 times an iteration, was 1",),
        suspects=(ranking, lock),
        suspects_note="2 of 7 commits since 99887766 touch what the benchmark executes; nothing is proved",
        target_s=10.0,
    )
    query = replace(
        llm,
        benchmark="database_query",
        id="tests/benchmark/test_suite.py::test_database_query",
        ratio=7.24,
        current=1.1e-3,
        baseline=152e-6,
        baseline_kind="last run",
        rules=("step", "target"),
        runs=(),
        counts=(),
        suspects=(lock, dirty),
        suspects_note=None,
        target_s=0.1,
    )
    trends = (
        trend(
            "llm_call",
            (1.8e-3, 1.82e-3, 1.81e-3, 1.83e-3, 1.82e-3, 1.8e-3, 1.82e-3, 1.98e-3, 2.16e-3, 2.38e-3),
            concern="step at the last run",
        ),
        trend("database_query", (150e-6, 152e-6, 151e-6, 153e-6, 150e-6, 152e-6, 1.1e-3), target=0.1),
        *well.trends,
    )
    return advised(
        replace(
            well,
            status="regressed",
            run=replace(RUN, dirty=True),
            summary=replace(
                well.summary,
                headline="2 of 12 benchmarks are suspected to be slower: database_query 7.2x, llm_call +31 %.",
                passing=10,
                suspected=2,
                over_target=1,
                geomean_ratio=1.19,
            ),
            benchmarks=rows,
            regressions=(query, llm),
            trends=trends,
            warnings=("The load was 3.1 on 2 cores when the run began: timings are less certain.",),
        )
    )


def confirmed() -> Report:
    """The first of the two slowdowns measured again and confirmed, its suspect proved."""
    report = two_slowdowns()
    _, llm = report.regressions
    finding = replace(
        llm,
        severity="medium",
        confirmed=True,
        verdict="slower",
        interval=(1.28, 1.34),
        evidence=Evidence(pairs=9, method="ring", seconds=38.4),
        baseline_kind="99887766, measured in turns",
        metric="CPU time",
        mark="regressed",
        runs=tuple(replace(point, ratio=None) for point in llm.runs),
        suspects=(replace(llm.suspects[0], proved=True, share=0.97, grown=(GROWN,)),),
        suspects_note=None,
    )
    well = {r.benchmark: r for r in all_well().benchmarks}
    slow = report.benchmarks[1]
    rows = (slow, *(r for r in well.values() if r.benchmark != slow.benchmark))
    return advised(
        replace(
            report,
            summary=replace(
                report.summary,
                headline="llm_call got slower by 31 %.",
                suspected=0,
                over_target=0,
                regressed=1,
                slower=1,
                passing=11,
                measured_in_turns=1,
            ),
            benchmarks=(
                replace(
                    rows[0],
                    mark="regressed",
                    ratio=1.31,
                    interval=(1.28, 1.34),
                    pairs=9,
                    pair_ratios=(1.3, 1.33, 1.29, 1.31, 1.35, 1.28, 1.32, 1.3, 1.31),
                    against="99887766",
                    ratio_last=None,
                ),
                *rows[1:],
            ),
            regressions=(finding,),
            warnings=(),
        )
    )


def undecided() -> Report:
    """Measured in turns until the budget was spent: two undecided, one of them with a ratio; one new, one vanished."""
    well = all_well()
    base = "99887766"
    llm, query, new, *rest = well.benchmarks
    rows = (
        replace(
            llm,
            mark="undecided",
            ratio=1.54,
            interval=(1.47, 1.61),
            pairs=5,
            against=base,
            ratio_last=None,
            seconds_to_settle=35.0,
            next_command=f"bench-agent compare {base} -k test_agent_response --budget 100",
        ),
        replace(
            query,
            mark="undecided",
            ratio=1.02,
            interval=(0.9, 1.2),
            pairs=5,
            against=base,
            ratio_last=None,
            seconds_to_settle=200.0,
            next_command=f"bench-agent compare {base} -k test_llm_call --budget 340",
        ),
        BenchmarkRow(
            benchmark="export",
            id="tests/benchmark/test_suite.py::test_export",
            mark="vanished",
            message="last measured in the run of 2026-11-22 10:11 UTC",
        ),
        replace(new, mark="new", ratio_last=None),
        *rest,
    )
    findings = tuple(
        Finding(
            benchmark=r.benchmark,
            id=r.id,
            metric="cpu time",
            severity="low",
            ratio=r.ratio or 1.0,
            interval=r.interval,
            current=(r.median_s or 0.0) * (r.ratio or 1.0),
            baseline=r.median_s or 0.0,
            baseline_kind=f"{base}, measured in turns",
            rules=("step",),
            verdict="undecided",
            mark="undecided",
            evidence=Evidence(pairs=5, method="ring", seconds=58.0),
            detectable=0.08,
            seconds_to_settle=r.seconds_to_settle,
        )
        for r in rows[:2]
    )
    return replace(
        well,
        status="undecided",
        summary=replace(
            well.summary,
            headline="2 undecided (agent_response +54 % so far); 12 benchmarks measured",
            passing=9,
            undecided=2,
            new=1,
            vanished=1,
            measured_in_turns=2,
            geomean_ratio=1.253,
        ),
        benchmarks=rows,
        undecided=tuple(with_advice(f, base_sha=base) for f in findings),
        recommendations=recommend(
            rows, (), well.improvements, well.trends, undecided=[with_advice(f, base_sha=base) for f in findings]
        ),
    )


def failed_benchmarks() -> Report:
    well = all_well()
    broken = BenchmarkRow(
        benchmark="context_loading",
        id="tests/benchmark/test_suite.py::test_context_loading",
        mark="failed",
        message="AssertionError: budget exceeded: 8192 > 4096",
    )
    rows = tuple(r for r in well.benchmarks if r.benchmark != "context_loading")
    return advised(
        replace(
            well,
            status="failed",
            run=replace(RUN, exit_code=1),
            summary=replace(
                well.summary,
                headline="1 benchmark failed: context_loading.",
                benchmarks=11,
                passing=11,
                failed=1,
                improved=0,
            ),
            benchmarks=(broken, *rows),
            improvements=(),
        )
    )


def no_results() -> Report:
    return Report(
        status="no_results",
        run=replace(RUN, seconds=1.3, exit_code=5, compared_with=None),
        summary=Summary(headline="Nothing was measured: pytest collected no benchmarks (-k 'nothing' deselected 12)."),
        warnings=("pytest collected no benchmarks: -k 'nothing' deselected all 12.",),
    )


def first_run() -> Report:
    """Nothing to compare with, no targets, a handful of rounds."""
    rows = tuple(
        replace(r, mark="new", ratio_last=None, target_p95_s=None, rounds=5, p95_is_max=True)
        for r in all_well().benchmarks[:3]
    )
    return advised(
        Report(
            status="not_compared",
            run=replace(RUN, compared_with=None, sha=None, branch=None),
            summary=Summary(
                headline="3 benchmarks measured, none compared: this is the repository's only commit",
                benchmarks=3,
                new=3,
            ),
            benchmarks=rows,
            report_path=".benchmark/latest.json",
        )
    )


def many(count: int = 1_000, *, slow: int = 100, text: str = "") -> Report:
    """`count` benchmarks of which `slow` regressed; `text` goes into every place the repository can fill."""
    base = two_slowdowns()
    template = base.regressions[1]
    rows = tuple(
        replace(
            row(f"bench_{i}{text}", 1e-3 + i * 1.23456e-6, 2e-3, 50, 0.9, 80e6, None, 1.0),
            mark="suspected" if i < slow else "pass",
        )
        for i in range(count)
    )
    findings = tuple(
        replace(
            template,
            benchmark=f"bench_{i}{text}",
            id=f"tests/test_many.py::test_bench_{i}{text}",
            severity="high" if i % 7 == 0 else "low",
            ratio=1.2 + i / 100,
            suspects=tuple(
                replace(s, subject=s.subject + text, files=(*s.files, f"src/{text}.py"), evidence=(*s.evidence, text))
                for s in (template.suspects * 3)
            ),
            issue=Issue(title=f"bench_{i}{text}", labels=("performance", text), body=text * 2),
        )
        for i in range(slow)
    )
    trends = tuple(
        trend(f"bench_{i}{text}", tuple(1e-3 * (1 + ((i * 7 + j * 13) % 11) / 100) for j in range(30)))
        for i in range(count)
    )
    return replace(
        base,
        run=replace(base.run, command=f"make benchmark {text}", branch=f"main{text}"),
        summary=replace(
            base.summary,
            benchmarks=count,
            passing=count - slow,
            suspected=slow,
            compared=count,
            headline=f"{slow} slower {text}",
        ),
        benchmarks=rows,
        regressions=findings,
        trends=trends,
        warnings=tuple(f"warning {i} {text}" for i in range(20)),
    )


def hostile() -> Report:
    """Hostile text in every place the repository can fill, in a report of ordinary size."""
    report = many(8, slow=2, text=LONG)
    broken = replace(report.benchmarks[-1], mark="failed", message=LONG, median_s=None, extra={LONG: LONG})
    words = (LONG,)
    return replace(
        report,
        benchmarks=(broken, *report.benchmarks[:-1]),
        improvements=(replace(report.regressions[0], verdict="faster", confirmed=True, ratio=0.5),),
        undecided=(replace(report.regressions[0], verdict="undecided"),),
        trends=tuple(replace(t, concern=LONG, note=LONG) for t in report.trends),
        recommendations=Recommendations(
            celebrate=words, monitor=words, optimize_now=words, maintain=words, next_targets=words, tips=words
        ),
        report_path=".benchmark/" + HOSTILE,
    )
