"""Wrong numbers as scripts: they fail on the faulty module, pass on the mended one, and need numpy and torch alone."""

import pytest

from reproduced import assert_self_contained, planted, reproduced

FAULTS = {
    "house_gradient": ("berkeley", 'self.gradients["W"], self.gradients["b"] = X.T @ dZ',
                       'self.gradients["W"], self.gradients["b"] = 2 * X.T @ dZ', "FullyConnected", None),
    "house_activation": ("berkeley", "return dY * (1 - np.tanh(Z) ** 2)", "return dY * (1 - np.tanh(Z))",
                         "FullyConnected", "tanh"),
    "house_shape": ("berkeley", "X.T @ dZ, dZ.sum(axis=0)", "X.T @ dZ, dZ.sum(axis=0)[None]", "FullyConnected",
                    "square"),
    "house_axes": ("berkeley", "return X.reshape(len(X), -1)", "return X.reshape(-1)", "Flatten", "rows"),
    "house_pool": ("berkeley", "window.argmax(axis=1)[:, None]", "window.argmin(axis=1)[:, None]", "Pool2D", "ties"),
    "house_flatten": ("berkeley", "return X.reshape(len(X), -1)", "return X[:, ::-1].reshape(len(X), -1)", "Flatten",
                      "images"),
    "torch_order": ("channels_first", "grad_output.T @ self.x", "grad_output.T @ self.x / len(self.x)",
                    "FullyConnected", None),
    "torch_order_images": ("channels_first", "j : j + sw * width : sw] += part", "j : j + sw * width : sw] = part",
                           "Conv2D", "same_3x3"),
    "channels_first_output": ("channels_first", "y + self.bias[:, None, None]", "y - self.bias[:, None, None]",
                              "Conv2D", "stride_2_divides"),
    "statistics": ("channels_first", "m * var * n / (n - 1)", "m * var", "BatchNorm", "n4_h5_w6_c3"),
    "evaluation": ("channels_first", "return g / self.std", "return g", "BatchNorm", "n5_d3"),
    "functions": ("cs231n", "db = dout.sum(axis=0)", "db = dout.mean(axis=0)", "FullyConnected", "n4_d7_m5"),
    "functions_images": ("cs231n", "+ b[f]", "+ b[0]", "Conv2D", "same_3x3"),
    "functions_statistics": ("cs231n", "running_mean = momentum * running_mean", "running_mean = 0.5 * running_mean",
                             "BatchNorm", "n5_d3"),
    "functions_dropout": ("cs231n", "(np.random.rand(*x.shape) < p) / p", "(np.random.rand(*x.shape) < p) / 1",
                          "Dropout", "p_0.2"),
    "functions_loss": ("cs231n", "dx / N", "dx", "SoftmaxCrossEntropy", "n4_c3"),
    "functions_optimizer": ("cs231n", '(1 - config["beta2"] ** config["t"])', '(1 - config["beta2"])', "Adam", "plain"),
    "returned": ("returned", "dY.sum(axis=0, keepdims=True)", "dY.mean(axis=0, keepdims=True)", "FullyConnected",
                 "n4_d7_m5"),
    "arrays_given": ("arrays_given", "self.inputs.T @ d_out", "self.inputs.T @ d_out * 2", "FullyConnected", None),
    "objects": ("parameter_objects", "self.weight.grad + grad.T @ self.x", "self.weight.grad - grad.T @ self.x",
                "FullyConnected", "square"),
    "optimizer_of_objects": ("parameter_objects", "self.momentum * self.velocity[i] + grad",
                             "self.momentum * self.velocity[i] - grad", "SGD", "momentum"),
    "optimizer_of_dicts": ("channels_first_training", "1 - b2**self.t)", "1 - b2)", "Adam", "plain"),
    "optimizer_of_lists": ("lists", "params[i] -= self.lr", "params[i] += self.lr", "SGD", "plain"),
    "optimizer_one_by_one": ("berkeley_training", "self.momentum * self.cache[param_name]",
                             "self.cache[param_name]", "SGD", "momentum"),
    "schedule": ("berkeley_training", "self.lr * self.decay**epoch", "self.lr * self.decay**(epoch + 1)", "Exponential",
                 "gamma_0.9"),
    "schedule_stepped": ("lists", "self.gamma**self.epoch", "self.gamma**(self.epoch + 1)", "Exponential", "gamma_0.9"),
    "initializer": ("lists", "np.sqrt(2 / fan_in)", "np.sqrt(1 / fan_in)", "he_normal", "dense"),
    "initializer_of_the_global_stream": ("lists", "6 / (n_in", "3 / (n_in", "xavier_uniform", "dense"),
    "loss_of_labels": ("channels_first_training", "target].mean()", "target].sum()", "SoftmaxCrossEntropy", "n4_c3"),
    "loss": ("berkeley_training", "return 2 * (Y_hat - Y)", "return (Y_hat - Y)", "L2", None),
    "loss_of_functions": ("arrays_given", "return 2 * (y - t) / y.size", "return (y - t) / y.size", "L2", "n4_d3"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_script_fails_on_the_fault_and_passes_once_it_is_mended(fault, tmp_path):
    name, old, new, pair, case = FAULTS[fault]
    failing, mended, finding = reproduced(tmp_path, *planted(name, old, new), pair, case=case)
    assert_self_contained(failing.text)
    assert "theirs" not in failing.text
    assert failing.code == 1, failing.text + failing.said
    assert "AssertionError" in failing.said
    assert "PyTorch" in failing.said.splitlines()[0] or "shape" in failing.said
    assert mended.code == 0, mended.text + mended.said
    assert finding.pair in failing.text.splitlines()[0]
