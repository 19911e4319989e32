"""What every finished result can be given out as. A command makes the forms of its result; `commands/output` does the rest.

One class a kind of result, each beside the functions that write it: `ReportForms`, `ComparisonForms`, `SearchForms`, `ChangeForms`.
"""

from typing import Protocol

from bench_agent.render.terminal import Screen


class Forms(Protocol):
    """A finished result in every form. Each is made when it is asked for, and costs nothing otherwise."""

    def text(self, screen: Screen) -> str:
        """For people, in lines that end."""
        ...

    def json(self) -> str:
        """The published document, one line without its end."""
        ...

    def markdown(self) -> str:
        """For a pull request: bounded, and nothing that a repository holds can act in it."""
        ...

    def html(self) -> str:
        """A page of one file that loads nothing."""
        ...
