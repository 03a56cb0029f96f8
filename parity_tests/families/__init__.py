"""Families: how the pairs of one kind are prepared (case -> batch) and recorded (batch -> trace).

A family is a module with three functions:
    prepare(pair, case, rng, reference) -> batch
    record(subject, batch, into: Recording)        the very same steps for either library
    absolute_terms(pair, batch, truth) -> trace    sums of absolute terms, where terms cancel (see compare.py)

What is then asked of the traces stands in checks/, under the same file name.
"""

from parity_tests.families import initializer, layer, loss, network, optimizer, schedule

FAMILIES = {
    "layer": layer,
    "loss": loss,
    "optimizer": optimizer,
    "schedule": schedule,
    "initializer": initializer,
    "network": network,
}
