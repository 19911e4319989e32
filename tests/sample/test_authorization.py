"""Who may see what, decided in this process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.agent.authorization import CachedChecker, Direct, EmbeddedChecker, Fact, Same, Through, parse_model
from benchmark.agent.shop import MODEL


def checker(*facts: tuple[str, str, str]) -> EmbeddedChecker:
    return EmbeddedChecker(MODEL, [Fact(*fact) for fact in facts])


def test_a_model_is_read_in_openfgas_notation():
    model = parse_model("""
        type user
        type folder
          define parent: [folder]
          define viewer: [user, team#member] or owner or viewer from parent
    """)

    assert model["user"] == {}
    assert model["folder"]["parent"] == (Direct(("folder",)),)
    assert model["folder"]["viewer"] == (Direct(("user", "team#member")), Same("owner"), Through("viewer", "parent"))


@pytest.mark.parametrize("text", ["typ user", "type folder\ndefine viewer: a but not b", "type folder\ndefine viewer"])
def test_what_is_not_understood_of_a_model_is_an_error(text):
    with pytest.raises(ValueError, match="not a"):
        parse_model(text)


def test_a_viewer_may_view():
    found = checker(("user:ana", "viewer", "folder:help"))

    assert found.check("user:ana", "viewer", "folder:help")
    assert not found.check("user:ben", "viewer", "folder:help")
    assert not found.check("user:ana", "viewer", "folder:staff")


def test_an_owner_may_view_but_a_viewer_does_not_own():
    found = checker(("user:ana", "owner", "folder:help"), ("user:ben", "viewer", "folder:help"))

    assert found.check("user:ana", "viewer", "folder:help")
    assert not found.check("user:ben", "owner", "folder:help")


def test_members_of_a_team_within_a_team_may_view():
    found = checker(
        ("user:ana", "member", "team:north"),
        ("team:north#member", "member", "team:customers"),
        ("team:customers#member", "viewer", "folder:help"),
    )

    assert found.check("user:ana", "viewer", "folder:help")
    assert not found.check("team:north", "viewer", "folder:help")


def test_who_sees_a_folder_sees_the_folders_below():
    found = checker(
        ("user:ana", "viewer", "folder:help"),
        ("folder:help", "parent", "folder:bicycles"),
        ("folder:bicycles", "parent", "folder:brakes"),
    )

    assert found.check("user:ana", "viewer", "folder:brakes")


def test_folders_in_a_ring_are_no_endless_loop():
    found = checker(("folder:a", "parent", "folder:b"), ("folder:b", "parent", "folder:a"))

    assert not found.check("user:ana", "viewer", "folder:a")


def test_a_relation_the_model_does_not_know_is_an_error():
    with pytest.raises(KeyError):
        checker().check("user:ana", "editor", "folder:help")


USERS = ["user:ana", "user:ben"]
TEAMS = ["team:a", "team:b", "team:c"]
FOLDERS = ["folder:a", "folder:b", "folder:c"]
SUBJECTS = [*USERS, *(f"{team}#member" for team in TEAMS)]
FACTS = st.lists(
    st.one_of(
        st.builds(Fact, st.sampled_from(SUBJECTS), st.just("member"), st.sampled_from(TEAMS)),
        st.builds(Fact, st.sampled_from(SUBJECTS), st.just("viewer"), st.sampled_from(FOLDERS)),
        st.builds(Fact, st.sampled_from(USERS), st.just("owner"), st.sampled_from(FOLDERS)),
        st.builds(Fact, st.sampled_from(FOLDERS), st.just("parent"), st.sampled_from(FOLDERS)),
    ),
    max_size=14,
)


@given(FACTS)
def test_the_checker_agrees_with_working_out_everything_that_follows(facts):
    found = EmbeddedChecker(MODEL, facts)

    follows = everything_that_follows(facts)

    for user in USERS:
        for folder in FOLDERS:
            assert found.check(user, "viewer", folder) == ((user, "viewer", folder) in follows)


def everything_that_follows(facts: list[Fact]) -> set[tuple[str, str, str]]:
    """Every fact about a user that the shop's model derives, by adding what follows until nothing does."""
    known = {(fact.user, fact.relation, fact.object) for fact in facts}
    while True:
        new = set()
        for user, relation, object_ in known:
            if relation == "owner":
                new.add((user, "viewer", object_))
            for subject, other, target in known:
                if subject == f"{object_}#{relation}" or ((subject, other, relation) == (object_, "parent", "viewer")):
                    new.add((user, relation if other == "parent" else other, target))
        if new <= known:
            return known
        known |= new


class Counting:
    """A checker that says yes and counts how often it was asked."""

    asked = 0

    def check(self, user: str, relation: str, object_: str) -> bool:
        self.asked += 1
        return True


def test_a_cached_answer_is_not_asked_for_again():
    counting = Counting()
    cached = CachedChecker(counting)

    assert [cached.check("user:ana", "viewer", "folder:help") for _ in range(4)] == [True] * 4
    assert counting.asked == 1
    assert cached.hit_rate == 0.75


def test_a_third_of_the_benchmarks_checks_is_known_already(shop):
    cached = CachedChecker(EmbeddedChecker(MODEL, shop.facts))

    answers = [cached.check(*check) for check in shop.checks]

    assert cached.hit_rate > 1 / 3
    assert 0 < sum(answers) < len(answers)


def test_a_cache_forgets_what_was_asked_for_longest_ago():
    counting = Counting()
    cached = CachedChecker(counting, size=2)

    for folder in ("a", "b", "a", "c", "a", "b"):
        cached.check("user:ana", "viewer", f"folder:{folder}")

    assert counting.asked == 4  # a, b, c, and b again
    assert cached.hits == 2


def test_a_cleared_cache_asks_again():
    counting = Counting()
    cached = CachedChecker(counting)

    assert cached.hit_rate == 0
    for _ in range(2):
        cached.check("user:ana", "viewer", "folder:help")
        cached.clear()

    assert counting.asked == 2
