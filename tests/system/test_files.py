"""Foreign files are read without harm."""

import os
from pathlib import Path

import pytest

from bench_agent.system.files import read_if_there, read_regular


def test_a_plain_file_is_read_also_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link", limit=3) == b"abc"


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "."])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"no plain file|directory"):
        read_regular(tmp_path / name, limit=10)


def test_a_larger_file_than_expected_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcd")
    with pytest.raises(OSError, match="more than"):
        read_regular(tmp_path / "file", limit=3)


def test_what_is_no_plain_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "pipe")
    found = [read_if_there(tmp_path / name) for name in ("file", "pipe", ".", "missing")]
    assert found == [b"abc", None, None, None]
