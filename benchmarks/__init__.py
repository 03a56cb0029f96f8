"""benchmarks: how long scratch_nn takes beside PyTorch, on the machine at hand. Run by `python -m benchmarks`.

    cases.py        what is timed: each layer of the two networks, and both training steps
    layers.py       a layer's contestants: one forward and one backward pass
    steps.py        a training step's contestants: forward, loss, backward, update
    contestant.py   what a case and a contestant are; before they are timed they must give the same answer
    torch_side.py   PyTorch's two memory layouts, and our weights carried over
    timing.py       the interleaved race, its medians and ratios
    machine.py      machine, versions, threads
    kernels.py      which BLAS kernels multiply, and whether the environment pins other ones
    report.py       the record of a run, as a table and as JSON

PyTorch is taken as it comes: eager mode, its default optimisers, its default number of threads. So are we.
"""
