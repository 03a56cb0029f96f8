"""PyTorch twins of the NumPy networks, and what it takes to train them: data, training, predictions, curves, weights.

Every public name stands here once. Neither scratch_nn nor parity_tests is imported; matplotlib, scikit-learn and
torchvision are imported only by the functions that draw, that load the digits and that download.
"""

from torch_models.augmentation import Augmentation as Augmentation
from torch_models.averaged_learner import AveragedLearner as AveragedLearner
from torch_models.checkpoints import WeightsMismatch as WeightsMismatch
from torch_models.checkpoints import load_weights as load_weights
from torch_models.checkpoints import save_weights as save_weights
from torch_models.cifar_cnn import CifarCNN as CifarCNN
from torch_models.curves import plot_curves as plot_curves
from torch_models.curves import write_history as write_history
from torch_models.datasets import DATASETS as DATASETS
from torch_models.datasets import load_dataset as load_dataset
from torch_models.digits import load_digits as load_digits
from torch_models.evaluation import evaluate as evaluate
from torch_models.evaluation import mirrored as mirrored
from torch_models.evaluation import predict as predict
from torch_models.fashion_mlp import FashionMLP as FashionMLP
from torch_models.feedforward import FeedforwardNet as FeedforwardNet
from torch_models.files import atomic_path as atomic_path
from torch_models.images import ChannelStatistics as ChannelStatistics
from torch_models.images import channel_statistics as channel_statistics
from torch_models.images import normalised as normalised
from torch_models.predictions import read_predictions as read_predictions
from torch_models.predictions import write_predictions as write_predictions
from torch_models.published import DatasetError as DatasetError
from torch_models.randomness import seeded as seeded
from torch_models.splits import Splits as Splits
from torch_models.torch_learner import TorchLearner as TorchLearner
from torch_models.training import TrainingDiverged as TrainingDiverged
from torch_models.training import train as train
from torch_models.vision import import_torchvision as import_torchvision
