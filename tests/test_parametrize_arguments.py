"""@parametrize: what it refuses at collection, and what it asks by default."""

import re
import subprocess
import sys

import pytest

import parity_tests
import scratch_nn
from parity_tests.in_pytest import Asked
from parity_tests.pairs import PAIRS
from parity_tests.subjects.scratch import ScratchSide
from test_parametrize import ROOT, run_pytest

OURS = ScratchSide(scratch_nn)
KINKS = "ReLU-kinks-training.input_gradient[float64]"

REFUSED = {
    "unknown id": ({"expected_failures": {"ReLU-kinks-training.gradient": "why"}}, f"close: .*{KINKS[:-9]}"),
    "pattern": ({"expected_failures": {"ReLU-*": "why"}}, "patterns are not allowed"),
    "left out": (
        {"expected_failures": {"L2-n4_d3-value[float64]": "why"}},
        "there is such a check, but families and pairs leave it out",
    ),
    "far off": ({"expected_failures": {"???": "why"}}, "patterns are not allowed"),
    "nothing like it": ({"expected_failures": {"zz": "why"}}, "ids are like ReLU-n4_d7-"),
    "no reason": ({"expected_failures": {KINKS: " "}}, "expected a reason, .* got ' '"),
    "reason of another type": ({"expected_failures": {KINKS: True}}, "expected a reason, .* got True"),
    "unknown pair": ({"pairs": ("Relu",)}, "no pair is called Relu. Did you mean ReLU"),
    "unknown family": ({"pairs": None, "families": ("layers",)}, "no family is called layers; there are layer, loss"),
    "nothing asked": ({"pairs": ()}, "nothing is asked"),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message.replace("[", r"\[").replace("???", r"\?")):
        parity_tests.parametrize(OURS, **{"pairs": ("ReLU",), **arguments})


@pytest.mark.parametrize(
    ("subject", "arguments", "message"),
    [
        (OURS, {"pairs": "ReLU"}, r'expected several pairs, \("ReLU",\), got the text "ReLU"'),
        (OURS, {"families": "layer"}, r'expected several families, \("layer",\)'),
        (17, {}, "expected a module, the path of one, or a function .* got int"),
    ],
)
def test_arguments_of_another_type(subject, arguments, message):
    with pytest.raises(TypeError, match=message):
        parity_tests.parametrize(subject, **arguments)


def parameters(**arguments) -> list[Asked]:
    def test(check):
        check.assert_agrees()

    (mark,) = parity_tests.parametrize(OURS, **arguments)(test).pytestmark
    return [parameter.values[0] for parameter in mark.args[1]]


def test_without_names_every_layer_is_asked():
    *asked, last = parameters()
    assert {each.check.pair.name for each in asked} == {pair.name for pair in PAIRS if pair.family == "layer"}
    assert last.id == "something_is_offered"


def test_families_and_pairs_add_up():
    *asked, _ = parameters(families=("schedule",), pairs=("L2",))
    names = {each.check.pair.name for each in asked}
    assert names == {"L2", *(pair.name for pair in PAIRS if pair.family == "schedule")}


def test_no_module_takes_the_public_name():
    """Importing a module binds its name in the package: parity_tests/parametrize.py would hide the function."""
    assert not (ROOT / "parity_tests/parametrize.py").exists()


def test_the_public_name_is_the_function_and_loads_nothing_before_it_is_used():
    script = """if True:
        import sys, parity_tests
        heavy = ("torch", "scratch_nn", "pytest", "_pytest", "numpy")
        print([name for name in heavy if name in sys.modules])
        from parity_tests import parametrize
        import parity_tests.in_pytest
        print(parametrize is parity_tests.in_pytest.parametrize is parity_tests.parametrize)
        print([name for name in heavy[:2] if name in sys.modules])
        try:
            parity_tests.parametrise
        except AttributeError as error:
            print(error)
    """
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout.splitlines() == ["[]", "True", "[]", "module 'parity_tests' has no attribute 'parametrise'"]
    assert run.stderr == ""


def test_the_adapter_on_the_page_agrees(tmp_path):
    page = (ROOT / "docs/in_your_own_tests.md").read_text(encoding="utf-8")
    (adapter,) = [block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "OurReLU" in block]
    run = run_pytest(tmp_path, {"test_page.py": adapter})
    assert run.returncode == 0, run.stdout
    assert "failed" not in run.stdout
