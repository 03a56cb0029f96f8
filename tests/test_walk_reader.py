"""The reader of the walk does its work: small pages, each with one thing that is not so, and what it says of them."""

from pathlib import Path

import pytest

from parity_tests.walk.page import Command, Edit, File, steps
from parity_tests.walk.printed import difference, renewed
from parity_tests.walk.walk import refreshed, walk
from small_walk import PAGE, changed


def problems(page: str, folder: Path) -> list[str | None]:
    return [outcome.problem for outcome in walk(page, folder)]


def block(kind: str, body: str) -> str:
    return f"```{kind}\n{body}```\n"


# ---- a page as steps


def test_a_page_as_steps():
    file, edit, first, second = steps(PAGE)
    assert file == File(5, "greet.py", "# greet.py\nHello, world\n")
    assert edit == Edit(10, "greet.py", (("Hello, world\n", "Hello, 3.5 worlds\n"),))
    assert (first.text, first.shown, first.exit_code) == ("tail -n 1 greet.py", ("Hello, 2.5 worlds",), 0)
    assert second == Command(28, "grep Moon greet.py", exit_code=1)


def test_an_edit_of_two_places_with_a_line_that_stays():
    (edit,) = steps(block("diff", "# a.py\n-old\n same\n+new\n\n-x\n"))
    assert edit.hunks == (("old\nsame\n", "same\nnew\n"), ("x\n", ""))


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (block("", "a\n"), "line 1: expected a command .*, got no word behind the fence: nothing would run it"),
        (block("bash", "ls\n"), "got bash: nothing would run it"),
        (block("console", "$ ls\n"), "got console: nothing would run it"),
        ("a\n\n" + block("text", "a\n"), "line 3: .* got text: nothing would run it"),
        (block("sh", "ls\n") + block("text", "a\n") + block("text", "b\n"), "line 7: .* got text"),
        (block("python", "import numpy\n"), "line 1: expected the file's name in the first line"),
        (block("diff", "-a\n+b\n"), "expected the file's name in the first line"),
        (block("sh", "ls\npwd\n"), "expected one command on one line, got 2 lines"),
        (block("sh", ""), "expected one command on one line, got 0 lines"),
        (block("sh", "ls\n") + block("text", "...\n"), "got only lines that are left out"),
        (block("sh", "ls\n") + "Exit code 1, not exit code 2.\n", r"expected one exit code .*, got \['1', '2'\]"),
        (block("diff", "# a.py\n-a\n+b\nc\n"), "expected lines that begin with -, \\+ or a space, got 'c'"),
        ("a\n```sh\nls\n", "line 2: expected blocks between fences that stand at the margin, got '```sh'"),
        ("- a\n\n  ```sh\n  ls\n  ```\n", "line 3: expected blocks between fences that stand at the margin"),
        (block("sh", "ls\n") + "a\n\n    ls\n", "line 6: .* got '    ls'"),
        ("~~~\nls\n~~~\n", "line 1: .* got '~~~'"),
    ],
)
def test_a_block_that_is_no_step_is_refused(page, says):
    with pytest.raises(ValueError, match=says):
        steps(page)


# ---- a page that is walked


