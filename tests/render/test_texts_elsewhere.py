"""What compare, bisect, status, wait, the gate, trends and their issues say, for each state that they can be in.

The golden file `texts_elsewhere.txt` holds the sentences of each case, to be read by a person; the rules below hold in every case.
"""

import re
from dataclasses import replace
from itertools import product

from bench_agent.commands.status import in_words
from bench_agent.detect.seed_rule import seed_rule
from bench_agent.render.comparison import render_comparison
from bench_agent.render.culprits import render_search
from bench_agent.render.terminal import Screen
from bench_agent.render.trends import level_lines, trend_status, trend_verdict
from bench_agent.report.gate_history import Gate, GateFinding
from bench_agent.report.stored_issue import issue_of_trend
from bench_agent.results.comparison import ComparedBenchmark, Comparison, Uncompared
from bench_agent.results.culprits import Search, SearchedRange
from bench_agent.results.trends import LevelChange, Trend
from goldens import assert_golden
from searches import proved, search

PLAIN = Screen(width=160, color=False, plain=True, box=False)
MEASURED = {  # verdict, ratio, interval, pairs
    "slower": ("slower", 1.5, (1.4, 1.6), 8),
    "slower, little": ("slower", 1.04, (1.02, 1.06), 12),
    "same": ("same", 1.003, (0.99, 1.016), 8),
    "faster": ("faster", 0.5, (0.48, 0.52), 8),
    "undecided, leaning": ("undecided", 1.54, (1.47, 1.61), 5),
    "undecided, open": ("undecided", 1.02, (0.9, 1.2), 8),
    "undecided, too few": ("undecided", 49.0, None, 2),
}


def compared(*hows: str, uncompared: bool = False) -> Comparison:
    rows = []
    for number, how in enumerate(hows):
        verdict, ratio, interval, pairs = MEASURED[how]
        rows.append(
            ComparedBenchmark(
                benchmark=f"test_{number}", base=1e-3, head=1e-3 * ratio, unit="s", clock="cpu", ratio=ratio,
                interval=interval, verdict=verdict, detectable=None if interval is None else 0.08, pairs=pairs,
                seconds_to_settle=35.0 if verdict == "undecided" else None, p_slower=0.5, p_faster=0.5,
            )
        )  # fmt: skip
    left = (Uncompared(benchmark="test_gone", reason="missing", side="1a2b3c4d"),) if uncompared else ()
    geomean = rows[0].ratio if len(rows) == 1 else 1.2 if rows else None
    return Comparison(
        base="1a2b3c4d", head="working tree", benchmarks=tuple(rows), geomean=geomean, uncompared=left, seconds=20.0
    )


def comparisons() -> dict[str, str]:
    cases = {how: compared(how) for how in MEASURED}
    cases |= {
        f"{one} beside {other}": compared(one, other) for one, other in product(MEASURED, ("same", "undecided, open"))
    }
    cases |= {"same, another missing": compared("same", uncompared=True), "none": compared(uncompared=True)}
    why = "no code that they use by any name differs in 1 changed Python file"
    untouched = {"untouched": ("a", "b"), "untouched_because": why}
    cases |= {
        "all untouched": replace(compared(), **untouched),
        "same, others untouched": replace(compared("same"), **untouched),
    }
    return {f"compare: {name}": render_comparison(case, {}, PLAIN) for name, case in cases.items()}


def searched() -> dict[str, Search]:
    quiet = {"skipped": (), "warnings": (), "suspects": ()}
    found: dict[str, Search] = {
        "proved, all of it": search(proved()),
        "proved, a part, time ended": search(proved(share=0.5), out_of_time=True),
        "two proved": search(proved(share=0.6, ratio=1.3), proved(share=0.4, ratio=1.2)),
        "one of several that can't be measured": search(replace(proved(), among=("a" * 40, "b" * 40))),
    }
    for verdict, interval in (
        ("slower", (1.4, 1.6)), ("same", (0.99, 1.01)), ("faster", (0.5, 0.6)), ("undecided", (0.9, 1.3))
    ):  # fmt: skip
        for ended in ("searched", "out_of_time", "interrupted"):
            if ended == "out_of_time" and verdict in ("same", "faster"):
                continue  # what was decided needed no more time
            changes = {} if ended == "searched" else {ended: True}
            left = (
                SearchedRange(commits=40, left=("f" * 40, "a" * 40))
                if verdict == "slower"
                else SearchedRange(commits=40)
            )
            found[f"{verdict}, nobody, {ended}"] = search(
                **{**quiet, "verdict": verdict, "interval": interval, "range": left, **changes}
            )
    return found


def statuses() -> dict[str, str]:
    last = {
        "run_id": "20261129_1",
        "started_at": "2026-11-29T12:00:00Z",
        "headline": "3 benchmarks measured, none is slower",
    }
    running = {"run_id": "20261129_2", "done": 2, "of": 5, "current": "test_x", "estimate_s": 40.0, "elapsed_s": 12.0}
    cases = {
        "nothing": {"runs_stored": 0},
        "imported only": {"runs_stored": 7},
        "a run": {"runs_stored": 1, "last": last},
        "a run with a suspicion": {"runs_stored": 2, "last": {**last, "regressions": ["x +37 % (suspected)"]}},
        "running": {"runs_stored": 1, "running": [running], "last": last},
        "running, not known how many": {"runs_stored": 0, "running": [{**running, "of": None, "estimate_s": None}]},
        "running, the first": {"runs_stored": 0, "running": [{**running, "done": 0, "current": None}]},
    }
    return {f"status: {name}": in_words(case) for name, case in cases.items()}  # type: ignore[arg-type]


