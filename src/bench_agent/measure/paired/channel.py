"""Frames between the parent and one session, over a Unix socket: one letter, a length, that many bytes.

Knows nothing of what the letters mean. The other end is `Channel` of probe/bench_agent_ring.py.
"""

import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

_HEADER = struct.Struct("!cI")
_POLL_S = 0.5  # how often a silent session is checked for being alive


class Channel:
    """The parent's end: listens until the session connects, then sends and receives frames."""

    def __init__(self, path: Path) -> None:
        """path: of the socket, not there yet; at most 107 characters, which is what the kernel takes."""
        self._buffer = bytearray()
        self._connection: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(1)

    def accept(self) -> bool:
        """Whether the session has connected; waits a tenth of a second for it."""
        self._listener.settimeout(_POLL_S / 5)
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError:
            return False
        self._listener.close()
        return True

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Raises OSError when the other end is gone."""
        assert self._connection is not None
        self._connection.sendall(_HEADER.pack(kind, len(payload)) + payload)

    def receive(self, timeout_s: float, *, is_alive: Callable[[], bool]) -> tuple[bytes, bytes]:
        """The next frame: its letter and its bytes.

        is_alive: asked when nothing comes; a session may die and leave its end open with a child. Raises TimeoutError after
        `timeout_s` of silence, ConnectionError when the session is gone.
        """
        deadline = time.monotonic() + timeout_s
        kind, length = _HEADER.unpack(self._exactly(_HEADER.size, deadline, is_alive))
        return kind, self._exactly(length, deadline, is_alive)

    def _exactly(self, length: int, deadline: float, is_alive: Callable[[], bool]) -> bytes:
        assert self._connection is not None
        self._connection.settimeout(_POLL_S)
        while len(self._buffer) < length:
            try:
                chunk = self._connection.recv(65536)
            except TimeoutError:
                if not is_alive():
                    raise ConnectionError from None
                if time.monotonic() > deadline:
                    raise
                continue
            except OSError as error:
                raise ConnectionError from error
            if not chunk:
                raise ConnectionError
            self._buffer += chunk
        data = bytes(self._buffer[:length])
        del self._buffer[:length]
        return data

    def close(self) -> None:
        """Idempotent."""
        for end in (self._connection, self._listener):
            if end is not None:
                end.close()
