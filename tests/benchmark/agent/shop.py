"""The world the agent works in, made from a seed: customers' orders, a help centre, conversations, permissions."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from benchmark.agent.authorization import Fact, parse_model
from benchmark.agent.records import Article, Line, Message, Order

SEED = 20251020
CUSTOMERS = 160
ORDERS_EACH = 16
ARTICLES_PER_FOLDER = 10
PARAGRAPHS = 9  # in an article, beside those that all articles share
REGIONS = ("north", "east", "south", "west")

MODEL = parse_model("""
    type user
    type team
      define member: [user, team#member]
    type agent
      define can_ask: [team#member]
    type conversation
      define owner: [user]
    type folder
      define parent: [folder]
      define owner: [user]
      define viewer: [user, team#member] or owner or viewer from parent
""")

# Folder -> the one above it. Customers see "help" and all below, staff see everything.
FOLDERS = {
    "help": "everything",
    "orders": "help",
    "returns": "help",
    "billing": "help",
    "bicycles": "help",
    "brakes": "bicycles",
    "gears": "bicycles",
    "wheels": "bicycles",
    "electric": "bicycles",
    "batteries": "electric",
    "workshop": "everything",
    "suppliers": "workshop",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    customer: str  # who asks in the benchmarks
    conversation: str  # the customer's, long
    question: str  # needs an order, the return policy and the brake articles
    folders: tuple[str, ...]
    facts: tuple[Fact, ...]
    checks: tuple[tuple[str, str, str], ...]  # those of the conversation's last turns: (user, relation, object)
    orders: tuple[Order, ...]
    articles: tuple[Article, ...]
    conversations: dict[str, tuple[Message, ...]]


def open_shop(seed: int = SEED) -> Shop:
    """The same shop for the same seed, in every process. About 50 ms."""
    random = Random(seed)
    customers = [f"user:customer-{n:03}" for n in range(CUSTOMERS)]
    orders = tuple(_orders(customers, random))
    customer = customers[-1]  # the last in every list: a check looks at the others first
    order = next(order for order in orders if order.customer == customer)
    return Shop(
        customer=customer,
        conversation="conversation:0",
        question=(
            f"My order {order.number} arrived and the brake squeaks on a wet rim. "
            "Can I return it, and how many days does the refund take?"
        ),
        folders=tuple(f"folder:{name}" for name in FOLDERS),
        facts=tuple(_facts(customers)),
        checks=tuple(_checks(customer, random)),
        orders=orders,
        articles=tuple(_articles(random)),
        conversations={f"conversation:{n}": tuple(_conversation(random)) for n in range(20)},
    )


def _orders(customers: list[str], random: Random) -> list[Order]:
    opened = date(2025, 1, 1)
    return [
        Order(
            number=10_000 + n,
            customer=customers[n % len(customers)],
            placed_on=(opened + timedelta(days=n // 8)).isoformat(),
            status=random.choice(("packed", "shipped", "delivered", "returned")),
            lines=tuple(
                Line(product=part, quantity=random.randint(1, 3), unit_cents=random.randrange(500, 20_000, 5))
                for part in random.sample(_PARTS, 3)
            ),
        )
        for n in range(len(customers) * ORDERS_EACH)
    ]


def _facts(customers: list[str]) -> list[Fact]:
    share = len(customers) // len(REGIONS)
    facts = [Fact(customer, "member", f"team:{REGIONS[n // share]}") for n, customer in enumerate(customers)]
    facts += [Fact(f"team:{region}#member", "member", "team:customers") for region in REGIONS]
    facts += [Fact(f"user:mechanic-{n}", "member", "team:mechanics") for n in range(8)]
    facts += [
        Fact("team:mechanics#member", "member", "team:staff"),
        Fact("team:staff#member", "member", "team:customers"),
        Fact("team:customers#member", "can_ask", "agent:support"),
        Fact("team:customers#member", "viewer", "folder:help"),
        Fact("team:staff#member", "viewer", "folder:everything"),
    ]
    facts += [Fact(customer, "owner", f"conversation:{n}") for n, customer in enumerate(reversed(customers))]
    for name, parent in FOLDERS.items():
        facts.append(Fact(f"folder:{parent}", "parent", f"folder:{name}"))
        facts.append(Fact("user:mechanic-0", "owner", f"folder:{name}"))
    return facts


def _checks(customer: str, random: Random) -> list[tuple[str, str, str]]:
    """Five turns: each asks for the agent, the conversation and three folders; not all of them the customer may see."""
    checks = []
    for _ in range(5):
        checks += [(customer, "can_ask", "agent:support"), (customer, "owner", "conversation:0")]
        checks += [(customer, "viewer", f"folder:{name}") for name in random.sample(list(FOLDERS), 3)]
    return checks


# --- text -------------------------------------------------------------------------------------------------------------

_PARTS = (
    "brake",
    "rim",
    "chain",
    "saddle",
    "tyre",
    "pedal",
    "lamp",
    "battery",
    "gear",
    "handlebar",
    "rack",
    "bell",
)
_FAULTS = ("squeaks", "slips", "rattles", "bends under load", "runs hot", "loosens after a week", "arrived scratched")
_ACTIONS = ("adjust", "replace", "clean", "tighten", "return", "register", "store")
_TOOLS = ("a 5 mm key", "the lever in the box", "a dry cloth", "two drops of oil", "a torque wrench", "no tools at all")
_SENTENCES = (
    "A {part} that {fault} can be sent back within {days} days, together with the {other}.",
    "To {action} the {part}, use {tool} and turn until it holds at {number} Nm.",
    "We refund a {part} {days} days after it has reached us, and the {other} with the next invoice.",
    "If the {part} {fault} in wet weather, {action} the {other} first and ride {number} kilometres.",
    "Part {number}-{days} fits every {part} sold since the {other} was changed.",
    "Before you {action} the {other}, check with {tool} whether the {part} {fault}.",
)
_SHARED = (
    "Our workshop answers the telephone from Monday to Friday between nine and five. Have the order at hand.",
    "Prices include tax. Shipping inside the country is free for every order above forty euros.",
    "Was this page of help? Tell us what was missing and we will add it.",
)
_QUESTIONS = (
    "The {part} I ordered {fault}, what can I do?",
    "How do I {action} the {part}, is {tool} enough?",
    "Is there a discount when I order {number} of them?",
)


def _sentence(templates: tuple[str, ...], random: Random) -> str:
    part, other = random.sample(_PARTS, 2)
    return random.choice(templates).format(
        part=part,
        other=other,
        fault=random.choice(_FAULTS),
        action=random.choice(_ACTIONS),
        tool=random.choice(_TOOLS),
        days=random.randint(3, 60),
        number=random.randint(2, 900),
    )


def _paragraph(sentences: int, random: Random) -> str:
    return " ".join(_sentence(_SENTENCES, random) for _ in range(sentences))


def _articles(random: Random) -> list[Article]:
    articles: list[Article] = []
    for folder in FOLDERS:
        for n in range(ARTICLES_PER_FOLDER):
            paragraphs = [_paragraph(random.randint(1, 2), random) for _ in range(PARAGRAPHS)]
            articles.append(
                Article(
                    id=len(articles),
                    folder=f"folder:{folder}",
                    title=f"{folder.capitalize()}, page {n + 1}",
                    body="\n\n".join([*paragraphs, *_SHARED]),
                )
            )
    return articles


def _conversation(random: Random) -> list[Message]:
    return [
        message
        for turn in range(1, 31)
        for message in (
            Message(turn=turn, role="user", text=_sentence(_QUESTIONS, random)),
            Message(turn=turn, role="assistant", text=_paragraph(2, random)),
        )
    ]
