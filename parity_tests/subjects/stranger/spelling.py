"""How one class is spelt: told by building it and sending one batch through, and looking at shapes.

The probe's sizes all differ, so only one order of the axes gives an output of the right shape. No value is looked at:
a layer that computes nonsense of the right shape is spelt like one that computes the right thing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Case, NotOffered, Pair
from parity_tests.subjects.stranger import axes
from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.calls import accepts, required
from parity_tests.subjects.stranger.conventions import COLUMNS, NONE, PADS, Conventions
from parity_tests.subjects.stranger.names import ACTIVATION_NAMES, NORM_AXES, PERHAPS, canonical, is_called
from parity_tests.subjects.stranger.norms import odd_axes, outlive_a_batch
from parity_tests.subjects.stranger.options import Options
from parity_tests.subjects.stranger.pooling import MODES
from parity_tests.subjects.stranger.probes import output_shape, probe_case
from parity_tests.subjects.stranger.slots import home_of, parameter_slot

NUMBERS = "numbers"  # among the words for padding: it understands numbers
BY_ITSELF = "by itself"  # in their place: it has no argument for padding, and keeps the size of an image
ORDERS = {"FullyConnected": axes.DENSE, "Conv2D": axes.CONVOLUTION}
KERNELS = {  # how it is given; with the last two the stride is a pair as well
    "Conv2D": ("pair", "int", "pairs", "with channels"),
    "Pool2D": ("pair", "int", "pairs"),
}
SIZES = {"FullyConnected": ("n_in", "n_out"), "BatchNorm": ("features",)}


@dataclass(frozen=True)
class Spelling:
    """images: "NHWC" or "NCHW". columns: whether examples are columns, (features, N). kernel: one of KERNELS.
    activation: "name", "object" or "class". mode: of pooling.

    pads: the words it understands among "valid" and "same". given: (order of W, shape of b) where the constructor takes
    the arrays themselves. orders: of the axes of its weights, by our names. conventions: what its signature shows.
    guess: no spelling fits; this one gets furthest. perhaps: its statistics are kept where names alone do not tell.
    unnamed: the sizes that its constructor requires under names that do not tell them, in their order.
    """

    images: str = "NHWC"
    kernel: str = "pair"
    activation: str = "name"
    mode: str = "max"
    pads: tuple[str, ...] = ("valid", "same", NUMBERS)
    given: tuple[Layout, str] | None = None
    orders: dict[str, Layout] = field(default_factory=dict)
    conventions: Conventions = NONE
    guess: bool = False
    columns: bool = False
    perhaps: bool = False
    unnamed: tuple[str, ...] = ()


Make = Callable[[Case, Spelling], tuple[Any, Callable[[], Any]]]  # (an object, what sends the probe through it)


def candidates(kind: type, pair: Pair, case: Case, first: Spelling, options: Options) -> Iterator[Spelling]:
    """The spellings to try, the likely ones first."""
    orders = ("NHWC", "NCHW") if options.images is None else (options.images,)
    modes = MODES[case.get("mode", "max")] if accepts(kind, "mode") else ("max",)
    others = ("valid", NUMBERS) if accepts(kind, "pad") else (BY_ITSELF,)
    words = ((NUMBERS,), others) if pair.name == "Conv2D" else ((NUMBERS,),)
    rows = axes.standing(pair, case.shape, options.examples)
    for columns, pads, mode, activation, kernel, order, given in itertools.product(
        rows, words, modes, _activations(kind), KERNELS.get(pair.name, ("pair",)), orders, _given(kind, pair)
    ):
        chosen = {"images": order, "kernel": kernel, "activation": activation, "mode": mode, "pads": pads}
        yield replace(first, **chosen, columns=columns, given=given, orders={})


def _activations(kind: type) -> tuple[str, ...]:
    parameter = accepts(kind, "activation")
    if parameter is None:
        return ("name",)
    by_object = parameter.default not in (parameter.empty, None) and not isinstance(parameter.default, str)
    return ("object", "name", "class") if by_object else ("name", "object", "class")


def _given(kind: type, pair: Pair) -> tuple[tuple[Layout, str] | None, ...]:
    """The shapes of arrays that the constructor insists on."""
    if pair.name not in ORDERS or not any(canonical(p.name, ["W"]) for p in required(kind)):
        return (None,)
    return tuple((order, row) for row in ("(n,)", "(1, n)") for order in ORDERS[pair.name])


def fits(pair: Pair, case: Case, spelling: Spelling, Y: Any) -> bool:
    """Whether the output has the shape that this spelling says."""
    expected, order = output_shape(pair, _asked(case, spelling)), axes.IMAGES[spelling.images]
    if len(expected) == 4:
        expected = tuple(expected[order.ours.index(letters)] for letters in order.theirs)
    return np.shape(Y) == (expected[::-1] if spelling.columns and len(expected) == 2 else expected)


def _asked(probe: Case, spelling: Spelling) -> Case:
    return replace(probe, arguments={**probe.arguments, "pad": "same"}) if BY_ITSELF in spelling.pads else probe


def orders_of(thing: Any, pair: Pair, case: Case, *, perhaps: bool = False) -> dict[str, Layout] | None:
    """The orders of its weights; None where a parameter or a statistic has another size than it must.

    Raises NotOffered where the weight is kept in a form of its own.
    """
    home, outputs, orders = home_of(thing, pair), output_shape(pair, case)[-1], {}
    thing = thing if home is None else home
    for number, weight in enumerate(pair.weights):
        slot = parameter_slot(thing, weight.ours, number=number)
        shape = np.shape(slot.get()) if slot is not None else None
        if weight.ours == "W" and shape is not None:
            sizes = {"d": case.shape[-1], "c": case.shape[-1], "m": outputs, "i": 3, "j": 3}
            found = axes.weight_order(shape, sizes)
            if found is None:
                raise NotOffered(f"its weight has shape {shape}, no order of axes that is known: write an adapter")
            orders["W"] = found
        elif shape is not None and int(np.prod(shape)) != outputs:
            return None
    slots = [parameter_slot(thing, key, perhaps=perhaps) for key in (e.ours for e in pair.state) if key in PERHAPS]
    sizes = [int(np.prod(np.shape(slot.get()))) for slot in slots if slot is not None]
    return orders if all(size == outputs for size in sizes) else None


def told_by_looking(kind: type, pair: Pair, case: Case, first: Spelling, options: Options, make: Make) -> Spelling:
    """The first spelling that fits; a guess where none does: then what the class does is wrong, and it must show.

    An activation that it refuses tells nothing of the others. Arguments of unknown names are sizes where its arrays and
    its output have these sizes, but never for a guess. Raises NotOffered where no spelling gets as far as being wrong.
    """
    refused = None
    for alike in (case, *_with_other_activations(kind, case)):
        try:
            return _told(kind, pair, alike, first, options, make)
        except NotOffered as error:
            refused = refused or error
    for unnamed in _unnamed(kind, pair):
        try:
            found = _told(kind, pair, case, replace(first, unnamed=unnamed), options, make)
        except NotOffered as error:
            refused = error
            continue
        if not found.guess:
            return found
    raise refused


def _unnamed(kind: type, pair: Pair) -> Iterator[tuple[str, ...]]:
    """The sizes that no required argument is called by, in every order."""
    sizes = SIZES.get(pair.name, ())
    named = {canonical(parameter.name, sizes) for parameter in required(kind)}
    open_sizes = [size for size in sizes if size not in named]
    return itertools.permutations(open_sizes) if open_sizes else iter(())


def _with_other_activations(kind: type, case: Case) -> Iterator[Case]:
    if case.get("activation", "Linear") == "Linear" or accepts(kind, "activation") is None:
        return
    for name in ACTIVATION_NAMES:
        if name not in ("Linear", case["activation"]):
            yield replace(case, arguments={**case.arguments, "activation": name})


def _told(kind: type, pair: Pair, case: Case, first: Spelling, options: Options, make: Make) -> Spelling:
    probe, refusals, was_run, built, through = probe_case(pair, case), [], False, [], []
    for spelling in candidates(kind, pair, probe, first, options):
        try:
            thing, send = make(_asked(probe, spelling), spelling)
            if spelling.unnamed and parameter_slot(thing, pair.weights[0].ours, number=0) is None:
                continue  # nothing shows what its arguments mean
            built.append((spelling, thing))
            Y = send()
            through.append((spelling, thing))
            if fits(pair, probe, spelling, Y):
                spelling = replace(spelling, perhaps=outlive_a_batch(thing, pair, send))
                orders = orders_of(thing, pair, probe, perhaps=spelling.perhaps)
            else:
                orders = None
        except NotOffered as error:
            refusals.append(error)
            continue
        except Exception:
            was_run = True
            continue
        was_run = True
        if orders is not None:
            spelling = replace(spelling, orders=orders, pads=_words(spelling, pair, kind, probe, make))
            odd = odd_axes(kind, pair, spelling, make) if len(case.shape) == 2 and not spelling.columns else ""
            note = PADS if BY_ITSELF in spelling.pads else COLUMNS if spelling.columns else odd
            return replace(spelling, conventions=spelling.conventions.noting(note))
    if refusals and not was_run:
        raise refusals[0]
    if len(case.shape) == 4 and pair.name == "BatchNorm" and not is_called(bare(kind.__name__), NORM_AXES[4]):
        rows = f"images: the shapes of {kind.__name__}'s statistics are those of rows"
        raise NotOffered(odd_axes(kind, pair, first, make) or rows)
    furthest = through or built or [(next(candidates(kind, pair, probe, first, options)), None)]
    return _guess([_with_orders(spelling, thing, kind, pair, probe) for spelling, thing in furthest])


def _guess(furthest: list[Spelling]) -> Spelling:
    """The first of those that get furthest; but a kernel (out, in, height, width) goes with images NCHW."""
    alike = [s for s in furthest if (s.images == "NCHW") == (s.orders.get("W") == axes.CONVOLUTION[1])]
    return next(iter(alike), furthest[0])


def _with_orders(spelling: Spelling, thing: Any, kind: type, pair: Pair, probe: Case) -> Spelling:
    """A guess, with the orders of its weights, which may well be right whatever forward does."""
    try:
        orders = orders_of(thing, pair, probe) or {}
    except NotOffered:
        orders = {}
    pad = accepts(kind, "pad")
    in_numbers = pad is not None and not isinstance(pad.default, (str, type(pad.empty)))
    return replace(spelling, orders=orders, pads=(NUMBERS,) if in_numbers else ("same", NUMBERS), guess=True)


def _words(spelling: Spelling, pair: Pair, kind: type, probe: Case, make: Make) -> tuple[str, ...]:
    """The words for padding that are understood, and whether numbers are: "same" keeps the size of the probe, and so
    does 1. Whose default is a number understands numbers."""
    if pair.name != "Conv2D":
        return ()
    if BY_ITSELF in spelling.pads:
        return spelling.pads
    pad = accepts(kind, "pad")
    asked = {"same": "same", **({NUMBERS: 1} if pad is not None and isinstance(pad.default, str) else {})}
    understood = {word for word, value in asked.items() if _keeps_size(value, word, spelling, probe, make)}
    return (*(word for word in spelling.pads if word not in asked), *sorted(understood))


def _keeps_size(pad: str | int, word: str, spelling: Spelling, probe: Case, make: Make) -> bool:
    try:
        _, send = make(replace(probe, arguments={**probe.arguments, "pad": pad}), replace(spelling, pads=(word,)))
        Y = send()
    except Exception:
        return False
    return sorted(np.shape(Y)) == sorted((7, 6, 5, 4))
