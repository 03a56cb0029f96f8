"""The history of a run as TensorBoard reads it, where TensorBoard is installed; without it nothing is written.

    tensorboard --logdir runs         loss, accuracy and learning rate of all runs below, epoch by epoch

The event file is a copy of history.csv and nothing reads it back: a run that goes on writes it anew.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

TAGS = {
    "train_loss": "loss/training",
    "validation_loss": "loss/validation",
    "train_accuracy": "accuracy/training",
    "validation_accuracy": "accuracy/validation",
    "lr": "learning_rate",
    "seconds": "seconds",
}


class EventLog:
    """Writes the rows of one growing history into `folder`, each once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written, self.writer = folder, 0, None

    def write(self, history: Sequence[Mapping[str, float]]) -> None:
        """The rows that are new since the last call; the first call replaces what an earlier process has left."""
        if self.writer is None and (make_writer := summary_writer()) is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.writer = make_writer(str(self.folder))
        if self.writer is not None:
            for row in history[self.written :]:
                for name, tag in TAGS.items():
                    if name in row:
                        self.writer.add_scalar(tag, row[name], row["epoch"])
            self.writer.flush()
            self.written = len(history)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def summary_writer() -> type | None:
    """PyTorch's writer of event files; None without TensorBoard, which it needs."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter
