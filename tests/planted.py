"""Faults planted in one layer of a network."""

from parity_tests.networks import lines


def planted(network, i, **methods):
    """The network with methods of layer i replaced: each gets the layer's own method first."""
    layer = network.layers[i]
    for name, wrap in methods.items():
        own = getattr(layer, name)
        setattr(layer, name, lambda *args, own=own, wrap=wrap, **keywords: wrap(own, *args, **keywords))
    return network


def said(report):
    return lines(report)[-1]
