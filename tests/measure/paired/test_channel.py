"""Frames between the parent and a session: whole, in order, and what happens when the session is gone or silent."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench_agent.measure.paired import channel as channels
from bench_agent.measure.paired.channel import Channel


@pytest.fixture
def ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Channel, socket.socket]]:
    """The parent's end, and what a session's probe holds."""
    monkeypatch.setattr(channels, "_POLL_S", 0.02)
    channel = Channel(tmp_path / "s")
    session = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    session.connect(str(tmp_path / "s"))
    assert channel.accept()
    yield channel, session
    session.close()
    channel.close()


def test_nobody_has_connected_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_POLL_S", 0.02)
    channel = Channel(tmp_path / "s")
    assert not channel.accept()
    channel.close()
    channel.close()


def test_frames_arrive_whole_and_in_order(ends: tuple[Channel, socket.socket]) -> None:
    channel, session = ends
    session.sendall(struct.pack("!cI", b"R", 3) + b"abc" + struct.pack("!cI", b"Q", 0))
    assert channel.receive(1.0, is_alive=lambda: True) == (b"R", b"abc")
    assert channel.receive(1.0, is_alive=lambda: True) == (b"Q", b"")


def test_a_session_gets_what_was_sent(ends: tuple[Channel, socket.socket]) -> None:
    channel, session = ends
    channel.send(b"r", b"\x07")
    assert session.recv(100) == struct.pack("!cI", b"r", 1) + b"\x07"


def test_silence_is_not_death(ends: tuple[Channel, socket.socket]) -> None:
    channel, session = ends
    session.sendall(b"R")  # not even the length
    with pytest.raises(TimeoutError):
        channel.receive(0.0, is_alive=lambda: True)


def test_a_dead_session_whose_child_holds_its_end_open_is_gone(ends: tuple[Channel, socket.socket]) -> None:
    channel, _ = ends
    with pytest.raises(ConnectionError):
        channel.receive(60.0, is_alive=lambda: False)


def test_a_closed_end_is_gone_even_within_a_frame(ends: tuple[Channel, socket.socket]) -> None:
    channel, session = ends
    session.sendall(struct.pack("!cI", b"R", 3) + b"a")
    session.close()
    with pytest.raises(ConnectionError):
        channel.receive(1.0, is_alive=lambda: True)
