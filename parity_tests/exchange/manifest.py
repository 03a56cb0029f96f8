"""The manifest: what an export holds, in JSON that any language reads.

format      "parity_tests.exchange/1"; a reader refuses a number that it does not know
endings     of the files, [".safetensors", ".npz"]: each is there in each of these formats, with the same arrays
layout      the conventions for axes        allowed   how much a result may be off
pairs       name, family, folder, parameters and state (with PyTorch's names and layouts), and cases:
            name, shape, arguments, vanishing, not_finite, and of each float type, under dtypes:
                batch, expected, truth, absolute    files, without their ending
                trace                               the file that the other side writes
                inputs, quantities                  {name: {dtype, shape}}, in the order of computation
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.compare import MOST_32, RELATIVE_64
from parity_tests.exchange.files import ENDINGS, ExchangeError, read_arrays
from parity_tests.exchange.names import safe
from parity_tests.layout import Weight
from parity_tests.pair import Case, Pair
from parity_tests.trace import Trace
from parity_tests.wording import suggestion

FORMAT, FILE = "parity_tests.exchange/1", "manifest.json"
KINDS = {"float64": ("batch", "expected"), "float32": ("batch", "expected", "truth", "absolute")}
LAYOUT = {
    "rows": "(N, D), any number of axes between: the batch first, the features last",
    "images": "(N, H, W, C)",
    "dense weight": "(n_in, n_out)",
    "convolution weight": "(kernel_h, kernel_w, n_in, n_out)",
    "bias, gamma, beta, running_mean, running_var": "(1, n)",
    "order": "row-major, the last axis is contiguous",
}

Specs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Part:
    """One case in one float type: the unit that is exported, answered and judged. trace: its path without ending."""

    dtype: str
    trace: str
    inputs: Specs
    quantities: Specs

    def file(self, kind: str) -> str:
        return f"{self.trace}.{kind}"


def stem(folder: str, case: Case, dtype: str) -> str:
    return f"{folder}/{safe(case.name)}.{dtype}"


def specs(arrays: Trace) -> Specs:
    return {name: {"dtype": str(array.dtype), "shape": list(array.shape)} for name, array in arrays.items()}


def plain(value: Any) -> Any:
    """An argument of a case in JSON: tuples are lists, a function is its name."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    return value.__name__ if callable(value) else value


def declared(case: Case) -> dict[str, Any]:
    """What a case says of itself."""
    told = ("shape", "arguments", "vanishing", "not_finite")
    return {"name": case.name, **{key: plain(getattr(case, key)) for key in told}}


def case_entry(case: Case, parts: Sequence[Part]) -> dict[str, Any]:
    files = {part.dtype: {kind: part.file(kind) for kind in KINDS[part.dtype]} for part in parts}
    dtypes = {
        part.dtype: {**files[part.dtype], "trace": part.trace, "inputs": part.inputs, "quantities": part.quantities}
        for part in parts
    }
    return {**declared(case), "dtypes": dtypes}


def pair_entry(pair: Pair, folder: str, cases: Sequence[Mapping]) -> dict[str, Any]:
    def entries(weights: Sequence[Weight]) -> list[dict[str, str]]:
        return [{"name": w.ours, "torch": w.theirs, "layout": w.layout.pattern} for w in weights]

    maps = {"parameters": entries(pair.weights), "state": entries(pair.state)}
    return {"name": pair.name, "family": pair.family, "folder": folder, **maps, "cases": list(cases)}


def write(directory: Path, endings: Sequence[str], pairs: Sequence[Mapping]) -> None:
    allowed = {"float64, of the tensor's scale": RELATIVE_64, "float32, times PyTorch's own error": MOST_32}
    head = {"format": FORMAT, "reference": f"PyTorch {version('torch')}", "endings": list(endings)}
    whole = {**head, "layout": LAYOUT, "allowed": allowed, "pairs": list(pairs)}
    (directory / FILE).write_text(json.dumps(whole, indent=1), encoding="utf-8")


