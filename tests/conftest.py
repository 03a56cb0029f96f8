"""What the browser tests share: one browser, and the pages that it opens, both made when the first of them asks."""

import pytest


@pytest.fixture(scope="session")
def browser():
    from browser.chromium import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    from browser.written import written

    return written(tmp_path_factory.mktemp("pages"))
