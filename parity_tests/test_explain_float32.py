"""What computes in float32 alone is explained from that: by the same mistakes, and never by its rounding."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests import judge
from parity_tests.inputs import generator
from parity_tests.mutants import MUTANTS, library
from parity_tests.pairs import BY_NAME
from parity_tests.stranger_report import explained
from parity_tests.subjects.scratch import ScratchSide
from parity_tests.subjects.torch_side import torch_side
from parity_tests.workbench import Workbench

BENCH = Workbench(torch_side, torch_side)
LEAST_SHARE = 0.95
EVERY = 4  # which one of the mutants is asked: all of them take four minutes
ASKED = ("layer", "loss", "optimizer")


def first_told(pair, side, dtype, change=lambda name, array: array):
    """The name of what is told first of the arrays that a side gives, () where nothing is; None where all is right."""
    bench, traces = Workbench(side, torch_side), {}
    ordinary = [case for case in pair.cases if not judge.special(pair, case)]
    for case in ordinary:
        with np.errstate(all="ignore"):
            trace = {name: change(name, array) for name, array in bench.actual(pair, case, dtype).items()}
        if judge.wrong_quantities(BENCH, pair, case, trace, dtype):
            traces[case.name] = trace
    right = {case.name: ("*",) for case in ordinary if case.name not in traces}
    with np.errstate(all="ignore"):
        found = explained(pair, traces, right, BENCH, dtype)
    return tuple(one.name for one in found[:1]) if traces else None


def both(mutant):
    side = ScratchSide(library(mutant))
    return [first_told(BY_NAME[mutant.pair], side, dtype) for dtype in ("float64", "float32")]


@pytest.mark.parametrize("name", ["l2_gradient_summed", "conv_bias_forgotten", "batch_norm_biased_running_variance"])
def test_a_mutant_is_told_alike_in_both_types(name):
    in_float64, in_float32 = both(next(mutant for mutant in MUTANTS if mutant.name == name))
    assert in_float64
    assert in_float32 == in_float64


@pytest.mark.slow
def test_the_bank_is_told_alike_in_both_types(capsys):
    asked = [m for m in MUTANTS if not m.equivalent and BY_NAME[m.pair].family in ASKED][::EVERY]
    told = {mutant.name: both(mutant) for mutant in asked}
    shown = {name: found for name, found in told.items() if found[0] and found[1] is not None}
    odd = {name: found for name, found in shown.items() if found[0] != found[1]}
    with capsys.disabled():
        print(f"\n{len(shown) - len(odd)} of {len(shown)} mutants told alike in float32; not: {odd}")
    assert len(shown) >= 40
    assert len(odd) <= (1 - LEAST_SHARE) * len(shown)


def noise(name, array):
    of_size = generator("noise", name).standard_normal(array.shape).astype(array.dtype)
    return array * (1 + np.float32(1e-5) * of_size) if array.dtype.kind == "f" else array


@pytest.mark.parametrize("pair", ["FullyConnected", "BatchNorm"])
def test_rounding_is_not_explained(pair):
    """Neither by the type, in which every number of float32 is one of single precision, nor by a formula nearby."""
    assert first_told(BY_NAME[pair], torch_side, "float32", noise) == ()


def test_numbers_rounded_further_are_told():
    def to_float16(name, array):
        return array.astype(np.float16).astype(np.float32) if name.endswith("output") else array

    assert first_told(BY_NAME["FullyConnected"], torch_side, "float32", to_float16) == ("float16",)