def _alike(found: Specs, listed: Specs, told: Sequence[str]) -> bool:
    return found.keys() == listed.keys() and all(found[n][key] == listed[n][key] for n in listed for key in told)


@dataclass(frozen=True)
class Manifest:
    """An export that was read. content: the JSON."""

    directory: Path
    content: Mapping[str, Any]

    @cached_property
    def folders(self) -> dict[str, str]:
        return {entry["name"]: entry["folder"] for entry in self.content["pairs"]}

    @cached_property
    def parts(self) -> dict[tuple[str, str, str], Part]:
        """By the names of pair, case and float type."""
        return {
            (entry["name"], case["name"], dtype): Part(dtype, part["trace"], part["inputs"], part["quantities"])
            for entry in self.content["pairs"]
            for case in entry["cases"]
            for dtype, part in case["dtypes"].items()
        }

    @cached_property
    def files(self) -> set[str]:
        """Every file of the export, relative to its directory."""
        stems = [part.file(kind) for part in self.parts.values() for kind in KINDS[part.dtype]]
        return {FILE, *(stem + ending for stem in stems for ending in self.content["endings"])}

    def read(self, part: Part, kind: str) -> Trace:
        """The arrays of one file of the export, in the manifest's order. Raises ExchangeError unless it holds them."""
        paths = [self.directory / (part.file(kind) + ending) for ending in self.content["endings"]]
        path = next((path for path in paths if path.exists()), paths[0])
        arrays, listed = read_arrays(path), part.inputs if kind == "batch" else part.quantities
        told = ("shape", "dtype") if kind in ("batch", "expected") else ("shape",)
        if not _alike(specs(arrays), listed, told):
            raise ExchangeError(f"{path}: its arrays are not those that {FILE} lists. Export again")
        return {name: arrays[name] for name in listed}

    def declared(self, among: Sequence[Pair]) -> list[tuple[Pair, Case]]:
        """The cases of the export as this version declares them. Raises ExchangeError where it declares others."""
        known, found = {pair.name: pair for pair in among}, []
        for entry in self.content["pairs"]:
            if entry["name"] not in known:
                raise ExchangeError(f"{FILE}: no pair is called {entry['name']}. {suggestion(entry['name'], [*known])}")
            cases = {case.name: case for case in known[entry["name"]].cases}
            for told in entry["cases"]:
                case = cases.get(told["name"])
                if case is None or any(told.get(key) != value for key, value in declared(case).items()):
                    name = f"{entry['name']}, {told['name']}"
                    raise ExchangeError(f"{FILE}: the case {name} is not the one of this version. Export again")
                found.append((known[entry["name"]], case))
        return found


def _require_whole(manifest: Manifest) -> None:
    """Raise ValueError, KeyError or TypeError unless everything is there that is read later."""
    endings = manifest.content["endings"]
    if not endings or not set(endings) <= set(ENDINGS):
        raise ValueError(f"expected endings among {list(ENDINGS)}, got {endings}")
    for part in manifest.parts.values():
        for spec in (*part.inputs.values(), *part.quantities.values()):
            np.empty([0, *spec["shape"]], dtype=spec["dtype"])
        if part.dtype not in KINDS:
            raise ValueError(f"expected float types among {list(KINDS)}, got {part.dtype}")


def load(directory: Path) -> Manifest:
    """The manifest of an export. Raises ExchangeError where there is none, or one that cannot be read."""
    path = directory / FILE
    try:
        manifest = Manifest(directory, json.loads(path.read_text(encoding="utf-8")))
        if (found := manifest.content["format"]) != FORMAT:
            raise ExchangeError(f"{path}: expected format {FORMAT}, got {found}. Export again with this version")
        _require_whole(manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise ExchangeError(
            f"{directory}: expected an export, found no {FILE}. `export {directory}` writes one"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExchangeError(f"{path}: not a manifest ({type(error).__name__}: {error}). Export again") from None
    return manifest
