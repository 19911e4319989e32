"""Whole requests: the real parts, the loopback API for a model, and a scripted one for what models seldom do."""

from types import SimpleNamespace

import anthropic
import pytest

from benchmark.agent import database
from benchmark.agent.authorization import EmbeddedChecker
from benchmark.agent.language_model import LanguageModel
from benchmark.agent.records import Request
from benchmark.agent.sessions import InvalidSession, Sessions
from benchmark.agent.shop import MODEL
from benchmark.agent.support import MAX_TOOL_ROUNDS, NoAnswer, NotAllowed, SupportAgent

SESSIONS = Sessions("a secret of at least thirty-two bytes")
TURN = 31  # the one after the last of every conversation in the shop


class ScriptedModel:
    """Gives the same answer to every question and remembers what it was asked."""

    def __init__(self, *content: object, stop_reason: str) -> None:
        self._answer = SimpleNamespace(content=list(content), stop_reason=stop_reason, model="scripted")
        self.asked: list[tuple[list, str]] = []

    def ask(self, messages, *, system="", tools=()):
        self.asked.append((list(messages), system))
        return self._answer


def says(text: str) -> ScriptedModel:
    return ScriptedModel(SimpleNamespace(type="text", text=text), stop_reason="end_turn")


def calls(name: str, **arguments: object) -> ScriptedModel:
    call = SimpleNamespace(type="tool_use", id="toolu_1", name=name, input=arguments)
    return ScriptedModel(call, stop_reason="tool_use")


@pytest.fixture
def shop_store(tmp_path, shop):
    with (
        database.temporary_database(None, tmp_path) as address,
        database.pooled_engine(address, connections=2) as engine,
    ):
        store = database.Store(engine)
        store.fill(orders=shop.orders, articles=shop.articles, conversations=shop.conversations)
        yield store


@pytest.fixture
def agent_with(shop_store, shop):
    def build(model):
        checker = EmbeddedChecker(MODEL, shop.facts)
        return SupportAgent(sessions=SESSIONS, checker=checker, store=shop_store, model=model, folders=shop.folders)

    return build


@pytest.fixture
def loopback_model(api_url):
    with (
        anthropic.DefaultHttpxClient(trust_env=False) as http,
        anthropic.Anthropic(base_url=api_url, api_key="none needed", http_client=http) as client,
    ):
        yield LanguageModel(client, "large")


def request(shop, question=None, *, user=None, conversation=None):
    return Request(
        token=SESSIONS.issue(user or shop.customer),
        conversation=conversation or shop.conversation,
        turn=TURN,
        question=question or shop.question,
    )


def test_a_question_is_answered_from_the_customers_order(agent_with, loopback_model, shop, shop_store):
    reply = agent_with(loopback_model).respond(request(shop))

    number = next(order.number for order in shop.orders if order.customer == shop.customer)
    assert f'"number": {number}' in reply.text
    assert "total_cents" in reply.text
    assert (reply.tool_calls, reply.model) == (1, "large")
    stored = shop_store.history(shop.conversation, before_turn=TURN + 1)[-2:]
    assert [message.text for message in stored] == [shop.question, reply.text]


def test_a_request_sent_again_costs_and_stores_the_same(agent_with, loopback_model, shop, shop_store):
    agent = agent_with(loopback_model)

    replies = {agent.respond(request(shop)) for _ in range(3)}

    assert len(replies) == 1
    assert len(shop_store.history(shop.conversation, before_turn=99)) == 2 * TURN


def test_somebody_elses_order_is_no_such_order(agent_with, loopback_model, shop):
    reply = agent_with(loopback_model).respond(request(shop, f"Where is order {shop.orders[0].number}?"))

    assert shop.orders[0].customer != shop.customer
    assert '{"error": "no such order"}' in reply.text


def test_the_model_reads_the_conversation_and_what_the_customer_may_see(agent_with, shop):
    model = says("Yes.")

    agent_with(model).respond(request(shop))

    messages, system = model.asked[0]
    assert messages[-1] == {"role": "user", "content": shop.question}
    assert messages[-2]["content"] == shop.conversations[shop.conversation][-1].text
    assert "# Brakes, page" in system
    assert "# Workshop, page" not in system
    assert "# Suppliers, page" not in system


def test_who_is_no_customer_is_not_answered(agent_with, shop, shop_store):
    model = says("Yes.")

    with pytest.raises(NotAllowed, match="user:stranger is not can_ask"):
        agent_with(model).respond(request(shop, user="user:stranger"))

    assert model.asked == []


def test_somebody_elses_conversation_is_closed(agent_with, shop):
    with pytest.raises(NotAllowed, match="is not owner of conversation:1"):
        agent_with(says("Yes.")).respond(request(shop, conversation="conversation:1"))


def test_an_invalid_session_is_not_answered(agent_with, shop):
    forged = Request(token="forged", conversation=shop.conversation, turn=TURN, question="?")

    with pytest.raises(InvalidSession):
        agent_with(says("Yes.")).respond(forged)


def test_a_model_that_only_calls_tools_is_given_up(agent_with, shop, shop_store):
    model = calls("find_order", number=1)

    with pytest.raises(NoAnswer, match="5 times in a row"):
        agent_with(model).respond(request(shop))

    assert len(model.asked) == MAX_TOOL_ROUNDS + 1
    assert len(shop_store.history(shop.conversation, before_turn=99)) == 2 * (TURN - 1)


@pytest.mark.parametrize(("name", "arguments"), [("find_oder", {"number": 1}), ("find_order", {"number": "one"})])
def test_a_model_is_told_what_was_wrong_with_its_call(agent_with, shop, name, arguments):
    model = calls(name, **arguments)

    with pytest.raises(NoAnswer):
        agent_with(model).respond(request(shop))

    result = model.asked[1][0][-1]["content"][0]
    assert "there is only find_order" in result["content"]
