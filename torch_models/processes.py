"""One model trained by several processes at once: who is who, how a batch is shared out, and sums over all of them.

    torchrun --nproc-per-node 2 scripts/train_cifar_cnn.py ...      starts two and tells each its rank

Each process takes its own `batch_size` examples of every batch, no example twice, and DistributedDataParallel averages
the gradients. As the shares are equal, that is the gradient of one process with batches of count * batch_size: exactly
so where examples do not meet in the network. In batch norm they do: each process normalises by the mean and variance
of its own share, and the running statistics that are kept are those of the first process.
"""

import gc
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

CPU = torch.device("cpu")


class OthersGone(RuntimeError):
    """Another of the processes has ended, and this one cannot go on without it."""

    def __init__(self) -> None:
        super().__init__("another process has ended, and this one cannot go on alone: it said why, or was killed")


class StartError(ValueError):
    """What the environment tells of several processes makes no sense."""

    def __init__(self, told: Mapping[str, str]) -> None:
        super().__init__(
            f"the environment says {', '.join(f'{name} {value}' for name, value in told.items())}, which starts no "
            "processes: let torchrun --nproc-per-node N set these, or unset them to train in one."
        )


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
    usual = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
    told = {name: os.environ.get(name, value) for name, value in usual.items()}
    if not all(value.isascii() and value.isdecimal() for value in told.values()):
        raise StartError(told)
    rank, count, place = map(int, told.values())
    if rank >= count:
        raise StartError(told)
    return rank, count, place


def require_all_told() -> None:
    """A StartError unless all is told that the processes need to find each other."""
    told = {name: os.environ.get(name, "is not set") for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")}
    if "is not set" in told.values() or not told["MASTER_PORT"].isdecimal():
        raise StartError(told)


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """All the processes that torchrun started, which talk by NCCL between GPUs and by gloo between CPUs.

    DistributedDataParallel must be freed before this ends: leave it to a function that is called inside. Freed last, it
    would wait for the group's threads while holding the GIL, which they may be waiting for: a deadlock.
    """
    rank, count, _ = started_by_torchrun()
    if count == 1:
        yield Processes(device=device)
        return
    require_all_told()
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(rank, count, device)
    except BaseException as error:
        forget_variables(error)
        if is_lost_connection(error):
            raise OthersGone from error
        raise
    finally:
        gc.collect()  # an error that a library has caught and kept is a cycle, with all our functions in it
        distributed.destroy_process_group()


def forget_variables(error: BaseException | None) -> None:
    """Of the functions that the error came through. They would live as long as it does, and DDP is among them."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


def is_lost_connection(error: BaseException) -> bool:
    """NCCL has errors of its own; gloo's are plain, and begin with where in its source they were raised."""
    from_gloo = isinstance(error, RuntimeError) and "/gloo/transport/" in str(error)
    return from_gloo or isinstance(error, distributed.DistError)
