"""The real Claude Code client: a pinned version in a cache folder of the checkout, run in a bare environment.

`PYTHONPATH=tests python -m e2e.claude_client [VERSION]` installs it (235 MB, once) and prints where it is.
Nothing of this machine's configuration is read: HOME is fresh, the key a dummy, and the only address is the stub's.
Adapted from the client harness this project was started with.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.messages_stub import Json, MessagesStub, Step, ToolResult, prompt, tool_results

PACKAGE = "@anthropic-ai/claude-code"
VERSION = "2.1.197"  # what facts about the client were observed on; a newer one may word its messages differently
NEWER = "2.1.332"  # another one, where it is installed: `python -m e2e.claude_client 2.1.332`
CACHE = Path(__file__).parents[2] / ".cache" / "claude-code"


class NoNodeError(Exception):
    """node or npm is not installed: the one reason to skip the tests that need the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the client: what it printed, and what the model was sent."""

    exit_code: int
    stdout: str
    stderr: str
    conversation: tuple[Json, ...]  # request bodies
    unplayed: int  # scripted steps the client never asked for

    @property
    def prompt(self) -> str:
        """What the first request said; empty when there was none."""
        return prompt(self.conversation[0]) if self.conversation else ""

    @property
    def results(self) -> list[ToolResult]:
        """What the model was shown of each tool call, in order."""
        return tool_results(self.conversation[-1]) if self.conversation else []


def folder_of(version: str) -> Path:
    """Where a version is installed: the pinned one in `CACHE`, another beside it."""
    return CACHE if version == VERSION else CACHE.with_name(f"{CACHE.name}-{version}")


def is_installed(version: str) -> bool:
    return _version(folder_of(version) / "node_modules/.bin/claude") == version


def installed_client(cache: Path = CACHE, *, version: str = VERSION) -> Path:
    """The client's executable, installed into `cache` if it is not there yet.

    Raises NoNodeError where node or npm is missing, RuntimeError when the installation fails.
    """
    executable = cache / "node_modules" / ".bin" / "claude"
    if _version(executable) == version:
        return executable
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        raise NoNodeError(f"{' and '.join(missing)} not found on PATH: the real Claude Code client cannot be installed")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run two at a time
        if _version(executable) != version:
            # The postinstall script is called by hand: recent npm versions hold such scripts back until somebody approves.
            options = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]
            _call(["npm", "install", "--prefix", str(cache), *options, f"{PACKAGE}@{version}"])
            _call(["node", str(cache / "node_modules" / PACKAGE / "install.cjs")])
        found = _version(executable)
    if found != version:
        raise RuntimeError(f"{executable} says it is {found or 'nothing'}, not {version}")
    return executable


def run_claude(
    client: Path,
    project: Path,
    text: str,
    script: Sequence[Step],
    *,
    home: Path,
    path: str,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = 120,
    options: Sequence[str] = (),
) -> Session:
    """What happens when somebody types `text` in the project: `claude -p`, with the script in place of a model.

    home: an empty folder, or that of a session to go on with (options: `--continue`). path: the PATH of the client and of all it starts. A client that does not end in time is
    killed with its process group; its exit code is then 124.
    """
    with MessagesStub(script) as stub:
        bare = _bare(home, path) | {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{stub.port}"}
        process = subprocess.Popen(
            [client, "-p", *options, text],
            cwd=project,
            env=bare | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            stdout, stderr = process.communicate(timeout=timeout_s)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            code = 124
        return Session(
            exit_code=code,
            stdout=stdout,
            stderr=stderr,
            conversation=tuple(stub.conversation),
            unplayed=len(stub.left),
        )


def run_plugin_command(client: Path, folder: Path, arguments: Sequence[str], *, home: Path, path: str) -> str:
    """What `claude plugin ARGUMENTS` prints in the folder. Raises RuntimeError when it fails."""
    done = subprocess.run(
        [client, "plugin", *arguments],
        cwd=folder,
        env=_bare(home, path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"claude plugin {' '.join(arguments)} (exit {done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def _bare(home: Path, path: str) -> dict[str, str]:
    """The environment of the client: nothing of this machine's, and no way to the network."""
    return {
        "HOME": str(home),
        "PATH": path,
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "ANTHROPIC_API_KEY": "dummy",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        # Whatever should look for another address finds a closed door at once.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
    }


def _version(executable: Path) -> str | None:
    """What `claude --version` begins with, or None when it does not run."""
    try:
        done = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.split(" ")[0].strip()


def _call(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed (exit {done.returncode}):\n{done.stdout[-2000:]}")


if __name__ == "__main__":
    try:
        wanted = sys.argv[1] if len(sys.argv) > 1 else VERSION
        print(f"{installed_client(folder_of(wanted), version=wanted)} {wanted}")
    except NoNodeError as reason:
        sys.exit(f"skipped: {reason}")
