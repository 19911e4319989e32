"""What CI services show beside the code, in their own formats and escaping."""

import json
from dataclasses import replace

import changes
from bench_agent.render.annotations import MAX_ANNOTATIONS, github_commands, gitlab_code_quality, gitlab_metrics
from bench_agent.results.change import Change


def test_a_warning_stands_at_the_culprits_line_with_the_size_and_the_proof() -> None:
    (line,) = github_commands(changes.slower()).splitlines()
    assert line == (
        "::warning file=shop/search.py,line=41,title=Slower benchmark::search got slower: 7.2x (6.9x to 7.5x); "
        "proved: abababab Rank every token"
    )
    assert "suspected, not proved" in github_commands(changes.suspected())


def test_a_regression_without_a_place_is_told_all_the_same_and_no_news_is_silence() -> None:
    change = replace(changes.slower(), places=())
    assert github_commands(change) == "::warning title=Slower benchmark::search got slower: 7.2x (6.9x to 7.5x)\n"
    assert github_commands(changes.quiet()) == ""


def evil() -> Change:
    change = changes.slower()
    place = replace(change.places[0], path="a,b:c%\r\n::error::x.py", subject="x\r\n::set-output name=a::b %0A")
    return replace(change, places=(place,))


def test_no_path_or_subject_starts_a_command_of_its_own() -> None:
    (line,) = github_commands(evil()).split("\n")[:-1]
    assert line.startswith("::warning file=a%2Cb%3Ac%25%0D%0A%3A%3Aerror%3A%3Ax.py,line=41,")
    assert "%250A" in line


def test_there_are_no_more_than_the_service_shows() -> None:
    change = changes.slower()
    places = tuple(replace(change.places[0], path=f"{n}.py") for n in range(30))
    assert len(github_commands(replace(change, places=places)).splitlines()) == MAX_ANNOTATIONS


def test_gitlab_gets_an_entry_a_place_whose_fingerprint_stays() -> None:
    (entry,) = json.loads(gitlab_code_quality(changes.slower()))
    assert (entry["location"], entry["severity"]) == ({"path": "shop/search.py", "lines": {"begin": 41}}, "major")
    other = replace(changes.slower(), head="d" * 40, seconds=1.0)
    assert json.loads(gitlab_code_quality(other))[0]["fingerprint"] == entry["fingerprint"]
    assert json.loads(gitlab_code_quality(changes.quiet())) == []


def test_the_metrics_are_a_ratio_for_each_measured_benchmark() -> None:
    assert gitlab_metrics(changes.quiet()) == (
        '# TYPE benchmark_ratio gauge\nbenchmark_ratio{benchmark="search"} 1.005\n# EOF\n'
    )
    lines = gitlab_metrics(changes.huge(900)).splitlines()
    assert len(lines) <= 502
    assert all(line.count('"') - line.count('\\"') == 2 for line in lines[1:-1])