def test_all_is_as_shown(tmp_path):
    assert problems(PAGE, tmp_path) == [None, None]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Hello, 2.5 worlds", "Hello, 2.5 moons", ["expected 'Hello, 2.5 moons', got 'Hello, 3.5 worlds'", None]),
        ("Hello, 2.5 worlds", "Hello, 2.5 worlds\nBye", ["expected 'Bye', got nothing more", None]),
        ("Hello, 2.5 worlds\n", "", ["expected nothing, got 'Hello, 3.5 worlds'", None]),
        ("tail -n 1", "tail -n 2", ["expected 'Hello, 2.5 worlds', got '# greet.py'", None]),
        ("tail -n 1", "head -n 1", ["expected 'Hello, 2.5 worlds', got '# greet.py'", None]),
        ("tail -n 1", "true", ["expected 'Hello, 2.5 worlds', got nothing more", None]),
        ("tail -n 1", "no_such_program", ["expected exit code 0, got 127", None]),
        ("+Hello, 3.5 worlds", "+Moon", ["expected 'Hello, 2.5 worlds', got 'Moon'", "expected exit code 1, got 0"]),
        ("exit\ncode 1", "exit\ncode 2", [None, "expected exit code 2, got 1"]),
        ("That is exit\ncode 1.", "That is all.", [None, "expected exit code 0, got 1"]),
    ],
)  # fmt: skip
def test_what_is_not_so_is_told(old, new, said, tmp_path):
    assert problems(changed(old, new), tmp_path) == said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("-Hello, world", "-Hello, you", "line 10: expected these lines once in greet.py, got them 0 times"),
        ("Hello, world\n```", "Hello, world\nHello, world\n```", "got them 2 times"),
        ("-Hello, world\n", "", "got them"),
        ("# greet.py\nHello", "# other.py\nHello", "expected a file greet.py to edit; no step before makes one"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(old, new, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        problems(changed(old, new), tmp_path)


def test_outputs_of_another_length_stand_where_they_belong(tmp_path):
    page = changed("grep Moon greet.py\n```\n", "cat greet.py\n```\n\n```text\n```\n").replace(
        "That is exit\ncode 1.", ""
    )
    page = page.replace("Hello, 2.5 worlds", "nothing")
    made = refreshed(page, list(walk(page, tmp_path)))
    assert made == page.replace("nothing", "Hello, 3.5 worlds").replace(
        "```text\n```", "```text\n# greet.py\nHello, 3.5 worlds\n```"
    )


# ---- what is shown beside what was printed

SHOWN = ["ok   ReLU   9   2.2e-16   0.37", "...", "All 3 agree."]


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["an error of 2.2e-16"], ["an error of 1e-17"]),
        (["a  2  0.5"], ["a    2   12.5"]),
        (["error exact"], ["error 2.1e-16"]),
        (["fits 5 of 5, exactly."], ["fits 5 of 5, to 2e-16."]),
        (["-0.5 at (0, 1)"], ["0.25 at (12, 3)"]),
        (SHOWN, ["ok ReLU 9 exact 0.4", "ok Tanh", "", "All 3 agree."]),
        (["...", "end"], ["end", "end"]),
        (["a", "..."], ["a", "b", "c"]),
        (["a", "...", "b", "...", "c"], ["a", "x", "b", "b", "c", "c"]),
        (["x" * 119 + ",", "  exactly."], ["x" * 119 + ", 1e-16."]),
        (["x" * 110 + ", exactly."], ["x" * 110 + ", to", "  2e-16."]),
    ],
)
def test_the_same_but_for_numbers_gaps_and_what_is_left_out(shown, printed):
    assert difference(shown, printed) is None


@pytest.mark.parametrize(
    ("shown", "printed", "said"),
    [
        (["float32 is 2"], ["float64 is 2"], "expected 'float32 is 2', got 'float64 is 2'"),
        (["ok ReLU"], ["FAIL ReLU"], "expected 'ok ReLU', got 'FAIL ReLU'"),
        (["a"], ["a", "b"], "expected nothing after 'a', got 'b'"),
        (["a", "b"], ["a"], "expected 'b', got nothing more"),
        (["a", "...", "b"], ["a", "b"], "expected 'b' among the lines from nothing more on, but it is not there"),
        (["a", "...", "d"], ["a", "b", "c"], "expected 'd' among the lines from 'c' on, but it is not there"),
        (["a", "...", "b"], ["a", "x", "b", "c"], "expected nothing after 'b', got 'c'"),
        (["..."], [], "expected '...', got nothing more"),
        (["a value of 3"], ["a value of nan"], "expected 'a value of 3', got 'a value of nan'"),
        (["a.b"], ["axb"], "expected 'a.b', got 'axb'"),
        (["in 5,515 checks"], ["in 999 checks"], "expected 'in 5,515 checks', got 'in 999 checks'"),
        (["a.py:135: y = 2"], ["a.py:138: y = 2"], "expected 'a.py:135: y = 2', got 'a.py:138: y = 2'"),
        (["a", "...", "b 2 0.5"], ["a", "x", "b 3 0.7"], "expected 'b 2 0.5', got 'b 3 0.7'"),
    ],
)
def test_other_words_are_told(shown, printed, said):
    assert difference(shown, printed) == said


def test_numbers_are_renewed_where_they_stand():
    printed = ["ok   ReLU   10   3.1e-16   0.38", "ok Tanh", "All 4 agree."]
    assert renewed(SHOWN, printed) == [printed[0], "...", printed[2]]
    assert renewed(SHOWN, printed[:2]) is None
