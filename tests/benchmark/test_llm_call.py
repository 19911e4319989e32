"""The model's part alone: a whole answer, a streamed one, the wait for its first token, and the second model's turn."""

import pytest

from benchmark import loopback_api

QUESTION = [{"role": "user", "content": "How long does a refund take? Answer in two sentences."}]


@pytest.mark.benchmark(group="llm_call", max_time=1.0, min_rounds=50)
def test_llm_call(timed, model):
    answer = timed(lambda: model.ask(QUESTION))

    assert answer.content[0].text


@pytest.mark.benchmark(group="llm_call", max_time=1.0, min_rounds=50)
def test_llm_call_streaming(timed, benchmark, model):
    pieces = timed(lambda: list(model.stream(QUESTION)))

    benchmark.extra_info["pieces"] = len(pieces)
    assert len(pieces) > 1


@pytest.mark.benchmark(group="llm_call", max_time=1.0, min_rounds=50)
def test_llm_call_first_token(timed, model):
    def first_piece():
        pieces = model.stream(QUESTION)
        piece = next(pieces)
        pieces.close()  # hangs up: the next round connects anew, which is part of the wait
        return piece

    assert timed(first_piece)


@pytest.mark.benchmark(group="llm_call", max_time=1.0, min_rounds=50)
def test_llm_call_fallback(timed, api):
    if api.live:
        pytest.skip("a real model can't be told to be busy")
    from benchmark.agent.language_model import LanguageModel

    model = LanguageModel(api.client, loopback_api.BUSY_MODEL, fallback=api.model)

    answer = timed(lambda: model.ask(QUESTION))

    assert answer.model == api.model
