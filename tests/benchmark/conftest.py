"""The agent's parts, put together once per session. What is heavy to import is imported by the fixture that needs it.

Everything runs on this machine by default. Real services take part when the environment names them:
    FGA_API_URL        an OpenFGA server; the suite makes a store of its own there and deletes it
    DATABASE_URL       a PostgreSQL server; the suite makes a schema of its own there and drops it
    BENCH_LIVE=1       with ANTHROPIC_API_KEY: the real API, for a few rounds; BENCH_MODEL says which model
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from benchmark import loopback_api
from benchmark.agent import shop as bicycle_shop
from benchmark.agent.authorization import Checker, EmbeddedChecker

if TYPE_CHECKING:
    import anthropic

    from benchmark.agent.database import Store
    from benchmark.agent.language_model import LanguageModel
    from benchmark.agent.sessions import Sessions

LIVE_ROUNDS = 5  # real calls cost money and a second each
POOL_CONNECTIONS = 2  # fewer than the threads that want one


@dataclass(frozen=True, kw_only=True)
class Api:
    """Where the model is asked."""

    client: "anthropic.Anthropic"
    model: str
    live: bool


@pytest.fixture(scope="session")
def shop() -> bicycle_shop.Shop:
    return bicycle_shop.open_shop()


@pytest.fixture(scope="session")
def sessions() -> "Sessions":
    from benchmark.agent.sessions import Sessions

    return Sessions("a secret of at least thirty-two bytes")


@pytest.fixture(scope="session")
def checker(shop: bicycle_shop.Shop) -> Iterator[Checker]:
    url = os.environ.get("FGA_API_URL")
    if not url:
        yield EmbeddedChecker(bicycle_shop.MODEL, shop.facts)
        return
    from benchmark.agent import openfga

    with openfga.temporary_store(url, bicycle_shop.MODEL, shop.facts) as server:
        yield server


@pytest.fixture(scope="session")
def store(shop: bicycle_shop.Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Store"]:
    from benchmark.agent import database

    url, directory = os.environ.get("DATABASE_URL"), tmp_path_factory.mktemp("shop")
    with (
        database.temporary_database(url, directory) as address,
        database.pooled_engine(address, connections=POOL_CONNECTIONS) as engine,
    ):
        store = database.Store(engine)
        store.fill(orders=shop.orders, articles=shop.articles, conversations=shop.conversations)
        yield store


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    import anthropic

    if os.environ.get("BENCH_LIVE") == "1" and os.environ.get("ANTHROPIC_API_KEY"):
        with anthropic.Anthropic() as client:
            yield Api(client=client, model=os.environ.get("BENCH_MODEL", "claude-haiku-4-5"), live=True)
        return
    with (
        loopback_api.serving() as address,
        # Not through a proxy the environment may name: it could not reach this machine's loopback.
        anthropic.DefaultHttpxClient(trust_env=False) as http,
        anthropic.Anthropic(base_url=address, api_key="none needed", http_client=http) as client,
    ):
        yield Api(client=client, model="model-large", live=False)


@pytest.fixture(scope="session")
def model(api: Api) -> "LanguageModel":
    from benchmark.agent.language_model import LanguageModel

    return LanguageModel(api.client, api.model)


@pytest.fixture
def timed(benchmark: Any, api: Api) -> Callable[[Callable[[], Any]], Any]:
    """`benchmark` for what asks the model: against the real API a few rounds, else as many as its marker says."""
    return partial(benchmark.pedantic, rounds=LIVE_ROUNDS) if api.live else benchmark
