"""The plugin in the real client: added and installed from a checkout, and what its skills make of a session.

The model is a script; the client, the plugin, the shop and the measurements are real.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench_agent.scaffold.slash_command import command_text
from e2e.claude_client import Session, run_claude, run_plugin_command
from e2e.messages_stub import Step, ToolResult, bash, say, use
from e2e.shop import FAST, SLOW, Shop, search_path

pytestmark = pytest.mark.claude

TOP = Path(__file__).parents[2]


class Desk:
    """A shop without a command of its own, whose people have the plugin and no bench-agent on PATH but the plugin's."""

    def __init__(self, client: Path, folder: Path) -> None:
        self.client, self.home, self.shop = client, folder / "home", Shop(folder / "shop")
        self.home.mkdir()
        self.path = search_path(folder / "bin", with_bench_agent=False)
        # In place of the environment that the first run would install, with what is here already.
        (self.shop.folder / ".venv").mkdir()
        search_path(self.shop.folder / ".venv/bin")
        self.shop.write(".gitignore", "__pycache__/\n.benchmarks/\n.venv/\n")
        self.shop.commit("An environment of its own")
        checkout = copy_checkout(folder / "check out")
        self.said = [
            self.plugin("validate", "--strict", str(checkout)),
            self.plugin("marketplace", "add", str(checkout)),
            self.plugin("install", "bench-agent@bench-agent"),
        ]

    def plugin(self, *arguments: str) -> str:
        return run_plugin_command(self.client, self.shop.folder, arguments, home=self.home, path=self.path)

    def type(self, text: str, script: Sequence[Step], *, options: Sequence[str] = ()) -> Session:
        """What happens when somebody types `text`; the script must be played to its end."""
        session = run_claude(
            self.client, self.shop.folder, text, script, home=self.home, path=self.path, options=options
        )
        assert (session.exit_code, session.unplayed) == (0, 0), f"{session.stdout}\n{session.stderr}"
        return session


@pytest.fixture(scope="module")
def desk(each_client: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One for each client: adding and installing takes 20 to 40 s."""
    return Desk(each_client, tmp_path_factory.mktemp("plugin"))


def copy_checkout(folder: Path) -> Path:
    """What git has of this checkout, as it is now. The client copies the whole folder, with a .venv of 500 MB if there is one."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if name and (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    return folder


def answer_in(result: ToolResult) -> str:
    assert not result.is_error, result.text
    answer = result.text[result.text.index("## ") :]
    return answer.partition("--- For the assistant")[0].rstrip()


def orders_of(text: str) -> list[str]:
    """The lines of a command's text that are the same in every session."""
    body = text.split("\n---\n", 1)[1]
    return [line for line in body.splitlines() if line and "$ARGUMENTS" not in line and "!`" not in line]


def test_adding_and_installing_it_is_the_whole_set_up_and_a_wrong_answer_is_sent_back(desk):
    assert "Validation passed" in desk.said[0]
    assert "Successfully installed plugin" in desk.said[2]
    right: list[str] = []

    def wrong(result: ToolResult) -> Sequence[Step]:
        right.append(answer_in(result))
        return [say(f"agent_response is 37 % slower, a regression. Hold.\n\n{right[0]}"), lambda _: [say(right[0])]]

    session = desk.type("/bench-agent:benchmark --quick", [bash("bench-agent run --answer --quick"), wrong])
    assert [line for line in orders_of(command_text()) if line not in session.prompt] == []
    assert "Arguments from the user: `--quick`" in session.prompt
    assert '"next_command": "bench-agent run --quick"' in session.prompt  # the state, as the skill may call it
    assert "37 %" in str(session.conversation[-1]["messages"][-1])  # the hook found the program too
    assert session.stdout.strip() == right[0]


def test_the_other_skills_may_call_their_own_command_and_no_other(desk):
    for name, call in (
        ("verify", "bench-agent verify --good 'no-such'"),
        ("bisect", "bench-agent bisect --good 'no-such'"),
        ("compare", "bench-agent compare 'no-such'"),
    ):
        session = desk.type(f"/bench-agent:{name}", [bash(call), bash("bench-agent baseline accept x"), say("done")])
        ran, refused = session.results
        assert "error: " in ran.text  # there is no such revision
        assert "approval" not in ran.text
        assert "approval" in refused.text


def test_an_edit_that_makes_a_benchmark_do_more_is_told_to_the_assistant_where_the_guard_is_on(desk):
    """The client calls the plugin's hook after each edit; off, or after another edit, it says nothing."""
    basket = str(desk.shop.folder / "basket.py")
    edit = (use("Read", file_path=basket), use("Write", file_path=basket, content=SLOW), say("done"))
    back = (use("Read", file_path=basket), use("Write", file_path=basket, content=FAST), say("done"))
    allowed = ("--allowedTools", "Write,Read")

    def told(script: Sequence[Step]) -> str:
        return str(desk.type("edit it", script, options=allowed).conversation[-1]["messages"])

    assert "bench-agent counted" not in told(edit)
    assert "bench-agent counted" not in told(back)
    guard = subprocess.run(
        [desk.shop.folder / ".venv/bin/bench-agent", "guard", "on"],
        cwd=desk.shop.folder, env={"HOME": str(desk.home), "PATH": desk.path}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "guard is on: it watches 3 of 3" in guard.stdout
    warned = told(edit)
    assert "one call of `agent_response` now executes" in warned
    assert "unique" in warned
    assert "bench-agent counted" not in told(back)
