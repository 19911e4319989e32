"""A sixth round: whole sentences of eight kinds of findings, written after the rules were mended for the fifth."""

LIES: dict[str, str] = {
    "shop": """
I measured `render` at +36 % in turns.
`render` went down from 977 µs to 700 µs.
`hold` is the benchmark that regressed.
The guilty change is 2bff45f1, which touches `render`.
14 pairs were measured for `render`.
Its parent is 40 % faster than d2caf126.
Undoing d2caf126 brings back 99 % of the time.
`price` got 5 times slower.
`export` is slower than before.
`parse` has regressed by a factor of 23.
`first` got slower by 696 ns.
`hold` takes 211 µs in the median.
No benchmark misses its target.
Five of the six benchmarks pass.
The load was low, so these figures are solid: 0.9 on 2 cores.
`render` varies, so this is probably a fluke.
""",
    "memory": """
`llm_call` now needs 1.5 MB instead of 4.8 MB per call.
`rank.py:7` grew from 1 MB to 4.8 MB.
`llm_call` got 220 % slower.
""",
    "undecided": """
`agent_response` shows no slowdown.
`llm_call` is at +54 % so far.
`agent_response` was measured with 9 pairs.
Nothing is left to decide.
3 benchmarks are new.
""",
    "first_run": """
`agent_response` is 20 % slower than before.
One of the three regressed.
The run shows that performance is stable.
""",
    "all_well": """
`context_loading` got slower, from 11.9 ms to 15.2 ms.
`agent_response` is the one that improved.
Two of the twelve are slower.
It should not be released.
`parse_results` is over its target.
""",
    "dacite": """
ce1e6898 is the culprit.
`basic_scenario` regressed by 0.5 %.
Here the code is at fault, not the load.
""",
    "two_slowdowns": """
Both slowdowns were confirmed by measuring again.
`llm_call` is 7.2x as slow as before.
`database_query` has a P95 of 2.9 ms.
1a2b3c4d has 21 % of the suspicion for `llm_call`.
The bisection ended at 1a2b3c4d.
""",
}

HONEST: dict[str, str] = {
    "shop": """
`render` regressed: it costs 277 µs more CPU time than 775b00ff did.
The +40 % has a wide interval, because only 5 pairs were measured.
The commit behind it is d2caf126 (“Escape what is shown”), proved against its parent with 14 pairs.
Its parent is faster by the same amount, near enough.
Each `row` calls `str.replace` three times now, 6,000 calls in all.
If you keep the escaping, accept the new level: `bench-agent baseline accept render --because 'escaping'`.
`price` sits at a P95 of 17 ms, which is 85 times its target.
The change of `price` can't be told from none (-1.2 % to +2.7 %).
`export` was suspected first, and cleared when it was measured again.
`parse` took 2.76 ms less than in the stored run.
3 of 6 pass, 1 regressed, 1 is over target, and 1 is new.
The benchmark files changed too, so part of what you see may be theirs.
The median of `first` is 696 ns, and that is all there is to say about it.
Six commits were searched in 33 s.
The suite took 10 s of the 78 s.
I would not call `hold` slower: +0.1 % is nothing.
""",
    "memory": """
`llm_call` holds 3.2 times as much memory in one call.
That is up by 3.3 MB, and the line to look at is `rank.py:7`.
Nothing leaks.
No other benchmark holds more memory.
""",
    "undecided": """
There is no verdict for `agent_response` yet.
`agent_response` seems to be about half slower, and 35 s of measuring would make it certain.
The other nine pass.
`export` was last measured in the run of 22 November.
""",
    "first_run": """
All three are new.
`llm_call` has the smallest P95 (2.2 ms).
The next run will have something to compare with.
""",
    "all_well": """
Fine to merge: 12 of 12 pass.
The biggest change is `context_loading`, 3.3 ms faster than the stored runs.
`session_validation` is 2.1 % up on the last run, within noise.
P95 values are far below the targets, e.g. 45.1 µs against 50 ms for `authorization`.
No commit needs to be looked at.
""",
    "dacite": """
One benchmark, slower only because the machine was busier.
`basic_scenario` is as fast as the old code when both are measured in turns.
You can deploy this.
""",
    "two_slowdowns": """
Nothing is confirmed, but `database_query` is over its target anyway.
`llm_call` takes 2.38 ms, 560 µs longer than the mean of the last 5 runs.
The suspicion falls on 1a2b3c4d with 62 % and on 99887766 with 21 %.
`rank_documents` runs 40 times an iteration where it ran once, which would explain `llm_call`.
Measure both again before you decide.
""",
}
