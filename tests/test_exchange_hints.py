"""compare: where no known mistake gives the numbers, what the size of the errors says."""

import numpy as np

from exchanged import copied
from parity_tests.exchange import compare
from parity_tests.exchange.files import read_arrays, write_arrays
from parity_tests.exchange.text import lines


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
