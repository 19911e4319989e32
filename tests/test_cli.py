"""The command line itself: usage errors, exit codes, streams of every kind."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.cli import main
from bench_agent.commands.arguments import build_parser
from projects import Project, environment, make_project


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one stored run of benchmarks with hostile names; no test changes it."""
    suite = """
import pytest

HOSTILE = ["\\x1b[31mred\\x1b[0m", "[bold red]x[/]", "[/nope]", "a\\nb\\rc", "x" * 10_000, "<script>alert(1)</script>",
           "| a | b |", "@everyone #1 https://x.y", "\\u202egnp", "`code`", "\\x00nul", "{x}", "%s", "\\u2705 \\U0001f600"]

@pytest.mark.parametrize("value", HOSTILE, ids=HOSTILE)
def test_name(benchmark, value):
    benchmark.group = value
    benchmark.extra_info["k" + value[:50]] = "\\x1b]0;title\\x07[red]" + value
    benchmark.pedantic(int, rounds=2)

@pytest.mark.parametrize("value", HOSTILE)
def test_fails(benchmark, value):
    benchmark.pedantic(int, rounds=2)
    raise ValueError(value)
"""
    project = make_project(tmp_path_factory.mktemp("measured"), suite=suite)
    project.write("\x1b[31mred [bold]x[/].py", "")
    project.commit("evil \x1b[31m [bold]x[/] <b> `x` @all #1 " + "x" * 10_000)
    first = project.run("run", "--no-confirm", "--json")
    assert first.json["summary"]["benchmarks"] == 14, first.err
    return project


