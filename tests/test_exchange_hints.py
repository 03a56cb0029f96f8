"""compare: where no known mistake gives the numbers, what the size of the errors says."""

from dataclasses import replace

import numpy as np
import pytest

from exchanged import copied, exchanged
from parity_tests.exchange import compare
from parity_tests.exchange.files import read_arrays, write_arrays
from parity_tests.exchange.text import lines
from parity_tests.pairs import BY_NAME


def said(directory, traces):
    return " ".join(" ".join(lines(compare(directory, traces))).split())


def test_errors_of_the_size_of_half_precision_are_asked_after(tmp_path):
    directory, traces = copied("FullyConnected", tmp_path)
    rng = np.random.default_rng(5)
    for path in traces.glob("*/*.float64.*"):
        rounded = {n: a * (1 + 2**-12 * rng.uniform(-1, 1, a.shape)) for n, a in read_arrays(path).items()}
        write_arrays(path, rounded)
    assert "None of the known mistakes gives these numbers" in said(directory, traces)
    assert "as large as those of float16 everywhere: is something inside kept in that type?" in said(directory, traces)


@pytest.mark.parametrize(("spoiled", "told"), [("offset_30.float32", True), ("n5_d3.float32", False), ("*", False)])
def test_a_variance_in_one_pass_is_told_where_only_float32_fails_and_the_mean_is_large(spoiled, told, tmp_path):
    pair = BY_NAME["BatchNorm"]
    cases = tuple(case for case in pair.cases if case.name in ("n5_d3", "offset_30"))
    directory, traces = exchanged(tmp_path, [replace(pair, cases=cases)])
    for path in traces.glob(f"*/{spoiled}.*"):
        arrays = read_arrays(path)
        output = arrays["training.output"]
        write_arrays(
            path,
            arrays
            | {
                "training.output": (output * np.linspace(1, 1.002, output.size).reshape(output.shape)).astype(
                    output.dtype
                )
            },
        )
    assert "BatchNorm: output fails" in said(directory, traces)
    assert ("E[x²] - E[x]² loses its digits there" in said(directory, traces)) is told
