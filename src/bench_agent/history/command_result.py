"""What the commands `history` and `baseline` answer: a JSON document, and the same in lines for people."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer twice: plain values for --json, lines for people."""

    document: dict[str, Any]
    lines: tuple[str, ...]
