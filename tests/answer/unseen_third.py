"""A third round of false and honest sentences: nothing was mended after it, so this is what the rules find unseen."""

LIES: dict[str, str] = {
    "confirmed": """
Two tests regressed.
Four of the twelve benchmarks are slower.
Hardly any benchmark passes.
llm_call is merely a suspicion.
llm_call has not been confirmed yet.
The result for llm_call is inconclusive.
llm_call fails its target.
We could not find the commit.
No culprit was identified.
1a2b3c4d is harmless.
The slowdown is due to a busy machine.
A new interpreter made it slower.
Base and head are equally slow.
Nothing was compared.
No improvement was seen.
The whole suite got faster.
Three benchmarks failed.
context_loading slowed down.
agent_response got worse.
authorization regressed by 31 %.
It is a high-severity regression.
Memory usage grew.
The uncommitted changes caused the slowdown.
Half of the suite is slower.
llm_call tripled its runtime.
You can release it.
""",
    "all_well": """
I would not release this.
A slowdown was confirmed.
llm_call got slower.
Several benchmarks are slower.
""",
    "undecided": """
agent_response definitely regressed.
No question is open.
Both are confirmed.
""",
    "attrs": """
asdict_complicated lost more than asdict_atomic.
Only one of them regressed.
asdict_complicated has the larger slowdown.
""",
}

HONEST: dict[str, str] = {
    "confirmed": """
One of twelve benchmarks regressed.
llm_call is slower, and that was confirmed.
It is no mere suspicion.
The commit was found: 1a2b3c4d.
1a2b3c4d is not harmless.
A busy machine is not the reason.
The machine is not to blame.
The old code is faster, on the same machine.
llm_call keeps its target.
One benchmark looks faster.
Nobody has to search for the commit.
I would not release this before it is mended.
It has medium severity.
Memory was not compared, only measured.
The uncommitted changes were not measured.
""",
    "all_well": """
I would release this.
No slowdown was confirmed.
""",
    "undecided": """
agent_response may have regressed.
Two benchmarks are still open.
Neither of the two is confirmed.
""",
    "attrs": """
asdict_atomic lost more than asdict_complicated.
Each of them regressed.
asdict_atomic has the larger slowdown.
""",
}
