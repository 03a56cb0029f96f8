"""check_network on batch norms whose scale and shift stand elsewhere than in a dict `parameters`."""

from parity_tests.networks import check_network
from scratch_nn import BatchNorm
from small_networks import Plain, generator


class Norm:
    def __init__(self):
        self.params = {"gamma": generator(1).normal(size=3), "beta": generator(2).normal(size=3)}
        self.inner, self.eps, self.grads = BatchNorm(), 1e-5, {}

    def forward(self, X, *, training):
        if not self.inner.parameters:
            self.inner.forward(X, training=training)
        self.inner.parameters = {name: array[None] for name, array in self.params.items()}
        return self.inner.forward(X, training=training)

    def backward(self, dLdY):
        dLdX = self.inner.backward(dLdY)
        self.grads = {name: array[0] for name, array in self.inner.gradients.items()}
        return dLdX


class Told(Norm):
    mode = "train"

    def forward(self, X):
        return super().forward(X, training=self.mode == "train")


def test_a_network_whose_norm_is_told_its_mode_by_itself_is_not_judged_as_a_whole():
    report = check_network(Plain(type("BatchNorm", (Told,), {})()), input_shape=(3,))
    assert report.ok
    assert "a layer is told its mode by itself" in report.rows[-1].not_offered


def test_the_scale_of_a_norm_is_read_where_it_stands():
    report = check_network(Plain(type("BatchNorm", (Norm,), {})()), input_shape=(3,))
    assert report.ok
    assert {"training.gradient.gamma", "training.gradient.beta"} <= {m.quantity for m in report.rows[0].own}
    assert "running statistics" in report.rows[0].not_offered
