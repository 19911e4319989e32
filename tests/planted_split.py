"""A planted repository in which a module became a package: pkg/mod.py, then pkg/mod/__init__.py and a file for each function."""

from dataclasses import replace
from pathlib import Path

from bench_agent.suspects.reached_code import find_spans
from planted import Planted, git


def split_module(planted: Planted, path: str) -> Planted:
    """The repository with one more commit at its end, which changes nothing but where the functions of that module are."""
    source = (planted.root / path).read_text()
    lines = source.split("\n")
    spans = [span for span in find_spans(source.encode()) or () if "." not in span.qualname]
    header = "\n".join(lines[: spans[0].first - 1])
    package = Path(path.removesuffix(".py"))
    module = ".".join(package.parts)
    (planted.root / path).unlink()
    (planted.root / package).mkdir()
    known = ""
    for span in spans:
        name = f"on_{span.qualname.lower()}"
        text = "\n".join(lines[span.first - 1 : span.last])
        (planted.root / package / f"{name}.py").write_text(f"{header}\n{known}\n\n{text}\n")
        known += f"from {module}.{name} import {span.qualname}\n"  # a function may call those above it
    (planted.root / package / "__init__.py").write_text(f"{header}\n{known}")
    git(planted.root, "add", "-A")
    git(planted.root, "commit", "-q", "-m", f"{package.name}: a package")
    head = git(planted.root, "rev-parse", "HEAD").strip()
    return replace(planted, head=head, commits=(*planted.commits, head))
