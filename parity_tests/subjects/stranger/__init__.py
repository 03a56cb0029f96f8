"""Subjects of a stranger's module: its classes and functions are recognised by name and by looking, no adapter needed.

    module.py       a file or a dotted name, loaded                 names.py      what the same thing is called elsewhere
    offers.py       what stands in the module for a pair            calls.py      calling by the names of the arguments
    slots.py        where an object keeps parameters and gradients  axes.py       the order of axes, told by shapes alone
    spelling.py     how one layer is spelt: told by looking         handing.py    arrays handed over, and what became of them
    layers.py       classes        functions.py   functions with a cache        chance.py   the masks of a dropout
    losses.py  optimizers.py  schedules.py  initializers.py         side.py       all of it as one side of a workbench

Looking means signatures and shapes, never values: what has the right shape in one order of axes only, is in that order.
So a wrong number can never be explained away as another convention. Where looking cannot tell, an option must.
"""

from parity_tests.subjects.stranger.options import Options as Options
from parity_tests.subjects.stranger.side import StrangerSide as StrangerSide
from parity_tests.subjects.stranger.side import side_of as side_of
