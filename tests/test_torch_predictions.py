"""predictions.csv: what is written to the byte, what is refused, and what a reader is told."""

import numpy as np
import pytest
import torch

import torch_models as tm
from table_scripts import names_in


def test_predictions_file_to_the_byte(tmp_path):
    tm.write_predictions(tmp_path / "predictions.csv", torch.tensor([7, 0, 2]))
    assert (tmp_path / "predictions.csv").read_bytes() == b"Id,Category\n0,7\n1,0\n2,2\n"
    tm.write_predictions(tmp_path / "predictions.csv", torch.tensor([7]), first_id=1)
    assert (tmp_path / "predictions.csv").read_bytes() == b"Id,Category\n1,7\n"


@pytest.mark.parametrize("labels", [[3, 1, 4], np.array([3, 1, 4], np.uint8), torch.tensor([3, 1, 4]), (3, 1, 4)])
@pytest.mark.parametrize("first_id", [0, 1, 1000])
def test_predictions_round_trip(tmp_path, labels, first_id):
    path = tmp_path / "predictions.csv"
    tm.write_predictions(path, labels, first_id=first_id, expected_count=3)
    read = tm.read_predictions(path, first_id=first_id)
    assert read.dtype == torch.int64
    assert read.tolist() == [3, 1, 4]


WRONG_LABELS = [
    (torch.tensor([1.0, 2.0]), TypeError, "expected integer classes, got float32. Use the argmax"),
    ([True, False], TypeError, "expected integer classes, got bool"),
    (["7", "1"], TypeError, "expected integer classes"),
    ([0.5], TypeError, "expected integer classes, got float64"),
    (torch.zeros(4, 10), ValueError, r"got shape \(4, 10\). Logits\? Use labels = logits.argmax\(1\)"),
    (torch.tensor(3), ValueError, r"got shape \(\)"),
    ([], ValueError, r"got shape \(0,\)"),
    ([0, 3, -1], ValueError, "expected classes from 0, got -1 at row 2"),
    ([1, 2], ValueError, "expected 3 classes, one per image, got 2"),
]


@pytest.mark.parametrize(("labels", "error", "message"), WRONG_LABELS)
def test_wrong_predictions_are_refused_and_nothing_is_written(tmp_path, labels, error, message):
    with pytest.raises(error, match=message):
        tm.write_predictions(tmp_path / "predictions.csv", labels, expected_count=3)
    assert names_in(tmp_path) == []


WRONG_FILES = [
    ("", r"line 1: expected the header Id,Category, got None"),
    ("0,7\n", "line 1: expected the header"),
    ("id,category\n0,7\n", "line 1: expected the header"),
    ("Id,Category\n", "expected at least one prediction"),
    ("Id,Category\n0,7\n1\n", r"line 3: expected two whole numbers, Id,Category, of at most 18 digits, got \['1'\]"),
    ("Id,Category\n0,7\n1,2.0\n", "line 3: expected two whole numbers"),
    ("Id,Category\n0,-7\n", "line 2: expected two whole numbers"),
    ("Id,Category\n0,7,\n", "line 2: expected two whole numbers"),
    ("Id,Category\n0,7\n\n1,2\n", "line 3: expected two whole numbers"),
    ("Id,Category\n1,7\n2,2\n", r"line 2: expected Id 0, got 1 \(Ids count up from 0\)"),
    ("Id,Category\n0,7\n2,2\n", "line 3: expected Id 1, got 2"),
    ("Id,Category\n0,7\n0,7\n", "line 3: expected Id 1, got 0"),
    ("Id,Category\n0,7\n1,9223372036854775808\n", "line 3: expected two whole numbers"),
    (f"Id,Category\n0,{'1' * 5000}\n", "line 2: expected two whole numbers"),
    ("Id,Category\n0,\xff\n", "line 2: expected two whole numbers"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_FILES)
def test_a_wrong_predictions_file_is_named_with_its_line(tmp_path, text, message):
    path = tmp_path / "predictions.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        tm.read_predictions(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "weights.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"weights.csv"):
        tm.read_predictions(tmp_path / "weights.csv")
