"""GitHub's API on this machine, as far as comments go: checks every request as GitHub does, keeps comments, can fail on request."""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

Served = TypeVar("Served", bound=Any)  # has `answer`, `raw` and `url`, as `Hub`
TOKEN = "ghs_loopback"
BOT = "github-actions[bot]"


@dataclass
class Hub:
    """One repository o/r with pull request 7. failures: status codes to answer with first."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    merges: dict[str, list[str]] = field(default_factory=dict)  # sha -> its parents
    raw: bytes | None = None  # what every request is answered with instead
    requests: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    message: str = "Server Error"  # what a failure says
    url: str = ""

    def add(self, body: str, login: str = BOT) -> None:
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": {"login": login}})

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        self.requests.append(f"{method} {target}")
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if headers.get("Accept") != "application/vnd.github+json" or not headers.get("User-Agent"):
            return 400, {"message": "headers"}
        if self.failures:
            return self.failures.pop(0), {"message": self.message}
        parts, query = urlsplit(target), parse_qs(urlsplit(target).query)
        if method == "GET" and parts.path == "/user":
            return 403, {"message": "Resource not accessible by integration"}
        commit = parts.path.removeprefix("/repos/o/r/git/commits/")
        if method == "GET" and commit in self.merges:
            return 200, {"sha": commit, "parents": [{"sha": sha} for sha in self.merges[commit]]}
        if method == "GET" and parts.path == "/repos/o/r/pulls":
            (head,) = query["head"]
            return 200, [p for p in self.pulls if p["label"] == head and query["state"] == ["open"]]
        if method == "GET" and parts.path == "/repos/o/r/issues/7/comments":
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        return self._write(method, parts.path, body)

    def _write(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        document = json.loads(body) if body else None
        if not isinstance(document, dict) or set(document) != {"body"}:
            return 422, {"message": "Validation Failed"}
        if len(document["body"]) > 65_536:
            return 422, {"message": "Body is too long (maximum is 65536 characters)"}
        if method == "POST" and path == "/repos/o/r/issues/7/comments":
            self.add(document["body"])
            return 201, self.comments[-1]
        found = re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path)
        comment = next((c for c in self.comments if found and c["id"] == int(found[1])), None)
        if method == "PATCH" and comment is not None:
            comment["body"] = document["body"]
            return 200, comment
        return 404, {"message": "Not Found"}


@contextlib.contextmanager
def loopback_github() -> Iterator[Hub]:
    """The API at `hub.url` while the block runs."""
    with serve(Hub()) as hub:
        yield hub


@contextlib.contextmanager
def serve(hub: Served) -> Iterator[Served]:
    """That API on this machine while the block runs; `hub.url` is set."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            status, answer = hub.answer(self.command, self.path, self.headers, self.rfile.read(size))
            raw = json.dumps(answer).encode() if hub.raw is None else hub.raw
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            if 300 <= status < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
