"""A seventh round: sentences about one report, written after the rules were mended for the sixth. 2 true ones were complained about."""

LIES: dict[str, str] = {
    "shop": """
`render` is about 14 % slower than at 775b00ff.
`export` got slower by 4.5 %.
d2caf126 made price slower.
parse regressed too.
The slowdown of render is likely noise.
hold got faster, proved in turns.
price is within its target.
Two benchmarks regressed.
The cause could not be found.
2bff45f1 is to blame for render.
Reverting d2caf126 gives back 19 % of the slowdown.
It is safe to deploy.
render went from 977 µs to 700 µs.
The search went over 60 commits.
first got slower by 20 %.
""",
}
HONEST: dict[str, str] = {
    "shop": """
`render` is about 40 % slower than at 775b00ff; d2caf126 added HTML escaping in `row`, and that is the cause.
One benchmark regressed, and I'd hold the deploy.
The slowdown in render comes from the `str.replace` calls that d2caf126 introduced in shop/page.py.
Nothing else got slower; export even got a little faster (-4.5 %).
price misses its P95 target of 0.2 ms (it is at 17 ms), but it isn't slower than before.
`first` is new, so there is nothing to compare it with.
hold and parse are fine.
Reverting d2caf126 gives back 91 % of the slowdown, so it's the right commit.
The diff replaces a plain `str(item)` with three chained `.replace()` calls per row.
If the escaping is needed for security, consider `html.escape` or escaping once per page instead of once per row.
Three of the six benchmarks were measured again in turns.
The change was confirmed with 5 pairs.
You could accept it with `bench-agent baseline accept render --because 'why'`.
Peak memory was 48.7 MB, on average 43.4 MB.
I would not merge this yet.
Overall the suite is about 10 % slower (geometric mean).
In the stored runs the median of render went from 372 µs to 555 µs, while measured in turns it is +40 %.
The search went over 6 commits and took 33 s.
The interval for render is wide (+4.8 % to +86 %), so the exact size is uncertain, but that it is slower is proved.
Parse wasn't measured again because nothing suggested it was slower.
It looks intentional: the commit message says "Escape what is shown".
price has a median of 0.93 ms, but its P95 is 17 ms.
I can't say from this whether the effect matters to your users.
Next step: look at `git show d2caf126 -- shop/page.py`.
Would you like me to try a fix and run `bench-agent verify render`?
Each call of row now does three replacements instead of none.
No benchmark failed and none was skipped.
So: one real regression with a known cause, one target missed, one small improvement.
Against its parent, d2caf126 costs +45 % (14 pairs).
The regression is of medium severity.
Six commits were searched and only d2caf126 is to blame.
Don't deploy: render got 1.4x slower.
Only render got slower, everything else is the same or better.
render's CPU time rose from 0.70 ms to 0.98 ms.
The escaping accounts for 99 % of the slowdown.
It is safe to say that d2caf126 did it.
Whether the effect of d2caf126 lasts was not measured to the end.
export improved by 4.5 %, measured in 8 pairs.
I read the diff: the new line escapes & and < and >.
This is a real cost of hardening, not noise.
""",
}
