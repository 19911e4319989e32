"""Writes docs/commands.md from the help texts of the command line.

    python scripts/write_command_docs.py [--check]

The help is formatted for 100 columns and without colour, so that every supported Python writes the same page.
`--check` writes nothing and exits with 1 when the page is out of date.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs" / "commands.md"
COLUMNS = 100
INTRODUCTION = """\
# Commands

<!-- Written by `make docs` from the help texts. Change those, not this page. -->

Every command prints its result on stdout and its progress on stderr. With `--json` the result is one JSON object, and so is an
error. The names of settings that a help text mentions are explained in [Configuration](configuration.md).
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is out of date")
    check = parser.parse_args().check
    page = write_page()
    if check:
        return int(not PAGE.is_file() or PAGE.read_text("utf-8") != page)
    PAGE.write_text(page, "utf-8")
    return 0


def write_page() -> str:
    """The whole page. Sets COLUMNS, NO_COLOR and PYTHON_COLORS in this process: argparse reads them."""
    os.environ.update({"COLUMNS": str(COLUMNS), "NO_COLOR": "1", "PYTHON_COLORS": "0"})
    sections = [INTRODUCTION]
    for parser in parsers_of(build()):
        level = min(len(parser.prog.split()) + 1, 3)
        sections.append(f"{'#' * level} {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n")
    return "\n".join(sections)


def build() -> argparse.ArgumentParser:
    """The parser of the whole command line, from this checkout."""
    if str(TOP / "src") not in sys.path:
        sys.path.insert(0, str(TOP / "src"))
    try:
        from bench_agent.commands.arguments import build_parser
    except ImportError:
        from bench_agent.cli import build_parser
    parser: argparse.ArgumentParser = build_parser()
    return parser


def parsers_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser, then those of its commands in the order of the help, each followed by its own."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from parsers_of(command)


if __name__ == "__main__":
    raise SystemExit(main())
