"""The command `site`: what it writes where, what it refuses, and what it leaves alone."""

import json
import subprocess
from pathlib import Path

import pytest

import histories
from bench_agent.cli import main
from bench_agent.commands.site_folder import MARKER, check_folder, write_site
from bench_agent.errors import UsageError
from bench_agent.render.site import SiteFile


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.bench-agent]\n")
    histories.keep(root, histories.make_runs(8, 3))
    monkeypatch.chdir(root)
    monkeypatch.delenv("CLAUDECODE", raising=False)
    return root


def files_in(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text("utf-8") for p in sorted(folder.rglob("*")) if p.is_file()}


def page(name: str, text: str = "x") -> SiteFile:
    return SiteFile(name=name, text=lambda: text)


def test_it_writes_pages_of_everything_stored_and_nothing_again_that_is_the_same(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["site", "public", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["benchmarks"], told["runs"], told["files"], told["changed"]) == (3, 8, 10, 10)
    written = files_in(project / "public")
    assert len([name for name in written if name.startswith("b/")]) == 3
    assert main(["site", "public"]) == 0
    assert "0 of 10 files new or changed" in capsys.readouterr().out
    assert files_in(project / "public") == written


def test_benchmarks_that_are_gone_stay_on_the_site(project: Path) -> None:
    histories.keep(project, histories.make_runs(9, 2)[8:])
    assert main(["site", "public"]) == 0
    assert len(list((project / "public" / "b").iterdir())) == 3


def test_nothing_stored_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert main(["site", "public"]) == 2
    assert "no run is stored here yet" in capsys.readouterr().err
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("foreign", ["notes.txt", "index.html", ".env", "b/mine.html"])
def test_a_folder_of_others_is_refused_and_left_as_it_is(
    project: Path, foreign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "public" / foreign
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert main(["site", "public"]) == 2
    assert "holds files that are not of a site of ours" in capsys.readouterr().err
    assert files_in(project / "public") == {foreign: "mine"}


def test_the_project_itself_its_state_and_a_file_are_refused(project: Path) -> None:
    for name in (".", ".benchmark", ".benchmark/history", "pyproject.toml", "no/such/folder"):
        before = files_in(project)
        assert main(["site", name]) == 2, name
        assert files_in(project) == before
    assert main(["site", ".benchmark/site"]) == 0


def test_for_claude_code_it_writes_below_the_state_folder_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["site", "public"]) == 2
    assert not (project / "public").exists()
    assert main(["site", ".benchmark/site"]) == 0


def test_a_checkout_of_a_published_branch_keeps_what_lies_beside(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    (folder / ".git").mkdir(parents=True)
    (folder / "CNAME").write_text("example.org")
    write_site(check_folder(str(folder)), [page("index.html")])
    (folder / "about.html").write_text("mine")
    write_site(check_folder(str(folder)), [page("index.html", "y")])
    assert (folder / "CNAME").read_text() == "example.org"
    assert (folder / "about.html").read_text() == "mine"
    assert (folder / "index.html").read_text() == "y"


def test_pages_of_the_last_time_that_are_gone_are_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = check_folder(str(tmp_path / "pages"))
    write_site(folder, [page("b/one-1.html"), page("b/two-2.html"), page("index.html")])
    (folder / "b" / "mine.html").write_text("mine")
    write_site(folder, [page("b/one-1.html"), page("index.html")])
    assert sorted(p.name for p in (folder / "b").iterdir()) == ["mine.html", "one-1.html"]


def test_a_marker_can_name_nothing_outside_for_removal(tmp_path: Path) -> None:
    """A repository can bring a folder with a marker."""
    victim = tmp_path / "victim.html"
    victim.write_text("mine")
    folder = tmp_path / "pages"
    folder.mkdir()
    names = "../victim.html\n/etc/passwd\nb/../../victim.html\nb/x.html/../../../victim.html\n.git/config\n"
    (folder / MARKER).write_text(f"bench-agent/site/1\n{names}")
    write_site(check_folder(str(folder)), [page("index.html")])
    assert victim.read_text() == "mine"


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / MARKER).write_text("bench-agent/site/1\n")
    (folder / "b").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="no real folder"):
        check_folder(str(folder))
    (folder / "b").unlink()
    victim = tmp_path / "victim.html"
    victim.write_text("mine")
    (folder / "index.html").symlink_to(victim)
    write_site(check_folder(str(folder)), [page("index.html", "ours")])
    assert victim.read_text() == "mine"
    assert (folder / "index.html").read_text() == "ours"


def test_an_interrupted_site_leaves_whole_pages_and_is_still_ours(tmp_path: Path) -> None:
    folder = check_folder(str(tmp_path / "pages"))
    write_site(folder, [page("b/one-1.html"), page("index.html", "to one-1")])

    def interrupted() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_site(folder, [page("b/two-2.html"), SiteFile(name="index.html", text=interrupted)])
    assert (folder / "index.html").read_text() == "to one-1"
    assert (folder / "b" / "one-1.html").exists(), "what the index still links to"
    write_site(check_folder(str(folder)), [page("b/three-3.html"), page("index.html")])
    assert [p.name for p in (folder / "b").iterdir()] == ["three-3.html"]


@pytest.mark.parametrize("name", [".git", ".git/x", "link/x", ".GIT/x"])
def test_no_page_is_written_into_what_git_keeps(project: Path, name: str) -> None:
    (project / ".git").mkdir()
    (project / "link").symlink_to(".git")
    assert main(["site", name]) == 2
    assert not list((project / ".git").iterdir())


def test_a_marker_that_came_with_the_project_names_no_files_of_ours(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A contributor's commit may list the user's own files as ours, to be written over or removed."""
    assert main(["site", "public"]) == 0
    for command in (["init", "-q"], ["add", "-f", "public/.bench-agent-site"]):
        subprocess.run(["git", "-C", str(project), *command], check=True)
    (project / "public" / "index.html").write_text("mine")
    capsys.readouterr()
    assert main(["site", "public"]) == 2
    assert "is committed to this project" in capsys.readouterr().err
    assert (project / "public" / "index.html").read_text() == "mine"
