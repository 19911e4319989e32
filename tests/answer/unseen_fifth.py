"""A fifth round: whole sentences of eight kinds of findings, written after the rules were mended for the fourth."""

LIES: dict[str, str] = {
    "shop": """
The 40 % slowdown is in `export`.
`render` now needs 700 µs of CPU time instead of 977 µs.
`render` was slowed down by 775b00ff.
Bela's change in d2caf126 made `hold` slower.
Two benchmarks regressed: `render` and `price`.
`price` is fine: its P95 of 17 ms is inside the target.
The P95 of `price` is 8.72 ms.
Over the three benchmarks that were measured in turns the suite is 36 % slower.
`export` regressed, by 4.5 %.
Because the load was 9.6, the figures are noisy.
d2caf126 accounts for 91 % of the slowdown.
You need not worry about `render`, it is within the limit of 50 %.
All six benchmarks were measured in turns.
The search for the culprit ended without a result.
After 14 pairs `render` was found to be slower by 4.8 %.
`parse` is the regression here, at 23x.
Nobody should deploy? No, it is fine to deploy.
The culprit is the commit of Zoe Miller.
""",
    "memory": """
`llm_call` leaks memory: each call leaves 3.3 MB behind.
`llm_call` halved its memory, from 4.8 MB to 1.5 MB.
Memory per call went up by 31 %.
""",
    "undecided": """
Both undecided benchmarks turned out to be slower.
`llm_call` needs 35 s more to be settled.
`agent_response` lies between -10 % and +20 %.
1 of the 12 benchmarks was removed and 2 are new.
The release is safe, as 9 of 12 pass.
""",
    "first_run": """
Against the last run nothing changed.
`llm_streaming` has a P95 of 2.9 ms.
`agent_response` is over its target.
""",
    "all_well": """
`context_loading` lost a fifth of its speed.
One benchmark, `llm_streaming`, got slower.
Over all the suite is 2.2 % slower.
`agent_response` takes 2.9 ms at the median.
""",
    "dacite": """
`basic_scenario` is slower than before because of what ce1e6898 changed.
`basic_scenario` got faster.
The environment is the same as before.
""",
    "two_slowdowns": """
The culprit of both is 1a2b3c4d.
`database_query` was measured in turns and is 7.2x slower.
`llm_call` took 1.1 ms and now takes 2.38 ms.
The first suspect of `database_query` is 1a2b3c4d.
""",
}

HONEST: dict[str, str] = {
    "shop": """
The only confirmed regression is `render`: about 40 % more CPU time per call.
Bela's commit d2caf126 escapes the item three times per row; that is the proved cause.
Taking d2caf126 out gave back 91 % of the time, so I am confident.
The extra time is spent in `str.replace`: about 266 µs per call.
`row` itself went from 579 µs to 203 µs, because the time moved into the built-in.
`html.escape` would do the same in one call, but I have not measured whether it is faster.
One benchmark misses its target: `price`, with a P95 of 17 ms where 0.2 ms are allowed.
`price` itself did not get slower, its target is just tight.
The target of `price` was never met, as far as the two stored runs tell.
`export` is a little faster (4.5 %), and `parse` looks much faster, though that was not measured in turns.
I'd hold the release for `render` and leave `price` for later.
There are 3 benchmarks that pass, one of them faster.
With only two runs stored no trend can be seen.
The three benchmarks measured in turns are 10 % slower on average.
All benchmarks together moved by 36 % against the stored runs, which comes from the machine in part.
Run `bench-agent verify render` when you have changed it.
""",
    "memory": """
The memory of one call of `llm_call` more than tripled: 1.5 MB before, 4.8 MB now.
`rank.py:7` is the line that grew.
The memory growth has no proved commit yet.
`llm_call` is both slower and hungrier for memory.
I found no leak.
""",
    "undecided": """
Two benchmarks could not be decided: `agent_response` and `llm_call`.
`agent_response` lies between +47 % and +61 %, so it is probably slower.
`llm_call` may be anywhere from 10 % faster to 20 % slower.
Give it another 35 s for `agent_response`, or 3 min 20 s for `llm_call`.
""",
    "first_run": """
This is the first measurement, so it is only a baseline.
The slowest is `llm_streaming` with a median of 4.4 ms.
I can't call this safe or unsafe: nothing was compared.
""",
    "all_well": """
All 12 pass, and over all the suite is about 2 % faster than the stored runs.
`context_loading` went from 15.2 ms to 11.9 ms, by stored runs.
`authorization_cached` uses only a fraction of its 50 ms target.
Ship it.
""",
    "dacite": """
Nothing in the code explains it, the machine had more load (6.49 instead of 5.12).
`basic_scenario` shows no change in turns: -1.7 % to +0.5 %.
So I'd not search for a commit.
""",
    "two_slowdowns": """
`database_query` went from 152 µs to 1.1 ms, and its mean of 9.8 ms shows outliers.
The dependency bump in 99887766 is the first suspect for it, at 21 %.
Before anybody is blamed, run `bench-agent run -k test_llm_call` to measure it again.
`llm_call` crept up: +9 %, +19 %, now +31 %.
Neither slowdown is confirmed.
""",
}
