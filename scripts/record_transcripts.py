"""Records the terminal output that the documentation shows, and puts it into the pages.

    python scripts/record_transcripts.py [--pages-only]

Makes a small project with a git history in a temporary folder. One commit makes a benchmark slower. Runs the commands of
`SCENES` there, writes what each printed to docs/transcripts/, and copies it between the markers in README.md and docs/.
Takes one to four minutes. `--pages-only` measures nothing: it copies the files that are there into the pages.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
TRANSCRIPTS = TOP / "docs" / "transcripts"
WIDTH = 92
PROJECT = "~/notes"  # what the temporary folder is called in the transcripts

# A block is `<!-- transcript: NAME -->` or `<!-- transcript: NAME, 12 lines from "TEXT" -->`, a fenced block, and the end marker.
BLOCK = re.compile(
    r'(?P<head><!-- transcript: (?P<name>[\w.-]+)(?:, (?P<count>\d+) lines from "(?P<start>[^"]+)")? -->\n)'
    r"```text\n(?P<body>.*?)```\n(?P<tail><!-- end of transcript -->)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One recorded command: the file it goes to, and its arguments after `bench-agent`."""

    file: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One commit of the sample project: text replaced in one file, or a whole file where `old` is empty."""

    subject: str
    path: str
    new: str
    old: str = ""


FILES = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n.benchmark/\n",
    "Makefile": "benchmark:\n\tpython -m pytest tests/benchmark -p no:cacheprovider\n",
    "README.md": "# notes\n\nKeeps notes and finds them by their words.\n",
    "pyproject.toml": '[project]\nname = "notes"\nversion = "1.0"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    "tests/regression/baseline_metrics.json": '{\n  "search": {"p95_ms": 50, "max_regression": 0.2}\n}\n',
    "notes/__init__.py": '"""Keeps notes and finds them by their words."""\n',
    "notes/words.py": '''"""Words of a text."""

STOP_WORDS = frozenset({"a", "an", "and", "of", "the", "to"})


def split_words(text):
    """The words of a text, without stop words."""
    return [word for word in text.lower().split() if word not in STOP_WORDS]


def count_words(words):
    """How often each word occurs."""
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
''',
    "notes/index.py": '''"""An index of notes by their words."""

from notes.words import count_words, split_words


class Index:
    """All notes, and which of them hold a word."""

    def __init__(self):
        self.texts = []
        self.counts = []
        self.by_word = {}

    def add(self, text):
        number = len(self.texts)
        self.texts.append(text)
        self.counts.append(count_words(split_words(text)))
        for word in self.counts[number]:
            self.by_word.setdefault(word, []).append(number)
''',
    "notes/search.py": '''"""Finds the notes that fit a question best."""

from notes.words import count_words, split_words


def score(index, number, words):
    """How well one note fits."""
    counts = index.counts[number]
    total = 0.0
    for word in words:
        total += counts.get(word, 0) / (1 + len(index.by_word.get(word, ())))
    return total


def search(index, question, limit=5):
    """The best notes, best first."""
    words = split_words(question)
    numbers = {number for word in words for number in index.by_word.get(word, ())}
    ranked = sorted(numbers, key=lambda number: -score(index, number, words))
    return [index.texts[number] for number in ranked[:limit]]
''',
    "notes/export.py": '''"""Notes as a page."""


def to_html(texts):
    """A list of notes, each once."""
    seen = set()
    items = []
    for text in texts:
        if text not in seen:
            seen.add(text)
            items.append(f"<li>{text}</li>")
    return f"<ul>{''.join(items)}</ul>"
''',
    "tests/benchmark/conftest.py": """import pytest

from notes.index import Index

NAMES = ["milk", "bread", "train", "letter", "garden", "music", "bicycle", "kettle", "window", "paper", "river", "stone"]


def make_texts(number):
    return [" ".join(NAMES[(i * k + k) % len(NAMES)] for k in range(1, 15)) + f" note{i}" for i in range(number)]


@pytest.fixture
def texts():
    return make_texts(300)


@pytest.fixture
def index(texts):
    made = Index()
    for text in texts:
        made.add(text)
    return made
