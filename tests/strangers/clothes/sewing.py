"""What the clothes are sewn with."""

import re
from types import ModuleType

import numpy as np

DEFAULT = object()  # the library's own default, which may be what is wrong
WIDE = 64  # pixels: room for every kernel, where a layer is built before it has seen an image


def module_of(name, library, *things):
    """A module of these classes and functions, under their own names; and of the library that is under them."""
    module = ModuleType(name)
    for thing in things:
        thing.__module__ = name
        setattr(module, thing.__name__.strip("_"), thing)
    return module


def named(name, thing):
    thing.__name__ = thing.__qualname__ = name
    return thing


def given(**settings):
    """Those that are not left to the library."""
    return {name: value for name, value in settings.items() if value is not DEFAULT}


def snake(name):
    """LeakyReLU -> leaky_relu, SoftMax -> softmax."""
    return {"LeakyReLU": "leaky_relu"}.get(name) or re.sub(r"\W", "", name).lower()


def channels_last(x):
    return x.transpose(0, 2, 3, 1) if np.ndim(x) == 4 else x


def channels_first(y):
    return y.transpose(0, 3, 1, 2) if np.ndim(y) == 4 else y
