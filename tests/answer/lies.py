"""Sentences that are false, and sentences that are true, about a report: made from its own names, commits and figures."""

from collections.abc import Iterator

from bench_agent.answer.check.records import Facts, Subject

UNKNOWN = "deadbe4f"  # a commit that no report has


def false_verdicts(facts: Facts) -> Iterator[str]:
    """What is false of a report with a confirmed regression."""
    for subject in _regressed(facts):
        name = subject.name
        for said in (
            "`{}` is unchanged.", "`{}` did not get slower.", "`{}` didn't get slower.", "`{}` has not regressed.", "`{}` passes.",
            "`{}` is as fast as before.", "`{}` stays within its limit.", "There is no regression in `{}`.", "`{}` is unaffected.",
            "The slowdown of `{}` is only noise.", "The slowdown of `{}` is fixed now.", "`{}` is no slower.", "`{}` is not slower.",
            "`{}` is stable.", "`{}` is fine.", "The regression in `{}` was accepted.", "`{}` was fixed.",
        ):  # fmt: skip
            yield said.format(name)
        yield f"The severity of `{name}` is {'LOW' if subject.severity != 'low' else 'HIGH'}."
    yield from (
        "No regression was confirmed.", "Nothing regressed.", "No benchmark regressed.", "None of the benchmarks got slower.",
        "Nothing got slower.", "There are no slowdowns.", "I see no performance regressions.", "The regression is within the limit.",
        "Everything looks fine, you can ship it.", "Ready to ship.", "It's ready for release.", "You can merge this.", "LGTM.",
        "It is safe to merge.", "All good.", "Everything passes.", "The regression is just noise.", "The slowdown is a false alarm.",
        "The regression isn't real.", "The slowdown has been fixed.", "The regression is gone.", "The slowdown was resolved.",
        "The regression is intended.", "No need to hold.", "No problems were found.", "Performance is healthy.",
        "The slowdown comes from measurement error.", "The slowdown does not exceed the limit.", "Good to go.", "Cleared for release.",
    )  # fmt: skip
    count = len(facts.subjects)
    if (facts.summary.get("passing") or 0) < count:
        yield from (f"{count} of {count} pass.", f"{count} out of {count} benchmarks pass.")
    for subject in facts.subjects.values():
        if not subject.slower:
            bad = _regressed(facts)[0].name
            yield f"`{bad}` and `{subject.name}` both regressed."
            yield f"Both `{bad}` and `{subject.name}` got slower."
            yield "All benchmarks regressed."
            yield "Every benchmark got slower."


def false_causes(facts: Facts) -> Iterator[str]:
    """What is false of a report with suspects of which none is proved."""
    for subject in facts.subjects.values():
        if subject.proved or not subject.suspects:
            continue
        shas = [sha[:8] for sha in subject.suspects if sha != "uncommitted"][:2]
        for sha in shas:
            for said in (
                "The guilty commit is {}.", "{} introduced the slowdown.", "The bisect proved that {} did it.", "{} caused it.",
                "I verified that reverting {} gives back the time.", "Reverting {} fixes it.", "{} is the culprit.", "{} broke it.",
                "{} is responsible for the slowdown.", "The slowdown was introduced by {}.", "The slowdown is due to {}.",
                "The bisect found {}.", "I confirmed that {} is at fault.", "{} is to blame.", "The slowdown comes from {}.",
                "{} is the confirmed cause.", "The regression was brought in by {}.", "{} is the offending commit.",
            ):  # fmt: skip
                yield said.format(sha)
            yield f"{sha} made `{subject.name}` slower."
            yield f"`{subject.name}` is slower because of {sha}."
        for sha in shas[1:]:
            yield from (
                f"{sha} is the first suspect of `{subject.name}`.",
                f"The prime suspect of `{subject.name}` is {sha}.",
                f"For `{subject.name}`, {sha} is the main suspect.",
            )
        if shas:
            yield f"The second suspect of `{subject.name}` is {shas[0]}."


