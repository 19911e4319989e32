"""The one place that speaks with the Anthropic API: a prompt in, a structured explanation or calls of tools out, or why not.

Importing the SDK costs more than a second of CPU: it is done when a call is made.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_agent.errors import BenchAgentError
from bench_agent.explain.check_explanation import Explanation, Sentence
from bench_agent.results.explanation import Usage
from bench_agent.text.clean import clean_text

MAX_TOKENS = 2_000  # of one answer: five times what a good one has
MAX_TOOL_TOKENS = 4_000  # of one answer that may call a tool: a patch of 160 lines has about 2,500
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
    cached: Any = {"type": "ephemeral"}
    messages: list[Any] = [
        {"role": role, "content": [{"type": "text", "text": text, **({"cache_control": cached} if n == 0 else {})}]}
        for n, (role, text) in enumerate(turns)
    ]
    with _errors_told(model):
        message = _client().messages.parse(
            model=model,
            max_tokens=MAX_TOKENS,
            system=[{"type": "text", "text": system, "cache_control": cached}],
            messages=messages,
            output_format=_form(),
        )
    if message.stop_reason == "refusal":
        raise ModelError("the model refused to answer")
    if message.parsed_output is None:
        raise ModelError("the model's answer is not of the form that was asked for")
    raw = "".join(block.text for block in message.content if block.type == "text")
    return Answered(explanation=_explanation(message.parsed_output), raw=raw, usage=_usage(message.usage))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A call of a tool. given: whatever the model wrote as its input."""

    id: str
    name: str
    given: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer in a conversation with tools. blocks: it again, as the next call must have it."""

    uses: tuple[ToolUse, ...]
    blocks: Any
    usage: Usage


def converse(
    model: str, system: str, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> Reply:
    """One call of a conversation in which the model may call tools. Raises ModelError, also where it refuses or is cut off.

    All that came before is marked for the cache.
    """
    cached: Any = {"type": "ephemeral"}
    *before, last = messages
    marked = {**last, "content": [*last["content"][:-1], {**last["content"][-1], "cache_control": cached}]}
    sent: Any = [*before, marked]
    with _errors_told(model):
        message = _client().messages.create(
            model=model,
            max_tokens=MAX_TOOL_TOKENS,
            system=[{"type": "text", "text": system, "cache_control": cached}],
            messages=sent,
            tools=list(tools),
        )
    if message.stop_reason == "refusal":
        raise ModelError("the model refused to answer")
    if message.stop_reason == "max_tokens":
        raise ModelError("the model's answer was cut off")
    uses = tuple(
        ToolUse(id=block.id, name=block.name, given=block.input)
        for block in message.content
        if block.type == "tool_use"
    )
    kept = [block for block in message.content if block.type in ("text", "tool_use", "thinking", "redacted_thinking")]
    return Reply(uses=uses, blocks=[block.to_dict() for block in kept], usage=_usage(message.usage))


def _client() -> Any:
    import anthropic

    return anthropic.Anthropic(max_retries=RETRIES, timeout=TIMEOUT_S)


@contextlib.contextmanager
def _errors_told(model: str) -> Iterator[None]:
    """Whatever a call can end in, as a ModelError in our words."""
    import anthropic
    from pydantic import ValidationError

    try:
        yield
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
