"""FashionMLP: the multilayer perceptron for FashionMNIST, 784 - 256 - 128 - 10 with ReLU between.

    (N, 1, 28, 28)  Flatten  (N, 784)  Linear ReLU  (N, 256)  Linear ReLU  (N, 128)  Linear  logits (N, 10)

Weights are PyTorch's (n_out, n_in); 235,146 parameters: 784*256 + 256, 256*128 + 128, 128*10 + 10. There is no softmax
at the end: cross_entropy takes logits, and the largest logit is the largest probability.
"""

from torch import Tensor, nn

from torch_models.model_input import expect_images


class FashionMLP(nn.Module):
    """Grey 28x28 images, (N, 1, 28, 28) or already flat (N, 784), to the logits of ten classes.

    `layers` is the whole network, one module per entry, so that layers.1 stands beside layer 1 of the NumPy twin.
    """

    input_shape = (1, 28, 28)

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 256),
            nn.ReLU(),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        expect_images("FashionMLP", images, self.input_shape, (784,))
        return self.layers(images)
