"""False sentences and honest ones, by the report they are about, written before anybody looked at what the rules know of them."""

LIES: dict[str, str] = {
    "confirmed": """
llm_call more than doubled its time.
llm_call is an order of magnitude slower.
llm_call takes half the time it took.
Three benchmarks regressed.
Two of the benchmarks are slower.
Half of the benchmarks regressed.
Most of the benchmarks got slower.
Only a handful of benchmarks pass.
llm_call was measured with 30 pairs.
llm_call was not measured again.
The slowdown of llm_call is unconfirmed.
llm_call is only suspected.
We can't tell yet whether llm_call is slower.
llm_call is undecided.
llm_call is over its target.
llm_call misses its target of 2 ms.
agent_response regressed too.
agent_response is the worst regression.
context_loading regressed by 22 %.
context_loading got slower.
context_loading is a confirmed improvement.
llm_streaming is 12 % slower.
No commit could be proved.
The culprit is not known.
We do not know which commit did it.
1a2b3c4d is only a suspect.
1a2b3c4d is innocent.
1a2b3c4d has nothing to do with it.
1a2b3c4d explains only a third of the slowdown.
1a2b3c4d made agent_response slower.
The uncommitted changes did it.
The machine is to blame, not the code.
The slowdown comes from the environment.
It is caused by the new Python version.
The old code is just as slow now.
There is nothing to compare with.
This was the first run.
No benchmark was measured in turns.
Nothing improved.
Every benchmark got faster.
The suite failed.
Two benchmarks failed.
One benchmark was skipped.
authorization is new.
llm_call vanished.
The limit is 50 %.
The limit of llm_call is 40 %.
It is a critical regression.
The severity is critical.
Memory use doubled.
Memory peaked at 512 MB.
There is a memory leak.
The trend of llm_call is improving.
llm_call improved over the last runs.
Overall health is good.
The suite got 19 % faster overall.
On average everything is 40 % slower.
llm_call got faster than before.
""",
    "undecided": """
agent_response passed.
agent_response regressed.
agent_response is a regression.
agent_response is confirmed slower.
llm_call is faster.
Both agent_response and llm_call are confirmed slower.
All benchmarks were decided.
No more measuring is needed.
Nothing is open.
The run is conclusive.
It is safe to deploy.
export got slower.
export passes.
llm_streaming got slower.
llm_streaming regressed.
All 12 benchmarks pass.
""",
    "all_well": """
Hold the release.
Do not deploy this.
It is not safe to deploy.
I can't tell whether it is safe.
llm_call regressed.
llm_call is slower.
Two benchmarks are suspected.
One benchmark regressed.
agent_response is over its target.
There is a regression.
Something got slower.
context_loading got slower by 22 %.
""",
    "dacite": """
basic_scenario regressed.
Your commit made basic_scenario slower.
basic_scenario is slower because of the code.
The code got slower.
The last commit is to blame for basic_scenario.
""",
    "yarl_2": """
All benchmarks ran.
Nothing failed.
No benchmark failed.
quoter_pct passes.
quote_query_string got slower.
quoter_ascii is as fast as before.
""",
    "attrs": """
asdict_complicated is the worse of the two.
asdict_complicated slowed down more than asdict_atomic.
asdict_atomic slowed down less than asdict_complicated.
asdict_complicated is hit hardest.
Only asdict_atomic regressed.
asdict_complicated is within its limit.
Just one benchmark regressed.
Neither was measured again.
""",
}

HONEST: dict[str, str] = {
    "confirmed": """
llm_call is the only regression.
Only llm_call regressed.
llm_call got slower by almost a third.
About a third slower, and proved.
The slowdown is real: 9 pairs agree.
Its culprit is known: 1a2b3c4d.
1a2b3c4d explains nearly all of the slowdown.
The other benchmarks are fine.
Eleven of twelve pass.
context_loading improved, although that was not measured in turns.
context_loading may be faster; it was only compared with stored runs.
It is still well under its target.
llm_call is within its target, but beyond its limit.
The environment did not change.
This is not the machine: the old code was measured beside the new.
I can tell which commit did it.
There is no doubt which commit it was.
This was not the first run.
If memory matters to you: it peaked at 310 MB.
The fix is to sort once, outside of the loop.
Sorting once instead of 40 times should give the time back.
I would move the sort out of the loop; that removes 39 of 40 calls.
Do you want me to fix it?
The regression is of medium severity.
Nothing else got slower.
No benchmark failed.
No benchmark is new.
All twelve benchmarks ran.
I recommend not to merge before 1a2b3c4d is mended.
You could also accept it, if the ranking is worth it.
""",
    "undecided": """
agent_response can't be decided yet.
agent_response has neither passed nor regressed.
It is too early to call agent_response a regression.
agent_response looks slower, but that is not certain.
llm_call is undecided too.
More measuring would settle agent_response.
I can't tell whether it is safe to deploy.
export is gone.
export was not measured this time.
llm_streaming is new, so there is nothing to compare it with.
No regression was confirmed.
Nothing is confirmed so far.
""",
    "all_well": """
It is safe to deploy.
Nothing regressed.
No benchmark is slower.
No need to hold the release.
There is no regression.
All targets are met.
I see nothing to fix.
context_loading is the one that improved.
""",
    "dacite": """
basic_scenario is slower, but so is the old code.
No commit is to blame for it.
It isn't your commit.
The environment is slower, not the code.
""",
    "yarl_2": """
quoter_pct failed.
One of the four benchmarks failed.
The other three are new.
Nothing could be compared.
""",
    "attrs": """
asdict_atomic is the worse of the two.
asdict_atomic slowed down more than asdict_complicated.
Both regressed.
Both are beyond their limit.
Neither commit is proved.
asdict_complicated is hit less hard.
""",
}


def sentences(told: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, line) for name, text in told.items() for line in text.strip().splitlines()]
