"""Fixtures of the end-to-end tests: the client, and a project to type /benchmark in."""

from pathlib import Path

import pytest

from e2e.claude_client import NEWER, VERSION, NoNodeError, folder_of, installed_client, is_installed


@pytest.fixture(scope="session")
def client() -> Path:
    """The real Claude Code client. Tests that need it are skipped only where node or npm is missing."""
    try:
        return installed_client()
    except NoNodeError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session", params=[VERSION, NEWER])
def each_client(request: pytest.FixtureRequest, client: Path) -> Path:
    """The pinned client, and the newer one where somebody has installed it."""
    if request.param == VERSION:
        return client
    if not is_installed(request.param):
        pytest.skip(f"client {request.param} is not installed: python -m e2e.claude_client {request.param}")
    return installed_client(folder_of(request.param), version=request.param)
