"""What every page of ours keeps, whatever is in it."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from bench_agent.render.webpage import assets

VOID = {"meta", "br", "input", "link"}


class Page(HTMLParser):
    """Collects elements, attributes and text; `open` is empty at the end when every element was closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif not self.open or self.open[-1] != "style":
            self.text += data

    @property
    def links(self) -> list[str]:
        return [value or "" for name, value in self.attributes if name == "href"]

    @property
    def data(self) -> Any:
        return next(json.loads(text) for attrs, text in self.scripts if attrs.get("id") == "data")


def check_page(source: str) -> Page:
    """What every page keeps, whatever is in it."""
    page = Page(source)
    assert page.open == []
    assert not {"img", "iframe", "object", "image", "use", "form", "base"} & set(page.elements)
    names = {name for name, _ in page.attributes}
    assert not any(name.startswith("on") or name in ("src", "style", "srcset") for name in names)
    code = [text for attrs, text in page.scripts if "type" not in attrs]
    assert code == [str(assets()["script"])]
    assert all(attrs == {"type": "application/json", "id": "data"} for attrs, text in page.scripts if text not in code)
    assert all(re.match(r"https://|#b\d+$|[a-z./-]+[a-z0-9-]*\.(html|csv|xml)$", link) for link in page.links), (
        page.links
    )
    return page
