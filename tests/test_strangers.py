"""Right code in other clothes agrees with PyTorch in everything that it offers, with no adapter.

The first four were written by hand in four styles; the clothes of strangers/clothes are worn by scratch_nn itself.
"""

from pathlib import Path

import pytest

import scratch_nn
from strangers.asking import asked
from strangers.clothes import CLOTHES, berkeley, channels_first, functional, returned

HERE = Path(__file__).parent / "strangers"
CURVES = {"Sigmoid", "Tanh", "SoftMax", "ReLU"}
LAYERS = {"FullyConnected", "Conv2D", "Pool2D", "BatchNorm", "Dropout", "Flatten"}

WRITTEN = {
    "channels_first": {*LAYERS, "ReLU", "SoftMax"},
    "channels_first_training": {"SoftmaxCrossEntropy", "L2", "SGD", "Adam", "AdamW", "Exponential", "Step", "Cosine"},
    "functional": {*LAYERS, *CURVES, "Linear", "LeakyReLU", "SoftmaxCrossEntropy", "L2", "xavier_uniform"},
    "berkeley": {"FullyConnected", "Conv2D", "Pool2D", "Flatten", *CURVES, "Linear"},
    "berkeley_training": {"CrossEntropy", "L2", "SGD", "Constant", "Exponential"},
    "returned": {"FullyConnected", "Conv2D", "BatchNorm", "ReLU", "SoftmaxCrossEntropy", "Adam"},
}
DRESSED = {
    channels_first: {*LAYERS, *CURVES, "LeakyReLU", "SoftmaxCrossEntropy", "L2", "SGD", "Adam", "AdamW"},
    functional: {*LAYERS, *CURVES, "Linear", "LeakyReLU", "SoftmaxCrossEntropy", "L2"},
    berkeley: {
        "FullyConnected", "Conv2D", "Pool2D", "Flatten", *CURVES, "Linear", "LeakyReLU", "CrossEntropy",
        "SoftmaxCrossEntropy", "L2", "SGD", "Constant", "Exponential", "Step", "Cosine", "OneCycle", "zeros",
        "constant", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "torch_default",
    },
    returned: {
        "FullyConnected", "Conv2D", "BatchNorm", "Dropout", *CURVES, "Linear", "LeakyReLU", "CrossEntropy", "Adam",
        "AdamW",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_code_written_by_hand_passes_all_that_it_offers(name):
    found = asked(HERE / f"{name}.py")
    assert found.wrong == {}
    assert found.offered == WRITTEN[name]


@pytest.mark.parametrize("clothes", CLOTHES, ids=lambda clothes: clothes.__name__)
def test_scratch_nn_in_other_clothes_passes_all_that_they_offer(clothes):
    found = asked(clothes(scratch_nn))
    assert found.wrong == {}
    assert found.offered == DRESSED[clothes]


def test_scratch_nn_as_a_stranger_passes_and_offers_everything():
    found = asked(scratch_nn)
    assert found.wrong == {}
    assert found.reasons == set()
    assert found.notes == set()


def test_every_pair_is_offered_by_some_clothes():
    from parity_tests.pairs import PAIRS

    offered = set().union(*DRESSED.values())
    assert offered == {pair.name for pair in PAIRS if pair.family != "network"}


def test_a_fault_in_the_library_is_a_fault_in_its_clothes():
    """So that the tests above do not pass by having nothing to do."""
    from parity_tests.mutants import library, mutants_of

    (mutant,) = (m for m in mutants_of("ReLU") if m.name == "relu_gradient_one_at_zero")
    for clothes in CLOTHES:
        found = asked(clothes(library(mutant)), "ReLU", dtypes=("float64",))
        assert set(found.wrong) == {"ReLU"}
        assert "input_gradient" in found.wrong["ReLU"][0]
