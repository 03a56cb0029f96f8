"""Small PyTorch models for images (N, 1, 2, 2) of 3 classes, the same each time."""

from torch import nn

import torch_models as tm


def linear_model():
    with tm.seeded(1):
        return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))


def noisy_model():
    """Batch norm and a strong dropout: everything that behaves differently while training."""
    with tm.seeded(2):
        return nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4, 3))
