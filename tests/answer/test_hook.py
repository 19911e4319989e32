"""The Stop hook: which turns it speaks up in, and how."""

import json

from bench_agent.answer.check.check import Complaint
from bench_agent.answer.hook import MAX_COMPLAINTS, sent_back, turn_of

GIVEN = {
    "prompt_id": "p-2",
    "last_assistant_message": "All is well.",
    "stop_hook_active": False,
    "background_tasks": [],
}


def line(prompt: str, text: str, at: str = "2026-11-29T12:31:02.123Z") -> bytes:
    """A line of a session's transcript, as the client writes it."""
    message = {"role": "user", "content": text}
    return json.dumps({"promptId": prompt, "message": message, "timestamp": at}, separators=(",", ":")).encode()


OURS = line("p-2", "<command-message>benchmark</command-message>\n<command-name>/benchmark</command-name>")


def test_an_answer_to_benchmark_is_checked_and_its_turns_beginning_is_known() -> None:
    turn = turn_of(GIVEN, [line("p-1", "hello"), OURS])
    assert turn is not None
    assert turn.message == "All is well."
    assert turn.began == 1795955462.123


def test_the_plugins_command_is_ours_too() -> None:
    assert turn_of(GIVEN, [line("p-2", "<command-name>/bench-agent:benchmark</command-name>")])


def test_later_turns_of_the_session_are_nobodys_business() -> None:
    later = [OURS.replace(b"p-2", b"p-1"), line("p-2", "what is 7 x 6?")]
    assert turn_of(GIVEN, later) is None
    other = line("p-2", "<command-name>/benchmark-notes</command-name>")
    assert turn_of(GIVEN, [other]) is None


def test_one_correction_is_asked_for_and_no_more() -> None:
    assert turn_of({**GIVEN, "stop_hook_active": True}, [OURS]) is None


def test_while_something_runs_in_the_background_the_answer_is_not_there_yet() -> None:
    assert turn_of({**GIVEN, "background_tasks": [{"id": "b1"}]}, [OURS]) is None


def test_what_is_not_as_the_client_sends_it_ends_in_silence() -> None:
    for given in (None, [], {}, {**GIVEN, "last_assistant_message": None}, {**GIVEN, "prompt_id": 7}):
        assert turn_of(given, [OURS]) is None
    assert turn_of(GIVEN, None) is None


def test_the_correction_is_to_be_the_whole_answer() -> None:
    complaint = Complaint("13 %", "llm_call is 13 % slower. " * 40, "they have +31 %")
    answer = sent_back([complaint] * (MAX_COMPLAINTS + 3))
    assert answer["decision"] == "block"
    assert "whole answer again" in answer["reason"]
    assert "and 3 more" in answer["reason"]
    assert len(answer["reason"]) < 5_000
