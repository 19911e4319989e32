"""`python -m bench_agent` for the tests, already imported: a process that forks for each call. Half of what a call costs is importing.

Each call is a process of its own, with its own session, folder, environment and pipes, and ends as Python ends. What is not as in
a process that starts from nothing: the modules stand in memory. So what Python or an import reads from the environment must be as
it was when this began: `is_possible` says whether it is.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_READ_AT_START = (
    "PYTHON",
    "LC_",
    "LANG",
    "PATH",
    "HOME",
    "TMPDIR",
    "GIT_PYTHON",
    "COV_",
    "COVERAGE",
    "NO_COLOR",
    "COLUMNS",
)
# What the commands import where they need it. Not numpy: it starts threads, and few commands use it.
_IMPORTED_LATER = ("git", "psutil", "rich.console", "yaml")
_NOT_IMPORTED = ("bench_agent.__main__", "bench_agent.measure.pytest_plugin")  # what starts it; what pytest imports


def _fixed(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


@dataclass(frozen=True, kw_only=True)
class Product:
    """The process that forks, and what of its environment a call must share."""

    process: "subprocess.Popen[bytes]"
    channel: socket.socket
    fixed: dict[str, str]

    def is_possible(self, environment: Mapping[str, str]) -> bool:
        return _fixed(environment) == self.fixed and self.process.poll() is None

    def call(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout_s: float
    ) -> tuple[int, bytes, bytes]:
        """Exit code (negative: the signal), stdout and stderr. TimeoutExpired, and the call killed, when it takes longer."""
        asked = json.dumps([list(arguments), str(folder), dict(environment)]).encode(errors="surrogateescape")
        out, err = os.pipe(), os.pipe()
        try:
            socket.send_fds(self.channel, [len(asked).to_bytes(8)], [out[1], err[1]])
            self.channel.sendall(asked)
        finally:
            os.close(out[1])
            os.close(err[1])
        pid = int.from_bytes(_exactly(self.channel, 8))
        try:
            texts = _read_all(out[0], err[0], timeout_s)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout_s) from None
        finally:
            code = int.from_bytes(_exactly(self.channel, 8), signed=True)
        return code, *texts

    def end(self) -> None:
        self.channel.close()
        self.process.communicate()


def start(environment: Mapping[str, str]) -> Product:
    """The product imported in a process of its own, which ends when this one does."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno())],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,  # what `sys.stdout` is made for; each call gets another one there
        stderr=subprocess.PIPE,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    product = Product(process=process, channel=ours, fixed=_fixed(environment))
    atexit.register(product.end)
    return product


def _exactly(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (part := channel.recv(size - len(data))):
            raise EOFError
        data += part
    return data


def _read_all(out: int, err: int, timeout_s: float) -> tuple[bytes, bytes]:
    """What is written to both until nobody holds them open, as `communicate` reads."""
    texts = {out: b"", err: b""}
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as waiting:
        for pipe in texts:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map():
            if not (ready := waiting.select(max(0.0, deadline - time.monotonic()))):
                raise TimeoutError
            for key, _ in ready:
                part = os.read(key.fd, 65536)
                texts[key.fd] += part
                if not part:
                    waiting.unregister(key.fd)
    os.close(out)
    os.close(err)
    return texts[out], texts[err]


def _import_everything() -> None:
    import bench_agent

    for module in pkgutil.walk_packages(bench_agent.__path__, "bench_agent."):
        if module.name not in _NOT_IMPORTED:
            importlib.import_module(module.name)
    for name in _IMPORTED_LATER:
        importlib.import_module(name)


def _serve(channel: socket.socket) -> list[str]:
    """Forks for each call. Returns in the forked process, with the arguments it is called with; ends when nobody is left to call."""
    while True:
        size, descriptors, _, _ = socket.recv_fds(channel, 8, 2)
        if not size:
            os._exit(0)
        arguments, folder, environment = json.loads(_exactly(channel, int.from_bytes(size)))
        pid = os.fork()
        if pid == 0:
            channel.close()
            os.setsid()
            for place, descriptor in enumerate(descriptors, start=1):
                os.dup2(descriptor, place)
                os.close(descriptor)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            return arguments
        for descriptor in descriptors:
            os.close(descriptor)
        channel.sendall(pid.to_bytes(8))
        _, status = os.waitpid(pid, 0)
        channel.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, signed=True))


def _main(channel: socket.socket) -> None:
    del sys.path[0]  # this folder
    import bench_agent.__main__

    _import_everything()
    gc.freeze()  # a collection in a forked process would copy all that is imported
    arguments = _serve(channel)
    # As `python -m bench_agent` has them.
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = [bench_agent.__main__.__file__, *arguments]
    sys.orig_argv = [sys.executable, "-m", "bench_agent", *arguments]
    bench_agent.__main__.main()


if __name__ == "__main__":
    _main(socket.socket(fileno=int(sys.argv[1])))
