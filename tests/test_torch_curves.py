"""history.csv and the curves: the picture shows the rows that were handed in, and says so."""

import csv

import pytest

import torch_models as tm
from table_scripts import names_in
from torch_models.training_state import TrainingState


def history(epochs=3):
    names = ["epoch", "lr", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"]
    return [
        dict(zip(names, (e, 0.1, 2 / e, 1 - 0.5 / e, 2.2 / e, 1 - 0.6 / e, 1.5), strict=True))
        for e in range(1, epochs + 1)
    ]


def test_history_round_trip(tmp_path):
    tm.write_history(tmp_path / "history.csv", history())
    with open(tmp_path / "history.csv", newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert list(rows[0]) == list(history()[0])
    assert rows == [pytest.approx(row, rel=1e-5) for row in history()]
    assert (tmp_path / "history.csv").read_text().splitlines()[1] == "1,0.1,2,0.5,2.2,0.4,1.5"


def test_integers_are_written_in_full(tmp_path):
    tm.write_history(tmp_path / "history.csv", [{"epoch": 1_000_001, "lr": 1_000_001.0}])
    assert (tmp_path / "history.csv").read_text() == "epoch,lr\n1000001,1e+06\n"


def test_a_row_with_other_columns_keeps_the_old_file(tmp_path):
    tm.write_history(tmp_path / "history.csv", history())
    before = (tmp_path / "history.csv").read_bytes()
    with pytest.raises(ValueError, match="extra"):
        tm.write_history(tmp_path / "history.csv", [*history(), {"extra": 1}])
    assert (tmp_path / "history.csv").read_bytes() == before
    assert names_in(tmp_path) == ["history.csv"]


def test_curves_are_a_picture(tmp_path):
    tm.plot_curves({"MLP": history(1), "CNN": history(30)}, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert names_in(tmp_path) == ["curves.png"]


def test_curves_name_what_they_show(tmp_path):
    """In an SVG with its text kept as text, every label can be read back."""
    import matplotlib as mpl

    runs = {f"run {i}": history(3 + i) for i in range(8)}
    with mpl.rc_context({"svg.fonttype": "none"}):
        tm.plot_curves(runs, tmp_path / "curves.svg")
    picture = (tmp_path / "curves.svg").read_text()
    for text in (
        "epoch",
        "loss",
        "classified correctly",
        "training",
        "best validation epoch",
        "run 0, best epoch 3: validation 80.0%",
    ):
        assert text in picture
    assert all(name in picture for name in runs)


def test_dollars_in_a_name_are_no_formula(tmp_path):
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        tm.plot_curves({"$lr^$": history()}, tmp_path / "curves.svg")
    assert "$lr^$, best epoch 3: validation" in (tmp_path / "curves.svg").read_text()


def test_runs_of_the_same_accuracy_are_told_apart_by_their_loss(tmp_path):
    import matplotlib as mpl

    lower = [row | {"validation_loss": row["validation_loss"] / 2} for row in history()]
    with mpl.rc_context({"svg.fonttype": "none"}):
        tm.plot_curves({"a": history(), "b": lower}, tmp_path / "curves.svg")
    picture = (tmp_path / "curves.svg").read_text()
    assert "a, best epoch 3: validation loss 0.733" in picture
    assert "b, best epoch 3: validation loss 0.367" in picture


def drawn_lines(monkeypatch, tmp_path, histories, **how):
    """The lines of (loss, accuracy) that plot_curves draws, as [(style, x, y), ...] each."""
    from matplotlib.figure import Figure

    figures, savefig = [], Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: (figures.append(self), savefig(self, *a, **k)))
    tm.plot_curves(histories, tmp_path / "curves.png", **how)
    return [
        [(line.get_linestyle(), *map(list, line.get_data()), line.get_color()) for line in axes.lines]
        for axes in figures[0].axes
    ]


def test_curves_are_the_histories(tmp_path, monkeypatch):
    rows = history()
    loss, accuracy = drawn_lines(monkeypatch, tmp_path, {"a": rows, "b": rows})
    for lines, quantity, best in ((loss, "loss", 2.2 / 3), (accuracy, "accuracy", 0.8)):
        assert len(lines) == 6
        (dashed, _, train, colour), (solid, epochs, validation, same_colour), (_, best_epoch, best_value, _) = lines[:3]
        assert (dashed, solid) == ("--", "-")
        assert epochs == [1, 2, 3]
        assert train == [row[f"train_{quantity}"] for row in rows]
        assert validation == [row[f"validation_{quantity}"] for row in rows]
        assert (best_epoch, best_value) == ([3], [pytest.approx(best)])
        assert colour == same_colour != lines[3][-1]


@pytest.mark.parametrize(("chosen_by", "epoch"), [("validation_accuracy", 2), ("validation_loss", 3)])
def test_the_ring_and_the_legend_are_of_the_one_epoch_that_is_kept(tmp_path, monkeypatch, chosen_by, epoch):
    """The loss is lowest in epoch 3, the accuracy highest in epoch 2."""
    import matplotlib as mpl

    rows = [row | {"validation_accuracy": right} for row, right in zip(history(), (0.1, 0.9, 0.5), strict=True)]
    state = TrainingState(None, None, rows, chosen_by=chosen_by)
    assert state.best_epoch == epoch
    for lines in drawn_lines(monkeypatch, tmp_path, {"a": rows}, chosen_by=chosen_by):
        assert lines[-1][1] == [epoch]
    with mpl.rc_context({"svg.fonttype": "none"}):
        tm.plot_curves({"a": rows}, tmp_path / "curves.svg", chosen_by=chosen_by)
    accuracy = {2: "90.0%", 3: "50.0%"}[epoch]
    assert f"a, best epoch {epoch}: validation {accuracy}" in (tmp_path / "curves.svg").read_text()


def without_validation(rows):
    return [{name: value for name, value in row.items() if not name.startswith("validation")} for row in rows]


def test_curves_without_a_validation_split(tmp_path, monkeypatch):
    rows = without_validation(history())
    for lines, quantity in zip(drawn_lines(monkeypatch, tmp_path, {"a": rows}), ("loss", "accuracy"), strict=True):
        assert [(style, y) for style, _, y, _ in lines] == [("--", [row[f"train_{quantity}"] for row in rows])]
    loss, _ = drawn_lines(monkeypatch, tmp_path, {"a": rows, "b": history()})
    assert [style for style, *_ in loss] == ["--", "--", "-", "None"]


def test_the_legend_shows_only_what_is_drawn(tmp_path):
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        tm.plot_curves({"run": without_validation(history(30))}, tmp_path / "curves.svg")
    picture = (tmp_path / "curves.svg").read_text()
    assert "validation" not in picture
    assert f"run, at the end: training {1 - 0.5 / 30:.1%}" in picture


@pytest.mark.parametrize(("epochs", "scale"), [(90, "linear"), (120, "log")])
def test_a_loss_that_falls_far_has_a_logarithmic_axis(tmp_path, monkeypatch, epochs, scale):
    from matplotlib.figure import Figure

    figures, savefig = [], Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: (figures.append(self), savefig(self, *a, **k)))
    tm.plot_curves({"a": history(epochs)}, tmp_path / "curves.png")
    assert [axes.get_yscale() for axes in figures[0].axes] == [scale, "linear"]


def test_curves_need_a_run_with_an_epoch(tmp_path):
    with pytest.raises(ValueError, match="at least one run"):
        tm.plot_curves({}, tmp_path / "curves.png")
    with pytest.raises(ValueError, match="CNN: expected a row for each epoch"):
        tm.plot_curves({"CNN": []}, tmp_path / "curves.png")
    with pytest.raises(ValueError, match="empty history"):
        tm.write_history(tmp_path / "history.csv", [])
    assert names_in(tmp_path) == []


def test_an_unknown_picture_format_keeps_the_old_file(tmp_path):
    (tmp_path / "curves.nonsense").write_text("old")
    with pytest.raises(ValueError, match="nonsense"):
        tm.plot_curves({"CNN": history()}, tmp_path / "curves.nonsense")
    assert (tmp_path / "curves.nonsense").read_text() == "old"
    assert names_in(tmp_path) == ["curves.nonsense"]
