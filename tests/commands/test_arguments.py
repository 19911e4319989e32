"""The help of every command: read as it is printed."""

import argparse
import contextlib
import io
from collections.abc import Iterator

import pytest

from bench_agent.commands.arguments import build_parser
from bench_agent.errors import UsageError


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from parsers(command)


PARSERS = list(parsers(build_parser()))


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_every_help_is_printed_as_it_was_written(parser: argparse.ArgumentParser, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        parser.print_help()
    assert "%%" not in text.getvalue()
    assert not [line for line in text.getvalue().partition("examples:")[0].splitlines() if len(line) > 80]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_every_option_and_argument_says_what_it_is(parser: argparse.ArgumentParser) -> None:
    unsaid = [action.dest for action in parser._actions if not action.help]
    assert set(unsaid) <= {"command_name", "action"}  # the lists of commands: each says itself


def test_every_command_takes_json() -> None:
    without = [p.prog for p in PARSERS if "--json" not in p._option_string_actions]
    assert without == ["bench-agent"]


def test_what_is_asked_for_can_be_named() -> None:
    options = build_parser().parse_args(["run", "--fail-on", "undecided", "-k", "a", "--budget", "5"])
    assert (options.command_name, options.fail_on, options.keyword, options.budget) == ("run", "undecided", "a", 5.0)


def test_an_abbreviation_is_an_error_with_the_option_that_was_meant() -> None:
    with pytest.raises(UsageError) as caught:
        build_parser().parse_args(["run", "--budge", "5"])
    assert "--budget" in (caught.value.hint or "")
