"""A whole request: session, permissions, context, the model's tool call answered, its second answer stored."""

import pytest


@pytest.fixture
def agent(sessions, checker, store, model, shop):
    from benchmark.agent.support import SupportAgent

    return SupportAgent(sessions=sessions, checker=checker, store=store, model=model, folders=shop.folders)


@pytest.mark.benchmark(group="agent_response", max_time=2.0, min_rounds=50)
def test_agent_response(timed, benchmark, agent, sessions, shop, api):
    from benchmark.agent.records import Request

    # The turn after the last: sent again and again, it replaces itself, so every round finds the same conversation.
    turn = shop.conversations[shop.conversation][-1].turn + 1
    token = sessions.issue(shop.customer)
    request = Request(token=token, conversation=shop.conversation, turn=turn, question=shop.question)

    reply = timed(lambda: agent.respond(request))

    benchmark.extra_info.update(tool_calls=reply.tool_calls, context_tokens=reply.context_tokens)
    assert reply.text
    assert reply.tool_calls == 1 or api.live  # a real model decides for itself
