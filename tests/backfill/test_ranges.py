"""What RANGE, --tags and --since mean, on a real repository."""

import pytest

from bench_agent.backfill.ranges import find_ends, find_tags, split_range
from bench_agent.errors import UsageError
from bench_agent.system.git import Repository, open_repository
from planted import git
from planted_history import History, plant_history


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    made = plant_history(tmp_path_factory.mktemp("ranges") / "repo", commits=30, changes=())
    git(made.root, "tag", "v1.0", "main~20")
    git(made.root, "tag", "-a", "-m", "second", "v1.1", "main~10")
    git(made.root, "tag", "other", "main~5")
    return made


@pytest.fixture
def repository(history: History) -> Repository:
    found = open_repository(history.root)
    assert found is not None
    return found


def sha(history: History, name: str) -> str:
    return git(history.root, "rev-parse", f"{name}^{{commit}}").strip()


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ("v1..main", ("v1", "main")),
        ("v1...main", ("v1", "main")),
        ("v1..", ("v1", "")),
        ("v1", ("v1", "")),
        (None, ("", "")),
    ],
)
def test_a_range_has_two_ends(given: str | None, ends: tuple[str, str]) -> None:
    assert split_range(given) == ends


def test_a_range_up_to_now(history: History, repository: Repository) -> None:
    found = find_ends(repository, "v1.0", tags=None, since=None)
    assert (found.first, found.last) == (sha(history, "v1.0"), history.head)


def test_tags_are_those_that_match_by_the_commit_they_mean(history: History, repository: Repository) -> None:
    assert find_tags(repository, "v*") == {sha(history, "v1.0"): "v1.0", sha(history, "v1.1"): "v1.1"}
    found = find_ends(repository, None, tags="v*", since=None)
    assert (found.first, found.last) == (sha(history, "v1.0"), history.head)


def test_since_a_day_begins_at_the_newest_commit_before_it(history: History, repository: Repository) -> None:
    assert find_ends(repository, None, tags=None, since="2020-01-01").first == history.first
    begun = find_ends(repository, None, tags=None, since="2024-01-02").first
    assert history.first != begun != history.head


@pytest.mark.parametrize(
    ("given", "tags", "since"),
    [
        (None, None, None),
        ("nothing..main", None, None),
        (None, "x*", None),
        (None, None, "soon"),
        (None, None, "2024-13-45"),
        (None, None, "2023-02-29"),
        (None, None, "1969-12-31"),
        ("--all", None, None),
    ],
)
def test_what_means_no_range_is_an_error(
    repository: Repository, given: str | None, tags: str | None, since: str | None
) -> None:
    with pytest.raises(UsageError):
        find_ends(repository, given, tags=tags, since=since)
