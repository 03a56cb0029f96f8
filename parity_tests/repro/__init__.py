"""Reproductions: a finding as a script of under 25 lines that shows it with numpy and torch alone.

The smallest failing case is run once more, in a child process, and what is seen there is written down as source text:

    choose.py      which case, and with which numbers     plays.py       a family's calls, as far as they are needed
    tape.py        each call of the stranger's code, and what was put into its objects in between
    values.py      what was handed over, as text          writing.py     the tape as statements
    paths.py       where in an object something is        turns.py       an array in PyTorch's order of axes: W.T
    embed.py       arrays as text                         network.py     one layer, taken out of its network
    spelt.py       what a pair asks of torch, as text     twins.py       PyTorch's side of the script
    numbers.py     wrong numbers                          manners.py     what code did beside computing
    endings.py     code that never comes back             scripts.py     imports, data and body in so few lines
    child.py       all of it, behind a wall: report/repro.py stands on this side

No adapter is asked how it did it: calls are seen from outside (sys.setprofile), arrays are recognised where they are.
So a script says what was really called, whatever the adapters learn to recognise.
"""
