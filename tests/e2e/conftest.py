"""Fixtures of the end-to-end tests: the client, and a project to type /benchmark in."""

from pathlib import Path

import pytest

from e2e.claude_client import NoNodeError, installed_client


@pytest.fixture(scope="session")
def client() -> Path:
    """The real Claude Code client. Tests that need it are skipped only where node or npm is missing."""
    try:
        return installed_client()
    except NoNodeError as reason:
        pytest.skip(str(reason))
