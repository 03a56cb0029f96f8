"""docs/walk.md, taken step by step as a reader would: files written, commands run, what they print compared.

    page      the page as steps: files, edits, commands with what they print
    printed   what a page shows beside what was printed: the same, numbers and lines left out aside
    shell     a working copy of the repository, and a terminal in it
    walk      all steps in order; what is out of date, and the page as it should be

`python scripts/walk.py` brings the page up to date; tests/test_walk.py fails until it is.
"""
