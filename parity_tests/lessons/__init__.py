"""The lessons in docs/lessons: what in them is generated, and how it is made and checked.

    page.py        a page of Markdown: prose, code that runs, regions between <!-- kind: ... --> and <!-- /kind -->
    source.py      source: functions and methods, read from the file that they stand in
    running.py     output: what the Python above it prints
    agreement.py   agreement: how far the pairs are from PyTorch, as bounds that a run must keep
    mistakes.py    mistake: a fault of the bank, and what the checker says of it
    figures/       figures, one file each, drawn from a real run; drawing.py is what they share
    lessons.py     all of it together: every lesson as it should be, and which files are not

`python scripts/lessons.py` writes them, `--check` says what is out of date.
"""
