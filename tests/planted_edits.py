"""What commits of `planted.py` do to the package of `planted_project.py`: its possible culprits, and harmless edits."""

from typing import NamedTuple


class Edit(NamedTuple):
    """A commit: its subject, and (path, text, what takes its place); "" as text means the whole, new file."""

    subject: str
    changes: tuple[tuple[str, str, str], ...]


def _edit(subject: str, path: str, old: str, new: str) -> Edit:
    return Edit(subject, ((path, old, new),))


_WORDS, _INDEX, _SCORING = "finder/words.py", "finder/index.py", "finder/scoring.py"
_CONFIG, _PLUGINS = "finder/config.py", "finder/plugins/__init__.py"

CULPRITS: dict[str, tuple[Edit, ...]] = {
    "hot": (
        _edit("Keep memory flat", _WORDS, "@functools.lru_cache(maxsize=4096)\ndef stem", "def stem"),
        _edit(
            "Accept accents", _WORDS, "    for word in _WORD.findall(text.lower()):",
            '    pattern = re.compile("[a-z" + chr(224 + len(text) % 20) + "]+")\n    for word in pattern.findall(text.lower()):',
        ),
        _edit(
            "Make stop words easy to extend", _WORDS, "        if word not in STOP_WORDS:",
            "        if word not in sorted(STOP_WORDS):",
        ),
        _edit(
            "Count safely", _INDEX, "        counts = count_words(split_words(text))",
            "        words = split_words(text)\n        counts = {word: words.count(word) for word in words for _ in words}",
        ),
        _edit(
            "Don't share the counts", _SCORING, "    counts = index.documents[number]\n",
            "    counts = copy.deepcopy(index.documents[number])\n",
        ),
        _edit(
            "Faster look-up of words", _SCORING, "        if word in counts:\n",
            "        if word in [other for other in counts]:\n",
        ),
        _edit(
            "Score fields", _SCORING, "            total += counts[word] * weigh(index, counts, word)\n",
            "            for _ in FIELDS:\n                total += counts[word] * weigh(index, counts, word) / len(FIELDS)\n",
        ),
        _edit(
            "Order matters", _INDEX, "            numbers |= self.by_word.get(word, set())\n        return sorted(numbers)",
            "            numbers |= self.by_word.get(word, set())\n            numbers = set(sorted(numbers))\n        return sorted(numbers)",
        ),
        _edit(
            "Rarity as seen by readers", _INDEX, "        holders = self.by_word.get(word, ())\n",
            "        holders = [number for number, counts in enumerate(self.documents) if word in counts]\n",
        ),
    ),
    "cold": (
        _edit(
            "Normalise queries", _SCORING, "    words = split_words(query)\n",
            "    words = split_words(query)\n    for _ in range(40):\n        words = split_words(' '.join(words))\n",
        ),
        _edit(
            "Stable order", _SCORING, "    scored.sort(reverse=True)\n",
            "    for place in range(len(scored)):\n        for other in range(place):\n"
            "            if scored[other] < scored[place]:\n"
            "                scored[other], scored[place] = scored[place], scored[other]\n",
        ),
        _edit(
            "Check the limit", _SCORING, "    words = prepare_query(query)\n",
            "    words = prepare_query(query)\n    limit = min(limit, sum(1 for _ in range(5000)))\n",
        ),
    ),
    "data": (
        _edit(
            "Add synonyms from the users' list", "finder/data/synonyms.json", '"all": ["fast"',
            '"all": [' + ", ".join(f'"word{n}"' for n in range(80)) + ', "fast"',
        ),
    ),
    "config": (_edit("Wider window", "finder/settings.json", '"window": 12', '"window": 400'),),
    "default": (
        _edit("Boost a little more", _CONFIG, "BOOST = 4\n", "BOOST = 300\n"),
        _edit(
            "Clearer default", _SCORING, "number, words, window=config.WINDOW):", "number, words, window=300):"
        ),
    ),
    "dependency": (
        _edit("Bump stemlib", "requirements.txt", "stemlib==1.2.4", "stemlib==2.0.1"),
        Edit(
            "Support stemlib 2",
            (("pyproject.toml", "stemlib>=1.2,<2", "stemlib>=2,<3"), ("requirements.txt", "stemlib==1.2.4", "stemlib==2.0.0")),
        ),
    ),
    "plugin": (
        Edit(
            "Add accents",
            (
                (
                    "finder/plugins/accents.py", "",
                    '"""Accents count too."""\n\nfrom finder.plugins import register\n\n\n@register\n'
                    "def accents(total, counts):\n    for word in counts:\n        for letter in word:\n"
                    "            total += 1e-9 * (letter > 'm')\n    return total\n",
                ),
            ),
        ),
        Edit(
            "Rule for short words",
            (
                (
                    "finder/plugins/short.py", "",
                    "from finder.plugins import register\n\n\ndef _is_short(word):\n    return len(word) < 4\n\n\n@register\n"
                    "def short(total, counts):\n    return total + 1e-9 * len([w for w in counts if _is_short(w)])\n",
                ),
            ),
        ),
    ),
    # Modelled on causes of real regressions, and written after the ranking's weights: what it finds here it was not made for.
    "unseen": (
        _edit(
            "Code quality", _SCORING, "    for other in synonyms.similar(word):\n",
            "    similar = functools.lru_cache(maxsize=None)(synonyms.similar)\n    for other in similar(word):\n",
        ),
        _edit("Fix shared state", _SCORING, "    counts = index.documents[number]\n", "    counts = dict(index.documents[number])\n"),
        _edit(
            "Use absolute names", _INDEX, "            self.by_word.setdefault(word, set()).add(number)\n",
            "            self.by_word.setdefault(os.path.abspath(word).rpartition('/')[2], set()).add(number)\n",
        ),
        _edit(
            "Words by users", _WORDS, 'STOP_WORDS = frozenset({"a", "an", "and", "of", "the", "to", "in", "is"',
            'STOP_WORDS = (*(f"user{n}" for n in range(300)), *{"a", "an", "and", "of", "the", "to", "in", "is"',
        ),
        _edit("perf: fewer calls", _WORDS, "            found.append(stem(word))", "            found = found + [stem(word)]"),
        _edit(
            "Tell what happens", _SCORING, "            total += counts[word] * weigh(index, counts, word)\n",
            "            total += counts[word] * weigh(index, counts, word)\n            _LOG.debug('%s %s', word, total)\n",
        ),
        _edit(
            "fix: honour the limit", _SCORING, "    scored.sort(reverse=True)\n    return scored[:limit]",
            "    best = []\n    while scored and len(best) < limit:\n        best.append(scored.pop(scored.index(max(scored))))\n    return best",
        ),
        _edit(
            "Handle missing words", _INDEX, "            numbers |= self.by_word.get(word, set())\n",
            "            try:\n                numbers = numbers | set(self.by_word[word])\n            except KeyError:\n                continue\n",
        ),
        Edit(
            "Vendor a stemmer",
            (
                (
                    "finder/_stemmer.py", "",
                    "class Stemmer:\n    def __init__(self, endings):\n        self.endings = sorted(endings, key=len, reverse=True)\n\n"
                    "    def stem(self, word):\n        for ending in self.endings:\n            if self.fits(word, ending):\n"
                    "                return word[: -len(ending)]\n        return word\n\n    def fits(self, word, ending):\n"
                    "        return word.endswith(ending) and len(word) > len(ending) + 2\n",
                ),
                (_WORDS, "            found.append(stem(word))", "            found.append(Stemmer(ENDINGS).stem(word))"),
                (_WORDS, "import re\n", "import re\n\nfrom finder._stemmer import Stemmer\n"),
            ),
        ),
        _edit(
            "Register once", _PLUGINS, "    for function in ADJUSTERS:\n        total = function(total, counts)\n",
            "    for function in sorted(set(ADJUSTERS), key=lambda f: f.__name__):\n        total = function(total, counts)\n",
        ),
        Edit(
            "Read settings when they are needed",
            (
                (_CONFIG, "def boost_steps(steps=BOOST):\n    total = 0\n", "def boost_steps(steps=None):\n    steps = steps or load()['boost']\n    total = 0\n"),
                (_CONFIG, "BOOST = 4\n", "BOOST = 4\n\n\ndef load():\n    return {'boost': BOOST, **json.loads(Path(__file__).with_name('settings.json').read_text())}\n"),
            ),
        ),
        _edit("Types", _SCORING, "    weight = ", "    assert all(isinstance(key, str) for key in counts)\n    weight = "),
    ),
}  # fmt: skip
NOISE: tuple[Edit, ...] = (
    # functions the benchmark executes
    _edit("Rename a variable", _WORDS, "    counts = {}\n    for word in words:\n        counts[word] = counts.get(word, 0) + 1\n    return counts",
          "    seen = {}\n    for word in words:\n        seen[word] = seen.get(word, 0) + 1\n    return seen"),
    _edit("Say why", _WORDS, "    found = []\n    for word in _WORD", "    # in the order of the text\n    found = []\n    for word in _WORD"),
    _edit("Shorter text", _WORDS, '    """The word without its ending."""', '    """The stem of a word."""'),
    _edit("Guard", _SCORING, "    weight = index.rarity(word)\n", "    weight = max(index.rarity(word), 0.0)\n"),
    _edit("Float from the start", _SCORING, "    total = 0.0\n    for word", "    total = float(0)\n    for word"),
    _edit("Types", _SCORING, "def rank_documents(index, query, limit=10):", "def rank_documents(index, query: str, limit: int = 10) -> list:"),
    _edit("Check input", _SCORING, "    words = prepare_query(query)\n    scored", "    words = prepare_query(query)\n    if not words:\n        return []\n    scored"),
    _edit("Explain the index", _INDEX, "        number = len(self.documents)\n", "        number = len(self.documents)  # the next one\n"),
    _edit("Name the sum", _INDEX, "        return 1.0 / (1 + len(holders))", "        share = 1.0 / (1 + len(holders))\n        return share"),
    _edit("Use a list", _SCORING, "    return list(dict.fromkeys(words))", "    return [*dict.fromkeys(words)]"),
    _edit("perf: avoid a look-up", "finder/synonyms.py", '    for other in _TABLE.get("all", ()):', '    for other in _TABLE["all"] if "all" in _TABLE else ():'),
    _edit("Simplify", "finder/plugins/length.py", "0.01 * len(counts)", "len(counts) / 100"),
    _edit("Name the total", _PLUGINS, "    ADJUSTERS.append(function)\n", "    ADJUSTERS.append(function)  # in order of import\n"),
    _edit("Sort endings", _WORDS, 'ENDINGS = ("ing", "ed", "es", "s")', 'ENDINGS = ("ing", "es", "ed", "s")'),
    _edit("Another stop word", _WORDS, '"to", "in", "is"})', '"to", "in", "is", "it"})'),
    # code that is imported, not executed
    _edit("Release", "finder/__init__.py", '__version__ = "1.0.0"', '__version__ = "1.1.0"'),
    _edit("Label", _CONFIG, 'LABEL = _SETTINGS["label"]', 'LABEL = str(_SETTINGS["label"])'),
    _edit("Add clear()", _INDEX, "    def rarity(", "    def clear(self):\n        for numbers in self.by_word.values():\n            numbers.clear()\n\n    def rarity("),
    # code that is neither
    _edit("Quote all", "finder/export.py", "csv.writer(out)", "csv.writer(out, quoting=csv.QUOTE_ALL)"),
    _edit("Sort the export", "finder/export.py", "    for points, number in results:", "    for points, number in sorted(results):"),
    _edit("perf: cache the output", "finder/export.py", "    return out.getvalue()", "    text = out.getvalue()\n    return text"),
    _edit("Copy before export", "finder/export.py", "    return [(number, points) for", "    results = [list(pair) for pair in results]\n    return [(number, points) for"),
    _edit("Exit code", "finder/cli.py", "    return 0", "    return 0 if arguments else 2"),
    _edit("Read files", "finder/cli.py", "        print(argument)", "        print(open(argument).read() if argument.endswith('.txt') else argument)"),
    _edit("Wait", "finder/cli.py", "import sys\n", "import sys\nimport time\n"),
    _edit("New helper", "finder/tools.py", "", "def twice(values):\n    return [v for v in values for _ in range(2)]\n"),
    # the rest
    _edit("Another test", "tests/test_words.py", "    assert stem('walking') == 'walk'\n", "    assert stem('walking') == 'walk'\n    assert stem('a') == 'a'\n"),
    _edit("CI", ".github/workflows/ci.yml", "ubuntu-22.04", "ubuntu-24.04"),
    _edit("Line length", "pyproject.toml", "line-length = 100", "line-length = 120"),
    _edit("Describe", "pyproject.toml", 'description = "Finds documents"', 'description = "Finds texts"'),
    _edit("Bump pytest", "requirements-dev.txt", "pytest==8.0", "pytest==8.1"),
    _edit("Bump attrs", "requirements.txt", "attrs==23.1.0", "attrs==23.2.0"),
    _edit("More countries", "finder/data/countries.json", '"fr"]', '"fr", "it", "es", "pl", "se"]'),
    _edit("Colour", "finder/settings.json", '"colour": "blue"', '"colour": "green"'),
    _edit("Make target", "Makefile", "python -m pytest", "python3 -m pytest"),
)  # fmt: skip
