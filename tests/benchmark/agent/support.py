"""One request from beginning to end: who asks, what they may see, what the model reads and calls, the stored answer."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmark.agent.authorization import Checker
from benchmark.agent.context import Context, load_context
from benchmark.agent.records import Reply, Request
from benchmark.agent.sessions import Sessions

if TYPE_CHECKING:
    from anthropic.types import Message as Answer
    from anthropic.types import ToolUseBlock

    from benchmark.agent.database import Store
    from benchmark.agent.language_model import LanguageModel

CONTEXT_TOKENS = 3000
MAX_TOOL_ROUNDS = 4  # a model that goes on calling tools after this is going in circles
INSTRUCTIONS = (
    "You answer customers of a bicycle shop. Use the passages below and the tools; say so when you don't know."
)
TOOLS = [
    {
        "name": "find_order",
        "description": "One of the customer's own orders, with its status and lines.",
        "input_schema": {
            "type": "object",
            "properties": {"number": {"type": "integer", "description": "the order's number"}},
            "required": ["number"],
        },
    }
]


class NotAllowed(Exception):  # noqa: N818 - it is what the caller is told, not what went wrong here
    """The session is valid and its user may not talk to the agent, or not in this conversation."""


class NoAnswer(Exception):  # noqa: N818 - as above
    """The model never came to an answer."""


class SupportAgent:
    """Answers requests. Holds no state between them: everything is in its parts."""

    def __init__(
        self, *, sessions: Sessions, checker: Checker, store: "Store", model: "LanguageModel", folders: Sequence[str]
    ) -> None:
        self._sessions = sessions
        self._checker = checker
        self._store = store
        self._model = model
        self._folders = folders

    def respond(self, request: Request) -> Reply:
        """The answer, which is stored too.

        Raises InvalidSession, NotAllowed, NoAnswer or anthropic.APIError; nothing is stored then.
        """
        user = self._sessions.validate(request.token).user
        for relation, object_ in (("can_ask", "agent:support"), ("owner", request.conversation)):
            if not self._checker.check(user, relation, object_):
                raise NotAllowed(f"{user} is not {relation} of {object_}")
        context = self._load_context(user, request)
        messages: list[dict[str, Any]] = [{"role": said.role, "content": said.text} for said in context.history]
        messages.append({"role": "user", "content": request.question})

        answer = self._ask(messages, context)
        calls = 0
        while answer.stop_reason == "tool_use":
            if calls == MAX_TOOL_ROUNDS:
                raise NoAnswer(f"the model asked for a tool {calls + 1} times in a row")
            calls += 1
            messages.append({"role": "assistant", "content": answer.content})
            messages.append({"role": "user", "content": self._tool_results(user, answer)})
            answer = self._ask(messages, context)

        text = "".join(block.text for block in answer.content if block.type == "text")
        self._store.save_turn(request.conversation, request.turn, question=request.question, answer=text)
        return Reply(text=text, model=answer.model, tool_calls=calls, context_tokens=context.tokens)

    def _load_context(self, user: str, request: Request) -> Context:
        readable = [folder for folder in self._folders if self._checker.check(user, "viewer", folder)]
        return load_context(
            request.question,
            self._store.articles_in(readable),
            self._store.history(request.conversation, before_turn=request.turn),
            budget_tokens=CONTEXT_TOKENS,
        )

    def _ask(self, messages: list[dict[str, Any]], context: Context) -> "Answer":
        passages = "\n\n".join(f"# {passage.title}\n{passage.text}" for passage in context.passages)
        return self._model.ask(messages, system=f"{INSTRUCTIONS}\n\n{passages}", tools=TOOLS)

    def _tool_results(self, user: str, answer: "Answer") -> list[dict[str, Any]]:
        return [
            {"type": "tool_result", "tool_use_id": block.id, "content": self._call_tool(user, block)}
            for block in answer.content
            if block.type == "tool_use"
        ]

    def _call_tool(self, user: str, call: "ToolUseBlock") -> str:
        """The tool's result as JSON. What the model got wrong it is told, so that it can do better."""
        number = call.input.get("number")
        if call.name != "find_order" or not isinstance(number, int):
            return json.dumps({"error": "there is only find_order(number: integer)"})
        order = self._store.find_order(user, number)  # the session's user, whatever the model asks for
        return json.dumps(asdict(order) | {"total_cents": order.total_cents} if order else {"error": "no such order"})
