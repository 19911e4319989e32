"""Which tests may look at what a patch changes. Pure."""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

MAX_FILES = 30  # of tests, the likeliest; each is imported
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")


def affected_tests(sources: Mapping[str, str], functions: Collection[str], *, benchmark: str) -> tuple[str, ...]:
    """Files of tests that name what is changed, the likeliest first. functions: "path::qualname". benchmark: its file."""
    words = {part for key in functions for part in key.rpartition("::")[2].split(".") if part != "<locals>"}
    modules = {_module(key.rpartition("::")[0]) for key in functions}
    scored = []
    for path, text in sources.items():
        if not _TEST.search(path) or path == benchmark:
            continue
        told = set(re.findall(r"\w+", text))
        score = 2 * len(words & told) + len(modules & told) + any(module in path for module in modules)
        if score:
            scored.append((-score, path))
    files = [path for _, path in sorted(scored)[: MAX_FILES - 1]]
    return tuple(dict.fromkeys([*files, *([benchmark] if benchmark in sources else [])]))


def _module(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem
