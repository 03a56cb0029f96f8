"""Several real processes that train together, started as torchrun starts them: by what the environment tells each."""

import multiprocessing
import os
import socket
import traceback
from contextlib import closing

import torch

import killable
from torch_models.processes import joined


def together(count, work, *arguments):
    """work(processes, *arguments) in each of `count` processes; what they returned, in the order of their ranks."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(killable.PRELOADED)
    answers = context.Queue()
    started = [
        context.Process(target=one_of, args=(rank, count, port, answers, work, arguments), daemon=True)
        for rank in range(count)
    ]
    for process in started:
        process.start()
    found = dict(answers.get(timeout=120) for _ in started)
    for process in started:
        process.join()
    for rank, (_, error) in found.items():
        assert error is None, f"process {rank}: {error}"
    return [found[rank][0] for rank in range(count)]


def one_of(rank, count, port, answers, work, arguments):
    names = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
    os.environ.update(zip(names, map(str, (rank, rank, count, "127.0.0.1", port)), strict=True))
    torch.set_num_threads(1)
    try:
        with joined(torch.device("cpu")) as processes:
            answers.put((rank, (work(processes, *arguments), None)))
    except BaseException:
        answers.put((rank, (None, traceback.format_exc())))
