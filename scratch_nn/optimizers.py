"""Optimisers: from gradients to new parameters, with PyTorch's arithmetic.

Letters: θ a parameter, g its gradient, λ weight_decay, μ momentum, τ dampening, t the number of this step (from 1).

    SGD     g = g + λ θ                                        weight decay is coupled
            v = g at the first step, then v = μ v + (1 - τ) g
            g = g + μ v with nesterov, else v                  θ = θ - lr g     (lr outside the velocity)

    Adam    g = g + λ θ
            m = β1 m + (1 - β1) g,  s = β2 s + (1 - β2) g²
            θ = θ - lr m̂ / (sqrt(ŝ) + ε)                       m̂ = m / (1 - β1^t), ŝ = s / (1 - β2^t)

    AdamW   θ = θ - lr λ θ, then Adam without the λ term       weight decay is decoupled

Sources: torch.optim.SGD, Adam, AdamW; Sutskever et al. 2013; Kingma and Ba 2015; Loshchilov and Hutter 2019.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping

import numpy as np

from scratch_nn.errors import complaint, plain_float, require_array, require_floats
from scratch_nn.schedules import Constant, Schedule

USUAL = {"weight_decay": 5e-4, "momentum": 0.9, "betas[0]": 0.9, "betas[1]": 0.999, "eps": 1e-8}


class Optimizer(ABC):
    """lr: a number, or a Schedule that `start_epoch` reads. `lr` may also be set by hand between steps; the next
    `start_epoch` (in `train`, every epoch) takes it from the schedule again.

    Raises TypeError for a setting that is no number, ValueError for one that is out of its range.
    """

    def __init__(self, lr: float | Schedule, *, weight_decay: float) -> None:
        self.schedule = lr if isinstance(lr, Schedule) else Constant(plain_float(type(self).__name__, "lr", lr))
        self.lr = self.schedule(0)
        self.weight_decay = self._between("weight_decay", weight_decay, 0, np.inf)
        self.state: dict[str, dict[str, np.ndarray]] = {}  # by the parameter's name, so that no two share a velocity
        self.steps = 0
        self._served: object = None

    def serve(self, network: object) -> None:
        """Begin anew for the parameters of `network`."""
        self.state, self.steps, self._served = {}, 0, network

    def require_serving(self, network: object) -> None:
        """Raise ValueError if it serves another network by now: their velocities would be mixed up."""
        if self._served is None:
            self._served = network
        if self._served is not network:
            cure = "Give each network an optimiser of its own."
            raise ValueError(complaint(type(self).__name__, "one network", "two that share this optimiser", cure))

    def start_epoch(self, epoch: int) -> None:
        """Take the learning rate of this epoch (counted from 0) from the schedule."""
        self.lr = self.schedule(epoch)

    def step(self, parameters: MutableMapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]) -> None:
        """Put a new array in the place of every parameter. The arrays that were there are not modified.

        parameters, gradients: arrays by the same unique names. Raises ValueError where they do not fit, TypeError for
        parameters of integers: they would cut off what they are moved by.
        """
        if parameters.keys() != gradients.keys():
            odd = sorted(parameters.keys() ^ gradients.keys())
            cure = "Run forward and backward before the step."
            raise ValueError(complaint(type(self).__name__, "one gradient for each parameter", f"{odd} alone", cure))
        for name, theta in parameters.items():
            require_floats(type(self).__name__, f"parameters[{name!r}]", theta)
            require_array(type(self).__name__, f"gradients[{name!r}]", gradients[name])
            if gradients[name].shape != theta.shape:
                expected, got = f"the gradient of {name!r} of shape {theta.shape}", str(gradients[name].shape)
                raise ValueError(complaint(type(self).__name__, expected, got, "A gradient has its parameter's shape."))
        self.steps += 1
        for name, theta in parameters.items():
            p, g = np.atleast_1d(theta, gradients[name].astype(theta.dtype, copy=False))  # of 0-d, NumPy makes scalars
            parameters[name] = self._updated(p, g, float(self.lr), self.state.setdefault(name, {})).reshape(theta.shape)

    @abstractmethod
    def _updated(self, theta: np.ndarray, g: np.ndarray, lr: float, state: dict[str, np.ndarray]) -> np.ndarray:
        """θ after this step; `state` holds this parameter's own running averages."""

    @staticmethod
    def _average(state: dict[str, np.ndarray], key: str, decay: float, share: float, g: np.ndarray) -> np.ndarray:
        """The running average a = decay a + share g, from 0: an array of our own, so it is changed in place."""
        a = state[key] if key in state else np.zeros_like(g)
        a *= decay
        a += g if share == 1 else share * g
        state[key] = a
        return a

    def _between(self, name: str, value: float, low: float, high: float) -> float:
        number = plain_float(type(self).__name__, name, value)
        if not low <= number < high:
            expected, cure = f"{name} in [{low}, {high})", f"A usual {name} is {USUAL[name]}."
            raise ValueError(complaint(type(self).__name__, expected, repr(value), cure))
        return number


