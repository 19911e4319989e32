"""What a command says to the world: streams that take any text, errors for people and as JSON, exit codes.

Only the standard library is imported here: every command passes through, and the fast ones must stay fast.
"""

import codecs
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from bench_agent import __version__
from bench_agent.commands.typed import NAME, as_typed, this_name
from bench_agent.errors import BenchAgentError

COULD_NOT = 3
OUR_BUG = 4
INTERRUPTED = 130


def guarded(action: Callable[[], int], *, as_json: bool) -> int:
    """The action's exit code, or the one of its error, which is printed for a person. The one place that catches all."""
    try:
        code = action()
        sys.stdout.flush()  # a full disk or a reader that went away shows here, not at exit
    except BenchAgentError as error:
        print_error(error.kind, error.message, error.hint, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("interrupted", "interrupted", None, as_json=as_json)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()  # the reader has what it wanted (`| head`)
        return 0
    except OSError as error:
        if error.errno not in _OUT_OF_SPACE:
            return _report_bug(error, as_json)
        where = f" {error.filename}" if error.filename else ""
        message, hint = f"could not write{where}: {error.strerror}", "free some space, or write somewhere else"
        print_error("store", message, hint, as_json=as_json)
        return COULD_NOT
    except Exception as error:
        return _report_bug(error, as_json)
    return code


_OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


@contextlib.contextmanager
def streams_for_any_text(*, as_json: bool) -> Iterator[None]:
    """Any text can be printed meanwhile: what the encoding lacks is replaced, a stream that was closed takes all."""
    stdout, stderr = sys.stdout, sys.stderr
    if sys.stdout is None:  # `>&-`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    codecs.register_error("json-escape", _json_escape)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="json-escape" if as_json else "replace")
    sys.stderr = _Talk(sys.stderr, name := this_name())
    if name != NAME:
        sys.stdout = _Typed(sys.stdout, name)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr


def _json_escape(error: UnicodeError) -> tuple[str, int]:
    """What can't be encoded as JSON escapes: UTF-16 units, which python's own backslashreplace does not write."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


class _Talk:
    """stderr whose failing stops nothing: nobody may read it, and a measurement must not end because of that."""

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self._stream: Any = stream or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        self._name = name

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(as_typed(text, self._name))
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Typed:
    """stdout that writes commands as they must be typed in this project."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream: Any = stream
        self._name = name

    def write(self, text: str) -> int:
        self._stream.write(as_typed(text, self._name))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _drop_stdout() -> None:
    """From now on stdout takes everything: python would complain once more when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_error(kind: str, message: str, hint: str | None, *, as_json: bool) -> None:
    """For people on stderr; as_json: as JSON on stdout too."""
    if as_json:
        import json

        try:
            print(json.dumps({"error": {"kind": kind, "message": message, "hint": hint}}), flush=True)
        except OSError:
            _drop_stdout()
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)


def _report_bug(error: Exception, as_json: bool) -> int:
    import tempfile
    import traceback

    details = "the output of: python -X dev -m bench_agent ..."
    with (
        contextlib.suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="bench-agent-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log,
    ):
        traceback.print_exception(error, file=log)
        details = f"the details in {log.name}"
    from bench_agent.text.clean import clean_text

    message = f"a bug in bench-agent {__version__}: {type(error).__name__}: {clean_text(error)}"
    print_error("bug", message, f"please report it with {details}", as_json=as_json)
    return OUR_BUG
