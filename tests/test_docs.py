"""The documentation says what is so: generated pages are fresh, transcripts are the recorded ones, links lead somewhere."""

import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).resolve().parents[1]
PAGES = [
    *(TOP / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((TOP / "docs").rglob("*.md")),
]
MOST_LINES = 90  # of the README: one screen of text, with its tables
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def _script(name: str) -> ModuleType:
    path = TOP / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


commands = _script("write_command_docs")
transcripts = _script("record_transcripts")


def _name(path: Path) -> str:
    return str(path.relative_to(TOP))


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: Counter[str] = Counter()
    anchors = set()
    for line in FENCE.sub("", page.read_text("utf-8")).splitlines():
        if match := re.match(r"#{1,6} (.+)", line):
            words = re.sub(r"[^\w\- ]", "", match[1].lower()).strip().replace(" ", "-")
            anchors.add(f"{words}-{found[words]}" if found[words] else words)
            found[words] += 1
    return anchors


def _links(page: Path) -> Iterator[str]:
    yield from LINK.findall(FENCE.sub("", page.read_text("utf-8")))


def test_the_page_of_commands_is_what_the_help_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "PYTHON_COLORS"):
        monkeypatch.setenv(name, "1")  # set by the script; put back afterwards
    assert commands.PAGE.read_text("utf-8") == commands.write_page(), "run `make docs`"


def test_every_command_has_a_section() -> None:
    names = [parser.prog for parser in commands.parsers_of(commands.build())]
    assert len(names) == len(set(names))
    text = commands.PAGE.read_text("utf-8")
    assert [name for name in names if not re.search(rf"^#+ {re.escape(name)}$", text, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_transcripts_are_what_was_recorded(page: Path) -> None:
    text, recorded = page.read_text("utf-8"), transcripts.read_transcripts()
    blocks = list(transcripts.BLOCK.finditer(text))
    assert len(blocks) == text.count("<!-- transcript: ") == text.count("<!-- end of transcript -->")
    for block in blocks:
        assert block[0] == transcripts.filled(block, recorded), "run scripts/record_transcripts.py --pages-only"


def test_an_excerpt_is_consecutive_lines_of_the_transcript() -> None:
    lines = "a 1\nb 2\nc 3\nd 4\n"
    assert transcripts.wanted(lines, "b", "2") == "b 2\nc 3\n"
    assert transcripts.wanted(lines, None, None) == lines
    with pytest.raises(ValueError, match="no line"):
        transcripts.wanted(lines, "e", "2")


def test_every_scene_was_recorded_and_nothing_else() -> None:
    scenes = [scene.file for scene in (*transcripts.SCENES, *transcripts.LATER_SCENES)]
    assert sorted(transcripts.read_transcripts()) == sorted(scenes)


@pytest.mark.parametrize("name", sorted(transcripts.read_transcripts()))
def test_transcripts_hold_no_place_on_the_machine_that_recorded_them(name: str) -> None:
    text = transcripts.read_transcripts()[name]
    assert not re.search(r"(?<![\w.~])/(?:tmp|home|root|Users|var|work)/", text)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _links(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(TOP), f"{link} leads out of the repository"
        assert not anchor or anchor in _anchors(target), f"{link}: there is no such heading"


def test_every_page_can_be_reached_from_the_list_of_pages() -> None:
    seen, waiting = set(), [TOP / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        found = [
            (page.parent / link.partition("#")[0]).resolve() for link in _links(page) if not re.match(r"[a-z]+:", link)
        ]
        waiting += [path for path in found if path.is_file()]
    assert {_name(page) for page in PAGES if page.is_relative_to(TOP / "docs")} <= {_name(page) for page in seen}


def test_the_readme_is_one_screen() -> None:
    assert len((TOP / "README.md").read_text("utf-8").splitlines()) <= MOST_LINES


def test_the_glossary_defines_each_term_once_and_in_order() -> None:
    text = (TOP / "docs" / "glossary.md").read_text("utf-8")
    terms = re.findall(r"\*\*(.+?)\*\*", text)
    assert [term for term, times in Counter(term.lower() for term in terms).items() if times > 1] == []
    assert terms == re.findall(r"^\*\*(.+?)\*\*: ", text, re.MULTILINE), "a term is bold only where it is defined"
    assert terms == sorted(terms, key=str.lower)


def test_every_setting_is_documented() -> None:
    from dataclasses import fields

    from bench_agent.config import Config

    keys = {field.name for field in fields(Config)} - {"root", "origins"}
    documented = re.findall(r"^\| `(\w+)` \|", (TOP / "docs" / "configuration.md").read_text("utf-8"), re.MULTILINE)
    assert set(documented) == keys


def test_every_make_target_is_in_the_guide_for_contributors() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*## ", (TOP / "Makefile").read_text("utf-8"), re.MULTILINE))
    guide = (TOP / "CONTRIBUTING.md").read_text("utf-8")
    assert {target for target in targets if f"| `make {target}` |" not in guide} <= {"help"}


def test_every_format_that_can_be_imported_is_documented() -> None:
    from bench_agent.formats.registry import NAMES

    documented = re.findall(r"^\| `(\w[\w-]*)` \|", (TOP / "docs" / "import.md").read_text("utf-8"), re.MULTILINE)
    assert set(documented) == set(NAMES)
    page = commands.PAGE.read_text("utf-8")
    assert {name for name in NAMES if name not in page} == set()


def test_every_calibration_that_accuracy_names_is_there() -> None:
    text = (TOP / "docs" / "accuracy.md").read_text("utf-8")
    named = re.findall(r"`(\w+\.py)", text)
    assert named
    assert {name for name in named if not (TOP / "tests" / "calibration" / name).is_file()} == set()
