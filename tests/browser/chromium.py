"""A page in a real browser: the system's Chromium, without a window and without a network, driven by Selenium.

    with chromium() as browser:
        page = Page(browser, path, width=390, dark=True)
        page.run("return document.title")

Where Chromium, its driver or Selenium is missing, `missing()` says which, and the tests are skipped for that reason. CI
installs all three.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--force-device-scale-factor=1",
)  # fmt: skip
PROGRAMS = {"chromium": "apt-get install chromium", "chromedriver": "apt-get install chromium-driver"}
MODULES = {"selenium": "pip install selenium", "axe_core_python": "pip install axe-core-python"}


def missing() -> str:
    """Why there is no browser here, with the cure; '' where there is one."""
    lacking = [f"no {name} ({cure})" for name, cure in PROGRAMS.items() if shutil.which(name) is None]
    lacking += [f"no {name} ({cure})" for name, cure in MODULES.items() if importlib.util.find_spec(name) is None]
    return ", ".join(lacking)


@contextmanager
def chromium() -> Iterator:
    """A browser with a profile of its own, gone at the end."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            yield browser
        finally:
            browser.quit()


class Page:
    """A file opened from disk at a width, in light or in dark."""

    def __init__(self, browser, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.browser, self.width = browser, width
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._tell("Emulation.setEmulatedMedia", features=[scheme])
        browser.get("about:blank")  # a change of the fragment alone would not load anything
        browser.get_log("browser")
        browser.get(path.resolve().as_uri())

    def _tell(self, command: str, **settings) -> dict:
        return self.browser.execute_cdp_cmd(command, settings)

    def run(self, script: str, *arguments):
        """What a script returns that runs beside the page."""
        return self.browser.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        """What the console got: errors and warnings, of the page's own making."""
        return [
            entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
        ]

    def open_all(self) -> None:
        """Every <details>, so that what is in them is looked at too."""
        self.run("for (const each of document.querySelectorAll('details')) each.open = true")

    def screenshot(self, path: Path, *, selector: str | None = None, most: int = 6000) -> Path:
        """The page, or an element of it, from its top down to `most` pixels, as a PNG."""
        box = self.run(
            "const b = (arguments[0] ? document.querySelector(arguments[0]) : document.documentElement)"
            ".getBoundingClientRect(); return {x: 0, y: b.top + scrollY, height: b.height}", selector,
        )  # fmt: skip
        clip = {"x": 0, "y": box["y"], "width": self.width, "height": min(box["height"], most), "scale": 1}
        shot = self._tell("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def click(self, link: str) -> None:
        """A click on the element of a selector, where a mouse would hit it: what lies over it gets the click."""
        self.browser.find_element("css selector", link).click()

    def axe(self) -> list[str]:
        """What axe-core finds serious or critical, each with the first element that it concerns. Shadows are taken away
        first: over a gradient it does not judge a colour."""
        import axe_core_python

        (script,) = Path(axe_core_python.__file__).parent.rglob("axe.min.js")
        self.run(
            "const rule = document.createElement('style'); document.head.append(rule);"
            "rule.textContent = '* { background-image: none !important }'"
        )
        self.run(script.read_text(encoding="utf-8"))
        found = self.browser.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})"
            ".then(found => done(JSON.stringify(found.violations)), error => done(JSON.stringify(String(error))))"
        )
        violations = json.loads(found)
        if isinstance(violations, str):
            raise RuntimeError(f"axe-core did not run: {violations}")
        return [
            f"{each['id']} ({each['impact']}): {each['help']}, {len(each['nodes'])} times: {each['nodes'][0]['html']}"
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]
