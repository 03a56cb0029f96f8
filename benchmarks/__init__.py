"""benchmarks: how long scratch_nn takes beside PyTorch, on the machine at hand. Run by `python -m benchmarks`.

    cases.py        what is timed: each layer of the two networks, both training steps, both forward passes
    layers.py       a layer's contestants: one forward and one backward pass
    steps.py        a network's contestants: a training step, or the forward pass alone
    twins.py        a network twice, ours and PyTorch's, of any batch and image size
    variants.py     ours as it comes, and with options switched on
    torch_side.py   PyTorch's two memory layouts, our weights carried over
    course/         the same networks as a course writes them: plainly, and in a loop over pixels
    contestant.py   what a case and a contestant are; before they are timed they must give the same answer
    timing.py       the interleaved race, its medians and ratios
    memory.py       the memory a call needs
    estimate.py     ratios and exponents of growth, and how far noise may have moved them
    bars.py         what is asked of the numbers, and whether they meet it
    machine.py      machine, versions, threads
    kernels.py      which BLAS kernels multiply, and whether the environment pins other ones
    report.py       the record of a run, as a table and as JSON
    plot.py         the same as a picture

PyTorch is taken as it comes: eager mode, its default optimisers, its default number of threads. So are we.
docs/benchmark.md tells how it is measured and why.
"""
