"""Addresses of commits from addresses of repositories: https only, without passwords, nothing that acts."""

import pytest

from bench_agent.text.commit_pages import commit_page, commit_url_of


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/owner/shop.git", "https://github.com/owner/shop/commit/"),
        ("https://user:secret@github.com/owner/shop", "https://github.com/owner/shop/commit/"),
        ("git@github.com:owner/shop.git", "https://github.com/owner/shop/commit/"),
        ("ssh://git@gitlab.com:22/group/sub/shop.git", "https://gitlab.com/group/sub/shop/commit/"),
        ("https://git.example.org:8443/team/shop.git/", "https://git.example.org:8443/team/shop/commit/"),
        ("git@bitbucket.org:owner/shop.git", "https://bitbucket.org/owner/shop/commits/"),
        ("", ""),
        ("http://github.com/owner/shop.git", ""),
        ("git://github.com/owner/shop.git", ""),
        ("git@git.example.org:owner/shop.git", ""),  # whether it has pages is not known
        ("/srv/git/shop.git", ""),
        ("file:///srv/git/shop.git", ""),
        ("https://github.com/../../shop", ""),
        ("https://github.com/owner/shop?x=<script>", ""),
        ("https://github.com/owner/sh op", ""),
        ("https://github.com/owner/shop\nhttps://evil.example/a/b", ""),
        ("javascript:alert(1)//github.com/a/b", ""),
        ("https://github.com/" + "a/" * 300, ""),
    ],
)
def test_a_remote_has_a_page_or_none(remote: str, url: str) -> None:
    assert commit_url_of(remote) == url


def test_only_a_sha_is_a_commit() -> None:
    url = "https://example.org/a/b/commit/"
    assert commit_page(url, "1a2b3c4d5e6f") == url + "1a2b3c4d5e6f"
    assert commit_page(url, "uncommitted") == ""
    assert commit_page(url, "../../evil") == ""
    assert commit_page(url, None) == ""
    assert commit_page("http://example.org/commit/", "1a2b3c4d") == ""
