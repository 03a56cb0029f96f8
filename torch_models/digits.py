"""The offline default data: scikit-learn's real handwritten digits, enlarged to the size a model takes.

1,797 grey images of 8x8 pixels with values 0..16, ten classes, shipped inside scikit-learn: no network and no file.
Pixels are scaled to 0..255, enlarged bilinearly and repeated over the channels; they stay uint8, like a downloaded
data set. Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI repository, 1998 (its test
part, which is what scikit-learn carries).
"""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from torch_models.splits import Splits, cut, stratified_indices

SMALLEST_SIDE = 8
VALIDATION_IMAGES = 300
TEST_IMAGES = 300


def load_digits(input_shape: tuple[int, int, int], *, seed: int = 0) -> Splits:
    """The digits as uint8 images of `input_shape` (C, H, W): 1,197 to train, 300 to validate, 300 to test.

    The three parts have the classes in equal shares (stratified), and the same seed always gives the same parts.
    """
    from sklearn.datasets import load_digits as sklearn_digits

    digits = sklearn_digits()
    images = enlarge(torch.from_numpy(digits.images), input_shape)
    labels = torch.from_numpy(digits.target).long()
    sizes = {"validation": VALIDATION_IMAGES, "test": TEST_IMAGES}
    train, validation, test = stratified_indices(digits.target, **sizes, seed=seed)
    return cut(images, labels, map(str, digits.target_names), train=train, validation=validation, test=test)


def enlarge(pixels: Tensor, input_shape: tuple[int, int, int]) -> Tensor:
    """Grey pixels 0..16, (N, 8, 8), to uint8 0..255, (N, C, H, W)."""
    channels, height, width = input_shape
    if channels < 1 or min(height, width) < SMALLEST_SIDE:
        raise ValueError(f"digits: expected (C, H, W) with C >= 1 and sides of at least 8 pixels, got {input_shape}")
    grey = pixels[:, None].float() * (255 / 16)
    enlarged = interpolate(grey, size=(height, width), mode="bilinear", align_corners=False)
    return enlarged.round().to(torch.uint8).repeat(1, channels, 1, 1)
