"""Faults in the schedules: off by an epoch, by step or without, and where a cosine ends."""

from __future__ import annotations

from functools import partial

from parity_tests.mutants.mutant import Mutant

_fault = partial(Mutant, file="schedules.py", quantities=("rates", "logarithms"))

ASKED = "return float(self.rate(epoch))"
DECAY = "self.lr * self.gamma**epoch"
STEPWISE = "(epoch // self.step_size)"
COSINE = "self.eta_min + (self.lr - self.eta_min) * (1 + math.cos(math.pi * epoch / self.T_max)) / 2"
FROM_0 = "Epochs count from 0: the first epoch has the first rate."
EXPONENTIAL, STEP = "lr gamma^epoch.", "lr gamma^floor(epoch / step_size): level in between."
HALF = "eta_min + (lr - eta_min) (1 + cos(π epoch / T_max)) / 2, and up again after T_max."
CYCLE = "Up from lr / div_factor to lr in the first pct_start of the steps, then down to the start / final_div_factor."

EARLY = {"old": ASKED, "new": "return self.rate(epoch + 1)", "says": "it is one epoch early", "rule": FROM_0}
LATE = {"old": ASKED, "new": "return self.rate(max(epoch - 1, 0))", "says": "it is one epoch late", "rule": FROM_0}

MUTANTS = (
    _fault(
        "constant_starts_at_a_third",
        pair="Constant",
        old=ASKED,
        new="return self.rate(epoch) / (3 if epoch < 5 else 1)",
        says="the first five epochs have a third of the rate",
        rule="A constant rate is the same from the first epoch to the last.",
        convention="PyTorch's own ConstantLR with its default factor of 1/3",
    ),
    _fault(
        "constant_multiplied_up",
        pair="Constant",
        file="optimizers.py",
        old="self.lr = self.schedule(epoch)",
        new="self.lr *= self.schedule(epoch)",
        says="the optimiser multiplies its rate by the schedule's, epoch after epoch",
        rule="The rate of an epoch is what the schedule says; nothing is carried over.",
    ),
    _fault(
        "constant_negative_rate_accepted",
        pair="Constant",
        old="if not self.lr >= 0:",
        new="if False:",
        says="a negative learning rate is accepted",
        rule="PyTorch refuses a negative learning rate.",
        quantities=(),
    ),
    _fault("exponential_one_epoch_early", pair="Exponential", **EARLY),
    _fault("exponential_one_epoch_late", pair="Exponential", **LATE),
    _fault(
        "exponential_linear",
        pair="Exponential",
        old=DECAY,
        new="self.lr * self.gamma * epoch",
        says="gamma is multiplied by the epoch, not raised to it",
        rule=EXPONENTIAL,
    ),
    _fault(
        "exponential_of_base_e",
        pair="Exponential",
        old=DECAY,
        new="self.lr * math.exp(-self.gamma * epoch)",
        says="it is lr exp(-gamma epoch)",
        rule=EXPONENTIAL,
        convention="CS231n, whose decay is exp(-k t)",
    ),
    _fault(
        "exponential_of_time_inverse",
        pair="Exponential",
        old=DECAY,
        new="self.lr / (1 + self.gamma * epoch)",
        says="it is lr / (1 + gamma epoch)",
        rule=EXPONENTIAL,
        convention="Keras's InverseTimeDecay",
    ),
    _fault("step_one_epoch_early", pair="Step", **EARLY),
    _fault("step_one_epoch_late", pair="Step", **LATE),
    _fault(
        "step_without_steps",
        pair="Step",
        old=STEPWISE,
        new="(epoch / self.step_size)",
        says="the exponent grows with every epoch: the rate falls smoothly, not in steps",
        rule=STEP,
        convention="Keras's ExponentialDecay without staircase",
    ),
    _fault(
        "step_once_only",
        pair="Step",
        old=STEPWISE,
        new="min(epoch // self.step_size, 1)",
        says="the rate drops once only",
        rule=STEP,
    ),
    _fault(
        "step_gamma_of_0.5",
        pair="Step",
        old="gamma: float = 0.1",
        new="gamma: float = 0.5",
        says="gamma is 0.5 where none is given",
        rule="PyTorch's StepLR has gamma 0.1 where none is given.",
    ),
    _fault("cosine_one_epoch_early", pair="Cosine", **EARLY),
    _fault(
        "cosine_stays_down",
        pair="Cosine",
        old="math.cos(math.pi * epoch / self.T_max)",
        new="math.cos(math.pi * min(epoch, self.T_max) / self.T_max)",
        says="the rate stays at eta_min after T_max",
        rule=HALF,
        convention="Keras's CosineDecay",
    ),
    _fault(
        "cosine_restarts",
        pair="Cosine",
        old="math.cos(math.pi * epoch / self.T_max)",
        new="math.cos(math.pi * (epoch % self.T_max) / self.T_max)",
        says="it starts again from lr after T_max",
        rule=HALF,
        convention="PyTorch's CosineAnnealingWarmRestarts",
    ),
    _fault(
        "cosine_ends_one_epoch_early",
        pair="Cosine",
        old="math.pi * epoch / self.T_max",
        new="math.pi * epoch / (self.T_max - 1)",
        says="eta_min is reached at T_max - 1",
        rule=HALF,
    ),
    _fault(
        "cosine_eta_min_ignored",
        pair="Cosine",
        old=COSINE,
        new="self.lr * (1 + math.cos(math.pi * epoch / self.T_max)) / 2",
        says="eta_min is ignored: it goes down to 0",
        rule=HALF,
    ),
    _fault(
        "cosine_eta_min_on_top",
        pair="Cosine",
        old=COSINE,
        new="self.eta_min + self.lr * (1 + math.cos(math.pi * epoch / self.T_max)) / 2",
        says="eta_min is added to the whole rate, which starts at lr + eta_min",
        rule=HALF,
    ),
    _fault(
        "one_cycle_ends_at_a_share_of_the_top",
        pair="OneCycle",
        old="start / self.final_div_factor",
        new="self.lr / self.final_div_factor",
        says="the last rate is lr / final_div_factor",
        rule=CYCLE,
        convention="fast.ai, whose div_final divides the highest rate",
    ),
    _fault(
        "one_cycle_top_one_step_late",
        pair="OneCycle",
        old="self.pct_start * self.total_steps - 1",
        new="self.pct_start * self.total_steps",
        says="the highest rate is reached one step late",
        rule=CYCLE,
    ),
    _fault(
        "one_cycle_in_straight_lines",
        pair="OneCycle",
        old="return end + (start - end) * (1 + math.cos(math.pi * share)) / 2",
        new="return end + (start - end) * (1 - share)",
        says="it goes up and down in straight lines",
        rule="PyTorch's OneCycleLR takes half cosines unless anneal_strategy is 'linear'.",
        convention="PyTorch's own anneal_strategy='linear'",
    ),
)
