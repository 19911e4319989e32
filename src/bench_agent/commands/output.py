"""What commands write to: the screen as it is, results on stdout, files that somebody named."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from bench_agent.commands.options import Options
from bench_agent.errors import StoreError, UsageError
from bench_agent.history.store import STATE_FILES, write_atomically
from bench_agent.project import STATE_DIR
from bench_agent.render.chart import fits_encoding
from bench_agent.render.forms import Forms
from bench_agent.render.terminal import Screen
from bench_agent.results import plain
from bench_agent.text.clean import clean_text


def screen_of(stream: Any) -> Screen:
    """What the stream is. NO_COLOR and a dumb terminal mean no colour; no tty means plain text."""
    tty = is_terminal(stream)
    width = shutil.get_terminal_size((100, 24)).columns
    return Screen(
        width=max(width, 40),
        color=tty and not os.environ.get("NO_COLOR"),
        plain=not tty,
        box=fits_encoding(stream.encoding),
    )


def is_terminal(stream: Any) -> bool:
    """Whether a person looks at it; Claude Code shows whole lines only."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb" and "CLAUDECODE" not in os.environ


def are_one(first: Any, second: Any) -> bool:
    """Whether both streams go to the same place, where what is written to one is read beside the other."""
    try:
        ends = [os.fstat(stream.fileno()) for stream in (first, second)]
    except (OSError, ValueError, AttributeError):  # closed, or no file at all
        return False
    return (ends[0].st_dev, ends[0].st_ino) == (ends[1].st_dev, ends[1].st_ino)


def say(options: Options, document: Any, words: str) -> None:
    """The result of a command: the document with --json, else the words."""
    print(plain.to_json(document) if options.json else words)


def give_out(forms: Forms, options: Options) -> None:
    """A finished result where it was asked for: the named files, and stdout where no file of these is `-`."""
    if not write_files(forms, options):
        return
    if options.json:
        print(forms.json())
    else:
        sys.stdout.write(forms.text(screen_of(sys.stdout)))


def write_files(forms: Forms, options: Options) -> bool:
    """Write what --markdown, --html and --out name; whether stdout is still free. Raises StoreError."""
    for name, render in ((options.markdown, forms.markdown), (options.html, forms.html)):
        if name is not None:
            write_file(name, render())
    out: str | None = getattr(options, "out", None)
    if out is not None:
        write_file(out, forms.json() + "\n")
    return "-" not in (options.markdown, options.html, out)


GIT_DIR = ".git"  # a folder, or the file of a worktree that leads to one
_FILES = ("markdown", "html", "out", "badge")  # options that name one


def check_outputs(options: Options) -> None:
    """Where --markdown, --html and --out want to write. Raises UsageError where they can't."""
    names = [name for name in (getattr(options, flag, None) for flag in _FILES) if name is not None]
    if names.count("-") + options.json + getattr(options, "answer", False) > 1:
        raise UsageError(
            "only one result can go to stdout",
            hint="give --markdown, --html or --out a file, or leave out --json or --answer",
        )
    for name in names:
        if "CLAUDECODE" in os.environ and STATE_DIR not in Path(name).resolve().parts:
            # Nor a way to write over a file of the project.
            raise UsageError(f"{clean_text(name)} is not written for Claude Code", hint=f"name a file in {STATE_DIR}/")
        if name != "-":
            refuse_in_git(name)
        if name != "-" and is_state(Path(name)):
            hint = f"take another name, such as {STATE_DIR}/findings.json"
            raise UsageError(f"{clean_text(name)} is kept by bench-agent itself", hint=hint)
        # What measures makes the state folder before anything is written.
        has_folder = Path(name).parent.is_dir() or Path(name).resolve().parent.name == STATE_DIR
        if name != "-" and (not has_folder or Path(name).is_dir()):
            reason = "is a folder" if Path(name).is_dir() else f"there is no folder {clean_text(Path(name).parent)}"
            raise UsageError(f"cannot write {clean_text(name)}: {reason}", hint="name a file in an existing folder")


def is_state(path: Path) -> bool:
    """Whether it is one of the files that we keep: written over, stored runs would be lost."""
    parts = path.resolve().parts
    if STATE_DIR not in parts:
        return False
    inside = parts[parts.index(STATE_DIR) + 1 :]
    return len(inside) != 1 or inside[0].startswith(".") or inside[0] in STATE_FILES


def refuse_in_git(name: str) -> None:
    """What git keeps is its own: one file written over, and the repository may be lost. Raises UsageError."""
    ways = (Path(os.path.normpath(Path(name).absolute())), Path(name).resolve())  # as it is named, and behind links
    if any(part.casefold() == GIT_DIR for way in ways for part in way.parts):
        raise UsageError(f"{clean_text(name)} is of git, and is not written", hint=f"take a name outside of {GIT_DIR}")


def write_file(name: str, text: str) -> None:
    """Write a file somebody named ("-": stdout), whole or not at all. Raises StoreError, UsageError."""
    if name == "-":
        sys.stdout.write(text)
        return
    refuse_in_git(name)
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        if Path(name).exists() and not Path(name).is_file():
            Path(name).write_text(text, encoding="utf-8")  # /dev/stdout, a pipe: written to, not replaced
        else:
            write_atomically(Path(os.path.realpath(name)), text)  # behind a link, the file it points to
    except OSError as error:
        hint = "check the folder, its owner and the space left"
        raise StoreError(f"could not write {clean_text(name)}: {error.strerror}", hint=hint) from error