class SGD(Optimizer):
    """torch.optim.SGD. Raises ValueError if nesterov comes without momentum or with dampening, as PyTorch does."""

    def __init__(
        self,
        lr: float | Schedule,
        momentum: float = 0,
        dampening: float = 0,
        nesterov: bool = False,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay)
        self.momentum = self._between("momentum", momentum, 0, np.inf)
        self.dampening = plain_float("SGD", "dampening", dampening)
        self.nesterov = nesterov
        if nesterov and (momentum == 0 or dampening != 0):
            got = f"momentum {momentum}, dampening {dampening}"
            raise ValueError(complaint("SGD", "momentum > 0 and dampening 0 with nesterov", got, "Try momentum=0.9."))

    def _updated(self, theta: np.ndarray, g: np.ndarray, lr: float, state: dict[str, np.ndarray]) -> np.ndarray:
        if self.weight_decay:
            g = g + self.weight_decay * theta
        if self.momentum:
            first = "v" not in state  # the first velocity is the whole gradient, whatever the dampening
            v = self._average(state, "v", self.momentum, 1 if first else 1 - self.dampening, g)
            g = g + self.momentum * v if self.nesterov else v
        return theta - lr * g


class Adam(Optimizer):
    """torch.optim.Adam: weight decay is added to the gradient. ε is added after the bias correction."""

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(lr, weight_decay=weight_decay)
        if np.shape(betas) != (2,):
            cure = "PyTorch's are (0.9, 0.999)."
            raise ValueError(complaint(type(self).__name__, "betas to be a pair of numbers", repr(betas), cure))
        self.betas = tuple(self._between(f"betas[{i}]", beta, 0, 1) for i, beta in enumerate(betas))
        self.eps = self._between("eps", eps, 0, np.inf)

    def _updated(self, theta: np.ndarray, g: np.ndarray, lr: float, state: dict[str, np.ndarray]) -> np.ndarray:
        return self._moved(theta, g + self.weight_decay * theta if self.weight_decay else g, lr, state)

    def _moved(self, theta: np.ndarray, g: np.ndarray, lr: float, state: dict[str, np.ndarray]) -> np.ndarray:
        (beta1, beta2), t = self.betas, self.steps
        m = self._average(state, "m", beta1, 1 - beta1, g)
        s = self._average(state, "s", beta2, 1 - beta2, g * g)
        root = np.sqrt(s)
        root /= (1 - beta2**t) ** 0.5
        root += self.eps
        step = m * (lr / (1 - beta1**t))
        step /= root
        return np.subtract(theta, step, out=step)


class AdamW(Adam):
    """torch.optim.AdamW: weight decay shrinks the parameter itself, by lr λ a step. PyTorch's default λ is 0.01."""

    def __init__(
        self,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay)

    def _updated(self, theta: np.ndarray, g: np.ndarray, lr: float, state: dict[str, np.ndarray]) -> np.ndarray:
        return self._moved(theta * (1 - lr * self.weight_decay), g, lr, state)
