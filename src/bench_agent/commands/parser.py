"""argparse as our commands use it: errors in our form, abbreviations off, examples below the help."""

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]  # what `add_subparsers` returns; argparse gives it no public name
import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench_agent.commands.parser import Commands


class Parser(argparse.ArgumentParser):
    """argparse with errors in our form, and with the nearest command where one was mistyped."""

    def error(self, message: str) -> NoReturn:
        import difflib

        from bench_agent.errors import UsageError

        hint = f"see: {self.prog} --help"
        subject, _, rest = message.partition(": invalid choice: ")
        if rest and subject.startswith("argument --"):
            message = f"{subject}: {rest.replace('(choose from', 'is none of').removesuffix(')')}"
        elif rest:
            typed = rest.partition("'")[2].rpartition("' (")[0]
            near = difflib.get_close_matches(typed, self._choices(), n=1, cutoff=0.5)
            hint = f"did you mean `{self.prog} {near[0]}`?" if near else hint
            message = f"there is no command `{self.prog.partition(' ')[2]} {typed}`".replace("` ", "`")
        elif message.startswith("unrecognized arguments: -"):
            typed = message.split()[2].partition("=")[0]
            near = difflib.get_close_matches(typed, self._options(), n=1, cutoff=0.6)
            hint = f"did you mean `{near[0]}`? {hint}" if near else hint
        raise UsageError(message, hint=hint)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, but a command complains itself of what it does not know: it knows its options, main does not."""
        known, extra = super().parse_known_args(args, namespace)
        if extra:
            self.error(f"unrecognized arguments: {' '.join(extra)}")
        return known, extra

    def _choices(self) -> list[str]:
        return [name for action in self._actions if isinstance(action.choices, dict) for name in action.choices]

    def _options(self) -> list[str]:
        return [name for action in self._actions for name in action.option_strings]


class HelpFormatter(argparse.HelpFormatter):
    """Wraps a text of one line; a text of several, such as the examples, stays as it is."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


def add_command(commands: "Commands", name: str, help: str, *examples: str) -> argparse.ArgumentParser:
    """A command with its help; a line for each example. help: plain text, one sentence, a percent sign as it is."""
    made = commands.add_parser(
        name,
        help=help.replace("%", "%%"),  # argparse formats this one, and not the description
        description=help[0].upper() + help[1:] + ".",
        epilog="examples:\n" + "\n".join(f"  {example}" for example in examples) if examples else None,
        formatter_class=HelpFormatter,
        allow_abbrev=False,  # an option added later must not change what a script's --ti means
    )
    made.add_argument("--json", action="store_true", help="print the result, or the error, as JSON on stdout")
    return made


BENCHMARK = "a benchmark's name, its id, or a part of one"


def add_files(parser: argparse.ArgumentParser) -> None:
    """Where a measured comparison is written to, beside stdout."""
    parser.add_argument("--out", metavar="FILE", help="write the JSON to FILE too")
    _add_pages(parser)


def add_answer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--answer",
        action="store_true",
        help="print the report as an assistant passes it on: Markdown, under 10,000 characters",
    )


def add_outputs(parser: argparse.ArgumentParser) -> None:
    _add_pages(parser)
    parser.add_argument("--verbose", action="store_true", help="show charts, statistics and every figure")


def _add_pages(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--markdown", metavar="FILE", help="write a summary for a pull request to FILE (`-`: to stdout)"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with charts to FILE (`-`: to stdout)")
