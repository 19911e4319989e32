"""Tells files that bench-agent wrote on this machine from files that came with a repository. Light: `status` asks this first.

A sealed file is a JSON object whose first member, "seal", is a keyed hash of the others. The key lies outside every project,
in a folder that only this user can write. Whoever commits a forged file has no key; a file that was copied here from another
machine is not believed either. What is believed decides what `status` says, what `wait` prints and which process is ours.
"""

import contextlib
import errno
import os
import stat
from typing import IO

try:
    from _blake2 import blake2s  # 0.4 ms; hashlib loads OpenSSL for it, which takes 8
except ImportError:  # another implementation of Python
    from hashlib import blake2s

KEY_BYTES = 32  # of the key, and of the digest
MOST_BYTES = 64 << 20  # of a file that is read: a report of 10,000 benchmarks has 20 MB
_START = b'{"seal":"'
_DIGITS = 2 * 32  # hex digits of the digest


def private_dir() -> str | None:
    """The folder for what is ours on this machine, made if need be: only this user can write it. None: there is no place.

    `$XDG_CACHE_HOME/bench-agent`, else `~/.cache/bench-agent`, else a folder of ours below the temporary directory. One that
    is a link, that somebody else owns, or that others may write is not used.
    """
    for parent, name in _candidates():
        folder = os.path.join(parent, name)
        with contextlib.suppress(OSError):
            os.makedirs(parent, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700)
            if is_private(folder) and os.access(folder, os.W_OK):
                return folder
    return None


def _candidates() -> list[tuple[str, str]]:
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        home = os.path.expanduser("~")  # "~" again for a user id without an entry, as in some containers
        cache = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    temporary = os.environ.get("TMPDIR") or "/tmp"
    return [*([(cache, "bench-agent")] if cache else []), (temporary, f"bench-agent-{os.geteuid()}")]


def is_private(folder: str) -> bool:
    """Whether it is a real folder of this user that nobody else may write."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def seal(text: str) -> str:
    """The JSON object `text` with its seal as first member. Where there is no place for a key the seal proves nothing."""
    body = text.encode()
    key = _key()
    mark = _hash(key, body) if key else "0" * _DIGITS
    return f'{{"seal":"{mark}"{"" if text == "{}" else ","}{text[1:]}'


def unseal(data: bytes) -> bytes | None:
    """The JSON object without its seal; None where it has none, or not ours."""
    end = len(_START) + _DIGITS
    if not data.startswith(_START) or data[end : end + 1] != b'"':
        return None
    rest = data[end + 1 :]
    body = b"{" + (rest[1:] if rest.startswith(b",") else rest)
    key = _key(create=False)
    return body if key and _hash(key, body).encode() == data[len(_START) : end] else None


def read_sealed(path: str, *, limit: int = MOST_BYTES) -> bytes | None:
    """The JSON object in a sealed file of ours; None for any other file, a link, a pipe, or one of more than `limit` bytes."""
    data = read_plain(path, limit=limit)
    return None if data is None else unseal(data)


def read_plain(path: str, *, limit: int) -> bytes | None:
    """What a plain file holds; None for a link, a device, a pipe, one of more than `limit` bytes, or none."""
    try:
        with open_plain(path) as file:
            if os.fstat(file.fileno()).st_size > limit:
                return None
            data = file.read(limit + 1)
            return data if len(data) <= limit else None
    except OSError:
        return None


def open_plain(path: str) -> IO[bytes]:
    """A plain file, open for reading. Raises OSError for a link, a device, a pipe, or none."""
    # Without O_NONBLOCK a pipe that nobody writes to would be waited for.
    file = open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no plain file", path)
    return file


def _hash(key: bytes, body: bytes) -> str:
    return blake2s(body, key=key).hexdigest()


def _key(*, create: bool = True) -> bytes | None:
    folder = private_dir()
    if folder is None:
        return None
    path = os.path.join(folder, "key")
    key = read_plain(path, limit=KEY_BYTES)
    if key is None and create:
        with contextlib.suppress(OSError):
            temporary = os.path.join(folder, f".key-{os.getpid()}")
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(handle, "wb") as file:
                file.write(os.urandom(KEY_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)  # of two that begin at once, the first one's key is both's
            os.unlink(temporary)
        key = read_plain(path, limit=KEY_BYTES)
    return key if key and len(key) == KEY_BYTES else None
