"""Every link in the repository's Markdown leads somewhere, anchors too; and those that do not are found."""

from pathlib import Path

import pytest

from markdown_links import anchors, broken, links, pages, slug

ROOT = Path(__file__).resolve().parents[1]
PAGES = pages(ROOT)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path):
    assert broken(path, ROOT) == []


def test_all_pages_are_looked_at():
    names = {path.relative_to(ROOT).as_posix() for path in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "data/README.md", "docs/walk.md", "docs/lessons/09-batch-norm.md"} <= names
    assert sum(1 for path in PAGES for _ in links(path.read_text(encoding="utf-8"))) > 100


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# One thing\n\n## One thing\n\n```sh\n# no heading\n```\n")
    (tmp_path / "docs" / "a b.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](other.md) ![b](a%20b.png) [c](../docs) [d](https://example.org/x#y) [e](mailto:a@b.c)",
        '[a](other.md#one-thing) [b](other.md#one-thing-1) [c](other.md "title")',
        "# Here it is\n\n[a](#here-it-is)",
        '<a id="mark"></a> [a](#mark) <img src="a%20b.png" width="3">',
        "`[a](none.md)` and ``[`](none.md)``\n\n```\n[a](none.md)\n```\n\n<!-- [a](none.md) -->",
        "[a]\n\n[a]: other.md",
    ],
)
def test_links_that_lead_somewhere(text, tree):
    page = tree / "docs" / "page.md"
    page.write_text(text)
    assert broken(page, tree) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\n\n[a](none.md)", "docs/page.md:3: none.md: there is no such file in the repository"),
        ("![a](figures/none.png)", "docs/page.md:1: figures/none.png: there is no such file"),
        ("```\n`\n```\n[a](Other.md)", "docs/page.md:4: Other.md: there is no such file"),
        ("[a](../../..)", "../../..: there is no such file in the repository"),
        ("[a]()", "an empty link: there is no such file"),
        ("[a](other.md#two)", "other.md#two: no such heading; there are one-thing, one-thing-1"),
        ("[a](other.md#no-heading)", "no such heading"),
        ("# Here\n[a](#there)", "#there: no such heading; there are here"),
        ("[a](a%20b.png#x)", "only headings of Markdown pages can be linked"),
        ("[a]\n\n[a]: none.md", "docs/page.md:3: none.md: there is no such file"),
        ('<img src="none.png">', "none.png: there is no such file"),
        ("[two\nlines](none.md)", "docs/page.md:2: none.md: there is no such file"),
    ],
)
def test_links_that_lead_nowhere(text, says, tree):
    page = tree / "docs" / "page.md"
    page.write_text(text)
    (found,) = broken(page, tree)
    assert says in found


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("4. Get it wrong (2 minutes)", "4-get-it-wrong-2-minutes"),
        ("`check`, and *its* [options](a.md)", "check-and-its-options"),
        ("What's `test_case` - a name?", "whats-test_case---a-name"),
    ],
)
def test_anchors_are_those_of_a_code_host(heading, anchor):
    assert slug(heading) == anchor
    assert anchors(f"## {heading} ##\n") == {anchor}
