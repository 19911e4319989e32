"""Benchmarks of markdown-it-py for `memory_releases.py`."""

from markdown_it import MarkdownIt

PART = """# Title %d

A paragraph with *emphasis*, **strong**, `code`, [a link](https://example.org/%d "title") and ![image](a.png).

- one
  - two
    - three
> quote
> more

| a | b |
|---|---|
| 1 | 2 |

```python
def f(x):
    return x
```
"""
TEXT = "".join(PART % (n, n) for n in range(60))


def parse():
    return MarkdownIt("commonmark").enable("table").parse(TEXT)


def render():
    return MarkdownIt("commonmark").enable("table").render(TEXT)


def construct():
    return MarkdownIt("commonmark")


def test_parse(benchmark):
    benchmark(parse)


def test_render(benchmark):
    benchmark(render)


def test_construct(benchmark):
    benchmark(construct)
