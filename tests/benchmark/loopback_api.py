"""A Messages API on the loopback interface: real HTTP, scripted answers, a latency that repeats. Standard library only.

Run as a program it prints its address and serves until its standard input ends, so it can't outlive who started it.
It is a process of its own, because a thread would share the interpreter lock with the code that is timed.
Not a model: it calls the first tool it is offered with the first number in the question, and otherwise says its lines.
"""

import argparse
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

LATENCY_MS = 3.0  # until the first token; a real model's wait is longer, and would drown the code that is measured
JITTER = 0.1  # each wait is within this share of its length, by a sequence every connection begins anew
SEED = 529
BUSY_MODEL = "model-busy"  # answers 529, whatever it is asked
ANSWER = (
    "Yes: a brake that squeaks can be sent back within thirty days of delivery. "
    "We refund it five days after it has reached us, to the card you paid with."
)


@contextmanager
def serving(*, latency_ms: float = LATENCY_MS) -> Iterator[str]:
    """The address of a server that runs as long as the block."""
    command = [sys.executable, "-I", __file__, "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"the loopback API did not start: {' '.join(command)} exited with {process.wait()}")
        try:
            yield address
        finally:
            process.stdin.close()  # its sign to leave; `with` waits until it has


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=LATENCY_MS)
    Handler.latency_s = parser.parse_args().latency_ms / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    latency_s = 0.0
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each small write waits up to 40 ms for the reader's acknowledgement
    wbufsize = -1  # headers and body leave in one packet

    def setup(self) -> None:
        super().setup()
        self._random = Random(SEED)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a reader may have had enough, as one who times the first token has
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError):  # what is left in the buffer has no reader any more
            super().finish()

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._wait(self.latency_s)
        if self.path != "/v1/messages":
            self._send_json(404, _error("not_found_error", f"no {self.path} here"))
        elif request["model"] == BUSY_MODEL:
            self._send_json(529, _error("overloaded_error", "Overloaded"))
        elif request.get("stream"):
            self._send_stream(answer(request))
        else:
            self._send_json(200, answer(request))

    def log_message(self, *_: object) -> None:
        """Says nothing: a line per request would be most of the output."""

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds * self._random.uniform(1 - JITTER, 1 + JITTER))

    def _send_json(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_stream(self, message: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in stream_events(message):
            if event["type"] == "content_block_delta":
                self._wait(self.latency_s / 10)  # a token every so often
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The message this request gets, as the API writes it."""
    last = request["messages"][-1]["content"]
    results = [block["content"] for block in last if block["type"] == "tool_result"] if isinstance(last, list) else []
    number = re.search(r"\d+", last) if isinstance(last, str) else None
    if number and request.get("tools"):
        call = {"type": "tool_use", "id": "toolu_1", "name": request["tools"][0]["name"]}
        content, stop_reason = [{**call, "input": {"number": int(number[0])}}], "tool_use"
    else:
        content, stop_reason = [{"type": "text", "text": " ".join([*results, ANSWER])}], "end_turn"
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": len(json.dumps(request)) // 4, "output_tokens": len(json.dumps(content)) // 4},
    }


def stream_events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same message in the events it is streamed in."""
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty: dict[str, Any] = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": word} for word in re.findall(r"\S+\s*\S*\s*", block["text"])]
        else:
            empty = {**block, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


if __name__ == "__main__":
    main()
