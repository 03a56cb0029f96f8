"""Clothes: a library of scratch_nn's names, dressed as somebody else's module.

    dressed(library) -> module

They are thin: every number is computed by the library, so that a fault planted there (parity_tests.mutants.library)
wears them as well. Each offers what its style can say, and nothing else.
"""

from strangers.clothes.berkeley import berkeley
from strangers.clothes.channels_first import channels_first
from strangers.clothes.functional import functional
from strangers.clothes.returned import returned

CLOTHES = (channels_first, functional, berkeley, returned)
