"""What the shop keeps: customers' orders, help articles and conversations. SQLAlchemy, on SQLite or PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from benchmark.agent.records import Article, Line, Message, Order

LARGEST_NUMBER = 2**31 - 1  # of an order: PostgreSQL's integers end here, and refuse to be compared with more

_tables = sa.MetaData()

ORDERS = sa.Table(
    "orders",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("customer", sa.String(40), nullable=False, index=True),
    sa.Column("placed_on", sa.String(10), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
)
LINES = sa.Table(
    "order_lines",
    _tables,
    sa.Column("order_number", sa.ForeignKey(ORDERS.c.number), primary_key=True),
    sa.Column("product", sa.String(60), primary_key=True),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit_cents", sa.Integer, nullable=False),
)
ARTICLES = sa.Table(
    "articles",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("folder", sa.String(40), nullable=False, index=True),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
MESSAGES = sa.Table(
    "messages",
    _tables,
    sa.Column("conversation", sa.String(40), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True),
    sa.Column("role", sa.String(10), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)


class Store:
    """Questions and changes, each one a connection from the engine's pool and a transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def fill(
        self, *, orders: Iterable[Order], articles: Iterable[Article], conversations: Mapping[str, Iterable[Message]]
    ) -> None:
        """Creates the tables and puts these rows in them. conversations: name -> its messages."""
        order_rows, line_rows = [], []
        for order in orders:
            row = asdict(order)
            line_rows += [{"order_number": order.number, **line} for line in row.pop("lines")]
            order_rows.append(row)
        message_rows = [
            {"conversation": name, **asdict(message)}
            for name, messages in conversations.items()
            for message in messages
        ]
        with self._engine.begin() as connection:
            _tables.create_all(connection)
            connection.execute(ORDERS.insert(), order_rows)
            connection.execute(LINES.insert(), line_rows)
            connection.execute(ARTICLES.insert(), [asdict(article) for article in articles])
            connection.execute(MESSAGES.insert(), message_rows)

    def find_order(self, customer: str, number: int) -> Order | None:
        """That order, or None when there is none or it is somebody else's: the difference is nobody's business."""
        if not 0 < number <= LARGEST_NUMBER:
            return None
        found = self._orders(sa.and_(ORDERS.c.number == number, ORDERS.c.customer == customer))
        return found[0] if found else None

    def customer_orders(self, customer: str) -> list[Order]:
        """All orders of a customer with their lines, newest first."""
        return self._orders(ORDERS.c.customer == customer)

    def _orders(self, condition: sa.ColumnElement[bool]) -> list[Order]:
        query = (
            sa.select(ORDERS, LINES.c.product, LINES.c.quantity, LINES.c.unit_cents)
            .join(LINES)
            .where(condition)
            .order_by(ORDERS.c.placed_on.desc(), ORDERS.c.number.desc(), LINES.c.product)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Order(
                number=number,
                customer=customer,
                placed_on=day,
                status=status,
                lines=tuple(
                    Line(product=line.product, quantity=line.quantity, unit_cents=line.unit_cents) for line in lines
                ),
            )
            for (number, customer, day, status), lines in groupby(rows, key=lambda row: tuple(row[:4]))
        ]

    def articles_in(self, folders: Sequence[str]) -> list[Article]:
        """The articles of these folders, by id."""
        query = sa.select(ARTICLES).where(ARTICLES.c.folder.in_(folders)).order_by(ARTICLES.c.id)
        with self._engine.connect() as connection:
            return [Article(**row) for row in connection.execute(query).mappings()]

    def history(self, conversation: str, *, before_turn: int) -> list[Message]:
        """What was said before that turn, oldest first, the question of a turn before its answer."""
        query = (
            sa.select(MESSAGES.c.turn, MESSAGES.c.role, MESSAGES.c.text)
            .where(MESSAGES.c.conversation == conversation, MESSAGES.c.turn < before_turn)
            .order_by(MESSAGES.c.turn, MESSAGES.c.role.desc())
        )
        with self._engine.connect() as connection:
            return [Message(**row) for row in connection.execute(query).mappings()]

    def save_turn(self, conversation: str, turn: int, *, question: str, answer: str) -> None:
        """Stores both halves of a turn or neither. Saved again, a turn replaces itself: a request may be sent twice."""
        key = {"conversation": conversation, "turn": turn}
        rows = [{**key, "role": "user", "text": question}, {**key, "role": "assistant", "text": answer}]
        with self._engine.begin() as connection:
            connection.execute(MESSAGES.delete().filter_by(**key))
            connection.execute(MESSAGES.insert(), rows)


# --- engines ----------------------------------------------------------------------------------------------------------


@contextmanager
def temporary_database(url: str | None, directory: Path) -> Iterator[sa.URL]:
    """The address of an empty database that is gone afterwards: a file in `directory`, or a schema of its own in `url`.

    Raises ValueError when the url is not PostgreSQL's. A run that is killed leaves its schema behind: they are all
    named "bench_agent_sample_...".
    """
    if url is None:
        yield sa.URL.create("sqlite", database=str(directory / "shop.sqlite"))
        return
    address = sa.make_url(url)
    if address.get_backend_name() != "postgresql":
        raise ValueError(f"DATABASE_URL is for {address.get_backend_name()}; the sample agent knows PostgreSQL")
    address = address.set(drivername="postgresql+psycopg")
    schema = f"bench_agent_sample_{uuid4().hex[:12]}"  # two runs at once must not meet in one table
    _administer(address, f'CREATE SCHEMA "{schema}"')
    try:
        yield address.update_query_dict({"options": f"-csearch_path={schema}"})
    finally:
        _administer(address, f'DROP SCHEMA "{schema}" CASCADE')


def _administer(address: sa.URL, statement: str) -> None:
    with sa.create_engine(address, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(statement))


@contextmanager
def pooled_engine(address: sa.URL, *, connections: int) -> Iterator[sa.Engine]:
    """An engine that holds that many connections and opens no more: who finds none free waits."""
    engine = sa.create_engine(address, poolclass=sa.QueuePool, pool_size=connections, max_overflow=0, pool_timeout=30)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    try:
        yield engine
    finally:
        engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Readers beside a writer, and no waiting for the disk: how long it takes to sync says nothing of this code.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
