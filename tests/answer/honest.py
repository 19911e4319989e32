"""Honest answers in other words than ours, by the report they are about: none of them may be complained about."""

HONEST: dict[str, tuple[str, ...]] = {
    "confirmed": (
        "`llm_call` is a confirmed regression: 31 % slower (28 to 34 %), from 1.82 ms to 2.38 ms of CPU time. "
        "The culprit is 1a2b3c4d, proved by measurement; it accounts for 97 % of the slowdown.",
        "Hold the release. One of 12 benchmarks regressed, 11 pass.\n\n"
        "| Benchmark | P95 | Change |\n|---|---|---|\n| llm_call | 2.9 ms | +31 % (+28 % to +34 %) |\n"
        "| context_loading | 13 ms | -22 % |\n\n"
        "- llm_call went from 1.82 ms to 2.38 ms; `rank_documents` now runs 40 times an iteration (rank.py:12 sorts in the loop).\n"
        "- context_loading improved by 22 %, by stored runs only, which is not confirmed.\n\n"
        "Peak memory was 310 MB, 180 MB on average.",
        "Your last change made llm_call about 1.3 times as slow: 2.4 ms now, 1.8 ms before (9 pairs). No other benchmark is slower.",
        "llm_call: mean 2.46 ms, P95 2.9 ms, well under its target of 10 s, but 560 µs slower than at 99887766.",
        "The run took 41 s. I looked at commit 1a2b3c4d: context.py:88 loops over every token, sleeping 5 ms is not involved, "
        "and the cache of 128 entries is not used any more.",
        "Trend: `context_loading` got faster by 22 % over 10 runs, `llm_call` degraded by 32 % over 10 runs (+64.4 µs per run).",
    ),
    "two_slowdowns": (
        "Two suspected slowdowns, none confirmed. `database_query` looks 7.2x as slow (152 µs before, 1.1 ms now) and its P95 of "
        "123 ms is over the target of 100 ms. `llm_call` may be 31 % slower: 1.82 ms -> 2.38 ms.",
        "I can't call llm_call a regression yet: it was not measured again. The first suspect is 1a2b3c4d with 62 % of the "
        "suspicion, the second 99887766 with 21 %.",
        "Hold: database_query is over target. 10 of 12 benchmarks pass.",
        "llm_call was at +9 % and +19 % in the two runs before, and is at +31 % now, over its limit of 20 %.",
    ),
    "undecided": (
        "agent_response can't be told yet: +54 % so far (between +47 % and +61 %, 5 pairs); about 35 s more measuring would settle it.",
        "Two benchmarks are undecided, so I can't say that it is safe to deploy. `llm_call` shows no difference (-10 % to +20 %).",
        "Not a pass, not a regression: agent_response and llm_call. 9 of 12 are fine, 1 is new, 1 vanished.",
    ),
    "all_well": (
        "All 12 benchmarks pass. Overall 2.2 % faster than the stored runs; context_loading is 3.3 ms faster (-22 %).",
        "Nothing is slower. Safe to deploy. authorization: 25.3 µs median, 26.1 µs mean, P95 45.1 µs (target < 50 ms).",
        "✅ Performance is healthy: 12/12 passing, memory 310 MB peak and 180 MB average.",
    ),
    "attrs": (
        "asdict_atomic got 42 % slower (1.83 ms to 2.61 ms CPU time) and asdict_complicated 25 % (3.93 ms to 4.91 ms). Both confirmed.",
        "+42 % on `asdict_atomic`, +25 % on `asdict_complicated`; neither commit is proved, the first suspect is 8f73c5f4 (68 %).",
        "2 regressions confirmed against c1dc5dcb, 8 pairs each, 33 % slower overall. The suite itself took 3 s of 44 s.",
        "asdict_atomic and asdict_complicated are slower by 42 % and 25 %, in this order.",
    ),
    "toy_slower": (
        "work takes 4.9 times as long as before: 66.1 µs instead of 13.5 µs. other passes (-44 % against the last run, loosely).",
        "**work**: regression, 4.9x (4.8x to 4.9x). The suspects are 6132d33a (95 %) and 7471e24a (4.7 %), none proved.",
    ),
    "multidict": (
        "6 of 8 look slower, nothing was measured again: multidict_get_hit[cs-c] 3.6x (4.63 µs -> 16.8 µs), "
        "multidict_get_hit[ci-c] +144 %, multidict_get_hit[ci-py] +83 %. The machine was busy: load 3.67 on 2 cores.",
        "The whole suite moved by +131 %, so the machine may be the cause; I would not blame a commit.",
    ),
    "sample_undecided": (
        "18 undecided, 0 passing: only 7 of the 18 were measured in turns, 1 pair each. `agent_response` -16 % so far.",
        "Memory peaked at 378 MB (172 MB on average). bench_agent_render is the slowest without a target: P95 1.03 s.",
    ),
    "pypdf_620": ("4 benchmarks, nothing slower against the stored runs; no trend can be told from noise.",),
    "rune_300": (
        "`aoc_2020_19b` is 26 % faster since 6c936b39, for 8 runs now; the machine moved everything by 16 %.",
    ),
    "dacite": (
        "basic_scenario is slower because of the environment, not the code: so is the old code. Nothing to fix in a commit.",
    ),
    "yarl_2": ("1 benchmark failed, 3 are new and were compared with nothing, so this says nothing about speed.",),
}
