"""The model through the real SDK, against the loopback API; and that API's own manners."""

import os
import signal
import subprocess
import sys

import anthropic
import psutil
import pytest

from benchmark import loopback_api
from benchmark.agent.language_model import LanguageModel

QUESTION = [{"role": "user", "content": "How long does a refund take?"}]
TOOL = {"name": "find_order", "input_schema": {"type": "object", "properties": {"number": {"type": "integer"}}}}
ORDER_QUESTION = [{"role": "user", "content": "Where is my order 10159?"}]


@pytest.fixture
def client(api_url):
    with (
        anthropic.DefaultHttpxClient(trust_env=False) as http,
        anthropic.Anthropic(base_url=api_url, api_key="none needed", http_client=http, max_retries=0) as client,
    ):
        yield client


def test_the_model_answers(client):
    answer = LanguageModel(client, "large").ask(QUESTION, system="Be brief.")

    assert answer.model == "large"
    assert answer.stop_reason == "end_turn"
    assert answer.content[0].text == loopback_api.ANSWER


def test_a_streamed_answer_is_the_whole_answer_in_pieces(client):
    pieces = list(LanguageModel(client, "large").stream(QUESTION))

    assert len(pieces) > 5
    assert "".join(pieces) == loopback_api.ANSWER


def test_a_stream_closed_early_leaves_the_api_working(client):
    model = LanguageModel(client, "large")

    for _ in range(3):
        pieces = model.stream(QUESTION)
        assert next(pieces)
        pieces.close()

    assert model.ask(QUESTION).content


def test_the_model_calls_the_tool_it_is_offered(client):
    answer = LanguageModel(client, "large").ask(ORDER_QUESTION, tools=[TOOL])

    assert answer.stop_reason == "tool_use"
    assert answer.content[0].name == "find_order"
    assert answer.content[0].input == {"number": 10159}


def test_a_tool_call_can_be_streamed_too(client):
    with client.messages.stream(model="large", max_tokens=99, messages=ORDER_QUESTION, tools=[TOOL]) as stream:
        answer = stream.get_final_message()

    assert answer.content[0].input == {"number": 10159}


def test_a_tools_result_is_in_the_answer(client):
    call = {"type": "tool_use", "id": "toolu_1", "name": "find_order", "input": {"number": 10159}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "shipped"}
    messages = [
        *ORDER_QUESTION,
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]

    answer = LanguageModel(client, "large").ask(messages, tools=[TOOL])

    assert answer.stop_reason == "end_turn"
    assert answer.content[0].text.startswith("shipped ")


def test_a_busy_model_is_answered_for_by_the_fallback(client):
    model = LanguageModel(client, loopback_api.BUSY_MODEL, fallback="small")

    assert model.ask(QUESTION).model == "small"


def test_a_busy_model_without_fallback_is_an_error(client):
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        LanguageModel(client, loopback_api.BUSY_MODEL).ask(QUESTION)


def test_an_error_that_another_model_would_make_too_is_not_retried_there(client, api_url):
    lost = client.with_options(base_url=f"{api_url}/nowhere")

    with pytest.raises(anthropic.NotFoundError):
        LanguageModel(lost, "large", fallback="small").ask(QUESTION)


def test_the_loopback_api_ends_with_its_block():
    before = set(psutil.Process().children())

    with loopback_api.serving(latency_ms=0):
        assert len(set(psutil.Process().children()) - before) == 1

    assert set(psutil.Process().children()) <= before


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_the_loopback_api_ends_when_its_owner_is_killed():
    code = (
        "import psutil, sys; from benchmark import loopback_api\n"
        "with loopback_api.serving(latency_ms=0):\n"
        "    print(psutil.Process().children()[0].pid, flush=True); sys.stdin.read()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        server = psutil.Process(int(owner.stdout.readline()))
        owner.send_signal(signal.SIGKILL)

    assert psutil.wait_procs([server], timeout=10)[1] == []
