"""One model trained by several processes at once: who is who, how a batch is shared out, and sums over all of them.

    torchrun --nproc-per-node 2 scripts/train_cifar_cnn.py ...      starts two and tells each its rank

Each process takes its own `batch_size` examples of every batch, no example twice, and DistributedDataParallel averages
the gradients. As the shares are equal, that is the gradient of one process with batches of count * batch_size: exactly
so where examples do not meet in the network. In batch norm they do: each process normalises by the mean and variance
of its own share, and the running statistics that are kept are those of the first process.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

CPU = torch.device("cpu")


class OthersGone(RuntimeError):
    """Another of the processes has ended, and this one cannot go on without it."""

    def __init__(self) -> None:
        super().__init__("another process has ended, and this one cannot go on alone: it said why, or was killed")


@dataclass(frozen=True)
class Processes:
    """This process, `rank` from 0, among `count` that train together on devices like `device`."""

    rank: int = 0
    count: int = 1
    device: torch.device = CPU

    @property
    def first(self) -> bool:
        """Whether this one writes the files and speaks."""
        return self.rank == 0

    def shares(self, order: Tensor, batch_size: int) -> list[Tensor]:
        """Of the examples in `order`, this process's share of each batch: (batch_size,), the last may be smaller.

        No example is in two shares. The shares of one batch are equal in size, so up to count - 1 examples at the end
        of the order go without: others in each epoch.
        """
        if len(order) < self.count:
            raise ValueError(f"{len(order)} examples cannot be shared out to {self.count} processes: use fewer.")
        even = order[: len(order) // self.count * self.count]
        return [batch[self.rank :: self.count] for batch in even.split(batch_size * self.count)]

    def total(self, *numbers: float) -> list[float]:
        """The sum over all processes of each number."""
        if self.count == 1:
            return list(numbers)
        sums = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        distributed.all_reduce(sums)
        return sums.tolist()

    def spread(self, tensors: Iterable[Tensor]) -> None:
        """Put the first process's values into everybody's `tensors`."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            distributed.barrier()

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """The first process does what is inside while the others wait, then they do: a download happens once."""
        if not self.first:
            self.wait()
        yield
        if self.first:
            self.wait()


ALONE = Processes()


def started_by_torchrun() -> tuple[int, int, int]:
    """(rank, number of processes, rank on this machine), as torchrun tells them; (0, 1, 0) without it."""
    return tuple(
        int(os.environ.get(name, usual)) for name, usual in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """All the processes that torchrun started, which talk by NCCL between GPUs and by gloo between CPUs."""
    rank, count, _ = started_by_torchrun()
    if count == 1:
        yield Processes(device=device)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(rank, count, device)
    except RuntimeError as error:
        if is_lost_connection(error):
            raise OthersGone from error
        raise
    finally:
        distributed.destroy_process_group()


def is_lost_connection(error: RuntimeError) -> bool:
    """NCCL has errors of its own; gloo's are plain, and begin with where in its source they were raised."""
    return isinstance(error, distributed.DistError) or "/gloo/transport/" in str(error)