# --- usage


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["rnu"], "there is no command `rnu`", "did you mean `bench-agent run`?"),
        (["statsu"], "there is no command `statsu`", "did you mean `bench-agent status`?"),
        (["xyz"], "there is no command `xyz`", "see: bench-agent --help"),
        (["history", "lst"], "there is no command `history lst`", "did you mean `bench-agent history list`?"),
        (["run", "--quik"], "unrecognized arguments: --quik", "did you mean `--quick`?"),
        (["run", "--quic"], "unrecognized arguments: --quic", "did you mean `--quick`?"),
        (["run", "--timeout", "soon"], "invalid float value: 'soon'", "see: bench-agent run --help"),
        (["run", "--timeout", "-3"], "--timeout must be above 0", "seconds"),
        (["run", "--timeout", "nan"], "--timeout must be above 0", "seconds"),
        (["run", "--command", " "], "--command is empty", "such as"),
        (["run", "--fail-on", "x"], "argument --fail-on: 'x' is none of 'never', 'regression'", "see: bench-agent run"),
        (["run", "--markdown", "/no/such/folder/x.md"], "there is no folder /no/such/folder", "existing folder"),
        (["report", "--html", ".benchmark/x.html"], "no run is stored here yet", "bench-agent run"),
        (["run", "--out", "."], "cannot write .: is a folder", "name a file"),
        (["run", "--html", "-", "--markdown", "-"], "only one result can go to stdout", "leave out --json"),
        (["baseline"], "required: ACTION", "see: bench-agent baseline --help"),
        (["baseline", "set", "x", "p95=3"], "`p95=3` is not a setting", "p95_ms=50"),
        (["baseline", "set", "x", "p95_ms=-3"], "`p95_ms=-3` must be above 0", ""),
        (["trend", "--last", "0"], "--last must be at least 1", ""),
        (["trend"], "no run is stored here yet", "bench-agent run"),
        (["report"], "no run is stored here yet", "bench-agent run"),
        (["detect"], "no run is stored here yet", "bench-agent run"),
        (["issue", "x"], "no run is stored here yet", "bench-agent run"),
    ],
)
def test_a_usage_error_is_one_line_and_the_nearest_right_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, arguments: list[str], message: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CLAUDECODE", "BENCH_AGENT_WAIT_S", "BENCH_AGENT_WORKER"):
        monkeypatch.delenv(name, raising=False)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err.splitlines()[0]
    assert hint in err
    assert len(err.splitlines()) <= 2
    assert main([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "usage"
    assert set(error) == {"kind", "message", "hint"}
    assert list(tmp_path.iterdir()) == []  # asking wrongly leaves nothing behind


def test_every_command_has_help_and_something_that_does_it(capsys) -> None:
    names = {name for action in build_parser()._actions if isinstance(action.choices, dict) for name in action.choices}
    assert all(
        callable(importlib.import_module(f"bench_agent.commands.{name.replace('-', '_')}").main) for name in names
    )
    for name in sorted(names):
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert "examples:" in capsys.readouterr().out


def test_without_a_command_there_is_help(capsys) -> None:
    assert main([]) == 0
    assert "130  interrupted" in capsys.readouterr().out


def test_a_bug_of_ours_is_exit_4_and_its_details_are_in_a_file(measured: Project) -> None:
    # A package of the same name in the way of ours makes any command fail in a way nobody foresaw.
    blocked = measured.write(
        "blocked/sitecustomize.py", "import sys\nsys.modules['bench_agent.commands.report'] = object()\n"
    )
    path = f"{blocked.parent}:{environment()['PYTHONPATH']}"
    done = measured.run("report", "--json", PYTHONPATH=path)
    assert done.code == 4
    assert done.json["error"]["kind"] == "bug"
    log = Path(done.json["error"]["hint"].rpartition(" ")[2])
    assert "Traceback" in log.read_text()
    log.unlink()


# --- streams


ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SHOWS = [
    ["report", "--verbose"],
    ["report", "--json"],
    ["report", "--markdown", "-"],
    ["trend"],
    ["history", "list"],
    ["status"],
]


@pytest.mark.parametrize("variables", [ASCII, C_LOCALE], ids=["ascii", "C"])
def test_any_text_can_be_shown_in_any_encoding(measured: Project, variables: dict[str, str]) -> None:
    for arguments in SHOWS:
        done = measured.run(*arguments, **variables)
        assert done.code == 0, (arguments, done.err)
        assert done.out
        if "--json" in arguments:
            assert done.out.isascii()
            assert done.json == measured.run(*arguments).json


def _shell(project: Project, line: str) -> "subprocess.CompletedProcess[str]":
    whole = line.replace("bench-agent", f"'{sys.executable}' -m bench_agent")
    done = subprocess.run(["bash", "-c", whole], cwd=project.root, env=environment(), capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize("arguments", ["report --verbose", "report --json", "status", "--help"])
def test_a_reader_that_leaves_early_is_no_error(measured: Project, arguments: str) -> None:
    done = _shell(measured, f"bench-agent {arguments} | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", ["report", "report --json", "status"])
def test_closed_streams_are_no_error(measured: Project, arguments: str) -> None:
    assert _shell(measured, f"bench-agent {arguments} >&-").returncode == 0
    assert _shell(measured, f"bench-agent {arguments} 2>&-").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", ["report", "report --json", "status", "trend"])
def test_a_result_that_cannot_be_written_is_exit_3(measured: Project, arguments: str) -> None:
    done = _shell(measured, f"bench-agent {arguments} > /dev/full")
    assert done.returncode == 3
    assert (
        done.stderr
        == "error: could not write: No space left on device\nhint: free some space, or write somewhere else\n"
    )


def test_nobody_reading_the_talk_does_not_end_a_run(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    done = _shell(project, "{ bench-agent run --json 2>&1 1>result; echo $? >code; } | true")
    assert done.returncode == 0
    assert (tmp_path / "code").read_text() == "0\n"
    assert json.loads((tmp_path / "result").read_text())["summary"]["benchmarks"] == 2


# --- text from the repository


@pytest.mark.parametrize(
    "arguments", [*SHOWS, ["status", "--json"], ["history", "list", "--json"], ["trend", "--json"]], ids=" ".join
)
def test_hostile_text_does_no_harm_in_any_output(measured: Project, arguments: list[str]) -> None:
    done = measured.run(*arguments)
    assert done.code == 0
    shown = done.text.replace("\n", "").replace("\ufe0f", "")
    assert all(c.isprintable() or c == "\u200b" for c in shown), {c for c in shown if not c.isprintable()}
    if "--json" not in arguments:
        assert max(map(len, done.text.splitlines())) < 1000


def test_hostile_text_does_no_harm_in_a_page(measured: Project) -> None:
    page = measured.run("report", "--html", "-").out
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_findings_of_hostile_text_stay_small_and_valid(measured: Project) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from bench_agent.results.report_json import schema

    done = measured.run("report", "--json")
    assert len(done.out) < 10_000
    jsonschema.validate(done.json, schema())


def test_an_interruption_while_modules_are_loaded_ends_with_the_exit_code_that_was_given(tmp_path: Path) -> None:
    """Python ends by SIGINT once a KeyboardInterrupt has left an `exec` of text, as dataclasses do when they are defined."""
    (tmp_path / "ended.py").write_text(
        "import bench_agent.cli, bench_agent.system.alive, bench_agent.__main__\n"
        "def run(arguments):\n"
        "    try:\n"
        "        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n"
        "        return 130\n"
        "bench_agent.cli.main = run\n"
        "bench_agent.__main__.main()\n"
    )
    command = [sys.executable, "-m", "ended"]
    assert subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True).returncode == 130