""",
    "tests/benchmark/test_notes.py": """from notes.export import to_html
from notes.index import Index
from notes.search import search


def test_search(benchmark, index):
    assert len(benchmark(search, index, "the garden and the river")) == 5


def test_add_notes(benchmark, texts):
    def add_all():
        index = Index()
        for text in texts:
            index.add(text)
        return index

    assert len(benchmark(add_all).texts) == 300


def test_export(benchmark, texts):
    assert benchmark(to_html, texts).startswith("<ul")
""",
}
BEFORE = (
    Edit(subject="readme: say how to search", path="README.md", old="words.\n", new="words.\n\n`notes garden river`\n"),
    Edit(subject="words: ignore `is` too", path="notes/words.py", old='"of", ', new='"is", "of", '),
)
AFTER = (
    Edit(subject="docs: how notes are kept", path="docs/format.md", new="# Format\n\nOne note a line.\n"),
    Edit(subject="export: name the list", path="notes/export.py", old="<ul>{", new="<ul id='notes'>{"),
    Edit(subject="readme: a title", path="README.md", old="# notes\n", new="# Notes\n"),
    Edit(
        subject="search: count the words of the text as it is now",
        path="notes/search.py",
        old="counts = index.counts[number]",
        new="counts = count_words(split_words(index.texts[number]))",
    ),
    Edit(
        subject="words: a clearer docstring",
        path="notes/words.py",
        old="How often each",
        new="The number of times each",
    ),
    Edit(subject="docs: the encoding", path="docs/format.md", old="line.\n", new="line, in UTF-8.\n"),
    Edit(
        subject="export: a class for each note", path="notes/export.py", old="<li>{text}", new="<li class='note'>{text}"
    ),
)
LATER = (
    Edit(subject="docs: the order of notes", path="docs/order.md", new="# Order\n\nOldest first.\n"),
    Edit(subject="words: `in` is a stop word", path="notes/words.py", old='"is", ', new='"in", "is", '),
    Edit(
        subject="export: remember notes in their order",
        path="notes/export.py",
        old="    seen = set()\n    items = []\n    for text in texts:\n        if text not in seen:\n            seen.add(text)",
        new="    seen = []\n    items = []\n    for text in texts:\n        if text not in seen:\n            seen.append(text)",
    ),
    Edit(subject="docs: the order of the export", path="docs/order.md", old="first.", new="first, also in the export."),
    Edit(subject="search: a docstring", path="notes/search.py", old="How well one", new="How well a"),
)
SCENES = (
    Scene(file="bisect.txt", arguments=("bisect", "search", "--good", "HEAD~7")),
    Scene(file="run.txt", arguments=("run",)),
    Scene(file="status.txt", arguments=("status",)),
    Scene(file="compare.txt", arguments=("compare", "HEAD~7")),
    Scene(file="trend.txt", arguments=("trend", "search")),
    Scene(file="detect.txt", arguments=("detect",)),
    Scene(file="baseline.txt", arguments=("baseline", "show")),
    Scene(file="doctor.txt", arguments=("doctor",)),
)
# After the commits of LATER: a slowdown that counts of lines don't show, so that the search goes by time.
LATER_SCENES = (Scene(file="bisect-by-time.txt", arguments=("bisect", "export", "--good", "HEAD~5")),)
RUNS_BEFORE = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--pages-only", action="store_true", help="copy the recorded files into the pages, record nothing"
    )
    if not parser.parse_args().pages_only:
        record()
    transcripts = read_transcripts()
    for page in pages():
        text = page.read_text("utf-8")
        new = BLOCK.sub(lambda block: filled(block, transcripts), text)
        if new != text:
            page.write_text(new, "utf-8")


def pages() -> list[Path]:
    """The files that may hold transcripts."""
    return [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]


def read_transcripts() -> dict[str, str]:
    """File name -> what was recorded."""
    return {path.name: path.read_text("utf-8") for path in sorted(TRANSCRIPTS.glob("*.txt"))}


def filled(block: re.Match[str], transcripts: Mapping[str, str]) -> str:
    """The block with the text that its marker names."""
    body = wanted(transcripts[block["name"]], block["start"], block["count"])
    return f"{block['head']}```text\n{body}```\n{block['tail']}"


def wanted(transcript: str, start: str | None, count: str | None) -> str:
    """The whole transcript, or `count` lines from the first one that holds `start`. Raises ValueError when none does."""
    lines = transcript.splitlines(keepends=True)
    if start is None or count is None:
        return transcript
    first = next((number for number, line in enumerate(lines) if start in line), None)
    if first is None:
        raise ValueError(f"no line of the transcript holds {start!r}")
    return "".join(lines[first : first + int(count)])


def record() -> None:
    """Write every file of docs/transcripts/ anew."""
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="transcripts-") as folder:
        root = Path(folder).resolve() / "notes"
        environment = clean_environment(Path(folder))
        make_project(root, environment)
        for edit in BEFORE:
            commit(root, edit, environment)
        for _ in range(RUNS_BEFORE):
            show(root, ("run", "--no-confirm"), environment)
        for edit in AFTER:
            commit(root, edit, environment)
        record_scenes(SCENES, root, environment)
        for edit in LATER:
            commit(root, edit, environment)
        record_scenes(LATER_SCENES, root, environment)


def record_scenes(scenes: tuple[Scene, ...], root: Path, environment: Mapping[str, str]) -> None:
    for scene in scenes:
        text = show(root, scene.arguments, environment)
        words = " ".join(("bench-agent", *scene.arguments))
        (TRANSCRIPTS / scene.file).write_text(f"$ {words}\n{without_places(text, root)}", "utf-8")
        print(f"recorded {scene.file}", flush=True)
        # A search goes on where an earlier one stopped: each scene shows a whole one.
        shutil.rmtree(root / ".benchmark" / "bisect", ignore_errors=True)


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment of the recorded commands: this checkout's code, a fixed width, no settings of this user."""
    kept = {name: value for name, value in os.environ.items() if name in ("LANG", "LC_ALL", "TZ")}
    home = folder / "home"
    home.mkdir()
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(TOP / "src"),
        "PYTHONIOENCODING": "utf-8",
        "HOME": str(home),
        "COLUMNS": str(WIDTH),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ann Author",
        "GIT_AUTHOR_EMAIL": "ann@example.org",
        "GIT_COMMITTER_NAME": "Ann Author",
        "GIT_COMMITTER_EMAIL": "ann@example.org",
    }


