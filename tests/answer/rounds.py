"""Answers in other words than ours, kept as they were written: the report that each is about, and its text."""

from pathlib import Path

FOLDER = Path(__file__).parent / "rounds"


def answers(round_: str) -> list[tuple[str, str]]:
    """(report, text) of a file: `=== report` begins those about it, `---` stands between two."""
    told: list[tuple[str, str]] = []
    for part in ("\n" + (FOLDER / f"{round_}.txt").read_text()).split("\n=== ")[1:]:
        name, _, texts = part.partition("\n")
        told += [(name, text.strip()) for text in ("\n" + texts).split("\n---\n")]
    return told
