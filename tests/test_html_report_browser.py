"""The page in a real browser: Chromium without a window, in light and dark, on a desk and on a phone.

Skipped where there is no browser, with the reason. Screenshots are left in runs/screenshots/.
"""

from pathlib import Path

import pytest

from browser.chromium import Page, missing
from browser.written import OPERATIONS

ROOT = Path(__file__).resolve().parents[1]
SCREENSHOTS = ROOT / "runs" / "screenshots"
LOOKS = [(width, dark) for width in (1280, 390) for dark in (False, True)]
LOOK_IDS = [f"{width}-{'dark' if dark else 'light'}" for width, dark in LOOKS]

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"the page is not looked at: {missing()}")


@pytest.fixture(params=OPERATIONS)
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
    assert page.run("return document.querySelectorAll('.operation').length") == OPERATIONS[path.stem]
    asked = page.run("return performance.getEntriesByType('resource').map(each => each.name)")
    assert [name for name in asked if not name.startswith("data:")] == []


@pytest.mark.parametrize(("width", "dark"), LOOKS, ids=LOOK_IDS)
def test_it_looks_as_it_should(browser, path, width, dark):
    page = Page(browser, path, width=width, dark=dark)
    page.screenshot(SCREENSHOTS / f"{path.stem}-{width}-{'dark' if dark else 'light'}.png")
    for section in ("findings", "training"):
        if page.run("return document.getElementById(arguments[0]) !== null", section):
            page.screenshot(SCREENSHOTS / f"{path.stem}-{section}-{width}-{'dark' if dark else 'light'}.png",
                            selector=f"#{section}", most=2000)  # fmt: skip
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


def test_on_a_phone_wide_tables_and_lines_scroll_inside_themselves(browser, path):
    page = Page(browser, path, width=390)
    page.open_all()
    inside, reached = page.run(
        "const wide = [...document.querySelectorAll('.scroll, pre')].filter(e => e.scrollWidth > e.clientWidth + 1);"
        "return [wide.length, wide.filter(e => e.tabIndex === 0 && e.clientWidth < 390).length]"
    )
    assert inside == reached > 5
    sizes = page.run(
        "return [...document.querySelectorAll('svg.chart text')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(sizes) > 9  # readable, though the chart is half as wide


def test_on_a_phone_what_failed_checks_said_can_be_read(browser, pages):
    page = Page(browser, pages["three_faults"], width=390)
    page.open_all()
    widths = page.run("return [...document.querySelectorAll('.failures td:last-child')].map(e => e.clientWidth)")
    assert min(widths) > 300
    assert page.run("return document.documentElement.scrollWidth") <= 390


def test_nothing_jumps_while_it_loads(browser, path):
    page = Page(browser, path, width=390)
    shift = page.browser.execute_async_script(
        "const done = arguments[0]; let sum = 0;"
        "new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300)"
    )
    assert shift == 0


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
