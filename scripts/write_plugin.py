"""Writes the plugin for Claude Code, and this project's own /benchmark, from the command that the package ships.

    python scripts/write_plugin.py [--check]

The text of /benchmark is `src/bench_agent/scaffold/benchmark.md`; name, description, licence and keywords are pyproject.toml's, the
version is the package's. The other skills (skills/bisect, compare, verify) have no second place and are edited where they stand.
`--check` writes nothing and exits with 1 when a file is out of date.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
MAINTAINERS = {"name": "The bench-agent maintainers"}
HOOK = "bench-agent check-answer --hook || true"
# The client puts the plugin's bin/ on the PATH of what skills call, not of their hooks.
PLUGIN_HOOK = f'PATH="$PATH:${{CLAUDE_PLUGIN_ROOT}}/bin" {HOOK}'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is out of date")
    check = parser.parse_args().check
    stale = {path: text for path, text in files().items() if not path.is_file() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        print(f"{path.relative_to(TOP)}{' is out of date: run `make plugin`' if check else ''}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return int(check and bool(stale))


def files() -> dict[Path, str]:
    """Path -> text of every generated file, from this checkout."""
    if str(TOP / "src") not in sys.path:
        sys.path.insert(0, str(TOP / "src"))
    from bench_agent import RELEASE
    from bench_agent.scaffold.slash_command import COMMAND_FILE, command_text

    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        TOP / COMMAND_FILE: command_text(),
        TOP / "skills/benchmark/SKILL.md": skill_text(command_text()),
        TOP / ".claude-plugin/plugin.json": _json(plugin(project, RELEASE)),
        TOP / ".claude-plugin/marketplace.json": _json(marketplace(project)),
    }


def skill_text(command: str) -> str:
    """The command as a skill of the plugin: the same text, with a Stop hook that finds the plugin's own launcher too."""
    if command.count(HOOK) != 1:
        raise ValueError(f"the command does not have the Stop hook `{HOOK}` once")
    return command.replace(HOOK, PLUGIN_HOOK)


def plugin(project: dict[str, Any], version: str) -> dict[str, Any]:
    """The manifest. It names no address: the project has none that is its own."""
    return {
        "name": project["name"],
        "version": version,
        "description": project["description"],
        "author": MAINTAINERS,
        "license": project["license"],
        "keywords": project["keywords"],
    }


def marketplace(project: dict[str, Any]) -> dict[str, Any]:
    """The repository as a marketplace that offers one plugin: itself. The version stands in the plugin's manifest alone."""
    return {
        "name": project["name"],
        "description": f"{project['name']}, from its own repository",
        "owner": MAINTAINERS,
        "plugins": [
            {"name": project["name"], "source": "./", "description": project["description"], "category": "testing"}
        ],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
