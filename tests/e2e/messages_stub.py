"""A loopback Messages API that plays a script: stands in for the model under the real Claude Code client.

It answers each request of the conversation with the next scripted step and keeps what it was sent, which is exactly
what a model would have read. It cannot tell whether a model would follow an instruction: it tests the plumbing.
Adapted from the client harness this project was started with; standard library only.
"""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What the model is shown of one tool call."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the assistant: a call of the Bash tool, or of another one, or a text that ends its turn."""

    text: str = ""
    command: str | None = None
    timeout_ms: int = 600_000
    tool: str | None = None
    given: Json | None = None

    def blocks(self) -> list[Json]:
        """The answer's content, as the API has it."""
        if self.tool is not None:
            return [
                {
                    "type": "tool_use",
                    "id": f"toolu_{uuid.uuid4().hex[:20]}",
                    "name": self.tool,
                    "input": self.given or {},
                }
            ]
        if self.command is None:
            return [{"type": "text", "text": self.text}]
        arguments = {"command": self.command, "timeout": self.timeout_ms, "description": "Run it"}
        return [{"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:20]}", "name": "Bash", "input": arguments}]


# What the assistant does next; a function is given the last tool result and says how it goes on from there.
Step = Turn | Callable[[ToolResult], "Sequence[Step]"]


def bash(command: str, *, timeout_ms: int = 600_000) -> Turn:
    """The assistant calls Bash."""
    return Turn(command=command, timeout_ms=timeout_ms)


def use(tool: str, **given: Any) -> Turn:
    """The assistant calls a tool of the client."""
    return Turn(tool=tool, given=given)


def say(text: str) -> Turn:
    """The assistant answers and ends its turn."""
    return Turn(text=text)


class MessagesStub:
    """The server, as a context manager; `port` is free and on 127.0.0.1 only.

    conversation: bodies of the requests that carry tools, in order; the client's side requests (titles, topics) have
    none and are answered with "ok". left: steps not yet played; a request beyond the script is answered "(over)".
    """

    def __init__(self, script: Sequence[Step]) -> None:
        self.left = list(script)
        self.conversation: list[Json] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> "MessagesStub":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: Json) -> list[Json]:
        """Content blocks for one request."""
        if not body.get("tools"):
            return say("ok").blocks()
        with self._lock:
            self.conversation.append(body)
            while self.left and not isinstance(self.left[0], Turn):
                self.left[:1] = self.left[0](tool_results(body)[-1])
            turn = self.left.pop(0) if self.left else say("(over)")
        assert isinstance(turn, Turn)
        return turn.blocks()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Stays silent: what matters is kept."""

            def do_HEAD(self) -> None:
                self._send(200, "text/plain", b"")

            def do_GET(self) -> None:
                self._send(404, "application/json", b'{"type": "error", "error": {"type": "not_found_error"}}')

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
                if self.path.split("?")[0] != "/v1/messages":
                    self.do_GET()
                    return
                self._send(200, "text/event-stream", b"".join(_events(stub.answer(body), body.get("model", "stub"))))

            def _send(self, status: int, kind: str, data: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler


def tool_results(body: Json) -> list[ToolResult]:
    """Every tool result of the conversation so far, oldest first."""
    contents = [message["content"] for message in body["messages"] if isinstance(message["content"], list)]
    return [
        ToolResult(text=_text(block.get("content")), is_error=bool(block.get("is_error")))
        for content in contents
        for block in content
        if block.get("type") == "tool_result"
    ]


def prompt(body: Json) -> str:
    """All text of the messages of a request: of the first one, what the slash command expanded to."""
    return "\n".join(_text(message["content"]) for message in body["messages"])


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(block.get("text") or _text(block.get("content")) for block in blocks)


def _events(blocks: list[Json], model: str) -> Iterator[bytes]:
    """The answer as the server-sent events of the streaming API, which is what the client asks for."""

    def event(kind: str, **data: object) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()

    usage = {"input_tokens": 1, "output_tokens": 1}
    message: Json = {"id": "msg_stub", "type": "message", "role": "assistant", "model": model, "content": []}
    yield event("message_start", message=message | {"stop_reason": None, "stop_sequence": None, "usage": usage})
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            start, delta = block | {"text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            start = block | {"input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield event("content_block_start", index=index, content_block=start)
        yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    reason = "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn"
    yield event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=usage)
    yield event("message_stop")
