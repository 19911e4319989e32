"""How the program is called in a project, from what its process can see, and texts with its commands so."""

from pathlib import Path

import pytest

from bench_agent.commands.typed import as_typed, typed_name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an environment that has the program, not on PATH."""
    script = tmp_path / ".venv/bin/bench-agent"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return tmp_path


def name(project: Path, *argv: str, **environment: str) -> str:
    root = str(project)
    return typed_name(argv=argv, environment=environment, folder=root, root=root, prefix=str(project / ".venv"))


def test_found_on_path_it_is_called_by_its_name(project: Path) -> None:
    script = str(project / ".venv/bin/bench-agent")
    assert name(project, "python", script, "run", PATH=str(project / ".venv/bin")) == "bench-agent"


def test_called_by_its_path_it_is_called_so_again(project: Path) -> None:
    script = str(project / ".venv/bin/bench-agent")
    assert name(project, "python", script, "run", PATH="/nowhere") == ".venv/bin/bench-agent"


def test_a_launcher_on_path_is_what_is_typed_and_the_projects_own_program_goes_before_another(project: Path) -> None:
    launcher = project.parent / "launchers/bench-agent"
    launcher.parent.mkdir()
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    path = str(launcher.parent)
    assert name(project, "python", "/opt/tool/bin/bench-agent", "run", PATH=path) == "bench-agent"
    own = str(project / ".venv/bin/bench-agent")
    assert name(project, "python", own, "run", PATH=path) == ".venv/bin/bench-agent"


def test_called_as_a_module_where_path_has_none(project: Path) -> None:
    assert name(project, "python3", "-m", "bench_agent", PATH="/nowhere") == "python3 -m bench_agent"
    python = str(project / ".venv/bin/python")
    assert name(project, python, "-m", "bench_agent", PATH="/nowhere") == ".venv/bin/python -m bench_agent"
    assert name(project, "python", "-m", "bench_agent", PATH=str(project / ".venv/bin")) == "bench-agent"


def test_uv_put_the_environment_on_path_for_this_call_only(project: Path) -> None:
    found = {"PATH": str(project / ".venv/bin"), "VIRTUAL_ENV": str(project / ".venv")}
    script = str(project / ".venv/bin/bench-agent")
    assert name(project, "python", script, UV_RUN_RECURSION_DEPTH="1", **found) == "uv run bench-agent"
    assert name(project, "python", script, **found) == "bench-agent"  # activated
    (project / "poetry.lock").touch()
    assert name(project, "python", script, **found) == "poetry run bench-agent"


def test_a_path_that_needs_quotes_is_not_written(project: Path) -> None:
    odd = project / "a;b" / "bench-agent"
    assert name(project, "python", str(odd), PATH="/nowhere") == "bench-agent"


def test_a_usage_line_has_the_programs_name_and_its_examples_what_is_typed() -> None:
    typed = as_typed("usage: bench-agent run [-h]\n\nexamples:\n  bench-agent run -k x", "/opt/x/bench-agent")
    assert typed == "usage: bench-agent run [-h]\n\nexamples:\n  /opt/x/bench-agent run -k x"


def test_only_commands_are_rewritten_and_only_once() -> None:
    text = "next: bench-agent run -k x (bench-agent wait 1); bench-agent is a tool; see x/bench-agent run"
    typed = as_typed(text, "uv run bench-agent")
    assert typed == (
        "next: uv run bench-agent run -k x (uv run bench-agent wait 1); bench-agent is a tool; see x/bench-agent run"
    )
    assert as_typed(typed, "uv run bench-agent") == typed
