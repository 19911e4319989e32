"""What the model is given to read, chosen from all articles and a long conversation. Pure computation."""

import pytest

from benchmark.agent.context import load_context

BUDGET_TOKENS = 3000


@pytest.mark.benchmark(group="context_loading", max_time=1.5, min_rounds=50)
def test_context_loading(benchmark, shop):
    history = shop.conversations[shop.conversation]

    context = benchmark(load_context, shop.question, shop.articles, history, budget_tokens=BUDGET_TOKENS)

    benchmark.extra_info.update(passages=len(context.passages), messages=len(context.history), tokens=context.tokens)
    assert BUDGET_TOKENS * 0.9 < context.tokens <= BUDGET_TOKENS
