"""What tests share: one browser, and the pages that it opens, both made when the first of them asks; and the server
that their children are forked from."""

import pytest

from parity_tests import processes

# The first optimiser that PyTorch makes loads it: seconds in each child.
processes.PRELOADED.append("torch._dynamo")


@pytest.fixture(scope="session")
def browser():
    from browser.chromium import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    from browser.written import written

    return written(tmp_path_factory.mktemp("pages"))
