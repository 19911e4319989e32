"""The shop's database, on SQLite and on a PostgreSQL server of our own where one is installed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from benchmark.agent import database


def test_a_customers_orders_come_newest_first_with_their_lines(store, shop):
    orders = store.customer_orders(shop.customer)

    mine = [order for order in shop.orders if order.customer == shop.customer]
    assert sorted(order.number for order in orders) == [order.number for order in mine]
    assert [order.placed_on for order in orders] == sorted((order.placed_on for order in mine), reverse=True)
    assert [order.total_cents for order in orders] == [
        order.total_cents for order in sorted(mine, key=lambda order: (order.placed_on, order.number), reverse=True)
    ]


def test_an_order_is_found_by_its_customer_only(store, shop):
    order = shop.orders[0]

    assert store.find_order(order.customer, order.number).total_cents == order.total_cents
    assert store.find_order("user:somebody-else", order.number) is None
    assert store.find_order(order.customer, 1) is None
    assert store.find_order(order.customer, 10**20) is None  # the number is the model's idea: it can be anything


def test_articles_come_from_the_folders_asked_for(store, shop):
    found = store.articles_in(["folder:brakes", "folder:gears"])

    assert found == [article for article in shop.articles if article.folder in ("folder:brakes", "folder:gears")]
    assert store.articles_in([]) == []


def test_history_is_what_was_said_before_the_turn(store, shop):
    said = shop.conversations["conversation:3"]

    assert store.history("conversation:3", before_turn=99) == list(said)
    assert store.history("conversation:3", before_turn=3) == list(said[:4])
    assert store.history("nothing was said here", before_turn=99) == []


def test_a_turn_saved_twice_is_there_once_and_is_the_later_one(store):
    store.save_turn("conversation:3", 31, question="When?", answer="Today.")
    store.save_turn("conversation:3", 31, question="When?", answer="Tomorrow.")

    assert [message.text for message in store.history("conversation:3", before_turn=32)[-2:]] == ["When?", "Tomorrow."]
    assert len(store.history("conversation:3", before_turn=32)) == 62


def test_a_turn_that_can_not_be_saved_whole_changes_nothing(store):
    before = store.history("conversation:3", before_turn=99)

    with pytest.raises(sa.exc.IntegrityError):
        store.save_turn("conversation:3", 30, question="When?", answer=None)

    assert store.history("conversation:3", before_turn=99) == before


def test_more_threads_than_connections_wait_their_turn(address):
    with database.pooled_engine(address, connections=2) as engine:
        opened = []
        sa.event.listen(engine, "connect", lambda *_: opened.append(1))
        together = Barrier(6)

        def ask(_: int) -> int:
            together.wait()
            with engine.connect() as connection:
                return connection.execute(sa.text("SELECT 1")).scalar_one()

        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(ask, range(6))) == [1] * 6
        assert len(opened) <= 2


def test_a_temporary_schema_is_gone_afterwards(postgres_url, tmp_path, shop):
    schemas = sa.text("SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'bench_agent_sample_%'")
    with (
        database.temporary_database(postgres_url, tmp_path) as address,
        database.pooled_engine(address, connections=1) as engine,
    ):
        database.Store(engine).fill(orders=shop.orders, articles=shop.articles, conversations=shop.conversations)
        with engine.connect() as connection:
            assert connection.execute(schemas).scalar_one() == 1

    with database.pooled_engine(address, connections=1) as engine, engine.connect() as connection:
        assert connection.execute(schemas).scalar_one() == 0


@pytest.mark.long
def test_the_suite_uses_the_server_the_environment_names(postgres_url, run_suite):
    finished = run_suite("test_database_query.py", "--benchmark-disable", DATABASE_URL=postgres_url)

    assert finished.passed == 3


def test_a_database_we_do_not_know_is_refused(tmp_path):
    with (
        pytest.raises(ValueError, match="DATABASE_URL is for mysql"),
        database.temporary_database("mysql://u@h/d", tmp_path),
    ):
        pass
