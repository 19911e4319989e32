"""The conversation with the model: it reads with the tools until it proposes a patch, and is told why one is not shown.

Nothing but the four tools is there to be called; every text that they give is from `Case`. Bounded in calls and tokens.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench_agent.explain.model import MAX_TOOL_TOKENS, ModelError, Reply, ToolUse, converse
from bench_agent.explain.prices import CHARACTERS
from bench_agent.fix.edits import EditError, Patch, apply_edits, read_edits
from bench_agent.fix.material import Case, piece_of
from bench_agent.fix.prompt import TOOLS, system_prompt, user_prompt
from bench_agent.results.explanation import Usage
from bench_agent.text.clean import clean_text

MAX_USES = 8  # tools in one answer; the others are told so
MAX_SLIPS = 4  # proposals that are no patch, over the whole conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one `fix`. calls: of the API. tokens: given and answered, all calls together. seconds: everything."""

    attempts: int = 3
    calls: int = 16
    tokens: int = 200_000
    seconds: float = 300.0


class Conversation:
    """Asks until there is a patch. `stopped` says why there is none any more."""

    def __init__(self, case: Case, *, model: str, asked_share: float, limits: Limits, deadline: float) -> None:
        self._case, self._model, self._limits, self._deadline = case, model, limits, deadline
        first = {"role": "user", "content": [_text(user_prompt(case, asked_share=asked_share))]}
        self._messages: list[dict[str, Any]] = [first]
        self._pending: list[
            tuple[ToolUse, str | None]
        ] = []  # uses of the last answer; None: the patch, not answered yet
        self._calls = self._slips = 0
        self.usage = Usage()
        self.stopped = ""

    def next_patch(self, say: Callable[[str], None]) -> Patch | None:
        """The next proposal that is a patch; None once there will be none. Raises KeyRefusedError."""
        while not self.stopped:
            self.stopped = self._over()
            if self.stopped:
                return None
            self._calls += 1
            say(f"asking {self._model}, call {self._calls} of at most {self._limits.calls}")
            try:
                reply = converse(self._model, system_prompt(), self._messages, TOOLS)
            except ModelError as error:
                if type(error) is not ModelError:
                    raise
                self.stopped = error.message
                return None
            self.usage += reply.usage
            if (patch := self._take(reply)) is not None:
                return patch
        return None

    def refuse(self, reasons: list[str]) -> None:
        """Tell the model why its last patch is not shown."""
        told = "\n".join(f"- {reason}" for reason in reasons[:8])
        self._answer(f"Not shown:\n{told}\nPropose another patch, or answer without a tool if there is none.")

    def _over(self) -> str:
        limits, usage = self._limits, self.usage
        used = usage.given + usage.cached + usage.written + usage.answered
        size = sum(len(str(message["content"])) for message in self._messages) + len(system_prompt()) + len(str(TOOLS))
        if self._calls >= limits.calls:
            return f"{limits.calls} calls are used up"
        if used + round(size / CHARACTERS) + MAX_TOOL_TOKENS > limits.tokens:
            return f"{limits.tokens:,} tokens are used up"
        if time.monotonic() > self._deadline:
            return "the time is used up"
        return ""

    def _take(self, reply: Reply) -> Patch | None:
        """Answer the tools of a reply; its patch where there is one, whose answer comes later, by `refuse`."""
        if not reply.uses:
            self.stopped = "the model proposed nothing more"
            return None
        self._messages.append({"role": "assistant", "content": reply.blocks})
        patch: Patch | None = None
        self._pending = []
        for number, use in enumerate(reply.uses):
            if use.name == "propose_patch" and patch is None:
                try:
                    patch = apply_edits(read_edits(use.given), self._changeable())
                    self._pending.append((use, None))
                except EditError as error:
                    self._slips += 1
                    self._pending.append((use, f"That is no patch: {clean_text(error, limit=2_000)}"))
            else:
                self._pending.append((use, self._read(use) if number < MAX_USES else "too many tools at once"))
        if patch is None:
            self._answer("")
            if self._slips >= MAX_SLIPS:
                self.stopped = f"{MAX_SLIPS} proposals were no patches"
        return patch

    def _answer(self, verdict: str) -> None:
        content = [
            {"type": "tool_result", "tool_use_id": use.id, "content": verdict if told is None else told}
            for use, told in self._pending
        ]
        self._messages.append({"role": "user", "content": content})

    def _changeable(self) -> dict[str, str]:
        return {path: self._case.sources[path] for path in self._case.changeable}

    def _read(self, use: ToolUse) -> str:
        given = use.given if isinstance(use.given, dict) else {}
        if use.name == "read_diff":
            return self._case.diff
        if use.name == "read_measurements":
            return self._case.measured
        if use.name == "read_file":
            path, first = given.get("path"), given.get("first_line", 1)
            text = self._case.sources.get(path) if isinstance(path, str) else None
            if text is None:
                return "there is no such Python file in the repository"
            return piece_of(text, first if isinstance(first, int) and first > 0 else 1)
        return "there is no such tool, or a patch was proposed already"


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