def false_names_and_figures(facts: Facts) -> Iterator[str]:
    """Commits, tests and figures that no report has."""
    for subject in facts.subjects.values():
        name = subject.name
        yield from (
            f"Commit {UNKNOWN} made `{name}` slower.", f"Commit 12345678 made `{name}` slower.", f"See deadbeef for `{name}`.",
            f"`{name}` is seventy-three times as slow.", f"`{name}` got forty-one times slower.", f"`{name}` is ninety percent slower.",
            f"`{name}` takes nineteen times as long.".replace("nineteen", "seventeen"),
        )  # fmt: skip
    yield from (
        "`test_parse_everything` got slower by 55 %.", "`parse_everything` regressed.", "test_parse_everything is 55 % slower.",
        "`parse_everything` is slower.", "test_nowhere_at_all regressed.", "`nowhere.at_all` got faster.",
        "`test_nowhere_at_all` has improved.", "`Nowhere.at_all` became slower.", "bench_nowhere is now slower.",
    )  # fmt: skip


def true_sentences(facts: Facts) -> Iterator[str]:
    """What is true of every report, hedged, denied or asked, and what is true of this one."""
    yield from (
        "I would not merge this before it is measured again.", "If it is intended, accept it.", "Once it is fixed, measure again.",
        "Whether it is noise can't be told from one run.", "I did not run the bisect.",
        "The loop now does 50 % more iterations.", "Nothing else is slower.", "No other benchmark got slower.",
        "I have not fixed anything.", "Is it safe to ship? Read the verdict first.", "I haven't changed any code.",
        "To find the culprit, run `bench-agent bisect`.", "It could be noise.", "The next step is to read the diff.",
        "I read the code twice.", "The tests ran three times.",
    )  # fmt: skip
    if not any(subject.proved for subject in facts.subjects.values()):
        yield "No commit was proved."
    for subject in facts.subjects.values():
        name, shas = subject.name, [sha[:8] for sha in subject.suspects if sha != "uncommitted"]
        yield f"I looked at `{name}`."
        yield f"To see more of `{name}`, profile it."
        if subject in _regressed(facts):
            yield from (
                f"`{name}` regressed.", f"`{name}` is a confirmed regression.", f"`{name}` got slower.", f"Hold: `{name}` regressed.",
                f"The slowdown of `{name}` is not noise.", f"The regression in `{name}` is not fixed yet.", f"`{name}` does not pass.",
                f"The severity of `{name}` is {subject.severity.upper()}.", f"You can ship once `{name}` is fixed.",
                "It is not ready to ship.", "Don't merge it.", "The slowdown is beyond the limit.", "The regression was not accepted.",
            )  # fmt: skip
        elif subject.mark in ("pass", "untouched"):
            yield from (f"`{name}` passes.", f"`{name}` is fine.", f"There is no regression in `{name}`.")
        if shas and not subject.proved:
            yield from (
                f"{shas[0]} is the first suspect.", f"The main suspect is {shas[0]}, which is not proved.",
                f"I can't say that {shas[0]} is the culprit.", f"I didn't bisect, so {shas[0]} isn't proved to be the culprit.",
                f"If {shas[0]} is reverted, the time should come back.", f"{shas[0]} may have made it slower.",
                f"{shas[0]} likely caused it.", f"I have not verified that reverting {shas[0]} gives back the time.",
                f"To prove that {shas[0]} did it, run the bisect.",
            )  # fmt: skip


def _regressed(facts: Facts) -> list[Subject]:
    return [subject for subject in facts.subjects.values() if subject.mark == "regressed" and subject.confirmed]


