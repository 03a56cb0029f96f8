"""Explanations: which mistake gives exactly these wrong numbers.

    explain(pair, wrong, bench) -> the explanations, best first; none where nothing fits

formulas/ holds wrong formulas in plain NumPy, transforms/ what can happen to any array, bank.py the mutants of our own
code; fit.py holds a prediction against what was recorded, and search.py chooses.
"""

from parity_tests.explain.hypothesis import Hypothesis as Hypothesis
from parity_tests.explain.hypothesis import Situation as Situation
from parity_tests.explain.hypothesis import Wrong as Wrong
from parity_tests.explain.search import explain as explain
