"""How the small networks on tables are trained, as data, and the combinations of size, rate and schedule to compare.

iris     notes   SGD, batches of 10, 300 epochs
         fast    Adam, batches of 30, 60 epochs
digits   notes   SGD 0.01 on all 1,347 training rows at once, 500 epochs
         fast    Adam 1e-3, batches of 64, 30 epochs

The schedules are stretched over the epochs there are, E of them; epoch e counts from 0:

    constant      lr
    exponential   lr 0.01^(e / E)                       a hundredth in the end
    step          lr 0.1^floor(e / ceil(E / 3))         a tenth after each third
    cosine        lr (1 + cos(π e / E)) / 2             down to nothing
"""

import math
from dataclasses import dataclass, replace

from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, StepLR

from torch_models.recipes import Arguments, Recipe

SCHEDULES = {
    "constant": lambda epochs: (None, {}),
    "exponential": lambda epochs: (ExponentialLR, {"gamma": 0.01 ** (1 / epochs)}),
    "step": lambda epochs: (StepLR, {"step_size": math.ceil(epochs / 3), "gamma": 0.1}),
    "cosine": lambda epochs: (CosineAnnealingLR, {"T_max": epochs}),
}


@dataclass(frozen=True)
class Combination:
    """A two-layer network of `hidden` units, trained from the rate `lr` by a schedule, one of SCHEDULES."""

    hidden: int
    lr: float
    schedule: str

    def __post_init__(self) -> None:
        if self.hidden < 1:
            raise ValueError(f"Combination: expected at least 1 hidden unit, got {self.hidden}")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"Combination: expected a learning rate above 0, got {self.lr}")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"Combination: expected one of {', '.join(SCHEDULES)}, got {self.schedule!r}")

    def __str__(self) -> str:
        return f"{self.hidden}_{self.lr}_{self.schedule}"

    def of(self, recipe: Recipe) -> Recipe:
        """The recipe with this size, rate and schedule, the schedule stretched over its epochs."""
        schedule, arguments = SCHEDULES[self.schedule](recipe.epochs)
        return replace(
            recipe,
            optimizer_args={**recipe.optimizer_args, "lr": self.lr},
            schedule=schedule,
            schedule_args=arguments,
            model_args={**recipe.model_args, "hidden": (self.hidden,)},
        )


COMBINATIONS = (
    Combination(25, 0.01, "constant"),
    Combination(25, 0.1, "constant"),
    Combination(25, 0.1, "exponential"),
    Combination(100, 0.01, "constant"),
)


def sized(n_inputs: int, n_classes: int) -> Arguments:
    """The sizes of a FeedforwardNet; who trains it may put hidden layers in."""
    return {"n_inputs": n_inputs, "hidden": (), "n_classes": n_classes}


IRIS = {
    "notes": Recipe(300, 10, SGD, {}, model_args=sized(4, 3)),  # the rate comes with the combination
    "fast": Recipe(60, 30, Adam, {}, model_args=sized(4, 3)),
}
DIGITS = {
    "notes": Recipe(500, 1347, SGD, {"lr": 1e-2}, model_args=sized(64, 10)),
    "fast": Recipe(30, 64, Adam, {"lr": 1e-3}, model_args=sized(64, 10)),
}
DIGITS_HIDDEN = {"logistic_regression": (), "two_layers": (32,)}
