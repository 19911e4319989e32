"""The one place that speaks with the Anthropic API: a prompt in, a structured explanation out, or why there is none.

Importing the SDK costs more than a second of CPU: it is done when a call is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench_agent.errors import BenchAgentError
from bench_agent.explain.check import Explanation, Sentence
from bench_agent.results.explanation import Usage
from bench_agent.text.clean import clean_text

MAX_TOKENS = 2_000  # of one answer: five times what a good one has
TIMEOUT_S = 60.0
RETRIES = 2  # by the SDK: overload, lost connections


class ModelError(BenchAgentError):
    """The model gave no usable answer: refused, cut off, overloaded, not reachable. The report's own text takes its place."""


class KeyRefusedError(ModelError):
    """The API does not take the key: nothing will work before that is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, its raw text for the next turn of the conversation, and what it took."""

    explanation: Explanation
    raw: str
    usage: Usage


def ask(model: str, system: str, turns: Sequence[tuple[str, str]]) -> Answered:
    """One call. turns: (role, text) of the conversation, ending with a user's. Raises ModelError.

    The rules and the evidence are marked for the cache, so that a second call reads them there.
    """
    import anthropic
    from pydantic import ValidationError

    client = anthropic.Anthropic(max_retries=RETRIES, timeout=TIMEOUT_S)
    cached: Any = {"type": "ephemeral"}
    messages: list[Any] = [
        {"role": role, "content": [{"type": "text", "text": text, **({"cache_control": cached} if n == 0 else {})}]}
        for n, (role, text) in enumerate(turns)
    ]
    try:
        message = client.messages.parse(
            model=model,
            max_tokens=MAX_TOKENS,
            system=[{"type": "text", "text": system, "cache_control": cached}],
            messages=messages,
            output_format=_form(),
        )
    except anthropic.AuthenticationError as error:
        raise KeyRefusedError("the API does not take ANTHROPIC_API_KEY", hint="set one that is valid") from error
    except anthropic.NotFoundError as error:
        raise ModelError(f"there is no model `{clean_text(model)}`", hint="name one with --model") from error
    except anthropic.APIStatusError as error:
        busy = " (overloaded)" if error.status_code in (429, 529) else ""
        raise ModelError(
            f"the API answered {error.status_code}{busy}: {clean_text(error.message, limit=160)}"
        ) from error
    except anthropic.APIError as error:
        raise ModelError(f"the API could not be reached: {clean_text(error, limit=160)}") from error
    except (ValidationError, ValueError) as error:
        raise ModelError("the model's answer was cut off or is not of the form that was asked for") from error
    if message.stop_reason == "refusal":
        raise ModelError("the model refused to answer")
    if message.parsed_output is None:
        raise ModelError("the model's answer is not of the form that was asked for")
    raw = "".join(block.text for block in message.content if block.type == "text")
    return Answered(explanation=_explanation(message.parsed_output), raw=raw, usage=_usage(message.usage))


def _form() -> Any:
    """The form of an answer, as the SDK takes it."""
    from typing import Literal

    from pydantic import BaseModel

    class Said(BaseModel):
        text: str
        kind: Literal["measured", "proved", "suspected", "told", "guess"]

    class Answer(BaseModel):
        headline: Said
        why: list[Said]
        what_to_do: list[Said]
        unsure: list[Said]

    return Answer


def _explanation(answer: Any) -> Explanation:
    def sentences(said: Any) -> tuple[Sentence, ...]:
        return tuple(Sentence(text=one.text, kind=one.kind) for one in said)

    [headline] = sentences([answer.headline])
    return Explanation(
        headline=headline,
        why=sentences(answer.why),
        what_to_do=sentences(answer.what_to_do),
        unsure=sentences(answer.unsure),
    )


def _usage(usage: Any) -> Usage:
    return Usage(
        given=usage.input_tokens or 0,
        cached=usage.cache_read_input_tokens or 0,
        written=usage.cache_creation_input_tokens or 0,
        answered=usage.output_tokens or 0,
    )
