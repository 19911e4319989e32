"""What can go wrong that a person can do something about. Nothing else is raised on purpose.

Every error says what happened and where; its hint says what to do next. `cli` prints both and exits with the
class's code.
"""


class BenchAgentError(Exception):
    """A failure with a message for a person; `hint` is the next step, or None when there is none."""

    kind = "error"
    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BenchAgentError):
    """The command line asks for something that does not exist or does not go together."""

    kind = "usage"
    exit_code = 2


class ConfigError(BenchAgentError):
    """A configuration file or variable holds something we can't use; the message names the file and the key."""

    kind = "configuration"
    exit_code = 2


class MeasureError(BenchAgentError):
    """The benchmarks could not be measured."""

    kind = "measure"
    exit_code = 3


class GitError(BenchAgentError):
    """Git could not answer what was asked of it."""

    kind = "git"
    exit_code = 3


class StoreError(BenchAgentError):
    """Something under `.benchmark/` could not be read or written."""

    kind = "store"
    exit_code = 3
