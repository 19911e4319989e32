"""A report explained: asked, checked, asked once more where the answer breaks a rule, else the report's own text.

Takes a report and a model's name; nothing unchecked leaves this module.
"""

from collections.abc import Callable
from typing import Any

from bench_agent.answer.text import render_answer
from bench_agent.explain.change_evidence import evidence_of_change
from bench_agent.explain.check_explanation import SLOT, Explanation, check
from bench_agent.explain.evidence import Evidence, evidence_of
from bench_agent.explain.model import KeyRefusedError, ModelError, ask
from bench_agent.explain.prices import cost, estimated, told
from bench_agent.explain.prompt import complaints_prompt, system_prompt, user_prompt
from bench_agent.results.change import Change
from bench_agent.results.explanation import Explained, Usage
from bench_agent.results.report import Report
from bench_agent.text.markup import prose

EXPECTED_ANSWER = 600  # tokens, for the price that is told before
_TITLES = {"why": "What happened", "what_to_do": "What to do", "unsure": "What is not known"}


def explain(report: Report, *, model: str) -> Explained:
    """The report in prose. Calls the API once, or twice where the first answer breaks a rule. Raises KeyRefusedError."""
    evidence = evidence_of(report)
    return ask_checked(evidence, model=model, otherwise=lambda: render_answer(report), show=written)


def explain_change(change: Change, *, model: str) -> Explained:
    """A change in prose, for a comment; no text where the model gave none that may be shown. Raises KeyRefusedError."""
    return ask_checked(evidence_of_change(change), model=model, otherwise=str, show=written_as_markdown)


def ask_checked(
    evidence: Evidence,
    *,
    model: str,
    otherwise: Callable[[], str],
    show: Callable[[Explanation, Evidence], str],
) -> Explained:
    """The checked answer as `show` writes it, else the text of `otherwise`, with the reason. Raises KeyRefusedError."""
    turns = [("user", user_prompt(evidence))]
    usage, complaints = Usage(), ["nothing was asked"]
    for _ in range(2):
        try:
            answer = ask(model, system_prompt(), turns)
        except KeyRefusedError:
            raise
        except ModelError as error:
            complaints = [error.message]
            break
        usage += answer.usage
        complaints = check(answer.explanation, evidence)
        if not complaints:
            text = show(answer.explanation, evidence)
            return Explained(text=text, by_model=True, model=model, usage=usage, cost=cost(model, usage))
        turns += [("assistant", answer.raw), ("user", complaints_prompt(complaints))]
    return Explained(
        text=otherwise(),
        by_model=False,
        model=model,
        rejected=tuple(complaints),
        usage=usage,
        cost=cost(model, usage),
    )


def written_as_markdown(explanation: Explanation, evidence: Evidence) -> str:
    """The same for a comment on GitHub or GitLab: what a fact says is no markup, but for a name that is code."""
    return written(explanation, evidence, shown=lambda text: text if _is_code(text) else prose(text))


def _is_code(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == "`" and "`" not in text[1:-1]


def written(explanation: Explanation, evidence: Evidence, *, shown: Callable[[str], str] = str) -> str:
    """A checked explanation with the facts in their places."""

    def filled(text: str) -> str:
        def fact(match: Any) -> str:
            known = evidence.fact(int(match[1]))
            return shown(known.text) if known else ""

        return SLOT.sub(fact, text).strip()

    lines = [f"**{filled(explanation.headline.text)}**"]
    for part, sentences in explanation.parts[1:]:
        if sentences:
            lines += ["", f"### {_TITLES[part]}", "", *(f"- {filled(sentence.text)}" for sentence in sentences)]
    return "\n".join(lines)


def footer(explained: Explained) -> str:
    """What the calls took, in one line; "" where there was none."""
    usage = explained.usage
    if not (usage.given or usage.answered):
        return ""
    given = usage.given + usage.cached + usage.written
    cached = f" ({usage.cached:,} cached)" if usage.cached else ""
    return f"{explained.model}: {given:,} tokens in{cached}, {usage.answered:,} out, {told(explained.cost)}"


def dry_run(report: Report, *, model: str) -> str:
    """What would be sent, and about what it would cost. Calls nothing."""
    system, user = system_prompt(), user_prompt(evidence_of(report))
    usage = estimated(system, user, answered=EXPECTED_ANSWER)
    price = told(cost(model, usage))
    return (
        f"--- system\n{system}\n\n--- user\n{user}\n\n--- about {usage.given:,} tokens in, {usage.answered:,} out: {price} with "
        f"{model}; twice that at most"
    )
