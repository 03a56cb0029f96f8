"""Faults in whole networks: the order of the layers, the mode they run in, and what becomes of a step.

What goes wrong in one layer goes wrong in all behind it, so `quantities` names the first alone.
"""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

_mlp = partial(Mutant, pair="fashion_mlp", file="network.py")
_cnn = partial(Mutant, pair="cifar_cnn", file="network.py")

PASS = "X = chain.forward(X, training=training)"
MODE = "Batch norm and dropout work one way in training and another in evaluation; every layer is told which."
TOGETHER = "Layers that do their work together give what they give one after the other."

MUTANTS = (
    _mlp(
        "network_walks_forward_in_backward",
        old="reversed(chains(self.layers))",
        new="chains(self.layers)",
        says="backward walks through the layers from the first to the last",
        rule="The chain rule starts at the loss: backward walks from the last layer to the first.",
        quantities=("output",),
    ),
    _mlp(
        "network_swaps_target_and_output",
        old="self.loss.backward(target, out)",
        new="self.loss.backward(out, target)",
        says="target and output are swapped in the gradient of the loss",
        rule="The gradient is that by the output.",
        quantities=("backward.05.FullyConnected.gradient.W",),
    ),
    _mlp(
        "network_forgets_the_step",
        old="self.optimizer.step(parameters, self.gradients)",
        new="self.optimizer.step(dict(parameters), self.gradients)",
        says="the new parameters are not put back into the layers",
        rule="A step changes the parameters of the layers.",
        quantities=("step00.parameter.layers.1.W",),
    ),
    _mlp(
        "network_activates_its_logits",
        file="models.py",
        old="layers = [Flatten(), _dense(256), ReLU(), _dense(128), ReLU(), _dense(10)]",
        new="layers = [Flatten(), _dense(256), ReLU(), _dense(128), ReLU(), _dense(10), ReLU()]",
        says="a ReLU behind the last layer cuts the negative logits off",
        rule="The last layer gives logits; the softmax is part of the loss.",
        quantities=("output",),
    ),
    _cnn(
        "network_never_in_training_mode",
        old=PASS,
        new="X = chain.forward(X, training=False)",
        says="training runs in evaluation mode",
        rule=MODE,
        quantities=("forward.01.BatchNorm.output",),
    ),
    _cnn(
        "network_always_in_training_mode",
        old=PASS,
        new="X = chain.forward(X, training=True)",
        says="evaluation runs in training mode: dropout drops, batch norm normalises by the batch",
        rule=MODE,
        quantities=("output",),
    ),
    _cnn(
        "network_drops_a_fifth",
        file="models.py",
        old="dropout: float = 0.5",
        new="dropout: float = 0.2",
        says="dropout is 0.2 where none is given",
        rule="PyTorch's nn.Dropout drops a half where nothing is given.",
        quantities=("forward.15.Dropout.output",),
    ),
    _cnn(
        "network_maxima_without_relu",
        file="maxima_first.py",
        old="np.clip(Y, 0, np.inf, out=Y)",
        new="pass",
        says="where batch norm and ReLU are done to the maxima of a pooling, the ReLU is left out",
        rule=TOGETHER,
        quantities=("step00.loss",),
    ),
    _cnn(
        "network_winners_without_gamma",
        file="maxima_first.py",
        old="of_winners(of_maxima, out=of_maxima)",
        new="pass",
        says="where batch norm is done to the maxima of a pooling, γ s is missing in its gradient",
        rule=TOGETHER,
        quantities=("step00.parameter.layers.0.W",),
    ),
)
