"""What a patch can do to a benchmark: nothing, something not counted, or anything."""

import pytest

from bench_agent.records import Reach
from bench_agent.suspects.commit_effect import MAX_PATCH, judge_patch
from bench_agent.suspects.patches import FilePatch

OLD = b"def run():\n    return 1\n\n\ndef idle():\n    return 2\n"
COMMENTED = b"# Runs.\ndef run():\n    return 1\n\n\ndef idle():\n    return 2\n"
IDLE = OLD.replace(b"2", b"3")
RUNS = OLD.replace(b"1", b"4")
BLOBS = {"old": OLD, "commented": COMMENTED, "idle": IDLE, "runs": RUNS}
REACH = Reach(functions={"m.py::run": 1}, files=("m.py",), complete=True)


def judge(path: str, new: str | None, *, text: str = "", held: tuple[str, ...] = ()) -> str:
    patches = (FilePatch(path=path, old_blob="old", new_blob=new),)
    return judge_patch(text, patches, BLOBS, reaches=[REACH], held=held)


@pytest.mark.parametrize(
    ("new", "bearing"), [("commented", "same"), ("idle", "uncounted"), ("runs", "executed"), (None, "executed")]
)
def test_python_files_are_compared_as_code(new: str | None, bearing: str) -> None:
    assert judge("m.py", new) == bearing


def test_a_file_is_named_from_the_top_of_the_repository() -> None:
    assert judge("sub/m.py", "runs") == "uncounted"  # another file of that name
    assert judge("sub/m.py", "commented") == "same"


def test_what_all_versions_have_from_the_newest_was_not_measured() -> None:
    assert judge("tests/benchmark/m.py", "runs", held=("tests/benchmark",)) == "same"
    assert judge("tests/benchmarks.py", "runs", held=("tests/benchmark",)) == "uncounted"


def test_documentation_may_be_read_and_data_is_taken_for_executed() -> None:
    assert judge("README.md", "runs") == "uncounted"
    assert judge("table.json", "runs") == "executed"
    assert judge("requirements.txt", "runs") == "executed"


def test_what_the_patch_does_not_show_is_taken_for_executed() -> None:
    assert judge("m.py", "not read") == "executed"
    assert judge("m.py", "commented", text="\nBinary files a/x and b/x differ") == "executed"
    assert judge("m.py", "commented", text="+" * MAX_PATCH) == "executed"  # the rest was not read
    assert judge_patch("", (), {}, reaches=[], held=()) == "same"
