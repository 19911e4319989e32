"""GitLab's API on this machine, as far as a merge request's notes go: checks every request as GitLab does."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback_github import serve

TOKEN = "glpat-loopback"
ME = "project_1_bot"
MAX_NOTE = 1_000_000  # characters


@dataclass
class Lab:
    """Project 42 with merge request 7."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    raw: bytes | None = None
    url: str = ""

    def add(self, body: str, username: str = ME) -> None:
        self.notes.append({"id": len(self.notes) + 1, "body": body, "author": {"username": username}, "system": False})

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        self.requests.append(f"{method} {target}")
        parts, query = urlsplit(target), parse_qs(urlsplit(target).query)
        if headers.get("PRIVATE-TOKEN") != TOKEN:
            return 401, {"message": "401 Unauthorized"}
        if method == "GET" and parts.path == "/user":
            return 200, {"username": ME}
        notes = "/projects/42/merge_requests/7/notes"
        if method == "GET" and parts.path == notes:
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.notes[size * (page - 1) : size * page]
        document = json.loads(body) if body else {}
        if set(document) != {"body"} or not 0 < len(document["body"]) <= MAX_NOTE:
            return 400, {"message": "400 Bad request"}
        if method == "POST" and parts.path == notes:
            self.add(document["body"])
            return 201, self.notes[-1]
        found = re.fullmatch(rf"{notes}/(\d+)", parts.path)
        note = next((n for n in self.notes if found and n["id"] == int(found[1])), None)
        if method == "PUT" and note is not None:
            note["body"] = document["body"]
            return 200, note
        return 404, {"message": "404 Not Found"}


@contextlib.contextmanager
def loopback_gitlab() -> Iterator[Lab]:
    """The API at `lab.url` while the block runs."""
    with serve(Lab()) as lab:
        yield lab
