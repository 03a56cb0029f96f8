"""What a stranger's code does to what belongs to everybody: the global generator, and how NumPy treats errors."""

import pytest

from strangers.asking import asked, module_from

RELU = """
class ReLU:
    def forward(self, x):
        {does}
        self.on = ~(x <= 0)
        return np.where(x <= 0, x.dtype.type(0), x)
    def backward(self, dout):
        return np.where(self.on, dout, dout.dtype.type(0))
"""
OF_SHAPE = """
def he_normal(shape{rng}):
    {does}
    return {draw}(0, np.sqrt(2 / int(np.prod(shape[:-1]))), shape)
"""
WITH_RNG = OF_SHAPE.format(rng=", rng", draw="rng.normal", does="{does}")
GLOBAL = OF_SHAPE.format(rng="", draw="np.random.normal", does="{does}")


def said(source, pair):
    """What side_effects has to say of it."""
    results = asked(module_from(source), pair, dtypes=("float64",)).results
    found = {r.found.message for r in results if r.check.name == "side_effects" and r.failed}
    assert any(r.check.name == "side_effects" and r.offered for r in results)
    return " ".join(found)


@pytest.mark.parametrize(("source", "pair"), [(RELU, "ReLU"), (WITH_RNG, "he_normal"), (GLOBAL, "he_normal")])
def test_a_seed_and_seterr_are_found_and_nothing_else_is(source, pair):
    assert said(source.format(does="pass"), pair) == ""
    assert "called numpy.random.seed" in said(source.format(does="np.random.seed(0)"), pair)
    assert "changed np.seterr" in said(source.format(does="np.seterr(all='raise')"), pair)