def make_project(root: Path, environment: Mapping[str, str]) -> None:
    """The sample project with its first commit."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    git(root, environment, "init", "--quiet", "--initial-branch=main")
    git(root, environment, "add", "--all")
    git(root, environment, "commit", "--quiet", "--message", "Notes, an index and a search")


def commit(root: Path, edit: Edit, environment: Mapping[str, str]) -> None:
    """Commit one edit. Raises ValueError when the text to replace is not there."""
    path = root / edit.path
    text = path.read_text("utf-8") if path.exists() else ""
    if edit.old not in text:
        raise ValueError(f"{edit.path} does not hold {edit.old!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(edit.old, edit.new, 1) if edit.old else edit.new, "utf-8")
    git(root, environment, "add", "--all")
    git(root, environment, "commit", "--quiet", "--message", edit.subject)


def git(root: Path, environment: Mapping[str, str], *arguments: str) -> None:
    program = shutil.which("git") or "git"
    subprocess.run([program, *arguments], cwd=root, env=dict(environment), check=True)


def show(root: Path, arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """What the command prints, stdout and stderr in the order of writing. Raises RuntimeError when it could not measure."""
    done = subprocess.run(
        [sys.executable, "-u", "-m", "bench_agent", *arguments],
        cwd=root,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"bench-agent {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def without_places(text: str, root: Path) -> str:
    """The text without the temporary folder, this machine's interpreter, and spaces at the ends of lines."""
    for place, name in ((str(root), PROJECT), (sys.executable, "python"), (str(TOP), "bench-agent")):
        text = text.replace(place, name)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


if __name__ == "__main__":
    main()
