"""docs/walk.md is true: every file is written, every edit made, every command run, and prints what the page shows."""

import re

import pytest

from browser.html_reader import HEADINGS, Read, text
from parity_tests.walk.page import Command, steps
from parity_tests.walk.shell import ROOT, Shell, working_copy
from parity_tests.walk.walk import LONGEST, PAGE, Outcome, walk

TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [step for step in steps(TEXT) if isinstance(step, Command)]
SLOW = [command for command in COMMANDS if command.text.startswith("make ")]  # and need no step before them
QUICK = [command for command in COMMANDS if command not in SLOW]


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The whole walk but for the slow commands: ({line of the page: outcome}, the report it made, what is left)."""
    folder = working_copy(tmp_path_factory.mktemp("clone"))
    before, outcomes, report = set(folder.iterdir()), {}, ""
    for outcome in walk(TEXT, folder, QUICK.__contains__):
        outcomes[outcome.command.line] = outcome
        if (folder / "softmax.html").exists():
            report = (folder / "softmax.html").read_text(encoding="utf-8")
    left = {path.name for path in set(folder.iterdir()) - before}
    return outcomes, report, left


@pytest.mark.parametrize("command", QUICK, ids=lambda command: f"line {command.line}")
def test_a_command_prints_what_the_page_shows(command, walked):
    outcomes, _, _ = walked
    assert outcomes[command.line].problem is None, f"{complete(outcomes[command.line])}\nRun python scripts/walk.py."


@pytest.mark.slow
@pytest.mark.parametrize("command", SLOW, ids=lambda command: command.text)
def test_a_slow_command_prints_what_the_page_shows(command, tmp_path):
    with Shell(working_copy(tmp_path), LONGEST) as shell:
        outcome = Outcome(command, shell.run(command.text))
    assert outcome.problem is None, f"{complete(outcome)}\nRun python scripts/walk.py."


def complete(outcome: Outcome) -> str:
    return "\n".join([str(outcome), *outcome.printed.lines])


def test_the_report_has_the_headings_that_the_page_names(walked):
    _, report, _ = walked
    page = Read(report)
    headings = [text(heading) for level in HEADINGS for heading in page.all(level)]
    for name in ("Operations", "A real image going through"):
        assert f"**{name}**" in TEXT
        assert any(heading.startswith(name) for heading in headings)


def test_the_numbers_in_its_prose_are_those_that_are_printed(walked):
    """Numbers are left out of the comparison, so those that the prose speaks of are looked at here."""
    outcomes, report, _ = walked
    printed = "\n".join(line for outcome in outcomes.values() for line in outcome.printed.lines)
    worst, at, allowed, *elements = re.search(
        r"SoftMax: .*?torch\| (\S+) at (\(.*?\)), allowed (\S+); (\d+) of (\d+) elements", printed, re.S
    ).groups()
    assert (float(worst), at) == (pytest.approx(0.3, rel=0.1), "(0, 0)")
    assert float(allowed) == pytest.approx(0.00000000005, rel=0.1)
    assert elements[0] == elements[1]
    assert all(fitting == wrong for fitting, wrong in re.findall(r"fits (\d+) of (\d+) wrong arrays", printed))
    theirs, pytorch = re.search(r"gradient.W at .*: (\S+), PyTorch (\S+)\nTraceback", printed).groups()
    assert 4 * float(theirs) == pytest.approx(float(pytorch))
    differences = re.findall(r"difference of [^<]*<span>at most ([^<]+)", report)
    assert differences
    assert max(map(float, differences)) < 1e-15


def test_the_last_command_takes_away_what_the_walk_has_added(walked):
    _, _, left = walked
    assert left <= {"__pycache__", ".pytest_cache"}  # which git ignores


def test_it_says_what_is_wrong_where_something_is(walked):
    """The walk shows mistakes: the commands that end with 1 are those that find them."""
    outcomes, _, _ = walked
    ended = [(outcome.printed.exit_code, outcome.command.text.split()[1:3]) for outcome in outcomes.values()]
    wrong = [words for code, words in ended if code == 1]
    assert wrong == [["-m", "parity_tests"], ["-m", "parity_tests"], ["repro/FullyConnected.py"]]


def test_it_is_a_walk_of_a_quarter_of_an_hour():
    headings = re.findall(r"^## (\d)\. ", TEXT, re.M)
    minutes = [int(number) for number in re.findall(r"^## .*\((\d+) minutes?\b", TEXT, re.M)]
    assert headings == [str(number) for number in range(1, len(headings) + 1)]
    assert 6 <= len(headings) <= 8
    assert len(minutes) == len(headings) - 1  # the last one says where to go next
    assert 12 <= sum(minutes) <= 18
    assert SLOW == COMMANDS[:1]


def test_the_readme_leads_to_it_from_its_first_screen():
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    assert "(docs/walk.md)" in first
