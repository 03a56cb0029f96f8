"""Reproductions: a finding as a script of under 25 lines that shows it with numpy and torch alone.

The smallest failing case is run once more, in a child process, and what is seen there is written down as source text:

    choose.py      which case, how many decimals     plays.py      the calls of a family, as far as they are needed
    tape.py        each call of the stranger's code, and what was put into its objects in between
    writing.py     the tape as statements            paths.py      where in an object an array is: layer.grads["W"]
    embed.py       arrays as text                    turns.py      an array in PyTorch's order of axes: W.T
    spelt.py       what a pair asks of torch, as text              twins.py   PyTorch's side of the script
    scripts.py     the whole script                  child.py      all of it, behind a wall

No adapter is asked how it did it: calls are seen from outside (sys.setprofile), arrays are recognised where they are.
So a script says what was really called, whatever the adapters learn to recognise.
"""
