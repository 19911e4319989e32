from bench_agent.text.imported_names import imported_names


def test_the_modules_of_all_import_statements_are_named_without_running_or_parsing() -> None:
    text = (
        "import os, genlib as g\nfrom tools.lib import write, read\nfrom . import near\n\tfrom .deep import x\n"
        "print 'Python 2'\n# import no\nimportant = 1\n"
    )
    assert imported_names(text) >= {"os", "genlib", "tools.lib", "tools.lib.write", "near", "deep", "deep.x"}
    assert not imported_names(text) & {"no", "ant"}
