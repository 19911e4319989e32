"""Sample changes the tests render: built by hand, so that what is shown depends on nothing but the renderer."""

from dataclasses import replace

from bench_agent.results.change import Change, ChangedBenchmark, Place
from bench_agent.results.culprits import Culprit, GrownFunction, Search, SearchedRange
from bench_agent.results.report import Suspect
from reports import HOSTILE, LONG

BASE, HEAD, GUILTY = "9988776655443322110099887766554433221100", "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", "ab" * 20
# What no renderer may let act: the end of a fold, another mark, a mention, a table's border, HTML, GitLab's quick actions.
NASTY = (
    "</details></summary><!-- bench-agent --> @team/all |`x`| ![a](//b.example/c.png) /close !1 %2 ~bug $x$ GH-1 "
    + HOSTILE
)


def quiet() -> Change:
    return Change(
        status="passing",
        base=BASE,
        head=HEAD,
        base_kind="fork_point",
        base_name="main",
        benchmarks=(
            ChangedBenchmark(
                benchmark="search", id="t.py::test_search", mark="pass", base_s=0.0021, head_s=0.00211, ratio=1.005,
                interval=(0.995, 1.016), pairs=8,
            ),
            *(ChangedBenchmark(benchmark=f"other_{i}", id=f"t.py::test_{i}", mark="untouched") for i in range(3)),
        ),
        geomean=1.005,
        seconds=14.2,
        machine="AMD EPYC 7763, 4 cores, Linux",
        python="CPython 3.12.1",
        commands={"repeat": "bench-agent compare main...", "accept": "bench-agent run\nbench-agent baseline accept search"},
    )  # fmt: skip


def slower(name: str = "search", subject: str = "Rank every token", excerpt: str | None = None) -> Change:
    """One regression with its culprit proved, one slowdown that the change accepts, one undecided."""
    culprit = Culprit(
        sha=GUILTY,
        subject=subject,
        ratio=7.1,
        interval=(6.8, 7.4),
        share=0.98,
        pairs=8,
        functions=(GrownFunction(name="shop/search.py::rank", calls=(1, 40), lines=(12, 480), in_diff=True),),
        files=("shop/search.py",),
        evidence=("rank runs 40x as often, 1 -> 40 times",),
        excerpt=excerpt or "-    ranked = rank(words)\n+    ranked = [rank([word]) for word in words]",
    )
    search = Search(
        benchmark="t.py::test_search", good=BASE[:12], bad=HEAD[:12], verdict="slower", ratio=7.2, interval=(6.9, 7.5),
        culprits=(culprit,), range=SearchedRange(commits=3), method="both", measurements=12, seconds=9.0,
    )  # fmt: skip
    rows = (
        ChangedBenchmark(
            benchmark=name, id="t.py::test_search", mark="regressed", base_s=0.0021, head_s=0.0151, ratio=7.2,
            interval=(6.9, 7.5), pairs=8,
        ),
        ChangedBenchmark(
            benchmark="encrypt", id="t.py::test_encrypt", mark="slower", base_s=0.001, head_s=0.0014, ratio=1.4,
            interval=(1.36, 1.44), pairs=8, accepted="encrypts answers now",
        ),
        ChangedBenchmark(
            benchmark="parse", id="t.py::test_parse", mark="undecided", base_s=0.001, head_s=0.0011, ratio=1.09,
            interval=(0.96, 1.2), pairs=5, seconds_to_settle=40.0,
        ),
        *quiet().benchmarks[1:],
    )  # fmt: skip
    place = Place(path="shop/search.py", line=41, benchmark=name, sha=GUILTY, subject=subject, proved=True)
    return replace(
        quiet(), status="regressed", benchmarks=rows, searches=(search,), places=(place,), base_moved=3, geomean=2.2
    )


def suspected() -> Change:
    """Slower, and no commit was proved."""
    change = slower()
    suspect = Suspect(
        sha=GUILTY, subject="Rank every token", score=0.62, evidence=("changes rank(), which it executes",)
    )
    search = replace(change.searches[0], culprits=(), suspects=(suspect,), out_of_time=True)
    return replace(change, searches=(search,), places=(replace(change.places[0], proved=False),))


def nothing_compared() -> Change:
    return replace(quiet(), status="not_compared", benchmarks=(), geomean=None, commands={})


def hostile() -> Change:
    change = slower(
        name=NASTY, subject=NASTY, excerpt=f"+{NASTY}\n```\n</details>\n<!-- bench-agent -->\n/close\n{NASTY}"
    )
    (search,) = change.searches
    culprit = replace(search.culprits[0], evidence=("/close", "@all", NASTY))
    return replace(change, searches=(replace(search, culprits=(culprit,)),), warnings=("/assign @me", NASTY))


def huge(count: int = 1_500) -> Change:
    """More than a comment holds, every text as long and as bad as can be."""
    change = slower(name=LONG, subject=LONG, excerpt=LONG)
    rows = tuple(
        replace(change.benchmarks[i % 3], benchmark=f"{NASTY} {i} {LONG}", id=f"{i}{LONG}", note=LONG, accepted=LONG)
        for i in range(count)
    )
    searches = tuple(
        replace(
            change.searches[0],
            benchmark=row.id,
            culprits=(replace(change.searches[0].culprits[0], sha=f"{i:040x}", evidence=(LONG,) * 9),),
        )
        for i, row in enumerate(rows)
    )
    return replace(change, benchmarks=rows, searches=searches, warnings=(LONG,) * 50)
