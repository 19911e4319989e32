"""What the build adds to the wheel: its version, and completions for bash, zsh and tcsh and the man page, made from the parser.

A hook of hatchling, named in pyproject.toml. Nothing is added to an editable install; no completions and no man page where their
generators are not there.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPLETIONS = {
    "bash": "share/bash-completion/completions/bench-agent",
    "zsh": "share/zsh/site-functions/_bench-agent",
    "tcsh": "share/tcsh/site-functions/bench-agent.csh",
}
MAN_PAGE = "share/man/man1/bench-agent.1"


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes the files into build/, and has them put where pip puts shared data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        own = self.metadata.version
        build_data["force_include"][_written(root, "_version.py", f'__version__ = "{own}"\n')] = (
            "bench_agent/_version.py"
        )
        sys.path.insert(0, str(root / "src"))
        try:
            texts = _texts(own)
        except ImportError as error:
            self.app.display_warning(f"no completions and no man page: {error}")
            return
        for name, text in texts.items():
            build_data["shared_data"][_written(root, name, text)] = name


def _written(root: Path, name: str, text: str) -> str:
    path = root / "build" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _texts(version: str) -> dict[str, str]:
    import shtab
    from argparse_manpage.manpage import Manpage

    # The same text whatever terminal, clock or colours the build has.
    os.environ.update({"COLUMNS": "100", "NO_COLOR": "1", "PYTHON_COLORS": "0"})
    from bench_agent.commands.arguments import build_parser

    parser: argparse.ArgumentParser = build_parser()
    found = {name: shtab.complete(parser, shell=shell) for shell, name in COMPLETIONS.items()}
    date = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC).date().isoformat()
    data = {"project_name": "bench-agent", "prog": "bench-agent", "version": version, "date": date}
    found[MAN_PAGE] = str(Manpage(parser, format="single-commands-section", _data=data))
    return {name: text if text.endswith("\n") else text + "\n" for name, text in found.items()}
