"""The small package of `planted.py`, as text: a search in an index, its settings, data, plug-ins and benchmarks.

Some imports are there from the start, so that a culprit that uses them is not betrayed by the import.
"""

FILES = {
    "README.md": "# finder\n\nFinds documents by words.\n",
    "CHANGELOG.md": "# Changes\n",
    "docs/usage.md": "# Usage\n",
    "docs/notes.md": "Notes\n",
    ".gitignore": "__pycache__/\n.benchmarks/\n.benchmark/\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    runs-on: ubuntu-22.04\n",
    "pyproject.toml": (
        '[project]\nname = "finder"\nversion = "1.0"\ndescription = "Finds documents"\n'
        'dependencies = ["stemlib>=1.2,<2"]\n\n[tool.ruff]\nline-length = 100\n'
    ),
    "requirements.txt": "stemlib==1.2.4\nattrs==23.1.0\n",
    "requirements-dev.txt": "pytest==8.0\n",
    "Makefile": "benchmark:\n\tpython -m pytest tests/benchmark\n",
    "finder/__init__.py": '"""Finds documents by words."""\n\n__version__ = "1.0.0"\n',
    "finder/words.py": '''"""Words of a text."""

import functools
import re

_WORD = re.compile(r"[a-z]+")
STOP_WORDS = frozenset({"a", "an", "and", "of", "the", "to", "in", "is"})
ENDINGS = ("ing", "ed", "es", "s")


@functools.lru_cache(maxsize=4096)
def stem(word):
    """The word without its ending."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)]
    return word


def split_words(text):
    """All stems of the text, in order."""
    found = []
    for word in _WORD.findall(text.lower()):
        if word not in STOP_WORDS:
            found.append(stem(word))
    return found


def count_words(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
''',
    "finder/index.py": '''"""An inverted index."""

import os

from finder.words import count_words, split_words


class Index:
    """Documents by word."""

    def __init__(self):
        self.documents = []
        self.by_word = {}

    def add(self, text):
        number = len(self.documents)
        counts = count_words(split_words(text))
        self.documents.append(counts)
        for word in counts:
            self.by_word.setdefault(word, set()).add(number)
        return number

    def with_any(self, words):
        """Numbers of the documents with one of the words."""
        numbers = set()
        for word in words:
            numbers |= self.by_word.get(word, set())
        return sorted(numbers)

    def rarity(self, word):
        holders = self.by_word.get(word, ())
        return 1.0 / (1 + len(holders))
''',
    "finder/scoring.py": '''"""Which document fits best."""

import copy
import functools
import logging

from finder import config, plugins, synonyms
from finder.words import split_words

FIELDS = ("title", "body")
_LOG = logging.getLogger(__name__)


def weigh(index, counts, word):
    """How much one word says."""
    weight = index.rarity(word)
    for other in synonyms.similar(word):
        weight += 0.1 * counts.get(other, 0)
    return weight


def score(index, number, words, window=config.WINDOW):
    """How well a document fits."""
    counts = index.documents[number]
    total = 0.0
    for word in words:
        if word in counts:
            total += counts[word] * weigh(index, counts, word)
    for step in range(window):
        total += step * 1e-6
    return plugins.adjust(total, counts)


def prepare_query(query):
    """The words that are asked for, each once."""
    words = split_words(query)
    return list(dict.fromkeys(words))


def rank_documents(index, query, limit=10):
    words = prepare_query(query)
    scored = [(score(index, number, words), number) for number in index.with_any(words)]
    scored.sort(reverse=True)
    return scored[:limit]
''',
    "finder/synonyms.py": '''"""Words that mean the same, from a table."""

import json
from pathlib import Path

_TABLE = json.loads(Path(__file__).with_name("data").joinpath("synonyms.json").read_text())


def similar(word):
    """Other words for this one."""
    found = []
    for other in _TABLE.get("all", ()):
        if other != word and other[0] == word[0]:
            found.append(other)
    return found
''',
    "finder/config.py": '''"""Settings, from the file beside this one."""

import json
from pathlib import Path

_SETTINGS = json.loads(Path(__file__).with_name("settings.json").read_text())
WINDOW = _SETTINGS["window"]
LABEL = _SETTINGS["label"]
BOOST = 4


def boost_steps(steps=BOOST):
    total = 0
    for step in range(steps):
        total += step
    return total
''',
    "finder/settings.json": '{\n  "window": 12,\n  "label": "finder",\n  "colour": "blue"\n}\n',
    "finder/data/synonyms.json": '{"all": ["fast", "quick", "slow", "lazy", "big", "large"]}\n',
    "finder/data/countries.json": '["at", "de", "fr"]\n',
    "finder/plugins/__init__.py": '''"""What may adjust a score: every module of this folder that registers itself."""

import importlib
import pkgutil

ADJUSTERS = []


def register(function):
    ADJUSTERS.append(function)
    return function


def adjust(total, counts):
    for function in ADJUSTERS:
        total = function(total, counts)
    return total


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
''',
    "finder/plugins/length.py": '''"""Long documents count a little less."""

from finder import config
from finder.plugins import register


@register
def shorten(total, counts):
    return total / (1 + 0.01 * len(counts) + 0.001 * config.boost_steps())
''',
    "finder/report.py": '''"""Results as text."""


def render(results):
    lines = []
    for points, number in results:
        lines.append(f"{number:>6} {points:8.3f}")
    return "\\n".join(lines)
''',
    "finder/export.py": '''"""Results for other programs."""

import csv
import io


def to_csv(results):
    out = io.StringIO()
    writer = csv.writer(out)
    for points, number in results:
        writer.writerow([number, points])
    return out.getvalue()


def to_pairs(results):
    return [(number, points) for points, number in results]
''',
    "finder/cli.py": '''"""The command line."""

import sys


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    for argument in arguments:
        print(argument)
    return 0
''',
    "finder/dial.py": '''"""Work whose amount can be set, for measuring how well changes are found."""

LOOP_STEPS = 10000
BUILTIN_STEPS = 200000


def turn_loop(steps=LOOP_STEPS):
    total = 0
    for step in range(steps):
        total += step & 3
    return total


def turn_builtin(steps=BUILTIN_STEPS):
    return sum(range(steps))
''',
    "tests/test_words.py": "from finder.words import stem\n\n\ndef test_stem():\n    assert stem('walking') == 'walk'\n",
    "tests/benchmark/conftest.py": (
        "import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str(Path(__file__).parents[2]))\n"
    ),
    "tests/benchmark/test_search.py": """from finder import dial, report
from finder.index import Index
from finder.scoring import rank_documents

WORDS = "the quick brown foxes jumped over lazy dogs while big cats walked slowly to large houses".split()
TEXTS = [" ".join(WORDS[(3 * n + 5 * k) % len(WORDS)] for k in range(12)) for n in range(60)]


def make_index():
    index = Index()
    for text in TEXTS:
        index.add(text)
    return index


def search():
    index = make_index()
    return rank_documents(index, "quick cats and lazy dogs walking")


def test_search(benchmark):
    assert len(benchmark(search)) == 10


def test_render(benchmark):
    results = [(0.5, number) for number in range(200)]
    assert benchmark(report.render, results)


def test_loop(benchmark):
    assert benchmark(dial.turn_loop)


def test_builtin(benchmark):
    assert benchmark(dial.turn_builtin)
""",
}
