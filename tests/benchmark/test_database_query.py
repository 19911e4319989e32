"""The shop's database through its pool: a query, a transaction, and more threads than there are connections."""

from concurrent.futures import ThreadPoolExecutor

import pytest

THREADS = 6


@pytest.mark.benchmark(group="database_query", max_time=1.0, min_rounds=100)
def test_database_query(benchmark, store, shop):
    orders = benchmark(store.customer_orders, shop.customer)

    benchmark.extra_info["orders"] = len(orders)
    assert all(order.lines for order in orders)


@pytest.mark.benchmark(group="database_query", max_time=1.0, min_rounds=100)
def test_database_transaction(benchmark, store, shop):
    def save():
        store.save_turn("conversation:1", 99, question=shop.question, answer="Yes, within thirty days.")

    benchmark(save)

    assert [message.turn for message in store.history("conversation:1", before_turn=100)][-2:] == [99, 99]


@pytest.mark.benchmark(group="database_query", max_time=1.0, min_rounds=50)
def test_database_pool(benchmark, store, shop):
    numbers = [order.number for order in shop.orders if order.customer == shop.customer]

    def find_share(first):
        return [store.find_order(shop.customer, number) for number in numbers[first::THREADS]]

    with ThreadPoolExecutor(THREADS) as threads:
        shares = benchmark(lambda: list(threads.map(find_share, range(THREADS))))

    benchmark.extra_info["threads"] = THREADS
    assert sorted(order.number for share in shares for order in share) == numbers
