"""What we wrote on this machine is told from what came with a repository."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_agent.system.seal import KEY_BYTES, is_private, private_dir, read_plain, read_sealed, seal, unseal


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bench-agent"


@pytest.mark.parametrize("text", ["{}", '{"a": 1}', '{"seal": "x", "b": "\u2705"}'])
def test_a_sealed_object_is_json_and_comes_back_as_it_was(text: str) -> None:
    sealed = seal(text)
    assert next(iter(json.loads(sealed))) == "seal"
    assert unseal(sealed.encode()) == text.encode()


def test_any_change_breaks_the_seal() -> None:
    sealed = seal('{"status": "passing"}').encode()
    for place in range(len(sealed)):
        changed = bytes([*sealed[:place], sealed[place] ^ 1, *sealed[place + 1 :]])
        assert unseal(changed) is None


@given(st.binary(max_size=200))
def test_nothing_else_is_taken_for_ours(data: bytes) -> None:
    assert unseal(data) is None
    assert unseal(b'{"seal":"' + b"0" * 64 + b'"' + data) is None


def test_the_seal_of_another_machine_is_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sealed = seal("{}").encode()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert unseal(sealed) is None  # there is no key at all
    seal("{}")
    assert unseal(sealed) is None


def test_only_this_user_can_read_the_key(cache: Path) -> None:
    seal("{}")
    assert cache.stat().st_mode & 0o777 == 0o700
    assert (cache / "key").stat().st_mode & 0o777 == 0o600
    assert (cache / "key").stat().st_size == KEY_BYTES
    assert [path.name for path in cache.iterdir()] == ["key"]


def test_a_folder_that_others_may_write_or_that_is_a_link_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(mine)
    assert is_private(str(mine))
    assert not is_private(str(tmp_path / "link"))
    mine.chmod(0o777)
    assert not is_private(str(mine))
    assert not is_private(str(tmp_path / "none"))


def test_where_the_cache_is_not_ours_a_folder_of_this_user_below_the_temporary_one_is_taken(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    assert private_dir() == str(tmp_path / "tmp" / f"bench-agent-{os.geteuid()}")
    (tmp_path / "tmp" / f"bench-agent-{os.geteuid()}").chmod(0o777)  # a predictable name that somebody took first
    assert private_dir() is None
    assert unseal(seal("{}").encode()) is None  # no place for a key: nothing is believed


def test_links_pipes_devices_and_large_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(seal("{}"))
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    assert read_sealed(str(tmp_path / "file")) == b"{}"
    assert read_sealed(str(tmp_path / "link")) is None
    assert read_sealed(str(tmp_path / "pipe")) is None
    assert read_plain("/dev/zero", limit=10) is None
    assert read_sealed(str(tmp_path / "file"), limit=10) is None
    assert read_plain(str(tmp_path), limit=10) is None
