"""A loopback Messages API that answers what it was told to: stands in for the model under the real SDK."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

MODEL = "claude-sonnet-5-5"


def message(text: str, stop: str = "end_turn") -> tuple[int, dict[str, Any]]:
    content = [{"type": "text", "text": text}] if text else []
    usage = {
        "input_tokens": 900,
        "output_tokens": 100,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 2000,
    }
    return 200, {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": content,
        "stop_reason": stop, "stop_sequence": None, "usage": usage,
    }  # fmt: skip


def error(status: int, kind: str) -> tuple[int, dict[str, Any]]:
    return status, {"type": "error", "error": {"type": kind, "message": f"{kind} here"}}


@contextmanager
def api(monkeypatch: pytest.MonkeyPatch, *replies: tuple[int, dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """A Messages API that answers so, one reply a request, the last again and again; yields what it was sent."""
    sent: list[dict[str, Any]] = []
    left = list(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    monkeypatch.setattr("bench_agent.explain.model.RETRIES", 0)
    try:
        yield sent
    finally:
        server.shutdown()
        server.server_close()


def uses(*calls: tuple[str, dict[str, Any]], stop: str = "tool_use") -> tuple[int, dict[str, Any]]:
    """An answer that calls these tools."""
    status, body = message("", stop)
    content = [
        {"type": "tool_use", "id": f"toolu_{number}_{name}", "name": name, "input": given}
        for number, (name, given) in enumerate(calls)
    ]
    return status, {**body, "content": content}


def patch(*edits: tuple[str, str, str]) -> tuple[int, dict[str, Any]]:
    """An answer that proposes a patch: (path, old, new)."""
    return uses(("propose_patch", {"edits": [{"path": path, "old": old, "new": new} for path, old, new in edits]}))
