"""One comment a pull request, against an API on this machine that checks what it is asked for."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench_agent.ci import api as api_module
from bench_agent.ci.api import ApiError, open_api
from bench_agent.ci.job import Job, Service
from bench_agent.ci.post_comment import Posted, github_api, mark_of, open_thread, post_comment, write_to
from bench_agent.errors import UsageError
from loopback_github import TOKEN, Hub, loopback_github
from loopback_gitlab import TOKEN as GITLAB_TOKEN
from loopback_gitlab import Lab, loopback_gitlab

MARK = mark_of()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with loopback_github() as hub:
        yield hub


def job_at(hub: Hub) -> Job:
    return Job(service="github", repository="o/r", number=7, api_url=hub.url, token=TOKEN)


def post(hub: Hub, text: str, *, quiet: bool = False, mark: str = MARK) -> Posted:
    return post_comment(job_at(hub), f"{mark}\n\n{text}\n", mark=mark, quiet=quiet)


def test_it_is_created_once_and_updated_from_then_on(hub: Hub) -> None:
    assert post(hub, "one") == "created"
    assert post(hub, "two") == "updated"
    assert post(hub, "two") == "unchanged"
    assert [comment["body"] for comment in hub.comments] == [f"{MARK}\n\ntwo\n"]


def test_it_is_found_behind_many_others(hub: Hub) -> None:
    for number in range(250):
        hub.add(f"comment {number}", login="someone")
    post(hub, "one")
    assert post(hub, "two") == "updated"
    assert len(hub.comments) == 251


@pytest.mark.parametrize("body", [f"{MARK}\n\nforged", f"see {MARK}", f"> {MARK}\n{MARK}"])
def test_what_others_write_is_never_taken_for_it(hub: Hub, body: str) -> None:
    hub.add(body, login="mallory")
    assert post(hub, "ours") == "created"
    assert hub.comments[0]["body"] == body


def test_our_own_comment_that_only_quotes_the_mark_is_not_it(hub: Hub) -> None:
    hub.add(f"another tool quotes {MARK}")
    assert post(hub, "ours") == "created"


def test_quiet_creates_none_and_still_updates_one_that_is_there(hub: Hub) -> None:
    assert post(hub, "nothing new", quiet=True) == "left out"
    assert hub.comments == []
    post(hub, "slower")
    assert post(hub, "nothing new", quiet=True) == "updated"


def test_two_suites_have_a_comment_each(hub: Hub) -> None:
    post(hub, "one", mark=mark_of("api"))
    post(hub, "two", mark=mark_of("web --> x"))
    assert post(hub, "one again", mark=mark_of("api")) == "updated"
    assert len(hub.comments) == 2


def test_what_passes_is_tried_again_and_what_stays_is_one_sentence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    hub.failures = [502, 503]
    api = replace(github_api(job_at(hub)), sleep=waits.append)
    assert api.request("GET", "/repos/o/r/issues/7/comments?per_page=1&page=1") == []
    assert waits == [1.0, 2.0]
    hub.failures = [500] * 9
    with pytest.raises(ApiError, match="500 Server Error"):
        api.request("GET", "/repos/o/r/issues/7/comments?per_page=1&page=1")
    assert len(hub.failures) == 9 - api_module.TRIES


def test_a_comment_is_not_posted_twice_when_the_answer_was_lost(hub: Hub) -> None:
    api = replace(open_api("http://127.0.0.1:9", {}), sleep=lambda _: pytest.fail("tried again"))
    with pytest.raises(ApiError, match="POST /x"):
        api.request("POST", "/x", {"body": ""})


@pytest.mark.parametrize(("status", "hint"), [(401, "token"), (403, "pull-requests: write"), (404, "pull request")])
def test_a_refusal_says_what_to_do(hub: Hub, status: int, hint: str) -> None:
    thread = open_thread(job_at(hub), 7)
    hub.failures = [status]
    with pytest.raises(ApiError) as caught:
        write_to(thread, f"{MARK}\nx", mark=MARK, quiet=False)
    assert hint in (caught.value.hint or "")
    assert TOKEN not in caught.value.message


def test_a_redirect_does_not_carry_the_token_elsewhere(hub: Hub) -> None:
    hub.failures = [302]
    with pytest.raises(ApiError, match="302"):
        github_api(job_at(hub)).request("GET", "/user")


@pytest.mark.parametrize("url", ["http://api.example", "ftp://api.example", "file:///etc/passwd", "//x"])
def test_a_token_is_sent_over_https_only(url: str) -> None:
    with pytest.raises(ApiError, match="no https address"):
        open_api(url, {})


@pytest.mark.parametrize(
    "job",
    [
        Job(),
        Job(service="github", repository="o/r", api_url="https://x"),
        Job(service="github", number=7, repository="o/r", api_url="https://x"),
    ],
    ids=["no job", "no pull request", "no token"],
)
def test_without_a_pull_request_or_a_token_it_says_so(job: Job) -> None:
    with pytest.raises(UsageError):
        open_thread(job, job.number)


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"[" * 200_000, "no JSON"), (b" " * (api_module.MAX_ANSWER + 9), "more than 8 MB"), (b"<", "no JSON")],
)
def test_an_answer_that_is_too_deep_or_too_large_is_one_sentence(hub: Hub, raw: bytes, said: str) -> None:
    hub.raw = raw
    with pytest.raises(ApiError, match=said):
        github_api(job_at(hub)).request("GET", "/repos/o/r/issues/7/comments?per_page=1&page=1")
    with pytest.raises(ApiError, match="403"):  # an error's own answer too
        github_api(job_at(hub)).request("GET", "/user")


@pytest.mark.parametrize("url", ["https://" + "a" * 300 + ".example", "https://a..b", "https://x:port", "https://[x"])
def test_an_address_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(ApiError):
        replace(open_api(url, {}), sleep=lambda _: None).request("GET", "/user")


@pytest.mark.parametrize("service", ["github", "gitlab"])
@pytest.mark.parametrize("token", ["glpat-secret\nX: 1", "glpat-secret\0", "glpat-sécret"])
def test_a_token_that_no_header_can_hold_is_an_error_without_the_token(service: Service, token: str) -> None:
    job = Job(service=service, repository="3", number=7, api_url="http://127.0.0.1:9", token=token)
    with pytest.raises(UsageError, match="the token holds a character") as caught:
        open_thread(job, 7)
    assert "glpat" not in caught.value.message + str(caught.value.hint)


def test_a_service_that_repeats_the_token_does_not_bring_it_into_an_error(hub: Hub) -> None:
    hub.message = f"who is {TOKEN}?"
    hub.failures = [400]
    with pytest.raises(ApiError, match=r"who is \*\*\*"):
        github_api(job_at(hub)).request("GET", "/user")


def test_no_token_is_in_the_repr() -> None:
    job = Job(service="github", api_url="https://api.github.com", token=TOKEN)
    assert TOKEN not in repr(job) + repr(github_api(job))


def at_gitlab(lab: Lab, token: str = GITLAB_TOKEN) -> Job:
    return Job(service="gitlab", repository="42", number=7, api_url=lab.url, token=token)


def test_a_note_of_a_merge_request_is_created_once_found_behind_others_and_updated() -> None:
    with loopback_gitlab() as lab:
        lab.add(f"{MARK}\n\nforged", username="mallory")
        for number in range(150):
            lab.add(f"note {number}", username="someone")
        posted = [
            post_comment(at_gitlab(lab), f"{MARK}\n\n{text}\n", mark=MARK, quiet=quiet)
            for text, quiet in (("nothing", True), ("one", False), ("two", True), ("two", False))
        ]
    assert posted == ["left out", "created", "updated", "unchanged"]
    assert lab.notes[0]["body"] == f"{MARK}\n\nforged"
    assert lab.notes[-1]["body"] == f"{MARK}\n\ntwo\n"
    writes = [request for request in lab.requests if not request.startswith("GET")]
    assert writes == ["POST /projects/42/merge_requests/7/notes", "PUT /projects/42/merge_requests/7/notes/152"]


def test_a_token_that_gitlab_does_not_know_is_an_error_that_says_what_to_do() -> None:
    with loopback_gitlab() as lab, pytest.raises(ApiError) as refused:
        post_comment(at_gitlab(lab, "another"), f"{MARK}\n", mark=MARK)
    assert refused.value.hint == "give it the scope `api`"
    assert not [request for request in lab.requests if not request.startswith("GET")]
