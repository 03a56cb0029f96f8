"""scratch_nn: neural networks written out in NumPy, each piece beside its formula.

Every public name, once. PyTorch's twin of each is declared in parity_tests/pairs/.
"""

from scratch_nn.activations import LeakyReLU as LeakyReLU
from scratch_nn.activations import Linear as Linear
from scratch_nn.activations import ReLU as ReLU
from scratch_nn.activations import Sigmoid as Sigmoid
from scratch_nn.activations import SoftMax as SoftMax
from scratch_nn.activations import Tanh as Tanh
from scratch_nn.batch_norm import BatchNorm as BatchNorm
from scratch_nn.batches import mini_batches as mini_batches
from scratch_nn.batches import one_hot as one_hot
from scratch_nn.batches import split as split
from scratch_nn.batches import standardise as standardise
from scratch_nn.conv import Conv2D as Conv2D
from scratch_nn.datasets import DIGITS_CLASSES as DIGITS_CLASSES
from scratch_nn.datasets import IRIS_CLASSES as IRIS_CLASSES
from scratch_nn.datasets import load_digits as load_digits
from scratch_nn.datasets import load_iris as load_iris
from scratch_nn.dropout import Dropout as Dropout
from scratch_nn.flatten import Flatten as Flatten
from scratch_nn.fully_connected import FullyConnected as FullyConnected
from scratch_nn.gradient_check import gradient_check as gradient_check
from scratch_nn.gradient_check import numerical_gradient as numerical_gradient
from scratch_nn.initializers import constant as constant
from scratch_nn.initializers import he_normal as he_normal
from scratch_nn.initializers import he_uniform as he_uniform
from scratch_nn.initializers import torch_default as torch_default
from scratch_nn.initializers import xavier_normal as xavier_normal
from scratch_nn.initializers import xavier_uniform as xavier_uniform
from scratch_nn.initializers import zeros as zeros
from scratch_nn.layer import Layer as Layer
from scratch_nn.logger import Logger as Logger
from scratch_nn.losses import L2 as L2
from scratch_nn.losses import CrossEntropy as CrossEntropy
from scratch_nn.losses import SoftmaxCrossEntropy as SoftmaxCrossEntropy
from scratch_nn.models import FeedforwardNeuralNet as FeedforwardNeuralNet
from scratch_nn.models import LogisticRegression as LogisticRegression
from scratch_nn.models import cifar_cnn as cifar_cnn
from scratch_nn.models import fashion_mlp as fashion_mlp
from scratch_nn.network import NeuralNetwork as NeuralNetwork
from scratch_nn.optimizers import SGD as SGD
from scratch_nn.optimizers import Adam as Adam
from scratch_nn.optimizers import AdamW as AdamW
from scratch_nn.plain_checks import check_affine as check_affine
from scratch_nn.plain_checks import check_cross_entropy as check_cross_entropy
from scratch_nn.plain_checks import check_relu as check_relu
from scratch_nn.pool import Pool2D as Pool2D
from scratch_nn.schedules import Constant as Constant
from scratch_nn.schedules import Cosine as Cosine
from scratch_nn.schedules import Exponential as Exponential
from scratch_nn.schedules import OneCycle as OneCycle
from scratch_nn.schedules import Step as Step
from scratch_nn.training import TrainingDiverged as TrainingDiverged
from scratch_nn.windows import col2im as col2im
from scratch_nn.windows import im2col as im2col
