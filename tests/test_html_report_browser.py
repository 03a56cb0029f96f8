"""The page in a real browser: Chromium without a window, in light and dark, on a desk and on a phone.

Skipped where there is no browser, with the reason. Screenshots are left in runs/screenshots/.
"""

from pathlib import Path

import pytest

from browser.chromium import Page, chromium, missing
from browser.small_pages import NAMES, built
from parity_tests.__main__ import main
from parity_tests.report import html

ROOT = Path(__file__).resolve().parents[1]
SCREENSHOTS = ROOT / "runs" / "screenshots"
FAULTS = {
    "FullyConnected": ("gradient.b", "db is divided by N", "scratch_nn/fully_connected.py"),
    "ReLU": ("input_gradient", "the gradient at exactly 0 is 1", "scratch_nn/activations.py"),
    "SoftMax": ("input_gradient", "diagonal", "scratch_nn/activations.py"),
}
LOOKS = [(width, dark) for width in (1280, 390) for dark in (False, True)]
LOOK_IDS = [f"{width}-{'dark' if dark else 'light'}" for width, dark in LOOKS]

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"the page is not looked at: {missing()}")


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Ours, of eight pairs; and a stranger's module with three planted faults, as the command writes it."""
    import scratch_nn

    folder = tmp_path_factory.mktemp("pages")
    report, evidence = built(scratch_nn, *NAMES)
    ours = html.write(report, folder / "ours.html", evidence)
    faults = Path(__file__).parent / "browser" / "three_faults.py"
    only = [part for name in (*FAULTS, "Tanh") for part in ("--pair", name)]
    assert main(["report", str(faults), "--out", str(folder / "faults.html"), *only]) == 1
    return {"ours": ours, "faults": folder / "faults.html"}


@pytest.fixture(params=["ours", "faults"])
def path(request, pages):
    return pages[request.param]


def test_every_section_is_there_and_every_link_leads_somewhere(browser, path):
    page = Page(browser, path)
    headings = page.run("return [...document.querySelectorAll('h2')].map(h => h.textContent)")
    assert headings[0] == "Every pair, every quantity"
    assert headings[-1] == "Operations"
    lost = page.run(
        "return [...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
        ".filter(href => !href.startsWith('#') || !document.getElementById(href.slice(1)))"
    )
    assert lost == []
    assert page.run("return document.querySelectorAll('.operation').length") == (8 if path.stem == "ours" else 4)
    asked = page.run("return performance.getEntriesByType('resource').map(each => each.name)")
    assert [name for name in asked if not name.startswith("data:")] == []


@pytest.mark.parametrize(("width", "dark"), LOOKS, ids=LOOK_IDS)
def test_it_looks_as_it_should(browser, path, width, dark):
    page = Page(browser, path, width=width, dark=dark)
    page.screenshot(SCREENSHOTS / f"{path.stem}-{width}-{'dark' if dark else 'light'}.png")
    page.open_all()
    wide, inner = page.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert inner == width
    assert wide <= width
    flat = "return [...document.querySelectorAll('math')].filter(m => !(m.getBoundingClientRect().{} > 5)).length"
    assert page.run("return document.querySelectorAll('math').length") > 5
    assert [page.run(flat.format(side)) for side in ("width", "height")] == [0, 0]
    broken = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert page.run("return document.images.length") > 5
    assert page.run(broken) == 0
    ground = page.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 23, 27)" if dark else "rgb(255, 255, 255)")
    assert page.axe() == []
    assert page.complaints() == []


def test_mathml_is_laid_out_and_not_only_written(browser, pages):
    page = Page(browser, pages["ours"])
    fraction, letter = page.run(
        "const f = document.querySelector('#pair-SoftMax mfrac'); return [f, f.querySelector('mi')]"
        ".map(each => each.getBoundingClientRect().height)"
    )
    assert fraction > 1.6 * letter > 0
    raised = page.run(
        "const [base, top] = document.querySelector('#pair-FullyConnected msup').children;"
        "return base.getBoundingClientRect().bottom - top.getBoundingClientRect().bottom"
    )
    assert raised > 0


def test_nothing_jumps_while_it_loads(browser, path):
    page = Page(browser, path, width=390)
    shift = page.browser.execute_async_script(
        "const done = arguments[0]; let sum = 0;"
        "new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300)"
    )
    assert shift == 0


def test_by_keyboard_the_first_stop_skips_to_the_content(browser, pages):
    from selenium.webdriver.common.keys import Keys

    page = Page(browser, pages["ours"])
    body = browser.find_element("css selector", "body")
    body.send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the content"
    assert page.run("const b = document.activeElement.getBoundingClientRect(); return b.left >= 0 && b.top >= 0")
    assert page.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    skip.send_keys(Keys.ENTER)
    assert page.run("return document.getElementById('main').getBoundingClientRect().top") <= 100
    page.run("document.querySelector('summary').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.run("return document.querySelector('details').open")


@pytest.mark.parametrize("pair", FAULTS)
@pytest.mark.parametrize("start", ["header", "#overview"])
def test_each_planted_fault_is_two_clicks_away(browser, pages, pair, start):
    """One click, from the verdict or from its cell, shows what is wrong, why and our line; the second the script."""
    quantity, why, place = FAULTS[pair]
    page = Page(browser, pages["faults"], height=1000)
    page.click(f"{start} a[href='#finding-{pair}']")
    top, inside = page.run(
        f"const f = document.getElementById('finding-{pair}'); return [f.getBoundingClientRect().top, innerHeight]"
    )
    assert -1 <= top < inside / 2
    said = browser.find_element("id", f"finding-{pair}").text
    assert said.startswith(f"{pair}: {quantity} fails")
    assert why in said
    assert place in said
    page.click(f"#finding-{pair} details > summary")
    script = browser.find_element("css selector", f"#finding-{pair} details pre").text
    assert "import torch" in script
    assert "three_faults" in script


def test_what_agrees_is_not_accused(browser, pages):
    page = Page(browser, pages["faults"])
    accused = page.run("return [...document.querySelectorAll('article')].map(article => article.id)")
    assert accused == [f"finding-{name}" for name in FAULTS]
    assert "all agree" in browser.find_element("id", "pair-Tanh").text


def test_the_checks_of_this_file_find_a_bad_page(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!DOCTYPE html><html lang=en><title>bad</title><body style='background:#fff'>"
        "<p style='color:#ccc'>pale</p><p style='width:600px'>wide</p><img src='missing.png'><script>nowhere()</script>"
    )
    page = Page(browser, bad, width=390)
    found = page.axe()
    assert any(each.startswith("color-contrast") for each in found)
    assert any(each.startswith("image-alt") for each in found)
    assert len(page.complaints()) == 2
    assert page.run("return document.documentElement.scrollWidth") > 390
    assert not page.run("return document.images[0].naturalWidth")
