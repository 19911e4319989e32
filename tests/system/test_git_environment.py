"""Where a repository is said to be, taken out of what others run with."""

from bench_agent.system.git_environment import names_of_location, without_location


def test_only_the_place_of_a_repository_is_taken_out() -> None:
    environment = {
        "GIT_DIR": ".git",
        "GIT_INDEX_FILE": "x",
        "GIT_SSH_COMMAND": "ssh",
        "GIT_AUTHOR_NAME": "A",
        "PATH": "/bin",
    }
    kept = {"GIT_SSH_COMMAND": "ssh", "GIT_AUTHOR_NAME": "A", "PATH": "/bin"}
    assert without_location(environment) == kept
    assert names_of_location(environment) == ("GIT_DIR", "GIT_INDEX_FILE")
    assert names_of_location(kept) == ()
