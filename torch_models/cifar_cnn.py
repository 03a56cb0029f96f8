"""CifarCNN: three convolution blocks and a classifier, for the 32x32 colour images of CIFAR-10.

    images      (N, 3, 32, 32)
    block 1     (N, 32, 16, 16)     block = Conv2d 3x3, padding 1 -> BatchNorm2d -> ReLU -> MaxPool2d 2
    block 2     (N, 64, 8, 8)
    block 3     (N, 128, 4, 4)
    Flatten     (N, 2048)           channel by channel; the NumPy twin is NHWC, so its pair permutes these columns
    classifier  Linear 256, ReLU, Dropout -> Linear 128, ReLU -> Linear 10
    logits      (N, 10)

652,426 parameters; the first Linear alone holds 524,544 of them. Convolutions keep their bias although batch norm
subtracts it again: that is the network of the course, and the parity pair compares every parameter.
"""

from torch import Tensor, nn

from torch_models.model_input import expect_images


class CifarCNN(nn.Module):
    """Colour 32x32 images (N, 3, 32, 32) to the logits of ten classes.

    `dropout` is the probability of *dropping* an activation. `layers` is the whole network, one module per entry
    (layers.0 is the first convolution, layers.18 the last Linear), so that a parity pair can name each of them.
    """

    input_shape = (3, 32, 32)

    def __init__(self, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *convolution_block(3, 32),
            *convolution_block(32, 64),
            *convolution_block(64, 128),
            nn.Flatten(),
            nn.Linear(128 * 4 * 4, 256),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        expect_images("CifarCNN", images, self.input_shape)
        return self.layers(images)


def convolution_block(n_in: int, n_out: int) -> tuple[nn.Module, ...]:
    """(N, n_in, H, W) -> (N, n_out, H/2, W/2): the convolution keeps the size, the pooling halves it."""
    return (
        nn.Conv2d(n_in, n_out, kernel_size=3, padding=1),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
