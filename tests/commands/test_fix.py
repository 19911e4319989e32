"""`fix` as somebody types it: what it needs, what it shows before, and the patch where it was proved."""

import os

import pytest

from bench_agent.history.load import save_report
from bench_agent.history.store import Store
from scripted_api import api, patch
from slow_shop import GOOD_BODY, SLOW_BODY, Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(tmp_path_factory.mktemp("shop"))
    save_report(Store(made.project.root / ".benchmark"), made.report())
    return made


def test_without_a_key_one_sentence_says_so(shop: Shop) -> None:
    done = shop.project.run("fix", ANTHROPIC_API_KEY=None)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: fix asks a model, and ANTHROPIC_API_KEY is not set\n")


def test_a_dry_run_needs_no_key_and_shows_prompt_tools_and_price(shop: Shop) -> None:
    done = shop.project.run("fix", "unique", "--dry-run", "--attempts", "2", ANTHROPIC_API_KEY=None)
    assert done.code == 0
    assert "--- tools" in done.out
    assert "- basket.py" in done.out
    assert "tests/test_basket.py" not in done.out  # which no patch may change
    assert "at most 2 patches" in done.out
    told = shop.project.run("fix", "unique", "--dry-run", "--attempts", "2", "--json", ANTHROPIC_API_KEY=None).json
    assert (told["dry_run"], told["text"]) == (True, done.out.rstrip("\n"))
    told = shop.project.run("explain", "--dry-run", "--json", ANTHROPIC_API_KEY=None).json
    assert told["dry_run"]
    assert told["text"].startswith("--- system\n")


def test_what_has_no_proved_culprit_is_not_mended(shop: Shop) -> None:
    done = shop.project.run("fix", "keys", ANTHROPIC_API_KEY="sk-test")
    assert done.code == 2
    assert "no proved culprit of `keys`" in done.err


@pytest.mark.parametrize("share", ["0", "1.5", "nan"])
def test_a_share_is_a_share(shop: Shop, share: str) -> None:
    assert shop.project.run("fix", "--share", share).code == 2


@pytest.mark.long
def test_a_proved_patch_is_written_and_shown_and_the_tree_stays(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shop.project.git("status", "--porcelain"), (shop.project.root / "basket.py").read_bytes()
    key = {"ANTHROPIC_API_KEY": "sk-test"}
    with api(monkeypatch, patch(("basket.py", SLOW_BODY, GOOD_BODY))):
        url = os.environ["ANTHROPIC_BASE_URL"]
        done = shop.project.run("fix", ANTHROPIC_BASE_URL=url, **key)
    assert done.code == 0, done.text
    assert "at most 3 patches" in done.err
    [written] = (shop.project.root / ".benchmark/fixes").glob("unique-*.patch")
    assert written.read_text() in done.out
    assert f"git apply .benchmark/fixes/{written.name}" in done.out
    shop.project.git("apply", "--check", str(written))
    assert before == (shop.project.git("status", "--porcelain"), (shop.project.root / "basket.py").read_bytes())


@pytest.mark.long
def test_where_no_patch_is_proved_the_exit_code_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with api(monkeypatch, patch(("basket.py", SLOW_BODY, "    return items\n"))):
        url = os.environ["ANTHROPIC_BASE_URL"]
        asked = ("fix", "--attempts", "1", "--json")
        done = shop.project.run(*asked, ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY="sk-test")
    assert done.code == 1
    assert done.json.get("patch") is None
    assert done.json["attempts"][0]["outcome"] == "other_result"
    assert "another result" in done.json["attempts"][0]["reasons"][0]