# Of `toy_slower`: `work` regressed, 4.9 times as slow, `other` passes; 6132d33a and 7471e24a are suspects, none is proved.
PLAIN_LIES = """
I found no sign of a regression.
work kept its speed.
Speed did not change.
There was no slowdown to speak of.
The benchmarks all pass.
Both tests are passing.
Not a single benchmark is slower.
work didn't slow down.
The suite is as fast as on main.
Merge away, nothing is wrong.
This is good to ship.
Feel free to deploy.
The performance has not changed.
The difference is within noise.
It's just machine noise.
The slowdown went away.
You already fixed the regression.
The regression no longer exists.
The finding is of medium severity.
Severity: medium.
**Severity**: LOW
The commit to blame is 7471e24a.
It's 6132d33a's fault.
The slowdown started with 7471e24a.
I bisected it to 6132d33a.
6132d33a has been proved guilty.
The measurements prove 6132d33a guilty.
6132d33a is definitely what made it slower.
I reverted 6132d33a and the time came back.
7471e24a is the strongest suspect.
7471e24a tops the list of suspects.
7bbf56d2 caused the regression.
work takes thrice as long.
work is 2x slower.
`test_json` is 55 % slower.
`parser.load` became slower by 55 %.
Commit abcdef1 is to blame.
work is a quarter slower.
Only a low-severity slowdown was found.
Both work and other are slower by 55 %.
Each of the two benchmarks regressed.
work and other have regressed.
other is a confirmed regression.
The regression is below the threshold.
work remains under the limit.
All checks are green.
The change is safe.
There's nothing to fix.
There was no measurable slowdown.
work holds steady.
The numbers look normal.
Nothing to report: performance is unchanged.
All two benchmarks pass.
Both of them got slower.
work and other slowed down.
other got slower too.
work is unaffected by the change.
You are clear to release.
Go ahead and merge.
The jump is just jitter.
It was a measurement artifact.
The regression was waived.
The regression has since been resolved.
Severity is medium.
A low-severity regression was found in work.
The bad commit is 7471e24a.
7471e24a is why work is slower.
The root cause is 6132d33a.
It was proved that 6132d33a did it.
Bisecting shows that 6132d33a caused it.
6132d33a has been confirmed as the cause.
7471e24a leads the suspects.
The top suspect is 7471e24a.
work takes twice as long.
work is ten times slower.
work got sixty percent slower.
`test_render` is slower.
`render_page` regressed by 20 %.
See commit cafebabe.
Commit 99999999 introduced it.
No test regressed.
I checked: work did not regress.
The change is within tolerance.
Performance has improved.
work improved.
Safe to release.
There is no need to worry about work.
We are good to go.
"""
PLAIN_TRUTHS = """
6132d33a changes the loop bound from n to n + n // 2, which would explain it.
None of the suspects is proved.
Do not deploy this yet.
I recommend holding the release until work is fixed.
Severity: HIGH.
The bisect was not run.
other wasn't affected.
other did not get slower.
Only work is affected.
Want me to revert 6132d33a?
Should I fix the loop in work.py?
Shall I run the bisect to prove it?
There is one regression, and it is in work.
It is not safe to merge.
I don't think you can ship this.
7471e24a changes nothing that work is known to execute.
Not proved: 6132d33a.
If you meant to do this, run `bench-agent baseline accept work --because 'why'`.
After the fix, `bench-agent verify work` shows whether it is gone.
This regression is worth an issue: `bench-agent issue work`.
The sum in work now loops over `n + n // 2`.
No trend can be told from one run.
There are too few runs for a trend.
I have not changed anything.
This is no noise.
The build passes, but work is slower.
`range` is called with a larger bound.
The tests passed; the speed of work did not.
work regressed; other passes.
work is far slower than before, and other is not.
work takes 4.9 times as long.
The top suspect is 6132d33a, not proved.
7471e24a is the other suspect.
6132d33a is suspected, nothing more.
I can't tell which commit it is.
The cause is not known yet.
The cause is probably 6132d33a.
It looks as if 6132d33a made work slower.
You shouldn't merge this.
You can't ship it like this.
Do not release before it is fixed.
There is one regression.
There is no regression but the one in work.
other is fine.
other is not slower.
other shows no regression.
Hold.
The change is well beyond the limit.
It isn't noise.
It's unlikely to be noise.
Noise can't explain 4.9x.
Nobody has accepted it.
It has not been resolved.
Fix it, then run it again to see that it is gone.
When it is fixed, `bench-agent verify work` will tell.
Severity is high.
A high-severity regression was found in work.
`work` calls `helper` in a loop now.
I have not run the bisect; the suspects are not proved.
None of these commits was proved to have caused it.
Reverting 6132d33a would show whether it did it.
Does this fit what you changed?
One of two passes.
1 of 2 benchmarks passes.
The suite has two benchmarks.
I did not profile it.
Everything else is fine.
All I know is in the report.
"""
