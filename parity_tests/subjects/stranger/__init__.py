"""Subjects of a stranger's module: its classes and functions are recognised by name and by looking, no adapter needed.

    module.py      a file or a dotted name, loaded         names.py        what the same thing is called elsewhere
    offers.py      what stands in a module for a pair      affixes.py      what stands around its name
    unchecked.py   what else is there, unknown.py          written.py      what stands in its code
    side.py        all of it as one side of a workbench    options.py      what a user tells instead

    calls.py       calling by the names of arguments       settings.py     a case as the arguments of a constructor
    conventions.py what a default in a signature means     refusing.py     what is refused is not offered
    spelling.py    how a class is spelt   probes.py        axes.py         the order of axes, told by shapes alone

    layers.py      classes: store.py, slots.py keep their arrays, passes.py calls forward and backward
    functions.py   functions with a cache: calling.py tells how they are called, bags.py holds their settings
    plain_functions.py     activations, y = f(x), beside a backward or a derivative        pooling.py
    chance.py      the masks of a dropout, draws.py        handing.py      arrays handed over, and what became of them
    losses.py      targets.py         optimizers.py        schedules.py         initializers.py
    torch_modules.py, torch_plain.py, torch_functions.py, torch_surroundings.py: with tensors, as if with arrays

Looking means signatures and shapes, never values: what has the right shape in one order of axes only, is in that order.
So a wrong number can never be explained away as another convention. Where looking cannot tell, an option must.
"""

from parity_tests.subjects.stranger.options import Options as Options
from parity_tests.subjects.stranger.side import StrangerSide as StrangerSide
from parity_tests.subjects.stranger.side import side_of as side_of
