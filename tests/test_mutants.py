"""The bank of mutants: every entry means one line, and a mutated library shares nothing with the real one."""

import sys
import threading
import traceback
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import scratch_nn
from parity_tests.mutants import MUTANTS, Mutant, library, line, mutants_of, mutated_line, place
from parity_tests.mutants.mutant import sources
from parity_tests.pairs import PAIRS

ACTIVATIONS = ("Linear", "ReLU", "LeakyReLU", "Sigmoid", "Tanh", "SoftMax")
LEAST = {
    "FullyConnected": 6, "Conv2D": 12, "Pool2D": 9, "BatchNorm": 10, "Dropout": 5, "Flatten": 2,
    "CrossEntropy": 4, "SoftmaxCrossEntropy": 4, "L2": 4, "SGD": 5, "Adam": 5, "AdamW": 3,
    "fashion_mlp": 1, "cifar_cnn": 1,
    **dict.fromkeys(ACTIVATIONS, 2),
    **dict.fromkeys(("Constant", "Exponential", "Step", "Cosine", "OneCycle"), 2),
    **dict.fromkeys(("constant", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "torch_default"), 1),
}  # fmt: skip
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
AT_ZERO = BY_NAME["relu_gradient_one_at_zero"]
each = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@each
def test_it_changes_one_line_that_is_there_once(mutant):
    text = (sources() / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert "\n" not in mutant.old + mutant.new
    assert line(mutant) != mutated_line(mutant)
    file, number = place(mutant).split(":")
    assert file == f"scratch_nn/{mutant.file}"
    assert text.splitlines()[int(number) - 1].strip() == line(mutant)
    assert mutant.old in line(mutant)


@each
def test_it_tells_a_learner_what_is_wrong_and_what_pytorch_does(mutant):
    assert mutant.pair in {pair.name for pair in PAIRS}
    assert len(mutant.says) > 8
    assert not mutant.says.endswith(".")
    assert mutant.rule.endswith(".")
    assert not mutant.equivalent or mutant.equivalent.endswith(".")
    assert not mutant.convention.endswith(".")


def test_names_are_unique_and_there_are_more_than_eighty():
    assert len(BY_NAME) == len(MUTANTS) > 80
    assert len({(m.pair, m.file, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(("pair", "least"), LEAST.items())
def test_every_pair_has_its_mutants(pair, least):
    faults = [mutant for mutant in mutants_of(pair) if not mutant.equivalent]
    assert len(faults) >= least


def test_only_a_pair_that_cannot_be_wrong_in_one_line_has_none():
    assert {pair.name for pair in PAIRS} - {mutant.pair for mutant in MUTANTS} == {"zeros"}


def test_equivalent_ones_are_few_and_spoil_nothing():
    equivalent = [mutant for mutant in MUTANTS if mutant.equivalent]
    assert 1 <= len(equivalent) <= len(MUTANTS) // 20
    assert all(mutant.quantities == () for mutant in equivalent)


def gradient_at_zero(snn) -> float:
    layer = snn.ReLU()
    layer.forward(np.zeros((1, 1)))
    return float(layer.backward(np.ones((1, 1)))[0, 0])


def test_the_line_is_changed_in_that_library_alone():
    wrong, also_wrong = library(AT_ZERO), library(BY_NAME["relu_gradient_half_at_zero"])
    assert (gradient_at_zero(wrong), gradient_at_zero(also_wrong), gradient_at_zero(scratch_nn)) == (1, 0.5, 0)


def ours() -> dict:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "scratch_nn"}


def test_the_real_library_is_the_same_object_before_and_after():
    before, finders, relu = ours(), list(sys.meta_path), scratch_nn.ReLU
    wrong = library(replace(AT_ZERO, name="a_new_one"))
    after = ours()
    assert before.keys() == after.keys()
    assert all(before[name] is after[name] for name in before)
    assert sys.meta_path == finders
    assert scratch_nn.ReLU is relu
    assert wrong not in after.values()


def test_a_mutated_library_holds_none_of_the_real_ones_classes():
    wrong = library(AT_ZERO)
    shared = [
        name
        for name, thing in vars(wrong).items()
        if getattr(thing, "__module__", "").startswith("scratch_nn.") and thing is getattr(scratch_nn, name)
    ]
    assert shared == []
    assert issubclass(wrong.FullyConnected, wrong.layer.Layer)
    assert not issubclass(wrong.FullyConnected, scratch_nn.layer.Layer)
    assert wrong.conv.resolve_pads.__globals__ is vars(wrong.windows)


def test_it_is_loaded_once():
    assert library(AT_ZERO) is library(AT_ZERO)
    assert library(AT_ZERO) is not library(replace(AT_ZERO, says="said otherwise"))


def test_two_threads_do_not_get_into_each_others_way():
    wanted = [replace(AT_ZERO, name=f"thread_{i}") for i in range(4)]
    threads = [threading.Thread(target=library, args=(mutant,)) for mutant in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [gradient_at_zero(library(mutant)) for mutant in wanted] == [1] * 4
    assert gradient_at_zero(scratch_nn) == 0


def test_a_traceback_points_into_the_source():
    broken = Mutant("raises", "Tanh", "activations.py", "np.tanh(X)", "np.tanh(X) / {}", "it raises", "Tanh.", ())
    with pytest.raises(TypeError) as caught:
        library(broken).Tanh().forward(np.ones((1, 1)))
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.filename.endswith("activations.py")
    assert place(broken) == f"scratch_nn/activations.py:{frame.lineno}"


def test_a_mutant_that_does_not_compile_leaves_the_real_library_in_place():
    before = ours()
    with pytest.raises(SyntaxError):
        library(Mutant("broken", "Tanh", "activations.py", "np.tanh(X)", "np.tanh(", "it is cut off", "Tanh.", ()))
    assert ours() == before


@pytest.mark.parametrize(("old", "times"), [("no such line", 0), ("self._enter(X)", 5)])
def test_a_line_that_is_not_there_once_is_refused(old, times):
    lost = Mutant("lost", "Tanh", "activations.py", old, "pass", "it is nowhere", "Tanh.", ())
    with pytest.raises(ValueError, match=rf"mutant lost: expected .* once in activations.py, got {times}\."):
        library(lost)


def test_the_real_library_imports_no_module_of_its_own_inside_a_function():
    """Such an import would run when the real library is back in its place, and fetch a real module for a mutant."""
    from import_reader import imports_under

    found = imports_under(sources().parent, ("scratch_nn",))
    assert [i for i in found if i.root == "scratch_nn" and i.when == "when used"] == []


def test_faults_are_spread_over_the_families():
    family = {pair.name: pair.family for pair in PAIRS}
    counts = Counter(family[mutant.pair] for mutant in MUTANTS)
    assert all(counts[name] >= 5 for name in set(family.values()))
