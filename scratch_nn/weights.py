"""The arrays of a network under flat names, in memory and on disk.

    "layers.0.W"             W of the first layer; parameters and running statistics share the numbering
    safetensors file         those arrays as they are, our layout and types, and three lines of metadata:
        format               "scratch_nn"
        layout               what the axes mean
        input_shape          JSON; with it a network not yet built can be built to fit

A safetensors file holds names, shapes and numbers, and nothing that could run. PyTorch reads it by
safetensors.torch.load_file; its own layout differs, and the weight maps of parity_tests convert.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence

import numpy as np

from scratch_nn.errors import FLOATS, complaint, require_array, require_floats
from scratch_nn.files import atomic_path
from scratch_nn.layer import Layer

Arrays = dict[str, np.ndarray]
PathLike = str | os.PathLike[str]

LAYOUT = "images NHWC; conv W (kernel_h, kernel_w, n_in, n_out); dense W (n_in, n_out); rows (1, n)"


def flat(layers: Sequence[Layer], kind: str) -> Arrays:
    """The layers' own arrays of one kind ("parameters", "gradients" or "state") by flat names, in a new dict."""
    return {
        f"layers.{i}.{key}": _as_row(layer, key, a)
        for i, layer in enumerate(layers)
        for key, a in getattr(layer, kind).items()
    }


def _as_row(layer: Layer, key: str, array: np.ndarray) -> np.ndarray:
    """The array itself; one (n,) where (1, n) was created, which a layer takes as well, as (1, n)."""
    row = isinstance(layer, Layer) and layer.built_shape(key) == (1, *np.shape(array))
    return array[None] if row else array


def assign(layers: Sequence[Layer], arrays: Mapping[str, np.ndarray]) -> None:
    """Put `arrays` in the place of the parameters and statistics of those names: all of them, or none.

    Raises ValueError for a name or a shape that the layers do not have, TypeError for what is no array of floats.
    """
    now = flat(layers, "parameters") | flat(layers, "state")
    for name, array in arrays.items():
        counts = name in now and now[name].dtype.kind == "i"  # batch norm's number of batches
        (require_array if counts else require_floats)("NeuralNetwork", name, array)
        if name not in now or array.shape != now[name].shape:
            expected = f"{name} of shape {now[name].shape}" if name in now else f"a name among {[*now]}"
            cure = "Build the network first; its `parameters` and `state` tell the names."
            raise ValueError(complaint("NeuralNetwork", expected, f"{name} of shape {array.shape}", cure))
    for name, array in arrays.items():
        _, i, key = name.split(".", 2)
        layer = layers[int(i)]
        (layer.parameters if key in layer.parameters else layer.state)[key] = array


def write(path: PathLike, arrays: Mapping[str, np.ndarray], input_shape: tuple[int, ...]) -> None:
    """Write named arrays as safetensors, whole or not at all. Missing folders are made."""
    from safetensors.numpy import save

    metadata = {"format": "scratch_nn", "layout": LAYOUT, "input_shape": json.dumps(input_shape)}
    content = save({name: np.asarray(a, order="C") for name, a in arrays.items()}, metadata)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)  # save_file would make the file private (0600)


def read(path: PathLike) -> tuple[Arrays, dict[str, str]]:
    """All arrays and the metadata of a safetensors file."""
    from safetensors import SafetensorError, safe_open

    with open(path, "rb"):  # a missing file is the operating system's own, clear error
        pass
    try:
        with safe_open(path, framework="np") as file:
            names = file.keys()
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (SafetensorError, TypeError, AttributeError) as error:  # the last two: a type such as bfloat16
        cure = "Was it cut short, is it another kind of file, or of numbers that NumPy lacks?"
        raise ValueError(complaint(os.fspath(path), "a whole safetensors file", str(error), cure)) from error


def saved_input_shape(path: PathLike, metadata: Mapping[str, str]) -> tuple[int, ...]:
    """The input shape (without N) of the network that was saved. Raises ValueError where the file does not say it."""
    try:
        return tuple(map(int, json.loads(metadata["input_shape"])))
    except (KeyError, ValueError, TypeError) as error:
        got = f"metadata {dict(metadata)}"
        cure = "Another program wrote it: build(input_shape) the network before load."
        raise ValueError(complaint(os.fspath(path), "input_shape in the metadata", got, cure)) from error


def float_type(arrays: Arrays) -> np.dtype:
    """The dtype of the first float array; check_fit reports arrays of another."""
    return next((a.dtype for a in arrays.values() if a.dtype in FLOATS), FLOATS[1])


def check_fit(path: PathLike, expected: Arrays, got: Arrays) -> None:
    """Raise ValueError unless names, shapes and types are the same."""
    lines = [f"missing: {name}, {_describe(expected[name])}" for name in expected if name not in got]
    lines += [f"unexpected: {name}, {_describe(got[name])}" for name in got if name not in expected]
    for name in expected:
        if name in got and _describe(expected[name]) != _describe(got[name]):
            lines.append(f"different: {name}, expected {_describe(expected[name])}, got {_describe(got[name])}")
    if lines:
        cure = "Load it into the network that saved it, built in that type; PyTorch's layout must be converted first."
        raise ValueError("\n  ".join([f"{os.fspath(path)} does not fit this network:", *lines, cure]))


def _describe(array: np.ndarray) -> str:
    return f"{array.dtype} {array.shape}"
