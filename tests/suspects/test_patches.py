"""Patches of git as records; the exotic file names are tested in test_repo.py, on git itself."""

from bench_agent.suspects.patches import FilePatch, join_moves, parse_patch

A, B, NONE = "a" * 40, "b" * 40, "0" * 40


def test_hunks_carry_both_sides_and_their_lines():
    (file,) = parse_patch(
        f"diff --git a/x.py b/x.py\nindex {A}..{B} 100644\n--- a/x.py\n+++ b/x.py\n"
        "@@ -3,2 +3 @@ def f():\n-old one\n-old two\n+new\n@@ -9,0 +9,2 @@\n+a\n+b\n"
    )
    assert (file.path, file.old_blob, file.new_blob) == ("x.py", A, B)
    first, second = file.hunks
    assert (first.removed, first.added, list(first.old_lines), list(first.new_lines)) == (
        ("old one", "old two"),
        ("new",),
        [3, 4],
        [3],
    )
    assert (list(second.old_lines), list(second.new_lines)) == ([], [9, 10])


def test_content_that_looks_like_a_header_is_content():
    (file,) = parse_patch(
        f"diff --git a/x b/x\nindex {A}..{B} 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/forged\n-@@ -1 +1 @@\n"
        "+++ b/forged\n+diff --git a/y b/y\n\\ No newline at end of file\n"
    )
    assert file.path == "x"
    assert file.hunks[0].removed == ("-- a/forged", "@@ -1 +1 @@")
    assert file.hunks[0].added == ("++ b/forged", "diff --git a/y b/y")


def test_new_gone_and_binary_files():
    new, gone = parse_patch(
        f"diff --git a/n b/n\nnew file mode 100644\nindex {NONE}..{B}\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
        f"diff --git a/i b/i\nindex {A}..{B}\nBinary files a/i and b/i differ\n"
        f"diff --git a/g b/g\ndeleted file mode 100644\nindex {A}..{NONE}\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert (new.path, new.old_blob, new.new_blob) == ("n", None, B)
    assert (gone.path, gone.old_blob, gone.new_blob) == ("g", A, None)


def test_a_patch_cut_short_gives_what_is_whole():
    text = f"diff --git a/x b/x\nindex {A}..{B}\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n-b"
    assert [file.hunks[0].removed for file in parse_patch(text)] == [("a", "b")]
    assert parse_patch("") == ()
    assert parse_patch("+++ b/lonely") == parse_patch("+++ b/lonely\n") != ()


def test_a_moved_file_is_one_change_and_what_only_went_or_came_is_two():
    moved = [FilePatch(path="pkg/a.py", old_blob=A), FilePatch(path="src/pkg/a.py", new_blob=B)]
    equal = [FilePatch(path="one.py", old_blob="c" * 40), FilePatch(path="sub/two.py", new_blob="c" * 40)]
    other = [FilePatch(path="gone.py", old_blob=A), FilePatch(path="come.py", new_blob=B)]
    found = join_moves((*moved, *equal, *other))
    assert [(file.path, file.old_blob, file.new_blob) for file in found] == [
        ("src/pkg/a.py", A, B),
        ("sub/two.py", "c" * 40, "c" * 40),
        ("gone.py", A, None),
        ("come.py", None, B),
    ]
    assert join_moves(tuple(other)) == tuple(other)
