"""The options commands share, checked in one place: settings, seconds, the repository they need."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bench_agent.config import Config, load_config
from bench_agent.errors import UsageError
from bench_agent.project import find_root

if TYPE_CHECKING:
    from bench_agent.system.git import Repository

Options = argparse.Namespace
MOST_SECONDS = 1e9  # thirty years: what is above is a slip, and so is nan


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


def above_zero(flag: str, value: float, *, hint: str) -> float:
    """The value of an option that takes seconds. Raises UsageError for 0, negative values, nan and inf."""
    if not 0 < value < MOST_SECONDS:
        raise UsageError(f"{flag} must be above 0", hint=hint)
    return value


def budget_of(options: Options, default_s: float) -> float:
    """Seconds to spend: --budget, else the default. Raises UsageError."""
    if options.budget is None:
        return default_s
    return above_zero("--budget", options.budget, hint="seconds, such as --budget 60")


def require_repository(config: Config, command: str) -> "Repository":
    """The git repository of the project, for a command that does nothing without one. Raises UsageError, GitError."""
    from bench_agent.system.git import open_repository

    repository = open_repository(config.root)
    if repository is None:
        raise UsageError(
            f"{command} needs a git repository, and there is none here", hint="git init, and commit what is here"
        )
    return repository
