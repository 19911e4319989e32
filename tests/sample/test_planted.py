"""The slow commit the demonstration plants: it applies to the agent as it is, and changes nothing but the time."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.agent import context
from benchmark.agent.records import Article

ROOT = Path(__file__).parents[2]
PATCH = Path(__file__).parent / "data" / "quadratic.patch"
TARGET = Path("tests/benchmark/agent/context.py")


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """The agent's context module with the patch applied, as `git apply` does it at a repository's root."""
    root = tmp_path_factory.mktemp("planted")
    (root / TARGET).parent.mkdir(parents=True)
    shutil.copy(ROOT / TARGET, root / TARGET)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "apply", str(PATCH)], check=True)
    return load(root / TARGET)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted_context", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_the_patch_changes_two_lines_of_one_function():
    lines = PATCH.read_text().splitlines()

    assert sum(line.startswith("+") and not line.startswith("+++") for line in lines) == 2
    assert [line for line in lines if line.startswith("+++")] == [f"+++ b/{TARGET.as_posix()}"]


def test_the_slow_version_loads_the_same_context(slow, shop):
    history = shop.conversations[shop.conversation]

    loaded = [m.load_context(shop.question, shop.articles, history, budget_tokens=3000) for m in (context, slow)]

    assert repr(loaded[0]) == repr(loaded[1])


@given(paragraphs=st.lists(st.text("aAbB .\n", max_size=12), max_size=30))
def test_the_slow_version_drops_the_same_repeats(slow, paragraphs):
    article = Article(id=1, folder="folder:help", title="Help", body="\n\n".join(paragraphs))

    kept = [m.drop_repeats(m.split_articles([article])) for m in (context, slow)]

    assert repr(kept[0]) == repr(kept[1])
