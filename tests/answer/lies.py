"""Sentences that are false, and sentences that are true, about a report: made from its own names, commits and figures."""

from collections.abc import Iterator

from bench_agent.answer.facts import Facts, Subject

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
        "Whether it is noise can't be told from one run.", "No commit was proved.", "I did not run the bisect.",
        "The loop now does 50 % more iterations.", "Nothing else is slower.", "No other benchmark got slower.",
        "I have not fixed anything.", "Is it safe to ship? Read the verdict first.", "I haven't changed any code.",
        "To find the culprit, run `bench-agent bisect`.", "It could be noise.", "The next step is to read the diff.",
        "I read the code twice.", "The tests ran three times.",
    )  # fmt: skip
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
