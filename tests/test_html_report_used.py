"""The page used: two clicks from the top to each planted fault, and all of it by keyboard alone."""

import re
from pathlib import Path

import pytest

from browser.chromium import Page, missing
from browser.written import FAULTS
from reproduced import run

ROOT = Path(__file__).resolve().parents[1]
WHY = {
    "FullyConnected": ("gradient.b", "db is divided by N"),
    "ReLU": ("input_gradient", "the gradient at exactly 0 is 1"),
    "SoftMax": ("input_gradient", "diagonal"),
}
HEIGHT = 1000

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"the page is not used: {missing()}")


# ---- by mouse


@pytest.mark.parametrize("pair", FAULTS)
@pytest.mark.parametrize("start", ["header", "#overview"], ids=["verdict", "cell"])
def test_each_planted_fault_is_two_clicks_away(browser, pages, pair, start):
    """From the top: the first, on the verdict or on its cell, shows the whole of it; the second its reproduction."""
    page, finding = Page(browser, pages["three_faults"], height=HEIGHT), f"#finding-{pair}"
    assert page.run("return scrollY") == 0
    page.click(f"{start} a[href='{finding}']")
    assert all(0 <= place <= HEIGHT for place in _places(page, finding)), "not all of it is on the screen"
    _tells_everything(page, finding, pair)
    assert not page.run("return document.querySelector(arguments[0]).checkVisibility()", f"{finding} details pre")
    page.click(f"{finding} details > summary")
    script = browser.find_element("css selector", f"{finding} details pre")
    assert script.is_displayed()
    assert "import three_faults" in script.text
    assert page.run("return scrollY") > 0


def _places(page: Page, finding: str) -> list[float]:
    """Where title, explanation, our line, message and map begin, from the top of the screen."""
    parts = ("h3", ".why", ".ours + pre", ".message", ".where img")
    script = "return arguments[0].map(e => document.querySelector(e).getBoundingClientRect().top)"
    return page.run(script, [f"{finding} {part}" for part in parts])


def _tells_everything(page: Page, finding: str, pair: str) -> None:
    """What, how much, how much is allowed, where, why, and our line as it stands in the source."""
    quantity, why = WHY[pair]
    said = {part: page.browser.find_element("css selector", f"{finding} {part}").text
            for part in ("h3", ".why", ".ours", ".ours + pre", ".message", ".where figcaption")}  # fmt: skip
    assert said["h3"] == f"{pair}: {quantity} fails"
    assert why in said[".why"]
    assert re.match(
        r"worst \|ours - torch\| \d\.\de[+-]\d\d at \(\d+, \d+\), allowed \d\.\de-1\d; \d+ of", said[".message"]
    )
    at = re.search(r"framed, at (\(\d+, \d+\)): (\S+) here, (\S+) in PyTorch", said[".where figcaption"])
    assert at[1] in said[".message"]
    assert float(at[2]) != float(at[3])
    file, line = re.search(r"(scratch_nn/\w+\.py):(\d+)", said[".ours"]).groups()
    assert said[".ours + pre"] == (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()
    ring, map_ = page.run(
        "return ['.ring rect', '.where img'].map(e => {"
        "const b = document.querySelector(arguments[0] + ' ' + e).getBoundingClientRect(); return [b.left, b.right]})",
        finding,
    )
    assert map_[0] - 2 <= ring[0] < ring[1] <= map_[1] + 2  # the mark lies on the map


def test_the_scripts_on_the_page_reproduce_their_faults(browser, pages, tmp_path):
    page = Page(browser, pages["three_faults"])
    page.open_all()
    for pair in FAULTS:
        path = tmp_path / f"{pair}.py"
        path.write_text(browser.find_element("css selector", f"#finding-{pair} details pre").text, encoding="utf-8")
        ran = run(path)
        assert ran.code == 1
        assert f"AssertionError: {WHY[pair][0]} is not PyTorch's" in ran.said


def test_what_agrees_is_not_accused(browser, pages):
    page = Page(browser, pages["three_faults"])
    accused = page.run("return [...document.querySelectorAll('article')].map(article => article.id)")
    assert accused == [f"finding-{name}" for name in FAULTS]
    assert "all agree" in browser.find_element("id", "pair-Tanh").text


# ---- by keyboard


def _press(browser, *keys: str) -> None:
    browser.switch_to.active_element.send_keys(*keys)


def test_the_first_stop_skips_to_the_content(browser, pages):
    from selenium.webdriver.common.keys import Keys

    page = Page(browser, pages["ours"])
    _press(browser, Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"
    assert page.run("const b = document.activeElement.getBoundingClientRect(); return b.left >= 0 && b.top >= 0")
    _press(browser, Keys.ENTER)
    assert page.run("return document.getElementById('main').getBoundingClientRect().top") <= 100
    _press(browser, Keys.TAB)
    assert page.run("return document.activeElement.closest('main') !== null")  # past the navigation


@pytest.mark.parametrize("width", [1280, 390])
def test_every_stop_is_in_order_on_the_screen_and_marked(browser, pages, width):
    from selenium.webdriver.common.keys import Keys

    page = Page(browser, pages["three_faults"], width=width)
    stops = page.run("return [...document.querySelectorAll('a, summary, [tabindex=\"0\"]')]"
                     ".filter(e => e.checkVisibility()).length")  # fmt: skip
    page.run("window.visited = []")
    for _ in range(stops):
        _press(browser, Keys.TAB)
        page.run("visited.push(document.activeElement)")
        top, bottom, outline, width_of = page.run(
            "const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);"
            "return [b.top, b.bottom, s.outlineStyle, parseFloat(s.outlineWidth)]"
        )
        assert bottom > 0
        assert top < 900
        assert outline == "solid"
        assert width_of >= 2
    assert page.run("return new Set(visited).size") == stops
    assert page.run(
        "const follows = Node.DOCUMENT_POSITION_FOLLOWING;"
        "return visited.every((e, i) => !i || visited[i - 1].compareDocumentPosition(e) & follows)"
    )


def test_details_open_and_wide_tables_scroll_by_keyboard(browser, pages):
    from selenium.webdriver.common.keys import Keys

    page = Page(browser, pages["ours"], width=390)
    page.run("document.querySelector('summary').focus()")
    _press(browser, Keys.ENTER)
    assert page.run("return document.querySelector('details').open")
    page.run("document.querySelector('.scroll').focus()")
    _press(browser, *3 * [Keys.ARROW_RIGHT])
    page.browser.execute_async_script("setTimeout(arguments[0], 500)")  # it scrolls smoothly
    assert page.run("return document.querySelector('.scroll').scrollLeft") > 20
