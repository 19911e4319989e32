"""The model behind the agent, through the anthropic SDK: answers whole or streamed, a second model when one is busy."""

from collections.abc import Generator, Sequence
from typing import Any

import anthropic

BUSY = frozenset({429, 503, 529})  # too many requests, unavailable, overloaded: another model may have room


class LanguageModel:
    """Asks `model`; when that is busy and there is a `fallback`, asks the fallback at once instead of waiting."""

    def __init__(self, client: anthropic.Anthropic, model: str, *, fallback: str | None = None, max_tokens: int = 512):
        self._client = client
        self._impatient = client.with_options(max_retries=0)  # the SDK would wait, and ask the busy one again
        self._model = model
        self._fallback = fallback
        self._max_tokens = max_tokens

    def ask(
        self, messages: Sequence[dict[str, Any]], *, system: str = "", tools: Sequence[dict[str, Any]] = ()
    ) -> anthropic.types.Message:
        """The whole answer, which may be a call of one of the tools. Raises anthropic.APIError."""
        request = self._request(messages, system, tools)
        if self._fallback is None:
            return self._client.messages.create(model=self._model, **request)
        try:
            return self._impatient.messages.create(model=self._model, **request)
        except anthropic.APIStatusError as error:
            if error.status_code not in BUSY:
                raise
        return self._client.messages.create(model=self._fallback, **request)

    def stream(self, messages: Sequence[dict[str, Any]], *, system: str = "") -> Generator[str, None, None]:
        """The answer's text, piece by piece as it is written. Closed early, it hangs up. Raises anthropic.APIError."""
        with self._client.messages.stream(model=self._model, **self._request(messages, system, ())) as answer:
            yield from answer.text_stream

    def _request(
        self, messages: Sequence[dict[str, Any]], system: str, tools: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        request: dict[str, Any] = {"messages": messages, "max_tokens": self._max_tokens}
        if system:
            request["system"] = system
        if tools:
            request["tools"] = tools
        return request
