"""benchmarks.course: the networks as a course on NumPy writes them, to tell what care with memory and loops is worth.

    layers.py       what both styles share: dense, ReLU, batch norm, dropout, flatten; the formulas, in fresh arrays
    columns.py      the plain style: convolution as one product of all columns (im2col), maxima by argmax
    pixels.py       the per-pixel style: a loop over output pixels, an einsum over the batch at each
    optimizers.py   SGD and Adam by their formulas
    network.py      either style of a scratch_nn layer or network, with the same weights

Both styles are vectorised over the batch, both are right (compared before they are timed), and neither is slowed down
on purpose: they are what one writes when the formula is all one thinks of.
"""
