"""A whole PyTorch network as a subject: one nn.Sequential, each of its modules beside one layer of ours.

`theirs(torch, case)` gives (module, function of parameters that makes the optimiser); `module.layers` is the
nn.Sequential, and the loss is cross-entropy on logits. Hooks keep every activation and its gradient. Names and layouts
are ours: see scratch_network.py.
"""

from __future__ import annotations

import numpy as np
import torch

from parity_tests.layout import AsTheyAre, Layout
from parity_tests.pair import Arrays, Case, Pair
from parity_tests.subjects.torch import TorchModule, to_array, to_tensor

OUR_NAMES = {
    "Conv2d": "Conv2D",
    "BatchNorm2d": "BatchNorm",
    "MaxPool2d": "Pool2D",
    "Linear": "FullyConnected",
}


class TorchNetwork(TorchModule):
    def __init__(self, pair: Pair, case: Case, dtype: str) -> None:
        module, self._make_optimizer = pair.theirs(torch, case)
        super().__init__(module, pair, dtype)
        self.loss = torch.nn.CrossEntropyLoss()
        kinds = [type(layer).__name__ for layer in module.layers]
        self.names = [f"{i:02}.{OUR_NAMES.get(kind, kind)}" for i, kind in enumerate(kinds)]
        for name, layer in zip(self.names, module.layers, strict=True):
            layer.register_forward_hook(lambda layer, args, output, name=name: self._keep(name, layer, args[0], output))

    def _keep(self, name: str, layer: torch.nn.Module, x: torch.Tensor, output: torch.Tensor) -> None:
        """The activation, and the layout in which it becomes ours: flattened images have their features permuted."""
        flattened = isinstance(layer, torch.nn.Flatten) and x.ndim == 4
        sizes = {"h": x.shape[2], "w": x.shape[3]} if flattened else {}
        layout = Layout("n (c h w) -> n (h w c)", sizes) if flattened else AsTheyAre()
        if output.requires_grad:
            output.retain_grad()
        self._kept[name] = (output, layout)

    def initial(self, seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Parameters and state as PyTorch draws them from `seed`, in our layout."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for layer in self.module.layers:
                if hasattr(layer, "reset_parameters"):
                    layer.reset_parameters()
        return self.parameters(), self.state()

    def load(self, parameters: Arrays, state: Arrays) -> None:
        super().load(parameters, state)
        self.optimizer = self._make_optimizer(self.module.parameters())

    def forward(self, X: np.ndarray, *, training: bool, masks: Arrays) -> np.ndarray:
        self._kept: dict[str, tuple] = {}
        self._output = self._run(X, training)
        return to_array(self._output)

    def outputs(self) -> dict[str, np.ndarray]:
        return {f"{name}.output": to_array(output, layout) for name, (output, layout) in self._kept.items()}

    def backward(self, target: np.ndarray) -> float:
        self.module.zero_grad(set_to_none=True)
        loss = self.loss(self._output, to_tensor(target).argmax(dim=1))
        loss.backward()
        return loss.item()

    def layer_gradients(self) -> dict[str, np.ndarray]:
        """From the last layer to the first: its parameters' gradients, then its input's."""
        gradients, found = self.gradients(), {}
        inputs = [to_array(self._x.grad), *(to_array(out.grad, layout) for out, layout in self._kept.values())]
        for i, name in reversed(list(enumerate(self.names))):
            start = f"layers.{i}."
            own = {n.removeprefix(start): g for n, g in gradients.items() if n.startswith(start)}
            found |= {f"{name}.gradient.{key}": array for key, array in own.items()}
            found[f"{name}.input_gradient"] = inputs[i]
        return found

    def train_step(self, X: np.ndarray, target: np.ndarray, *, masks: Arrays) -> float:
        self.forward(X, training=True, masks=masks)
        loss = self.backward(target)
        self.optimizer.step()
        return loss
