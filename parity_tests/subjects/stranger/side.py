"""A stranger's module as one side of a workbench: for a pair and a case, the subject that stands for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from parity_tests.layout import Layout
from parity_tests.pair import Case, NotOffered, NotThere, Pair
from parity_tests.pairs import BY_NAME
from parity_tests.subjects.stranger import (
    calls,
    initializers,
    losses,
    offers,
    optimizers,
    plain_functions,
    schedules,
    settings,
)
from parity_tests.subjects.stranger.affixes import bare
from parity_tests.subjects.stranger.axes import Images, handed
from parity_tests.subjects.stranger.calling import calling_of
from parity_tests.subjects.stranger.conventions import TAKEN, of_signature
from parity_tests.subjects.stranger.functions import CallingConvention, StrangerFunctions
from parity_tests.subjects.stranger.layers import StrangerLayer, activation_maker
from parity_tests.subjects.stranger.module import load
from parity_tests.subjects.stranger.names import ARRAYS, is_called
from parity_tests.subjects.stranger.options import TOLD_BY_LOOKING, Options
from parity_tests.subjects.stranger.probes import probe_case
from parity_tests.subjects.stranger.spelling import Spelling, told_by_looking

HAVE_AN_ORDER = ("Conv2D", "Pool2D", "BatchNorm")


def side_of(module: ModuleType | str | Path, options: Options = TOLD_BY_LOOKING) -> StrangerSide:
    """The side of a module, or of the module in a file or of a dotted name."""
    return StrangerSide(module if isinstance(module, ModuleType) else load(str(module)), options)


class StrangerSide:
    """Call it with (pair, case, dtype) for a fresh subject. Raises NotOffered where the module has nothing for it."""

    def __init__(self, module: ModuleType, options: Options = TOLD_BY_LOOKING) -> None:
        self.library, self.options = module, options
        self._asking: set[str] = set()
        self._keys: dict[tuple, Case] = {}
        self._spelling, self._calling = remembered(self._spelling_of), remembered(self._calling_of)
        self._loss_of, self._calling_of_object = remembered(self._found_loss), remembered(self._calling_of_object_once)

    def __call__(self, pair: Pair, case: Case, dtype: str) -> Any:
        return getattr(self, f"_{pair.family}")(pair, case)

    # ---- families

    def _layer(self, pair: Pair, case: Case) -> Any:
        wanted = offers.classes(self.library, pair, case)
        for kind in wanted:
            if self._takes_arrays(kind, pair):
                return self._object_with_arrays(kind, pair, case)
            return self._object(kind, pair, case)
        if (found := offers.functions(self.library, pair, case)) is not None:
            calling = self._calling(found, pair, self._key(pair, case))
            return StrangerFunctions(found.forward, found.backward, pair, case, calling)
        if (plain := plain_functions.functions(self.library, pair)) is not None:
            told = self._options_for(pair, case)
            images = Images(pair, told.images or "NHWC", told.examples == "columns" and len(case.shape) == 2)
            return plain_functions.StrangerPlainFunctions(plain, pair, case, images)
        anything = offers.classes(self.library, pair) or offers.functions(self.library, pair)
        if not anything:
            raise NotThere(f"it has no {pair.name}")
        raise NotOffered(f"nothing for {self._kind_of(pair, case)}")

    def _loss(self, pair: Pair, case: Case) -> Any:
        return self._loss_of(pair)()

    def _found_loss(self, pair: Pair) -> Callable[[], losses.StrangerLoss]:
        return losses.find(self.library, pair, self._with_examples_of_the_module())

    def _optimizer(self, pair: Pair, case: Case) -> Any:
        return optimizers.find(self.library, pair, case)

    def _schedule(self, pair: Pair, case: Case) -> Any:
        return schedules.find(self.library, pair, case)

    def _initializer(self, pair: Pair, case: Case) -> Any:
        return initializers.find(self.library, pair, case, lambda: self._weight_order(len(case.shape)))

    def _network(self, pair: Pair, case: Case) -> Any:
        raise NotThere("whole networks are checked layer by layer: see the networks below")

    # ---- how it is spelt

    def _key(self, pair: Pair, case: Case) -> Case:
        """One case for all that are spelt alike: of as many axes, of the same mode, with or without an activation."""
        fused = case.get("activation", "Linear") != "Linear"
        return self._keys.setdefault((pair.name, len(case.shape), case.get("mode", "max"), fused), case)

    def _object(self, kind: type, pair: Pair, case: Case) -> StrangerLayer:
        spelling = self._spelling(kind, pair, self._key(pair, case))
        return self._built(kind, pair, case, spelling)

    def _built(self, kind: type, pair: Pair, case: Case, spelling: Spelling) -> StrangerLayer:
        activation = activation_maker(self.library, spelling.activation)
        if pair.name == "Pool2D" and not self._knows_pooling(kind, case):
            raise NotOffered(f"{kind.__name__} has one mode of pooling only")
        return StrangerLayer(kind, pair, case, spelling, activation)

    def _knows_pooling(self, kind: type, case: Case) -> bool:
        one_mode = [mode for mode, names in offers.POOL_MODES.items() if is_called(bare(kind.__name__), names)]
        return case.get("mode", "max") in (one_mode or (["max", "average"] if calls.accepts(kind, "mode") else ["max"]))

    def _spelling_of(self, kind: type, pair: Pair, key: Case) -> Spelling:
        def make(probe: Case, spelling: Spelling) -> tuple[Any, Callable[[], Any]]:
            subject = self._built(kind, pair, probe, spelling)
            X = np.random.default_rng(0).normal(size=probe.shape)
            theirs = np.array(handed(X, subject.images.of_input(probe.shape)), order="C")
            return subject.thing, lambda: subject.run(theirs, training=True)

        first, options = Spelling(conventions=of_signature(kind, pair, self.options)), self._options_for(pair, key)
        spelling = told_by_looking(kind, pair, key, first, options, make)
        if spelling.guess and options.images is None and len(key.shape) == 4:
            return taken_for(self._images_of_the_module(spelling.images), spelling)
        return spelling

    def _calling_of(self, found: offers.Functions, pair: Pair, key: Case) -> CallingConvention:
        return calling_of(found.forward, found.backward, pair, key, self._options_for(pair, key))

    def _options_for(self, pair: Pair, case: Case) -> Options:
        """A flatten, and whatever takes one number at a time, has no order of its own: it has that of the module. So
        has a softmax, where examples may be columns."""
        if pair.name == "SoftMax" and len(case.shape) == 2:
            return self._with_examples_of_the_module()
        if self.options.images or len(case.shape) != 4 or pair.name in HAVE_AN_ORDER:
            return self.options
        return replace(self.options, images=self._images_of_the_module())

    def _with_examples_of_the_module(self) -> Options:
        """Told that examples are columns, where a fully connected layer of it takes them so."""
        if self.options.examples is not None:
            return self.options
        pair = BY_NAME["FullyConnected"]
        try:
            columns = self._told_of(pair, pair.cases[0]).columns
        except Exception:  # it shows where that layer itself is asked
            columns = False
        return replace(self.options, examples="columns" if columns else None)

    def _images_of_the_module(self, otherwise: str = "NHWC") -> str:
        """The order that its convolutions, pools or norms have, where one of them tells."""
        for name in (name for name in HAVE_AN_ORDER if name not in self._asking):
            self._asking.add(name)
            try:
                if (order := self._order_of(BY_NAME[name])) is not None:
                    return order
            except Exception:  # it shows where that layer itself is asked
                continue
            finally:
                self._asking.discard(name)
        return otherwise

    def _order_of(self, pair: Pair) -> str | None:
        told = self._told_of(pair, next(case for case in pair.cases if len(case.shape) == 4))
        return None if isinstance(told, Spelling) and told.guess else told.images

    def _told_of(self, pair: Pair, case: Case) -> Spelling | CallingConvention:
        """How what stands for the pair is spelt, or called. Raises NotOffered where nothing does."""
        for kind in offers.classes(self.library, pair, case):
            key = self._key(pair, case)
            return (self._calling_of_object if self._takes_arrays(kind, pair) else self._spelling)(kind, pair, key)
        if (found := offers.functions(self.library, pair, case)) is None:
            raise NotThere(f"it has no {pair.name}")
        return self._calling(found, pair, self._key(pair, case))

    # ---- objects whose forward takes the weights

    def _takes_arrays(self, kind: type, pair: Pair) -> bool:
        forward = getattr(kind, "forward", None)
        names = [parameter.name for parameter in calls.parameters(forward)][2:] if forward else []
        wanted = [name for weight in pair.weights for name in ARRAYS[weight.ours]]
        return any(is_called(name, wanted) for name in names)

    def _object_with_arrays(self, kind: type, pair: Pair, case: Case) -> StrangerFunctions:
        thing = self._made(kind, pair, case)
        calling = self._calling_of_object(kind, pair, self._key(pair, case))
        return StrangerFunctions(thing.forward, getattr(thing, "backward", None), pair, case, calling)

    def _made(self, kind: type, pair: Pair, case: Case) -> Any:
        wanted = settings.of_case(kind, pair, case, Spelling(), activation_maker(self.library, "name"))
        sizes_apart = {name: value for name, value in wanted.needed.items() if name not in ("n_out", "kernel")}
        useful = {**wanted.useful, **wanted.needed}
        return calls.call(kind, settings=calls.Settings(sizes_apart, useful, wanted.neutral))

    def _calling_of_object_once(self, kind: type, pair: Pair, key: Case) -> CallingConvention:
        thing = self._made(kind, pair, probe_case(pair, key))
        return calling_of(thing.forward, getattr(thing, "backward", None), pair, key, self.options)

    def _weight_order(self, axes: int) -> Layout | None:
        """The order in which its own layers keep weights of so many axes; None where that is ours, or unknown."""
        pair = BY_NAME["FullyConnected" if axes == 2 else "Conv2D"]
        for kind in offers.classes(self.library, pair, pair.cases[0]):
            if not self._takes_arrays(kind, pair):
                return self._spelling(kind, pair, self._key(pair, pair.cases[0])).orders.get("W")
        return None

    def _kind_of(self, pair: Pair, case: Case) -> str:
        return f"{case.get('mode', 'max')} pooling" if pair.name == "Pool2D" else f"arrays of {len(case.shape)} axes"


def remembered(function: Callable) -> Callable:
    """functools.cache, of NotOffered too: what is not offered is as slow to find out, and is asked for as often."""

    @cache
    def outcome(*key: Any) -> tuple[Any, NotOffered | None]:
        try:
            return function(*key), None
        except NotOffered as error:
            return None, error

    def ask(*key: Any) -> Any:
        found, refusal = outcome(*key)
        if refusal is not None:
            raise refusal.with_traceback(None)
        return found

    return ask


def taken_for(images: str, spelling: Spelling) -> Spelling:
    """A guess in this order of images. Its outputs have wrong shapes, which are told in ours: that is noted."""
    return replace(spelling, images=images, conventions=spelling.conventions.noting(TAKEN if images == "NCHW" else ""))
