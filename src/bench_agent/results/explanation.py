"""The published result of `explain`: a report in prose, and what writing it took."""

from dataclasses import dataclass, field

from bench_agent.results import plain

EXPLANATION_SCHEMA = "bench-agent/explanation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one or more calls. cached: read from the cache, written: into it; neither is part of `given`."""

    given: int = 0
    cached: int = 0
    written: int = 0
    answered: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            given=self.given + other.given,
            cached=self.cached + other.cached,
            written=self.written + other.written,
            answered=self.answered + other.answered,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """text: Markdown. by_model: false where it is the report's own text, and `rejected` says why."""

    text: str
    by_model: bool
    model: str
    rejected: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None  # dollars; null where the model's price is not known
    schema: str = EXPLANATION_SCHEMA


def to_json(explained: Explained) -> str:
    """One JSON object, `schema` first."""
    return plain.to_json(plain.document(explained))
