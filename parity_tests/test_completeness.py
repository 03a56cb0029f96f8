"""Nothing public without a pair: a new layer, loss, optimiser, schedule or initialiser fails here until it has one."""

import inspect
from types import SimpleNamespace

import numpy as np
import pytest

import scratch_nn
from parity_tests.checks import checks
from parity_tests.pair import Case, Pair
from parity_tests.pairs import PAIRS, networks
from torch_models.recipes import CIFAR_CNN

INITIALIZERS = "scratch_nn.initializers"
BASES = ("Layer", "Activation", "Loss", "Optimizer", "Schedule")


def public_names(library) -> set[str]:
    """The names that need a pair: what builds on a base class or stands in the file of initialisers; networks too."""
    bases = tuple(
        base
        for module in (scratch_nn.layer, scratch_nn.losses, scratch_nn.optimizers, scratch_nn.schedules)
        for name, base in vars(module).items()
        if name in BASES and inspect.isclass(base)
    )
    found = set()
    for name, thing in vars(library).items():
        if (inspect.isclass(thing) and issubclass(thing, bases) and not inspect.isabstract(thing)) or (
            inspect.isfunction(thing) and thing.__module__ in (INITIALIZERS, "scratch_nn.models")
        ):
            found.add(name)
    return {name for name in found if not name.startswith("_")}


def test_every_public_name_has_a_pair():
    without = public_names(scratch_nn) - {pair.name for pair in PAIRS}
    assert not without, f"add pairs for {sorted(without)}: a file in parity_tests/pairs and a line in its __init__.py"


def test_a_public_layer_without_a_pair_is_noticed():
    class Swish(scratch_nn.ReLU):
        pass

    library = SimpleNamespace(**vars(scratch_nn), Swish=Swish)
    assert public_names(library) - {pair.name for pair in PAIRS} == {"Swish"}


def test_what_needs_a_pair_is_what_the_package_offers():
    assert public_names(scratch_nn) == {pair.name for pair in PAIRS}


def test_ids_are_unique_and_there_are_more_than_a_thousand():
    ids = [check.id for pair in PAIRS for check in checks(pair)]
    assert len(ids) == len(set(ids)) > 1000


def test_no_two_cases_differ_by_their_name_alone():
    for pair in PAIRS:
        seen = {}
        for case in pair.cases:
            what = (case.shape, str(sorted(case.arguments.items(), key=str)), case.inputs)
            assert what not in seen, f"{pair.name}: {case.name} repeats {seen.get(what)}"
            seen[what] = case.name


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.family == "layer"], ids=lambda pair: pair.name)
def test_every_layer_is_checked_on_real_images_and_with_nan(pair):
    names = {case.name.split("_")[0] for case in pair.cases}
    assert {"digits", "nan"} <= names


def test_the_pair_of_the_network_has_the_optimiser_of_its_recipe():
    assert networks.RECIPE == CIFAR_CNN["notes"].optimizer_args
    assert CIFAR_CNN["notes"].optimizer.__name__ == "SGD"


def test_a_pair_without_cases_is_refused():
    with pytest.raises(ValueError, match="expected cases of different names"):
        Pair("Nothing", "layer", ours=lambda snn, case: None, theirs=lambda torch, case: None, cases=())
    twice = (Case("a", (1, 2)), Case("a", (3, 4)))
    with pytest.raises(ValueError, match=r"Nothing: expected cases of different names, got \['a', 'a'\]"):
        Pair("Nothing", "layer", ours=lambda snn, case: None, theirs=lambda torch, case: None, cases=twice)


def test_every_weight_map_covers_the_parameters_and_the_state_of_our_layer():
    """The reference refuses a map that does not cover PyTorch's side; this is ours."""
    for pair in PAIRS:
        if pair.family == "layer":
            layer = pair.ours(scratch_nn, pair.cases[0])
            layer.build(pair.cases[0].shape[1:], np.random.default_rng(0))
            assert {entry.ours for entry in pair.weights} == set(layer.parameters), pair.name
            assert {entry.ours for entry in pair.state} == set(layer.state), pair.name
