"""Weights on disk, as safetensors: names, shapes and numbers, and nothing that could run. No pickle.

A file holds the model's state_dict: parameters and running statistics under PyTorch's names ("layers.0.weight").
"""

import os
from collections.abc import Mapping

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from torch_models.files import atomic_path


class WeightsMismatch(ValueError):
    """The weights in a file are not those of this model; lists every name that is missing, unexpected or different."""


def save_weights(model: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write the parameters and running statistics of `model`, whole or not at all."""
    write_weights(model.state_dict(), path)


def write_weights(weights: Mapping[str, Tensor], path: str | os.PathLike[str]) -> None:
    """Write named arrays, whole or not at all."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(plain, metadata={"format": "pt"}))  # save_file would make the file private (0600)


def load_weights(model: nn.Module, path: str | os.PathLike[str]) -> None:
    """Put the weights of a file into `model`: all of them, in the model's shapes and dtypes, or none.

    Raises WeightsMismatch before anything is changed; a file that is cut short or no safetensors file is a ValueError.
    """
    with open(path, "rb"):  # a missing or unreadable file is the operating system's own, clear error
        pass
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{os.fspath(path)}: not a whole safetensors file ({error})") from error
    differences = list_differences(model.state_dict(), weights)
    if differences:
        lines = "\n  ".join(differences)
        raise WeightsMismatch(f"{os.fspath(path)} does not fit {type(model).__name__}:\n  {lines}")
    model.load_state_dict(weights)


def list_differences(expected: dict[str, Tensor], got: dict[str, Tensor]) -> list[str]:
    """One line per name that does not match, in the model's order."""
    missing = [f"missing: {name}, {describe(expected[name])}" for name in expected if name not in got]
    unexpected = [f"unexpected: {name}, {describe(got[name])}" for name in got if name not in expected]
    different = [
        f"different: {name}, expected {describe(expected[name])}, got {describe(got[name])}"
        for name in expected
        if name in got and describe(expected[name]) != describe(got[name])
    ]
    return missing + unexpected + different


def describe(tensor: Tensor) -> str:
    dtype = str(tensor.dtype).removeprefix("torch.")
    return f"{dtype} {tuple(tensor.shape)}"
