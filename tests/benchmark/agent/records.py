"""The values that travel between the agent's parts. Money is in cents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page of the help centre. Paragraphs of `body` are separated by an empty line."""

    id: int
    folder: str  # "folder:returns", the object permissions are checked on
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One half of a turn: what the customer asked ("user") or what the agent answered ("assistant")."""

    turn: int
    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    product: str
    quantity: int
    unit_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    number: int
    customer: str
    placed_on: str  # ISO date
    status: str
    lines: tuple[Line, ...] = ()

    @property
    def total_cents(self) -> int:
        return sum(line.quantity * line.unit_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question as it reaches the agent. The client counts `turn`, so a request sent twice is stored once."""

    token: str
    conversation: str  # "conversation:7", the object its owner is checked on
    turn: int
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: str
    model: str  # the one that answered, which may be the fallback
    tool_calls: int
    context_tokens: int
