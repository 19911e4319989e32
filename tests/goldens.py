"""Outputs kept as files under tests/golden: read in review, rewritten with BENCH_AGENT_GOLDEN=1."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is what the file of that name holds; with BENCH_AGENT_GOLDEN=1 the file is written instead."""
    path = FOLDER / name
    if os.environ.get("BENCH_AGENT_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: run the tests once with BENCH_AGENT_GOLDEN=1 and read what they wrote"
    assert text == path.read_text(encoding="utf-8")
