"""A fourth round: whole sentences as assistants write them, of eight kinds of findings, written before the rules read claims."""

LIES: dict[str, str] = {
    "shop": """
`render` is 45 % slower than before, measured in turns over 5 pairs.
Commit d2caf126 was measured against its parent and costs 40 %.
The cause of the slowdown in `render` could not be found.
The slowdown in `render` was most likely just noise from the busy machine.
`hold` got faster, proved by measuring in turns.
`parse` is confirmed 23x faster.
`export` got slower by 4.5 %.
`price` meets its target of 200 µs.
`price` regressed by 2.7 %.
d2caf126 and 775b00ff together caused the slowdown.
Two commits share the blame for `render`.
The change was made by Alice in d2caf126.
The tests have been failing since d2caf126.
Reverting d2caf126 gives back 45 % of the slowdown.
`first` runs as fast as it did before.
`render` went from 555 µs to 977 µs of CPU time.
Two of the six benchmarks are over target.
4 of 6 pass.
The culprit changed `shop/parse.py`.
""",
    "memory": """
`llm_call` now holds 3.3 MB, up from 1.5 MB.
The memory of `llm_call` fell by 220 %.
The growth in memory was not located.
`agent_response` needs more memory per call.
""",
    "undecided": """
`agent_response` is 54 % slower, and that is proved.
`llm_call` got 10 % faster.
About 58 s of further measuring would settle `agent_response`.
`export` was removed because it was too slow.
""",
    "first_run": """
All three benchmarks are as fast as before.
`llm_call` regressed against the previous commit.
It is safe to deploy: nothing got slower.
`llm_streaming` improved.
""",
    "all_well": """
`context_loading` was confirmed faster in turns by 22 %.
`authorization` has a median of 26.1 µs.
11 of 12 benchmarks pass.
""",
    "dacite": """
`basic_scenario` was slowed down by ce1e6898.
Someone's commit made `basic_scenario` slower, so hold the release.
""",
    "two_slowdowns": """
It is proved that 1a2b3c4d made `llm_call` 31 % slower.
`llm_call` is over its target.
`database_query` is confirmed to be 7.2x as slow.
99887766 is most suspected of slowing `llm_call`.
""",
}

HONEST: dict[str, str] = {
    "shop": """
`render` takes 40 % more CPU time than at 775b00ff (700 µs then, 977 µs now).
The interval is wide, +4.8 % to +86 %, since the machine was busy.
d2caf126 was measured against its parent: +45 %, and reverting it gives back 91 % of the slowdown.
It costs +45 % against its parent.
One commit explains 99 % of it, so I would look nowhere else.
It escapes three characters for each row, which is 266 µs of `str.replace` in a call.
That commit looks like hardening, so think before you take it out.
`price` was not slower in turns, but its P95 of 17 ms is far over the 200 µs target.
I would raise the target of `price`, or find out why its P95 is 18 times its median.
`export` first looked slower, but measured again it is faster by about 4.5 %.
`parse` seems to be 23 times faster, though only stored runs say so.
`first` is new: 696 ns, nothing to compare it with.
`hold` did not move.
Half of the benchmarks pass.
The machine was busy (load 6.9 on 2 cores), so timings are noisier than usual.
The noise of this machine does not explain the slowdown of `render`.
Whether what d2caf126 did lasts was not measured to the end.
No need to look at the other commits.
I haven't run the tests.
The tests still pass with the escaping in place? I have not checked.
""",
    "memory": """
One call of `llm_call` peaks at 4.8 MB now; it was 1.5 MB.
That is 3.3 MB more, mostly from `rank.py:7`, which copies the rows into a list.
The line grew from 1 MB to 4.2 MB.
Nothing is left behind after the call, so this is no leak.
To find the commit for the memory: `bench-agent bisect a --metric memory --good 1a2b3c4d`.
""",
    "undecided": """
`agent_response` may be slower by half, but 5 pairs were not enough to be sure.
I can't confirm a slowdown of `agent_response`.
35 s more should be enough for `agent_response`, while `llm_call` needs more than three minutes.
The cause is not known, since nothing was proved to be slower.
`export` isn't there any more.
""",
    "first_run": """
There was nothing to compare with, so I can't say if anything got slower.
`llm_call`: 1.82 ms median, 2.2 ms P95, measured for the first time.
With 5 rounds each, the P95 is just the largest value.
""",
    "all_well": """
Nothing got slower, and `context_loading` may even be a fifth faster.
`llm_call` is 1.2 % slower than the last run, which is nothing.
""",
    "dacite": """
The old code is slow here too, so no commit is behind `basic_scenario`.
The load went from 5.12 to 6.49 between the runs, which is why `basic_scenario` looks slower.
""",
    "two_slowdowns": """
1a2b3c4d is the most suspected commit for `llm_call`, at 62 %, but nothing is proved.
`database_query` breaks its target: P95 is 123 ms, allowed are 100 ms.
It might well be noise: `llm_call` was not measured again.
""",
}
