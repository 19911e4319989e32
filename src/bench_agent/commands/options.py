"""What the commands share: the settings they run under, the screen they write to, the files they are told to write."""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from bench_agent.config import Config, load_config
from bench_agent.errors import StoreError, UsageError
from bench_agent.history.store import write_atomically
from bench_agent.project import find_root
from bench_agent.render.chart import fits_encoding
from bench_agent.render.terminal import Screen
from bench_agent.text.clean import clean_text

Options = argparse.Namespace


def read_config(options: Options) -> Config:
    """The settings of the project around the current folder. Raises ConfigError, and UsageError as `check_command`."""
    check_command(options)
    flags = {"command": getattr(options, "command", None)}
    return load_config(Path(find_root(str(Path.cwd()))), environment=os.environ, flags=flags)


def check_command(options: Options) -> None:
    """Whether the --command of any command may be run. Raises UsageError."""
    command: str | None = getattr(options, "command", None)
    if command is not None and not command.strip():
        raise UsageError("--command is empty", hint="such as --command 'pytest benchmarks'")
    if command and "CLAUDECODE" in os.environ:
        # The slash command lets `bench-agent run` run unasked: it must not be a way to run anything else.
        raise UsageError(
            "--command is not taken from Claude Code", hint="set `command` in [tool.bench-agent] of pyproject.toml"
        )


def screen_of(stream: Any) -> Screen:
    """What the stream is. NO_COLOR and a dumb terminal mean no colour; no tty means plain text."""
    tty = is_terminal(stream)
    width = shutil.get_terminal_size((100, 24)).columns
    return Screen(
        width=max(width, 40),
        color=tty and not os.environ.get("NO_COLOR"),
        plain=not tty,
        box=fits_encoding(stream.encoding),
    )


def is_terminal(stream: Any) -> bool:
    """Whether a person looks at it; Claude Code shows whole lines only."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb" and "CLAUDECODE" not in os.environ


def say(options: Options, document: Any, words: str) -> None:
    """The result of a command: the document with --json, else the words."""
    print(json.dumps(document) if options.json else words)


def write_file(name: str, text: str) -> None:
    """Write a file somebody named ("-": stdout), whole or not at all. Raises StoreError."""
    if name == "-":
        sys.stdout.write(text)
        return
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(name), text)
    except OSError as error:
        hint = "check the folder, its owner and the space left"
        raise StoreError(f"could not write {clean_text(name)}: {error.strerror}", hint=hint) from error
