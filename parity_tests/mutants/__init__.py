"""The bank of mutants: one-line faults in our own code, each of which some check must notice.

A suite that passes right code proves little; one that fails every wrong one proves what it is worth. They are the
mistakes that people make (see the names), and the hypotheses by which a stranger's wrong arrays are explained. Some are
other frameworks' conventions: valid there, but not PyTorch's.

    python -m parity_tests mutate        plants each in turn, and says which check noticed it

A new fault is one entry in the file of its family.
"""

from __future__ import annotations

from functools import cache

from parity_tests.mutants import (
    activations,
    adam,
    batch_norm,
    conv,
    conv_backward,
    curved,
    dropout,
    fully_connected,
    initializers,
    losses,
    networks,
    optimizers,
    pool,
    schedules,
    softmax_cross_entropy,
)
from parity_tests.mutants.mutant import Mutant as Mutant
from parity_tests.mutants.mutant import library as library
from parity_tests.mutants.mutant import line as line
from parity_tests.mutants.mutant import mutated_line as mutated_line
from parity_tests.mutants.mutant import place as place

MUTANTS: tuple[Mutant, ...] = (
    *fully_connected.MUTANTS,
    *conv.MUTANTS,
    *conv_backward.MUTANTS,
    *pool.MUTANTS,
    *batch_norm.MUTANTS,
    *dropout.MUTANTS,
    *activations.MUTANTS,
    *curved.MUTANTS,
    *losses.MUTANTS,
    *softmax_cross_entropy.MUTANTS,
    *optimizers.MUTANTS,
    *adam.MUTANTS,
    *schedules.MUTANTS,
    *initializers.MUTANTS,
    *networks.MUTANTS,
)


@cache
def mutants_of(pair_name: str) -> tuple[Mutant, ...]:
    """Those that break this pair, in the order of the bank."""
    return tuple(mutant for mutant in MUTANTS if mutant.pair == pair_name)
