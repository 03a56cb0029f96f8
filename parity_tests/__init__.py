"""parity_tests: a harness that tells whether a network written by hand agrees with PyTorch, and a suite that does.

    python -m parity_tests check          every pair, one line each
    pytest parity_tests                   every check, one test each

Importing this package loads neither PyTorch nor scratch_nn.
"""
