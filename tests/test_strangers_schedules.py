"""How a stranger's schedule calls the rate that it starts from, or rises to, and the epochs that it takes."""

import pytest

from strangers.asking import asked, module_from

COSINE = """
class CosineLR:
    def __init__(self, {lr}, {epochs}, eta_min=0.0):
        self.start, self.least, self.epochs = {lr}, eta_min, {epochs}

    def __call__(self, epoch):
        return self.least + (self.start - self.least) * (1 + np.cos(np.pi * epoch / self.epochs)) / {two}
"""
ONE_CYCLE = """
class OneCycleLR:
    def __init__(self, max_lr, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4):
        self.most, self.start, self.last = max_lr, max_lr / div_factor, total_steps - 1
        self.end, self.peak = self.start / final_div_factor, pct_start * total_steps - 1

    def __call__(self, step):
        if step <= self.peak:
            return self.between(self.start, self.most, step / self.peak)
        return self.between(self.most, self.end, (step - self.peak) / (self.last - self.peak))

    def between(self, first, second, share):
        return second + (first - second) * (1 + np.cos(np.pi * share)) / 2
"""


@pytest.mark.parametrize(
    ("lr", "epochs"), [("base_lr", "T"), ("initial_lr", "num_epochs"), ("lr0", "T_max"), ("max_lr", "total_steps")]
)
def test_the_rate_and_the_epochs_go_by_several_names(lr, epochs):
    found = asked(module_from(COSINE.format(lr=lr, epochs=epochs, two=2)), "Cosine")
    assert (found.wrong, found.offered) == ({}, {"Cosine"})
    assert set(asked(module_from(COSINE.format(lr=lr, epochs=epochs, two=3)), "Cosine").wrong) == {"Cosine"}


def test_pytorchs_name_of_the_highest_rate_is_known():
    found = asked(module_from(ONE_CYCLE), "OneCycle")
    assert (found.wrong, found.offered) == ({}, {"OneCycle"})