def gates() -> dict[str, str]:
    flagged = GateFinding(
        benchmark="x", verdict=seed_rule([1, 1, 1, 1.4, 1.8, 2.2], threshold=0.2), values=(1, 1.4, 1.8, 2.2)
    )
    usual = {"benchmarks": 3, "runs": 6, "threshold": 0.2, "consecutive": 3}
    cases = {
        "flagged": Gate(flagged=(flagged,), too_few_runs=0, **usual),
        "none flagged": Gate(flagged=(), too_few_runs=0, **usual),
        "none flagged, one not compared": Gate(flagged=(), too_few_runs=1, **usual),
        "nothing compared": Gate(flagged=(), too_few_runs=3, **usual),
    }
    return {f"gate: {name}": "\n".join(case.in_words()) for name, case in cases.items()}


def trends() -> dict[str, Trend]:
    usual = Trend(
        benchmark="x", id="x", metric="median", direction="stable", runs=10, interval=(-0.03, 0.05),
        values=(1e-3,) * 9 + (1.3e-3,), shas=("a" * 12,) * 10, dates=("2026-11-01",) * 10,
    )  # fmt: skip
    step = LevelChange(
        run="r", sha="1a2b3c4d5e6f", ratio=1.3, before=1e-3, after=1.3e-3, runs=4, at="2026-10-02T10:00:00Z", commits=1,
        subject="Parse lazily", touches_code=True,
    )  # fmt: skip
    return {
        "stable": usual,
        "stable with target": replace(usual, target_s=5e-3, metric="p95"),
        "over target": replace(usual, target_s=1.1e-3, metric="p95"),
        "can't tell": replace(usual, direction="unclear", interval=(-0.3, 0.45)),
        "too few": replace(usual, direction="unknown", runs=3, interval=None, values=(1e-3,) * 3),
        "slope up": replace(usual, direction="degrading", shape="slope", change=0.3, velocity_s=3e-5),
        "slope down": replace(usual, direction="improving", shape="slope", change=-0.3, velocity_s=-3e-5),
        "step up": replace(usual, direction="degrading", shape="step", change=0.3, changes=(step,)),
        "step up, documentation only": replace(
            usual, direction="degrading", shape="step", change=0.3, changes=(replace(step, touches_code=False),)
        ),
        "an old step, stable since": replace(usual, changes=(replace(step, runs=20, commits=5),)),
    }


def trend_in_words(trend: Trend) -> str:
    issue = issue_of_trend(trend)
    lines = [trend_verdict(trend), f"status: {trend_status(trend)}", *(f"level: {line}" for line in level_lines(trend))]
    return "\n".join(
        [*lines, f"issue: {issue.title if issue else 'none'}", *(issue.body.splitlines()[:1] if issue else ())]
    )


def test_what_is_said_elsewhere_reads_as_reviewed() -> None:
    texts = {
        **comparisons(),
        **{f"bisect: {name}": render_search(case, PLAIN) for name, case in searched().items()},
        **statuses(),
        **gates(),
        **{f"trend: {name}": trend_in_words(case) for name, case in trends().items()},
    }
    assert_golden("texts_elsewhere.txt", "\n".join(f"### {name}\n{text.strip()}\n" for name, text in texts.items()))


def test_a_comparison_with_something_open_says_what_would_settle_it_and_no_size_for_certain() -> None:
    for name, text in comparisons().items():
        is_open = "undecided" in name
        assert ("undecided:" in text) is is_open, name
        assert ("so far" in text) is is_open, name
        assert ("would probably settle" in text) is is_open, name
        assert ("0 slower" in text) is not (is_open or "slower" in name or "none" in name or "all untouched" in name), (
            name
        )


def test_nobody_is_named_without_proof_and_a_search_that_ended_is_no_result() -> None:
    for name, case in searched().items():
        text = render_search(case, PLAIN)
        assert ("(proved:" in text) is bool(case.culprits), name
        if case.out_of_time:
            assert re.search("time ended before|can't tell", text), name
            assert "no commit could be proved" not in text, name
            assert "it lies among" not in text, name
        if case.interrupted:
            assert "stopped before it was known" in text, name
            assert "did not get slower" not in text, name


def test_the_gate_suspects_and_clears_nobody() -> None:
    for name, text in gates().items():
        assert "regression" not in text, name
        assert ("bench-agent run" in text) is (name == "gate: flagged"), name


def test_a_running_run_is_to_be_waited_for() -> None:
    for name, text in statuses().items():
        assert ("bench-agent wait" in text) is ("running" in name), name
        assert not ("running" in name and "start with" in text), name


def test_what_only_stored_runs_show_is_an_issue_of_a_suspicion() -> None:
    for name, case in trends().items():
        issue = issue_of_trend(case)
        assert issue is None or issue.title.startswith("Suspected"), name
        assert (issue is not None) is (case.direction == "degrading" or name.startswith("an old step")), name
