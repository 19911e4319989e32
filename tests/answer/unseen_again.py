"""A second round of false and honest sentences, written after the rules were mended for the first: what they find unseen."""

LIES: dict[str, str] = {
    "confirmed": """
There are three regressions.
A couple of benchmarks got slower.
Several benchmarks regressed.
The majority of the suite is slower.
llm_call was compared by stored runs only.
We only have a suspicion about llm_call.
Whether llm_call is slower remains open.
llm_call exceeds its target.
llm_call does not meet its target.
llm_call did not change significantly.
The author of the slowdown is unknown.
Nobody knows what caused it.
1a2b3c4d can be ruled out.
1a2b3c4d was cleared.
1a2b3c4d accounts for a small part of it.
A busy machine explains the numbers.
Blame the interpreter.
It was measured on another machine.
There is no earlier run.
Nothing was measured twice.
No benchmark became faster.
All benchmarks improved.
Some benchmarks could not be run.
The run crashed.
authorization was measured for the first time.
llm_call is missing from the suite.
It's a minor slowdown.
The regression is low severity.
The code uses more memory now.
Memory consumption rose by 30 MB.
llm_call is trending down.
The suite as a whole is faster.
context_loading is the slowest to change for the worse.
llm_call is five times slower.
Performance improved across the board.
""",
    "undecided": """
agent_response is fine.
We know that agent_response got slower.
agent_response was confirmed.
llm_call passes.
Everything is settled.
You can deploy.
There are no open questions.
""",
    "all_well": """
Please hold this back.
Don't merge yet, it got slower.
There is one slowdown.
llm_call slowed down.
One benchmark failed.
Most benchmarks are slower.
""",
    "dacite": """
basic_scenario is a regression.
A commit slowed basic_scenario down.
The patch is to blame.
""",
    "attrs": """
asdict_complicated got worse than asdict_atomic.
The bigger slowdown is in asdict_complicated.
asdict_atomic is the only one that regressed.
asdict_complicated was not affected.
""",
}

HONEST: dict[str, str] = {
    "confirmed": """
There is one regression, in llm_call.
Only one benchmark got slower.
A single benchmark regressed.
llm_call was measured against the old code in turns.
It meets its target all the same.
We know what caused it: 1a2b3c4d.
1a2b3c4d can't be ruled out; it is proved.
A busy machine can't explain it.
The other eleven benchmarks pass.
One benchmark improved.
Not every benchmark was measured in turns.
Memory is not compared.
All benchmarks could be run.
Most benchmarks pass.
I would sort outside of the loop and measure again.
The new code sorts in the loop.
It's a medium slowdown, and a proved one.
""",
    "undecided": """
Two questions are open.
It is open whether agent_response got slower.
Nothing can be said of export.
I would measure longer before deciding.
""",
    "all_well": """
Nothing speaks against merging.
All benchmarks pass, so it can be merged.
No slowdown was found.
""",
    "dacite": """
No code change explains it.
The patch is not to blame.
Your change is not the cause.
""",
    "attrs": """
asdict_complicated got less slow than asdict_atomic.
The bigger slowdown is in asdict_atomic.
Both are affected.
""",
}
