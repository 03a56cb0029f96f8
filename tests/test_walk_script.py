"""scripts/walk.py, and the terminal in which it takes a walk."""

import importlib.util

import pytest

from parity_tests.walk.shell import ROOT, Shell, working_copy
from small_walk import PAGE, changed

SPEC = importlib.util.spec_from_file_location("walk_script", ROOT / "scripts" / "walk.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


# ---- the terminal


def test_a_terminal_that_was_just_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEFLAGS", "--print-directory")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--verbose")
    with Shell(working_copy(tmp_path), 60) as shell:
        assert shell.run("echo $MAKEFLAGS $PYTEST_ADDOPTS").lines == ()
        assert shell.run("cd docs").lines == ()
        assert shell.run("ls README.md walk.md 2>&1 | tail -n 1").lines == ("walk.md",)
        assert shell.run("cd .. && . .venv/bin/activate").exit_code == 0
        assert shell.run("command -v python").lines == (f"{tmp_path}/.venv/bin/python",)
        assert shell.run("python -c 'import numpy; print(1)'; (exit 3)") == shell.run("echo 1; (exit 3)")
        assert shell.run("make --dry-run demo").lines == (".venv/bin/python scripts/demo.py",)
        assert shell.run(r"printf 'a\n50%%\r100%%\r    \rb'").lines == ("a", "b")


@pytest.mark.parametrize("command", ["sleep 60", "exit 0"])
def test_a_command_that_does_not_end_or_ends_the_shell_is_told(command, tmp_path):
    with (
        Shell(tmp_path, 0.5) as shell,
        pytest.raises(RuntimeError, match=f"{command}: expected it to end within 0.5 s"),
    ):
        shell.run(command)


# ---- scripts/walk.py


@pytest.fixture
def page(tmp_path, monkeypatch):
    path = tmp_path / "walk.md"
    path.write_text(PAGE)
    monkeypatch.setattr(script, "PAGE", path)
    return path


def test_the_script_renews_numbers_alone(page, capsys):
    assert script.main(["--check"]) == 0
    assert page.read_text() == PAGE
    assert script.main([]) == 0
    assert page.read_text() == changed("Hello, 2.5 worlds", "Hello, 3.5 worlds")
    assert "2 commands: all print what is shown, measured numbers aside." in capsys.readouterr().out


def test_a_count_that_is_out_of_date_is_told_and_renewed(page, capsys):
    page.write_text(changed("Hello, 2.5 worlds", "Hello, 2 worlds"))
    assert script.main(["--check"]) == 1
    assert "tail -n 1 greet.py: expected 'Hello, 2 worlds', got 'Hello, 3.5 worlds'" in capsys.readouterr().out
    assert script.main([]) == 0
    assert "2 commands: all print what is shown" in capsys.readouterr().out
    assert page.read_text() == changed("Hello, 2.5 worlds", "Hello, 3.5 worlds")


def test_the_script_tells_other_words_and_writes_them_in_full(page, capsys):
    page.write_text(changed("Hello, 2.5 worlds", "Hello, 2.5 moons"))
    assert script.main(["--check"]) == 1
    assert "moons" in page.read_text()
    said = capsys.readouterr().out
    assert "out of date: line 16: tail -n 1 greet.py: expected 'Hello, 2.5 moons', got 'Hello, 3.5 worlds'" in said
    assert script.main([]) == 0
    assert page.read_text() == changed("Hello, 2.5 worlds", "Hello, 3.5 worlds")
    assert 'shorten them with lines of "..."' in capsys.readouterr().out
    assert script.main(["--check"]) == 0


@pytest.mark.parametrize(("old", "new"), [("exit\ncode 1", "exit\ncode 2"), ("```diff", "```patch"), ("-Hello", "-Hi")])
def test_a_page_that_cannot_be_walked_is_exit_code_2_and_left_as_it_was(old, new, page, capsys):
    page.write_text(changed(old, new))
    assert script.main([]) == 2
    assert page.read_text() == changed(old, new)
    assert "walk.py: walk.md: line " in capsys.readouterr().err


def test_ctrl_c_is_a_sentence_and_leaves_the_page_as_it_was(page, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "walk", interrupted)
    assert script.main([]) == 130
    assert page.read_text() == PAGE
    assert capsys.readouterr().err.splitlines()[-1] == "walk.py: interrupted."


def test_quick_leaves_out_make_and_keeps_what_is_shown_of_it(page):
    page.write_text(changed("tail -n 1 greet.py", "make demo"))
    assert script.main(["--quick"]) == 0
    assert page.read_text() == changed("tail -n 1 greet.py", "make demo")
